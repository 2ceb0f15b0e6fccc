//! NIST PKITS: certification paths with one thing wrong each, and good ones beside them.
//!
//! Found through `PROOFLINE_CORPUS`; without it the test says that it did nothing.
//! The sections whose rules are applied here must agree in full; of the others it is shown that no
//! bad path is accepted, but for revocation and for policies that a caller would demand.

extern crate std;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::prelude::rust_2024::*;
use std::{eprintln, format, fs};

use serde_json::Value;

use super::{Budget, find, rules};
use crate::certificate::Certificate;
use crate::finding::{Findings, Severity};
use crate::pem;
use crate::trust_anchor::TrustAnchor;

/// Within the validity of all good certificates.
const AT: i64 = 1_577_836_800;

/// Sections whose rules are all applied here: signatures, validity, name chaining, basic
/// constraints, key usage, private extensions.
const APPLIED: &[&str] = &["4.1", "4.2", "4.3", "4.6", "4.7", "4.16"];

/// Good paths that end elsewhere here, and why.
const NOT_ACCEPTED: &[(&str, &str)] = &[
    (
        "ValidDSASignaturesTest4EE.crt",
        "DSA is not a signature that is checked here",
    ),
    (
        "ValidDSAParameterInheritanceTest5EE.crt",
        "DSA is not a signature that is checked here",
    ),
];

/// Sections and cases whose bad paths may be accepted here, and why.
const BEYOND: &[(&str, &str)] = &[
    ("4.4", "revocation"),
    ("4.4.7", "revocation"),
    ("4.14", "revocation"),
    (
        "InvalidkeyUsageCriticalcRLSignFalseTest4EE.crt",
        "who may sign revocation lists",
    ),
    (
        "InvalidkeyUsageNotCriticalcRLSignFalseTest5EE.crt",
        "who may sign revocation lists",
    ),
    ("4.8", "policies demanded by the caller; here none are"),
];

fn der(bytes: Vec<u8>) -> Vec<u8> {
    match pem::certificates(&bytes) {
        Ok(mut found) => found.swap_remove(0),
        Err(_) => bytes,
    }
}

#[test]
fn paths_end_as_pkits_says() {
    let Some(root) = std::env::var_os("PROOFLINE_CORPUS") else {
        eprintln!("SKIPPED: PROOFLINE_CORPUS is not set; PKITS was not tested");
        return;
    };
    let dir = PathBuf::from(root).join("pkits");
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for entry in fs::read_dir(dir.join("certs")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        files.insert(name, der(fs::read(entry.path()).unwrap()));
    }
    let anchors = [TrustAnchor::from_der(&files["TrustAnchorRootCertificate.crt"]).unwrap()];
    let pool: Vec<Certificate<'_>> = files
        .values()
        .filter_map(|der| Certificate::parse(der).ok())
        .collect();
    let cases: Vec<Value> =
        serde_json::from_slice(&fs::read(dir.join("cases.json")).unwrap()).unwrap();

    let mut wrong = Vec::new();
    let mut counts: BTreeMap<(String, String, &str), u32> = BTreeMap::new();
    for case in &cases {
        let target = case["target"].as_str().unwrap();
        let section = case["section"].as_str().unwrap();
        let expected = case["expected"].as_str().unwrap();
        let accepted = accepts(&files[target], &pool, &anchors);
        let ours = if accepted { "valid" } else { "not valid" };
        let count = counts
            .entry((section.into(), expected.into(), ours))
            .or_default();
        *count = count.saturating_add(1);
        let excused = NOT_ACCEPTED.iter().any(|(name, _)| *name == target);
        let beyond = BEYOND
            .iter()
            .any(|(what, _)| section == *what || target == *what);
        let agrees = match expected {
            "valid" => accepted || excused || !APPLIED.contains(&section),
            _ => !accepted || beyond,
        };
        if !agrees {
            let reason = &case["reason"];
            wrong.push(format!(
                "{section} {target}: PKITS {expected} ({reason}), here {ours}"
            ));
        }
    }
    for ((section, expected, ours), count) in &counts {
        eprintln!("{section:6} PKITS {expected:8} here {ours:10} {count}");
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

fn accepts(target: &[u8], pool: &[Certificate<'_>], anchors: &[TrustAnchor]) -> bool {
    let Ok(leaf) = Certificate::parse(target) else {
        return false;
    };
    let mut findings = Findings::default();
    rules::validity(&leaf, AT, &mut findings);
    rules::extensions(&leaf, &mut findings);
    let path = find(&leaf, pool, anchors, AT, &mut Budget::new(), &mut findings);
    path.is_some() && findings.worst() == Severity::Note
}
