//! The cost of one time-stamp token with its path, from the benchmark of the time-stamp core.

use super::line;
use crate::shell::{cargo, root, watch};

const TOKEN_MILLIS_MAX: f64 = 1.5;

/// `1.2345 ms` in milliseconds.
fn to_millis(number: &str, unit: &str) -> Option<f64> {
    let value: f64 = number.parse().ok()?;
    match unit {
        "ns" => Some(value / 1_000_000.0),
        "µs" | "us" => Some(value / 1_000.0),
        "ms" => Some(value),
        "s" => Some(value * 1_000.0),
        _ => None,
    }
}

/// The middle of `… time:   [1.20 ms 1.23 ms 1.26 ms]`.
fn middle(text: &str) -> Option<f64> {
    let (_, rest) = text.split_once("time:")?;
    let inner = rest.trim().strip_prefix('[')?.strip_suffix(']')?;
    let words: Vec<&str> = inner.split_whitespace().collect();
    to_millis(words.get(2)?, words.get(3)?)
}

pub(super) fn run() -> Result<(), String> {
    if !root().join("tsa/core/benches/token.rs").is_file() {
        return Err("tsa/core/benches/token.rs is missing".into());
    }
    let words = [
        "bench",
        "--locked",
        "-p",
        "proofline-tsa",
        "--bench",
        "token",
        "--",
    ];
    let (mut name, mut figures) = (String::new(), Vec::new());
    watch(
        cargo()
            .args(words)
            .args(["--quick", "--noplot", "verify with path"]),
        |text| {
            if text.starts_with("verify with path") {
                name = text.split("time:").next().unwrap_or(text).trim().to_owned();
            }
            if let Some(figure) = middle(text) {
                figures.push((name.clone(), figure));
            }
        },
    )?;
    for (name, figure) in figures {
        let holds = figure <= TOKEN_MILLIS_MAX;
        line(
            &format!("token: {name}"),
            &format!("{figure:.3} ms"),
            "1.5 ms",
            holds,
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_interval() {
        let line = "verify with path, rsa   time:   [500.1 µs 512.5 µs 530.0 µs]";
        assert_eq!(middle(line), Some(0.5125));
        assert_eq!(
            middle("                        change: [-1% +0% +1%]"),
            None
        );
    }
}
