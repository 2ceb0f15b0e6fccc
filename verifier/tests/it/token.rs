//! `verify-bundle token`: responses of an authority of our own, as a regulator would hold them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use proofline_tsa::{HashAlgorithm, Imprint, Request, pem};
use proofline_tsa_authority::{Algorithm, Authority, Profile};

const DATA: &[u8] = b"what was stamped";

/// A folder with a response over `data`, and the root.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let profile = Profile::ten_years("Token Tests", SystemTime::now());
    let authority = Authority::generate(Algorithm::P256, &profile).unwrap();
    let imprint = Imprint::of(HashAlgorithm::Sha256, DATA);
    let request = Request::new(imprint, &[7; 8]).unwrap().to_der().unwrap();
    let response = authority.respond(&request, SystemTime::now());
    let root = authority.trust_anchor().unwrap();
    for (file, bytes) in [
        ("data", DATA),
        ("other", b"something else"),
        ("request.tsq", &request),
        ("stamp.tsr", &response),
        ("root.der", root.der()),
        ("root.pem", pem::encode_certificate(root.der()).as_bytes()),
    ] {
        fs::write(folder.join(file), bytes).unwrap();
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_verify-bundle"))
        .current_dir(folder)
        .arg("token")
        .args(arguments)
        .output()
        .unwrap()
}

pub(crate) fn check(folder: &Path, arguments: &[&str], code: i32, said: &str) {
    let output = run(folder, arguments);
    let out = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {out}");
    assert!(out.contains(said), "{arguments:?}: {out}");
}

#[test]
fn exit_codes_mean_what_they_mean_for_a_bundle() {
    let folder = folder("token-codes");
    let data = ["stamp.tsr", "--data", "data"];
    let with = |more: &[&'static str]| [&data, more].concat();
    let root = ["--tsa-root", "root.pem"];
    check(&folder, &with(&root), 0, "NOT CHECKED");
    check(&folder, &with(&["--tsa-root", "root.der"]), 0, "VERIFIED");
    let request = [&root, ["--request", "request.tsq"].as_slice()].concat();
    check(&folder, &with(&request), 0, "VERIFIED");
    check(&folder, &data, 3, "trust-anchor-not-given");
    let demand = [&root, ["--require-revocation"].as_slice()].concat();
    check(&folder, &with(&demand), 3, "revocation-required");
    let policy = [&root, ["--policy-oid", "1.2.3.4.5"].as_slice()].concat();
    check(&folder, &with(&policy), 1, "policy-not-allowed");
    let other = ["stamp.tsr", "--data", "other", "--tsa-root", "root.pem"];
    check(&folder, &other, 1, "imprint-mismatch");
    check(&folder, &["data", "--data", "data"], 1, "malformed");
    check(&folder, &["stamp.tsr"], 2, "--data and --digest");
    check(
        &folder,
        &["gone", "--data", "data"],
        2,
        "cannot read `gone`",
    );
    let digest = |hex: &'static str, said: &str| {
        check(&folder, &["stamp.tsr", "--digest", hex], 2, said);
    };
    digest("no", "not a digest");
    digest("00", "by sha256, of 32 bytes; the one given has 1");
    check(
        &folder,
        &["stamp.tsr", "--data", "data", "--crl"],
        2,
        "error",
    );
    check(&folder, &["--help"], 0, "usage: verify-bundle token");
}

#[test]
fn the_json_form_says_the_same() {
    let folder = folder("token-json");
    let digest = Imprint::of(HashAlgorithm::Sha256, DATA).digest_hex();
    let arguments = [
        "stamp.tsr",
        "--digest",
        &digest,
        "--tsa-root",
        "root.pem",
        "--json",
    ];
    let output = run(&folder, &arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["verdict"], "verified");
    assert_eq!(value["exit_code"], 0);
    assert_eq!(value["rung"], "to-your-root");
    assert_eq!(value["revocation_checked"], false);
    assert_eq!(value["imprint"]["digest"], digest.as_str());
    assert_eq!(value["path"].as_array().unwrap().len(), 3);
    assert!(value["gen_time"].as_str().unwrap().ends_with('Z'), "{text}");
    let output = run(&folder, &["stamp.tsr", "--data", "other", "--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["verdict"], "failed");
    let codes: Vec<&str> = value["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| finding["code"].as_str())
        .collect();
    assert!(codes.contains(&"imprint-mismatch"), "{text}");
}

/// Mail programs and consoles hand tokens on as PEM.
#[test]
fn a_token_in_pem_is_read() {
    let folder = folder("token-pem");
    let response = fs::read(folder.join("stamp.tsr")).unwrap();
    let pem = pem::encode_certificate(&response).replace("CERTIFICATE", "TIMESTAMP RESPONSE");
    fs::write(folder.join("stamp.pem"), pem).unwrap();
    let arguments = [
        "stamp.pem",
        "--data",
        "data",
        "--tsa-root",
        "root.pem",
        "-q",
    ];
    check(&folder, &arguments, 0, "VERIFIED stamp.pem");
}

/// The policy of a bundle is held against a token alone in the same way.
#[test]
fn a_policy_decides_whom_a_token_may_be_by() {
    let folder = folder("token-policy");
    let policy = |members: &str| {
        let text = format!(
            r#"{{"schema_version": 1, "authorities": [{{"name": "Ours",
               "roots": [{{"file": "root.der"}}]{members}}}]}}"#
        );
        fs::write(folder.join("policy.json"), text).unwrap();
    };
    let verdict = |code: i32, said: &str| {
        let words = ["stamp.tsr", "--data", "data", "--policy", "policy.json"];
        check(&folder, &words, code, said);
    };
    policy(r#", "class": "private""#);
    verdict(0, "Authority    Ours, private");
    verdict(0, "2 of 4, to-your-root");
    policy(r#", "valid_until": "2020-01-01T00:00:00Z""#);
    verdict(3, "authority-outside-window");
    verdict(3, "1 of 4, well-formed");
    policy(r#", "policies": ["1.2.3.4.5.6.7"]"#);
    verdict(3, "authority-policy-not-allowed");
    policy(r#", "class": "qualified""#);
    verdict(0, "note authority-not-listed");
    policy(r#", "class": "noble""#);
    verdict(2, "authority `Ours`: `class` is none of");
}

/// Whoever reads a token that fails must not read that it was compared and found equal.
#[test]
fn what_was_compared_is_said() {
    let folder = folder("token-compared");
    let said = |words: &[&str], code: i32, said: &str| check(&folder, words, code, said);
    let words = ["stamp.tsr", "--data", "data", "--tsa-root", "root.pem"];
    said(&words, 0, "Imprint      is that of your data");
    let words = ["stamp.tsr", "--data", "other", "--tsa-root", "root.pem"];
    said(&words, 1, "Imprint      is NOT that of your data");
    let words = ["data", "--data", "data", "--tsa-root", "root.pem"];
    said(&words, 1, "NOT COMPARED");
}
