//! Servers on loopback: one that is the authority's own, and one that says what it is told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use proofline_tsa_authority::serve;

/// Runs `client` with the URL of a server that answers through `respond`.
pub(crate) fn with_responder<T>(
    respond: impl Fn(&[u8]) -> Vec<u8> + Sync,
    client: impl FnOnce(&str) -> T,
) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/tsa", listener.local_addr().unwrap());
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let server = scope.spawn(|| serve(&listener, &stop, &respond));
        let outcome = client(&url);
        stop.store(true, Ordering::Relaxed);
        server.join().unwrap().unwrap();
        outcome
    })
}

/// Runs `client` with the URL of a server that reads one request and then does `speak`.
pub(crate) fn with_script<T>(
    speak: impl FnOnce(&mut TcpStream) + Send,
    client: impl FnOnce(&str) -> T,
) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://user:secret@{}/", listener.local_addr().unwrap());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            read_request(&stream);
            speak(&mut stream);
        });
        client(&url)
    })
}

fn read_request(stream: &TcpStream) {
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
}

/// Says one thing; a client that has gone away is no failure of the server.
pub(crate) fn say(stream: &mut TcpStream, octets: &[u8]) {
    let _client_is_gone = stream.write_all(octets);
}
