//! The lines, their signatures, and everything that the manifest states about them.

use std::collections::BTreeSet;

use proofline_format::archive::Packed;
use proofline_format::digest::Hash;
use proofline_format::encoding::base64;
use proofline_format::entry::Entry;
use proofline_format::holes::Holes;
use proofline_format::merkle::stored::StoredTree;
use proofline_format::merkle::{Tree, aligned_subtrees, leaf_hash};
use proofline_format::timestamp::Timestamp;

use super::ExportError;
use super::deflate::Pool;
use super::selection::Selection;
use crate::store::{Signed, Store, StoreError};

/// What was learnt on the way through the chain.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) entries: Packed<'static>,
    pub(super) signatures: Packed<'static>,
    pub(super) count: u64,
    pub(super) first: Option<(u64, Timestamp)>,
    pub(super) last: Option<(u64, Timestamp, Hash)>,
    pub(super) gaps: Vec<u64>,
    pub(super) sources: BTreeSet<String>,
    /// Root over `[0, last + 1)`.
    pub(super) root: Hash,
    pub(super) holes: Option<Holes>,
    /// Every node, where the request needs proofs.
    pub(super) nodes: Option<StoredTree>,
}

/// Walks over the selected entries in order and hands each on.
pub(super) fn walk(
    store: &Store,
    selection: &Selection,
    pool: &Pool,
    mut visit: impl FnMut(&Signed),
) -> Result<Chain, ExportError> {
    let mut lines = Lines::new(pool);
    let is_whole = selection
        .ranges
        .first()
        .is_some_and(|&(first, _)| first == 0)
        && selection.ranges.len() == 1;
    let (root, nodes) = if is_whole {
        // Nothing is left out: the right edge of the tree is enough.
        let mut tree = Tree::default();
        let (_, last) = selection.ranges.first().copied().unwrap_or_default();
        store.scan(0, last.saturating_add(1), |signed| {
            tree.append(leaf_hash(&lines.take(&signed)));
            visit(&signed);
            Ok(())
        })?;
        (tree.root(), None)
    } else {
        let nodes = with_all_nodes(store, selection, &mut lines, &mut visit)?;
        let root = nodes.root(nodes.size()).ok_or(StoreError::Form {
            what: "tree",
            index: nodes.size(),
        })?;
        (root, Some(nodes))
    };
    let holes = match (&nodes, selection.filter.kind) {
        (_, proofline_format::manifest::FilterKind::Complete) => None,
        (Some(nodes), _) => Some(holes(selection, nodes)?),
        (None, _) => Some(Holes {
            present: selection.ranges.clone(),
            subtrees: Vec::new(),
        }),
    };
    Ok(Chain {
        entries: lines.entries.finish(),
        signatures: lines.signatures.finish(),
        count: lines.count,
        first: lines.first,
        last: lines.last,
        gaps: lines.gaps,
        sources: lines.sources,
        root,
        holes,
        nodes,
    })
}

/// Hashes every line up to the last selected one, because what is left out still counts.
fn with_all_nodes(
    store: &Store,
    selection: &Selection,
    lines: &mut Lines,
    visit: &mut impl FnMut(&Signed),
) -> Result<StoredTree, StoreError> {
    let end = selection
        .ranges
        .last()
        .map_or(0, |&(_, last)| last.saturating_add(1));
    let mut ranges = selection.ranges.iter().copied().peekable();
    let mut nodes = StoredTree::default();
    store.scan(0, end, |signed| {
        while ranges.peek().is_some_and(|&(_, last)| last < signed.index) {
            ranges.next();
        }
        let is_selected = ranges
            .peek()
            .is_some_and(|&(first, _)| first <= signed.index);
        if is_selected {
            nodes.append(leaf_hash(&lines.take(&signed)));
            visit(&signed);
        } else {
            nodes.append(leaf_hash(&signed.entry.line()));
        }
        Ok(())
    })?;
    Ok(nodes)
}

fn holes(selection: &Selection, nodes: &StoredTree) -> Result<Holes, StoreError> {
    let mut subtrees = Vec::new();
    for (start, end) in Holes::gaps(&selection.ranges) {
        for (at, level) in aligned_subtrees(start, end) {
            let position = at.checked_shr(level).unwrap_or(0);
            let hash = nodes.subtree(level, position).ok_or(StoreError::Form {
                what: "tree",
                index: at,
            })?;
            subtrees.push((at, level, hash));
        }
    }
    Ok(Holes {
        present: selection.ranges.clone(),
        subtrees,
    })
}

struct Lines {
    entries: super::deflate::FileWriter,
    signatures: super::deflate::FileWriter,
    count: u64,
    first: Option<(u64, Timestamp)>,
    last: Option<(u64, Timestamp, Hash)>,
    gaps: Vec<u64>,
    sources: BTreeSet<String>,
}

impl Lines {
    fn new(pool: &Pool) -> Self {
        Self {
            entries: pool.file(),
            signatures: pool.file(),
            count: 0,
            first: None,
            last: None,
            gaps: Vec::new(),
            sources: BTreeSet::new(),
        }
    }

    /// Writes a line and its signature, and gives the line.
    fn take(&mut self, signed: &Signed) -> Vec<u8> {
        let Signed { index, entry, .. } = signed;
        let line = entry.line();
        self.entries.write(&line);
        self.entries.write(b"\n");
        self.signatures.write(base64(&signed.signature).as_bytes());
        self.signatures.write(b"\n");
        self.note(*index, entry);
        line
    }

    fn note(&mut self, index: u64, entry: &Entry) {
        self.count = self.count.saturating_add(1);
        self.first.get_or_insert((index, entry.created_at));
        self.last = Some((index, entry.created_at, entry.chain_hash));
        if entry.event_type == "capture_gap" {
            self.gaps.push(index);
        }
        if !self.sources.contains(&entry.source) {
            self.sources.insert(entry.source.clone());
        }
    }
}
