//! Lists, answers and certificates over loopback, and servers that send something else.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use proofline_tsa::{Certificate, ocsp_request, pem};
use proofline_tsa_authority::{Algorithm, Authority, Profile, Standing, Subject, serve_revocation};
use proofline_tsa_client::{Error, Reach, reach};

use super::client;
use super::servers::with_octets;

fn standing() -> Standing {
    let now = SystemTime::now();
    Standing {
        this_update: now,
        next_update: now.checked_add(Duration::from_secs(60)).unwrap(),
        revoked: Vec::new(),
    }
}

#[test]
fn what_certificates_name_is_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/pki/", listener.local_addr().unwrap());
    let profile = Profile::ten_years("Client Tests", SystemTime::now());
    let authority = Authority::generate_at(Algorithm::P256, &profile, &url).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let server = scope.spawn(|| serve_revocation(&listener, &stop, &authority, standing));
        let unit = Certificate::parse(authority.unit_der()).unwrap();
        let issuer = client()
            .fetch_certificate(unit.ca_issuer_uris()[0])
            .unwrap();
        assert_eq!(issuer, authority.intermediate_der());
        let list = client().fetch_crl(unit.crl_uris()[0]).unwrap();
        let fetched = proofline_tsa::Crl::parse(&list).unwrap().issuer();
        assert_eq!(fetched, unit.issuer());
        let issuer = Certificate::parse(&issuer).unwrap();
        let question = ocsp_request(&unit, &issuer, None);
        let answer = client().ask_ocsp(unit.ocsp_uris()[0], question).unwrap();
        assert_eq!(
            proofline_tsa::OcspResponse::parse(&answer)
                .unwrap()
                .response_count(),
            1
        );
        // About somebody else's certificate there is no answer, and that is an error here.
        let question = ocsp_request(&issuer, &unit, None);
        let error = client()
            .ask_ocsp(unit.ocsp_uris()[0], question)
            .unwrap_err();
        assert!(matches!(error, Error::NotAsked { .. }), "{error}");
        let error = client().fetch_crl(&format!("{url}nothing")).unwrap_err();
        assert!(
            matches!(error, Error::Status { status: 404, .. }),
            "{error}"
        );
        stop.store(true, Ordering::Relaxed);
        server.join().unwrap().unwrap();
    });
    // The same in PEM, as some publish it.
    let list = authority
        .revocation_list(Subject::Unit, &standing())
        .unwrap();
    let text = pem::encode_certificate(&list).replace("CERTIFICATE", "X509 CRL");
    let body = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    );
    assert_eq!(scripted(&body).unwrap(), list);
}

fn scripted(answer: &str) -> Result<Vec<u8>, Error> {
    with_octets(answer.as_bytes(), |url| client().fetch_crl(url))
}

#[test]
fn what_is_no_list_is_not_taken_for_one() {
    let error = scripted("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>").unwrap_err();
    assert!(matches!(error, Error::NotAsked { .. }), "{error}");
    assert!(
        !error.is_retryable() && !error.to_string().contains("secret"),
        "{error}"
    );
    let elsewhere = "HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1/\r\nContent-Length: 0\r\n\r\n";
    let error = scripted(elsewhere).unwrap_err();
    assert!(matches!(error, Error::Redirect { .. }), "{error}");
    let long = format!("HTTP/1.1 200 OK\r\n\r\n{}", "0".repeat(100_000));
    let error = scripted(&long).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    let error = client().fetch_crl("ldap://127.0.0.1/cn=x").unwrap_err();
    assert!(matches!(error, Error::UrlInvalid { .. }), "{error}");
}

/// A certificate that nobody vouches for must not make us knock at doors that only this machine
/// can reach.
#[test]
fn addresses_say_how_far_they_reach() {
    for (url, want) in [
        ("ldap://a/", Reach::Nowhere),
        ("http://", Reach::Nowhere),
        ("http://localhost:1/", Reach::ThisMachine),
        ("http://127.1.2.3/", Reach::ThisMachine),
        ("http://0x7f000001/", Reach::ThisMachine),
        ("http://[::1]/", Reach::ThisMachine),
        ("http://[::ffff:127.0.0.1]/", Reach::ThisMachine),
        ("http://169.254.169.254/x", Reach::Link),
        ("http://[::ffff:169.254.169.254]/", Reach::Link),
        ("http://[fe80::1]/", Reach::Link),
        ("http://0.0.0.0/", Reach::Link),
        ("http://10.0.0.1/", Reach::Private),
        ("https://[fd00::1]/", Reach::Private),
        ("http://crl.example/a.crl", Reach::Elsewhere),
        ("http://192.0.2.1/", Reach::Elsewhere),
    ] {
        assert_eq!(reach(url), want, "{url}");
    }
}
