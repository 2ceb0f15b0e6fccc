//! Every object that is known is read or refused; what is read is written back as it was where the
//! object has no member that readers ignore.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_format::holes::Holes;
    use proofline_format::object::{
        Evidence, Genesis, KeyChange, SessionSummary, WitnessFile, parse_object,
        witness_index_files,
    };

    if let Ok(change) = KeyChange::parse(bytes) {
        let _ = change.is_signed_by_new_key();
    }
    let known = Evidence::parse(bytes).is_ok()
        || Genesis::parse(bytes).is_ok()
        || SessionSummary::parse(bytes).is_ok()
        || WitnessFile::parse(bytes).is_ok()
        || witness_index_files(bytes).is_ok();
    assert!(!known || parse_object(bytes).is_ok());
    if let Ok(holes) = Holes::parse(bytes) {
        assert_eq!(holes.to_bytes(), bytes);
    }
});
