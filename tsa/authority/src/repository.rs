//! A small HTTP/1.1 server for revocation lists, OCSP answers and certificates of issuers.
//!
//! ```text
//! GET  …/root.crl  …/intermediate.crl    what each says of the certificates that it issued
//! GET  …/root.cer  …/intermediate.cer    their own certificates
//! POST …/ocsp                            RFC 6960, Appendix A
//! ```
// Limit: one connection at a time, and a client that sends slowly holds up the next one for as
// long as it may be silent. It is a server for tests.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::authority::Authority;
use crate::revocation::{Standing, Subject};

/// Octets of request line and headers.
const MAX_HEAD_BYTES: u64 = 8 * 1024;
/// Octets of an OCSP request.
const MAX_BODY_BYTES: usize = 4 * 1024;
/// How long a client may stay silent.
const SILENCE: Duration = Duration::from_secs(5);
/// How often the stop flag is looked at while nobody calls.
const POLL: Duration = Duration::from_millis(5);

/// Serves until `stop` is set; `standing` says what lists and answers say now.
///
/// # Errors
///
/// When the listener fails; what goes wrong on one connection ends that connection only.
pub fn serve_revocation(
    listener: &TcpListener,
    stop: &AtomicBool,
    authority: &Authority,
    standing: impl Fn() -> Standing,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    while !stop.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((stream, _)) => {
                let _client_is_gone = answer(&stream, authority, &standing());
            }
            Err(error) if is_passing(error.kind()) => thread::sleep(POLL),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn is_passing(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::ConnectionAborted
    )
}

fn answer(stream: &TcpStream, authority: &Authority, standing: &Standing) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    let Some(call) = read(stream)? else {
        return write(stream, "400 Bad Request", "text/plain", b"bad request\n");
    };
    let name = call.path.rsplit('/').next().unwrap_or_default();
    let (content_type, made) = match (call.method.as_str(), name) {
        ("GET", "root.crl") => (
            "application/pkix-crl",
            authority.revocation_list(Subject::Intermediate, standing),
        ),
        ("GET", "intermediate.crl") => (
            "application/pkix-crl",
            authority.revocation_list(Subject::Unit, standing),
        ),
        ("GET", "root.cer") => ("application/pkix-cert", Ok(authority.root_der().to_vec())),
        ("GET", "intermediate.cer") => (
            "application/pkix-cert",
            Ok(authority.intermediate_der().to_vec()),
        ),
        ("POST", "ocsp") => (
            "application/ocsp-response",
            authority.ocsp_response(&call.body, standing),
        ),
        _ => return write(stream, "404 Not Found", "text/plain", b"not found\n"),
    };
    match made {
        Ok(body) => write(stream, "200 OK", content_type, &body),
        Err(error) => {
            let text = format!("{error}\n");
            write(
                stream,
                "500 Internal Server Error",
                "text/plain",
                text.as_bytes(),
            )
        }
    }
}

struct Call {
    method: String,
    path: String,
    body: Vec<u8>,
}

fn read(stream: &TcpStream) -> io::Result<Option<Call>> {
    let mut reader = BufReader::new(stream);
    let mut head = reader.by_ref().take(MAX_HEAD_BYTES);
    let mut line = String::new();
    head.read_line(&mut line)?;
    let mut words = line.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let (method, path) = (method.to_owned(), path.to_owned());
    let mut length = 0_usize;
    loop {
        line.clear();
        if head.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap_or(usize::MAX);
            }
            Some(_) => {}
            None => break,
        }
    }
    if length > MAX_BODY_BYTES {
        return Ok(None);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Call { method, path, body }))
}

fn write(mut stream: &TcpStream, status: &str, content_type: &str, body: &[u8]) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    stream.flush()
}
