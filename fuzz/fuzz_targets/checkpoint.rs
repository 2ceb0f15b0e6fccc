//! A checkpoint text that is accepted is written back as it was.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_format::checkpoint::Checkpoint;

    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(checkpoint) = Checkpoint::parse(text)
    {
        assert_eq!(checkpoint.text(), text);
    }
});
