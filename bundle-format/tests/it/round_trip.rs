//! parse ∘ write = id, for everything that is both written and read.

use proofline_format::archive::{Archive, archive, pack, store};
use proofline_format::digest::{Hash, sha256};
use proofline_format::dsse::Envelope;
use proofline_format::encoding::{base58, base58_decode, base64, base64_decode};
use proofline_format::entry::{Entry, Hunk, ParsedLine};
use proofline_format::holes::Holes;
use proofline_format::integrity::{proof_options, with_proof};
use proofline_format::json::{canonical, parse_canonical};
use proofline_format::key::PublicKey;
use proofline_format::manifest::{FileRecord, Filter, FilterKind, Manifest, Previous, Sized};
use proofline_format::merkle::Tree;
use proofline_format::merkle::aligned_subtrees;
use proofline_format::note::{Note, NoteSignature};
use proofline_format::object::{
    CopiedLines, CopySource, Evidence, EvidenceItem, FileState, ItemKind, MovedLines, WitnessFile,
    seal,
};
use proofline_format::tlog_proof::TlogProof;
use proptest::option;
use proptest::prelude::*;

use crate::samples::{any_entry, any_hash, any_hunk, any_text};

fn note_name() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9./é-]{1,20}"
}

fn any_note() -> impl Strategy<Value = Note> {
    let signature = (
        note_name(),
        any::<[u8; 4]>(),
        prop::collection::vec(any::<u8>(), 0..80),
    );
    let signature = signature.prop_map(|(name, key_id, signature)| NoteSignature {
        name,
        key_id,
        signature,
    });
    let text = "([a-zA-Z0-9 ü+=]{0,20}\n){1,5}";
    (text, prop::collection::vec(signature, 1..5))
        .prop_map(|(text, signatures)| Note { text, signatures })
}

fn any_ranges() -> impl Strategy<Value = Vec<(u64, u64)>> {
    // Gaps of at least one between ranges; a first gap of none is a range from 0.
    prop::collection::vec((0..40_u64, 0..40_u64), 1..6).prop_map(|steps| {
        let mut at = 0;
        let mut ranges = Vec::new();
        for (gap, width) in steps {
            let first = if ranges.is_empty() { gap } else { at + gap + 1 };
            at = first + width + 1;
            ranges.push((first, first + width));
        }
        ranges
    })
}

pub(crate) fn any_manifest() -> impl Strategy<Value = Manifest> {
    let kind = prop_oneof![
        Just(FilterKind::Complete),
        Just(FilterKind::Period),
        Just(FilterKind::Scattered)
    ];
    let filter = (
        kind,
        any::<bool>(),
        prop::collection::vec(any_text(), 0..3),
        option::of(any_text()),
    );
    let sized = || option::of((any_hash(), 0..1_000_000_u64));
    let files = prop::collection::btree_set("data/[a-z]{1,8}", 0..6);
    let range = option::of((0..1_000_u64, 0..1_000_u64));
    let texts = (
        any_text(),
        any_text(),
        prop::collection::vec(any_text(), 0..4),
    );
    (filter, sized(), sized(), files, range, texts, any_hash()).prop_map(
        |(filter, note, token, files, range, texts, seed)| {
            let pair =
                |pair: Option<(Hash, u64)>| pair.map(|(sha256, size)| Sized { sha256, size });
            let files = files.into_iter().map(|path| FileRecord {
                sha256: sha256(path.as_bytes()),
                size_bytes: path.len() as u64,
                method: pack(path.as_bytes()).method,
                packed_sha256: seed,
                path,
            });
            Manifest {
                absent: vec!["data/holes.json".into()],
                context_sha256: seed,
                device_did: texts.0.clone(),
                device_fingerprint: seed,
                entries_at_source: 7,
                entries_exported: 5,
                files: files.collect(),
                filter: Filter {
                    kind: filter.0,
                    include_tail: filter.1,
                    sessions: filter.2,
                    since: filter.3.clone(),
                    until: None,
                },
                gaps: vec![3, 4],
                id: texts.1.clone(),
                last_note: pair(note),
                newest_token: pair(token),
                origin: texts.1,
                period: filter.3.map(|from| (from.clone(), from)),
                previous: range.map(|(last, _)| Previous {
                    last,
                    sha256: seed,
                    tip: seed,
                }),
                range: range.map(|(first, width)| (first, first + width)),
                withheld_objects: 1,
                sources: texts.2,
                tip: Some(seed),
                tool: ("proofline".into(), texts.0),
                tree: Sized {
                    sha256: seed,
                    size: 5,
                },
            }
        },
    )
}

fn any_state() -> impl Strategy<Value = FileState> {
    let flags = (any::<bool>(), any::<bool>());
    let parts = (flags, option::of("[0-9a-f]{40}"), 0..1_000_u64, any_hash());
    parts.prop_map(
        |((binary, final_newline), git_oid, lines, sha256)| FileState {
            binary,
            final_newline,
            git_oid,
            lines,
            sha256,
        },
    )
}

fn any_moved() -> impl Strategy<Value = MovedLines> {
    let numbers = [1..1_000_u64, 1..1_000, 1..1_000];
    (option::of(any_text()), numbers).prop_map(|(from_path, [old_start, lines, new_start])| {
        MovedLines {
            from_path,
            old_start,
            lines,
            new_start,
        }
    })
}

fn any_copied() -> impl Strategy<Value = CopiedLines> {
    let source = prop_oneof![
        "[0-9a-f]{40}".prop_map(CopySource::GitOid),
        any_hash().prop_map(CopySource::Sha256)
    ];
    let numbers = [1..1_000_u64, 1..1_000, 1..1_000];
    let parts = (source, any_text(), numbers);
    parts.prop_map(
        |(source, source_path, [old_start, lines, new_start])| CopiedLines {
            source,
            source_path,
            old_start,
            lines,
            new_start,
        },
    )
}

fn any_witness() -> impl Strategy<Value = WitnessFile> {
    let paths = (any_text(), option::of(any_text()));
    let states = (option::of(any_state()), option::of(any_state()));
    let lists = (
        prop::collection::vec(any_hunk(), 0..4),
        prop::collection::vec(any_moved(), 0..3),
        prop::collection::vec(any_hunk(), 0..3),
        prop::collection::vec(any_copied(), 0..3),
    );
    (paths, states, lists, "[0-9a-f]{32}").prop_map(|(paths, states, lists, salt)| WitnessFile {
        path: paths.0,
        path_before: paths.1,
        before: states.0,
        after: states.1,
        hunks: lists.0,
        moves: lists.1,
        reflows: lists.2,
        copies: lists.3,
        salt,
    })
}

fn written(entry: &Entry) -> Vec<u8> {
    entry.line()
}

proptest! {
    #[test]
    fn witness(witness in any_witness()) {
        let (_, bytes) = seal(&witness.to_value());
        prop_assert_eq!(WitnessFile::parse(&bytes), Ok(witness.clone()));
        // A witness without them has the bytes that it had before there were any.
        let text = String::from_utf8(bytes).unwrap();
        prop_assert_eq!(witness.moves.is_empty(), !text.contains("\"moves\":"));
        prop_assert_eq!(witness.reflows.is_empty(), !text.contains("\"reflows\":"));
        prop_assert_eq!(witness.copies.is_empty(), !text.contains("\"copies\":"));
    }

    #[test]
    fn entry(entry in any_entry()) {
        let line = written(&entry);
        let parsed = ParsedLine::parse(&line).unwrap();
        prop_assert_eq!(&parsed.entry.clone().into_owned(), &entry);
        prop_assert_eq!(parsed.computed_chain_hash(), entry.chain_hash);
        // The general reader finds the same canonical form in it.
        let value = parse_canonical(&line).unwrap();
        prop_assert_eq!(value.members().unwrap().len(), 20);
        prop_assert_eq!(canonical(&value), line);
    }

    /// `jq -cS 'del(.chain_hash)'` and `sha256sum` are what the chain promises; here with another
    /// JSON library in their place.
    #[test]
    fn chain_hash_by_other_means(entry in any_entry()) {
        let mut value: serde_json::Value = serde_json::from_slice(&written(&entry)).unwrap();
        value.as_object_mut().unwrap().remove("chain_hash");
        let mut pre = entry.previous_hash.map(|hash| hash.to_string()).unwrap_or_default();
        pre.push_str(&json_canon::to_string(&value).unwrap());
        prop_assert_eq!(sha256(pre.as_bytes()), entry.chain_hash);
    }

    #[test]
    fn hunk(hunk in any_hunk()) {
        prop_assert_eq!(Hunk::parse(&hunk.header()), Some(hunk));
    }

    #[test]
    fn note(note in any_note()) {
        prop_assert_eq!(Note::parse(&note.to_bytes()), Ok(note));
    }

    #[test]
    fn tlog_proof(
        checkpoint in any_note(),
        index in 0..u64::MAX,
        hashes in prop::collection::vec(any_hash(), 0..64),
        extra in option::of(prop::collection::vec(any::<u8>(), 0..40)),
    ) {
        let proof = TlogProof { extra, index, hashes, checkpoint };
        prop_assert_eq!(TlogProof::parse(&proof.to_bytes()), Ok(proof));
    }

    #[test]
    fn envelope(payload in prop::collection::vec(any::<u8>(), 0..200), payload_type in any_text()) {
        let (key_id, signature) = ("k".into(), [9; 64]);
        let envelope = Envelope { payload_type, payload, key_id, signature };
        prop_assert_eq!(Envelope::parse(&envelope.to_bytes()), Ok(envelope));
    }

    #[test]
    fn manifest(manifest in any_manifest()) {
        let document = manifest.to_value();
        let key = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
        let key = PublicKey::from_hex(key).unwrap();
        let options = proof_options(document.member("@context").unwrap(), "2026-01-01T00:00:00Z", &key);
        let bytes = canonical(&with_proof(&document, &options, &[3; 64]));
        let read = parse_canonical(&bytes).unwrap();
        prop_assert_eq!(Manifest::of(&read), Ok(manifest));
    }

    #[test]
    fn evidence(hashes in prop::collection::btree_set(any_hash(), 1..20), previous in option::of(any_hash())) {
        let items = hashes.into_iter().map(|sha256| EvidenceItem {
            for_size: 4,
            kind: ItemKind::TimeStampResponse,
            sha256,
        });
        let evidence = Evidence { items: items.collect(), previous };
        let (_, bytes) = seal(&evidence.to_value());
        prop_assert_eq!(Evidence::parse(&bytes), Ok(evidence));
    }

    /// Holes, and the tree that they and the shown leaves give together.
    #[test]
    fn holes(present in any_ranges()) {
        let size = present.last().unwrap().1 + 1;
        let leaves: Vec<Hash> = (0..size).map(|index| sha256(&index.to_be_bytes())).collect();
        let subtree = |start: u64, level: u32| {
            let mut tree = Tree::default();
            let end = start + (1 << level);
            leaves[start as usize..end as usize].iter().for_each(|leaf| tree.append(*leaf));
            tree.root()
        };
        let subtrees: Vec<(u64, u32, Hash)> = Holes::gaps(&present)
            .flat_map(|(start, end)| aligned_subtrees(start, end))
            .map(|(start, level)| (start, level, subtree(start, level)))
            .collect();
        let holes = Holes { present: present.clone(), subtrees };
        prop_assert_eq!(Holes::parse(&holes.to_bytes()), Ok(holes.clone()));

        let mut whole = Tree::default();
        leaves.iter().for_each(|leaf| whole.append(*leaf));
        let mut patched = Tree::default();
        let mut hidden = holes.subtrees.iter().peekable();
        for (first, last) in present {
            while let Some((_, level, root)) = hidden.next_if(|(start, ..)| *start < first) {
                prop_assert!(patched.append_subtree(*level, *root));
            }
            leaves[first as usize..=last as usize].iter().for_each(|leaf| patched.append(*leaf));
        }
        prop_assert_eq!(patched.root(), whole.root());
    }

    #[test]
    fn any_archive(contents in prop::collection::vec(
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..300),
            prop::collection::vec(0..3_u8, 0..5_000),
        ],
        0..6,
    )) {
        let files: Vec<_> = contents.iter().enumerate()
            .map(|(number, content)| (format!("f{number}/x"), if number == 0 { store(content) } else { pack(content) }))
            .collect();
        let bytes = archive(&files).unwrap();
        prop_assert_eq!(&archive(&files).unwrap(), &bytes);
        let read = Archive::open(bytes.as_slice()).unwrap();
        prop_assert_eq!(read.members().len(), contents.len());
        for (member, ((name, packed), content)) in read.members().iter().zip(files.iter().zip(&contents)) {
            prop_assert_eq!(&member.name, name);
            let (got, digests) = read.stream(member).read_all(1 << 16).unwrap();
            prop_assert_eq!(&got, content);
            prop_assert_eq!(digests.content, packed.sha256);
            prop_assert_eq!(digests.packed, packed.packed_sha256());
        }
    }

    #[test]
    fn base64_and_base58(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        prop_assert_eq!(base64_decode(base64(&bytes).as_bytes()), Some(bytes.clone()));
        prop_assert_eq!(base58_decode(base58(&bytes).as_bytes()), Some(bytes));
    }

    /// One spelling: whatever is accepted is written back as it was.
    #[test]
    fn encodings_have_one_spelling(text in "[A-Za-z0-9+/=]{0,16}") {
        if let Some(bytes) = base64_decode(text.as_bytes()) {
            prop_assert_eq!(base64(&bytes), text.clone());
        }
        if let Some(bytes) = base58_decode(text.as_bytes()) {
            prop_assert_eq!(base58(&bytes), text);
        }
    }
}

/// A list has one spelling when it is empty, and a copy one source; whoever wrote two could show
/// one reader more than another.
#[test]
fn witness_lists_are_strict() {
    let refused = |members: &str| {
        let text = format!(
            r#"{{"after":null,"before":null{members},"path":"a","path_before":null,"salt":"{}","type":"witness_file"}}"#,
            "0".repeat(32)
        );
        assert!(WitnessFile::parse(text.as_bytes()).is_err(), "{text}");
    };
    refused(r#","copies":[],"hunks":[]"#);
    refused(r#","hunks":[],"moves":[]"#);
    let oid = "0".repeat(40);
    let hash = "0".repeat(64);
    refused(r#","copies":[{"l":1,"n":1,"o":1,"src_path":"a"}],"hunks":[]"#);
    refused(&format!(
        r#","copies":[{{"l":1,"n":1,"o":1,"src_oid":"{oid}","src_path":"a","src_sha256":"{hash}"}}],"hunks":[]"#
    ));
    let reflow = r#"{"n":1,"nl":1,"o":1,"ol":1}"#;
    let many = vec![reflow; 10_001].join(",");
    let object = format!(
        r#"{{"after":null,"before":null,"hunks":[],"path":"a","path_before":null,"reflows":[{many}],"salt":"{}","type":"witness_file"}}"#,
        "0".repeat(32)
    );
    assert_eq!(
        WitnessFile::parse(object.as_bytes()).map_err(|error| error.kind),
        Err(proofline_format::error::ErrorKind::Limit)
    );
}
