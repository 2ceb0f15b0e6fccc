//! Broken transport: servers that do one thing wrong in HTTP, whatever the answer in it.
//!
//! A client is only as good as what it survives.
//! What is wrong with an answer itself is in [`fault`](crate::fault), and is served by
//! [`serve`](crate::serve).

use std::io::{self, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::server::{accept, converse};

/// Seconds that a server asks to be left alone for.
pub const WAIT_SECONDS: u64 = 120;

/// Where a redirect points: nobody listens there, and nobody is asked.
const ELSEWHERE: &str = "http://127.0.0.1:9/";

/// Pause between two octets of a slow server.
const PAUSE: Duration = Duration::from_millis(50);

/// Octets after which an endless server ends all the same: its client has long gone.
const MAX_ENDLESS_BYTES: usize = 64 << 20;

/// What a client must make of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Symptom {
    /// The server asked with this status to be left alone for [`WAIT_SECONDS`].
    AskedToWait(u16),
    /// The content type is not that of a response.
    ContentType,
    /// What came is no response.
    Malformed,
    /// The server redirects, with this status.
    Redirect(u16),
    /// The server answered with this status.
    Status(u16),
    /// The answer did not come in time.
    Timeout,
    /// The answer is longer than the client's limit.
    TooLarge,
    /// The connection broke, or what was spoken is not HTTP.
    Unreachable,
}

/// Declares the faults from their one table: name, and what a client must make of it.
macro_rules! faults {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal, $symptom:expr;)+) => {
        /// One thing wrong with a server.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum HttpFault {
            $($(#[$doc])+ $variant,)+
        }

        impl HttpFault {
            /// Every fault.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The fault's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What a client must make of it.
            #[must_use]
            pub const fn symptom(self) -> Symptom {
                match self {
                    $(Self::$variant => $symptom,)+
                }
            }
        }
    };
}

faults! {
    /// A response of no octets.
    BodyEmpty = "body-empty", Symptom::Malformed;
    /// A body without a stated length that never ends.
    BodyEndless = "body-endless", Symptom::TooLarge;
    /// A web page in place of a response, called what it is.
    BodyHtml = "body-html", Symptom::ContentType;
    /// A web page in place of a response, called a response.
    BodyHtmlAsReply = "body-html-as-reply", Symptom::Malformed;
    /// A stated length of four gigabytes, and octets to match.
    BodyHuge = "body-huge", Symptom::TooLarge;
    /// The response, an octet now and then.
    BodySlow = "body-slow", Symptom::Timeout;
    /// Half of the response, and then the end of the connection.
    BodyTruncated = "body-truncated", Symptom::Unreachable;
    /// A chunk whose length is not a number.
    ChunkBroken = "chunk-broken", Symptom::Unreachable;
    /// The connection is closed without a word.
    Closed = "closed", Symptom::Unreachable;
    /// The response without a content type.
    ContentTypeMissing = "content-type-missing", Symptom::ContentType;
    /// The response, called the query.
    ContentTypeOther = "content-type-other", Symptom::ContentType;
    /// Headers that never end.
    HeadEndless = "head-endless", Symptom::Unreachable;
    /// Something that is not HTTP.
    HeadGarbage = "head-garbage", Symptom::Unreachable;
    /// A header without its end, an octet now and then.
    HeadSlow = "head-slow", Symptom::Timeout;
    /// A redirect for good to another server.
    RedirectPermanent = "redirect-permanent", Symptom::Redirect(308);
    /// A redirect to another server.
    RedirectTemporary = "redirect-temporary", Symptom::Redirect(302);
    /// The connection is kept open without a word.
    Silent = "silent", Symptom::Timeout;
    /// The response, under the status that promises none.
    StatusAccepted = "status-accepted", Symptom::Status(202);
    /// The server has an error of its own.
    StatusInternalError = "status-internal-error", Symptom::Status(500);
    /// There is no content.
    StatusNoContent = "status-no-content", Symptom::Status(204);
    /// There is no such resource.
    StatusNotFound = "status-not-found", Symptom::Status(404);
    /// Too many requests.
    StatusTooMany = "status-too-many", Symptom::Status(429);
    /// Too many requests, with the time to wait.
    StatusTooManyWait = "status-too-many-wait", Symptom::AskedToWait(429);
    /// The service is not to be had now.
    StatusUnavailable = "status-unavailable", Symptom::Status(503);
    /// The service is not to be had now, with the time to wait.
    StatusUnavailableWait = "status-unavailable-wait", Symptom::AskedToWait(503);
}

impl HttpFault {
    /// The fault of a name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|fault| fault.as_str() == name)
    }

    /// Serves with this fault until `stop` is set; `respond` makes the answers that it spoils.
    ///
    /// # Errors
    ///
    /// When the listener fails.
    pub fn serve<R>(self, listener: &TcpListener, stop: &AtomicBool, respond: R) -> io::Result<()>
    where
        R: Fn(&[u8]) -> Vec<u8> + Sync,
    {
        accept(listener, stop, |stream| {
            converse(stream, |query| {
                let spoiled = Spoiled { stream, stop };
                spoiled.answer(self, &respond(query))
            })
        })
    }
}

const REPLY: &str = "Content-Type: application/timestamp-reply\r\n";
const PAGE: &str = "<!DOCTYPE html><title>Welcome</title>\n";

/// One connection of a faulty server.
struct Spoiled<'a> {
    stream: &'a TcpStream,
    stop: &'a AtomicBool,
}

impl Spoiled<'_> {
    fn answer(&self, fault: HttpFault, response: &[u8]) -> io::Result<()> {
        let whole = format!("Content-Length: {}\r\n\r\n", response.len());
        let page = format!("Content-Length: {}\r\n\r\n{PAGE}", PAGE.len());
        match fault {
            HttpFault::BodyEmpty => self.ok(&format!("{REPLY}Content-Length: 0\r\n\r\n"), b""),
            HttpFault::BodyEndless => {
                self.ok(&format!("{REPLY}\r\n"), b"")?;
                self.endless(&[0x30; 4_096])
            }
            HttpFault::BodyHtml => self.ok(&format!("Content-Type: text/html\r\n{page}"), b""),
            HttpFault::BodyHtmlAsReply => self.ok(&format!("{REPLY}{page}"), b""),
            HttpFault::BodyHuge => {
                let length = 1_u64 << 32;
                self.ok(&format!("{REPLY}Content-Length: {length}\r\n\r\n"), b"")?;
                self.endless(&[0x30; 4_096])
            }
            HttpFault::BodySlow => {
                self.ok(&format!("{REPLY}{whole}"), b"")?;
                self.slow(response)
            }
            HttpFault::BodyTruncated => {
                let half = response.get(..response.len() / 2).unwrap_or_default();
                self.ok(&format!("{REPLY}{whole}"), half)
            }
            HttpFault::ChunkBroken => self.ok(
                &format!("{REPLY}Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
                b"",
            ),
            HttpFault::Closed => Ok(()),
            HttpFault::ContentTypeMissing => self.ok(&whole, response),
            HttpFault::ContentTypeOther => {
                let query = "Content-Type: application/timestamp-query\r\n";
                self.ok(&format!("{query}{whole}"), response)
            }
            HttpFault::HeadEndless => {
                self.ok(REPLY, b"")?;
                self.endless(b"X-More: and more and more and more and more and more\r\n")
            }
            HttpFault::HeadGarbage => self.say(b"SSH-2.0-Nobody\r\n\r\n"),
            HttpFault::HeadSlow => {
                self.ok("X-More: ", b"")?;
                self.slow(&[b'x'; 4_096])
            }
            HttpFault::Silent => self.slow(b""),
            other => self.status(other, response),
        }
    }

    /// The faults that are no more than a status.
    fn status(&self, fault: HttpFault, response: &[u8]) -> io::Result<()> {
        let (status, header) = match fault.symptom() {
            Symptom::AskedToWait(status) => (status, format!("Retry-After: {WAIT_SECONDS}\r\n")),
            Symptom::Redirect(status) => (status, format!("Location: {ELSEWHERE}\r\n")),
            Symptom::Status(status) => (status, String::new()),
            other => unreachable!("{other:?} is no status"),
        };
        // RFC 9110 §15.3.5: 204 has no content.
        let body = if status == 204 { &[] } else { response };
        let head = format!(
            "HTTP/1.1 {status} Said So\r\n{header}{REPLY}Content-Length: {}\r\n\r\n",
            body.len()
        );
        self.say(&[head.as_bytes(), body].concat())
    }

    fn ok(&self, head: &str, body: &[u8]) -> io::Result<()> {
        self.say(&[b"HTTP/1.1 200 OK\r\n", head.as_bytes(), body].concat())
    }

    fn say(&self, octets: &[u8]) -> io::Result<()> {
        let mut stream = self.stream;
        stream.write_all(octets)?;
        stream.flush()
    }

    /// Says the same again and again until the client goes away.
    fn endless(&self, octets: &[u8]) -> io::Result<()> {
        let times = MAX_ENDLESS_BYTES.div_ceil(octets.len().max(1));
        for _ in 0..times {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            self.say(octets)?;
        }
        Ok(())
    }

    /// Says an octet now and then, and nothing when it has none left, until the server stops or
    /// the client goes away.
    fn slow(&self, octets: &[u8]) -> io::Result<()> {
        let mut left = octets.chunks(1);
        while !self.stop.load(Ordering::Relaxed) {
            if let Some(octet) = left.next() {
                self.say(octet)?;
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }
}
