//! The binary is wired up: exit codes, streams, help. The rules are checked by the vectors.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::{revocation, vectors};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_verify-bundle"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn vector(name: &str, file: &str) -> String {
    let path: PathBuf = vectors::root().join(name).join(file);
    path.to_string_lossy().into_owned()
}

fn check(arguments: &[&str], code: i32, stdout: &str, stderr: &str) {
    let output = run(arguments);
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}\n{out}\n{err}"
    );
    assert!(out.contains(stdout), "{arguments:?}: {out}");
    assert!(err.contains(stderr), "{arguments:?}: {err}");
    assert!(stderr.is_empty() == err.is_empty(), "{arguments:?}: {err}");
}

#[test]
fn exit_codes_mean_one_thing_each() {
    let bundle = vector("complete", "bundle");
    let policy = vector("complete", "policy.json");
    let edited = vector("edit-file-path_fail", "bundle");
    let verified = "VERIFIED, not shown: completeness, attribution";
    check(&[&bundle, "--policy", &policy], 0, verified, "");
    check(&[&bundle], 3, "pass --device-key", "");
    check(&[&edited, "--policy", &policy], 1, "FAILED", "");
    check(&["/nonexistent"], 2, "", "cannot read `/nonexistent`");
    check(&[], 2, "", "no bundle was named");
    check(&[&bundle, "--policy", &bundle], 2, "", "policy");
    check(&[&bundle, "--frobnicate"], 2, "", "hint");
    check(&["--help"], 0, "usage: verify-bundle", "");
    check(&["--explain", "tip-not-given"], 0, "What to do:", "");
    check(
        &["--explain", "no-such-code"],
        2,
        "",
        "no finding has the code",
    );
}

/// A reader that looks only at the first line, or at the JSON, must see the same verdict.
#[test]
fn every_output_says_the_same() {
    let bundle = vector("complete", "bundle");
    let policy = vector("complete", "policy.json");
    let json = run(&[&bundle, "--policy", &policy, "--json"]);
    let text = String::from_utf8(json.stdout).unwrap();
    assert!(text.contains("\"verdict\":\"VERIFIED\""), "{text}");
    assert!(
        text.contains("\"valid\":true") && text.contains("\"broken_at\":null"),
        "{text}"
    );
    let quiet = run(&[&bundle, "--policy", &policy, "--quiet"]);
    assert_eq!(String::from_utf8(quiet.stdout).unwrap().lines().count(), 1);
    let normal = run(&[&bundle, "--policy", &policy]);
    let normal = String::from_utf8(normal.stdout).unwrap();
    assert!(normal.lines().count() <= 15, "{normal}");
    check(
        &[&bundle, "--policy", &policy, "--verbose"],
        0,
        "checks performed",
        "",
    );
}

/// A closed pipe must not turn a failure into success.
#[test]
fn a_closed_pipe_keeps_the_verdict() {
    let bundle = vector("edit-file-path_fail", "bundle");
    let mut child = Command::new(env!("CARGO_BIN_EXE_verify-bundle"))
        .args([bundle.as_str(), "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

/// A regulator asks when, whoever signed: time stamps and the entries that they bound.
#[test]
fn time_stamps_are_shown_alone() {
    let bundle = vector("complete", "bundle");
    let policy = vector("complete", "policy.json");
    let edited = vector("edit-file-path_fail", "bundle");
    let said = "Longest stretch without an anchor";
    check(&["timestamps", &bundle, "--policy", &policy], 0, said, "");
    check(&["timestamps", &bundle], 3, "leads to no root", "");
    check(
        &["timestamps", &edited, "--policy", &policy],
        1,
        "FAILED",
        "",
    );
    check(&["timestamps"], 2, "", "no bundle was named");
    let json = run(&["timestamps", &bundle, "--policy", &policy, "--json"]);
    let text = String::from_utf8(json.stdout).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["verdict"], "verified");
    let tokens = value["tokens"].as_array().unwrap();
    assert!(!tokens.is_empty());
    assert!(tokens.iter().all(|token| token["rung"] == "to-your-root"));
    // The brackets leave no entry out.
    let mut next = 0;
    for bracket in value["brackets"].as_array().unwrap() {
        assert_eq!(bracket["first"].as_u64(), Some(next));
        next = bracket["last"].as_u64().unwrap().saturating_add(1);
        assert!(bracket["earliest"].is_string() && bracket["latest"].is_string());
    }
    assert!(next > 0 && value["longest_without_anchor_micros"].is_u64());
}

/// The files that a policy names lie beside it, wherever the program was started.
#[test]
fn a_policy_names_files_relative_to_itself() {
    let bundle = vector("qualified-listed", "bundle");
    let policy = vector("qualified-listed", "policy.json");
    let words = ["timestamps", &bundle, "--policy", &policy];
    check(&words, 0, "4 of 4, listed-qualified", "");
    check(&words, 0, "its own signature NOT CHECKED", "");
    let json = run(&[&words, ["--json"].as_slice()].concat());
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let list = &value["trusted_lists"][0];
    assert_eq!(
        (&list["territory"], &list["sequence_number"]),
        (&"XX".into(), &12.into())
    );
    assert_eq!(list["signature"], "not-checked");
    let token = &value["tokens"][0];
    assert_eq!(token["authority"]["name"], "Authority A");
    assert_eq!(token["qualified"]["claimed_in"][0], "token");
    assert_eq!(token["qualified"]["listed"]["service"], "Stamps");
    assert_eq!(token["revocation"], "not-checked");

    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("policy-files");
    std::fs::create_dir_all(&folder).unwrap();
    let alone = folder.join("policy.json");
    std::fs::copy(&policy, &alone).unwrap();
    let alone = alone.to_string_lossy().into_owned();
    let gone = "file `list.xml`: No such file";
    check(&["timestamps", &bundle, "--policy", &alone], 2, "", gone);
}

/// Who asks for two authorities must see how many there are, and where one is missing.
#[test]
fn agreement_is_counted_and_shown() {
    let timestamps = |name: &str| {
        let (bundle, policy) = (vector(name, "bundle"), vector(name, "policy.json"));
        let json = run(&["timestamps", &bundle, "--policy", &policy, "--json"]);
        let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        value
    };
    let two = timestamps("authorities-two-agree");
    assert_eq!(two["independent_authorities"], 2);
    assert_eq!(two["brackets"][0]["earliest_authorities"], 2);
    assert!(two["longest_without_anchor_micros"].is_u64());
    assert_eq!(
        two["longest_without_anchor_entries"],
        serde_json::json!([0, 5])
    );
    let few = timestamps("authorities-too-few-one-key_indeterminate");
    assert_eq!(few["brackets"][0]["latest_authorities"], 1);
    assert!(few["brackets"][0]["latest"].is_null());
    assert!(few["longest_without_anchor_micros"].is_null());
}

/// Only the root's digest was given: what came along is trusted for that digest and nothing else.
#[test]
fn a_root_may_be_given_by_its_fingerprint() {
    let bundle = vector("authority-by-fingerprint", "bundle");
    let policy =
        std::fs::read_to_string(vector("authority-by-fingerprint", "policy.json")).unwrap();
    let policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
    let digest = policy["authorities"][0]["roots"][0].as_str().unwrap();
    let said = "chosen by the fingerprint that you gave";
    check(&["timestamps", &bundle, "--tsa-root", digest], 0, said, "");
    let upper = digest.to_uppercase();
    check(&["timestamps", &bundle, "--tsa-root", &upper], 0, said, "");
    let other = "ab".repeat(32);
    check(
        &["timestamps", &bundle, "--tsa-root", &other],
        3,
        "leads to no root",
        "",
    );
    check(
        &[&bundle, "--tsa-root", &other, "--verbose"],
        3,
        "NOT TRUSTED",
        "",
    );
    check(&["timestamps", "--help"], 0, "longest stretch", "");
}

/// A list that cannot be read is no list: going on without it would hide what it says.
#[test]
fn lists_are_given_on_the_command_line() {
    let bundle = vector("revocation-required-absent_indeterminate", "bundle");
    let policy = vector("complete", "policy.json");
    let list = std::env::temp_dir().join(format!("proofline-{}.crl", std::process::id()));
    let name = list.to_string_lossy().into_owned();
    let given = [bundle.as_str(), "--policy", &policy, "--crl", &name];
    let write = |vector: &str| std::fs::write(&list, &revocation::lists(vector)[0]).unwrap();
    write("compromise-uncovered_indeterminate");
    check(&given, 3, "timestamp-key-compromised", "");
    check(
        &[&["timestamps"], &given[..]].concat(),
        3,
        "DOES NOT COUNT",
        "",
    );
    write("revoked-before_fail");
    check(&given, 1, "timestamp-revoked", "");
    std::fs::write(&list, "no list").unwrap();
    check(&given, 2, "", "revocation list `");
    std::fs::remove_file(&list).unwrap();
    let strict = [bundle.as_str(), "--policy", &policy, "--require-revocation"];
    check(&strict, 3, "timestamp-revocation-unknown", "");
}
