//! Ed25519: Wycheproof and RFC 8032, decided by strict verification.

use proofline_format::encoding::hex_array;
use proofline_format::key::{KeyTable, PublicKey};

use crate::corpus;

/// What both ways to verify say.
fn verify(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let holds = key.verify(message, signature);
    assert_eq!(KeyTable::new(key).verify(message, signature), holds);
    holds
}

#[test]
fn every_wycheproof_verdict_is_ours() {
    let Some(folder) = corpus::part("wycheproof") else {
        return;
    };
    let suite = corpus::json(&folder.join("ed25519_test.json"));
    let (mut accepted, mut refused) = (0, 0);
    for group in suite["testGroups"].as_array().unwrap() {
        let key = PublicKey::from_hex(group["publicKey"]["pk"].as_str().unwrap());
        for case in group["tests"].as_array().unwrap() {
            let message = corpus::bytes_of_hex(case["msg"].as_str().unwrap());
            let signature = hex_array(case["sig"].as_str().unwrap().as_bytes());
            let holds = key
                .zip(signature)
                .is_some_and(|(key, signature)| verify(&key, &message, &signature));
            let want = match case["result"].as_str().unwrap() {
                "valid" => true,
                "invalid" => false,
                other => panic!("case {} is neither good nor bad: {other}", case["tcId"]),
            };
            assert_eq!(holds, want, "case {}: {}", case["tcId"], case["comment"]);
            if holds {
                accepted += 1;
            } else {
                refused += 1;
            }
        }
    }
    assert_eq!(accepted + refused, suite["numberOfTests"].as_u64().unwrap());
    assert!(
        accepted > 80 && refused > 50,
        "{accepted} accepted, {refused} refused"
    );
}

/// RFC 8032 §7.1, tests 1 to 3 and 1024's shape: public key, message, signature.
const RFC_8032: [(&str, &str, &str); 3] = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
         5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
         18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
];

#[test]
fn rfc_8032_examples_verify_and_every_changed_bit_does_not() {
    for (key, message, signature) in RFC_8032 {
        let key = PublicKey::from_hex(key).unwrap();
        let message = corpus::bytes_of_hex(message);
        let mut signature: [u8; 64] = hex_array(signature.as_bytes()).unwrap();
        assert!(verify(&key, &message, &signature));
        for bit in 0..512 {
            signature[bit / 8] ^= 1 << (bit % 8);
            assert!(!verify(&key, &message, &signature), "bit {bit}");
            signature[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

/// Small-order keys (RFC 8032 §5.1.7, "cofactorless"): with such a key a signature can hold for
/// any message, so a strict verifier accepts none.
#[test]
fn small_order_points_sign_nothing() {
    for key in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ] {
        let Some(key) = PublicKey::from_hex(key) else {
            continue;
        };
        let mut signature = [0; 64];
        signature[0] = 1; // R is the neutral element, s is 0.
        assert!(!verify(&key, b"anything", &signature));
        signature[..32].copy_from_slice(key.as_bytes());
        assert!(!verify(&key, b"anything", &signature));
    }
}

/// Examples of the did:key method for Ed25519.
#[test]
fn did_key_examples_read_back() {
    for did in [
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH",
        "did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG",
        "did:key:z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf",
    ] {
        let key = PublicKey::from_did(did).unwrap();
        assert_eq!(key.did(), did);
        let method = key.verification_method();
        let fragment = did.strip_prefix("did:key:").unwrap();
        assert_eq!(method, format!("{did}#{fragment}"));
        assert_eq!(PublicKey::from_hex(&key.to_hex()), Some(key));
        assert_eq!(PublicKey::from_pem(&key.to_pem()), Some(key));
    }
    for bad in [
        "did:key:6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        "did:key:z16MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp ",
        "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc", // X25519
        "did:web:example.com",
        "",
    ] {
        assert_eq!(PublicKey::from_did(bad), None, "{bad}");
    }
}
