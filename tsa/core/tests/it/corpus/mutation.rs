//! Real tokens with one byte changed: every position, a few values.
//!
//! A token has parts that no signature and no digest covers; a change there may leave it valid,
//! and must then leave everything that it says.
//! Covered, and therefore never valid after a change, are:
//!
//! - the content (`eContent`), by the digest among the signed attributes;
//! - the signed attributes and the signature value, by the signature;
//! - the signer's certificate, by the signed certificate reference;
//! - the certificates between signer and root, by their issuers' signatures.
//!
//! Covered by nothing are the status in front of the token, the version numbers, the list of digest
//! algorithms, the algorithm identifiers of the signer where two mean the same, the signer's
//! identifier where names are compared without regard to case, certificates that the path does not
//! use (a root among them), attribute certificates, revocation data, and unsigned attributes.
//! Headers that frame both kinds are left to the second rule.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test over known bytes that cannot go on says so by panicking"
)]

use std::collections::BTreeMap;
use std::thread;

use proofline_tsa::{Certificate, Encoding, Outcome, VerifiedToken};

use super::Entry;

/// Tokens to mutate, and how many of one issuer: every byte costs two verifications.
const TOKENS: usize = 50;
const TOKENS_PER_ISSUER: usize = 5;

/// What a byte at a position is turned into: one bit of it changed, another at each position, and
/// all bits changed.
fn changes(at: usize, byte: u8) -> [u8; 2] {
    [byte ^ (1 << (at % 8)), !byte]
}

/// What a verified token says, in one text.
fn said(token: &VerifiedToken) -> String {
    format!(
        "{:?} {} {}",
        token.claims(),
        token.signer().fingerprint_hex(),
        token.anchor().fingerprint_hex()
    )
}

/// One DER value: its tag, and where its content lies.
#[derive(Clone, Copy)]
struct Value {
    tag: u8,
    start: usize,
    content: usize,
    end: usize,
}

/// Reads the values in `bytes[from..to]`, which is known to be DER.
fn values(bytes: &[u8], from: usize, to: usize) -> Vec<Value> {
    let mut found = Vec::new();
    let mut at = from;
    while at < to {
        let first = usize::from(bytes[at + 1]);
        let (header, length) = match first {
            0..=0x7f => (2, first),
            _ => {
                let count = first & 0x7f;
                let octets = &bytes[at + 2..at + 2 + count];
                let length = octets.iter().fold(0, |n, o| n * 256 + usize::from(*o));
                (2 + count, length)
            }
        };
        let end = at + header + length;
        found.push(Value {
            tag: bytes[at],
            start: at,
            content: at + header,
            end,
        });
        at = end;
    }
    found
}

fn inside(bytes: &[u8], value: Value) -> Vec<Value> {
    values(bytes, value.content, value.end)
}

/// Marks the covered bytes of a token in DER.
fn covered(bytes: &[u8], token: &VerifiedToken) -> Vec<bool> {
    let mut marks = vec![false; bytes.len()];
    let mut mark = |value: Value| marks[value.content..value.end].fill(true);
    let outer = inside(bytes, values(bytes, 0, bytes.len())[0]);
    let content_info = match outer[0].tag {
        0x30 => inside(bytes, outer[1]),
        _ => outer,
    };
    let signed_data = inside(bytes, inside(bytes, content_info[1])[0]);
    let encapsulated = inside(bytes, signed_data[2]);
    mark(inside(bytes, encapsulated[1])[0]);
    let signer_infos = signed_data.last().unwrap();
    for field in inside(bytes, inside(bytes, *signer_infos)[0]) {
        if field.tag == 0xa0 || field.tag == 0x04 {
            mark(field);
        }
    }
    let used: Vec<[u8; 32]> = [token.signer()]
        .into_iter()
        .chain(token.intermediates())
        .map(|summary| summary.fingerprint)
        .collect();
    for set in signed_data.iter().filter(|value| value.tag == 0xa0) {
        for item in inside(bytes, *set) {
            let certificate = Certificate::parse(&bytes[item.start..item.end]);
            if certificate.is_ok_and(|certificate| used.contains(&certificate.fingerprint())) {
                mark(item);
            }
        }
    }
    marks
}

#[derive(Default)]
struct Tally {
    tried: usize,
    covered: usize,
    still_valid: usize,
    wrong: Vec<String>,
}

fn mutate(entry: &Entry) -> Tally {
    let original = entry.verify(&entry.bytes, &[]);
    let token = original.verified().unwrap();
    let covered = covered(&entry.bytes, token);
    let mut tally = Tally {
        covered: covered.iter().filter(|covered| **covered).count(),
        ..Tally::default()
    };
    let mut bytes = entry.bytes.clone();
    for at in 0..bytes.len() {
        for changed in changes(at, entry.bytes[at]) {
            bytes[at] = changed;
            let report = entry.verify(&bytes, &[]);
            tally.tried += 1;
            if let Some(verified) = report.verified() {
                tally.still_valid += 1;
                if covered[at] || said(verified) != said(token) {
                    tally.wrong.push(format!(
                        "{} byte {at}: {:02x} became {:02x}",
                        entry.file, entry.bytes[at], bytes[at]
                    ));
                }
            }
        }
        bytes[at] = entry.bytes[at];
    }
    tally
}

/// The smallest tokens, a few of each issuer.
fn chosen(entries: &[Entry]) -> Vec<&Entry> {
    let mut issuers: BTreeMap<String, usize> = BTreeMap::new();
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| entry.bytes.len());
    sorted.retain(|entry| {
        let report = entry.verify(&entry.bytes, &[]);
        // The positions are those of the bytes given, so they must be the bytes that are read.
        match report.verified() {
            Some(token) if report.encoding() == Encoding::Der => {
                let count = issuers.entry(token.signer().issuer.clone()).or_default();
                *count += 1;
                *count <= TOKENS_PER_ISSUER
            }
            _ => false,
        }
    });
    sorted.truncate(TOKENS);
    sorted
}

/// Without this a part that should be under the signature could slip out from under it unseen.
#[test]
fn no_byte_that_is_covered_can_change() {
    let Some(entries) = super::entries() else {
        return;
    };
    let chosen = chosen(&entries);
    assert_eq!(chosen.len(), TOKENS);
    // Every other token to either of two threads: they are sorted by size.
    let chosen_ref = &chosen;
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let work = |first: usize| -> Vec<Tally> {
            let part = chosen_ref.iter().skip(first).step_by(2);
            part.map(|entry| mutate(entry)).collect()
        };
        let workers = [0, 1].map(|first| scope.spawn(move || work(first)));
        let results = workers.into_iter().map(|worker| worker.join().unwrap());
        results.flatten().collect()
    });
    let sum = |field: fn(&Tally) -> usize| tallies.iter().map(field).sum::<usize>();
    let bytes: usize = chosen.iter().map(|entry| entry.bytes.len()).sum();
    eprintln!(
        "{} tokens, {bytes} bytes of which {} are covered; {} mutations, {} still valid and \
         saying the same",
        chosen.len(),
        sum(|tally| tally.covered),
        sum(|tally| tally.tried),
        sum(|tally| tally.still_valid)
    );
    let wrong: Vec<&String> = tallies.iter().flat_map(|tally| &tally.wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        sum(|tally| tally.covered) * 2 > bytes,
        "most bytes are covered"
    );
}

/// Nothing in a damaged token makes the reader panic or hang, whatever file it was.
#[test]
fn damaged_real_tokens_never_panic() {
    let Some(entries) = super::entries() else {
        return;
    };
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut tried = 0_u32;
    for entry in &entries {
        for _ in 0..24 {
            // xorshift: the same damage in every run.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = usize::try_from(state >> 16).unwrap() % entry.bytes.len();
            let mut damaged = entry.bytes.clone();
            match state % 3 {
                0 => damaged[at] ^= u8::try_from(1_u64 << (state >> 8 & 7)).unwrap(),
                1 => damaged.truncate(at),
                _ => drop(damaged.remove(at)),
            }
            let report = proofline_tsa::verify(
                &damaged,
                proofline_tsa::Expected::NotGiven,
                &[],
                &proofline_tsa::Options::default(),
            );
            assert_ne!(report.outcome(), Outcome::Valid);
            tried = tried.saturating_add(1);
        }
    }
    eprintln!("{tried} damaged tokens were read");
}
