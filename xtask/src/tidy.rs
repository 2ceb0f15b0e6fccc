//! Rules of the house that no compiler knows.

mod codes;
mod freestanding;
mod length;
mod wire;
mod words;

use crate::Outcome;
use crate::fuzz;
use crate::shell::all_of;

/// Checks every rule.
pub(crate) fn check() -> Outcome {
    let rules = [
        length::check(),
        words::check(),
        codes::check(),
        wire::check(),
        fuzz::check(),
        freestanding::check(),
    ];
    let reasons: Vec<String> = rules.into_iter().filter_map(Result::err).collect();
    all_of(&reasons)
}

/// Writes what can be derived, then checks.
pub(crate) fn bless() -> Outcome {
    wire::bless()?;
    fuzz::bless()?;
    check()
}
