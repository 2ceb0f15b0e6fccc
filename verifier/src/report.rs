//! The result of a verification: five rings, always all of them, and every finding.

use std::collections::BTreeSet;

use proofline_format::digest::{Hash, sha256};
use proofline_tsa::RevocationStatus;

use crate::finding::{Code, Finding, Place, Ring, Severity};
use crate::policy::Policy;
use crate::trusted_list::TrustedList;

mod json;
mod token;

pub use self::json::SCHEMA_VERSION;
pub use self::token::{ProofReport, RevocationCounts, TokenDetail, TokenReport};

/// Findings that are kept; further ones are counted.
pub const MAX_FINDINGS: usize = 1_000;

/// What was looked at. A ring passes only when all of its checks were performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    missing_docs,
    reason = "the names say it; `as_str` is the text for people"
)]
pub enum Check {
    ArchiveLayout,
    ManifestForm,
    FileDigests,
    EntryForm,
    ChainHashes,
    ManifestValues,
    CheckpointRoots,
    EvidenceItems,
    Objects,
    ManifestSignature,
    KeyHistory,
    EntrySignatures,
    NoteSignatures,
    StatementSignature,
    DevicePin,
    Tokens,
    Brackets,
    Sessions,
    ExpectedTip,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 19] = [
        Self::ArchiveLayout,
        Self::ManifestForm,
        Self::FileDigests,
        Self::EntryForm,
        Self::ChainHashes,
        Self::ManifestValues,
        Self::CheckpointRoots,
        Self::EvidenceItems,
        Self::Objects,
        Self::ManifestSignature,
        Self::KeyHistory,
        Self::EntrySignatures,
        Self::NoteSignatures,
        Self::StatementSignature,
        Self::DevicePin,
        Self::Tokens,
        Self::Brackets,
        Self::Sessions,
        Self::ExpectedTip,
    ];

    /// The ring that it belongs to.
    #[must_use]
    pub const fn ring(self) -> Ring {
        match self {
            Self::ArchiveLayout
            | Self::ManifestForm
            | Self::FileDigests
            | Self::EntryForm
            | Self::ChainHashes
            | Self::ManifestValues
            | Self::CheckpointRoots
            | Self::EvidenceItems
            | Self::Objects => Ring::Integrity,
            Self::ManifestSignature
            | Self::KeyHistory
            | Self::EntrySignatures
            | Self::NoteSignatures
            | Self::StatementSignature
            | Self::DevicePin => Ring::Origin,
            Self::Tokens | Self::Brackets => Ring::Time,
            Self::Sessions | Self::ExpectedTip => Ring::Completeness,
        }
    }

    /// The name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ArchiveLayout => "archive layout",
            Self::ManifestForm => "manifest form",
            Self::FileDigests => "file digests",
            Self::EntryForm => "canonical lines",
            Self::ChainHashes => "chain hashes",
            Self::ManifestValues => "manifest and statement values",
            Self::CheckpointRoots => "checkpoint roots",
            Self::EvidenceItems => "received evidence",
            Self::Objects => "objects",
            Self::ManifestSignature => "manifest signature",
            Self::KeyHistory => "key history",
            Self::EntrySignatures => "entry signatures",
            Self::NoteSignatures => "checkpoint signatures",
            Self::StatementSignature => "statement signature",
            Self::DevicePin => "given device key",
            Self::Tokens => "time-stamp tokens",
            Self::Brackets => "time brackets",
            Self::Sessions => "closed sessions",
            Self::ExpectedTip => "expected tip",
        }
    }
}

/// Whether the trusted tokens bound every entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// They do.
    Everything,
    /// Something is left unbounded.
    NotEverything,
}

/// What a ring says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RingState {
    /// Every check of the ring was performed and none found anything.
    Pass,
    /// No check was performed.
    NotChecked,
    /// Nothing is wrong, but something is not shown.
    Unproven,
    /// Something is wrong.
    Fail,
}

impl RingState {
    /// The words in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::NotChecked => "NOT CHECKED",
            Self::Unproven => "UNPROVEN",
            Self::Fail => "FAIL",
        }
    }
}

/// The outcome of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All that the policy requires passed, and nothing failed.
    Verified,
    /// Something failed.
    Failed,
    /// Nothing failed, but something required is not shown.
    Indeterminate,
}

impl Verdict {
    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "VERIFIED",
            Self::Failed => "FAILED",
            Self::Indeterminate => "INDETERMINATE",
        }
    }

    /// The exit code.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Verified => 0,
            Self::Failed => 1,
            Self::Indeterminate => 3,
        }
    }
}

/// Entries with the same bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BracketReport {
    /// First entry.
    pub first: u64,
    /// Last entry.
    pub last: u64,
    /// No earlier than this, microseconds since 1970.
    pub lower: Option<i64>,
    /// No later than this, microseconds since 1970.
    pub upper: Option<i64>,
    /// How many independent authorities give a lower bound, whichever.
    pub lower_authorities: usize,
    /// How many independent authorities give an upper bound, whichever.
    pub upper_authorities: usize,
}

impl BracketReport {
    /// Whether entries that follow directly have the same bounds by as many authorities.
    pub(crate) fn continues_as(&self, next: &Self) -> bool {
        let same = Self {
            first: self.first,
            last: self.last,
            ..*next
        };
        *self == same && self.last.checked_add(1) == Some(next.first)
    }
}

/// Numbers and names for people; nothing is decided by them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Digest of the bundle's manifest.
    pub manifest_sha256: Option<Hash>,
    /// The log.
    pub origin: Option<String>,
    /// Fingerprint of the key that signed the manifest, as the bundle says.
    pub device_fingerprint: Option<Hash>,
    /// The given key that was found in the sequence.
    pub pinned_fingerprint: Option<Hash>,
    /// Shape of the export.
    pub filter: Option<&'static str>,
    /// Lines that were read.
    pub entries: u64,
    /// First and last index.
    pub range: Option<(u64, u64)>,
    /// Chain hash of the last line, computed.
    pub tip: Option<Hash>,
    /// `created_at` of the first and last line.
    pub period: Option<(String, String)>,
    /// Entries by `capture_fidelity`: observed, inferred, declared.
    pub fidelity: [u64; 3],
    /// Distinct agents.
    pub agents: BTreeSet<String>,
    /// Sessions, and how many of them have no end here.
    pub sessions: u64,
    /// Sessions without an end.
    pub sessions_open: u64,
    /// Checkpoint entries.
    pub checkpoints: u64,
    /// Checkpoint entries that have a trusted token.
    pub checkpoints_stamped: u64,
    /// Objects in the bundle.
    pub objects: u64,
    /// Objects that are addressed and not in it.
    pub withheld_objects: u64,
    /// `capture_gap` entries.
    pub gaps: u64,
    /// Widest bracket of an entry, in microseconds.
    pub widest_bracket_micros: Option<u64>,
    /// Earliest and latest trusted time, RFC 3339.
    pub trusted_times: Option<(String, String)>,
    /// Name and version of the exporting program, as it says.
    pub tool: Option<(String, String)>,
    /// Signatures that were verified.
    pub signatures: u64,
}

/// A finished verification.
#[derive(Debug, Clone, Default)]
pub struct Report {
    findings: Vec<Finding>,
    findings_dropped: u64,
    worst: std::collections::BTreeMap<Ring, Severity>,
    performed: BTreeSet<Check>,
    required: BTreeSet<Ring>,
    broken_at: Option<u64>,
    deferred: Vec<(Code, Place, String)>,
    /// Numbers and names.
    pub facts: Facts,
    /// Every token that was looked at, by size.
    pub tokens: Vec<TokenReport>,
    /// The bounds of every entry, in order.
    pub brackets: Vec<BracketReport>,
    /// The policy's time of verification, microseconds since 1970.
    pub time_micros: Option<i64>,
    /// How many independent authorities the policy asks for; a bound is one that so many agree on.
    pub independent_authorities: usize,
    /// Trusted lists that the policy names.
    pub trusted_lists: Vec<TrustedList>,
    /// Fingerprints of the given keys, roots and lists.
    pub trust_inputs: Vec<(&'static str, String)>,
}

impl Report {
    pub(crate) fn new(policy: &Policy) -> Self {
        let file = policy.file_sha256.iter();
        let file = file.map(|digest| ("policy", digest.to_string()));
        let keys = policy
            .device_keys
            .iter()
            .map(|k| ("device_key", k.fingerprint().to_string()));
        let roots = policy
            .tsa_roots
            .iter()
            .map(|root| ("tsa_root", root.fingerprint_hex()));
        let named = policy.authorities.iter().flat_map(|one| &one.roots);
        let digests = policy.root_fingerprints.iter().chain(named);
        let digests = digests
            .map(|hash| ("tsa_root", hash.to_string()))
            .filter(|input| !roots.clone().any(|root| root == *input));
        let lists = policy
            .trusted_lists
            .iter()
            .map(|list| ("trusted_list", list.sha256.to_string()));
        let crls = policy
            .crls
            .iter()
            .map(|list| ("crl", sha256(list).to_string()));
        let tip = policy
            .expected_tip
            .iter()
            .map(|tip| ("expected_tip", tip.to_string()));
        Self {
            required: Ring::ALL
                .into_iter()
                .filter(|&ring| policy.requires(ring))
                .collect(),
            time_micros: policy.time_micros,
            independent_authorities: policy.independent_authorities,
            trusted_lists: policy.trusted_lists.clone(),
            trust_inputs: file
                .chain(keys)
                .chain(roots.clone())
                .chain(digests)
                .chain(lists)
                .chain(crls)
                .chain(tip)
                .collect(),
            ..Self::default()
        }
    }

    pub(crate) fn performed(&mut self, check: Check) {
        self.performed.insert(check);
    }

    /// Records what was seen, with the weight of its code.
    pub(crate) fn found(&mut self, code: Code, place: Place, message: impl Into<String>) {
        self.found_as(code, code.severity(), place, message);
    }

    /// Records what was seen, with less weight than its code usually has.
    pub(crate) fn found_as(
        &mut self,
        code: Code,
        severity: Severity,
        place: Place,
        message: impl Into<String>,
    ) {
        let worst = self.worst.entry(code.ring()).or_insert(severity);
        *worst = severity.max(*worst);
        if let (Severity::Fail, Place::Entry(index)) = (severity, &place) {
            self.broken_at = Some(self.broken_at.map_or(*index, |first| first.min(*index)));
        }
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(Finding {
                code,
                severity,
                place,
                message: message.into(),
            });
        } else {
            self.findings_dropped = self.findings_dropped.saturating_add(1);
        }
    }

    /// Keeps a finding whose weight shows only when all is read.
    pub(crate) fn defer(&mut self, code: Code, place: Place, message: String) {
        if self.deferred.len() < MAX_FINDINGS {
            self.deferred.push((code, place, message));
        }
    }

    /// Weighs the deferred findings: notes where everything is shown without them.
    pub(crate) fn settle_deferred(&mut self, shown: Shown) {
        for (code, place, message) in std::mem::take(&mut self.deferred) {
            let severity = if shown == Shown::Everything {
                Severity::Note
            } else {
                code.severity()
            };
            self.found_as(code, severity, place, message);
        }
    }

    /// Puts findings into the order of a report: the gravest first, then by place.
    pub(crate) fn sort(&mut self) {
        self.findings.sort_by(|a, b| {
            let key = |f: &Finding| {
                (
                    std::cmp::Reverse(f.severity),
                    f.code.ring(),
                    f.place.clone(),
                )
            };
            key(a)
                .cmp(&key(b))
                .then(a.code.cmp(&b.code))
                .then(a.message.cmp(&b.message))
        });
    }

    /// Everything that was found, the gravest first, then by ring and place.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Findings beyond [`MAX_FINDINGS`], which are only counted.
    #[must_use]
    pub const fn findings_dropped(&self) -> u64 {
        self.findings_dropped
    }

    /// Index of the first entry with something wrong.
    #[must_use]
    pub const fn broken_at(&self) -> Option<u64> {
        self.broken_at
    }

    /// Checks of a ring that were performed.
    pub fn checks_performed(&self, ring: Ring) -> impl Iterator<Item = Check> {
        self.performed
            .iter()
            .copied()
            .filter(move |check| check.ring() == ring)
    }

    /// How the tokens that lead to a given root stand.
    #[must_use]
    pub fn revocation_counts(&self) -> RevocationCounts {
        let mut counts = RevocationCounts::default();
        for token in self.tokens.iter().filter(|t| t.root_fingerprint.is_some()) {
            let count = match token.detail.revocation_status() {
                RevocationStatus::Good { .. } => &mut counts.good,
                RevocationStatus::Revoked(_) => &mut counts.revoked,
                RevocationStatus::NotChecked => &mut counts.not_checked,
                _ => &mut counts.unknown,
            };
            *count = count.saturating_add(1);
        }
        counts
    }

    /// What a ring says: the worst of its checks.
    #[must_use]
    pub fn ring(&self, ring: Ring) -> RingState {
        match self.worst.get(&ring) {
            Some(Severity::Fail) => return RingState::Fail,
            Some(Severity::Unproven) => return RingState::Unproven,
            Some(Severity::Note) | None => {}
        }
        let mut checks = Check::ALL
            .into_iter()
            .filter(|check| check.ring() == ring)
            .peekable();
        if checks.peek().is_none() || self.checks_performed(ring).next().is_none() {
            RingState::NotChecked
        } else if checks.all(|check| self.performed.contains(&check)) {
            RingState::Pass
        } else {
            RingState::Unproven
        }
    }

    /// Whether the policy requires a ring.
    #[must_use]
    pub fn is_required(&self, ring: Ring) -> bool {
        self.required.contains(&ring)
    }

    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let mut states = Ring::ALL.into_iter().map(|ring| (ring, self.ring(ring)));
        if states.clone().any(|(_, state)| state == RingState::Fail) {
            Verdict::Failed
        } else if states.all(|(ring, state)| !self.is_required(ring) || state == RingState::Pass) {
            Verdict::Verified
        } else {
            Verdict::Indeterminate
        }
    }

    /// Rings that a verified bundle does not show.
    pub fn not_shown(&self) -> impl Iterator<Item = Ring> {
        Ring::ALL
            .into_iter()
            .filter(|&ring| self.ring(ring) != RingState::Pass)
    }
}
