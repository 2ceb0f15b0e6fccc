//! A snapshot of a trusted list (ETSI TS 119 612): which qualified time-stamp services a member
//! state listed, and since when.
//!
//! ```text
//! TrustServiceStatusList
//! ├ SchemeInformation           territory, sequence number, date of issue, next update
//! └ TrustServiceProviderList
//!   └ TrustServiceProvider
//!     └ TSPServices / TSPService
//!       ├ ServiceInformation    type, name, digital identity, status, since when
//!       └ ServiceHistory        earlier states of the same service
//! ```
//!
//! The list's own signature is not checked: the user chose the file, and the report prints its
//! digest, date and number, so that somebody else can compare them with what was published.
//! Only services whose type is, or once was, that of qualified time stamps are kept. A service
//! with a part that cannot be read is left out whole and counted: half of a history could make a
//! withdrawn service look granted.

use proofline_format::digest::{Hash, sha256};
use proofline_format::encoding::base64_decode;
use proofline_tsa::Certificate;
use roxmltree::{Document, Node, ParsingOptions};

use self::xml::{NAMESPACE, child, children, content, kept, name_of, text_of, time_of};

use crate::limits::{
    MAX_LIST_BYTES, MAX_LIST_NODES, MAX_LIST_SERVICES, MAX_SERVICE_HISTORY, MAX_SERVICE_IDENTITIES,
};

mod form;
mod xml;

/// The type of a service that issues qualified time stamps (ETSI TS 119 612 §5.5.1.1).
const QUALIFIED_TIME_STAMPS: &str = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST";
/// The status of a qualified service (ETSI TS 119 612 §5.5.4).
const GRANTED: &str = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted";
/// Versions of the form that are read; 6 adds members that nothing here needs.
const VERSIONS: [&str; 2] = ["5", "6"];
/// What a number in JSON can hold.
const MAX_SEQUENCE_NUMBER: u64 = 1 << 53;
/// Extensions of a service whose content does not touch what a time stamp is.
const HARMLESS_EXTENSIONS: [&str; 3] = [
    "AdditionalServiceInformation",
    "ExpiredCertsRevocationInfo",
    "TakenOverBy",
];

/// What a list says about qualified time stamps, and which list it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedList {
    /// SHA-256 of the file.
    pub sha256: Hash,
    /// Whose list it is: two letters, as it says.
    pub territory: String,
    /// Which of the lists of that territory.
    pub sequence_number: u64,
    /// When it was issued, in seconds since 1970.
    pub issued: i64,
    /// Until when it speaks, in seconds since 1970; `None` in the last list of a scheme.
    pub next_update: Option<i64>,
    /// Services in it, of every kind.
    pub services: usize,
    /// Services that were left out, because a part of them cannot be read.
    pub unreadable: usize,
    stamping: Vec<Service>,
}

/// A service that issues, or issued, qualified time stamps.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Service {
    provider: String,
    name: String,
    /// The present state and the earlier ones.
    states: Vec<State>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    since: i64,
    is_granted: bool,
    identities: Vec<Identity>,
}

/// A certificate that identifies a service: the same, or another one for the same name and key
/// (ETSI TS 119 612 §5.5.3).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    fingerprint: [u8; 32],
    subject: Vec<u8>,
    public_key: Vec<u8>,
}

/// A service that a list shows as granted at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The provider's name, as the list says.
    pub provider: String,
    /// The service's name, as the list says.
    pub service: String,
    /// Since when it has been granted, in seconds since 1970.
    pub since: i64,
    /// Which certificate of the path is the service's: 0 the stamping unit's, 1 its issuer's, …
    pub path_index: usize,
}

/// Why a list does not show a path as that of a granted service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotListed {
    /// No service of the list has a certificate of the path.
    Unknown,
    /// A service has, and was not granted at that time.
    NotGranted,
    /// The list ends before that time.
    ListEnds,
}

impl NotListed {
    /// The reason in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "no qualified time-stamp service in it has a certificate of this path",
            Self::NotGranted => "the service was not granted at the token's time",
            Self::ListEnds => "it ends before the token's time",
        }
    }
}

impl TrustedList {
    /// Reads a list.
    ///
    /// # Errors
    /// What is wrong with it: it is not such a list, or breaks a limit.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_LIST_BYTES {
            return Err(format!("it is larger than {MAX_LIST_BYTES} bytes"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8")?;
        form::check(text)?;
        let options = ParsingOptions {
            allow_dtd: false,
            nodes_limit: MAX_LIST_NODES,
            ..ParsingOptions::default()
        };
        let document =
            Document::parse_with_options(text, options).map_err(|error| error.to_string())?;
        let root = document.root_element();
        if !root.has_tag_name((NAMESPACE, "TrustServiceStatusList")) {
            return Err("it is not a trusted list (`TrustServiceStatusList`)".into());
        }
        let scheme = child(root, "SchemeInformation").ok_or("it has no `SchemeInformation`")?;
        let version = text_of(scheme, "TSLVersionIdentifier")?;
        if !VERSIONS.contains(&version) {
            return Err(format!("its version is `{version:.16}`, read are 5 and 6"));
        }
        let sequence_number = text_of(scheme, "TSLSequenceNumber")?;
        let next_update = child(scheme, "NextUpdate").ok_or("it has no `NextUpdate`")?;
        let mut list = Self {
            sha256: sha256(bytes),
            territory: kept(text_of(scheme, "SchemeTerritory")?),
            sequence_number: sequence_number
                .parse()
                .ok()
                .filter(|number| *number < MAX_SEQUENCE_NUMBER)
                .ok_or_else(|| format!("its sequence number is `{sequence_number:.24}`"))?,
            issued: time_of(scheme, "ListIssueDateTime")?,
            next_update: match child(next_update, "dateTime") {
                Some(_) => Some(time_of(next_update, "dateTime")?),
                None => None,
            },
            services: 0,
            unreadable: 0,
            stamping: Vec::new(),
        };
        if let Some(providers) = child(root, "TrustServiceProviderList") {
            list.take_providers(providers)?;
        }
        Ok(list)
    }

    fn take_providers(&mut self, providers: Node<'_, '_>) -> Result<(), String> {
        for provider in children(providers, "TrustServiceProvider") {
            let name = child(provider, "TSPInformation")
                .and_then(|information| child(information, "TSPName"))
                .map_or_else(String::new, name_of);
            let services = child(provider, "TSPServices");
            for service in services
                .into_iter()
                .flat_map(|all| children(all, "TSPService"))
            {
                self.services = self.services.saturating_add(1);
                if self.services > MAX_LIST_SERVICES {
                    return Err(format!("it has more than {MAX_LIST_SERVICES} services"));
                }
                match Service::read(service, &name) {
                    Ok(Some(service)) => self.stamping.push(service),
                    Ok(None) => {}
                    Err(_) => self.unreadable = self.unreadable.saturating_add(1),
                }
            }
        }
        Ok(())
    }

    /// Services that issue, or issued, qualified time stamps.
    #[must_use]
    pub const fn stamping_services(&self) -> usize {
        self.stamping.len()
    }

    /// Whether the list shows a path, the stamping unit first, as that of a service which was
    /// granted at a time.
    ///
    /// A list speaks up to its next update, and the last list of a scheme up to its date of issue.
    ///
    /// # Errors
    /// Why it does not.
    pub fn find(&self, path: &[Certificate<'_>], unix_seconds: i64) -> Result<Listed, NotListed> {
        let path: Vec<Identity> = path.iter().map(Identity::of).collect();
        let mut reason = NotListed::Unknown;
        for service in &self.stamping {
            let Some(path_index) = path.iter().position(|one| service.is_identified_by(one)) else {
                continue;
            };
            match service.granted_since(unix_seconds) {
                _ if unix_seconds > self.next_update.unwrap_or(self.issued) => {
                    reason = NotListed::ListEnds;
                }
                Some(since) => {
                    return Ok(Listed {
                        provider: service.provider.clone(),
                        service: service.name.clone(),
                        since,
                        path_index,
                    });
                }
                None => reason = NotListed::NotGranted,
            }
        }
        Err(reason)
    }
}

impl Service {
    /// A service of a list; `None` if it never was one for qualified time stamps.
    fn read(service: Node<'_, '_>, provider: &str) -> Result<Option<Self>, String> {
        let present = child(service, "ServiceInformation").ok_or("no `ServiceInformation`")?;
        let history = child(service, "ServiceHistory");
        let earlier = history
            .into_iter()
            .flat_map(|all| children(all, "ServiceHistoryInstance"));
        let instances: Vec<Node<'_, '_>> = [present]
            .into_iter()
            .chain(earlier)
            .take(MAX_SERVICE_HISTORY.saturating_add(1))
            .collect();
        if instances.len() > MAX_SERVICE_HISTORY {
            return Err("too many states".into());
        }
        let is_stamping = |one: &Node<'_, '_>| {
            text_of(*one, "ServiceTypeIdentifier") == Ok(QUALIFIED_TIME_STAMPS)
        };
        if !instances.iter().any(is_stamping) {
            return Ok(None);
        }
        let states: Result<Vec<State>, String> = instances.into_iter().map(State::read).collect();
        Ok(Some(Self {
            provider: provider.to_owned(),
            name: child(present, "ServiceName").map_or_else(String::new, name_of),
            states: states?,
        }))
    }

    fn is_identified_by(&self, other: &Identity) -> bool {
        let mut identities = self.states.iter().flat_map(|state| &state.identities);
        identities.any(|one| {
            one.fingerprint == other.fingerprint
                || (one.subject == other.subject && one.public_key == other.public_key)
        })
    }

    /// The start of the state that was in force, if it is one of being granted. Of several states
    /// with the same start all must be.
    fn granted_since(&self, unix_seconds: i64) -> Option<i64> {
        let begun = self.states.iter().map(|state| state.since);
        let since = begun.filter(|&since| since <= unix_seconds).max()?;
        let mut in_force = self.states.iter().filter(|state| state.since == since);
        in_force.all(|state| state.is_granted).then_some(since)
    }
}

impl State {
    fn read(instance: Node<'_, '_>) -> Result<Self, String> {
        let kind = text_of(instance, "ServiceTypeIdentifier")?;
        let status = text_of(instance, "ServiceStatus")?;
        let mut identities = Vec::new();
        let identity = child(instance, "ServiceDigitalIdentity");
        for id in identity
            .into_iter()
            .flat_map(|all| children(all, "DigitalId"))
        {
            // Names and key identifiers, which other forms are, do not prove whose a key is.
            let Some(certificate) = child(id, "X509Certificate") else {
                continue;
            };
            if identities.len() == MAX_SERVICE_IDENTITIES {
                return Err("too many identities".into());
            }
            identities.push(Identity::read(content(certificate))?);
        }
        Ok(Self {
            since: time_of(instance, "StatusStartingTime")?,
            is_granted: kind == QUALIFIED_TIME_STAMPS
                && status == GRANTED
                && !has_unknown_critical(instance),
            identities,
        })
    }
}

impl Identity {
    fn read(base64: &str) -> Result<Self, String> {
        let packed: String = base64.split_ascii_whitespace().collect();
        let der = base64_decode(packed.as_bytes()).ok_or("a certificate is not base64")?;
        let certificate = Certificate::parse(&der).map_err(|error| error.to_string())?;
        Ok(Self::of(&certificate))
    }

    fn of(certificate: &Certificate<'_>) -> Self {
        Self {
            fingerprint: certificate.fingerprint(),
            subject: certificate.subject_der().to_vec(),
            public_key: certificate.public_key_der().to_vec(),
        }
    }
}

/// ETSI TS 119 612 §5.5.9: who does not understand a critical extension does not use the service.
fn has_unknown_critical(instance: Node<'_, '_>) -> bool {
    let extensions = child(instance, "ServiceInformationExtensions");
    let mut extensions = extensions
        .into_iter()
        .flat_map(|all| children(all, "Extension"));
    extensions.any(|extension| {
        let is_critical = !matches!(extension.attribute("Critical"), Some("false" | "0"));
        let mut parts = extension.children().filter(Node::is_element);
        is_critical && !parts.all(|part| HARMLESS_EXTENSIONS.contains(&part.tag_name().name()))
    })
}

#[cfg(test)]
mod tests;
