//! `testdata/vectors`: each a bundle, a policy, and what must come of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proofline_verifier::trust::Rung;
use proofline_verifier::{Code, CouldNotLook, Policy, verify};

struct Vector {
    name: String,
    expect: String,
    findings: Vec<String>,
    /// What may be said of every token, if the vector says.
    rung: Option<String>,
    bundle: Vec<u8>,
    policy: Policy,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/vectors")
}

fn load(folder: &Path) -> Vector {
    let text = std::fs::read_to_string(folder.join("vector")).unwrap();
    let values = |key: &str| {
        let prefix = format!("{key}: ");
        let lines = text
            .lines()
            .filter_map(move |line| line.strip_prefix(&prefix));
        lines.map(String::from).collect::<Vec<_>>()
    };
    let policy = std::fs::read(folder.join("policy.json")).unwrap();
    Vector {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        expect: values("expect").remove(0),
        findings: values("finding"),
        rung: values("rung").pop(),
        bundle: std::fs::read(folder.join("bundle")).unwrap(),
        policy: Policy::parse_with(&policy, &mut |name| {
            std::fs::read(folder.join(name)).map_err(|error| error.to_string())
        })
        .unwrap(),
    }
}

fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("vector").exists())
        .collect();
    folders.sort();
    assert!(folders.len() >= 60, "only {} vectors", folders.len());
    folders
}

/// What went wrong with a vector, if anything.
fn disagreement(vector: &Vector) -> Option<String> {
    let mut rungs = Vec::new();
    let (verdict, found) = match verify(vector.bundle.as_slice(), &vector.policy) {
        Ok(report) => {
            rungs.extend(
                report
                    .tokens
                    .iter()
                    .map(|token| token.rung.map(Rung::as_str)),
            );
            let codes = report
                .findings()
                .iter()
                .map(|f| f.code.as_str())
                .collect::<BTreeSet<_>>();
            (report.verdict().as_str().to_lowercase(), codes)
        }
        Err(CouldNotLook::FormatVersion(_)) => (
            "could-not-look".into(),
            BTreeSet::from(["format-version-unknown"]),
        ),
        Err(error) => (error.to_string(), BTreeSet::new()),
    };
    let missing: Vec<&String> = vector
        .findings
        .iter()
        .filter(|code| !found.contains(code.as_str()))
        .collect();
    let stands =
        |rung: &String| !rungs.is_empty() && rungs.iter().all(|one| *one == Some(rung.as_str()));
    let agrees =
        verdict == vector.expect && missing.is_empty() && vector.rung.as_ref().is_none_or(stands);
    (!agrees).then(|| {
        let Vector {
            name,
            expect,
            findings,
            ..
        } = vector;
        format!("{name}: expect {expect} {findings:?}, got {verdict} {found:?} {rungs:?}")
    })
}

/// A wrong verdict on any of these means that a forger, or an honest exporter, meets the same.
#[test]
fn every_vector_has_its_verdict_and_its_codes() {
    let folders = folders();
    let wrong: Vec<String> = folders
        .iter()
        .filter_map(|folder| disagreement(&load(folder)))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        folders.len(),
        wrong.join("\n")
    );
}

/// Threads change when lines are checked, never what is found.
#[test]
fn threads_change_nothing() {
    for folder in folders().iter().step_by(7) {
        let mut vector = load(folder);
        let one = verify(vector.bundle.as_slice(), &vector.policy).map(|r| r.to_json());
        vector.policy.threads = 3;
        let three = verify(vector.bundle.as_slice(), &vector.policy).map(|r| r.to_json());
        assert_eq!(one, three, "{}", vector.name);
    }
}

/// A code without a vector is a check that may never have run.
#[test]
fn every_code_has_a_vector() {
    let expected: BTreeSet<String> = folders()
        .iter()
        .flat_map(|folder| load(folder).findings)
        .collect();
    let without: Vec<&str> = Code::all()
        .map(Code::as_str)
        .filter(|code| !expected.contains(*code))
        .collect();
    assert!(without.is_empty(), "codes without a vector: {without:?}");
    let unknown: Vec<&String> = expected
        .iter()
        .filter(|code| Code::parse(code).is_none())
        .collect();
    assert!(
        unknown.is_empty(),
        "vectors name unknown codes: {unknown:?}"
    );
}
