//! What a report says of revocation, and of the tokens that stand in for others.

use std::collections::BTreeSet;

use proofline_format::archive::Archive;
use proofline_format::encoding::base64_decode;
use proofline_verifier::policy::RevocationDemand;
use proofline_verifier::{Policy, Report, Severity, Verdict, timestamps, verify};
use serde_json::Value;

use proofline_verifier::text::Detail;

use crate::vectors::root;

fn bundle(name: &str) -> Vec<u8> {
    std::fs::read(root().join(name).join("bundle")).unwrap()
}

fn policy(name: &str) -> Policy {
    Policy::parse(&std::fs::read(root().join(name).join("policy.json")).unwrap()).unwrap()
}

fn report(name: &str, policy: &Policy) -> Report {
    verify(bundle(name).as_slice(), policy).unwrap()
}

fn codes(report: &Report) -> BTreeSet<&'static str> {
    let findings = report.findings().iter();
    findings.map(|finding| finding.code.as_str()).collect()
}

/// The revocation lists that a vector's bundle holds.
pub(crate) fn lists(name: &str) -> Vec<Vec<u8>> {
    let bundle = bundle(name);
    let source = bundle.as_slice();
    let archive = Archive::open(source).unwrap();
    let member = archive.member("data/checkpoints.jsonl").unwrap();
    let (text, _) = archive.stream(member).read_all(1 << 20).unwrap();
    let lines = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let items = lines.flat_map(|line| {
        let line: Value = serde_json::from_slice(line).unwrap();
        let items = line.get("items").unwrap();
        items.as_array().unwrap().clone()
    });
    let text = |item: &Value, name: &str| item.get(name).unwrap().as_str().unwrap().to_owned();
    items
        .filter(|item| text(item, "kind") == "crl")
        .map(|item| base64_decode(text(&item, "b64").as_bytes()).unwrap())
        .collect()
}

/// A report that named a token by the compromised key as proof would prove nothing.
#[test]
fn what_stands_in_for_a_compromised_key_is_by_another_key() {
    let report = report("compromise-covered", &policy("compromise-covered"));
    let json: Value = serde_json::from_str(&report.to_json()).unwrap();
    let tokens = json["tokens"].as_array().unwrap();
    let newest = &tokens[2];
    assert_eq!(newest["signer"], "CN=Test authority B leaf");
    for token in &tokens[..2] {
        assert_eq!(token["trusted"], true);
        assert_eq!(token["revocation"], "revoked");
        assert_eq!(token["revocation_detail"]["reason"], "keyCompromise");
        assert_eq!(token["saved_by"]["sha256"], newest["sha256"]);
        assert_eq!(token["saved_by"]["size"], 4);
    }
    assert_eq!(newest["saved_by"], Value::Null);
}

/// Who is saved by a token whose own key was compromised too sees both links of the chain.
#[test]
fn each_link_of_a_chain_of_proofs_is_named() {
    let name = "compromise-of-both-covered";
    let json: Value = serde_json::from_str(&report(name, &policy(name)).to_json()).unwrap();
    let tokens = json["tokens"].as_array().unwrap();
    let saved_by = |token: &Value| token["saved_by"]["sha256"].clone();
    assert_eq!(saved_by(&tokens[0]), tokens[2]["sha256"]);
    assert_eq!(saved_by(&tokens[1]), tokens[2]["sha256"]);
    assert_eq!(saved_by(&tokens[2]), tokens[3]["sha256"]);
}

/// A token that does not count must not look as if it did, in any of the outputs.
#[test]
fn a_token_of_a_compromised_key_bounds_nothing() {
    let name = "compromise-uncovered_indeterminate";
    let report = report(name, &policy(name));
    assert!(report.tokens.iter().all(|token| !token.trusted));
    assert!(
        report
            .brackets
            .iter()
            .all(|b| (b.lower, b.upper) == (None, None))
    );
    let json: Value = serde_json::from_str(&timestamps::to_json(&report)).unwrap();
    assert_eq!(json["tokens"][0]["rung"], "well-formed");
    assert_eq!(json["tokens"][0]["earliest"], Value::Null);
    let text = timestamps::to_text(&report, "x", Detail::Short);
    assert!(text.contains("DOES NOT COUNT"), "{text}");
    assert!(text.contains("nothing: does not count"), "{text}");
}

/// The constant that stood here before said "not-checked" whatever the bundle held.
#[test]
fn revocation_is_shown_as_it_is_known() {
    for (name, want, source) in [
        ("token-late", "not-checked", Value::Null),
        ("revocation-required-lists", "good", "crl".into()),
        ("crl-superseded-later", "revoked", "crl".into()),
        ("crl-wrong-key", "unknown", Value::Null),
        ("ocsp-revoked-later", "revoked", "ocsp".into()),
    ] {
        let report = report(name, &policy(name));
        let json: Value = serde_json::from_str(&timestamps::to_json(&report)).unwrap();
        let token = &json["tokens"][1];
        assert_eq!(token["revocation"], want, "{name}");
        assert_eq!(token["revocation_detail"]["source"], source, "{name}");
        let counts = report.revocation_counts();
        let of_kind = [
            ("good", counts.good),
            ("revoked", counts.revoked),
            ("unknown", counts.unknown),
            ("not-checked", counts.not_checked),
        ];
        let nonzero: Vec<&str> = of_kind.iter().filter(|c| c.1 > 0).map(|c| c.0).collect();
        assert_eq!(nonzero, [want], "{name}");
    }
}

/// An auditor who hears of a compromise after the bundle was made passes the list himself.
#[test]
fn a_list_that_the_user_gives_counts_as_one_of_the_bundle() {
    let name = "revocation-required-absent_indeterminate";
    let mut policy = policy(name);
    policy.revocation = RevocationDemand::IfPresent;
    assert_eq!(report(name, &policy).verdict(), Verdict::Verified);
    policy.crls = lists("compromise-uncovered_indeterminate");
    let with_list = report(name, &policy);
    assert_eq!(with_list.verdict(), Verdict::Indeterminate);
    assert!(codes(&with_list).contains("timestamp-key-compromised"));
    policy.crls = lists("revoked-before_fail");
    assert_eq!(report(name, &policy).verdict(), Verdict::Failed);
    policy.crls = lists("revocation-required-lists");
    policy.revocation = RevocationDemand::Required;
    assert_eq!(report(name, &policy).verdict(), Verdict::Verified);
}

/// What has ended is only known to who knows the time; what was renewed needs no warning.
#[test]
fn only_what_ended_without_renewal_is_noted() {
    let code = "timestamp-not-renewed";
    for (name, is_noted) in [
        ("ended-certificate", true),
        ("ended-algorithm", true),
        ("ended-renewed", false),
        ("ended-not-yet", false),
    ] {
        let mut policy = policy(name);
        assert_eq!(
            codes(&report(name, &policy)).contains(code),
            is_noted,
            "{name}"
        );
        policy.time_micros = None;
        assert!(!codes(&report(name, &policy)).contains(code), "{name}");
    }
    let mut late = policy("ended-renewed");
    late.time_micros = proofline_verifier::policy::parse_time("2037-01-01T00:00:00Z");
    let late = report("ended-renewed", &late);
    let noted = late.findings().iter().filter(|f| f.code.as_str() == code);
    // The renewing token has ended as well: every token is named, by what ended first under it.
    assert_eq!(noted.count(), 2);
}

/// What lies beyond a limit may speak against a token: going on as if it did not would hide it.
#[test]
fn revocation_data_beyond_a_limit_leaves_the_bundle_unproven() {
    let name = "crl-clean";
    let mut policy = policy(name);
    let list = lists(name).remove(0);
    policy.crls = vec![list; 8_192];
    let report = report(name, &policy);
    assert_eq!(report.verdict(), Verdict::Indeterminate);
    let found = report.findings().iter();
    let mut unread = found.filter(|f| f.code.as_str() == "revocation-data-unread");
    assert!(unread.any(|finding| finding.severity == Severity::Unproven));
}
