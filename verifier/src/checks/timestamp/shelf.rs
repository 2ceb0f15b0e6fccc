//! What a bundle holds beside its tokens: certificates, revocation lists, OCSP responses.
//!
//! All of it counts for every token, wherever it lies: a list that came with a later checkpoint
//! says more of an earlier token than the one that came with it. None of it is trusted because it
//! is here; who signed it is checked when it is asked.

use std::collections::{BTreeSet, VecDeque};

use proofline_format::digest::{Hash, sha256};
use proofline_format::object::ItemKind;
use proofline_tsa::{Report, RevocationFormat};

use super::limits::{MAX_BYTES_OF_A_KIND, MAX_CERTIFICATES, REVOCATION_LIMITS};

/// How an OCSP response stands in a token (RFC 5940 §2.1), and the basic response in it, which
/// authorities write as well.
const OCSP_FORMATS: [&str; 2] = ["1.3.6.1.5.5.7.16.2", "1.3.6.1.5.5.7.48.1.1"];

/// Everything of that kind in a bundle, each once, in the order in which it came.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    certificates: Vec<Vec<u8>>,
    crls: Kept,
    ocsp_responses: Kept,
    known: BTreeSet<Hash>,
    certificates_left_out: u64,
}

/// The latest items of a kind that fit.
#[derive(Debug, Default)]
struct Kept {
    items: VecDeque<Vec<u8>>,
    bytes: usize,
    left_out: u64,
}

impl Kept {
    /// The oldest goes first: what came later says more.
    fn push(&mut self, item: Vec<u8>, max: usize) {
        self.bytes = self.bytes.saturating_add(item.len());
        self.items.push_back(item);
        while self.items.len() > max || self.bytes > MAX_BYTES_OF_A_KIND {
            let Some(oldest) = self.items.pop_front() else {
                return;
            };
            self.bytes = self.bytes.saturating_sub(oldest.len());
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    fn slices(&self) -> Vec<&[u8]> {
        self.items.iter().map(Vec::as_slice).collect()
    }
}

impl Shelf {
    /// Keeps an item of a checkpoint, if it is of a kind that is kept.
    pub(crate) fn keep(&mut self, kind: ItemKind, bytes: &[u8]) {
        match kind {
            ItemKind::Certificate => self.keep_certificate(bytes),
            ItemKind::Crl if self.is_new(bytes) => {
                self.crls.push(bytes.to_vec(), REVOCATION_LIMITS.crls);
            }
            ItemKind::Ocsp if self.is_new(bytes) => {
                let max = REVOCATION_LIMITS.ocsp_responses;
                self.ocsp_responses.push(bytes.to_vec(), max);
            }
            _ => {}
        }
    }

    /// Keeps what came inside a token.
    pub(super) fn keep_embedded(&mut self, token: &Report) {
        for item in token.embedded_revocation() {
            match &item.format {
                RevocationFormat::Crl => self.keep(ItemKind::Crl, &item.der),
                RevocationFormat::Other(id) if OCSP_FORMATS.contains(&id.as_str()) => {
                    self.keep(ItemKind::Ocsp, &item.der);
                }
                RevocationFormat::Other(_) => {}
            }
        }
        for certificate in token.embedded_certificates() {
            self.keep_certificate(certificate);
        }
    }

    fn keep_certificate(&mut self, bytes: &[u8]) {
        if !self.is_new(bytes) {
            return;
        }
        if self.certificates.len() < MAX_CERTIFICATES {
            self.certificates.push(bytes.to_vec());
        } else {
            self.certificates_left_out = self.certificates_left_out.saturating_add(1);
        }
    }

    fn is_new(&mut self, bytes: &[u8]) -> bool {
        self.known.insert(sha256(bytes))
    }

    pub(super) fn certificates(&self) -> Vec<&[u8]> {
        self.certificates.iter().map(Vec::as_slice).collect()
    }

    /// The lists, those that the user gave first.
    pub(super) fn crls<'a>(&'a self, given: &'a [Vec<u8>]) -> Vec<&'a [u8]> {
        let mut all: Vec<&[u8]> = given.iter().map(Vec::as_slice).collect();
        all.extend(self.crls.slices());
        all
    }

    pub(super) fn ocsp_responses(&self) -> Vec<&[u8]> {
        self.ocsp_responses.slices()
    }

    /// How many items did not fit.
    pub(super) fn left_out(&self) -> u64 {
        let revocation = self
            .crls
            .left_out
            .saturating_add(self.ocsp_responses.left_out);
        revocation.saturating_add(self.certificates_left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_item_is_kept_once_and_the_oldest_gives_way() {
        let mut shelf = Shelf::default();
        for _ in 0..3 {
            shelf.keep(ItemKind::Crl, b"a list");
        }
        assert_eq!(shelf.crls(&[]).len(), 1);
        assert_eq!(shelf.left_out(), 0);
        for number in 0..REVOCATION_LIMITS.crls {
            shelf.keep(ItemKind::Crl, &number.to_be_bytes());
        }
        assert_eq!(shelf.crls(&[]).len(), REVOCATION_LIMITS.crls);
        assert_eq!(shelf.left_out(), 1);
        assert!(!shelf.crls(&[]).contains(&b"a list".as_slice()));
    }

    #[test]
    fn lists_that_are_given_come_beside_those_of_the_bundle() {
        let mut shelf = Shelf::default();
        shelf.keep(ItemKind::Crl, b"of the bundle");
        let given = [b"given".to_vec()];
        assert_eq!(shelf.crls(&given), [b"given".as_slice(), b"of the bundle"]);
    }
}
