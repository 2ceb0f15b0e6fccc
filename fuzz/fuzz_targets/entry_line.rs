//! A line that is accepted is the one spelling of its columns, and the general reader agrees.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_format::entry::ParsedLine;
    use proofline_format::json::parse_canonical;
    use proofline_format::registry;

    if let Ok(parsed) = ParsedLine::parse(bytes) {
        assert_eq!(parsed.entry.line(), bytes);
        assert_eq!(
            parsed.computed_chain_hash(),
            parsed.entry.computed_chain_hash()
        );
        let value = parse_canonical(bytes).expect("a line is canonical JSON");
        assert_eq!(value.members().map(<[_]>::len), Some(20));
        let _ = registry::role_mismatch(&parsed.entry);
    }
});
