//! 628 real tokens of public projects, against what other tools said of them.
//!
//! What a user would lose if this failed: a good token of a real authority refused, or a forged one
//! accepted.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proofline_tsa::{
    Code, Expected, Finding, HashAlgorithm, Imprint, Options, Outcome, Report, Severity, Sha1Use,
    TrustAnchor, verify,
};
use serde_json::Value;

mod mutation;

/// Labels of the index that are disputed, each with what was seen by hand.
///
/// `docs/time-stamps.md` shows the bytes.
const DISPUTED: &[(&str, &str)] = &[
    (
        "sigstore+sigstore-js/1f4e08b3258e4ff5.tsr",
        "the index lists two certificates of the same issuer and serial number; the tool that made \
         it took the wrong one, and `openssl ts -verify` accepts the token with the other alone",
    ),
    (
        "esig+dss/611d87d18979a9c5.tst",
        "`openssl ts` cannot read OCSP responses in the field of revocation data and gave up before \
         any check; `openssl cms -verify` reads them and accepts the token to the same root",
    ),
];

/// Good tokens with a path that ends elsewhere here, and the code that says why.
const NOT_DONE_HERE: &[Code] = &[Code::CertificateConstraintsUnprocessed];

/// One token of the collection, and what is known of it.
pub(super) struct Entry {
    pub(super) file: String,
    pub(super) expected: String,
    pub(super) bytes: Vec<u8>,
    pub(super) anchors: Vec<TrustAnchor>,
    pub(super) beside: Vec<Vec<u8>>,
    /// What `openssl ts -verify -attime` said at the token's time; `None` where it was not asked,
    /// for want of a root or of a token that it reads at all.
    openssl: Option<Result<(), String>>,
    imprint: Option<Imprint>,
}

impl Entry {
    fn read(dir: &Path, value: &Value) -> Self {
        let certificate = |name: &str| {
            let path = dir.join("certs").join(format!("{name}.der"));
            fs::read(path).unwrap()
        };
        let names = |field: &str| -> Vec<Vec<u8>> {
            let list = value[field].as_array().unwrap().iter();
            list.map(|name| certificate(name.as_str().unwrap()))
                .collect()
        };
        let file = value["file"].as_str().unwrap();
        let anchors = names("roots");
        let anchors = anchors.iter().map(|der| TrustAnchor::from_der(der));
        // Where the stamped bytes are known they are hashed; elsewhere nothing is compared.
        let imprint = value["data"].as_str().and_then(|data| {
            let name = value["imprint_algorithm"].as_str()?;
            let all = [&[HashAlgorithm::Sha1], HashAlgorithm::ALL].concat();
            let algorithm = all.iter().find(|known| known.as_str() == name)?;
            Some(Imprint::of(*algorithm, &fs::read(dir.join(data)).unwrap()))
        });
        Self {
            file: file.to_owned(),
            expected: value["expected"].as_str().unwrap().to_owned(),
            bytes: fs::read(dir.join(file)).unwrap(),
            anchors: anchors.filter_map(Result::ok).collect(),
            beside: names("intermediates"),
            openssl: match value["openssl_at_gen_time"].as_str() {
                Some("OK") => Some(Ok(())),
                Some(text) => text.strip_prefix("FAIL ").map(|why| Err(why.to_owned())),
                None => None,
            },
            imprint,
        }
    }

    /// Verifies `bytes` with all that is known of this token.
    pub(super) fn verify(&self, bytes: &[u8], allow_sha1: &[Sha1Use]) -> Report {
        self.verify_with(bytes, &self.anchors, allow_sha1)
    }

    /// Verifies the token with other roots than its own.
    pub(super) fn verify_to(&self, anchors: &[TrustAnchor]) -> Report {
        self.verify_with(&self.bytes, anchors, &[])
    }

    fn verify_with(&self, bytes: &[u8], anchors: &[TrustAnchor], allow_sha1: &[Sha1Use]) -> Report {
        let beside: Vec<&[u8]> = self.beside.iter().map(Vec::as_slice).collect();
        let options = Options {
            certificates: &beside,
            allow_sha1,
            ..Options::default()
        };
        let expected = self.imprint.as_ref();
        let expected = expected.map_or(Expected::NotGiven, Expected::Imprint);
        verify(bytes, expected, anchors, &options)
    }
}

pub(super) fn entries() -> Option<Vec<Entry>> {
    let dir: PathBuf = super::corpus_dir("tsa")?;
    let index = fs::read(dir.join("INDEX.json")).unwrap();
    let index: Vec<Value> = serde_json::from_slice(&index).unwrap();
    Some(index.iter().map(|value| Entry::read(&dir, value)).collect())
}

/// The findings that weigh.
fn heavy(report: &Report) -> Vec<Code> {
    let codes = report.findings().iter().map(|finding| finding.code());
    codes
        .filter(|code| code.severity() > Severity::Note)
        .collect()
}

/// Whether an outcome is one that the label allows.
fn acceptable(label: &str, report: &Report) -> bool {
    let outcome = report.outcome();
    match label {
        "VALID" | "VALID-BER" | "VALID-PSS" => {
            let not_done = |code| NOT_DONE_HERE.contains(code);
            outcome == Outcome::Valid || heavy(report).iter().any(not_done)
        }
        "INVALID" | "CHAIN-UNKNOWN" | "UNDETERMINED" => outcome != Outcome::Valid,
        // The strict policy refuses, but says why: never by an error of its own.
        "VALID-weak/legacy" => !heavy(report).contains(&Code::Malformed),
        // A label that is not known is not passed over.
        _ => false,
    }
}

#[test]
fn real_tokens_end_as_other_tools_say() {
    let Some(entries) = entries() else {
        return;
    };
    let mut table: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut notes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut compared = 0_usize;
    for entry in &entries {
        let report = entry.verify(&entry.bytes, &[]);
        compared = compared.saturating_add(usize::from(entry.imprint.is_some()));
        *table
            .entry((&entry.expected, report.outcome().as_str()))
            .or_default() += 1;
        let codes: Vec<&str> = heavy(&report).iter().map(|code| code.as_str()).collect();
        *reasons
            .entry(format!("{:18} {}", entry.expected, codes.join(" ")))
            .or_default() += 1;
        for finding in report.findings() {
            if finding.code().severity() == Severity::Note {
                *notes.entry(finding.code().as_str()).or_default() += 1;
            }
        }
        if let Some((_, why)) = DISPUTED.iter().find(|(file, _)| *file == entry.file) {
            assert_eq!(report.outcome(), Outcome::Valid, "{}: {why}", entry.file);
        } else if !acceptable(&entry.expected, &report) {
            let text: Vec<String> = report.findings().iter().map(ToString::to_string).collect();
            wrong.push(format!(
                "{} {} {}",
                entry.expected,
                entry.file,
                text.join(" | ")
            ));
        }
    }
    eprintln!("{:20} {:14} tokens", "expected", "outcome");
    for ((expected, outcome), count) in &table {
        eprintln!("{expected:20} {outcome:14} {count}");
    }
    for (reason, count) in &reasons {
        eprintln!("{count:4} {reason}");
    }
    for (note, count) in &notes {
        eprintln!("{count:4} note: {note}");
    }
    eprintln!(
        "{compared} of {} were compared with their data",
        entries.len()
    );
    assert!(compared > 50, "the data of some tokens is known");
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(DISPUTED.len() <= 5);
}

/// Refusals that are a matter of policy, not of evidence: algorithms and keys that are too weak.
const WEAK: &[Code] = &[
    Code::CertificateSignatureAlgorithmRefused,
    Code::DigestAlgorithmWeak,
    Code::ImprintAlgorithmWeak,
    // What follows from the refusal of a certificate's signature.
    Code::PathNotFound,
    Code::SignatureAlgorithmWeak,
];

/// How often the outcome is that of `openssl ts -verify -attime`, and why it is another.
#[test]
fn openssl_agrees_but_for_reasons_that_are_named() {
    let Some(entries) = entries() else {
        return;
    };
    let all = [Sha1Use::Digest, Sha1Use::Imprint, Sha1Use::Signature];
    for (policy, allowed) in [("strict", &[][..]), ("sha1 allowed by name", &all)] {
        let (mut compared, mut agreed) = (0_usize, 0_usize);
        let mut classes: BTreeMap<String, usize> = BTreeMap::new();
        for entry in &entries {
            let Some(openssl) = &entry.openssl else {
                continue;
            };
            compared = compared.saturating_add(1);
            let report = entry.verify(&entry.bytes, allowed);
            let codes = heavy(&report);
            let is_weak = !codes.is_empty() && codes.iter().all(|code| WEAK.contains(code));
            let class = match (openssl, report.outcome() == Outcome::Valid) {
                (Ok(()), true) | (Err(_), false) => {
                    agreed = agreed.saturating_add(1);
                    continue;
                }
                (Ok(()), false) if is_weak => {
                    let codes: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
                    format!("refused as weak: {}", codes.join(" "))
                }
                (Err(why), true) if DISPUTED.iter().any(|(file, _)| *file == entry.file) => {
                    format!("accepted, and disputed: openssl says {why}")
                }
                other => panic!("{}: {other:?} {:?}", entry.file, report.findings()),
            };
            *classes.entry(class).or_default() += 1;
        }
        eprintln!("openssl ts -verify -attime, {policy}: {agreed} of {compared} agree");
        for (class, count) in &classes {
            eprintln!("{count:4} {class}");
        }
        assert_eq!(agreed + classes.values().sum::<usize>(), compared);
        assert!(agreed > 400, "{agreed}");
    }
}

/// A named legacy policy lets old tokens through, and each says so: nothing is ever let pass
/// silently, and what is not SHA-1 stays as it was.
#[test]
fn a_legacy_policy_is_never_silent() {
    let Some(entries) = entries() else {
        return;
    };
    let all = [Sha1Use::Digest, Sha1Use::Imprint, Sha1Use::Signature];
    let mut table: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for entry in &entries {
        let strict = entry.verify(&entry.bytes, &[]);
        let legacy = entry.verify(&entry.bytes, &all);
        let is_noted = |finding: &Finding| finding.code() == Code::Sha1Allowed;
        assert!(!strict.findings().iter().any(is_noted), "{}", entry.file);
        if legacy.outcome() != strict.outcome() {
            let noted = legacy.findings().iter().any(is_noted);
            assert!(noted, "{}: {:?}", entry.file, legacy.findings());
        }
        if entry.expected == "INVALID" && !DISPUTED.iter().any(|(file, _)| *file == entry.file) {
            assert_ne!(legacy.outcome(), Outcome::Valid, "{}", entry.file);
        }
        if entry.expected == "VALID-weak/legacy" {
            let codes: Vec<&str> = heavy(&legacy).iter().map(|code| code.as_str()).collect();
            let key = (legacy.outcome().as_str(), codes.join(" "));
            *table.entry(key).or_default() += 1;
        }
    }
    for ((outcome, codes), count) in &table {
        eprintln!("{count:4} VALID-weak/legacy under the legacy policy: {outcome} {codes}");
    }
    let valid = table.get(&("valid", String::new())).copied();
    assert!(valid.unwrap_or(0) > 20, "{table:?}");
}
