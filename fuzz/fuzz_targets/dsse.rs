//! An envelope that is accepted is written back as it was.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_format::dsse::Envelope;

    if let Ok(envelope) = Envelope::parse(bytes) {
        assert_eq!(envelope.to_bytes(), bytes);
    }
});
