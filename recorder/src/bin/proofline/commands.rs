//! One file for each subcommand.

pub(crate) mod checkpoint;
pub(crate) mod completions;
pub(crate) mod daemon;
pub(crate) mod demo;
pub(crate) mod evidence_record;
pub(crate) mod export;
pub(crate) mod hook;
pub(crate) mod identity;
pub(crate) mod init;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod restamp;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod tsa;
pub(crate) mod verify;
pub(crate) mod verify_bundle;
