//! What the verifier is told: keys, roots, authorities, and what a pass requires. Nothing of it
//! comes from the bundle.
//!
//! ```text
//! policy/read.rs        the file (`schemas/policy.schema.json`)
//! policy/device_key.rs  keys that may have signed
//! policy/authority.rs   authorities that may have stamped, and when
//! policy/revocation.rs  what must be known of their certificates
//! ```

use proofline_format::digest::Hash;
use proofline_format::timestamp::Timestamp;
use proofline_tsa::{Sha1Use, TrustAnchor, TrustDate, pem};

use crate::finding::Ring;
use crate::trusted_list::TrustedList;

mod authority;
mod device_key;
mod read;
mod revocation;

pub use self::authority::{Authority, By, Class, Refusal};
pub use self::device_key::DeviceKey;
pub use self::revocation::RevocationDemand;

/// Something UNPROVEN that a policy accepts by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// The log began offline: its first entries have no lower bound in time.
    OfflineGenesis,
}

/// What a verification is held against.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Keys of which one must be in the bundle's key sequence.
    pub device_keys: Vec<DeviceKey>,
    /// Roots to which tokens must lead, those of named authorities among them.
    pub tsa_roots: Vec<TrustAnchor>,
    /// Roots given by their fingerprint alone, beside those of [`authorities`](Self::authorities).
    pub root_fingerprints: Vec<Hash>,
    /// Authorities with names and limits. A root that none of them has stands for itself.
    pub authorities: Vec<Authority>,
    /// How many authorities, independent of each other, must bound an entry; at least 1.
    pub independent_authorities: usize,
    /// What must be known of the revocation of authorities' certificates.
    pub revocation: RevocationDemand,
    /// Revocation lists in DER beside those of the bundle. They are as little trusted as those.
    pub crls: Vec<Vec<u8>>,
    /// Uses for which SHA-1 is let pass, and noted.
    pub allow_sha1: Vec<Sha1Use>,
    /// Ends of trust in algorithms, in place of the registry's.
    pub trust_dates: Vec<TrustDate>,
    /// Snapshots of trusted lists.
    pub trusted_lists: Vec<TrustedList>,
    /// Rings required beyond integrity, origin and time, which cannot be removed.
    pub require: Vec<Ring>,
    /// What is accepted although it is UNPROVEN.
    pub accept: Vec<Acceptance>,
    /// The chain hash at which the bundle must end.
    pub expected_tip: Option<Hash>,
    /// How far `created_at` may leave its bracket, in seconds.
    pub max_skew_seconds: u64,
    /// How wide a bracket may be, in seconds.
    pub max_bracket_seconds: u64,
    /// The time of verification in microseconds since 1970, if one is known.
    pub time_micros: Option<i64>,
    /// SHA-256 of the file that it was read from, if it was; options may have been added since.
    pub file_sha256: Option<Hash>,
    /// Threads that check signatures; 1 checks them in the caller's.
    pub threads: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            device_keys: Vec::new(),
            tsa_roots: Vec::new(),
            root_fingerprints: Vec::new(),
            authorities: Vec::new(),
            independent_authorities: 1,
            revocation: RevocationDemand::default(),
            crls: Vec::new(),
            allow_sha1: Vec::new(),
            trust_dates: Vec::new(),
            trusted_lists: Vec::new(),
            require: Vec::new(),
            accept: Vec::new(),
            expected_tip: None,
            max_skew_seconds: 300,
            max_bracket_seconds: 86_400,
            time_micros: None,
            file_sha256: None,
            threads: 1,
        }
    }
}

impl Policy {
    /// Adds every certificate of a PEM text, or the one in DER, as a root.
    ///
    /// # Errors
    /// If there is none, or one that cannot be read.
    pub fn add_roots(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.roots_of(bytes).map(drop)
    }

    /// Adds the roots of a file, and gives the fingerprints of what it held.
    fn roots_of(&mut self, bytes: &[u8]) -> Result<Vec<Hash>, String> {
        let anchors = if pem::is_pem(bytes) {
            TrustAnchor::all_from_pem(bytes).map_err(|error| error.to_string())?
        } else {
            let anchor = TrustAnchor::from_der(bytes);
            vec![anchor.map_err(|error| format!("neither PEM nor a certificate in DER: {error}"))?]
        };
        if anchors.is_empty() {
            return Err("no certificate in PEM form".into());
        }
        let hashes = anchors.iter().map(|root| Hash(*root.fingerprint()));
        let hashes = hashes.collect();
        for anchor in anchors {
            if !self.tsa_roots.contains(&anchor) {
                self.tsa_roots.push(anchor);
            }
        }
        Ok(hashes)
    }

    /// Whether a ring must pass.
    #[must_use]
    pub fn requires(&self, ring: Ring) -> bool {
        matches!(ring, Ring::Integrity | Ring::Origin | Ring::Time)
            || self.require.contains(&ring)
            || ring == Ring::Completeness && self.expected_tip.is_some()
    }
}

/// A moment as RFC 3339 in UTC, with or without milliseconds, in microseconds since 1970.
#[must_use]
pub fn parse_time(text: &str) -> Option<i64> {
    let full = match text.strip_suffix('Z')? {
        seconds if seconds.len() == 19 => format!("{seconds}.000Z"),
        _ => text.to_owned(),
    };
    Timestamp::parse(full.as_bytes()).map(|at| at.millis().saturating_mul(1_000))
}

#[cfg(test)]
mod tests;
