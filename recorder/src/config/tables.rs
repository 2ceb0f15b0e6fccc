//! The tables of a configuration file, and the checks of what they say.

use std::path::Path;
use std::time::Duration;

use proofline_tsa::limits::MAX_TOKEN_BYTES;
use proofline_tsa_client::Timeouts;
use serde::Deserialize;

use crate::authority::Authority;
use crate::revocation::RevocationRule;

/// Longest interval between two requests that a configuration may ask for: a week.
const MAX_INTERVAL_SECONDS: u64 = 7 * 86_400;
/// Longest time that an authority may be waited for.
const MAX_TIMEOUT_SECONDS: u64 = 300;
/// Most authorities for each checkpoint.
const MAX_AUTHORITIES: u64 = 16;
/// Longest time after which revocation data is fetched again.
const MAX_AGAIN_AFTER_DAYS: u64 = 365;
/// Characters in an authority's name.
const MAX_NAME_CHARS: usize = 64;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tables {
    #[serde(default)]
    pub(super) tsa: Vec<AuthorityTable>,
    #[serde(default)]
    pub(super) checkpoint: CheckpointTable,
    #[serde(default)]
    pub(super) revocation: RevocationTable,
    #[serde(default)]
    pub(super) hook: HookTable,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorityTable {
    url: Option<String>,
    preset: Option<String>,
    name: Option<String>,
    root: Option<String>,
    policy: Option<String>,
    weight: Option<u32>,
    min_interval_seconds: Option<u64>,
    connect_timeout_seconds: Option<u64>,
    timeout_seconds: Option<u64>,
    max_response_bytes: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckpointTable {
    pub(super) interval_minutes: Option<u64>,
    pub(super) entries: Option<u64>,
    authorities: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RevocationTable {
    enabled: Option<bool>,
    again_after_days: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HookTable {
    pub(super) store_wait_ms: Option<u64>,
}

impl AuthorityTable {
    /// The authority; paths are relative to the folder of the file that names them.
    pub(super) fn into_authority(self, folder: &Path) -> Result<Authority, String> {
        let mut authority = match (&self.url, &self.preset) {
            (Some(url), None) => Authority::at(url),
            (None, Some(preset)) => Authority::of_preset(preset),
            (Some(_), Some(_)) => return Err("`url` and `preset` exclude each other".into()),
            (None, None) => return Err("`url` or `preset` is missing".into()),
        }
        .map_err(|error| error.to_string())?;
        if let Some(name) = self.name {
            let is_plain = |c: char| !c.is_control();
            let length = name.chars().count();
            if length == 0 || length > MAX_NAME_CHARS || !name.chars().all(is_plain) {
                return Err(format!(
                    "`name` is not 1 to {MAX_NAME_CHARS} plain characters"
                ));
            }
            authority.name = name;
        }
        authority.root = self.root.map(|root| folder.join(root));
        if let Some(policy) = &self.policy
            && proofline_tsa::oid_from_dotted(policy).is_none()
        {
            return Err(format!("`policy` `{policy}` is not an object identifier"));
        }
        authority.policy = self.policy;
        authority.weight = self.weight.unwrap_or(authority.weight);
        if let Some(seconds) = self.min_interval_seconds {
            let name = "min_interval_seconds";
            let seconds = within(name, seconds, 0, MAX_INTERVAL_SECONDS)?;
            authority.min_interval = Duration::from_secs(seconds);
        }
        authority.timeouts = timeouts(
            authority.timeouts,
            self.connect_timeout_seconds,
            self.timeout_seconds,
        )?;
        if let Some(bytes) = self.max_response_bytes {
            let most = u64::try_from(MAX_TOKEN_BYTES).unwrap_or(u64::MAX);
            let bytes = within("max_response_bytes", bytes, 1, most)?;
            authority.max_response_bytes = usize::try_from(bytes).unwrap_or(MAX_TOKEN_BYTES);
        }
        Ok(authority)
    }
}

impl CheckpointTable {
    /// How many authorities are to stamp each checkpoint, if the file says so.
    pub(super) fn authorities(&self) -> Result<Option<usize>, String> {
        let Some(count) = self.authorities else {
            return Ok(None);
        };
        let count = within("authorities", count, 1, MAX_AUTHORITIES)?;
        Ok(usize::try_from(count).ok())
    }
}

impl RevocationTable {
    /// The rule; what the file does not say stays.
    pub(super) fn into_rule(self, before: RevocationRule) -> Result<RevocationRule, String> {
        let mut rule = before;
        rule.enabled = self.enabled.unwrap_or(rule.enabled);
        if let Some(days) = self.again_after_days {
            // Before a day has passed, nothing could be said that was not said the first time.
            let days = within("again_after_days", days, 1, MAX_AGAIN_AFTER_DAYS)?;
            rule.again_after = Duration::from_secs(days.saturating_mul(86_400));
        }
        Ok(rule)
    }
}

fn timeouts(
    mut timeouts: Timeouts,
    connect: Option<u64>,
    total: Option<u64>,
) -> Result<Timeouts, String> {
    if let Some(seconds) = connect {
        let seconds = within("connect_timeout_seconds", seconds, 1, MAX_TIMEOUT_SECONDS)?;
        timeouts.connect = Duration::from_secs(seconds);
    }
    if let Some(seconds) = total {
        let seconds = within("timeout_seconds", seconds, 1, MAX_TIMEOUT_SECONDS)?;
        timeouts.total = Duration::from_secs(seconds);
    }
    Ok(timeouts)
}

fn within(name: &str, value: u64, least: u64, most: u64) -> Result<u64, String> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(format!("`{name}` is {value}, not {least} to {most}"))
    }
}
