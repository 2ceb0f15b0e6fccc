//! A certificate from anywhere is read or refused, leads to no root that did not sign it, and
//! as a root vouches for none that it did not sign.

#![no_main]

/// Within the validity of the seeds.
const AT: i64 = 1_893_456_000;

const ROOT: &[u8] = include_bytes!("../seeds/tsa_certificate/root.der");
const UNIT: &[u8] = include_bytes!("../seeds/tsa_certificate/unit.der");

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_tsa::{Certificate, PathRules, TrustAnchor, find_path};

    let Ok(certificate) = Certificate::parse(bytes) else {
        return;
    };
    assert_eq!(certificate.der(), bytes);
    let _ = certificate.summary();
    for place in [
        certificate.crl_uris(),
        certificate.ocsp_uris(),
        certificate.ca_issuer_uris(),
    ] {
        assert!(
            place
                .iter()
                .all(|uri| uri.bytes().all(|octet| octet.is_ascii_graphic()))
        );
    }
    let rules = PathRules::default();
    let root = TrustAnchor::from_der(ROOT).unwrap();
    let report = find_path(bytes, &[UNIT, bytes], &[root], AT, &rules);
    if let Some(path) = report.path() {
        // What the root signed is all of these two but their own signatures.
        let known = [ROOT, UNIT].map(|der| Certificate::parse(der).unwrap().serial().to_vec());
        assert!(known.contains(&certificate.serial().to_vec()));
        assert!(path.certificates().len() <= 2);
    }
    // As a root, its constraints on names are applied to the unit once its key fits.
    if let Ok(anchor) = TrustAnchor::from_der(bytes) {
        let _ = find_path(UNIT, &[bytes], &[anchor], AT, &rules);
    }
});
