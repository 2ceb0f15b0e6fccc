//! What a user would lose if the recorder were wrong.
#![expect(missing_docs, reason = "tests")]

mod capture;
mod fixture;
mod store;
