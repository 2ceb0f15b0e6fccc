//! The recorder: captures what agents and git do, and keeps it as a signed chain.
//!
//! The write path has one door, [`event::Record`]: it takes events and returns when they are
//! durable. Adapters know nothing of keys, chain or store behind it.

pub mod authority;
pub mod capture;
pub mod checkpoint;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod diff;
pub mod event;
pub mod export;
pub mod guard;
pub mod home;
pub mod identity;
pub mod install;
pub mod keys;
mod lock;
pub mod log;
pub mod memory;
pub mod random;
pub mod recorder;
pub mod redact;
pub mod renewal;
pub mod repository;
pub mod revocation;
mod slots;
pub mod spool;
pub mod stamp;
pub mod store;
