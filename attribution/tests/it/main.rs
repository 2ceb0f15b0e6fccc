//! The fold against a model that knows who wrote what, and against witnesses that lie.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod assembled;
mod hostile;
mod model;
mod reports;
mod rules;
mod samples;
