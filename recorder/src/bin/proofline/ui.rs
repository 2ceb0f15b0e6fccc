//! What people and programs see: results on standard output, everything else on standard error.
//!
//! A reader who closes the pipe has seen enough: what is still to be printed is dropped, the command
//! goes on, and its exit code is what it would have been.

use std::io::{self, IsTerminal as _, Write};

use proofline_format::json::{Value, canonical};
use proofline_verifier::text::{Terminal, escape};

/// Version of what `--json` prints.
const SCHEMA_VERSION: u64 = 1;

/// An error with what to do about it, where there is one thing to do.
#[derive(Debug)]
pub(crate) struct Failure {
    error: anyhow::Error,
    hint: Option<String>,
}

impl Failure {
    /// An error with a hint.
    pub(crate) fn with_hint(error: impl Into<anyhow::Error>, hint: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            hint: Some(hint.into()),
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            hint: None,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut said = self.error.to_string();
        // Some errors say their cause themselves.
        for cause in self.error.chain().skip(1).map(ToString::to_string) {
            if !said.contains(&cause) {
                said.push_str(": ");
                said.push_str(&cause);
            }
        }
        f.write_str(&said)
    }
}

/// What a command gives back.
pub(crate) type Outcome = Result<(), Failure>;

/// The two streams.
pub(crate) struct Ui {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    /// Nobody reads the result any more.
    closed: bool,
}

impl Ui {
    /// Those of the process.
    pub(crate) fn of_process() -> Self {
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            closed: false,
        }
    }

    /// What standard output can show: colour only on a terminal, and never against `NO_COLOR`.
    pub(crate) fn terminal() -> Terminal {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        if wanted && io::stdout().is_terminal() {
            Terminal::Colour
        } else {
            Terminal::Plain
        }
    }

    /// One line of the result. Text from outside is escaped.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        self.text(&(escape(text) + "\n"))
    }

    /// A name and its value, aligned.
    pub(crate) fn field(&mut self, name: &str, value: impl std::fmt::Display) -> io::Result<()> {
        self.line(&format!("{name:<14} {value}"))
    }

    /// A text of our own, as it is.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.bytes(text.as_bytes())
    }

    /// The result as one line of JSON.
    pub(crate) fn json(&mut self, members: Vec<(&str, Value)>) -> io::Result<()> {
        let mut all = vec![(String::from("schema_version"), Value::from(SCHEMA_VERSION))];
        all.extend(
            members
                .into_iter()
                .map(|(name, value)| (name.into(), value)),
        );
        let mut bytes = canonical(&Value::Object(all));
        bytes.push(b'\n');
        self.bytes(&bytes)
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let written = self.out.write_all(bytes).and_then(|()| self.out.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            written => written,
        }
    }

    /// Something to know that is not the result.
    pub(crate) fn note(&mut self, text: &str) {
        // Where standard error is closed nothing is lost but words.
        writeln!(self.err, "{}", escape(text)).ok();
    }

    /// An error, with its hint.
    pub(crate) fn error(&mut self, failure: &Failure) {
        self.note(&format!("error: {failure}"));
        if let Some(hint) = &failure.hint {
            self.note(&format!("  hint: {hint}"));
        }
    }
}

/// A number with a comma at every thousand.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(position);
        if position > 0 && left.is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The beginning of a hash, for people; JSON has the whole.
pub(crate) fn short(hash: impl std::fmt::Display) -> String {
    hash.to_string().chars().take(16).collect()
}

/// `1 entry`, `2 entries`.
pub(crate) fn entries(count: u64) -> String {
    let word = if count == 1 { "entry" } else { "entries" };
    format!("{} {word}", grouped(count))
}

/// A length of time in its two greatest units.
pub(crate) fn lasting(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_read_at_a_glance() {
        for (seconds, want) in [
            (0, "0 s"),
            (59, "59 s"),
            (119, "1 min"),
            (7_260, "2 h 1 min"),
            (266_400, "3 d 2 h"),
        ] {
            assert_eq!(lasting(seconds), want);
        }
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
    }
}
