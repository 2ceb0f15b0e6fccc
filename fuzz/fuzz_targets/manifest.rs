//! A manifest that is accepted says the same when it is written again.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_format::integrity::Proof;
    use proofline_format::json::{canonical, parse_canonical};
    use proofline_format::manifest::Manifest;
    use proofline_format::statement::statement;

    if let Ok(document) = parse_canonical(bytes) {
        if let Ok(proof) = Proof::of(&document) {
            let _ = proof.verifies();
        }
        if let Ok(manifest) = Manifest::of(&document) {
            let members = document.members().unwrap_or_default();
            let unsigned = members.iter().filter(|(key, _)| key != "proof").cloned();
            let unsigned = proofline_format::json::Value::Object(unsigned.collect());
            assert_eq!(canonical(&manifest.to_value()), canonical(&unsigned));
            let _ = statement(&manifest);
        }
    }
});
