//! A request that is read and can be written is written as it was read, but for what only DER
//! forbids.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_tsa::Request;

    if let Ok(request) = Request::parse(bytes)
        && let Some(written) = request.to_der()
    {
        let again = Request::parse(&written).expect("what was written is read");
        assert_eq!(again.imprint(), request.imprint());
        assert_eq!(again.nonce(), request.nonce());
        assert_eq!(again.policy(), request.policy());
    }
});
