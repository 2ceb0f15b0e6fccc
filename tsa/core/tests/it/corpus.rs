//! 628 real tokens of about a hundred authorities, against what other tools said of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proofline_tsa::{Code, Expected, Options, Outcome, Severity, TrustAnchor, verify};
use serde_json::Value;

/// Codes that name something this crate does not do, so that a good token may end there.
const NOT_DONE_HERE: &[Code] = &[
    Code::CertificateConstraintsUnprocessed,
    Code::CertificateSignatureAlgorithmRefused,
    Code::EncodingNotDer,
    Code::SignatureAlgorithmUnsupported,
];

/// Tokens that the index calls invalid and that are valid, each with what was seen by hand.
const INDEX_IS_WRONG: &[(&str, &str)] = &[(
    "sigstore+sigstore-js/1f4e08b3258e4ff5.tsr",
    "the index lists two certificates of the same issuer and serial number; the tool that made it \
     took the wrong one, and `openssl ts -verify` accepts the token with the other alone",
)];

struct Judged {
    file: String,
    expected: String,
    outcome: Outcome,
    codes: Vec<Code>,
    text: String,
}

fn certificate(dir: &Path, name: &str) -> Vec<u8> {
    fs::read(dir.join("certs").join(format!("{name}.der"))).unwrap()
}

fn names<'a>(entry: &'a Value, field: &str) -> Vec<&'a str> {
    entry[field]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect()
}

fn judge(dir: &Path, entry: &Value) -> Judged {
    let file = entry["file"].as_str().unwrap();
    let bytes = fs::read(dir.join(file)).unwrap();
    let anchors: Vec<TrustAnchor> = names(entry, "roots")
        .iter()
        .filter_map(|name| TrustAnchor::from_der(&certificate(dir, name)).ok())
        .collect();
    let beside: Vec<Vec<u8>> = names(entry, "intermediates")
        .iter()
        .map(|name| certificate(dir, name))
        .collect();
    let beside: Vec<&[u8]> = beside.iter().map(Vec::as_slice).collect();
    let options = Options {
        certificates: &beside,
        ..Options::default()
    };
    let report = verify(&bytes, Expected::NotGiven, &anchors, &options);
    let heavy = report
        .findings()
        .iter()
        .filter(|f| f.code().severity() > Severity::Note);
    Judged {
        file: file.to_owned(),
        expected: entry["expected"].as_str().unwrap().to_owned(),
        outcome: report.outcome(),
        codes: heavy.clone().map(|finding| finding.code()).collect(),
        text: heavy
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" | "),
    }
}

#[test]
fn real_tokens_end_as_other_tools_say() {
    let Some(dir) = super::corpus_dir("tsa") else {
        return;
    };
    let index = fs::read(dir.join("INDEX.json")).unwrap();
    let index: Vec<Value> = serde_json::from_slice(&index).unwrap();
    let judged: Vec<Judged> = index.iter().map(|entry| judge(&dir, entry)).collect();

    let mut table: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for one in &judged {
        *table
            .entry((&one.expected, one.outcome.as_str()))
            .or_default() += 1;
        let codes: Vec<&str> = one.codes.iter().map(|code| code.as_str()).collect();
        *reasons
            .entry(format!("{:18} {}", one.expected, codes.join(" ")))
            .or_default() += 1;
    }
    eprintln!("{:20} {:14} tokens", "expected", "outcome");
    for ((expected, outcome), count) in &table {
        eprintln!("{expected:20} {outcome:14} {count}");
    }
    for (reason, count) in &reasons {
        eprintln!("{count:4} {reason}");
    }

    let mut wrong = Vec::new();
    for one in &judged {
        if let Some((_, why)) = INDEX_IS_WRONG.iter().find(|(file, _)| *file == one.file) {
            assert_eq!(one.outcome, Outcome::Valid, "{}: {why}", one.file);
            continue;
        }
        let acceptable = match one.expected.as_str() {
            "VALID" => {
                one.outcome == Outcome::Valid
                    || one.codes.iter().any(|code| NOT_DONE_HERE.contains(code))
            }
            "INVALID" | "CHAIN-UNKNOWN" | "UNDETERMINED" => one.outcome != Outcome::Valid,
            _ => true,
        };
        if !acceptable {
            wrong.push(format!(
                "{} {} {:?} {}",
                one.expected, one.file, one.outcome, one.text
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} disagreements:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Nothing in a damaged token makes the reader panic, and damage under a signature is noticed.
#[test]
fn damaged_real_tokens_never_panic() {
    let Some(dir) = super::corpus_dir("tsa") else {
        return;
    };
    let index = fs::read(dir.join("INDEX.json")).unwrap();
    let index: Vec<Value> = serde_json::from_slice(&index).unwrap();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut tried = 0_u32;
    for entry in &index {
        let bytes = fs::read(dir.join(entry["file"].as_str().unwrap())).unwrap();
        for _ in 0..24 {
            // xorshift: the same damage in every run.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = usize::try_from(state >> 16).unwrap() % bytes.len();
            let mut damaged = bytes.clone();
            match state % 3 {
                0 => damaged[at] ^= u8::try_from(1_u64 << (state >> 8 & 7)).unwrap(),
                1 => damaged.truncate(at),
                _ => drop(damaged.remove(at)),
            }
            let report = verify(&damaged, Expected::NotGiven, &[], &Options::default());
            assert_ne!(report.outcome(), Outcome::Valid);
            tried = tried.saturating_add(1);
        }
    }
    eprintln!("{tried} damaged tokens were read");
}
