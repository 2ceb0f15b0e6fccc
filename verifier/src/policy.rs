//! What the verifier is told: keys, roots, and what a pass requires. Nothing of it comes from the
//! bundle.

use proofline_format::digest::Hash;
use proofline_format::json::{self, Value};
use proofline_format::key::PublicKey;
use proofline_format::timestamp::Timestamp;
use proofline_tsa::TrustAnchor;

use crate::finding::Ring;

mod revocation;

pub use self::revocation::RevocationDemand;

/// A key the verifier was given: all of it, or what people compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceKey {
    /// The key itself.
    Key(PublicKey),
    /// Its fingerprint.
    Fingerprint(Hash),
}

impl DeviceKey {
    /// Reads a fingerprint (64 hex), a `did:key` or a PEM public key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        if let Some(hash) = Hash::from_hex(trimmed.to_ascii_lowercase().as_bytes()) {
            return Some(Self::Fingerprint(hash));
        }
        PublicKey::from_did(trimmed)
            .or_else(|| PublicKey::from_pem(text))
            .map(Self::Key)
    }

    /// The fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Hash {
        match self {
            Self::Key(key) => key.fingerprint(),
            Self::Fingerprint(hash) => *hash,
        }
    }
}

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
    /// Roots to which tokens must lead.
    pub tsa_roots: Vec<TrustAnchor>,
    /// What must be known of the revocation of authorities' certificates.
    pub revocation: RevocationDemand,
    /// Revocation lists in DER beside those of the bundle. They are as little trusted as those.
    pub crls: Vec<Vec<u8>>,
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
    /// Threads that check signatures; 1 checks them in the caller's.
    pub threads: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            device_keys: Vec::new(),
            tsa_roots: Vec::new(),
            revocation: RevocationDemand::default(),
            crls: Vec::new(),
            require: Vec::new(),
            accept: Vec::new(),
            expected_tip: None,
            max_skew_seconds: 300,
            max_bracket_seconds: 86_400,
            time_micros: None,
            threads: 1,
        }
    }
}

const MEMBERS: [&str; 10] = [
    "accept",
    "device_keys",
    "expect_tip",
    "max_bracket_seconds",
    "max_skew_seconds",
    "require",
    "revocation",
    "schema_version",
    "time",
    "tsa_roots",
];

impl Policy {
    /// Reads a policy file (`schemas/policy.schema.json`).
    ///
    /// # Errors
    /// What is wrong with it. A policy that is not understood is never guessed at.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let value = json::parse(bytes).map_err(|error| error.to_string())?;
        let members = value.members().ok_or("a policy is a JSON object")?;
        if let Some((name, _)) = members
            .iter()
            .find(|(name, _)| !MEMBERS.contains(&name.as_str()))
        {
            return Err(format!("unknown member `{name}`"));
        }
        if value.member("schema_version").and_then(Value::as_integer) != Some(1) {
            return Err("`schema_version` is not 1".into());
        }
        let mut policy = Self::default();
        for text in texts(&value, "device_keys")? {
            let key =
                DeviceKey::parse(text).ok_or_else(|| format!("not a device key: `{text}`"))?;
            policy.device_keys.push(key);
        }
        for text in texts(&value, "tsa_roots")? {
            policy.add_roots(text.as_bytes())?;
        }
        for text in texts(&value, "require")? {
            let ring = Ring::parse(text).ok_or_else(|| format!("no such ring: `{text}`"))?;
            policy.require.push(ring);
        }
        for text in texts(&value, "accept")? {
            match text {
                "offline-genesis" => policy.accept.push(Acceptance::OfflineGenesis),
                _ => return Err(format!("nothing to accept by the name `{text}`")),
            }
        }
        if let Some(demand) = value.member("revocation") {
            let demand = demand.as_text().and_then(RevocationDemand::parse);
            policy.revocation = demand.ok_or("`revocation` is not `if-present` or `required`")?;
        }
        policy.expected_tip = match value.member("expect_tip") {
            None | Some(Value::Null) => None,
            Some(tip) => {
                let hash = tip
                    .as_text()
                    .and_then(|text| Hash::from_hex(text.as_bytes()));
                Some(hash.ok_or("`expect_tip` is not 64 hex characters")?)
            }
        };
        for (name, slot) in [
            ("max_skew_seconds", &mut policy.max_skew_seconds),
            ("max_bracket_seconds", &mut policy.max_bracket_seconds),
        ] {
            if value.member(name).is_some() {
                *slot = value
                    .require_count(name)
                    .map_err(|error| error.to_string())?;
            }
        }
        if let Some(time) = value.member("time") {
            let micros = time.as_text().and_then(parse_time);
            policy.time_micros = Some(micros.ok_or("`time` is not an RFC 3339 time in UTC")?);
        }
        Ok(policy)
    }

    /// Adds every certificate of a PEM text as a root.
    ///
    /// # Errors
    /// If the text holds none, or one that cannot be read.
    pub fn add_roots(&mut self, pem: &[u8]) -> Result<(), String> {
        let anchors = TrustAnchor::all_from_pem(pem).map_err(|error| error.to_string())?;
        if anchors.is_empty() {
            return Err("no certificate in PEM form".into());
        }
        self.tsa_roots.extend(anchors);
        Ok(())
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

fn texts<'a>(value: &'a Value, name: &str) -> Result<Vec<&'a str>, String> {
    let Some(member) = value.member(name) else {
        return Ok(Vec::new());
    };
    let items = member
        .as_array()
        .ok_or_else(|| format!("`{name}` is not an array"))?;
    items
        .iter()
        .map(|item| {
            item.as_text()
                .ok_or_else(|| format!("`{name}` holds something not a string"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_is_not_understood_is_refused() {
        let check = |text: &str, accepted: bool| {
            assert_eq!(Policy::parse(text.as_bytes()).is_ok(), accepted, "{text}");
        };
        check(r#"{"schema_version": 1}"#, true);
        check(
            r#"{"schema_version": 1, "require": ["completeness"]}"#,
            true,
        );
        check(r#"{"schema_version": 1, "require": ["honesty"]}"#, false);
        check(r#"{"schema_version": 1, "accept": ["everything"]}"#, false);
        check(r#"{"schema_version": 1, "tsa_root": []}"#, false);
        check(r#"{"schema_version": 1, "revocation": "required"}"#, true);
        check(r#"{"schema_version": 1, "revocation": "sometimes"}"#, false);
        check(r#"{"schema_version": 1, "revocation": null}"#, false);
        check(r#"{"schema_version": 2}"#, false);
        check(r#"{"schema_version": 1, "device_keys": ["abc"]}"#, false);
        check(r#"{"schema_version": 1, "tsa_roots": ["no pem"]}"#, false);
    }

    #[test]
    fn the_three_rings_cannot_be_removed() {
        let policy = Policy::parse(br#"{"schema_version": 1, "require": []}"#).unwrap();
        assert!(policy.requires(Ring::Integrity) && policy.requires(Ring::Origin));
        assert!(policy.requires(Ring::Time) && !policy.requires(Ring::Completeness));
    }
}
