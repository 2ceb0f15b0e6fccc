//! The evidence format of Proofline: what is written, and how its bytes are read back.
//!
//! This crate holds the entry and its canonical form, the hash chain, the RFC 6962 tree, the
//! checkpoint note, the envelope and proof around a manifest, the objects that entries address,
//! and a strict archive reader. `docs/format.md` is the normative text.
//!
//! It deliberately has no clock, no randomness, no I/O and no policy: it says what bytes mean,
//! never whether they are to be believed. Everything it parses may be hostile; every length has
//! a limit in [`limits`].

#![no_std]

extern crate alloc;

pub mod archive;
pub mod checkpoint;
pub mod digest;
pub mod dsse;
pub mod encoding;
pub mod entry;
pub mod error;
pub mod holes;
pub mod integrity;
pub mod json;
pub mod key;
pub mod limits;
pub mod manifest;
pub mod merkle;
pub mod note;
pub mod object;
pub mod path;
pub mod registry;
pub mod statement;
pub mod timestamp;
pub mod tlog_proof;
