//! The HTTP side, spoken to octet by octet.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use proofline_tsa::{Expected, HashAlgorithm, Options, Outcome, verify};
use proofline_tsa_authority::{Algorithm, serve};

use super::{authority, request};

/// Runs `client` against a server that stops when it is done.
fn with_server(client: impl FnOnce(SocketAddr)) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stop = AtomicBool::new(false);
    let authority = authority(Algorithm::P256);
    std::thread::scope(|scope| {
        let server = scope.spawn(|| {
            serve(&listener, &stop, |query| {
                authority.respond(query, SystemTime::now())
            })
        });
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client(address)));
        stop.store(true, Ordering::Relaxed);
        server.join().unwrap().unwrap();
        outcome.unwrap();
    });
}

fn exchange(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    response
}

fn post(headers: &str, body: &[u8]) -> Vec<u8> {
    [
        format!("POST / HTTP/1.1\r\nHost: x\r\n{headers}\r\n").as_bytes(),
        body,
    ]
    .concat()
}

#[test]
fn a_query_is_answered() {
    let query = request(HashAlgorithm::Sha256, b"over http");
    with_server(|address| {
        let headers = format!(
            "Content-Type: application/timestamp-query\r\ncontent-length: {}\r\n",
            query.len()
        );
        let response = exchange(address, &post(&headers, &query));
        let at = response.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&response[..at]).into_owned();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(
            head.contains("Content-Type: application/timestamp-reply"),
            "{head}"
        );
        let anchors = [authority(Algorithm::P256).trust_anchor().unwrap()];
        let report = verify(
            &response[at + 4..],
            Expected::NotGiven,
            &anchors,
            &Options::default(),
        );
        assert_eq!(report.outcome(), Outcome::Valid);
    });
}

#[test]
fn anything_else_is_refused_by_status() {
    let long_head = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(9_000));
    let kind = "Content-Type: application/timestamp-query\r\n";
    let cases: &[(Vec<u8>, &str)] = &[
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), "405"),
        (b"nonsense\r\n\r\n".to_vec(), "405"),
        (b"POST / HTTP/1.1\r\nnonsense\r\n\r\n".to_vec(), "400"),
        (
            post("Content-Type: text/plain\r\nContent-Length: 1\r\n", b"x"),
            "415",
        ),
        (post(kind, b""), "411"),
        (
            post(&format!("{kind}Content-Length: 99999\r\n"), b""),
            "413",
        ),
        (
            post(&format!("{kind}Transfer-Encoding: chunked\r\n"), b""),
            "501",
        ),
        (long_head.into_bytes(), "431"),
    ];
    with_server(|address| {
        for (request, status) in cases {
            let response = exchange(address, request);
            let line = String::from_utf8_lossy(&response).into_owned();
            assert!(
                line.starts_with(&format!("HTTP/1.1 {status} ")),
                "{status}: {line}"
            );
        }
    });
}

#[test]
fn many_clients_are_served() {
    with_server(|address| {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(move || {
                    for _ in 0..5 {
                        let query = request(HashAlgorithm::Sha256, b"many");
                        let headers = format!(
                            "Content-Type: application/timestamp-query\r\nContent-Length: {}\r\n",
                            query.len()
                        );
                        let response = exchange(address, &post(&headers, &query));
                        assert!(response.starts_with(b"HTTP/1.1 200 OK"));
                    }
                });
            }
        });
    });
}
