//! A response or token from anywhere gets an outcome, and without a root it is never valid.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_tsa::{
        Certificate, Expected, HashAlgorithm, Imprint, Options, Outcome, Response, verify,
    };

    let imprint = Imprint::of(HashAlgorithm::Sha256, b"fuzz");
    let report = verify(bytes, Expected::Imprint(&imprint), &[], &Options::default());
    assert_ne!(report.outcome(), Outcome::Valid);
    assert!(report.verified().is_none());
    let _ = Response::parse(bytes);
    if let Ok(certificate) = Certificate::parse(bytes) {
        let _ = certificate.summary();
    }
});
