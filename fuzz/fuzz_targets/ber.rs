//! What is converted from BER is DER that stays as it is, and hardly longer than it was.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_tsa::{ber, limits};

    if let Ok(der) = ber::to_der(bytes) {
        assert!(der.len() <= bytes.len() + limits::MAX_BER_GROWTH_BYTES);
        assert_eq!(ber::to_der(&der).as_deref(), Ok(&der[..]));
    }
});
