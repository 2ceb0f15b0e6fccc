//! The file with an authority's roots: what its tokens must lead to, and what may help them there.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use proofline_tsa::limits::MAX_PEM_BYTES;
use proofline_tsa::{Certificate, TrustAnchor, pem};

/// The certificates of a root file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roots {
    /// The roots: those that issued themselves; where there are none, all.
    pub anchors: Vec<TrustAnchor>,
    /// The others: certificates that an authority may leave out of its tokens.
    pub helpers: Vec<Vec<u8>>,
}

/// Why a root file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// It cannot be read.
    #[error("cannot read root certificates `{}`: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds no certificates in PEM.
    #[error("root certificates `{}`: {source}", path.display())]
    Form {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: proofline_tsa::Error,
    },
}

impl Roots {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, or holds anything that is called a certificate and is none.
    pub fn read(path: &Path) -> Result<Self, RootError> {
        let io = |source| RootError::Io {
            path: path.into(),
            source,
        };
        let one_more = u64::try_from(MAX_PEM_BYTES)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        let mut text = Vec::new();
        let file = File::open(path).map_err(io)?;
        file.take(one_more).read_to_end(&mut text).map_err(io)?;
        Self::parse(&text).map_err(|source| RootError::Form {
            path: path.into(),
            source,
        })
    }

    fn parse(text: &[u8]) -> Result<Self, proofline_tsa::Error> {
        let mut roots = Self::default();
        for der in pem::certificates(text)? {
            let certificate = Certificate::parse(&der)?;
            if certificate.subject_der() == certificate.issuer_der() {
                roots.anchors.push(TrustAnchor::from_der(&der)?);
            } else {
                roots.helpers.push(der);
            }
        }
        // Who gives an intermediate alone has chosen to trust that one.
        if roots.anchors.is_empty() {
            let anchors = roots.helpers.drain(..);
            let anchors = anchors.map(|der| TrustAnchor::from_der(&der));
            roots.anchors = anchors.collect::<Result<_, _>>()?;
        }
        Ok(roots)
    }

    /// Every certificate, as PEM, the roots first.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let anchors = self.anchors.iter().map(TrustAnchor::der);
        let all = anchors.chain(self.helpers.iter().map(Vec::as_slice));
        all.map(pem::encode_certificate).collect()
    }
}
