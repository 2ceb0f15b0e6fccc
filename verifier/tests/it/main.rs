//! The verifier against vectors that share no code with it, and against every kind of tampering.

#![expect(clippy::arithmetic_side_effects, reason = "tests count small things")]

mod command_line;
mod vectors;
