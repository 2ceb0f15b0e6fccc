//! A revocation list from anywhere is read or refused, and only the one that was signed shows a
//! certificate to be good.

#![no_main]

use std::sync::OnceLock;

use proofline_tsa::{CertificationPath, PathRules, TrustAnchor, find_path};

const AT: i64 = 1_893_456_000;

const ROOT: &[u8] = include_bytes!("../seeds/tsa_certificate/root.der");
const UNIT: &[u8] = include_bytes!("../seeds/tsa_certificate/unit.der");
const LIST: &[u8] = include_bytes!("../seeds/tsa_crl/list.der");

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
    use proofline_tsa::{Crl, RevocationEvidence, RevocationStatus, check_revocation};

    if let Ok(crl) = Crl::parse(bytes) {
        assert_eq!(crl.der(), bytes);
        let _ = (crl.issuer(), crl.fingerprint(), crl.entry_count());
    }
    let path = path();
    // The signed list beside it: a list can be taken for its delta.
    let evidence = RevocationEvidence {
        crls: &[bytes],
        ..RevocationEvidence::default()
    };
    let alone = check_revocation(path, &evidence, AT);
    match &alone.certificates()[0].status {
        RevocationStatus::Good { .. } => assert_eq!(bytes, LIST),
        RevocationStatus::Revoked(_) => panic!("nobody revoked it"),
        _ => {}
    }
    let evidence = RevocationEvidence {
        crls: &[LIST, bytes],
        ..RevocationEvidence::default()
    };
    let both = check_revocation(path, &evidence, AT);
    let status = &both.certificates()[0].status;
    assert!(matches!(status, RevocationStatus::Good { .. }));
});
