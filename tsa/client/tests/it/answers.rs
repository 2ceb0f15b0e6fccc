//! What the client makes of each kind of answer.

use std::net::TcpListener;
use std::time::{Duration, Instant, SystemTime};

use proofline_tsa::{Code, Expected, FailInfo, Options, Outcome, verify};
use proofline_tsa_authority::fault::Fault;
use proofline_tsa_authority::http_fault::{HttpFault, Symptom, WAIT_SECONDS};
use proofline_tsa_authority::{Algorithm, Authority, DEFAULT_POLICY, Profile};
use proofline_tsa_client::{Error, Stamped, Terms};

use super::servers::{with_fault, with_responder};
use super::{authority, client, imprint};

fn stamp_with(respond: impl Fn(&[u8]) -> Vec<u8> + Sync) -> Result<Stamped, Error> {
    with_responder(respond, |url| client().stamp(url, &imprint()))
}

#[test]
fn a_token_is_obtained_and_verifies() {
    let stamped = stamp_with(|query| authority().respond(query, SystemTime::now())).unwrap();
    let anchors = [authority().trust_anchor().unwrap()];
    let options = Options {
        request: Some(&stamped.request),
        ..Options::default()
    };
    let report = verify(
        &stamped.response,
        Expected::Imprint(&imprint()),
        &anchors,
        &options,
    );
    assert_eq!(report.outcome(), Outcome::Valid);
}

#[test]
fn every_nonce_is_new() {
    let respond = |query: &[u8]| authority().respond(query, SystemTime::now());
    assert_ne!(
        stamp_with(respond).unwrap().request,
        stamp_with(respond).unwrap().request
    );
}

#[test]
fn a_policy_is_asked_for() {
    let respond = |query: &[u8]| authority().respond(query, SystemTime::now());
    with_responder(respond, |url| {
        client()
            .stamp_under_policy(url, &imprint(), DEFAULT_POLICY)
            .unwrap();
        let other = client()
            .stamp_under_policy(url, &imprint(), "1.2.3")
            .unwrap_err();
        assert!(matches!(other, Error::Refused { .. }), "{other}");
        assert!(!other.is_retryable());
        assert!(other.to_string().contains("unacceptedPolicy"), "{other}");
        let wrong = client()
            .stamp_under_policy(url, &imprint(), "x")
            .unwrap_err();
        assert!(matches!(wrong, Error::PolicyInvalid { .. }), "{wrong}");
    });
}

#[test]
fn faulty_tokens_are_noticed_on_arrival() {
    for fault in Fault::ALL {
        let outcome = stamp_with(|query| {
            authority()
                .respond_with_fault(query, SystemTime::now(), *fault)
                .unwrap()
        });
        match (fault, outcome) {
            // Trust is not decided here, and a certificate too many is no fault.
            (Fault::EmbeddedRoot | Fault::InjectedCertificates | Fault::IssuerMissing, outcome) => {
                assert!(outcome.is_ok(), "{fault:?} {outcome:?}");
            }
            (Fault::StatusRejection, Err(error)) => {
                assert!(matches!(error, Error::Refused { .. }), "{error}");
            }
            (_, Err(Error::TokenNotGood { findings, .. })) => {
                let codes: Vec<Code> = findings.iter().map(|finding| finding.code()).collect();
                assert!(
                    codes.contains(&fault.finding().unwrap()),
                    "{fault:?} {codes:?}"
                );
            }
            (_, outcome) => panic!("{fault:?} {outcome:?}"),
        }
    }
}

#[test]
fn passing_refusals_may_be_tried_again() {
    for (reason, passes) in [
        (FailInfo::TimeNotAvailable, true),
        (FailInfo::SystemFailure, true),
        (FailInfo::BadAlg, false),
    ] {
        let error = stamp_with(|_| Authority::refuse(reason, "not now")).unwrap_err();
        assert_eq!(error.is_retryable(), passes, "{error}");
        assert!(error.to_string().contains(reason.as_str()), "{error}");
    }
}

/// What the client must call a symptom, and whether the same request may succeed later.
fn is_symptom(error: &Error, symptom: Symptom) -> bool {
    let wait = Duration::from_secs(WAIT_SECONDS);
    let retryable = match symptom {
        Symptom::AskedToWait(_) | Symptom::Timeout | Symptom::Unreachable => true,
        Symptom::Status(status) => status == 429 || status >= 500,
        _ => false,
    };
    let is_named = match (symptom, error) {
        (Symptom::AskedToWait(want), Error::AskedToWait { status, after, .. }) => {
            *status == want && *after == wait
        }
        (Symptom::Status(want), Error::Status { status, .. })
        | (Symptom::Redirect(want), Error::Redirect { status, .. }) => *status == want,
        (Symptom::TooLarge, Error::TooLarge { max_bytes, .. }) => *max_bytes == 8_192,
        (Symptom::Malformed, Error::TokenNotGood { findings, .. }) => findings
            .iter()
            .all(|finding| finding.code() == Code::Malformed),
        (Symptom::ContentType, Error::ContentType { .. })
        | (Symptom::Timeout, Error::Timeout { .. })
        | (Symptom::Unreachable, Error::Unreachable { .. }) => true,
        _ => false,
    };
    is_named && error.is_retryable() == retryable
}

/// Without it: a server that misbehaves holds a checkpoint up, fills memory, or is believed.
#[test]
fn every_fault_of_transport_is_named_and_ends_in_time() {
    let respond = |query: &[u8]| authority().respond(query, SystemTime::now());
    let mut wrong = Vec::new();
    std::thread::scope(|scope| {
        let tried: Vec<_> = HttpFault::ALL
            .iter()
            .map(|fault| {
                let tried = scope.spawn(move || {
                    with_fault(*fault, respond, |url| {
                        let begun = Instant::now();
                        let outcome = client().stamp(url, &imprint());
                        (outcome, begun.elapsed())
                    })
                });
                (fault, tried)
            })
            .collect();
        for (fault, tried) in tried {
            let (outcome, elapsed) = tried.join().unwrap();
            let is_right = outcome.as_ref().is_err_and(|error| {
                let text = error.to_string();
                is_symptom(error, fault.symptom())
                    && text.contains("http://127.0.0.1:")
                    && !text.contains("secret")
            });
            // The client's limit, and time for a machine that is busy.
            if !is_right || elapsed > Duration::from_secs(6) {
                wrong.push((fault.as_str(), outcome, elapsed));
            }
        }
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Without it: an exchanged authority is noticed by the auditor, years later.
#[test]
fn a_token_that_leads_to_no_given_root_is_refused() {
    let stranger = Authority::generate(
        Algorithm::P256,
        &Profile::ten_years("Stranger", SystemTime::now()),
    )
    .unwrap();
    let respond = |query: &[u8]| authority().respond(query, SystemTime::now());
    with_responder(respond, |url| {
        let stamp = |roots: &[&Authority]| {
            let anchors: Vec<_> = roots.iter().map(|a| a.trust_anchor().unwrap()).collect();
            let terms = Terms {
                anchors: &anchors,
                ..Terms::default()
            };
            client().stamp_on_terms(url, &imprint(), &terms)
        };
        let refused = stamp(&[&stranger]).unwrap_err();
        let Error::TokenNotGood { findings, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!(findings[0].code(), Code::PathNotFound, "{refused}");
        let stamped = stamp(&[&stranger, authority()]).unwrap();
        assert_eq!(stamped.intermediates.len(), 1);
    });
}

/// Without it: the certificate that the authority left out is asked for when it no longer exists.
#[test]
fn a_missing_intermediate_is_found_beside_the_root() {
    let respond = |query: &[u8]| {
        authority()
            .respond_with_fault(query, SystemTime::now(), Fault::IssuerMissing)
            .unwrap()
    };
    let intermediate = authority().intermediate_der();
    with_responder(respond, |url| {
        let anchors = [authority().trust_anchor().unwrap()];
        let stamp = |certificates: &[&[u8]]| {
            let terms = Terms {
                anchors: &anchors,
                certificates,
                ..Terms::default()
            };
            client().stamp_on_terms(url, &imprint(), &terms)
        };
        assert!(stamp(&[]).is_err());
        assert_eq!(
            stamp(&[intermediate]).unwrap().intermediates,
            [intermediate]
        );
    });
}

#[test]
fn nobody_there_may_be_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = client().stamp(&url, &imprint()).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(error.is_retryable());
    assert!(error.to_string().contains("refused"), "{error}");
}

/// TLS is set up without a panic; on a machine without root certificates that is an error.
#[test]
fn https_is_spoken() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = client().stamp(&url, &imprint()).unwrap_err();
    assert!(
        matches!(error, Error::Unreachable { .. } | Error::Setup { .. }),
        "{error}"
    );
}

#[test]
fn other_urls_are_refused() {
    for url in [
        "",
        "tsa",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "mailto:a@b",
    ] {
        let error = client().stamp(url, &imprint()).unwrap_err();
        assert!(matches!(error, Error::UrlInvalid { .. }), "{error}");
        assert!(!error.is_retryable());
    }
}
