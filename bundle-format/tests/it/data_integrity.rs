//! W3C Data Integrity: the published example of `eddsa-jcs-2022`, step by step.

use proofline_format::digest::sha256;
use proofline_format::encoding;
use proofline_format::integrity::{Proof, proof_options, signed_bytes, with_proof};
use proofline_format::json::{Value, canonical, parse};
use proofline_format::key::PublicKey;

use crate::corpus;

fn without(value: &Value, key: &str) -> Value {
    let members = value.members().unwrap().iter();
    Value::Object(members.filter(|(name, _)| name != key).cloned().collect())
}

#[test]
fn every_intermediate_value_of_the_w3c_example_is_ours() {
    let Some(folder) = corpus::part("eddsa-jcs-2022") else {
        return;
    };
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let step = |name: &str| read(&format!("eddsa-jcs-2022/{name}"));
    let unsigned = parse(read("unsigned.json").as_bytes()).unwrap();
    let signed = parse(step("signedJCS.json").as_bytes()).unwrap();
    let proof = signed.member("proof").unwrap();

    assert_eq!(
        canonical(&unsigned),
        step("canonDocJCS.txt").trim().as_bytes()
    );
    assert_eq!(canonical(&without(&signed, "proof")), canonical(&unsigned));
    assert_eq!(
        sha256(&canonical(&unsigned)).to_string(),
        step("docHashJCS.txt").trim()
    );

    let options = without(proof, "proofValue");
    assert_eq!(
        canonical(&options),
        step("proofCanonJCS.txt").trim().as_bytes()
    );
    assert_eq!(
        canonical(&parse(step("proofConfigJCS.json").as_bytes()).unwrap()),
        canonical(&options)
    );
    assert_eq!(
        sha256(&canonical(&options)).to_string(),
        step("proofHashJCS.txt").trim()
    );

    let combined = signed_bytes(&unsigned, &options);
    assert_eq!(encoding::hex(&combined), step("combinedHashJCS.txt").trim());

    let read_proof = Proof::of(&signed).unwrap();
    assert_eq!(
        encoding::hex(&read_proof.signature),
        step("sigHexJCS.txt").trim()
    );
    assert!(read_proof.verifies());

    // The same document comes out when it is put together by the functions that exports use.
    let key_pair = corpus::json(&folder.join("keyPair.json"));
    let did = format!(
        "did:key:{}",
        key_pair["publicKeyMultibase"].as_str().unwrap()
    );
    let key = PublicKey::from_did(&did).unwrap();
    let made = proof_options(
        unsigned.member("@context").unwrap(),
        &read_proof.created,
        &key,
    );
    assert_eq!(canonical(&made), canonical(&options));
    let whole = with_proof(&unsigned, &made, &read_proof.signature);
    assert_eq!(canonical(&whole), canonical(&signed));
}

#[test]
fn every_changed_copy_of_the_w3c_example_is_refused() {
    let Some(folder) = corpus::part("eddsa-jcs-2022") else {
        return;
    };
    let text = std::fs::read_to_string(folder.join("eddsa-jcs-2022/signedJCS.json")).unwrap();
    let verifies = |text: &str| {
        parse(text.as_bytes())
            .and_then(|document| Proof::of(&document))
            .is_ok_and(|proof| proof.verifies())
    };
    assert!(verifies(&text));
    for (from, to) in [
        ("Alumni Credential", "Alumna Credential"),
        ("2023-01-01", "2023-01-02"),
        ("2023-02-24", "2023-02-25"),
        ("assertionMethod", "authentication"),
        ("DataIntegrityProof", "OtherProof"),
        ("eddsa-jcs-2022", "eddsa-rdfc-2022"),
        ("credentials/v2\"", "credentials/v1\""),
        ("z2HnFSSPPBzR36", "z2HnFSSPPBzR37"),
        ("\"proofValue\"", "\"proofvalue\""),
        ("\"proof\"", "\"prove\""),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert!(!verifies(&changed), "{from}");
    }
}
