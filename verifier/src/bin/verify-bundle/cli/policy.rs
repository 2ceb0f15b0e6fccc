//! A policy from the files that the command line names.

use std::path::Path;

use proofline_format::digest::Hash;
use proofline_verifier::Policy;
use proofline_verifier::policy::parse_time;

use crate::io;
use crate::ui::Trouble;

/// Reads a policy and the files that it names, which lie relative to it.
pub(super) fn load(path: &str) -> Result<Policy, Trouble> {
    let folder = Path::new(path).parent().unwrap_or_else(|| Path::new(""));
    let mut read_file = |name: &str| {
        let file = folder.join(name);
        io::read_path(&file).map_err(|error| error.to_string())
    };
    Policy::parse_with(&io::read(path)?, &mut read_file).map_err(|error| {
        Trouble::new(format!("policy `{path}`: {error}"))
            .hint("docs/trust.md and schemas/policy.schema.json describe a policy")
    })
}

/// Adds a root: the fingerprint of one, or a file of certificates.
pub(super) fn add_root(policy: &mut Policy, argument: &str) -> Result<(), Trouble> {
    if let Some(hash) = Hash::from_hex(argument.to_ascii_lowercase().as_bytes()) {
        policy.root_fingerprints.push(hash);
        return Ok(());
    }
    policy
        .add_roots(&io::read(argument)?)
        .map_err(|error| Trouble::new(format!("root file `{argument}`: {error}")))
}

/// The time of verification: as asked for, as the policy says, or the clock's.
pub(super) fn set_time(policy: &mut Policy, argument: Option<&str>) -> Result<(), Trouble> {
    match argument {
        None => policy.time_micros = policy.time_micros.or_else(|| Some(io::now_micros())),
        Some(time) => {
            let refused = || Trouble::new(format!("not an RFC 3339 time in UTC: `{time}`"));
            policy.time_micros = Some(parse_time(time).ok_or_else(refused)?);
        }
    }
    Ok(())
}
