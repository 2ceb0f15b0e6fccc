//! What people see: the report as text, errors, progress.

mod explain;

use std::fmt;
use std::io::{IsTerminal as _, Write as _};

use proofline_verifier::text::{self, Detail, Terminal, escape};
use proofline_verifier::{Progress, Report};

pub(crate) use self::explain::explain;

/// How much to print, and in which form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Output {
    /// At most fifteen lines or so.
    #[default]
    Normal,
    /// One line.
    Quiet,
    /// Everything.
    Verbose,
    /// The JSON report.
    Json,
}

/// What standard output can show.
pub(crate) fn detect_terminal() -> Terminal {
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let colour = wanted && std::io::stdout().is_terminal();
    if colour {
        Terminal::Colour
    } else {
        Terminal::Plain
    }
}

/// Why we could not look.
#[derive(Debug)]
pub(crate) struct Trouble {
    message: String,
    hint: Option<&'static str>,
}

impl Trouble {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", escape(&self.message))?;
        match self.hint {
            Some(hint) => writeln!(f, "  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Writes to standard output. A closed pipe is not our trouble and never changes a verdict.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Writes to standard error.
pub(crate) fn eprint(text: &str) {
    drop(std::io::stderr().lock().write_all(text.as_bytes()));
}

/// The report in the form that was asked for, ended by LF.
pub(crate) fn render(report: &Report, bundle: &str, output: Output, terminal: Terminal) -> String {
    match output {
        Output::Json => report.to_json() + "\n",
        Output::Quiet => text::quiet(report, bundle),
        Output::Normal => text::full(report, bundle, Detail::Short, terminal),
        Output::Verbose => text::full(report, bundle, Detail::Long, terminal),
    }
}

/// Progress on standard error, where somebody watches and there is enough to watch.
#[derive(Debug)]
pub(crate) struct Meter {
    shown: u64,
    active: Active,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Active {
    No,
    Waiting,
    Shown,
}

/// Entries between two updates; fewer are checked too quickly to need one.
const METER_STEP_ENTRIES: u64 = 20_000;

impl Meter {
    pub(crate) fn new(terminal: Terminal, output: Output) -> Self {
        let watched = std::io::stderr().is_terminal() && terminal == Terminal::Colour;
        let wanted = matches!(output, Output::Normal | Output::Verbose);
        Self {
            shown: 0,
            active: if watched && wanted {
                Active::Waiting
            } else {
                Active::No
            },
        }
    }

    pub(crate) fn show(&mut self, progress: Progress) {
        let due = progress.entries.saturating_sub(self.shown) >= METER_STEP_ENTRIES;
        if self.active == Active::No || !due {
            return;
        }
        self.active = Active::Shown;
        self.shown = progress.entries;
        eprint(&format!(
            "\rchecked {} of {} entries",
            progress.entries, progress.entries_claimed
        ));
    }

    pub(crate) fn clear(&self) {
        if self.active == Active::Shown {
            eprint("\r\u{1b}[K");
        }
    }
}
