//! A small HTTP/1.1 server for time-stamp queries (RFC 3161 §3.4).
//!
//! Blocking, a bounded number of threads, one request a connection, nothing but `std`.
//! It speaks as much HTTP as its clients need: POST with a `Content-Length`.
// Limit: a client that sends one octet now and then keeps its thread for as long as its headers
// last; with MAX_CONNECTIONS such clients nobody else is served. It is a server for tests.

use std::io::{self, BufRead, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use proofline_tsa::limits::MAX_REQUEST_BYTES;

/// Connections served at once; one more is answered 503.
pub const MAX_CONNECTIONS: usize = 16;

/// Octets of request line and headers.
pub const MAX_HEAD_BYTES: u64 = 8 * 1024;

/// How long a client may stay silent.
pub const SILENCE_SECONDS: u64 = 10;

/// Octets read from a client that was refused.
const MAX_DRAINED_BYTES: u64 = 256 * 1024;

/// How often the stop flag is looked at while nobody calls.
const POLL: Duration = Duration::from_millis(5);

const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";

/// Serves until `stop` is set; `respond` turns a request's bytes into a response's.
///
/// A typical `respond` is `|query| authority.respond(query, SystemTime::now())`.
///
/// # Errors
///
/// When the listener fails; what goes wrong on one connection ends that connection only.
pub fn serve<R>(listener: &TcpListener, stop: &AtomicBool, respond: R) -> io::Result<()>
where
    R: Fn(&[u8]) -> Vec<u8> + Sync,
{
    accept(listener, stop, |stream| {
        converse(stream, |query| {
            write_response(stream, "200 OK", REPLY, &respond(query))
        })
    })
}

/// Has every connection handled by a thread of its own until `stop` is set.
pub(crate) fn accept<H>(listener: &TcpListener, stop: &AtomicBool, handle: H) -> io::Result<()>
where
    H: Fn(&TcpStream) -> io::Result<()> + Sync,
{
    listener.set_nonblocking(true)?;
    let active = AtomicUsize::new(0);
    thread::scope(|scope| {
        while !stop.load(Ordering::Relaxed) {
            let stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if is_passing(error.kind()) => {
                    thread::sleep(POLL);
                    continue;
                }
                Err(error) => return Err(error),
            };
            if active.load(Ordering::Relaxed) >= MAX_CONNECTIONS {
                let _client_is_gone = refuse_busy(&stream);
                continue;
            }
            active.fetch_add(1, Ordering::Relaxed);
            let (active, handle) = (&active, &handle);
            scope.spawn(move || {
                let _client_is_gone = handle(&stream);
                active.fetch_sub(1, Ordering::Relaxed);
            });
        }
        Ok(())
    })
}

/// Whether accepting may simply be tried again.
fn is_passing(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::ConnectionAborted
    )
}

fn refuse_busy(stream: &TcpStream) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(Duration::from_secs(1)))?;
    write_response(
        stream,
        "503 Service Unavailable",
        "text/plain",
        b"too many connections\n",
    )
}

/// Reads one query and has it answered; what is no query is refused by its status.
pub(crate) fn converse(
    stream: &TcpStream,
    answer: impl FnOnce(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(SILENCE_SECONDS)))?;
    stream.set_write_timeout(Some(Duration::from_secs(SILENCE_SECONDS)))?;
    match read_query(stream)? {
        Ok(query) => answer(&query),
        Err(status) => {
            let text = format!("{}\n", status.to_ascii_lowercase());
            write_response(stream, status, "text/plain", text.as_bytes())?;
            drain(stream)
        }
    }
}

/// Reads what a refused client still sends, up to a limit: closing with unread octets would reset
/// the connection, and the client would lose the answer that says why.
fn drain(stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    io::copy(&mut stream.take(MAX_DRAINED_BYTES), &mut io::sink())?;
    Ok(())
}

/// Reads one request; the inner error is the HTTP status that it earns.
fn read_query(stream: &TcpStream) -> io::Result<Result<Vec<u8>, &'static str>> {
    let mut reader = BufReader::new(stream);
    let mut head = reader.by_ref().take(MAX_HEAD_BYTES);
    let mut line = String::new();
    head.read_line(&mut line)?;
    let is_post = line.starts_with("POST ") && line.trim_end().ends_with(" HTTP/1.1");
    let mut length: Option<usize> = None;
    let mut is_query = false;
    loop {
        line.clear();
        if head.read_line(&mut line)? == 0 || !line.ends_with('\n') {
            return Ok(Err("431 Request Header Fields Too Large"));
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line.trim_end().is_empty() {
                break;
            }
            return Ok(Err("400 Bad Request"));
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok(),
            "content-type" => is_query = value.eq_ignore_ascii_case(QUERY),
            "transfer-encoding" => return Ok(Err("501 Not Implemented")),
            _ => {}
        }
    }
    if !is_post {
        return Ok(Err("405 Method Not Allowed"));
    }
    if !is_query {
        return Ok(Err("415 Unsupported Media Type"));
    }
    match length {
        None => Ok(Err("411 Length Required")),
        Some(length) if length > MAX_REQUEST_BYTES => Ok(Err("413 Content Too Large")),
        Some(length) => {
            let mut query = vec![0; length];
            reader.read_exact(&mut query)?;
            Ok(Ok(query))
        }
    }
}

fn write_response(
    mut stream: &TcpStream,
    status: &str,
    content_type: &str,
    body: &[u8],
) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat())?;
    stream.flush()
}
