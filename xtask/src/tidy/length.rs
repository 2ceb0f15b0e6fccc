//! A source file is one idea: long ones are named, very long ones refused.

use crate::Outcome;
use crate::shell::{all_of, read, relative, tracked};

const LINES_WARN: usize = 400;
const LINES_MAX: usize = 600;

pub(super) fn check() -> Outcome {
    let mut reasons = Vec::new();
    for path in tracked()? {
        let is_source = path.extension().is_some_and(|e| e == "rs" || e == "py");
        if !is_source {
            continue;
        }
        let lines = read(&path)?.lines().count();
        let name = relative(&path);
        if lines > LINES_MAX {
            reasons.push(format!("{name} has {lines} lines, at most {LINES_MAX}"));
        } else if lines > LINES_WARN {
            eprintln!("warning: {name} has {lines} lines: what is its second idea?");
        }
        if name.ends_with("/mod.rs") {
            reasons.push(format!("{name}: a module is `foo.rs` beside `foo/`"));
        }
    }
    all_of(&reasons)
}
