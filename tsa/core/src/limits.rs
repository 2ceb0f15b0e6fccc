//! The limits on hostile input, by name.
//!
//! A limit is never a matter of taste at the place where it is used: every length, count and
//! depth that bytes from outside can choose has its constant here.

/// Octets in a response or token; the largest in a collection of 628 real ones has 153,257.
pub const MAX_TOKEN_BYTES: usize = 256 * 1024;

/// Octets in a time-stamp request.
pub const MAX_REQUEST_BYTES: usize = 16 * 1024;

/// Octets in a PEM text that holds trust anchors.
pub const MAX_PEM_BYTES: usize = 4 * 1024 * 1024;

/// Levels of nested DER values.
pub const MAX_DEPTH: u8 = 32;

/// Values in a BER input that is converted to DER.
pub const MAX_BER_ELEMENTS: usize = 64 * 1024;

/// Octets by which DER may exceed the BER that it was converted from: one for each level that can
/// hold more than 65,535 octets.
pub const MAX_BER_GROWTH_BYTES: usize = 64;

/// Certificate revocation lists and other revocation data in one token.
pub const MAX_REVOCATION_ITEMS: usize = 16;

/// Certificates looked at: those in the token and those given beside it.
pub const MAX_CERTIFICATES: usize = 1_024;

/// Signature checks for one token: its own, and those of the path search.
pub const MAX_SIGNATURE_CHECKS: u32 = 100;

/// Certificates in a path, the anchor apart.
pub const MAX_PATH_LEN: usize = 8;

/// Extensions in one certificate, or in one `TSTInfo`.
pub const MAX_EXTENSIONS: usize = 64;

/// Statements in one `qcStatements` extension.
pub const MAX_QC_STATEMENTS: usize = 64;

/// Key purposes in one extended key usage.
pub const MAX_PURPOSES: usize = 64;

/// Policies in one certificate, and mappings of policies in one certificate.
pub const MAX_POLICIES: usize = 128;

/// Subtrees of one kind (permitted or excluded) in the name constraints of one certificate.
pub const MAX_SUBTREES: usize = 256;

/// Distribution points of revocation lists in one certificate.
pub const MAX_DISTRIBUTION_POINTS: usize = 64;

/// Places where something about the issuer of a certificate can be had, named in one certificate.
pub const MAX_ACCESS_DESCRIPTIONS: usize = 64;

/// Octets in a URI that a certificate names.
pub const MAX_URI_BYTES: usize = 2_048;

/// Octets in one revocation list.
pub const MAX_CRL_BYTES: usize = 16 * 1024 * 1024;

/// Entries in one revocation list.
pub const MAX_CRL_ENTRIES: u32 = 500_000;

/// Revocation lists looked at together.
pub const MAX_CRLS: usize = 256;

/// Octets in one OCSP response.
pub const MAX_OCSP_BYTES: usize = 256 * 1024;

/// OCSP responses looked at together.
pub const MAX_OCSP_RESPONSES: usize = 64;

/// Certificates that one OCSP response speaks of.
pub const MAX_OCSP_SINGLE_RESPONSES: usize = 256;

/// Certificates that one OCSP response carries.
pub const MAX_OCSP_CERTIFICATES: usize = 16;

/// Certificates given beside revocation lists and OCSP responses.
pub const MAX_REVOCATION_CERTIFICATES: usize = 512;

/// Octets in one evidence record.
pub const MAX_EVIDENCE_RECORD_BYTES: usize = 4 * 1024 * 1024;

/// Archive time stamps in one evidence record; each costs a verification of its token.
pub const MAX_ARCHIVE_TIME_STAMPS: usize = 64;

/// Lists of hashes in one reduced hash tree: the height of the tree.
pub const MAX_HASH_LISTS: usize = 64;

/// Hashes in one list of a reduced hash tree.
pub const MAX_LIST_HASHES: usize = 4_096;

/// How often the issuer of a revocation list may be one whose own status is looked up.
pub const MAX_REVOCATION_DEPTH: u8 = 3;

/// Comparisons of a name with a subtree for one path; beyond it the constraints count as not
/// processed.
pub const MAX_NAME_COMPARISONS: u32 = 16_384;

/// Attributes signed by one signer.
pub const MAX_SIGNED_ATTRIBUTES: usize = 64;

/// Digest algorithms listed in front of the content.
pub const MAX_DIGEST_ALGORITHMS: usize = 16;

/// `ESSCertID` items in one signing-certificate attribute.
pub const MAX_ESS_CERT_IDS: usize = 64;

/// Relative distinguished names in one name.
pub const MAX_NAME_PARTS: usize = 64;

/// Octets in an object identifier.
pub const MAX_OID_BYTES: usize = 128;

/// Octets in a nonce.
pub const MAX_NONCE_BYTES: usize = 64;

/// Octets in a serial number, of a certificate or of a token.
pub const MAX_SERIAL_BYTES: usize = 64;

/// Octets of a status text that are kept.
pub const MAX_STATUS_TEXT_BYTES: usize = 1024;

/// Smallest and largest RSA modulus, in bits.
pub const RSA_MODULUS_BITS: core::ops::RangeInclusive<usize> = 2048..=8192;
