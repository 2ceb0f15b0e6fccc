//! What a user would lose if the recorder were wrong.

mod checkpoint;
mod fixture;
mod store;
