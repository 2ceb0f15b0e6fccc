//! Every code, in one table: name, ring, weight and meaning.

use std::fmt;

use super::{Ring, Severity};

/// Makes the enum and its table from the same lines.
macro_rules! codes {
    ($($variant:ident $name:literal $ring:ident $severity:ident $meaning:literal)*) => {
        /// One kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        /// In alphabetical order, which is the order of the enum.
        const ROWS: &[Row] =
            &[$(Row(Code::$variant, $name, Ring::$ring, Severity::$severity, $meaning),)*];
    };
}

/// Code, name, ring, severity and meaning of one kind of finding.
struct Row(Code, &'static str, Ring, Severity, &'static str);

codes! {
    AttributionMalformed "attribution-malformed" Attribution Fail
        "`data/attribution.json` breaks its form"
    AttributionNotDerived "attribution-not-derived" Attribution Note
        "the bundle claims no attribution"
    BagitMalformed "bagit-malformed" Integrity Fail
        "`bagit.txt` is not the declaration of the format"
    BundleEmpty "bundle-empty" Integrity Fail
        "the bundle holds no entry"
    CaptureGap "capture-gap" Completeness Note
        "the recorder says that something was lost"
    CheckpointIndexMismatch "checkpoint-index-mismatch" Integrity Fail
        "a checkpoint entry does not stand at the size of its note"
    CheckpointMalformed "checkpoint-malformed" Integrity Fail
        "a line of `data/checkpoints.jsonl` breaks its form"
    CheckpointNoteMalformed "checkpoint-note-malformed" Integrity Fail
        "a note breaks its form"
    CheckpointNoteMismatch "checkpoint-note-mismatch" Integrity Fail
        "a note is not the one that its entry commits to"
    CheckpointNoteMissing "checkpoint-note-missing" Integrity Fail
        "a checkpoint entry has no note"
    CheckpointNoteSignatureInvalid "checkpoint-note-signature-invalid" Origin Fail
        "a note is not signed by the key valid at its size"
    CheckpointOriginMismatch "checkpoint-origin-mismatch" Integrity Fail
        "a note names another log"
    CheckpointRootMismatch "checkpoint-root-mismatch" Integrity Fail
        "a note's root is not that of the entries"
    CheckpointUnreferenced "checkpoint-unreferenced" Integrity Fail
        "a checkpoint line belongs to nothing in the bundle"
    ContainerNotZip "container-not-zip" Integrity Fail
        "the file is not a zip archive"
    EntryCountMismatch "entry-count-mismatch" Integrity Fail
        "the number of entries is not the one promised"
    EntryHashMismatch "entry-hash-mismatch" Integrity Fail
        "an entry does not match its own chain hash"
    EntryIdRepeated "entry-id-repeated" Integrity Fail
        "two entries have the same id"
    EntryLinkMismatch "entry-link-mismatch" Integrity Fail
        "an entry does not continue the one before it"
    EntryMalformed "entry-malformed" Integrity Fail
        "a line is not an entry in canonical form"
    EntryParentUnknown "entry-parent-unknown" Integrity Fail
        "an entry names a parent that is not an earlier entry"
    EntryRoleMismatch "entry-role-mismatch" Integrity Fail
        "a hash column holds what its event type forbids"
    EvidenceChainMismatch "evidence-chain-mismatch" Integrity Fail
        "an evidence object does not continue the one before it"
    EvidenceItemMissing "evidence-item-missing" Integrity Fail
        "something that was received is not in the bundle"
    EvidenceObjectMalformed "evidence-object-malformed" Integrity Fail
        "an evidence object breaks its form"
    EvidenceObjectMissing "evidence-object-missing" Integrity Fail
        "an evidence object is not there"
    FormatVersionUnknown "format-version-unknown" Integrity Fail
        "the manifest states a format version that this verifier does not know"
    HolesMalformed "holes-malformed" Integrity Fail
        "`data/holes.json` breaks its form"
    KeyHistoryIncomplete "key-history-incomplete" Origin Fail
        "a key event of the log is not in the key history"
    KeyHistoryMalformed "key-history-malformed" Origin Fail
        "the key history breaks its form"
    KeyInclusionInvalid "key-inclusion-invalid" Origin Fail
        "a key event is not shown to be in the log"
    KeyMismatch "key-mismatch" Origin Fail
        "none of the keys given signed this bundle"
    KeyNotPinned "key-not-pinned" Origin Unproven
        "no key was given to compare with"
    KeyRevocationInvalid "key-revocation-invalid" Origin Fail
        "a revocation is not by a key that may revoke"
    KeyRotationInvalid "key-rotation-invalid" Origin Fail
        "a rotation does not hand over from the valid key"
    LimitExceeded "limit-exceeded" Integrity Fail
        "something is larger than the format allows"
    ManifestDigestMismatch "manifest-digest-mismatch" Integrity Fail
        "a file differs from what the manifest lists"
    ManifestFileMissing "manifest-file-missing" Integrity Fail
        "a file is listed, or required, and is not in the archive"
    ManifestFileUnlisted "manifest-file-unlisted" Integrity Fail
        "a file is in the archive and is not listed"
    ManifestMalformed "manifest-malformed" Integrity Fail
        "the manifest breaks its form"
    ManifestMissing "manifest-missing" Integrity Fail
        "the archive holds no manifest"
    ManifestSignatureInvalid "manifest-signature-invalid" Origin Fail
        "the manifest's proof does not hold"
    ManifestValueMismatch "manifest-value-mismatch" Integrity Fail
        "the manifest claims a value other than the one computed"
    MimetypeMismatch "mimetype-mismatch" Integrity Fail
        "the file `mimetype` is not first or says something else"
    ObjectAddressMismatch "object-address-mismatch" Integrity Fail
        "an object is not what its address says"
    ObjectMalformed "object-malformed" Integrity Fail
        "an object breaks its form"
    ObjectMissing "object-missing" Integrity Fail
        "an object that is never withheld is not there"
    PartNotWhole "part-not-whole" Completeness Unproven
        "the bundle is a part, and what is not shown was not looked at"
    PayloadManifestMismatch "payload-manifest-mismatch" Integrity Fail
        "`manifest-sha256.txt` differs from its computed text"
    RevocationDataUnread "revocation-data-unread" Time Unproven
        "revocation data was not looked at"
    SessionOpen "session-open" Completeness Unproven
        "a session is not shown to be closed"
    SessionRootMismatch "session-root-mismatch" Completeness Fail
        "a session's end commits to other entries"
    SignatureCountMismatch "signature-count-mismatch" Origin Fail
        "there are more or fewer signatures than entries"
    SignatureInvalid "signature-invalid" Origin Fail
        "an entry's signature is not by the key valid at its place"
    SignatureKeyRevoked "signature-key-revoked" Origin Fail
        "an entry is signed by a key that was rotated out or revoked"
    SignatureMalformed "signature-malformed" Origin Fail
        "a signature line is not base64 of 64 bytes"
    StatementMalformed "statement-malformed" Integrity Fail
        "the statement breaks its form"
    StatementMismatch "statement-mismatch" Integrity Fail
        "the statement says something other than the manifest"
    StatementSignatureInvalid "statement-signature-invalid" Origin Fail
        "the statement's signature does not hold"
    TagmanifestMismatch "tagmanifest-mismatch" Integrity Fail
        "`tagmanifest-sha256.txt` differs from its computed text"
    TimeAuthoritiesTooFew "time-authorities-too-few" Time Unproven
        "fewer independent authorities than the policy requires bound an entry"
    TimeBracketInverted "time-bracket-inverted" Time Fail
        "an entry would have been made before something it contains"
    TimeBracketTooWide "time-bracket-too-wide" Time Unproven
        "the time stamps around an entry are too far apart"
    TimeLowerMissing "time-lower-missing" Time Unproven
        "no trusted time stamp shows after which moment an entry was made"
    TimeOutsideBracket "time-outside-bracket" Time Fail
        "an entry claims a time outside its bracket"
    TimeUpperMissing "time-upper-missing" Time Unproven
        "no trusted time stamp shows before which moment an entry was made"
    TimestampImprintMismatch "timestamp-imprint-mismatch" Time Fail
        "a time-stamp token stamps something else"
    TimestampInFuture "timestamp-in-future" Time Note
        "a time-stamp token is later than the time of this verification"
    TimestampInvalid "timestamp-invalid" Time Fail
        "a time-stamp token breaks its signature or profile"
    TimestampKeyCompromised "timestamp-key-compromised" Time Unproven
        "a time-stamp token's key was compromised later, and nothing else shows that it is older"
    TimestampMalformed "timestamp-malformed" Time Fail
        "bytes given as a time-stamp token are none"
    TimestampMissing "timestamp-missing" Time Unproven
        "the bundle holds no time-stamp token"
    TimestampNoRoot "timestamp-no-root" Time Unproven
        "no time-stamp root was given"
    TimestampNotListed "timestamp-not-listed" Time Note
        "an authority that the policy calls qualified is shown so by no trusted list given"
    TimestampNotRenewed "timestamp-not-renewed" Time Note
        "what a time-stamp token rests on has ended, and no later token renews it"
    TimestampOutsideWindow "timestamp-outside-window" Time Unproven
        "a time-stamp token is of a time at which the policy does not trust its authority"
    TimestampPolicyNotAllowed "timestamp-policy-not-allowed" Time Unproven
        "a time-stamp token was issued under a policy that is not allowed for its authority"
    TimestampProvedEarlier "timestamp-proved-earlier" Time Note
        "a time-stamp token's key was compromised later, and another token shows that it is older"
    TimestampRequestMismatch "timestamp-request-mismatch" Time Fail
        "a time-stamp token does not answer its request"
    TimestampRevocationUnknown "timestamp-revocation-unknown" Time Unproven
        "whether a time-stamp token's certificates were revoked is not known, and must be"
    TimestampRevoked "timestamp-revoked" Time Fail
        "a time-stamp token is from after the revocation of a certificate under it"
    TimestampRevokedSince "timestamp-revoked-since" Time Note
        "a certificate under a time-stamp token was revoked after its time, for a harmless reason"
    TimestampSha1Allowed "timestamp-sha1-allowed" Time Note
        "a time-stamp token uses SHA-1, which the policy allows by name"
    TimestampUndetermined "timestamp-undetermined" Time Unproven
        "a time-stamp token needs something that is not checked here"
    TimestampUntrusted "timestamp-untrusted" Time Unproven
        "a time-stamp token leads to none of the roots given"
    TipMismatch "tip-mismatch" Completeness Fail
        "the bundle does not end at the tip that was expected"
    TipNotGiven "tip-not-given" Completeness Unproven
        "nothing outside the bundle says where the log should end"
    TreeRootMismatch "tree-root-mismatch" Integrity Fail
        "the Merkle root over the entries is not the one signed in the manifest"
    ZipContentCorrupt "zip-content-corrupt" Integrity Fail
        "the content of a file in the archive is broken"
    ZipDuplicateName "zip-duplicate-name" Integrity Fail
        "two files in the archive have the same name"
    ZipNameInvalid "zip-name-invalid" Integrity Fail
        "a file in the archive has a name that is not allowed"
    ZipRatioExceeded "zip-ratio-exceeded" Integrity Fail
        "a file in the archive grows more than 100 times"
    ZipStructure "zip-structure" Integrity Fail
        "the archive's layout is not the format's"
}

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
