//! An evidence record from anywhere is read or refused, and what is valid is about the data.

#![no_main]

use std::sync::OnceLock;

use proofline_tsa::{
    EvidenceRecord, HashAlgorithm, Imprint, Options, Outcome, TrustAnchor, verify_evidence_record,
};

const DATA: &[u8] = include_bytes!("../seeds/tsa_evidence_record/data");
const ROOTS: &[u8] = include_bytes!("../seeds/tsa_evidence_record/roots.pem");

fn roots() -> &'static [TrustAnchor] {
    static ROOTS_READ: OnceLock<Vec<TrustAnchor>> = OnceLock::new();
    ROOTS_READ.get_or_init(|| TrustAnchor::all_from_pem(ROOTS).unwrap())
}

fn digests(data: &[u8]) -> Vec<Imprint> {
    let algorithms = HashAlgorithm::ALL.iter();
    algorithms
        .map(|algorithm| Imprint::of(*algorithm, data))
        .collect()
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = EvidenceRecord::parse(bytes) else {
        return;
    };
    assert_eq!(
        record.chain_lengths().len(),
        record.chain_algorithms().len()
    );
    let count: usize = record.chain_lengths().iter().sum();
    assert_eq!(count, record.tokens().len());
    // What is renewed is read again, with one time stamp more.
    let token = record.tokens()[0];
    if let Some(renewed) = record.renewed(token) {
        assert_eq!(
            EvidenceRecord::parse(&renewed).map_or(count + 1, |r| r.tokens().len()),
            count + 1
        );
    }
    let rehashed = record.rehashed(HashAlgorithm::Sha512, token);
    if let Ok(rehashed) = EvidenceRecord::parse(&rehashed) {
        assert_eq!(rehashed.chain_lengths().last(), Some(&1));
    }
    // A verification of many tokens is slow and says no more than one of few.
    if count > 4 {
        return;
    }
    let options = Options::default();
    let report = verify_evidence_record(bytes, &digests(DATA), roots(), &options);
    if report.outcome() == Outcome::Valid {
        assert!(report.verified().is_some());
        let other = verify_evidence_record(bytes, &digests(b"other"), roots(), &options);
        assert_eq!(other.outcome(), Outcome::Invalid);
    }
});
