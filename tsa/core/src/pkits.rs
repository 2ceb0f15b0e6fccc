//! NIST PKITS: certification paths with one thing wrong each, and good ones beside them.
//!
//! Found through `PROOFLINE_CORPUS`; without it the test says that it did nothing.
//! Every certificate of the suite is in the pool of candidates and every list among the lists, so
//! that a case also fails when a way around its fault is found.
//! A case is accepted when a path holds and each of its certificates is shown not to be revoked.

extern crate std;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::prelude::rust_2024::*;
use std::{eprintln, format, fs};

use serde_json::Value;

use crate::certificate::Certificate;
use crate::digest::Sha1Leave;
use crate::finding::Findings;
use crate::path::{Budget, PathRules, Purpose, find_for};
use crate::revocation::{RevocationEvidence, RevocationStatus, check_revocation};
use crate::trust_anchor::TrustAnchor;
use crate::{oid_from_dotted, pem};

/// Within the validity of all good certificates and lists.
const AT: i64 = 1_577_836_800;

/// Cases that are not judged, each with its reason.
const OUT_OF_SCOPE: &[(&str, &str)] = &[
    (
        "ValidDSASignaturesTest4EE.crt",
        "DSA is not a signature that is checked here",
    ),
    (
        "ValidDSAParameterInheritanceTest5EE.crt",
        "DSA is not a signature that is checked here",
    ),
    (
        "InvalidDSASignatureTest6EE.crt",
        "DSA is not a signature that is checked here",
    ),
];

/// Cases of the suite that the table leaves out; the name says what is expected.
const BESIDE_THE_TABLE: &[(&str, &[&str])] = &[
    (
        "4.1",
        &[
            "ValidDSASignaturesTest4EE.crt",
            "ValidDSAParameterInheritanceTest5EE.crt",
            "InvalidDSASignatureTest6EE.crt",
        ],
    ),
    ("4.2", &["Validpre2000UTCnotBeforeDateTest3EE.crt"]),
    ("4.3", &["ValidNameChainingWhitespaceTest4EE.crt"]),
    (
        "4.4",
        &[
            "ValidNegativeSerialNumberTest14EE.crt",
            "InvalidNegativeSerialNumberTest15EE.crt",
        ],
    ),
    (
        "4.5",
        &[
            "InvalidBasicSelfIssuedCRLSigningKeyTest7EE.crt",
            "InvalidBasicSelfIssuedCRLSigningKeyTest8EE.crt",
        ],
    ),
    ("4.10", &["ValidPolicyMappingTest11EE.crt"]),
    ("4.13", &["InvalidDNandRFC822nameConstraintsTest29EE.crt"]),
    (
        "4.14",
        &[
            "ValiddistributionPointTest4EE.crt",
            "ValiddistributionPointTest5EE.crt",
            "ValiddistributionPointTest7EE.crt",
            "InvalidonlyContainsUserCertsTest11EE.crt",
            "InvalidonlyContainsCACertsTest12EE.crt",
            "ValidonlyContainsCACertsTest13EE.crt",
            "InvalidonlyContainsAttributeCertsTest14EE.crt",
            "InvalidonlySomeReasonsTest15EE.crt",
            "InvalidonlySomeReasonsTest16EE.crt",
            "InvalidonlySomeReasonsTest17EE.crt",
            "ValidonlySomeReasonsTest18EE.crt",
            "ValidonlySomeReasonsTest19EE.crt",
            "InvalidonlySomeReasonsTest20EE.crt",
            "InvalidonlySomeReasonsTest21EE.crt",
            "ValidIDPwithindirectCRLTest22EE.crt",
            "InvalidIDPwithindirectCRLTest23EE.crt",
            "ValidIDPwithindirectCRLTest24EE.crt",
            "ValidIDPwithindirectCRLTest25EE.crt",
            "InvalidIDPwithindirectCRLTest26EE.crt",
            "InvalidcRLIssuerTest27EE.crt",
            "ValidcRLIssuerTest28EE.crt",
            "ValidcRLIssuerTest29EE.crt",
            "ValidcRLIssuerTest30EE.crt",
            "InvalidcRLIssuerTest31EE.crt",
            "InvalidcRLIssuerTest32EE.crt",
            "ValidcRLIssuerTest33EE.crt",
            "InvalidcRLIssuerTest34EE.crt",
            "InvalidcRLIssuerTest35EE.crt",
        ],
    ),
    (
        "4.15",
        &[
            "InvaliddeltaCRLIndicatorNoBaseTest1EE.crt",
            "ValiddeltaCRLTest2EE.crt",
            "InvaliddeltaCRLTest3EE.crt",
            "InvaliddeltaCRLTest4EE.crt",
            "ValiddeltaCRLTest5EE.crt",
            "InvaliddeltaCRLTest6EE.crt",
            "ValiddeltaCRLTest7EE.crt",
            "ValiddeltaCRLTest8EE.crt",
            "InvaliddeltaCRLTest9EE.crt",
            "InvaliddeltaCRLTest10EE.crt",
        ],
    ),
];

/// Where the table says otherwise than the PKITS document, which decides.
const TABLE_IS_WRONG: &[(&str, &str)] = &[
    (
        "InvalidBasicSelfIssuedOldWithNewTest2EE.crt",
        "4.5.2: the certificate is revoked; the table judged without revocation",
    ),
    (
        "InvalidBasicSelfIssuedNewWithOldTest5EE.crt",
        "4.5.5: the certificate is revoked; the table judged without revocation",
    ),
];

/// One test of the suite.
struct Case {
    section: String,
    target: String,
    valid: bool,
    settings: Value,
    /// Lists that are withheld, by the beginning of their file name.
    without: Option<&'static str>,
}

/// The files of the suite.
struct Suite {
    certificates: BTreeMap<String, Vec<u8>>,
    crls: BTreeMap<String, Vec<u8>>,
}

fn der(bytes: Vec<u8>) -> Vec<u8> {
    match pem::certificates(&bytes) {
        Ok(mut found) => found.swap_remove(0),
        Err(_) => bytes,
    }
}

fn folder(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, der(fs::read(entry.path()).unwrap()))
    };
    entries.map(read).collect()
}

fn cases(dir: &Path) -> Vec<Case> {
    let table: Vec<Value> =
        serde_json::from_slice(&fs::read(dir.join("cases.json")).unwrap()).unwrap();
    let mut cases: Vec<Case> = table.iter().map(from_table).collect();
    for (section, targets) in BESIDE_THE_TABLE {
        cases.extend(targets.iter().map(|target| Case {
            section: (*section).to_owned(),
            target: (*target).to_owned(),
            valid: target.starts_with("Valid"),
            settings: Value::Null,
            without: None,
        }));
    }
    cases
}

fn from_table(row: &Value) -> Case {
    let section = row["section"].as_str().unwrap();
    let target = row["target"].as_str().unwrap().to_owned();
    let disputed = TABLE_IS_WRONG.iter().any(|(name, _)| *name == target);
    Case {
        valid: !disputed && row["expected"] == "valid",
        // 4.4.7 has a second run in the table, with the bad list alone.
        without: (section == "4.4.7").then_some("TwoCRLsCAGood"),
        section: section.split('.').take(2).collect::<Vec<_>>().join("."),
        settings: row["settings"].clone(),
        target,
    }
}

/// What stands against a case; empty if it is accepted.
fn judge(case: &Case, suite: &Suite, pool: &[Certificate<'_>], anchors: &[TrustAnchor]) -> String {
    let on = |name: &str| case.settings[name].as_bool().unwrap_or(false);
    let policies = case.settings["initial_policy_set"].as_array();
    let policies: Vec<Vec<u8>> = policies
        .into_iter()
        .flatten()
        .map(|policy| oid_from_dotted(policy.as_str().unwrap()).unwrap())
        .collect();
    let rules = PathRules {
        // PKITS knows nothing of time-stamping; its certificates name no purpose.
        purpose: Purpose::Any,
        initial_policy_set: &policies,
        initial_explicit_policy: on("initial_explicit_policy"),
        initial_policy_mapping_inhibit: on("initial_policy_mapping_inhibit"),
        initial_any_policy_inhibit: on("initial_inhibit_any_policy"),
    };
    let leaf = match Certificate::parse(&suite.certificates[&case.target]) {
        Ok(leaf) => leaf,
        Err(error) => return format!("{error}"),
    };
    let (mut budget, mut findings) = (Budget::with_sha1(Sha1Leave::Refused), Findings::default());
    let path = find_for(&leaf, pool, anchors, AT, &rules, &mut budget, &mut findings);
    let Some(path) = path else {
        let texts: Vec<String> = findings.0.iter().map(ToString::to_string).collect();
        return texts.join(" | ");
    };
    let withheld = |name: &str| case.without.is_some_and(|start| name.starts_with(start));
    let crls = suite.crls.iter().filter(|(name, _)| !withheld(name));
    let crls: Vec<&[u8]> = crls.map(|(_, der)| der.as_slice()).collect();
    let certificates: Vec<&[u8]> = suite.certificates.values().map(Vec::as_slice).collect();
    let evidence = RevocationEvidence {
        crls: &crls,
        certificates: &certificates,
        ..RevocationEvidence::default()
    };
    let report = check_revocation(&path, &evidence, AT);
    let statuses = report.certificates().iter();
    let bad = statuses.filter(|one| !matches!(one.status, RevocationStatus::Good { .. }));
    bad.map(|one| format!("{}: {:?}", one.certificate.subject, one.status))
        .collect::<Vec<_>>()
        .join(" | ")
}

#[test]
fn paths_end_as_pkits_says() {
    let Some(root) = std::env::var_os("PROOFLINE_CORPUS") else {
        eprintln!("SKIPPED: PROOFLINE_CORPUS is not set; PKITS was not tested");
        return;
    };
    let dir = PathBuf::from(root).join("pkits");
    let suite = Suite {
        certificates: folder(&dir.join("certs")),
        crls: folder(&dir.join("crls")),
    };
    let root = &suite.certificates["TrustAnchorRootCertificate.crt"];
    let anchors = [TrustAnchor::from_der(root).unwrap()];
    let pool: Vec<Certificate<'_>> = suite
        .certificates
        .values()
        .filter_map(|der| Certificate::parse(der).ok())
        .collect();

    let mut wrong = Vec::new();
    let mut table: BTreeMap<Vec<u32>, [u32; 3]> = BTreeMap::new();
    for case in &cases(&dir) {
        let section = case.section.split('.').map(|n| n.parse().unwrap());
        let row = table.entry(section.collect()).or_default();
        row[0] += 1;
        if OUT_OF_SCOPE.iter().any(|(name, _)| *name == case.target) {
            row[2] += 1;
            continue;
        }
        let against = judge(case, &suite, &pool, &anchors);
        if against.is_empty() == case.valid {
            row[1] += 1;
        } else {
            let (section, target, settings) = (&case.section, &case.target, &case.settings);
            let expected = if case.valid { "valid" } else { "not valid" };
            wrong.push(format!(
                "{section} {target} {settings}: {expected}, here: {against}"
            ));
        }
    }
    eprintln!("{:8} {:>6} {:>6} out of scope", "section", "cases", "right");
    for (section, [cases, right, outside]) in &table {
        let section = format!("{}.{}", section[0], section[1]);
        eprintln!("{section:8} {cases:6} {right:6} {outside:12}");
    }
    let total = |i: usize| table.values().map(|row| row[i]).sum::<u32>();
    eprintln!("{:8} {:6} {:6} {:12}", "all", total(0), total(1), total(2));
    assert!(total(2) <= 20, "too much is out of scope");
    assert_eq!(total(1) + total(2), total(0), "{}", wrong.join("\n"));
}
