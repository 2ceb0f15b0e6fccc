//! A note that is accepted is written back as it was.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_format::note::Note;

    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_bytes(), bytes);
    }
});
