//! The format against other people's reading of the same specifications, and against chance.
//!
//! Vectors of other projects are found through `PROOFLINE_CORPUS`. Without it their tests say on
//! stderr that they did nothing; where it is set, it must be there.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod context;
mod corpus;
mod data_integrity;
mod hostile;
mod json;
mod merkle;
mod notes;
mod round_trip;
mod samples;
mod signatures;
