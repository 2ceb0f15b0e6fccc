//! What a verification finds, as stable codes.
//!
//! A finding says that we looked and what we saw; not being able to look is an error and never
//! appears here. A code is never renamed and never used for another meaning.

use std::fmt;

/// The five questions of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ring {
    /// Container, canonical lines, chain, roots, digests.
    Integrity,
    /// Signatures by the key valid at each place, and a key that was given.
    Origin,
    /// Brackets by trusted time-stamp tokens.
    Time,
    /// Nothing left out.
    Completeness,
    /// The claims about who wrote what follow from the entries.
    Attribution,
}

impl Ring {
    /// Every ring, in the order of a report.
    pub const ALL: [Self; 5] = [
        Self::Integrity,
        Self::Origin,
        Self::Time,
        Self::Completeness,
        Self::Attribution,
    ];

    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Origin => "origin",
            Self::Time => "time",
            Self::Completeness => "completeness",
            Self::Attribution => "attribution",
        }
    }

    /// The ring of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ring| ring.as_str() == name)
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; decides nothing.
    Note,
    /// Nothing is wrong, but something is not shown.
    Unproven,
    /// The evidence is bad.
    Fail,
}

impl Severity {
    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Unproven => "unproven",
            Self::Fail => "fail",
        }
    }
}

/// One kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// `data/attribution.json` breaks its form.
    AttributionMalformed,
    /// The bundle claims no attribution.
    AttributionNotDerived,
    /// `bagit.txt` is not the declaration of the format.
    BagitMalformed,
    /// The bundle holds no entry.
    BundleEmpty,
    /// The recorder says that something was lost.
    CaptureGap,
    /// A checkpoint entry does not stand at the size of its note.
    CheckpointIndexMismatch,
    /// A line of `data/checkpoints.jsonl` breaks its form.
    CheckpointMalformed,
    /// A note breaks its form.
    CheckpointNoteMalformed,
    /// A note is not the one that its entry commits to.
    CheckpointNoteMismatch,
    /// A checkpoint entry has no note.
    CheckpointNoteMissing,
    /// A note is not signed by the key valid at its size.
    CheckpointNoteSignatureInvalid,
    /// A note names another log.
    CheckpointOriginMismatch,
    /// A note's root is not that of the entries.
    CheckpointRootMismatch,
    /// A checkpoint line belongs to nothing in the bundle.
    CheckpointUnreferenced,
    /// The file is not a zip archive.
    ContainerNotZip,
    /// The number of entries is not the one promised.
    EntryCountMismatch,
    /// An entry does not match its own chain hash.
    EntryHashMismatch,
    /// Two entries have the same id.
    EntryIdRepeated,
    /// An entry does not continue the one before it.
    EntryLinkMismatch,
    /// A line is not an entry in canonical form.
    EntryMalformed,
    /// An entry names a parent that is not an earlier entry.
    EntryParentUnknown,
    /// A hash column holds what its event type forbids.
    EntryRoleMismatch,
    /// An evidence object does not continue the one before it.
    EvidenceChainMismatch,
    /// Something that was received is not in the bundle.
    EvidenceItemMissing,
    /// An evidence object breaks its form.
    EvidenceObjectMalformed,
    /// An evidence object is not there.
    EvidenceObjectMissing,
    /// The manifest states a format version that this verifier does not know.
    FormatVersionUnknown,
    /// `data/holes.json` breaks its form.
    HolesMalformed,
    /// A key event of the log is not in the key history.
    KeyHistoryIncomplete,
    /// The key history breaks its form.
    KeyHistoryMalformed,
    /// A key event is not shown to be in the log.
    KeyInclusionInvalid,
    /// None of the keys given signed this bundle.
    KeyMismatch,
    /// No key was given to compare with.
    KeyNotPinned,
    /// A revocation is not by a key that may revoke.
    KeyRevocationInvalid,
    /// A rotation does not hand over from the valid key.
    KeyRotationInvalid,
    /// Something is larger than the format allows.
    LimitExceeded,
    /// A file differs from what the manifest lists.
    ManifestDigestMismatch,
    /// A file is listed, or required, and is not in the archive.
    ManifestFileMissing,
    /// A file is in the archive and is not listed.
    ManifestFileUnlisted,
    /// The manifest breaks its form.
    ManifestMalformed,
    /// The archive holds no manifest.
    ManifestMissing,
    /// The manifest's proof does not hold.
    ManifestSignatureInvalid,
    /// The manifest claims a value other than the one computed.
    ManifestValueMismatch,
    /// The file `mimetype` is not first or says something else.
    MimetypeMismatch,
    /// An object is not what its address says.
    ObjectAddressMismatch,
    /// An object breaks its form.
    ObjectMalformed,
    /// An object that is never withheld is not there.
    ObjectMissing,
    /// `manifest-sha256.txt` differs from its computed text.
    PayloadManifestMismatch,
    /// A session has no end in this bundle.
    SessionOpen,
    /// A session's end commits to other entries.
    SessionRootMismatch,
    /// There are more or fewer signatures than entries.
    SignatureCountMismatch,
    /// An entry's signature is not by the key valid at its place.
    SignatureInvalid,
    /// An entry is signed by a key that was rotated out or revoked.
    SignatureKeyRevoked,
    /// A signature line is not base64 of 64 bytes.
    SignatureMalformed,
    /// The statement breaks its form.
    StatementMalformed,
    /// The statement says something other than the manifest.
    StatementMismatch,
    /// The statement's signature does not hold.
    StatementSignatureInvalid,
    /// `tagmanifest-sha256.txt` differs from its computed text.
    TagmanifestMismatch,
    /// An entry would have been made before something it contains.
    TimeBracketInverted,
    /// The time stamps around an entry are too far apart.
    TimeBracketTooWide,
    /// No trusted time stamp shows after which moment an entry was made.
    TimeLowerMissing,
    /// An entry claims a time outside its bracket.
    TimeOutsideBracket,
    /// No trusted time stamp shows before which moment an entry was made.
    TimeUpperMissing,
    /// A time-stamp token stamps something else.
    TimestampImprintMismatch,
    /// A time-stamp token is later than the time of this verification.
    TimestampInFuture,
    /// A time-stamp token breaks its signature or profile.
    TimestampInvalid,
    /// Bytes given as a time-stamp token are none.
    TimestampMalformed,
    /// The bundle holds no time-stamp token.
    TimestampMissing,
    /// No time-stamp root was given.
    TimestampNoRoot,
    /// A time-stamp token does not answer its request.
    TimestampRequestMismatch,
    /// A time-stamp token needs something that is not checked here.
    TimestampUndetermined,
    /// A time-stamp token leads to none of the roots given.
    TimestampUntrusted,
    /// The bundle does not end at the tip that was expected.
    TipMismatch,
    /// Nothing outside the bundle says where the log should end.
    TipNotGiven,
    /// The Merkle root over the entries is not the one signed in the manifest.
    TreeRootMismatch,
    /// The content of a file in the archive is broken.
    ZipContentCorrupt,
    /// Two files in the archive have the same name.
    ZipDuplicateName,
    /// A file in the archive has a name that is not allowed.
    ZipNameInvalid,
    /// A file in the archive grows more than 100 times.
    ZipRatioExceeded,
    /// The archive's layout is not the format's.
    ZipStructure,
}

/// Code, ring, severity and meaning of one kind of finding.
struct Row(Code, &'static str, Ring, Severity, &'static str);

/// In alphabetical order, which is the order of the enum.
const ROWS: &[Row] = &[
    Row(
        Code::AttributionMalformed,
        "attribution-malformed",
        Ring::Attribution,
        Severity::Fail,
        "`data/attribution.json` breaks its form",
    ),
    Row(
        Code::AttributionNotDerived,
        "attribution-not-derived",
        Ring::Attribution,
        Severity::Note,
        "the bundle claims no attribution",
    ),
    Row(
        Code::BagitMalformed,
        "bagit-malformed",
        Ring::Integrity,
        Severity::Fail,
        "`bagit.txt` is not the declaration of the format",
    ),
    Row(
        Code::BundleEmpty,
        "bundle-empty",
        Ring::Integrity,
        Severity::Fail,
        "the bundle holds no entry",
    ),
    Row(
        Code::CaptureGap,
        "capture-gap",
        Ring::Completeness,
        Severity::Note,
        "the recorder says that something was lost",
    ),
    Row(
        Code::CheckpointIndexMismatch,
        "checkpoint-index-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "a checkpoint entry does not stand at the size of its note",
    ),
    Row(
        Code::CheckpointMalformed,
        "checkpoint-malformed",
        Ring::Integrity,
        Severity::Fail,
        "a line of `data/checkpoints.jsonl` breaks its form",
    ),
    Row(
        Code::CheckpointNoteMalformed,
        "checkpoint-note-malformed",
        Ring::Integrity,
        Severity::Fail,
        "a note breaks its form",
    ),
    Row(
        Code::CheckpointNoteMismatch,
        "checkpoint-note-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "a note is not the one that its entry commits to",
    ),
    Row(
        Code::CheckpointNoteMissing,
        "checkpoint-note-missing",
        Ring::Integrity,
        Severity::Fail,
        "a checkpoint entry has no note",
    ),
    Row(
        Code::CheckpointNoteSignatureInvalid,
        "checkpoint-note-signature-invalid",
        Ring::Origin,
        Severity::Fail,
        "a note is not signed by the key valid at its size",
    ),
    Row(
        Code::CheckpointOriginMismatch,
        "checkpoint-origin-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "a note names another log",
    ),
    Row(
        Code::CheckpointRootMismatch,
        "checkpoint-root-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "a note's root is not that of the entries",
    ),
    Row(
        Code::CheckpointUnreferenced,
        "checkpoint-unreferenced",
        Ring::Integrity,
        Severity::Fail,
        "a checkpoint line belongs to nothing in the bundle",
    ),
    Row(
        Code::ContainerNotZip,
        "container-not-zip",
        Ring::Integrity,
        Severity::Fail,
        "the file is not a zip archive",
    ),
    Row(
        Code::EntryCountMismatch,
        "entry-count-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "the number of entries is not the one promised",
    ),
    Row(
        Code::EntryHashMismatch,
        "entry-hash-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "an entry does not match its own chain hash",
    ),
    Row(
        Code::EntryIdRepeated,
        "entry-id-repeated",
        Ring::Integrity,
        Severity::Fail,
        "two entries have the same id",
    ),
    Row(
        Code::EntryLinkMismatch,
        "entry-link-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "an entry does not continue the one before it",
    ),
    Row(
        Code::EntryMalformed,
        "entry-malformed",
        Ring::Integrity,
        Severity::Fail,
        "a line is not an entry in canonical form",
    ),
    Row(
        Code::EntryParentUnknown,
        "entry-parent-unknown",
        Ring::Integrity,
        Severity::Fail,
        "an entry names a parent that is not an earlier entry",
    ),
    Row(
        Code::EntryRoleMismatch,
        "entry-role-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "a hash column holds what its event type forbids",
    ),
    Row(
        Code::EvidenceChainMismatch,
        "evidence-chain-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "an evidence object does not continue the one before it",
    ),
    Row(
        Code::EvidenceItemMissing,
        "evidence-item-missing",
        Ring::Integrity,
        Severity::Fail,
        "something that was received is not in the bundle",
    ),
    Row(
        Code::EvidenceObjectMalformed,
        "evidence-object-malformed",
        Ring::Integrity,
        Severity::Fail,
        "an evidence object breaks its form",
    ),
    Row(
        Code::EvidenceObjectMissing,
        "evidence-object-missing",
        Ring::Integrity,
        Severity::Fail,
        "an evidence object is not there",
    ),
    Row(
        Code::FormatVersionUnknown,
        "format-version-unknown",
        Ring::Integrity,
        Severity::Fail,
        "the manifest states a format version that this verifier does not know",
    ),
    Row(
        Code::HolesMalformed,
        "holes-malformed",
        Ring::Integrity,
        Severity::Fail,
        "`data/holes.json` breaks its form",
    ),
    Row(
        Code::KeyHistoryIncomplete,
        "key-history-incomplete",
        Ring::Origin,
        Severity::Fail,
        "a key event of the log is not in the key history",
    ),
    Row(
        Code::KeyHistoryMalformed,
        "key-history-malformed",
        Ring::Origin,
        Severity::Fail,
        "the key history breaks its form",
    ),
    Row(
        Code::KeyInclusionInvalid,
        "key-inclusion-invalid",
        Ring::Origin,
        Severity::Fail,
        "a key event is not shown to be in the log",
    ),
    Row(
        Code::KeyMismatch,
        "key-mismatch",
        Ring::Origin,
        Severity::Fail,
        "none of the keys given signed this bundle",
    ),
    Row(
        Code::KeyNotPinned,
        "key-not-pinned",
        Ring::Origin,
        Severity::Unproven,
        "no key was given to compare with",
    ),
    Row(
        Code::KeyRevocationInvalid,
        "key-revocation-invalid",
        Ring::Origin,
        Severity::Fail,
        "a revocation is not by a key that may revoke",
    ),
    Row(
        Code::KeyRotationInvalid,
        "key-rotation-invalid",
        Ring::Origin,
        Severity::Fail,
        "a rotation does not hand over from the valid key",
    ),
    Row(
        Code::LimitExceeded,
        "limit-exceeded",
        Ring::Integrity,
        Severity::Fail,
        "something is larger than the format allows",
    ),
    Row(
        Code::ManifestDigestMismatch,
        "manifest-digest-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "a file differs from what the manifest lists",
    ),
    Row(
        Code::ManifestFileMissing,
        "manifest-file-missing",
        Ring::Integrity,
        Severity::Fail,
        "a file is listed, or required, and is not in the archive",
    ),
    Row(
        Code::ManifestFileUnlisted,
        "manifest-file-unlisted",
        Ring::Integrity,
        Severity::Fail,
        "a file is in the archive and is not listed",
    ),
    Row(
        Code::ManifestMalformed,
        "manifest-malformed",
        Ring::Integrity,
        Severity::Fail,
        "the manifest breaks its form",
    ),
    Row(
        Code::ManifestMissing,
        "manifest-missing",
        Ring::Integrity,
        Severity::Fail,
        "the archive holds no manifest",
    ),
    Row(
        Code::ManifestSignatureInvalid,
        "manifest-signature-invalid",
        Ring::Origin,
        Severity::Fail,
        "the manifest's proof does not hold",
    ),
    Row(
        Code::ManifestValueMismatch,
        "manifest-value-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "the manifest claims a value other than the one computed",
    ),
    Row(
        Code::MimetypeMismatch,
        "mimetype-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "the file `mimetype` is not first or says something else",
    ),
    Row(
        Code::ObjectAddressMismatch,
        "object-address-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "an object is not what its address says",
    ),
    Row(
        Code::ObjectMalformed,
        "object-malformed",
        Ring::Integrity,
        Severity::Fail,
        "an object breaks its form",
    ),
    Row(
        Code::ObjectMissing,
        "object-missing",
        Ring::Integrity,
        Severity::Fail,
        "an object that is never withheld is not there",
    ),
    Row(
        Code::PayloadManifestMismatch,
        "payload-manifest-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "`manifest-sha256.txt` differs from its computed text",
    ),
    Row(
        Code::SessionOpen,
        "session-open",
        Ring::Completeness,
        Severity::Note,
        "a session has no end in this bundle",
    ),
    Row(
        Code::SessionRootMismatch,
        "session-root-mismatch",
        Ring::Completeness,
        Severity::Fail,
        "a session's end commits to other entries",
    ),
    Row(
        Code::SignatureCountMismatch,
        "signature-count-mismatch",
        Ring::Origin,
        Severity::Fail,
        "there are more or fewer signatures than entries",
    ),
    Row(
        Code::SignatureInvalid,
        "signature-invalid",
        Ring::Origin,
        Severity::Fail,
        "an entry's signature is not by the key valid at its place",
    ),
    Row(
        Code::SignatureKeyRevoked,
        "signature-key-revoked",
        Ring::Origin,
        Severity::Fail,
        "an entry is signed by a key that was rotated out or revoked",
    ),
    Row(
        Code::SignatureMalformed,
        "signature-malformed",
        Ring::Origin,
        Severity::Fail,
        "a signature line is not base64 of 64 bytes",
    ),
    Row(
        Code::StatementMalformed,
        "statement-malformed",
        Ring::Integrity,
        Severity::Fail,
        "the statement breaks its form",
    ),
    Row(
        Code::StatementMismatch,
        "statement-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "the statement says something other than the manifest",
    ),
    Row(
        Code::StatementSignatureInvalid,
        "statement-signature-invalid",
        Ring::Origin,
        Severity::Fail,
        "the statement's signature does not hold",
    ),
    Row(
        Code::TagmanifestMismatch,
        "tagmanifest-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "`tagmanifest-sha256.txt` differs from its computed text",
    ),
    Row(
        Code::TimeBracketInverted,
        "time-bracket-inverted",
        Ring::Time,
        Severity::Fail,
        "an entry would have been made before something it contains",
    ),
    Row(
        Code::TimeBracketTooWide,
        "time-bracket-too-wide",
        Ring::Time,
        Severity::Unproven,
        "the time stamps around an entry are too far apart",
    ),
    Row(
        Code::TimeLowerMissing,
        "time-lower-missing",
        Ring::Time,
        Severity::Unproven,
        "no trusted time stamp shows after which moment an entry was made",
    ),
    Row(
        Code::TimeOutsideBracket,
        "time-outside-bracket",
        Ring::Time,
        Severity::Fail,
        "an entry claims a time outside its bracket",
    ),
    Row(
        Code::TimeUpperMissing,
        "time-upper-missing",
        Ring::Time,
        Severity::Unproven,
        "no trusted time stamp shows before which moment an entry was made",
    ),
    Row(
        Code::TimestampImprintMismatch,
        "timestamp-imprint-mismatch",
        Ring::Time,
        Severity::Fail,
        "a time-stamp token stamps something else",
    ),
    Row(
        Code::TimestampInFuture,
        "timestamp-in-future",
        Ring::Time,
        Severity::Note,
        "a time-stamp token is later than the time of this verification",
    ),
    Row(
        Code::TimestampInvalid,
        "timestamp-invalid",
        Ring::Time,
        Severity::Fail,
        "a time-stamp token breaks its signature or profile",
    ),
    Row(
        Code::TimestampMalformed,
        "timestamp-malformed",
        Ring::Time,
        Severity::Fail,
        "bytes given as a time-stamp token are none",
    ),
    Row(
        Code::TimestampMissing,
        "timestamp-missing",
        Ring::Time,
        Severity::Unproven,
        "the bundle holds no time-stamp token",
    ),
    Row(
        Code::TimestampNoRoot,
        "timestamp-no-root",
        Ring::Time,
        Severity::Unproven,
        "no time-stamp root was given",
    ),
    Row(
        Code::TimestampRequestMismatch,
        "timestamp-request-mismatch",
        Ring::Time,
        Severity::Fail,
        "a time-stamp token does not answer its request",
    ),
    Row(
        Code::TimestampUndetermined,
        "timestamp-undetermined",
        Ring::Time,
        Severity::Unproven,
        "a time-stamp token needs something that is not checked here",
    ),
    Row(
        Code::TimestampUntrusted,
        "timestamp-untrusted",
        Ring::Time,
        Severity::Unproven,
        "a time-stamp token leads to none of the roots given",
    ),
    Row(
        Code::TipMismatch,
        "tip-mismatch",
        Ring::Completeness,
        Severity::Fail,
        "the bundle does not end at the tip that was expected",
    ),
    Row(
        Code::TipNotGiven,
        "tip-not-given",
        Ring::Completeness,
        Severity::Unproven,
        "nothing outside the bundle says where the log should end",
    ),
    Row(
        Code::TreeRootMismatch,
        "tree-root-mismatch",
        Ring::Integrity,
        Severity::Fail,
        "the Merkle root over the entries is not the one signed in the manifest",
    ),
    Row(
        Code::ZipContentCorrupt,
        "zip-content-corrupt",
        Ring::Integrity,
        Severity::Fail,
        "the content of a file in the archive is broken",
    ),
    Row(
        Code::ZipDuplicateName,
        "zip-duplicate-name",
        Ring::Integrity,
        Severity::Fail,
        "two files in the archive have the same name",
    ),
    Row(
        Code::ZipNameInvalid,
        "zip-name-invalid",
        Ring::Integrity,
        Severity::Fail,
        "a file in the archive has a name that is not allowed",
    ),
    Row(
        Code::ZipRatioExceeded,
        "zip-ratio-exceeded",
        Ring::Integrity,
        Severity::Fail,
        "a file in the archive grows more than 100 times",
    ),
    Row(
        Code::ZipStructure,
        "zip-structure",
        Ring::Integrity,
        Severity::Fail,
        "the archive's layout is not the format's",
    ),
];

impl Code {
    /// Every code, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.0)
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.0 == self)
    }

    /// The kebab-case name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().map_or("", |row| row.1)
    }

    /// The ring that it concerns.
    #[must_use]
    pub fn ring(self) -> Ring {
        self.row().map_or(Ring::Integrity, |row| row.2)
    }

    /// How much it weighs, unless the finding says less.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.row().map_or(Severity::Fail, |row| row.3)
    }

    /// What it means, in one phrase.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        self.row().map_or("", |row| row.4)
    }

    /// The code of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().find(|code| code.as_str() == name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a finding is: entries by index, other things after them by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The bundle as a whole.
    Bundle,
    /// A file of the archive.
    File(String),
    /// An entry, by its index in the log.
    Entry(u64),
    /// A checkpoint, by its tree size.
    Checkpoint(u64),
}

/// Something that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which kind.
    pub code: Code,
    /// How much it weighs here.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What was seen: position, claimed and computed values. Text from the bundle in it is
    /// escaped by whoever shows it.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_row_and_one_name() {
        let mut names: Vec<&str> = Code::all().map(Code::as_str).collect();
        assert!(
            ROWS.is_sorted_by(|a, b| a.0 < b.0),
            "one row each, in order"
        );
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
        for code in Code::all() {
            assert_eq!(Code::parse(code.as_str()), Some(code));
            let kebab: String = format!("{code:?}")
                .chars()
                .fold(String::new(), |mut out, c| {
                    if c.is_ascii_uppercase() && !out.is_empty() {
                        out.push('-');
                    }
                    out.push(c.to_ascii_lowercase());
                    out
                });
            assert_eq!(kebab, code.as_str());
        }
    }
}
