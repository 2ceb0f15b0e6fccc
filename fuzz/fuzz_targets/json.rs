//! What the reader accepts, the writer writes and the reader reads again as the same.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_format::json::{canonical, parse, parse_canonical};

    if let Ok(value) = parse(bytes) {
        let written = canonical(&value);
        let read = parse_canonical(&written).expect("canonical form is canonical");
        assert_eq!(canonical(&read), written);
    }
    if let Ok(value) = parse_canonical(bytes) {
        assert_eq!(canonical(&value), bytes);
    }
});
