//! Evidence records (RFC 4998): data, hashed, under a sequence of time stamps that each renew the
//! ones before.
//!
//! ```text
//! evidence_record.rs            the structure, as slices of the bytes that it was read from
//! evidence_record/hash_tree.rs  a reduced hash tree, folded to the hash at its top
//! evidence_record/finding.rs    what a verification finds
//! evidence_record/verify.rs     the rules of §4.3 and §5.3
//! evidence_record/write.rs      a first record, and both ways of renewal (§5.2)
//! ```
//!
//! A record is judged as a token is: without a clock, by roots that the caller gives.
//! Encrypted data (§6) is not decrypted or encrypted anew: a record that speaks of encryption is
//! about the octets that were archived, and those are what a caller gives.

use alloc::vec::Vec;

use crate::der::{self, Element, tag};
use crate::digest::{AlgorithmIdentifier, HashAlgorithm, Sha1Leave};
use crate::error::{Error, ErrorKind};
use crate::limits::{
    MAX_ARCHIVE_TIME_STAMPS, MAX_DIGEST_ALGORITHMS, MAX_EVIDENCE_RECORD_BYTES, MAX_HASH_LISTS,
    MAX_LIST_HASHES,
};
use crate::oid;

mod finding;
mod hash_tree;
mod verify;
mod write;

pub use finding::{RecordCode, RecordFinding};
pub use verify::{RecordReport, RecordTimeStamp, verify_evidence_record};

/// An evidence record, read and not yet judged.
///
/// ```text
/// EvidenceRecord ::= SEQUENCE {
///     version                   INTEGER { v1(1) },
///     digestAlgorithms          SEQUENCE OF AlgorithmIdentifier,
///     cryptoInfos               [0] IMPLICIT CryptoInfos OPTIONAL,
///     encryptionInfo            [1] IMPLICIT EncryptionInfo OPTIONAL,
///     archiveTimeStampSequence  SEQUENCE OF ArchiveTimeStampChain }
///
/// ArchiveTimeStampChain ::= SEQUENCE OF ArchiveTimeStamp
/// ```
#[derive(Clone, Debug)]
pub struct EvidenceRecord<'a> {
    digest_algorithms: Vec<AlgorithmIdentifier<'a>>,
    /// `cryptoInfos` and `encryptionInfo` as they stand.
    infos: Vec<&'a [u8]>,
    is_encrypted: bool,
    /// The oldest first; none is empty.
    chains: Vec<Chain<'a>>,
}

/// Time stamps of which each renews the one before, all by one hash algorithm.
#[derive(Clone, Debug)]
pub(crate) struct Chain<'a> {
    raw: &'a [u8],
    /// The oldest first.
    stamps: Vec<ArchiveTimeStamp<'a>>,
}

/// ```text
/// ArchiveTimeStamp ::= SEQUENCE {
///     digestAlgorithm  [0] IMPLICIT AlgorithmIdentifier OPTIONAL,
///     attributes       [1] IMPLICIT Attributes OPTIONAL,
///     reducedHashtree  [2] IMPLICIT SEQUENCE OF PartialHashtree OPTIONAL,
///     timeStamp        ContentInfo }
///
/// PartialHashtree ::= SEQUENCE OF OCTET STRING
/// ```
#[derive(Clone, Debug)]
pub(crate) struct ArchiveTimeStamp<'a> {
    digest_algorithm: Option<AlgorithmIdentifier<'a>>,
    /// Empty if there is none; no list in it is empty.
    tree: Vec<Vec<&'a [u8]>>,
    /// The token with its header.
    token: &'a [u8],
}

impl<'a> EvidenceRecord<'a> {
    /// Reads one record in DER that fills `bytes`.
    ///
    /// # Errors
    ///
    /// When the bytes are not one record, have no time stamp, or exceed a limit.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_EVIDENCE_RECORD_BYTES {
            return Err(Error::new(ErrorKind::TooLarge, MAX_EVIDENCE_RECORD_BYTES));
        }
        let mut fields = der::only(bytes, tag::SEQUENCE)?.reader();
        let version = fields.expect(tag::INTEGER)?;
        if version.small()? != 1 {
            return Err(version.error(ErrorKind::VersionUnsupported));
        }
        let digest_algorithms = fields
            .sequence()?
            .all(MAX_DIGEST_ALGORITHMS)?
            .iter()
            .map(AlgorithmIdentifier::parse)
            .collect::<Result<_, _>>()?;
        let crypto = fields.optional(tag::constructed(0))?;
        let encryption = fields.optional(tag::constructed(1))?;
        let sequence = fields.expect(tag::SEQUENCE)?;
        fields.finish()?;
        let mut left = MAX_ARCHIVE_TIME_STAMPS;
        let mut chains = Vec::new();
        for chain in sequence.reader().all(MAX_ARCHIVE_TIME_STAMPS)? {
            let chain = Chain::parse(&chain, left)?;
            left = left.saturating_sub(chain.stamps.len());
            chains.push(chain);
        }
        if chains.is_empty() {
            return Err(sequence.error(ErrorKind::Empty));
        }
        Ok(Self {
            digest_algorithms,
            is_encrypted: encryption.is_some(),
            infos: [crypto, encryption]
                .iter()
                .flatten()
                .map(|e| e.raw)
                .collect(),
            chains,
        })
    }

    /// The hash algorithms under which the data must be hashed to verify the record, one for each
    /// chain, the oldest first; `None` for a chain whose algorithm is not computed here.
    ///
    /// SHA-1 stands in it if a record names it; whether that is enough is decided by
    /// [`verify_evidence_record`].
    #[must_use]
    pub fn chain_algorithms(&self) -> Vec<Option<HashAlgorithm>> {
        self.chains.iter().map(Chain::algorithm).collect()
    }

    /// How many time stamps each chain has, the oldest chain first.
    #[must_use]
    pub fn chain_lengths(&self) -> Vec<usize> {
        self.chains.iter().map(|chain| chain.stamps.len()).collect()
    }

    /// The tokens in DER, the oldest first.
    #[must_use]
    pub fn tokens(&self) -> Vec<&'a [u8]> {
        let stamps = self.chains.iter().flat_map(|chain| &chain.stamps);
        stamps.map(|stamp| stamp.token).collect()
    }
}

impl<'a> Chain<'a> {
    fn parse(element: &Element<'a>, stamps_max: usize) -> Result<Self, Error> {
        if element.tag != tag::SEQUENCE {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        let stamps: Vec<_> = element
            .reader()
            .all(stamps_max)?
            .iter()
            .map(ArchiveTimeStamp::parse)
            .collect::<Result<_, _>>()?;
        if stamps.is_empty() {
            return Err(element.error(ErrorKind::Empty));
        }
        Ok(Self {
            raw: element.raw,
            stamps,
        })
    }

    /// The algorithm of the first time stamp; that the others have it too is a rule of its own.
    fn algorithm(&self) -> Option<HashAlgorithm> {
        self.stamps.first().and_then(ArchiveTimeStamp::algorithm)
    }
}

impl<'a> ArchiveTimeStamp<'a> {
    fn parse(element: &Element<'a>) -> Result<Self, Error> {
        if element.tag != tag::SEQUENCE {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        let mut fields = element.reader();
        let digest_algorithm = match fields.optional(tag::constructed(0))? {
            Some(implicit) => Some(AlgorithmIdentifier::parse_implicit(&implicit)?),
            None => None,
        };
        let _attributes = fields.optional(tag::constructed(1))?;
        let tree = match fields.optional(tag::constructed(2))? {
            Some(lists) => parse_tree(&lists)?,
            None => Vec::new(),
        };
        let token = fields.expect(tag::SEQUENCE)?.raw;
        fields.finish()?;
        Ok(Self {
            digest_algorithm,
            tree,
            token,
        })
    }

    /// §4.1: the algorithm named, or else that of the token's imprint.
    fn algorithm(&self) -> Option<HashAlgorithm> {
        match &self.digest_algorithm {
            Some(named) => HashAlgorithm::from_identifier_with(named, Sha1Leave::Allowed).ok(),
            None => verify::imprint_algorithm(self.token),
        }
    }

    /// The algorithm in dotted form, for a message.
    fn algorithm_name(&self) -> alloc::string::String {
        let named = self.digest_algorithm.as_ref();
        named.map_or_else(|| "that of its token".into(), |id| oid::dotted(id.oid))
    }
}

fn parse_tree<'a>(lists: &Element<'a>) -> Result<Vec<Vec<&'a [u8]>>, Error> {
    let mut tree = Vec::new();
    for list in lists.reader().all(MAX_HASH_LISTS)? {
        if list.tag != tag::SEQUENCE {
            return Err(list.error(ErrorKind::TagUnexpected));
        }
        let mut reader = list.reader();
        let mut hashes = Vec::new();
        while !reader.is_empty() {
            if hashes.len() == MAX_LIST_HASHES {
                return Err(reader.error(ErrorKind::TooMany));
            }
            hashes.push(reader.expect(tag::OCTET_STRING)?.value);
        }
        // A list that adds nothing makes the same tree in another spelling.
        if hashes.is_empty() {
            return Err(list.error(ErrorKind::Empty));
        }
        tree.push(hashes);
    }
    if tree.is_empty() {
        return Err(lists.error(ErrorKind::Empty));
    }
    Ok(tree)
}
