//! Signatures that the Wycheproof files do not have: every hash with every curve, and the
//! parameters of RSASSA-PSS one at a time.
//!
//! All are by OpenSSL 3.0 over the nine octets `Proofline`: `openssl ecparam -genkey`,
//! `openssl genrsa 2048` and `openssl genpkey -algorithm ED25519` for the keys, `openssl dgst -sign`
//! (with `rsa_padding_mode:pss` and `rsa_pss_saltlen` for PSS) and `openssl pkeyutl -sign -rawin` for the signatures.

extern crate std;

use std::prelude::rust_2024::*;

use super::{Scheme, SignatureCheck, verify};
use crate::certificate::PublicKey;
use crate::der::{self, tag};
use crate::digest::{AlgorithmIdentifier, HashAlgorithm, Refusal, Sha1Leave};
use crate::oid;

const MESSAGE: &[u8] = b"Proofline";

const P256_KEY: &str = "\
    3059301306072a8648ce3d020106082a8648ce3d0301070342000400023a1e2641af98f9f4b4b076a8e58528\
    ddc3b7e2707792a92cc3e80d20bd7fed79e4e5a57f3fc90cd9a9e6051180ef0f90eea140cee91f005cc86292\
    f9f5d3";
const P256_SHA256: &str = "\
    3045022100c56545372c2492ab40a91482a592de121f3e513bc3b987957e935f10b88581ba02202a599d3930\
    243c416cec0e0ed2480863ad9083d6e9e2b283526b14a8b5a84a32";
const P256_SHA384: &str = "\
    304502210088ef11ba35a7006338eac2a4dee69f0d76706fee73b07059a97073125a1473e0022017e5845a2c\
    53f72d4351c01aeaabc9df059bdcdc4ed8ef5f72d78e6fa8c7eb92";
const P256_SHA512: &str = "\
    3045022100d187ae03338773707c73f4cbadfbbf6b5d53a889b735326cd15594a10ec30f5d022040c50de71f\
    2990dc466989960778989d056cf51c544f2152fe41b4b76a5ad84b";
const P384_KEY: &str = "\
    3076301006072a8648ce3d020106052b810400220362000413e25fc55b2567a06e4d98483f9e05c7395b3ce6\
    a32dab3047e83c3c1522c5ebdaab8b4bd03616db158d821462dbcb22e4b089bd23bf8cf1cc5b5018ad72b556\
    9f7fccc4784264836bad22049170bfa517bf812524865c3a4ec5831b54a489a5";
const P384_SHA256: &str = "\
    30660231008b296b8543118231550e4e8ee727bd147b66014c7460a1893231e029fe5c62e655c543b4a11042\
    ae4abad5d4be405bfe023100f221df6f0e47b55259ab7348d61a3f76203f9583976abb8e438350622d63df59\
    58b9d9878dd97defe02f4b24fe5a35c9";
const P384_SHA384: &str = "\
    30660231009c4af265f30bed400944d43efd1036dede0b1b71caeb61e68780c4d12e76332d9e17bee162f526\
    8fd3a98f50565d69dd023100d22a0c3e329a37c867e6f342276013d519ba0b35dcd03401da47bfa06f20edd7\
    96f562aeaa17d1c92afbb76667b90a86";
const P384_SHA512: &str = "\
    30660231009a17f9c57e35b745ffd9f4e5f2a2a8c776d9f25243ab685ef3f6be3291a1595469526da30df746\
    9dddebd1232193f502023100832b0b992d61e5f2d15915b591dfa94157de5fed37d4b23d5c7d317fc20e34f8\
    59f05dff132f6ce1505031ca09dab25c";
const P521_KEY: &str = "\
    30819b301006072a8648ce3d020106052b81040023038186000400e110db001e7f9f0865f51a62621cf8a07e\
    8ef155d99ad0a10c25d039e306c017aae9686b7cc012bebba96db35b441044e931f816f9bd0a5d38589c1ca0\
    7c22a417018b9775d3bac122cf8316fc8341b235ceb96f636b62f6b2d199984e8a1bf6f7acaea8a0d9175347\
    50a503cb476ceb15c3f51d5ee04fc1f22f393f6d5ead7fde6f06";
const P521_SHA256: &str = "\
    308188024200d1f80d6072abf2bb43f4030099d628ca8f487d2ab679561ca66887361910bcdf71fbc38c1771\
    4b825f19b8f5ecdd2f0e413ee5f9b7bcd8f071f8a137ed00048efa02420136d45d0300c4db5480f456d84c57\
    ab0ab704cfd3cb78fa9b949f0fc32fe4005846228a7570124bd7f3df9c3984815390296e60ca7dade80a7a48\
    000b17822b28e6";
const P521_SHA384: &str = "\
    308188024201133155b3f4dd50a70ec876b1f15c972a8f27e58015c86dcc5eb0edccae046bdef4c393ee6a5c\
    96f2a8986b666eb748842256e3c6fbca0f544969e96874b9bfb8b20242015f72878a4c40aa4ab80d7b7a82be\
    6ad2a0ea864a3d273dd5feb4ba44147cd81594e574f4f2fb433daf0d4b2fe9ad66ef3c6fa85bd6784f7322a3\
    adb3de46e5752b";
const P521_SHA512: &str = "\
    30818602413242796e8cabe40d1b33fc29f5db456edc94610111854e9dddefbe15661817a6ce9804e13cadf5\
    8f0a2e962a8edfd3cc6a41159dd22a1e8bcfe438b9093350a3b002411f98a57c01c2ec9b2c05814ba8c3e846\
    64b45ba8a66d95c596caa65f3a78037542d6e9df66a3dc16be7dd96e8ce6368da67e52e812d01486904da98d\
    127577e083";
const RSA_KEY: &str = "\
    30820122300d06092a864886f70d01010105000382010f003082010a0282010100ba486e2ba6c6b355dc3229\
    0dc0b295feedd43a15adfb7dcbbf9270feadb29d90d596a9cba85e8b8ef4fa27df16e8961e337d58a153905f\
    b05864b5a87115ae62bbf9abc091cb7132e1eee461cc72fd4ea4c108e40fc2fbb01d7523003478743faa6ea4\
    ddbc503a5fa03460b23d5859962f7ad504a4c705001996209969697229e43b10dbef6bbbf245850fb1e7242b\
    762f4344844c39e365e8650ac5ab58533d5e8f87df9fc5f93d37275ee38b7e1e5f1701ac612f2c9bc3c47714\
    c55fe5fe009f6c8cdacc93e378dce9c802208820b532b47e974c64dfcc24428e2488f513babc60ec5d1a2cd0\
    ff3dd2fd83ac3a6f5470f3c9afcbf0b32aa9360738a5f7c75b0203010001";
const PSS_SHA256_SALT32: &str = "\
    055dbfa75e595f2955b7264e8b05a9f813cc29885affdb40328aa13e817476b987a12c35989ae9c38d5ce8f7\
    3322a96e3862338ec835be6692456901acd0ccf7d82a1a435228dbcc291227e257bd659ead3e04e3e52085f6\
    5a4ca2dbf77a1034d8ebf2c77e91130b9e375f4b7dbc487f8f08e141aa8367b13f65cc4d7de2ced6442de315\
    dc4f9605e758ecf9d2a8f60f97fd401ffcd0a3a4d88b7ce9fb55662bc1bb0f50deb871ab5abcaa91cc672253\
    2b77553ebdd675c5faeca3fc3b4e9d6c7892a25b4431262b15af716982dc1997ce77e547e6a1c9ff9e70cfed\
    166e0fd7ade0fb8e28ab78a6d5e4a42c9af436864cfda718f48877a69dd4716cbdfae178";
const PSS_SHA1_SALT20: &str = "\
    88213a3abea79368da64b38ab49fb96974344e4623d83ae7732fee07b3d8c61de429c94639bc6d119d68493e\
    e373258aa4c7e0ae9a14d65e1aff5ffc1a953b21dcf8b9ee1b921f3b7a8c7bd870a254cb1bf8a812d71ca9fc\
    f53b8ffe34e12f6a74bb35d368a6067dfd02a4fb3ce8b2d332ffc6da1296d043579bd33eae3304edc80e1030\
    a08c927e0c3106cbe81075f5acd5cbb40aa8916ed0779ba19f22fedabb7f572acb226effd39521a0c4dbc2c2\
    09919e79e9265935b5661f22b2a0c70f42ad18735beeb045c4d7020068711ba94935638feb470c1acbcb7926\
    be50f2648ce89381610c5f264ab098d0e999c815af0a2cd4b8f1282772111cbd873fa743";
const ED25519_KEY: &str =
    "302a300506032b6570032100640d03ed754e4d7cb4fa209d793065602d464990f93fdd0d68587244512c7c37";
const ED25519: &str = "\
    21b83453387bcb381efae20c2db1887c407d5041f8ea87545c7363e563ab7711942b22b9480768d18c73ddb1\
    dc247c3c24687df89c1e7110c748ed0f3735bc0f";

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16).unwrap()).collect();
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| u8::try_from((pair[0] << 4) | pair[1]).unwrap())
        .collect()
}

fn identifier(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
    der::write(
        tag::SEQUENCE,
        &[der::write(tag::OID, oid), parameters.to_vec()].concat(),
    )
}

fn scheme(algorithm: &[u8], sha1: Sha1Leave) -> Result<Scheme, Refusal> {
    let element = der::only(algorithm, tag::SEQUENCE).unwrap();
    Scheme::from_identifier(&AlgorithmIdentifier::parse(&element).unwrap(), None, sha1)
}

fn judge(spki: &[u8], scheme: Scheme, message: &[u8], signature: &str) -> SignatureCheck {
    let element = der::only(spki, tag::SEQUENCE).unwrap();
    verify(
        &PublicKey::parse(&element).unwrap(),
        scheme,
        message,
        &unhex(signature),
    )
}

/// SEC 1 §4.1.4: a hash longer than the order is cut, a shorter one is not. SK's demonstration
/// unit signs with P-256 and SHA-512, and a P-521 key with SHA-256 is as legal.
#[test]
fn every_hash_goes_with_every_curve() {
    let keys = [
        (P256_KEY, [P256_SHA256, P256_SHA384, P256_SHA512]),
        (P384_KEY, [P384_SHA256, P384_SHA384, P384_SHA512]),
        (P521_KEY, [P521_SHA256, P521_SHA384, P521_SHA512]),
    ];
    for (key, signatures) in keys {
        let key = unhex(key);
        for (i, signature) in signatures.iter().enumerate() {
            for (j, hash) in HashAlgorithm::ALL.iter().enumerate() {
                let check = judge(&key, Scheme::Ecdsa(*hash), MESSAGE, signature);
                assert_eq!(check == SignatureCheck::Good, i == j, "{hash} {signature}");
            }
            let other = judge(
                &key,
                Scheme::Ecdsa(HashAlgorithm::ALL[i]),
                b"other",
                signature,
            );
            assert_eq!(other, SignatureCheck::Bad);
        }
    }
}

#[test]
fn ed25519_is_over_the_message_itself() {
    let key = unhex(ED25519_KEY);
    assert_eq!(
        judge(&key, Scheme::Ed25519, MESSAGE, ED25519),
        SignatureCheck::Good
    );
    assert_eq!(
        judge(&key, Scheme::Ed25519, b"other", ED25519),
        SignatureCheck::Bad
    );
    assert_eq!(
        scheme(&identifier(oid::ED25519, &[]), Sha1Leave::Refused),
        Ok(Scheme::Ed25519)
    );
    // RFC 8410 §3: no parameters, not even NULL.
    let with_null = scheme(&identifier(oid::ED25519, &[5, 0]), Sha1Leave::Refused);
    assert_eq!(with_null, Err(Refusal::Unsupported));
    // A key of small order would verify anything.
    let mut weak = key.clone();
    let end = weak.len();
    weak[end - 32..].fill(0);
    weak[end - 32] = 1;
    let forged = "0100000000000000000000000000000000000000000000000000000000000000\
                  0000000000000000000000000000000000000000000000000000000000000000";
    assert_eq!(
        judge(&weak, Scheme::Ed25519, MESSAGE, forged),
        SignatureCheck::Bad
    );
}

/// A signature algorithm says nothing about a key of another kind.
#[test]
fn a_key_of_another_kind_made_no_such_signature() {
    let rsa = Scheme::RsaPkcs1(HashAlgorithm::Sha256);
    for key in [P256_KEY, ED25519_KEY] {
        let check = judge(&unhex(key), rsa, MESSAGE, PSS_SHA256_SALT32);
        assert_eq!(check, SignatureCheck::Bad);
    }
    let check = judge(&unhex(RSA_KEY), Scheme::Ed25519, MESSAGE, ED25519);
    assert_eq!(check, SignatureCheck::Bad);
}

/// `RSASSA-PSS-params` with the fields that are given, `None` for absent.
fn pss(hash: Option<&[u8]>, mask: Option<&[u8]>, salt: Option<u8>, trailer: Option<u8>) -> Vec<u8> {
    let field = |number, content: Vec<u8>| der::write(tag::constructed(number), &content);
    let mut fields = Vec::new();
    if let Some(hash) = hash {
        fields.extend(field(0, identifier(hash, &[5, 0])));
    }
    if let Some(mask) = mask {
        fields.extend(field(1, identifier(oid::MGF1, &identifier(mask, &[5, 0]))));
    }
    for (number, value) in [(2, salt), (3, trailer)] {
        if let Some(value) = value {
            fields.extend(field(number, der::write_unsigned(&[value])));
        }
    }
    der::write(tag::SEQUENCE, &fields)
}

fn pss_scheme(parameters: &[u8], sha1: Sha1Leave) -> Result<Scheme, Refusal> {
    scheme(&identifier(oid::RSASSA_PSS, parameters), sha1)
}

/// RFC 4055 §3.1: what is absent is SHA-1 and 20 octets, never what would be convenient.
#[test]
fn pss_parameters_are_taken_at_their_word() {
    let sha256 = Some(oid::SHA256);
    let check = |parameters: &[u8], want| {
        let got = pss_scheme(parameters, Sha1Leave::Refused)
            .map(|scheme| judge(&unhex(RSA_KEY), scheme, MESSAGE, PSS_SHA256_SALT32));
        assert_eq!(got, want, "{parameters:02x?}");
    };
    check(
        &pss(sha256, sha256, Some(32), None),
        Ok(SignatureCheck::Good),
    );
    check(
        &pss(sha256, sha256, Some(32), Some(1)),
        Ok(SignatureCheck::Good),
    );
    check(&pss(sha256, sha256, None, None), Ok(SignatureCheck::Bad));
    check(
        &pss(sha256, sha256, Some(31), None),
        Ok(SignatureCheck::Bad),
    );
    check(
        &pss(sha256, sha256, Some(33), None),
        Ok(SignatureCheck::Bad),
    );
    let sha384 = Some(oid::SHA384);
    check(
        &pss(sha384, sha384, Some(32), None),
        Ok(SignatureCheck::Bad),
    );
    check(
        &pss(sha256, sha384, Some(32), None),
        Err(Refusal::Unsupported),
    );
    check(
        &pss(sha256, sha256, Some(32), Some(2)),
        Err(Refusal::Unsupported),
    );
    check(&pss(sha256, None, Some(32), None), Err(Refusal::Weak));
    check(&pss(None, sha256, Some(32), None), Err(Refusal::Weak));
    check(&pss(None, None, None, None), Err(Refusal::Weak));
    check(
        &pss(Some(oid::MD5), sha256, Some(32), None),
        Err(Refusal::Weak),
    );
    check(&[], Err(Refusal::Unsupported));
    check(&[5, 0], Err(Refusal::Unsupported));
    let huge = [
        &pss(sha256, sha256, None, None)[2..],
        &[0xa2, 6, 2, 4, 0x7f, 0xff, 0xff, 0xff],
    ];
    check(
        &der::write(tag::SEQUENCE, &huge.concat()),
        Err(Refusal::Unsupported),
    );
}

#[test]
fn sha1_in_pss_needs_leave() {
    let defaults = pss(None, None, None, None);
    let allowed = pss_scheme(&defaults, Sha1Leave::Allowed).unwrap();
    let key = unhex(RSA_KEY);
    assert_eq!(
        judge(&key, allowed, MESSAGE, PSS_SHA1_SALT20),
        SignatureCheck::Good
    );
    assert_eq!(
        pss_scheme(&defaults, Sha1Leave::Refused),
        Err(Refusal::Weak)
    );
}

/// RFC 4055 §3.3: a key can be limited to PSS, to its hashes, and to a salt from a length on.
#[test]
fn a_pss_key_restricts() {
    let sha256 = Some(oid::SHA256);
    let bits = unhex(RSA_KEY)[19..].to_vec();
    let key = |parameters: &[u8]| {
        let algorithm = identifier(oid::RSASSA_PSS, parameters);
        der::write(tag::SEQUENCE, &[algorithm, bits.clone()].concat())
    };
    let signed = pss(sha256, sha256, Some(32), None);
    let scheme = pss_scheme(&signed, Sha1Leave::Refused).unwrap();
    let check = |parameters: &[u8]| judge(&key(parameters), scheme, MESSAGE, PSS_SHA256_SALT32);
    assert_eq!(check(&[]), SignatureCheck::Good);
    assert_eq!(check(&signed), SignatureCheck::Good);
    assert_eq!(
        check(&pss(sha256, sha256, Some(20), None)),
        SignatureCheck::Good
    );
    assert_eq!(
        check(&pss(sha256, sha256, Some(33), None)),
        SignatureCheck::Bad
    );
    let sha512 = Some(oid::SHA512);
    assert_eq!(
        check(&pss(sha512, sha512, Some(32), None)),
        SignatureCheck::Bad
    );
    let unread = SignatureCheck::KeyRefused(Refusal::Unsupported);
    assert_eq!(check(&[5, 0]), unread);
    let pkcs1 = Scheme::RsaPkcs1(HashAlgorithm::Sha256);
    let other = judge(&key(&[]), pkcs1, MESSAGE, PSS_SHA256_SALT32);
    assert_eq!(other, SignatureCheck::Bad);
}
