//! C2SP: the published note and key, checkpoint and proof files that travel alone; DSSE.

use proofline_format::checkpoint::Checkpoint;
use proofline_format::digest::Hash;
use proofline_format::dsse::{Envelope, pae};
use proofline_format::encoding::{base64_decode, hex};
use proofline_format::key::PublicKey;
use proofline_format::merkle::leaf_hash;
use proofline_format::merkle::stored::StoredTree;
use proofline_format::note::{Note, key_id, verifier_key};
use proofline_format::tlog_proof::TlogProof;

/// Verifier key, text and signature line of the example of c2sp.org/signed-note.
const EXAMPLE: (&str, &str, &str) = (
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "This is an example message.\n",
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
);
/// The same of the package golang.org/x/mod/sumdb/note, where the form comes from.
const GO_EXAMPLE: (&str, &str, &str) = (
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "If you think cryptography is the answer to your problem,\n\
     then you don't know what your problem is.\n",
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
);

fn note_of((_, text, signature): (&str, &str, &str)) -> Note {
    Note::parse(format!("{text}\n{signature}").as_bytes()).unwrap()
}

fn key_of((verifier_key, ..): (&str, &str, &str)) -> (String, PublicKey) {
    let parts: Vec<&str> = verifier_key.splitn(3, '+').collect();
    let typed = base64_decode(parts[2].as_bytes()).unwrap();
    let key = <[u8; 32]>::try_from(&typed[1..]).unwrap();
    (parts[0].into(), PublicKey::from_bytes(&key).unwrap())
}

#[test]
fn published_notes_are_signed_by_their_published_keys() {
    for example in [EXAMPLE, GO_EXAMPLE] {
        let (name, key) = key_of(example);
        assert_eq!(verifier_key(&name, &key), example.0);
        let note = note_of(example);
        assert_eq!(hex(&note.signatures[0].key_id), hex(&key_id(&name, &key)));
        assert_eq!(note.text, example.1);
        assert!(note.is_signed_by(&name, &key));
        let bytes = format!("{}\n{}", example.1, example.2);
        assert_eq!(note.to_bytes(), bytes.as_bytes());

        let (other_name, other_key) = key_of(if example == EXAMPLE {
            GO_EXAMPLE
        } else {
            EXAMPLE
        });
        assert!(!note.is_signed_by(&other_name, &other_key));
        assert!(!note.is_signed_by(&name, &other_key));
        let mut changed = note;
        changed.text = changed.text.replacen('T', "t", 1).replacen('I', "i", 1);
        assert!(!changed.is_signed_by(&name, &key));
    }
}

/// Signatures by keys that nobody asked about are carried along and decide nothing.
#[test]
fn a_second_signature_neither_helps_nor_harms() {
    let ((name, key), (other_name, other_key)) = (key_of(EXAMPLE), key_of(GO_EXAMPLE));
    let text = format!("{}\n{}{}", EXAMPLE.1, EXAMPLE.2, GO_EXAMPLE.2);
    let note = Note::parse(text.as_bytes()).unwrap();
    assert!(note.is_signed_by(&name, &key));
    assert!(!note.is_signed_by(&other_name, &other_key));
}

#[test]
fn a_line_that_claims_the_key_and_does_not_verify_spoils_the_note() {
    let (name, key) = key_of(EXAMPLE);
    let mut note = note_of(EXAMPLE);
    let mut bad = note.signatures[0].clone();
    bad.signature[5] ^= 1;
    note.signatures.push(bad);
    assert!(!note.is_signed_by(&name, &key));
    note.signatures.remove(1);
    assert!(note.is_signed_by(&name, &key));
    note.signatures.clear();
    assert!(!note.is_signed_by(&name, &key));
}

#[test]
fn a_proof_file_shows_its_line_and_no_other() {
    let lines: Vec<Vec<u8>> = (0..7_u8).map(|i| vec![b'a' + i]).collect();
    let mut tree = StoredTree::default();
    for line in &lines {
        tree.append(leaf_hash(line));
    }
    let checkpoint = Checkpoint {
        origin: "example.com/log".into(),
        size: 7,
        root: tree.root(7).unwrap(),
    };
    let note = Note {
        text: checkpoint.text(),
        signatures: note_of(EXAMPLE).signatures,
    };
    for index in 0..7_u64 {
        let proof = TlogProof {
            extra: (index % 2 == 0).then(|| b"extra".to_vec()),
            index,
            hashes: tree.inclusion_proof(index, 7).unwrap(),
            checkpoint: note.clone(),
        };
        let bytes = proof.to_bytes();
        assert_eq!(TlogProof::parse(&bytes).as_ref(), Ok(&proof));
        // The signature is not by this key, so nothing is shown however good the hashes are.
        let (_, key) = key_of(EXAMPLE);
        let line = &lines[usize::try_from(index).unwrap()];
        assert_eq!(proof.verify(line, "example.com/log", &key), None);
        let text = String::from_utf8(bytes).unwrap();
        for (from, to) in [
            ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
            ("index ", "index +"),
            ("index ", "index 0"),
            ("\n\n", "\n"),
            ("index", "Index"),
        ] {
            let changed = text.replacen(from, to, 1);
            let read = TlogProof::parse(changed.as_bytes());
            assert!(read.as_ref() != Ok(&proof), "{from} to {to}");
        }
    }
}

#[test]
fn checkpoint_text_is_three_lines() {
    let checkpoint = Checkpoint {
        origin: "example.com/log".into(),
        size: 0,
        root: Hash([0; 32]),
    };
    let text = checkpoint.text();
    assert_eq!(text.lines().count(), 3);
    assert_eq!(Checkpoint::parse(&text), Ok(checkpoint));
}

/// The example of the DSSE protocol document: payload, type, and what is signed.
#[test]
fn dsse_example() {
    let envelope = Envelope {
        payload_type: "http://example.com/HelloWorld".into(),
        payload: b"hello world".to_vec(),
        key_id: String::new(),
        signature: [7; 64],
    };
    let want = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
    assert_eq!(envelope.signed_bytes(), want);
    assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
    // Lengths are of bytes, not of characters.
    assert_eq!(pae("é", "ß".as_bytes()), "DSSEv1 2 é 2 ß".as_bytes());
    assert_eq!(Envelope::parse(&envelope.to_bytes()), Ok(envelope));
}
