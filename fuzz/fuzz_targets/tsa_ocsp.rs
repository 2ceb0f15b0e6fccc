//! An OCSP response from anywhere is read or refused, and only what was signed is believed.

#![no_main]

use std::sync::OnceLock;

use proofline_tsa::{CertificationPath, PathRules, TrustAnchor, find_path};

const AT: i64 = 1_893_456_000;

const ROOT: &[u8] = include_bytes!("../seeds/tsa_certificate/root.der");
const UNIT: &[u8] = include_bytes!("../seeds/tsa_certificate/unit.der");
const ANSWER: &[u8] = include_bytes!("../seeds/tsa_ocsp/answer.der");

/// The path of the unit, found once: its signatures are not what is tested here.
fn path() -> &'static CertificationPath {
    static PATH: OnceLock<CertificationPath> = OnceLock::new();
    PATH.get_or_init(|| {
        let root = TrustAnchor::from_der(ROOT).unwrap();
        let report = find_path(UNIT, &[], &[root], AT, &PathRules::default());
        report.path().unwrap().clone()
    })
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_tsa::{OcspResponse, RevocationEvidence, RevocationStatus, check_revocation};

    let response = OcspResponse::parse(bytes).or_else(|_| OcspResponse::parse_basic(bytes));
    if let Ok(response) = &response {
        assert_eq!(response.der(), bytes);
        let _ = (response.responder(), response.fingerprint());
    }
    let evidence = RevocationEvidence {
        ocsp_responses: &[bytes],
        ..RevocationEvidence::default()
    };
    let checked = check_revocation(path(), &evidence, AT);
    match &checked.certificates()[0].status {
        // The status around the answer and the certificates in it are not under its signature.
        RevocationStatus::Good { as_of, .. } => {
            assert!(*as_of <= OcspResponse::parse(ANSWER).unwrap().produced_at());
            assert_eq!(
                response.unwrap().produced_at(),
                OcspResponse::parse(ANSWER).unwrap().produced_at()
            );
        }
        RevocationStatus::Revoked(_) => panic!("nobody revoked it"),
        _ => {}
    }
});
