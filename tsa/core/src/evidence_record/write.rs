//! Records written: the first, and both ways of renewal (§5.2).
//!
//! What is written is not verified here: a caller verifies the token that it obtained, and what it
//! renews, before it relies on either.

use alloc::vec::Vec;

use super::verify::renewed_leaf;
use super::{Chain, EvidenceRecord};
use crate::der::{self, tag};
use crate::digest::{HashAlgorithm, Imprint};
use crate::verify::imprint_algorithm_der;

impl EvidenceRecord<'_> {
    /// Writes the first record over data whose digest `token` stamps: one time stamp, without a
    /// hash tree.
    ///
    /// `token` is the bare token in DER ([`Response::token`](crate::Response::token)) and
    /// `algorithm` that of its imprint.
    #[must_use]
    pub fn initial(algorithm: HashAlgorithm, token: &[u8]) -> Vec<u8> {
        let chain = der::write(tag::SEQUENCE, &archive_time_stamp(algorithm, token));
        write(&[identifier(algorithm, tag::SEQUENCE)], &[], &[&chain])
    }

    /// What a token must stamp to renew the newest time stamp before its certificates end: the
    /// newest token, hashed by the algorithm of its chain. `None` if that is not computed here.
    #[must_use]
    pub fn renewal_imprint(&self) -> Option<Imprint> {
        let last = self.chains.last()?;
        let algorithm = last.algorithm()?;
        Some(Imprint::of(algorithm, last.stamps.last()?.token))
    }

    /// Writes the record with a token over [`renewal_imprint`](Self::renewal_imprint) added to its
    /// newest chain. `None` where there is no such imprint.
    #[must_use]
    pub fn renewed(&self, token: &[u8]) -> Option<Vec<u8>> {
        let (last, older) = self.chains.split_last()?;
        last.algorithm()?;
        let content = der::only(last.raw, tag::SEQUENCE).ok()?.value;
        // As in the time stamp before, or in the imprint of its token: there are readers that
        // compare octets, and what stands for it in the new token may have other parameters.
        let before = last.stamps.last()?;
        let named = match &before.digest_algorithm {
            Some(named) => named.raw.to_vec(),
            None => {
                let named = imprint_algorithm_der(before.token)?;
                let content = der::only(&named, tag::SEQUENCE).ok()?.value;
                der::write(tag::constructed(0), content)
            }
        };
        let stamp = der::write(tag::SEQUENCE, &[named.as_slice(), token].concat());
        let chain = der::write(tag::SEQUENCE, &[content, &stamp].concat());
        let mut chains: Vec<&[u8]> = older.iter().map(|chain| chain.raw).collect();
        chains.push(&chain);
        Some(write(&self.identifiers(None), &self.infos, &chains))
    }

    /// What a token must stamp to renew the record before its hash algorithm ends: the data's
    /// digest by a stronger one, together with everything older, hashed by it.
    #[must_use]
    pub fn rehash_imprint(&self, data: &Imprint) -> Option<Imprint> {
        Imprint::new(data.algorithm(), &renewed_leaf(&self.chains, data))
    }

    /// Writes the record with a new chain: a token over
    /// [`rehash_imprint`](Self::rehash_imprint) by this algorithm.
    #[must_use]
    pub fn rehashed(&self, algorithm: HashAlgorithm, token: &[u8]) -> Vec<u8> {
        let chain = der::write(tag::SEQUENCE, &archive_time_stamp(algorithm, token));
        let mut chains: Vec<&[u8]> = self
            .chains
            .iter()
            .map(|chain: &Chain<'_>| chain.raw)
            .collect();
        chains.push(&chain);
        write(&self.identifiers(Some(algorithm)), &self.infos, &chains)
    }

    /// The algorithms listed at the beginning, as they stand, and the new one.
    fn identifiers(&self, new: Option<HashAlgorithm>) -> Vec<Vec<u8>> {
        let listed = &self.digest_algorithms;
        let mut all: Vec<Vec<u8>> = listed.iter().map(|one| one.raw.to_vec()).collect();
        if let Some(new) = new
            && !listed.iter().any(|one| one.oid == new.oid())
        {
            all.push(identifier(new, tag::SEQUENCE));
        }
        all
    }
}

/// `AlgorithmIdentifier` without parameters (RFC 5754 §2), under the tag given.
fn identifier(algorithm: HashAlgorithm, tag: u8) -> Vec<u8> {
    der::write(tag, &der::write(tag::OID, algorithm.oid()))
}

/// The algorithm is always named: readers differ on what stands for it where it is left out.
fn archive_time_stamp(algorithm: HashAlgorithm, token: &[u8]) -> Vec<u8> {
    let named = identifier(algorithm, tag::constructed(0));
    der::write(tag::SEQUENCE, &[named.as_slice(), token].concat())
}

fn write(algorithms: &[Vec<u8>], infos: &[&[u8]], chains: &[&[u8]]) -> Vec<u8> {
    let content = [
        der::write_unsigned(&[1]),
        der::write(tag::SEQUENCE, &algorithms.concat()),
        infos.concat(),
        der::write(tag::SEQUENCE, &chains.concat()),
    ];
    der::write(tag::SEQUENCE, &content.concat())
}
