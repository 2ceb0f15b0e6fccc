//! What a user would lose if the recorder were wrong.

mod capture;
mod checkpoint;
mod fixture;
mod store;
