//! The verifier against vectors that share no code with it, and against every kind of tampering.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

mod command_line;
mod openssl;
mod policy;
mod record;
mod revocation;
mod token;
mod vectors;
