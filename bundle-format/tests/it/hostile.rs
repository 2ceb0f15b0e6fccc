//! Bytes from anywhere: parsers answer, they never panic, and what they accept they would write.

use proofline_format::archive::{Archive, archive, pack};
use proofline_format::checkpoint::Checkpoint;
use proofline_format::dsse::Envelope;
use proofline_format::entry::{Hunk, ParsedLine};
use proofline_format::holes::Holes;
use proofline_format::integrity::Proof;
use proofline_format::json::{canonical, parse, parse_canonical};
use proofline_format::key::PublicKey;
use proofline_format::manifest::Manifest;
use proofline_format::merkle::leaf_hash;
use proofline_format::merkle::proof::{verify_consistency, verify_inclusion};
use proofline_format::note::Note;
use proofline_format::object::{
    Evidence, Genesis, KeyChange, SessionSummary, WitnessFile, witness_index_files,
};
use proofline_format::timestamp::Timestamp;
use proofline_format::tlog_proof::TlogProof;
use proptest::prelude::*;

use crate::samples::{any_entry, any_value};

/// Every parser of the crate on the same bytes. `cargo xtask` knows nothing better to do with an
/// input than the fuzz targets of `fuzz/` do; this is their short form.
fn feed(bytes: &[u8]) {
    if let Ok(value) = parse(bytes) {
        let written = canonical(&value);
        assert_eq!(
            parse_canonical(&written).map(|v| canonical(&v)),
            Ok(written)
        );
        drop((
            Proof::of(&value).map(|proof| proof.verifies()),
            Manifest::of(&value),
        ));
    }
    if let Ok(value) = parse_canonical(bytes) {
        assert_eq!(canonical(&value), bytes);
    }
    if let Ok(parsed) = ParsedLine::parse(bytes) {
        assert_eq!(parsed.entry.line(), bytes);
        assert_eq!(
            parsed.computed_chain_hash(),
            parsed.entry.computed_chain_hash()
        );
    }
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_bytes(), bytes);
        drop(Checkpoint::parse(&note.text));
    }
    if let Ok(proof) = TlogProof::parse(bytes) {
        assert_eq!(proof.to_bytes(), bytes);
    }
    if let Ok(envelope) = Envelope::parse(bytes) {
        assert_eq!(envelope.to_bytes(), bytes);
    }
    if let Ok(holes) = Holes::parse(bytes) {
        assert_eq!(holes.to_bytes(), bytes);
    }
    if let Some(moment) = Timestamp::parse(bytes) {
        assert_eq!(moment.to_string().as_bytes(), bytes);
    }
    drop((
        Evidence::parse(bytes),
        Genesis::parse(bytes),
        KeyChange::parse(bytes),
    ));
    drop((
        SessionSummary::parse(bytes),
        WitnessFile::parse(bytes),
        witness_index_files(bytes),
    ));
    if let Ok(archive) = Archive::open(bytes) {
        for member in archive.members() {
            drop(archive.stream(member).read_all(1 << 20));
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(checkpoint) = Checkpoint::parse(text) {
            assert_eq!(checkpoint.text(), text);
        }
        if let Some(hunk) = Hunk::parse(text) {
            assert_eq!(hunk.header(), text);
        }
        for key in [
            PublicKey::from_did(text),
            PublicKey::from_pem(text),
            PublicKey::from_hex(text),
        ] {
            assert!(key.is_none_or(|key| PublicKey::from_did(&key.did()) == Some(key)));
        }
    }
}

/// What chance and malice do to bytes: change, insert, remove, repeat, cut.
#[derive(Debug, Clone)]
enum Change {
    Flip(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    Cut(prop::sample::Index),
}

fn any_change() -> impl Strategy<Value = Change> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        (place(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (place(), any::<u8>()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        place().prop_map(Change::Remove),
        (place(), place()).prop_map(|(from, to)| Change::Repeat(from, to)),
        place().prop_map(Change::Cut),
    ]
}

fn apply(bytes: &mut Vec<u8>, changes: &[Change]) {
    for change in changes {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match change {
            Change::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Change::Insert(at, byte) => bytes.insert(at.index(length), *byte),
            Change::Remove(at) => {
                bytes.remove(at.index(length));
            }
            Change::Repeat(from, to) => {
                let (a, b) = (from.index(length), to.index(length));
                let part = bytes[a.min(b)..a.max(b)].to_vec();
                bytes.extend(part);
            }
            Change::Cut(at) => bytes.truncate(at.index(length)),
        }
    }
}

fn sample_archive() -> Vec<u8> {
    let text = b"one two three four five six seven eight nine ten ".repeat(9);
    let files = [
        ("mimetype".into(), proofline_format::archive::store(b"a/b")),
        ("data/text".into(), pack(&text)),
        ("data/more".into(), pack(&text[7..])),
    ];
    archive(&files).unwrap()
}

const NOTE: &str = "example.com/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
    — example.com/log Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        feed(&bytes);
    }

    #[test]
    fn random_text(text in "\\PC{0,80}|[{}\\[\\]\":,0-9a-fnul\\\\u-]{0,60}") {
        feed(text.as_bytes());
    }

    #[test]
    fn a_changed_line(entry in any_entry(), changes in prop::collection::vec(any_change(), 1..4)) {
        let mut bytes = entry.line();
        apply(&mut bytes, &changes);
        feed(&bytes);
    }

    #[test]
    fn a_changed_document(value in any_value(), changes in prop::collection::vec(any_change(), 1..4)) {
        let mut bytes = canonical(&value);
        apply(&mut bytes, &changes);
        feed(&bytes);
    }

    #[test]
    fn a_changed_note(changes in prop::collection::vec(any_change(), 1..4)) {
        let mut bytes = NOTE.as_bytes().to_vec();
        apply(&mut bytes, &changes);
        feed(&bytes);
    }

    #[test]
    fn a_changed_proof_file(changes in prop::collection::vec(any_change(), 1..4)) {
        let mut bytes = format!("c2sp.org/tlog-proof@v1\nextra AAAA\nindex 2\n{NOTE}").into_bytes();
        apply(&mut bytes, &changes);
        feed(&bytes);
    }

    #[test]
    fn a_changed_archive(changes in prop::collection::vec(any_change(), 1..4)) {
        let mut bytes = sample_archive();
        apply(&mut bytes, &changes);
        feed(&bytes);
    }

    /// Sizes are the caller's, hashes the attacker's: neither makes the arithmetic overflow.
    #[test]
    fn any_proof_of_any_size(
        index in any::<u64>(),
        size in prop_oneof![any::<u64>(), 0..70_u64, Just(u64::MAX), Just(1 << 63)],
        count in 0..70_usize,
    ) {
        let hash = leaf_hash(b"x");
        let proof = vec![hash; count];
        prop_assert!(!verify_inclusion(&hash, index, size, &proof, &leaf_hash(b"y")));
        let consistent = verify_consistency(index, &hash, size, &leaf_hash(b"y"), &proof);
        prop_assert!(!consistent);
    }
}

#[test]
fn empty_input_is_refused_by_every_parser() {
    feed(b"");
    assert!(ParsedLine::parse(b"").is_err());
    assert!(Note::parse(b"").is_err());
    assert!(TlogProof::parse(b"").is_err());
    assert!(Holes::parse(b"").is_err());
    assert!(Archive::open([].as_slice()).is_err());
}
