//! What a caller may ask beyond the profile: policies, times, ends of trust.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "a test over known times that cannot go on says so by panicking"
)]

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use proofline_tsa::{
    Code, Expected, HashAlgorithm, Imprint, Options, Outcome, Report, Request, TrustDate, verify,
};
use proofline_tsa_authority::{Algorithm, Authority, Profile};

/// 2026-01-01T00:00:00Z
const START: u64 = 1_767_225_600;
const DAY: u64 = 86_400;

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let profile = Profile::ten_years("Demands", at(START));
        Authority::generate(Algorithm::P256, &profile).unwrap()
    })
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Verifies a token of the day after the start.
fn judge(options: &Options<'_>) -> Report {
    let imprint = Imprint::of(HashAlgorithm::Sha256, b"what is stamped");
    let request = Request::new(imprint.clone(), &[0x33; 16]).unwrap();
    let response = authority().respond(&request.to_der().unwrap(), at(START + DAY));
    let anchors = [authority().trust_anchor().unwrap()];
    verify(&response, Expected::Imprint(&imprint), &anchors, options)
}

#[track_caller]
fn check(options: &Options<'_>, outcome: Outcome, want: &[Code]) {
    let report = judge(options);
    let codes: Vec<Code> = report.findings().iter().map(|f| f.code()).collect();
    assert_eq!(codes, want, "{:?}", report.findings());
    assert_eq!(report.outcome(), outcome);
}

fn seconds(days: u64) -> i64 {
    i64::try_from(START + days * DAY).unwrap()
}

fn allowing<'a>(allowed_policies: &'a [&'a str]) -> Options<'a> {
    Options {
        allowed_policies,
        ..Options::default()
    }
}

/// Without the check a token under a policy for tests would count as one for evidence.
#[test]
fn only_allowed_policies_pass() {
    let claimed = judge(&Options::default()).claims().unwrap().policy.clone();
    check(&allowing(&["1.2.3", &claimed]), Outcome::Valid, &[]);
    check(
        &allowing(&["1.2.3"]),
        Outcome::Invalid,
        &[Code::PolicyNotAllowed],
    );
    // A slip of the pen allows nothing.
    let spaced = format!(" {claimed}");
    check(
        &allowing(&[&spaced]),
        Outcome::Invalid,
        &[Code::PolicyNotAllowed],
    );
}

/// A clock on an air-gapped machine may be wrong: it is told, and decides nothing.
#[test]
fn a_token_from_after_now_is_noted() {
    let now = |days| Options {
        now: Some(seconds(days)),
        ..Options::default()
    };
    check(&now(0), Outcome::Valid, &[Code::GenTimeAfterNow]);
    check(&now(2), Outcome::Valid, &[]);
}

fn dated(trust_dates: &[TrustDate], now: Option<u64>) -> Options<'_> {
    Options {
        trust_dates,
        now: now.map(seconds),
        ..Options::default()
    }
}

/// RSA and ECDSA will be broken one day: what was stamped after that day shows nothing, and what was
/// stamped before it does.
#[test]
fn algorithms_end() {
    let until = |days| [TrustDate::until("ecdsa-sha256", seconds(days)).unwrap()];
    // The token's own signature, and two of certificates.
    let ended = [Code::AlgorithmTrustEnded; 3];
    check(&dated(&until(0), None), Outcome::Indeterminate, &ended);
    check(&dated(&until(1), None), Outcome::Indeterminate, &ended);
    check(&dated(&until(2), None), Outcome::Valid, &[]);
    check(&dated(&until(2), Some(1)), Outcome::Valid, &[]);
    let since = [Code::AlgorithmTrustEndedSince; 3];
    check(&dated(&until(2), Some(2)), Outcome::Valid, &since);
    // The later word counts.
    let both = [until(0)[0], TrustDate::no_end("ecdsa-sha256").unwrap()];
    check(&dated(&both, None), Outcome::Valid, &[]);
}

/// The hash of the imprint can end alone.
#[test]
fn a_hash_ends_wherever_it_is_used() {
    let dates = [TrustDate::until("sha256", seconds(0)).unwrap()];
    let options = Options {
        trust_dates: &dates,
        ..Options::default()
    };
    let report = judge(&options);
    assert_eq!(report.outcome(), Outcome::Indeterminate);
    let details: Vec<&str> = report.findings().iter().map(|f| f.detail()).collect();
    assert!(details[0].starts_with("imprint uses sha256"), "{details:?}");
    assert!(details[1].starts_with("digest uses sha256"), "{details:?}");
}
