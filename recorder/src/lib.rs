//! The recorder: captures what agents and git do, and keeps it as a signed chain.
//!
//! The write path has one door, [`event::Record`]: it takes events and returns when they are
//! durable. Adapters know nothing of keys, chain or store behind it.

pub mod capture;
pub mod diff;
pub mod event;
pub mod redact;
pub mod repository;
