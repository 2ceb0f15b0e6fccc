//! What people and programs see: results on standard output, everything else on standard error.

use std::io::{self, Write};

use proofline_format::json::{Value, canonical};

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

    /// Whether nobody reads standard output any more.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let cause = self.error.downcast_ref::<io::Error>();
        cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
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

/// What a command gives back.
pub(crate) type Outcome = Result<(), Failure>;

/// The two streams.
pub(crate) struct Ui {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
}

impl Ui {
    /// Those of the process.
    pub(crate) fn of_process() -> Self {
        Self {
            out: Box::new(io::BufWriter::new(io::stdout())),
            err: Box::new(io::stderr()),
        }
    }

    /// One line of the result. Text from outside is escaped.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", safe(text))?;
        self.out.flush()
    }

    /// A name and its value, aligned.
    pub(crate) fn field(&mut self, name: &str, value: impl std::fmt::Display) -> io::Result<()> {
        self.line(&format!("{name:<14} {value}"))
    }

    /// A text of our own, as it is.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// The result as one line of JSON.
    pub(crate) fn json(&mut self, members: Vec<(&str, Value)>) -> io::Result<()> {
        let mut all = vec![(String::from("schema_version"), Value::from(SCHEMA_VERSION))];
        all.extend(
            members
                .into_iter()
                .map(|(name, value)| (name.into(), value)),
        );
        self.out.write_all(&canonical(&Value::Object(all)))?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }

    /// Something to know that is not the result.
    pub(crate) fn note(&mut self, text: &str) {
        // Where standard error is closed nothing is lost but words.
        writeln!(self.err, "{}", safe(text)).ok();
    }

    /// An error, with its hint.
    pub(crate) fn error(&mut self, failure: &Failure) {
        self.note(&format!("error: {:#}", failure.error));
        if let Some(hint) = &failure.hint {
            self.note(&format!("  hint: {hint}"));
        }
    }
}

/// The text with everything escaped that a terminal could take for a command, or that could make
/// it read otherwise than it is written.
pub(crate) fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let is_bidi = matches!(
            character,
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        );
        if character.is_control() || is_bidi {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
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

/// `1 entry`, `2 entries`.
pub(crate) fn entries(count: u64) -> String {
    let word = if count == 1 { "entry" } else { "entries" };
    format!("{} {word}", grouped(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_the_log_cannot_command_the_terminal() {
        assert_eq!(safe("a\u{1b}[2J\u{202e}b"), "a\\u{1b}[2J\\u{202e}b");
        assert_eq!(safe("größe 日本"), "größe 日本");
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
    }
}
