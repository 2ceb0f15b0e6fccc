//! Servers on loopback: the authority's own, and the same with one fault in their HTTP.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};

use proofline_tsa_authority::http_fault::HttpFault;
use proofline_tsa_authority::serve;

/// Runs `client` with the URL of a server that answers through `respond`.
pub(crate) fn with_responder<T>(
    respond: impl Fn(&[u8]) -> Vec<u8> + Sync,
    client: impl FnOnce(&str) -> T,
) -> T {
    with_server(|listener, stop| serve(listener, stop, &respond), client)
}

/// Runs `client` with the URL of a server that has a fault in its HTTP.
pub(crate) fn with_fault<T>(
    fault: HttpFault,
    respond: impl Fn(&[u8]) -> Vec<u8> + Sync,
    client: impl FnOnce(&str) -> T,
) -> T {
    with_server(
        |listener, stop| fault.serve(listener, stop, &respond),
        client,
    )
}

/// Runs `client` with the URL of a server that says the same octets to whoever comes first.
pub(crate) fn with_octets<T>(octets: &[u8], client: impl FnOnce(&str) -> T) -> T {
    let serve = |listener: &TcpListener, _: &AtomicBool| {
        let (mut stream, _) = listener.accept()?;
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        while lines
            .next()
            .transpose()?
            .is_some_and(|line| !line.is_empty())
        {}
        // A client that has gone away is no failure of the server.
        let _client_is_gone = stream.write_all(octets);
        Ok(())
    };
    with_server(serve, client)
}

fn with_server<T>(
    serve: impl Fn(&TcpListener, &AtomicBool) -> std::io::Result<()> + Sync,
    client: impl FnOnce(&str) -> T,
) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://user:secret@{}/tsa", listener.local_addr().unwrap());
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let server = scope.spawn(|| serve(&listener, &stop));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client(&url)));
        stop.store(true, Ordering::Relaxed);
        server.join().unwrap().unwrap();
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
