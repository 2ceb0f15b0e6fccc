//! What a user would lose if the recorder were wrong.

#![expect(clippy::arithmetic_side_effects, reason = "tests")]

#[cfg(test)]
mod answers;
#[cfg(test)]
mod authorities;
#[cfg(test)]
mod capture;
#[cfg(test)]
mod checkpoint;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod cli_tsa;
#[cfg(test)]
mod cli_verify;
#[cfg(test)]
mod daemon;
#[cfg(test)]
mod export;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod git;
#[cfg(test)]
mod hook;
#[cfg(test)]
mod install;
#[cfg(test)]
mod places;
#[cfg(test)]
mod renewal;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod store;
#[cfg(test)]
mod world;
