//! The report as text: verdict first, five rings always, then what would settle what is open.
//!
//! Pure: who prints it, and where, is decided elsewhere.

use std::fmt::Write as _;

use crate::report::Verdict;
use crate::trust::Rung;
use crate::{Finding, Report, Ring, RingState, Severity};

/// What the terminal can show. Colour never carries a meaning of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminal {
    /// Colours.
    Colour,
    /// Text only.
    Plain,
}

/// How much of a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// At most fifteen lines or so.
    Short,
    /// Everything.
    Long,
}

/// Findings that a short report shows under its rings.
const SHORT_FINDINGS: usize = 3;

/// One line for scripts and people in a hurry.
#[must_use]
pub fn quiet(report: &Report, bundle: &str) -> String {
    let facts = &report.facts;
    let mut out = format!("{} {}", headline(report), escape(bundle));
    if report.verdict() == Verdict::Failed {
        if let Some(finding) = report.findings().first() {
            push(
                &mut out,
                format_args!(" {}: {}", finding.code, escape(&finding.message)),
            );
        }
    } else {
        push(&mut out, format_args!(" {} entries", facts.entries));
        if let Some(key) = facts.pinned_fingerprint {
            push(&mut out, format_args!(" key {key}"));
        }
        if let Some((_, latest)) = &facts.trusted_times {
            push(&mut out, format_args!(" anchored<={latest}"));
        }
    }
    out.push('\n');
    out
}

/// Verdict and what a pass does not show.
fn headline(report: &Report) -> String {
    let verdict = report.verdict();
    let not_shown: Vec<&str> = report.not_shown().map(Ring::as_str).collect();
    if verdict == Verdict::Verified && !not_shown.is_empty() {
        format!("{}, not shown: {}", verdict.as_str(), not_shown.join(", "))
    } else {
        verdict.as_str().to_owned()
    }
}

/// Writes to a text, which cannot fail.
pub(crate) fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}

fn paint(text: &str, state: RingState, terminal: Terminal) -> String {
    let code = match state {
        _ if terminal == Terminal::Plain => return text.to_owned(),
        RingState::Pass => 32,
        RingState::Fail => 31,
        RingState::Unproven | RingState::NotChecked => 33,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// The whole report.
#[must_use]
pub fn full(report: &Report, bundle: &str, detail: Detail, terminal: Terminal) -> String {
    let state = match report.verdict() {
        Verdict::Verified => RingState::Pass,
        Verdict::Failed => RingState::Fail,
        Verdict::Indeterminate => RingState::Unproven,
    };
    let mut out = format!(
        "{}  {}\n\n",
        paint(&headline(report), state, terminal),
        escape(bundle)
    );
    for ring in Ring::ALL {
        let state = report.ring(ring);
        let word = paint(&format!("{:<11}", state.as_str()), state, terminal);
        push(
            &mut out,
            format_args!("  {:<13} {word} {}\n", title(ring), summary(report, ring)),
        );
    }
    out.push('\n');
    findings(&mut out, report, detail);
    if detail == Detail::Long {
        long(&mut out, report);
    }
    closing(&mut out, report);
    out
}

const fn title(ring: Ring) -> &'static str {
    match ring {
        Ring::Integrity => "Integrity",
        Ring::Origin => "Origin",
        Ring::Time => "Time",
        Ring::Completeness => "Completeness",
        Ring::Attribution => "Attribution",
    }
}

/// The numbers of a ring that holds, or the worst finding of one that does not.
fn summary(report: &Report, ring: Ring) -> String {
    let worst = report
        .findings()
        .iter()
        .find(|finding| finding.code.ring() == ring && finding.severity > Severity::Note);
    if let Some(finding) = worst {
        return escape(finding.code.meaning());
    }
    let facts = &report.facts;
    match (ring, report.ring(ring)) {
        (Ring::Integrity, RingState::Pass) => {
            let tip = facts.tip.map_or_else(String::new, |tip| tip.to_string());
            format!(
                "{} entries re-hashed, order and tree hold, tip {}",
                facts.entries,
                short(&tip)
            )
        }
        (Ring::Origin, RingState::Pass) => {
            let key = facts
                .pinned_fingerprint
                .map_or_else(String::new, |key| key.to_string());
            format!(
                "{} signatures; key {}, given by you",
                facts.signatures,
                short(&key)
            )
        }
        (Ring::Time, RingState::Pass) => time_summary(report),
        (Ring::Completeness, RingState::Pass) => {
            format!(
                "ends at the expected tip; {} gaps admitted by the recorder",
                facts.gaps
            )
        }
        (Ring::Attribution, _) => "the bundle claims no attribution of lines".into(),
        (_, RingState::NotChecked) => "not evaluated".into(),
        _ => "not everything was evaluated".into(),
    }
}

fn time_summary(report: &Report) -> String {
    let facts = &report.facts;
    let trusted = report.tokens.iter().filter(|token| token.trusted).count();
    let total = report.tokens.len();
    let latest = facts
        .trusted_times
        .as_ref()
        .map_or("", |(_, latest)| latest.as_str());
    let widest = facts.widest_bracket_micros.unwrap_or(0).div_ceil(1_000_000);
    let agreed = match report.independent_authorities {
        0 | 1 => String::new(),
        asked => format!("{asked} independent authorities agree; "),
    };
    format!(
        "{trusted} of {total} tokens count, by your roots; {agreed}latest {latest}; \
         widest bracket {widest} s; {}",
        report.revocation_counts().to_text()
    )
}

/// First and last characters of a hash.
fn short(hash: &str) -> String {
    match (hash.get(..8), hash.get(60..)) {
        (Some(head), Some(tail)) => format!("{head}…{tail}"),
        _ => hash.to_owned(),
    }
}

fn findings(out: &mut String, report: &Report, detail: Detail) {
    let all = report.findings();
    let shown: Vec<&Finding> = match detail {
        Detail::Long => all.iter().collect(),
        Detail::Short => {
            let heavy = all
                .iter()
                .filter(|finding| finding.severity > Severity::Note);
            // One of a kind says enough; the rest is for --verbose.
            let mut kinds = Vec::new();
            heavy
                .filter(|finding| {
                    let new = !kinds.contains(&finding.code);
                    kinds.push(finding.code);
                    new
                })
                .take(SHORT_FINDINGS)
                .collect()
        }
    };
    for finding in &shown {
        let word = match finding.severity {
            Severity::Fail => "failed",
            Severity::Unproven => "unproven",
            Severity::Note => "note",
        };
        push(
            out,
            format_args!("{word}: {}: {}\n", finding.code, escape(&finding.message)),
        );
    }
    let hidden = all.len().saturating_sub(shown.len());
    let dropped = report.findings_dropped();
    if detail == Detail::Short && hidden > 0 {
        push(
            out,
            format_args!("{hidden} more findings: --verbose, or --explain CODE\n"),
        );
    }
    if dropped > 0 {
        push(
            out,
            format_args!("{dropped} further findings were counted and not kept\n"),
        );
    }
}

fn long(out: &mut String, report: &Report) {
    out.push_str("\nchecks performed\n");
    for ring in Ring::ALL {
        let checks: Vec<&str> = report
            .checks_performed(ring)
            .map(|check| check.as_str())
            .collect();
        let checks = if checks.is_empty() {
            "none".into()
        } else {
            checks.join(", ")
        };
        push(out, format_args!("  {:<13} {checks}\n", title(ring)));
    }
    out.push_str("\ntokens\n");
    for token in &report.tokens {
        let rung = token.rung.map_or("broken", Rung::as_str);
        let trust = match (token.trusted, &token.root_fingerprint) {
            (true, _) => "",
            (false, Some(_)) => ", DOES NOT COUNT",
            (false, None) => ", NOT TRUSTED",
        };
        let revocation = escape(&token.detail.revocation_text());
        push(
            out,
            format_args!(
                "  size {:<8} {}  {rung}{trust}  {}; revocation {revocation}\n",
                token.size,
                token.gen_time.as_deref().unwrap_or("unreadable"),
                escape(token.signer.as_deref().unwrap_or("no signer")),
            ),
        );
    }
    out.push_str("\ntrust inputs\n");
    for (kind, value) in &report.trust_inputs {
        push(out, format_args!("  {kind:<13} {}\n", escape(value)));
    }
}

fn closing(out: &mut String, report: &Report) {
    let facts = &report.facts;
    if facts.entries > 0 {
        let [observed, inferred, declared] = facts.fidelity;
        push(
            out,
            format_args!(
                "\nCapture      {observed} observed, {inferred} inferred, {declared} declared; \
                 {} sessions, {} agents\n",
                facts.sessions,
                facts.agents.len()
            ),
        );
    }
    if let Some((from, to)) = &facts.period {
        push(
            out,
            format_args!("Period       {from} to {to}, as the device's clock said\n"),
        );
    }
    out.push_str(
        "Not covered  actions outside the installed hooks; whether the changes were right\n",
    );
    let counts = report.revocation_counts();
    if counts.known() < counts.all() || counts.all() == 0 {
        let of = match counts.known() {
            0 => String::new(),
            known => format!(
                " under {} of {} tokens",
                counts.all().saturating_sub(known),
                counts.all()
            ),
        };
        push(
            out,
            format_args!("             revocation of the authorities' certificates{of}\n"),
        );
    }
}

/// Makes text from a bundle safe to show: control and bidirectional characters become escapes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let hidden = character.is_control()
            || matches!(character,
                '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}');
        if hidden {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_a_bundle_moves_the_cursor_or_turns_the_text_around() {
        assert_eq!(escape("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(escape("a\u{202e}b\n"), "a\\u{202e}b\\u{a}");
        assert_eq!(escape("größe 漢字"), "größe 漢字");
    }
}
