//! The policy file. A member that is not understood is an error: a policy is never guessed at.
//!
//! A policy may name files, of roots and of trusted lists. This library does no I/O: whoever calls
//! hands in a function that reads one, and decides from where.

use proofline_format::digest::{Hash, sha256};
use proofline_format::json::{self, Value};
use proofline_tsa::{Sha1Use, TrustDate, oid_from_dotted};

use super::{Acceptance, Authority, Class, DeviceKey, Policy, RevocationDemand, parse_time};
use crate::finding::Ring;
use crate::limits::{MAX_AUTHORITIES, MAX_LIST_NAME_BYTES, MAX_LISTS, MAX_POLICY_FILE_BYTES};
use crate::trusted_list::TrustedList;

const MEMBERS: [&str; 15] = [
    "accept",
    "algorithms",
    "authorities",
    "device_keys",
    "expect_tip",
    "independent_authorities",
    "legacy",
    "max_bracket_seconds",
    "max_skew_seconds",
    "require",
    "revocation",
    "schema_version",
    "time",
    "trusted_lists",
    "tsa_roots",
];

const AUTHORITY_MEMBERS: [&str; 6] = [
    "class",
    "name",
    "policies",
    "roots",
    "valid_from",
    "valid_until",
];

/// Microseconds in a second.
const MICROS: i64 = 1_000_000;

/// Reads a file by the name that a policy has for it.
type ReadFile<'a> = &'a mut dyn FnMut(&str) -> Result<Vec<u8>, String>;

impl Policy {
    /// Reads a policy (`schemas/policy.schema.json`) that names no files.
    ///
    /// # Errors
    /// What is wrong with it. A policy that is not understood is never guessed at.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        Self::parse_with(bytes, &mut |_| Err("no files are read here".into()))
    }

    /// Reads a policy, and the files that it names by way of `read_file`.
    ///
    /// # Errors
    /// What is wrong with the policy, or with one of its files.
    pub fn parse_with(bytes: &[u8], read_file: ReadFile<'_>) -> Result<Self, String> {
        let value = json::parse(bytes).map_err(|error| error.to_string())?;
        only_members(&value, &MEMBERS, "a policy")?;
        if value.member("schema_version").and_then(Value::as_integer) != Some(1) {
            return Err("`schema_version` is not 1".into());
        }
        let mut policy = Self {
            file_sha256: Some(sha256(bytes)),
            ..Self::default()
        };
        for text in texts(&value, "device_keys")? {
            let key =
                DeviceKey::parse(text).ok_or_else(|| format!("not a device key: `{text}`"))?;
            policy.device_keys.push(key);
        }
        for root in array(&value, "tsa_roots")? {
            if let Root::Fingerprint(hash) = policy.root(root, read_file)? {
                policy.root_fingerprints.push(hash);
            }
        }
        policy.read_authorities(&value, read_file)?;
        policy.read_allowances(&value)?;
        for name in texts(&value, "trusted_lists")? {
            if policy.trusted_lists.len() == MAX_LISTS {
                return Err(format!("more than {MAX_LISTS} trusted lists"));
            }
            let list = TrustedList::parse(&read(name, read_file)?);
            let list = list.map_err(|error| format!("trusted list `{name}`: {error}"))?;
            policy.trusted_lists.push(list);
        }
        policy.read_demands(&value)?;
        Ok(policy)
    }

    /// Which rings must pass, and by which measures.
    fn read_demands(&mut self, value: &Value) -> Result<(), String> {
        for text in texts(value, "require")? {
            let ring = Ring::parse(text).ok_or_else(|| format!("no such ring: `{text}`"))?;
            self.require.push(ring);
        }
        for text in texts(value, "accept")? {
            match text {
                "offline-genesis" => self.accept.push(Acceptance::OfflineGenesis),
                _ => return Err(format!("nothing to accept by the name `{text}`")),
            }
        }
        if let Some(demand) = value.member("revocation") {
            let demand = demand.as_text().and_then(RevocationDemand::parse);
            self.revocation = demand.ok_or("`revocation` is not `if-present` or `required`")?;
        }
        self.expected_tip = match value.member("expect_tip") {
            None | Some(Value::Null) => None,
            Some(tip) => {
                let hash = tip
                    .as_text()
                    .and_then(|text| Hash::from_hex(text.as_bytes()));
                Some(hash.ok_or("`expect_tip` is not 64 hex characters")?)
            }
        };
        for (name, slot) in [
            ("max_skew_seconds", &mut self.max_skew_seconds),
            ("max_bracket_seconds", &mut self.max_bracket_seconds),
        ] {
            if value.member(name).is_some() {
                *slot = value
                    .require_count(name)
                    .map_err(|error| error.to_string())?;
            }
        }
        self.time_micros = time(value, "time")?;
        if value.member("independent_authorities").is_some() {
            let count = value.require_count("independent_authorities");
            let count = count.ok().and_then(|count| usize::try_from(count).ok());
            let in_range = count.filter(|count| (1..=MAX_AUTHORITIES).contains(count));
            self.independent_authorities = in_range.ok_or_else(|| {
                format!("`independent_authorities` is not a number from 1 to {MAX_AUTHORITIES}")
            })?;
        }
        Ok(())
    }

    /// What is let pass: SHA-1 by its use, algorithms beyond their date.
    fn read_allowances(&mut self, value: &Value) -> Result<(), String> {
        for text in texts(value, "legacy")? {
            self.allow_sha1.push(match text {
                "sha1-digest" => Sha1Use::Digest,
                "sha1-imprint" => Sha1Use::Imprint,
                "sha1-signature" => Sha1Use::Signature,
                _ => return Err(format!("no legacy use by the name `{text}`")),
            });
        }
        let Some(dates) = value.member("algorithms") else {
            return Ok(());
        };
        let dates = dates.members().ok_or("`algorithms` is not an object")?;
        for (name, until) in dates {
            let date = match until {
                Value::Null => TrustDate::no_end(name),
                _ => {
                    let micros = until.as_text().and_then(parse_time);
                    let micros = micros.ok_or_else(|| {
                        format!("`algorithms`: `{name}` has no RFC 3339 time in UTC")
                    })?;
                    TrustDate::until(name, micros.div_euclid(MICROS))
                }
            };
            let unknown = || format!("`algorithms`: no algorithm has the name `{name}`");
            self.trust_dates.push(date.ok_or_else(unknown)?);
        }
        Ok(())
    }

    fn read_authorities(&mut self, value: &Value, read_file: ReadFile<'_>) -> Result<(), String> {
        for one in array(value, "authorities")? {
            if self.authorities.len() == MAX_AUTHORITIES {
                return Err(format!("more than {MAX_AUTHORITIES} authorities"));
            }
            let authority = self.authority(one, read_file)?;
            if self
                .authorities
                .iter()
                .any(|other| other.name == authority.name)
            {
                return Err(format!(
                    "two authorities have the name `{}`",
                    authority.name
                ));
            }
            self.authorities.push(authority);
        }
        Ok(())
    }

    fn authority(&mut self, value: &Value, read_file: ReadFile<'_>) -> Result<Authority, String> {
        only_members(value, &AUTHORITY_MEMBERS, "an authority")?;
        let name = value.member("name").and_then(Value::as_text);
        let name = name.filter(|name| (1..=MAX_LIST_NAME_BYTES).contains(&name.len()));
        let name = name.ok_or_else(|| {
            format!("an authority has no `name` of 1 to {MAX_LIST_NAME_BYTES} bytes")
        })?;
        let named = |error: String| format!("authority `{name}`: {error}");
        let mut roots = Vec::new();
        for root in array(value, "roots").map_err(named)? {
            match self.root(root, read_file).map_err(named)? {
                Root::Fingerprint(hash) => roots.push(hash),
                Root::Certificates(hashes) => roots.extend(hashes),
            }
        }
        if roots.is_empty() {
            return Err(named("it has no `roots`".into()));
        }
        let policies = texts(value, "policies").map_err(named)?;
        if let Some(text) = policies.iter().find(|text| oid_from_dotted(text).is_none()) {
            return Err(named(format!("not an object identifier: `{text}`")));
        }
        if value.member("policies").is_some() && policies.is_empty() {
            return Err(named(
                "`policies` is empty; leave it out to allow any".into(),
            ));
        }
        let valid_from = time(value, "valid_from").map_err(named)?;
        let valid_until = time(value, "valid_until").map_err(named)?;
        if valid_from
            .zip(valid_until)
            .is_some_and(|(from, until)| from > until)
        {
            return Err(named("`valid_from` is after `valid_until`".into()));
        }
        let class = match value.member("class").map(Value::as_text) {
            None => None,
            Some(text) => {
                let class = text.and_then(Class::parse);
                let refused = || named("`class` is none of public, private, qualified".into());
                Some(class.ok_or_else(refused)?)
            }
        };
        Ok(Authority {
            name: name.to_owned(),
            roots,
            valid_from,
            valid_until,
            policies: policies.into_iter().map(String::from).collect(),
            class,
        })
    }

    /// A root: PEM text, a fingerprint, or `{"file": name}`.
    fn root(&mut self, value: &Value, read_file: ReadFile<'_>) -> Result<Root, String> {
        if let Some(text) = value.as_text() {
            return match Hash::from_hex(text.trim().to_ascii_lowercase().as_bytes()) {
                Some(hash) => Ok(Root::Fingerprint(hash)),
                None => self.roots_of(text.as_bytes()).map(Root::Certificates),
            };
        }
        only_members(value, &["file"], "a root")?;
        let name = value.member("file").and_then(Value::as_text);
        let name = name.ok_or("a root is PEM text, 64 hex characters or `{\"file\": name}`")?;
        let hashes = self.roots_of(&read(name, read_file)?);
        hashes
            .map(Root::Certificates)
            .map_err(|error| format!("root file `{name}`: {error}"))
    }
}

/// How a root was given.
enum Root {
    Fingerprint(Hash),
    Certificates(Vec<Hash>),
}

fn read(name: &str, read_file: ReadFile<'_>) -> Result<Vec<u8>, String> {
    let bytes = read_file(name).map_err(|error| format!("file `{name}`: {error}"))?;
    if bytes.len() > MAX_POLICY_FILE_BYTES {
        return Err(format!(
            "file `{name}`: larger than {MAX_POLICY_FILE_BYTES} bytes"
        ));
    }
    Ok(bytes)
}

fn only_members(value: &Value, allowed: &[&str], what: &str) -> Result<(), String> {
    let members = value
        .members()
        .ok_or_else(|| format!("{what} is a JSON object"))?;
    let mut names = members.iter().map(|(name, _)| name.as_str());
    match names.find(|name| !allowed.contains(name)) {
        Some(name) => Err(format!("{what} has an unknown member `{name}`")),
        None => Ok(()),
    }
}

fn time(value: &Value, name: &str) -> Result<Option<i64>, String> {
    let Some(time) = value.member(name) else {
        return Ok(None);
    };
    let micros = time.as_text().and_then(parse_time);
    let refused = || format!("`{name}` is not an RFC 3339 time in UTC");
    micros.ok_or_else(refused).map(Some)
}

fn array<'a>(value: &'a Value, name: &str) -> Result<&'a [Value], String> {
    match value.member(name) {
        None => Ok(&[]),
        Some(member) => member
            .as_array()
            .ok_or_else(|| format!("`{name}` is not an array")),
    }
}

fn texts<'a>(value: &'a Value, name: &str) -> Result<Vec<&'a str>, String> {
    let texts = array(value, name)?.iter().map(|item| {
        item.as_text()
            .ok_or_else(|| format!("`{name}` holds something not a string"))
    });
    texts.collect()
}
