//! What a bundle is read and written with, entry by entry and file by file.
//!
//! `cargo bench -p proofline-format`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proofline_format::archive::{Archive, archive, pack, store};
use proofline_format::digest::{Hash, sha256};
use proofline_format::entry::{Entry, EventId, Fidelity, ParsedLine};
use proofline_format::json::parse_canonical;
use proofline_format::merkle::proof::verify_inclusion;
use proofline_format::merkle::stored::StoredTree;
use proofline_format::merkle::{Tree, leaf_hash};
use proofline_format::timestamp::Timestamp;

/// An entry as an agent's edit makes it: about 900 bytes.
fn entry(number: u8) -> Entry {
    Entry {
        id: EventId::from_random([number; 16]),
        parent_event_id: Some(EventId::from_random([number ^ 1; 16])),
        session_id: Some("1c383cd3-0b7c-498a-b50c-7bd6c5f4a1c2".into()),
        agent_id: "claude".into(),
        model_id: Some("model".into()),
        event_type: "file_write".into(),
        tool_name: Some("Edit".into()),
        file_path: Some("bundle-format/src/entry/parse.rs".into()),
        content_hash_before: Some(sha256(&[number, 1])),
        content_hash_after: Some(sha256(&[number, 2])),
        diff_hash: Some(sha256(&[number, 3])),
        line_start: Some(4),
        line_end: Some(5),
        hunk_header: Some("@@ -4,1 +4,2 @@".into()),
        git_head: Some("5".repeat(40)),
        source: "claude-code/PostToolUse".into(),
        previous_hash: None,
        chain_hash: Hash([0; 32]),
        capture_fidelity: Fidelity::Observed,
        created_at: Timestamp::from_millis(1_790_000_000_123).unwrap_or_else(|| unreachable!()),
    }
    .linked(Some(sha256(&[number])))
}

fn of_lines(criterion: &mut Criterion) {
    let entry = entry(7);
    let line = entry.line();
    let mut group = criterion.benchmark_group("entry");
    group.throughput(Throughput::Bytes(u64::try_from(line.len()).unwrap_or(0)));
    group.bench_function("write", |b| b.iter(|| black_box(&entry).line()));
    group.bench_function("parse", |b| {
        b.iter(|| ParsedLine::parse(black_box(&line)).is_ok());
    });
    group.bench_function("parse and chain hash", |b| {
        b.iter(|| ParsedLine::parse(black_box(&line)).map(|line| line.computed_chain_hash()));
    });
    // The limit: the same bytes through the hash alone, and through the general reader.
    group.bench_function("limit: sha256 of the line", |b| {
        b.iter(|| sha256(black_box(&line)));
    });
    group.bench_function("general reader", |b| {
        b.iter(|| parse_canonical(black_box(&line)).is_ok());
    });
    group.finish();
}

fn of_trees(criterion: &mut Criterion) {
    let leaves: Vec<Hash> = (0..4_096_u32)
        .map(|n| leaf_hash(&n.to_be_bytes()))
        .collect();
    let mut group = criterion.benchmark_group("tree");
    group.throughput(Throughput::Elements(4_096));
    group.bench_function("append 4096 leaves", |b| {
        b.iter(|| {
            let mut tree = Tree::default();
            leaves.iter().for_each(|leaf| tree.append(*leaf));
            tree.root()
        });
    });
    group.finish();
    let mut stored = StoredTree::default();
    leaves.iter().for_each(|leaf| stored.append(*leaf));
    let (Some(root), Some(proof), Some(leaf)) = (
        stored.root(4_096),
        stored.inclusion_proof(1_234, 4_096),
        leaves.get(1_234),
    ) else {
        return;
    };
    criterion.bench_function("tree/verify inclusion in 4096", |b| {
        b.iter(|| verify_inclusion(black_box(leaf), 1_234, 4_096, &proof, &root));
    });
}

fn of_archives(criterion: &mut Criterion) {
    let mut lines = Vec::new();
    for number in 0..=255_u8 {
        lines.extend(entry(number).line());
        lines.push(b'\n');
    }
    let files = [
        ("mimetype".into(), store(b"a/b")),
        ("data/entries.jsonl".into(), pack(&lines)),
    ];
    let Some(bytes) = archive(&files) else {
        return;
    };
    let mut group = criterion.benchmark_group("archive");
    group.throughput(Throughput::Bytes(u64::try_from(lines.len()).unwrap_or(0)));
    group.bench_function("open, inflate, check digests", |b| {
        b.iter(|| {
            let archive = Archive::open(black_box(bytes.as_slice())).ok()?;
            let member = archive.members().last()?;
            archive.stream(member).read_all(1 << 24).ok()
        });
    });
    group.bench_function("deflate", |b| b.iter(|| pack(black_box(&lines)).size_bytes));
    group.finish();
}

criterion_group!(benches, of_lines, of_trees, of_archives);
criterion_main!(benches);
