//! Words that do not belong into the repository: paths of one machine, marks of unfinished work.

use crate::Outcome;
use crate::shell::{all_of, relative, tracked};

/// Written in two halves, so that this file does not hold them.
const WORDS: [(&str, &str); 10] = [
    ("/ro", "ot/"),
    ("/wo", "rk/"),
    ("/tmp/", "wt"),
    ("../sha", "red/"),
    ("TO", "DO"),
    ("FIX", "ME"),
    ("X", "XX"),
    ("to", "do!("),
    ("unimple", "mented!("),
    ("#[ig", "nore"),
];

/// The one place that may say where the outside test corpus lies beside the repository.
const MAY_NAME_THE_CORPUS: &str = ".ci/run";

/// Files whose bytes are not our text: fixtures hold base64, in which any letters may meet.
fn is_ours(name: &str) -> bool {
    let fixture = name.starts_with("testdata/") && !name.ends_with(".py") && !name.ends_with(".md");
    !fixture && !name.ends_with("Cargo.lock") && !name.starts_with("tsa/core/tests/fixtures/")
}

pub(super) fn check() -> Outcome {
    let mut reasons = Vec::new();
    for path in tracked()? {
        let name = relative(&path);
        if !is_ours(&name) {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue; // Not text.
        };
        for (number, line) in (1_usize..).zip(text.lines()) {
            for (head, tail) in WORDS {
                let word = format!("{head}{tail}");
                let allowed = name == MAY_NAME_THE_CORPUS && word.starts_with("../");
                if line.contains(&word) && !allowed {
                    reasons.push(format!("{name}:{number}: holds `{word}`"));
                }
            }
        }
    }
    all_of(&reasons)
}
