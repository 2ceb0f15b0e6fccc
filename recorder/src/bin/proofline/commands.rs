//! One file for each subcommand.

pub(crate) mod checkpoint;
pub(crate) mod completions;
pub(crate) mod export;
pub(crate) mod hook;
pub(crate) mod identity;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod tsa;
