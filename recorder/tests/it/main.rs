//! What a user would lose if the recorder were wrong.

mod capture;
mod checkpoint;
mod export;
mod fixture;
mod hook;
mod store;
