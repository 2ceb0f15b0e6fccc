//! What the client makes of each kind of answer.

use std::net::TcpListener;
use std::time::{Duration, Instant, SystemTime};

use proofline_tsa::{Code, Expected, FailInfo, Options, Outcome, verify};
use proofline_tsa_authority::fault::Fault;
use proofline_tsa_authority::{Authority, DEFAULT_POLICY};
use proofline_tsa_client::{Error, Stamped};

use super::servers::{say, with_responder, with_script};
use super::{authority, client, imprint};

fn stamp_with(respond: impl Fn(&[u8]) -> Vec<u8> + Sync) -> Result<Stamped, Error> {
    with_responder(respond, |url| client().stamp(url, &imprint()))
}

/// The error after a scripted answer, and what it says.
fn scripted(answer: &[u8]) -> (Error, String) {
    let answer = answer.to_vec();
    let error = with_script(
        move |stream| say(stream, &answer),
        |url| client().stamp(url, &imprint()).unwrap_err(),
    );
    let text = error.to_string();
    assert!(!text.contains("secret"), "{text}");
    assert!(text.contains("http://127.0.0.1:"), "{text}");
    (error, text)
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

#[test]
fn http_errors_name_their_status() {
    for (status, retryable) in [
        (503, true),
        (429, true),
        (500, true),
        (404, false),
        (204, false),
    ] {
        let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
        let (error, text) = scripted(answer.as_bytes());
        assert_eq!(error.is_retryable(), retryable, "{text}");
        assert!(text.contains(&status.to_string()), "{text}");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let answer =
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let (error, text) = scripted(answer);
    assert!(
        matches!(error, Error::Redirect { status: 302, .. }),
        "{text}"
    );
    assert!(!error.is_retryable());
}

#[test]
fn the_content_type_is_checked() {
    let (error, text) =
        scripted(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi");
    assert!(matches!(error, Error::ContentType { .. }), "{text}");
    assert!(text.contains("text/html"), "{text}");
}

#[test]
fn what_is_no_response_is_named() {
    let (error, text) = scripted(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: 2\r\n\r\nhi",
    );
    assert!(matches!(error, Error::TokenNotGood { .. }), "{text}");
    assert!(text.contains("malformed"), "{text}");
}

#[test]
fn a_long_answer_is_cut_off() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n\r\n";
    let (error, text) = scripted(&[head.as_slice(), &[0x30; 100_000]].concat());
    assert!(
        matches!(
            error,
            Error::TooLarge {
                max_bytes: 8_192,
                ..
            }
        ),
        "{text}"
    );
}

#[test]
fn a_broken_answer_may_be_tried_again() {
    let (error, text) = scripted(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: 99\r\n\r\nx",
    );
    assert!(matches!(error, Error::Unreachable { .. }), "{text}");
    assert!(error.is_retryable());
}

#[test]
fn slow_answers_end_at_the_total_limit() {
    let begun = Instant::now();
    let error = with_script(
        |stream| {
            say(
                stream,
                b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n",
            );
            say(stream, b"Content-Length: 100\r\n\r\n");
            // An octet now and then: each read succeeds, the whole never ends.
            for _ in 0..30 {
                say(stream, b"0");
                std::thread::sleep(Duration::from_millis(100));
            }
        },
        |url| {
            let error = client().stamp(url, &imprint()).unwrap_err();
            (error, begun.elapsed())
        },
    );
    let (error, elapsed) = error;
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert!(error.is_retryable());
    assert!(elapsed < Duration::from_millis(2_500), "{elapsed:?}");
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
