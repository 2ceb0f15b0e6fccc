//! The limits on what a user hands in beside a bundle, by name. Those on bundles stand in
//! `proofline_format::limits`, those on tokens in `proofline_tsa::limits`.

/// Octets in one trusted list; the largest national ones have a few million.
pub const MAX_LIST_BYTES: usize = 16 << 20;

/// Elements, texts and comments in one trusted list.
pub const MAX_LIST_NODES: u32 = 1_000_000;

/// Elements of a trusted list around one another.
pub const MAX_LIST_DEPTH: usize = 32;

/// Attributes of one element of a trusted list.
pub const MAX_LIST_ATTRIBUTES: usize = 32;

/// Services in one trusted list, of every kind.
pub const MAX_LIST_SERVICES: usize = 20_000;

/// Earlier states of one service.
pub const MAX_SERVICE_HISTORY: usize = 256;

/// Certificates that identify one service.
pub const MAX_SERVICE_IDENTITIES: usize = 64;

/// Octets of a name in a trusted list that are kept.
pub const MAX_LIST_NAME_BYTES: usize = 256;

/// Trusted lists that one policy names.
pub const MAX_LISTS: usize = 64;

/// Authorities that one policy names.
pub const MAX_AUTHORITIES: usize = 256;

/// Octets of a file that a policy names.
pub const MAX_POLICY_FILE_BYTES: usize = 16 << 20;
