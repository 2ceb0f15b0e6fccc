//! Time-stamp authorities as they are configured: where they are, what is expected of them, and
//! how often they may be asked.
//!
//! Nothing here reads a file or asks anybody: hooks load a configuration on every call.

mod preset;
mod roots;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use proofline_tsa_client::{DEFAULT_MAX_RESPONSE_BYTES, Timeouts};

pub use self::preset::{PRESETS, Preset};
pub use self::roots::{RootError, Roots};

/// A time-stamp authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// What people call it; the URL, where nobody said.
    pub name: String,
    /// Where it is asked. Two with one URL are one authority.
    pub url: String,
    /// The preset that it was taken from.
    pub preset: Option<&'static str>,
    /// A PEM file with the roots to one of which its tokens must lead, and with certificates that
    /// it leaves out of them.
    pub root: Option<PathBuf>,
    /// The policy to ask for, in dotted form.
    pub policy: Option<String>,
    /// The heavier is asked first.
    pub weight: u32,
    /// Shortest time between two requests.
    pub min_interval: Duration,
    /// How long it is waited for.
    pub timeouts: Timeouts,
    /// Octets in an answer.
    pub max_response_bytes: usize,
}

/// A weight that nobody chose.
const DEFAULT_WEIGHT: u32 = 100;

/// Why something names no authority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// Not a URL of HTTP.
    #[error("time-stamp authority `{url}` is not an http or https URL")]
    Url {
        /// What was given.
        url: String,
    },
    /// No such preset.
    #[error("there is no preset `{name}`; there are {}", names())]
    Preset {
        /// What was given.
        name: String,
    },
}

fn names() -> String {
    let names: Vec<String> = PRESETS.iter().map(|p| format!("`{}`", p.name)).collect();
    names.join(", ")
}

impl Authority {
    /// The authority at a URL, with every setting as it is by default.
    ///
    /// # Errors
    /// [`AuthorityError::Url`].
    pub fn at(url: &str) -> Result<Self, AuthorityError> {
        if !is_url(url) {
            return Err(AuthorityError::Url { url: url.into() });
        }
        Ok(Self {
            name: without_credentials(url),
            url: url.into(),
            preset: None,
            root: None,
            policy: None,
            weight: DEFAULT_WEIGHT,
            min_interval: Duration::ZERO,
            timeouts: Timeouts::default(),
            max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
        })
    }

    /// The authority of a preset.
    ///
    /// # Errors
    /// [`AuthorityError::Preset`] if there is none of that name.
    pub fn of_preset(name: &str) -> Result<Self, AuthorityError> {
        let unknown = || AuthorityError::Preset { name: name.into() };
        let preset = Preset::by_name(name).ok_or_else(unknown)?;
        Ok(Self {
            name: preset.name.into(),
            preset: Some(preset.name),
            min_interval: Duration::from_secs(preset.min_interval_seconds),
            ..Self::at(preset.url)?
        })
    }

    /// Its URL as messages, logs and reports show it: without user and password.
    #[must_use]
    pub fn shown_url(&self) -> String {
        without_credentials(&self.url)
    }

    /// The authority that a person names: by a URL, or by a preset.
    ///
    /// # Errors
    /// If it is neither.
    pub fn named(text: &str) -> Result<Self, AuthorityError> {
        if text.contains(':') {
            Self::at(text)
        } else {
            Self::of_preset(text)
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.shown_url();
        if self.name == url {
            f.write_str(&url)
        } else {
            write!(f, "{} ({url})", self.name)
        }
    }
}

fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.into();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

fn is_url(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '<' | '>');
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_named_by_url_or_by_preset() {
        let own = Authority::named("http://127.0.0.1:9/tsr").unwrap();
        assert_eq!(own.to_string(), "http://127.0.0.1:9/tsr");
        let sectigo = Authority::named("sectigo").unwrap();
        assert_eq!(sectigo.to_string(), format!("sectigo ({})", sectigo.url));
        assert_eq!(sectigo.min_interval, Duration::from_secs(15));
        for (wrong, want) in [
            ("ftp://a", "`ftp://a` is not an http or https URL"),
            ("http://", "is not an http or https URL"),
            ("http://a b", "is not an http or https URL"),
            ("digisert", "there is no preset `digisert`; there are `"),
            ("", "there is no preset ``"),
        ] {
            let error = Authority::named(wrong).unwrap_err().to_string();
            assert!(error.contains(want), "{wrong}: {error}");
        }
    }

    #[test]
    fn no_message_shows_a_password() {
        for (url, want) in [
            ("http://user:secret@h/p@q", "http://h/p@q"),
            ("https://a@b:secret@h", "https://h"),
            ("http://h:1/?x=a@b", "http://h:1/?x=a@b"),
        ] {
            let authority = Authority::at(url).unwrap();
            assert_eq!(authority.to_string(), want);
            assert_eq!(authority.url, url);
        }
    }

    #[test]
    fn every_preset_is_an_authority_of_its_own() {
        let mut urls = std::collections::BTreeSet::new();
        for preset in PRESETS {
            let authority = Authority::named(preset.name).unwrap();
            assert!(urls.insert(authority.url), "{}", preset.name);
            assert!(!preset.habits.is_empty());
            // Only a trusted list may say that.
            assert!(!preset.habits.contains("ualified"), "{}", preset.name);
        }
    }
}
