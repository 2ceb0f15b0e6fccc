//! The verification of a record: every token, and that each covers what it should (§4.3, §5.3).

use alloc::string::String;
use alloc::vec::Vec;

use super::{ArchiveTimeStamp, Chain, EvidenceRecord, RecordCode, RecordFinding, hash_tree};
use crate::certificate::Certificate;
use crate::der::{self, tag};
use crate::digest::{HashAlgorithm, Imprint, Refusal, Sha1Leave};
use crate::finding::Severity;
use crate::time::rfc3339;
use crate::trust_anchor::TrustAnchor;
use crate::verify::{self, Expected, Options, Outcome, Report, Sha1Use, TokenChain, VerifiedToken};

pub(super) use crate::verify::imprint_algorithm;

/// What was found in one record.
#[derive(Clone, Debug, Default)]
pub struct RecordReport {
    findings: Vec<RecordFinding>,
    stamps: Vec<RecordTimeStamp>,
}

/// One time stamp of a record, and what was found in its token.
#[derive(Clone, Debug)]
pub struct RecordTimeStamp {
    chain: usize,
    position: usize,
    report: Report,
    token_chain: Option<TokenChain>,
}

impl RecordTimeStamp {
    /// The number of its chain, from 0: one for each hash algorithm that the data was hashed by.
    #[must_use]
    pub const fn chain(&self) -> usize {
        self.chain
    }

    /// Its number in the chain, from 0.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// What was found in its token.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// The certificates that it rests on and when they end, as far as they are at hand.
    #[must_use]
    pub const fn token_chain(&self) -> Option<&TokenChain> {
        self.token_chain.as_ref()
    }
}

impl RecordReport {
    /// The outcome: the weight of the worst finding. Valid only if every token leads to a given
    /// root and each renews the one before.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.findings.iter().map(|f| f.code.severity()).max() {
            Some(Severity::Failed) => Outcome::Invalid,
            Some(Severity::Indeterminate) => Outcome::Indeterminate,
            _ if self.stamps.is_empty() => Outcome::Indeterminate,
            _ => Outcome::Valid,
        }
    }

    /// Everything found about the record, in its order; what is wrong with a token is in that
    /// token's report.
    #[must_use]
    pub fn findings(&self) -> &[RecordFinding] {
        &self.findings
    }

    /// The time stamps, the oldest first.
    #[must_use]
    pub fn time_stamps(&self) -> &[RecordTimeStamp] {
        &self.stamps
    }

    /// The first token, which says when the data existed; only of a record that is valid.
    #[must_use]
    pub fn verified(&self) -> Option<&VerifiedToken> {
        let first = self.stamps.first()?;
        first
            .report
            .verified()
            .filter(|_| self.outcome() == Outcome::Valid)
    }
}

/// Verifies an evidence record over one data object.
///
/// `data` are digests of the data, one for each algorithm of
/// [`EvidenceRecord::chain_algorithms`]. `anchors` and `options` are those of
/// [`verify`](crate::verify) and count for every token; its `request` is not used. A token that a
/// younger one covers is judged with that as proof that it existed by then.
#[must_use]
pub fn verify_evidence_record(
    bytes: &[u8],
    data: &[Imprint],
    anchors: &[TrustAnchor],
    options: &Options<'_>,
) -> RecordReport {
    let record = match EvidenceRecord::parse(bytes) {
        Ok(record) => record,
        Err(error) => {
            let finding = RecordFinding {
                code: RecordCode::RecordMalformed,
                at: None,
                detail: alloc::format!("record: {error}"),
            };
            return RecordReport {
                findings: alloc::vec![finding],
                stamps: Vec::new(),
            };
        }
    };
    let mut check = Check {
        record: &record,
        data,
        anchors,
        options,
        findings: Vec::new(),
    };
    if record.is_encrypted {
        let detail = "record speaks of encryption: it is about the octets as they were archived";
        check.push(RecordCode::RecordEncrypted, None, detail.into());
    }
    let tops = check.tops();
    let stamps = check.tokens(&tops);
    check.renewals(&stamps);
    check.findings.sort_by_key(|finding| finding.at);
    RecordReport {
        findings: check.findings,
        stamps,
    }
}

struct Check<'c, 'a> {
    record: &'c EvidenceRecord<'a>,
    data: &'c [Imprint],
    anchors: &'c [TrustAnchor],
    options: &'c Options<'c>,
    findings: Vec<RecordFinding>,
}

/// What one token must stamp.
struct Top {
    at: (usize, usize),
    imprint: Option<Imprint>,
}

impl<'a> Check<'_, 'a> {
    fn push(&mut self, code: RecordCode, at: Option<(usize, usize)>, detail: String) {
        self.findings.push(RecordFinding { code, at, detail });
    }

    /// Checks that every time stamp covers what it should, and says what its token must stamp.
    fn tops(&mut self) -> Vec<Top> {
        let mut tops = Vec::new();
        let record = self.record;
        for (number, chain) in record.chains.iter().enumerate() {
            let algorithm = self.algorithm(number, chain);
            let mut before: Option<&ArchiveTimeStamp<'_>> = None;
            for (position, stamp) in chain.stamps.iter().enumerate() {
                let at = (number, position);
                let imprint = algorithm.and_then(|algorithm| {
                    let leaf = match before {
                        Some(before) => Some(algorithm.digest(before.token)),
                        None => self.first_leaf(number, algorithm),
                    };
                    let top = self.covered(at, stamp, leaf.as_deref(), algorithm)?;
                    Imprint::new(algorithm, &top)
                });
                tops.push(Top { at, imprint });
                before = Some(stamp);
            }
        }
        tops
    }

    /// The algorithm of a chain, which all its time stamps have (§5.3, 3).
    fn algorithm(&mut self, number: usize, chain: &Chain<'_>) -> Option<HashAlgorithm> {
        let first = chain.stamps.first()?;
        let leave = self.options.sha1(Sha1Use::Imprint);
        let named = match &first.digest_algorithm {
            Some(named) => HashAlgorithm::from_identifier_with(named, leave),
            None => match imprint_algorithm(first.token) {
                Some(HashAlgorithm::Sha1) if leave == Sha1Leave::Refused => Err(Refusal::Weak),
                found => found.ok_or(Refusal::Unsupported),
            },
        };
        let at = Some((number, 0));
        let name = first.algorithm_name();
        let code = match named {
            Ok(algorithm) => {
                for (position, other) in chain.stamps.iter().enumerate().skip(1) {
                    if other.algorithm() != Some(algorithm) {
                        let other = other.algorithm_name();
                        let detail = alloc::format!("hash algorithm is {other}, chain has {name}");
                        let at = Some((number, position));
                        self.push(RecordCode::ChainAlgorithmMixed, at, detail);
                    }
                }
                return Some(algorithm);
            }
            Err(Refusal::Weak) => RecordCode::RecordAlgorithmWeak,
            Err(Refusal::Unsupported) => RecordCode::RecordAlgorithmUnsupported,
        };
        self.push(code, at, alloc::format!("hash algorithm is {name}"));
        None
    }

    /// What the first time stamp of a chain covers: the data, and together with it whatever is
    /// older (§5.2: the hash of the data and the hash of the encoded older chains, hashed).
    fn first_leaf(&mut self, number: usize, algorithm: HashAlgorithm) -> Option<Vec<u8>> {
        let given = self.data.iter().find(|one| one.algorithm() == algorithm);
        let Some(given) = given else {
            let detail = alloc::format!("the data's {algorithm} digest was not given");
            self.push(RecordCode::DigestNotGiven, Some((number, 0)), detail);
            return None;
        };
        if number == 0 {
            return Some(given.digest().to_vec());
        }
        Some(renewed_leaf(self.record.chains.get(..number)?, given))
    }

    /// The top of a time stamp's tree, once the leaf is known to be in it.
    fn covered(
        &mut self,
        at: (usize, usize),
        stamp: &ArchiveTimeStamp<'_>,
        leaf: Option<&[u8]>,
        algorithm: HashAlgorithm,
    ) -> Option<Vec<u8>> {
        let claimed = match stamp.tree.first() {
            Some(first) => first.clone(),
            None => return self.without_tree(at, stamp, leaf),
        };
        if let Some(leaf) = leaf
            && !claimed.contains(&leaf)
        {
            let detail = alloc::format!(
                "computed leaf {} is not one of {} in the first list",
                crate::hex::encode(leaf),
                claimed.len()
            );
            self.push(not_covered(at), Some(at), detail);
        }
        hash_tree::top(&stamp.tree, algorithm)
    }

    /// Without a tree the token stamps the leaf itself.
    fn without_tree(
        &mut self,
        at: (usize, usize),
        stamp: &ArchiveTimeStamp<'_>,
        leaf: Option<&[u8]>,
    ) -> Option<Vec<u8>> {
        let leaf = leaf?;
        if let Some(claimed) = verify::imprint(stamp.token)
            && claimed.digest() != leaf
        {
            let (claimed, leaf) = (
                crate::hex::encode(claimed.digest()),
                crate::hex::encode(leaf),
            );
            let detail = alloc::format!("token claims to stamp {claimed}, computed {leaf}");
            self.push(not_covered(at), Some(at), detail);
        }
        Some(leaf.to_vec())
    }

    /// Verifies the tokens, the youngest first: each is a proof that the older ones existed, but not
    /// for one that shares a key with it: whoever has that key can make both.
    fn tokens(&mut self, tops: &[Top]) -> Vec<RecordTimeStamp> {
        let mut stamps = Vec::new();
        let mut proofs: Vec<(i64, Vec<Vec<u8>>)> = Vec::new();
        for (token, top) in self.record.tokens().iter().zip(tops).rev() {
            let certificates = self.options.certificates;
            let chain = TokenChain::of_token(token, certificates, self.options.trust_dates);
            let keys = keys_of(chain.as_ref().map_or(&[], TokenChain::certificates));
            let others = proofs
                .iter()
                .filter(|(_, theirs)| !keys.iter().any(|key| theirs.contains(key)));
            let latest = others.map(|(latest, _)| *latest);
            let existed_at = latest.chain(self.options.existed_at).min();
            let options = Options {
                request: None,
                existed_at,
                ..*self.options
            };
            let wanted = top.imprint.as_ref();
            let wanted = wanted.map_or(Expected::NotGiven, Expected::Imprint);
            let report = verify::verify(token, wanted, self.anchors, &options);
            let worst = report.findings().iter().max_by_key(|f| f.code().severity());
            let detail = worst.map_or_else(String::new, alloc::string::ToString::to_string);
            match report.outcome() {
                Outcome::Valid => {}
                Outcome::Indeterminate => {
                    self.push(RecordCode::TimeStampUndetermined, Some(top.at), detail);
                }
                Outcome::Invalid => self.push(RecordCode::TimeStampInvalid, Some(top.at), detail),
            }
            let mut beside: Vec<&[u8]> = options.certificates.to_vec();
            if let Some(verified) = report.verified() {
                let latest = verified
                    .upper_micros()
                    .div_euclid(1_000_000)
                    .saturating_add(1);
                let mut theirs = keys_of(verified.path().certificates());
                theirs.extend(keys);
                proofs.push((latest, theirs));
                beside.extend(verified.path().certificates().iter().map(Vec::as_slice));
            }
            stamps.push(RecordTimeStamp {
                chain: top.at.0,
                position: top.at.1,
                token_chain: TokenChain::of_token(token, &beside, options.trust_dates),
                report,
            });
        }
        stamps.reverse();
        stamps
    }

    /// §5.3: every time stamp is renewed by a later one, and before it ended.
    fn renewals(&mut self, stamps: &[RecordTimeStamp]) {
        let time = |stamp: &RecordTimeStamp| stamp.report.claims().map(|claims| claims.gen_time);
        for pair in stamps.windows(2) {
            let [old, new] = pair else { continue };
            let (Some(was), Some(is)) = (time(old), time(new)) else {
                continue;
            };
            let at = Some((new.chain, new.position));
            if is.unix_micros() < was.unix_micros() {
                let detail = alloc::format!("time is {is}, that of the one before is {was}");
                self.push(RecordCode::RenewalBackwards, at, detail);
            }
            if let Some(end) = old.token_chain.as_ref().map(TokenChain::ends_at)
                && is.unix_seconds() >= end
            {
                let detail = alloc::format!(
                    "time is {is}, what the one before rests on ended at {}",
                    rfc3339(end)
                );
                self.push(RecordCode::RenewalLate, at, detail);
            }
        }
        if let (Some(last), Some(now)) = (stamps.last(), self.options.now)
            && let Some(end) = last.token_chain.as_ref().map(TokenChain::ends_at)
            && now >= end
        {
            let detail = alloc::format!(
                "what the newest token rests on ended at {}, now is {}",
                rfc3339(end),
                rfc3339(now)
            );
            let at = Some((last.chain, last.position));
            self.push(RecordCode::RecordNotRenewedSince, at, detail);
        }
    }
}

/// The public keys of certificates, without those of roots: who has a root's key is everybody.
fn keys_of(certificates: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let parsed = certificates.iter().map(|der| Certificate::parse(der));
    let below = parsed.flatten().filter(|one| !one.is_self_issued());
    below
        .map(|certificate| certificate.public_key_der().to_vec())
        .collect()
}

/// What a new chain over the older ones covers.
pub(super) fn renewed_leaf(older: &[Chain<'_>], data: &Imprint) -> Vec<u8> {
    let algorithm = data.algorithm();
    let chains: Vec<&[u8]> = older.iter().map(|chain| chain.raw).collect();
    // The encoded sequence of what there was: its header is written anew, its chains as they stand.
    let sequence = der::write(tag::SEQUENCE, &chains.concat());
    algorithm.digest(&[data.digest(), &algorithm.digest(&sequence)].concat())
}

const fn not_covered(at: (usize, usize)) -> RecordCode {
    match at {
        (0, 0) => RecordCode::DataNotCovered,
        (_, 0) => RecordCode::ChainNotRenewed,
        _ => RecordCode::TimeStampNotRenewed,
    }
}
