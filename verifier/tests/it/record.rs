//! `verify-bundle evidence-record`: records of an authority of our own, as an archive would hold
//! them. The rules are the token core's and are tested there; here it is shown to be wired up.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use proofline_tsa::{EvidenceRecord, HashAlgorithm, Imprint, Request, Response, pem};
use proofline_tsa_authority::{Algorithm, Authority, Profile};

const DATA: &[u8] = b"what was archived";

/// A folder with a record over `data`, a renewed one, and both roots.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let now = SystemTime::now();
    let made = |name| Authority::generate(Algorithm::P256, &Profile::ten_years(name, now)).unwrap();
    let (first, second) = (made("First"), made("Second"));
    let token = |authority: &Authority, imprint: Imprint| {
        let request = Request::new(imprint, &[7; 8]).unwrap().to_der().unwrap();
        let response = authority.respond(&request, SystemTime::now());
        Response::parse(&response)
            .unwrap()
            .token()
            .unwrap()
            .to_vec()
    };
    let sha256 = HashAlgorithm::Sha256;
    let new = EvidenceRecord::initial(sha256, &token(&first, Imprint::of(sha256, DATA)));
    let parsed = EvidenceRecord::parse(&new).unwrap();
    let imprint = parsed.renewal_imprint().unwrap();
    let renewed = parsed.renewed(&token(&second, imprint)).unwrap();
    for (file, bytes) in [
        ("data", DATA),
        ("other", b"something else"),
        ("new.ers", &new),
        ("renewed.ers", &renewed),
        (
            "first.pem",
            pem::encode_certificate(first.root_der()).as_bytes(),
        ),
        ("second.der", second.root_der()),
    ] {
        fs::write(folder.join(file), bytes).unwrap();
    }
    folder
}

fn check(folder: &Path, arguments: &[&str], code: i32, said: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_verify-bundle"))
        .current_dir(folder)
        .arg("evidence-record")
        .args(arguments)
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {out}");
    assert!(out.contains(said), "{arguments:?}: {out}");
}

#[test]
fn exit_codes_mean_what_they_mean_for_a_bundle() {
    let folder = folder("record-codes");
    let first = ["--data", "data", "--tsa-root", "first.pem"];
    let both = [&first[..], &["--tsa-root", "second.der"]].concat();
    let with = |file: &'static str, more: &[&'static str]| [&[file], more].concat();
    check(&folder, &with("new.ers", &first), 0, "Existed by");
    check(&folder, &with("renewed.ers", &both), 0, "Renewed");
    // Every time stamp must lead to a root that was given.
    check(
        &folder,
        &with("renewed.ers", &first),
        3,
        "time-stamp-undetermined",
    );
    check(
        &folder,
        &["new.ers", "--data", "data"],
        3,
        "pass one with --tsa-root",
    );
    let other = ["new.ers", "--data", "other", "--tsa-root", "first.pem"];
    check(&folder, &other, 1, "data-not-covered");
    check(&folder, &with("data", &first), 1, "record-malformed");
    check(&folder, &["new.ers"], 2, "--data FILE");
    check(&folder, &["new.ers", "--data", "absent"], 2, "cannot read");
    check(&folder, &["--help"], 0, "RFC 4998");
}

/// Without it: a policy that trusts an authority for a time would let its records through at any.
#[test]
fn a_policy_counts_for_every_time_stamp() {
    let folder = folder("record-policy");
    let root = fs::read(folder.join("second.der")).unwrap();
    let fingerprint = proofline_format::digest::sha256(&root).to_string();
    let authority = |until: &str| {
        format!(
            r#"{{"schema_version": 1, "authorities": [
                {{"name": "First", "roots": [{{"file": "first.pem"}}]}},
                {{"name": "Second", "roots": ["{fingerprint}"]{until}}}]}}"#
        )
    };
    fs::write(folder.join("policy.json"), authority("")).unwrap();
    let closed = authority(r#", "valid_until": "2020-01-01T00:00:00Z""#);
    fs::write(folder.join("closed.json"), closed).unwrap();
    let with = |more: &[&'static str]| {
        let record = ["renewed.ers", "--data", "data", "--untrusted", "second.der"];
        [&record[..], more].concat()
    };
    check(
        &folder,
        &with(&["--policy", "policy.json"]),
        0,
        "came along",
    );
    let said = "\"root_came_along\":true";
    check(
        &folder,
        &with(&["--policy", "policy.json", "--json"]),
        0,
        said,
    );
    let said = "authority-outside-window";
    for form in [&[][..], &["--json"], &["-q"]] {
        let policy = [&["--policy", "closed.json"][..], form].concat();
        check(&folder, &with(&policy), 3, said);
    }
    // What the policy does not say, the command line adds.
    let by_hand = ["--tsa-root", "first.pem", "--tsa-root", &fingerprint];
    let record = ["renewed.ers", "--data", "data", "--untrusted", "second.der"];
    check(&folder, &[&record[..], &by_hand].concat(), 0, "came along");
}

#[test]
fn every_form_says_the_same() {
    let folder = folder("record-forms");
    let record = ["new.ers", "--data", "data", "--tsa-root", "first.pem"];
    let with = |more: &'static str| [&record[..], &[more]].concat();
    check(&folder, &with("--json"), 0, "\"verdict\":\"verified\"");
    check(&folder, &with("-q"), 0, "VERIFIED new.ers 20");
    // Long after its certificates have ended it stands, and says what it rests on.
    let later = [&record[..], &["--time", "2050-01-01T00:00:00Z"]].concat();
    check(&folder, &later, 0, "record-not-renewed-since");
}

/// Without it: whoever demands to know that nothing was revoked is told VERIFIED by a record of
/// which nobody knows.
#[test]
fn a_demand_for_revocation_holds_for_records_too() {
    let folder = folder("record-revocation");
    let plain = ["new.ers", "--data", "data", "--tsa-root", "first.pem"];
    check(&folder, &plain, 0, "revocation NOT CHECKED");
    let demanded = [&plain[..], &["--require-revocation"]].concat();
    check(&folder, &demanded, 3, "OPEN revocation-required");
    let policy = r#"{"schema_version": 1, "revocation": "required"}"#;
    fs::write(folder.join("policy.json"), policy).unwrap();
    let by_policy = [&plain[..], &["--policy", "policy.json", "--json"]].concat();
    check(&folder, &by_policy, 3, "revocation-required");
}
