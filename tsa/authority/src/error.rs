//! What can go wrong while an authority is made, kept or loaded.

use std::io;
use std::path::PathBuf;

/// A failure that is ours, not the requester's: those are answered, as RFC 3161 has it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key could not be made, or could not sign.
    #[error("cannot {action} with {algorithm}")]
    Key {
        /// What was tried.
        action: &'static str,
        /// With which kind of key.
        algorithm: &'static str,
    },
    /// A key file is not a PKCS#8 key of a kind that is used here.
    #[error("`{}` is not a PKCS#8 private key of RSA or P-256", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
    },
    /// A certificate file does not hold one certificate.
    #[error("`{}` is not one certificate in PEM: {source}", path.display())]
    CertificateFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: proofline_tsa::Error,
    },
    /// A certificate and a key that do not belong together.
    #[error("certificate `{subject}` is not for the key stored beside it")]
    KeyMismatch {
        /// The certificate's subject.
        subject: String,
    },
    /// A file that could not be read or written.
    #[error("cannot use `{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The policy is not an object identifier.
    #[error("policy `{policy}` is not an object identifier in dotted form")]
    Policy {
        /// What was given.
        policy: String,
    },
    /// The operating system gave no random numbers.
    #[error("no random numbers from the operating system")]
    Random,
}
