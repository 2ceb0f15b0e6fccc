//! Answers, honest and refusing.

use std::time::{Duration, SystemTime};

use proofline_tsa::{
    Expected, FailInfo, HashAlgorithm, Imprint, Options, Outcome, Request, Response, verify,
};
use proofline_tsa_authority::{Algorithm, DEFAULT_POLICY};

use super::{authority, request, request_without_parameters};

fn failures(response: &[u8]) -> Vec<FailInfo> {
    let response = Response::parse(response).unwrap();
    assert_eq!(response.token(), None);
    let status = response.status().unwrap();
    assert_eq!(status.code(), 2);
    assert!(status.text().is_some());
    status.failures().collect()
}

#[test]
fn the_core_accepts_and_reads_what_was_written() {
    let message = b"a message";
    for algorithm in Algorithm::ALL {
        for hash in HashAlgorithm::ALL {
            let authority = authority(*algorithm);
            let request = request(*hash, message);
            // A time with a whole number of hundredths: the trailing zero is not written.
            let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_120);
            let response = authority.respond(&request, now);
            let imprint = Imprint::of(*hash, message);
            let anchors = [authority.trust_anchor().unwrap()];
            let options = Options {
                request: Some(&request),
                ..Options::default()
            };
            let report = verify(&response, Expected::Imprint(&imprint), &anchors, &options);
            assert_eq!(report.findings(), [], "{algorithm:?} {hash}");
            let token = report.into_verified().unwrap();
            assert_eq!(token.gen_time().unix_micros(), 1_800_000_000_120_000);
            assert_eq!(token.gen_time().granularity_micros(), 10_000);
            assert_eq!(token.lower_micros(), 1_799_999_999_120_000);
            assert_eq!(token.upper_micros(), 1_800_000_001_130_000);
            assert_eq!(token.policy(), DEFAULT_POLICY);
            assert_eq!(token.nonce_hex(), Some("5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"));
            assert_eq!(
                token.signer().subject,
                "CN=Time-Stamping Unit 1,O=Authority Tests"
            );
            assert_eq!(token.intermediates().len(), 1);
            assert_eq!(token.anchor().fingerprint, *anchors[0].fingerprint());
        }
    }
}

/// Some who ask compare the two octet by octet (RFC 3161 §2.4.2).
#[test]
fn a_token_has_the_imprint_as_the_request_has_it() {
    let message = b"a message";
    let (short, long) = (
        request_without_parameters(message),
        request(HashAlgorithm::Sha256, message),
    );
    let authority = authority(Algorithm::P256);
    for (request, imprint_bytes) in [(&short, 49), (&long, 51)] {
        let imprint = &request[5..5 + imprint_bytes];
        assert_eq!(usize::from(imprint[1]), imprint_bytes.saturating_sub(2));
        let response = authority.respond(request, SystemTime::now());
        let mut inside = response.windows(imprint_bytes);
        assert!(inside.any(|octets| octets == imprint));
        let anchors = [authority.trust_anchor().unwrap()];
        let options = Options {
            request: Some(request),
            ..Options::default()
        };
        let expected = Imprint::of(HashAlgorithm::Sha256, message);
        let report = verify(&response, Expected::Imprint(&expected), &anchors, &options);
        assert_eq!(report.findings(), []);
    }
}

#[test]
fn serial_numbers_do_not_repeat() {
    let authority = authority(Algorithm::P256);
    let request = request(HashAlgorithm::Sha256, b"");
    let mut serials: Vec<String> = (0..20)
        .map(|_| {
            let response = authority.respond(&request, SystemTime::now());
            let report = verify(&response, Expected::NotGiven, &[], &Options::default());
            report.claims().unwrap().serial_hex.clone()
        })
        .collect();
    serials.sort_unstable();
    serials.dedup();
    assert_eq!(serials.len(), 20);
}

#[test]
fn refusals_carry_their_reason() {
    let authority = authority(Algorithm::P256);
    let now = SystemTime::now();
    let good = request(HashAlgorithm::Sha256, b"");
    assert_eq!(
        failures(&authority.respond(b"", now)),
        [FailInfo::BadDataFormat]
    );
    assert_eq!(
        failures(&authority.respond(&good[1..], now)),
        [FailInfo::BadDataFormat]
    );

    // version 2
    let mut changed = good.clone();
    changed[4] = 2;
    assert_eq!(
        failures(&authority.respond(&changed, now)),
        [FailInfo::BadRequest]
    );

    // SHA-224 in place of SHA-256, by the last octet of its identifier
    let mut changed = good.clone();
    let at = changed
        .windows(3)
        .position(|w| w == [0x04, 0x02, 0x01])
        .unwrap();
    changed[at + 2] = 0x04;
    assert_eq!(
        failures(&authority.respond(&changed, now)),
        [FailInfo::BadAlg]
    );

    // SHA-384 named, 32 bytes given
    changed[at + 2] = 0x02;
    assert_eq!(
        failures(&authority.respond(&changed, now)),
        [FailInfo::BadDataFormat]
    );

    let imprint = Imprint::of(HashAlgorithm::Sha256, b"");
    let other = Request::new(imprint, &[1; 8])
        .unwrap()
        .with_policy("1.2.3.4")
        .unwrap();
    let other = other.to_der().unwrap();
    assert_eq!(
        failures(&authority.respond(&other, now)),
        [FailInfo::UnacceptedPolicy]
    );
}

#[test]
fn a_unit_outside_its_validity_stamps_nothing() {
    let authority = authority(Algorithm::P256);
    let request = request(HashAlgorithm::Sha256, b"");
    let early = SystemTime::now() - Duration::from_secs(86_400);
    let late = SystemTime::now() + Duration::from_secs(11 * 366 * 86_400);
    for now in [early, late] {
        assert_eq!(
            failures(&authority.respond(&request, now)),
            [FailInfo::TimeNotAvailable]
        );
    }
}

#[test]
fn the_policy_asked_for_is_the_policy_given() {
    let authority = authority(Algorithm::P256);
    let imprint = Imprint::of(HashAlgorithm::Sha256, b"");
    let request = Request::new(imprint.clone(), &[1; 8]).unwrap();
    let request = request
        .with_policy(DEFAULT_POLICY)
        .unwrap()
        .to_der()
        .unwrap();
    let response = authority.respond(&request, SystemTime::now());
    let anchors = [authority.trust_anchor().unwrap()];
    let options = Options {
        request: Some(&request),
        ..Options::default()
    };
    let report = verify(&response, Expected::Imprint(&imprint), &anchors, &options);
    assert_eq!(report.outcome(), Outcome::Valid);
}
