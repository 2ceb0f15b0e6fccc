//! The entries: read once, checked on all cores, folded in order.
//!
//! The calling thread inflates lines and signatures side by side and cuts them into batches;
//! workers parse, hash and verify; the calling thread folds the outcomes in chain order. Nothing
//! grows with the number of entries but sixteen bytes each, for the ids.

mod batch;
mod fold;
mod ids;
pub(crate) mod lines;

use proofline_format::archive::Source;
use proofline_format::holes::Holes;
use proofline_format::limits::MAX_LINE_BYTES;
use proofline_format::manifest::paths;

use self::batch::Batch;
use self::fold::Fold;
pub(crate) use self::fold::{Run, Stretch};
use self::lines::{Ending, Lines};
use super::Progress;
use super::container::Container;
use super::in_order::in_order;
use super::keys::KeySequence;
use super::objects::Objects;
use crate::CouldNotLook;
use crate::finding::{Code, Place};
use crate::report::{Check, Report};

/// Lines a batch; enough that handing it over costs nothing beside verifying it.
const BATCH_LINES: usize = 128;
/// Bytes a batch, but for the last line: long lines may not fill the memory.
const BATCH_BYTES: usize = 512 << 10;
/// Longest signature line: 88 characters are right.
const MAX_SIGNATURE_LINE_BYTES: usize = 1_024;

/// Checks every entry of the bundle.
pub(crate) fn run<S: Source + Sync + ?Sized>(
    container: &Container<'_, S>,
    holes: Option<&Holes>,
    (keys, objects): (&KeySequence, &Objects),
    threads: usize,
    report: &mut Report,
    progress: &mut dyn FnMut(Progress),
) -> Result<Run, CouldNotLook> {
    let entries_claimed = container.manifest().entries_exported;
    let table = keys.busiest(entries_claimed);
    let mut fold = Fold::new(holes);
    let Some(mut reader) = Reader::open(container, holes, report) else {
        return Ok(fold.finish(report));
    };
    in_order(
        threads,
        report,
        |report| reader.next_batch(report),
        |batch| batch.check((keys, table.as_ref()), objects),
        |outcomes, report| {
            for outcome in &outcomes {
                fold.take(outcome, report);
            }
            progress(Progress {
                entries: fold.count(),
                entries_claimed,
            });
        },
    )?;
    let ending = reader.finish(container, report)?;
    let run = fold.finish(report);
    if ending == Ending::Whole {
        report.performed(Check::EntryForm);
        report.performed(Check::ChainHashes);
        report.performed(Check::EntrySignatures);
    }
    Ok(run)
}

/// Lines and signatures, side by side.
struct Reader<'a, S: Source + ?Sized> {
    lines: Lines<'a, S>,
    signatures: Lines<'a, S>,
    indexes: Box<dyn Iterator<Item = u64> + 'a>,
    lines_read: u64,
    signatures_read: u64,
}

impl<'a, S: Source + ?Sized> Reader<'a, S> {
    fn open(
        container: &Container<'a, S>,
        holes: Option<&Holes>,
        report: &mut Report,
    ) -> Option<Self> {
        let lines = Lines::open(
            container,
            (paths::ENTRIES, Code::EntryMalformed),
            MAX_LINE_BYTES,
        );
        let signatures = Lines::open(
            container,
            (paths::SIGNATURES, Code::SignatureMalformed),
            MAX_SIGNATURE_LINE_BYTES,
        );
        let (Some(lines), Some(signatures)) = (lines, signatures) else {
            let text = "bundle lacks data/entries.jsonl or data/signatures.txt";
            report.found(Code::EntryCountMismatch, Place::Bundle, text);
            return None;
        };
        let present = holes.map_or_else(Vec::new, |holes| holes.present.clone());
        // Lines beyond what the holes promise are counted on, so that they have a place.
        let beyond = holes.map_or(0, Holes::size);
        let indexes = present.into_iter().flat_map(|(first, last)| first..=last);
        let indexes = Box::new(indexes.chain(beyond..));
        Some(Self {
            lines,
            signatures,
            indexes,
            lines_read: 0,
            signatures_read: 0,
        })
    }

    fn next_batch(&mut self, report: &mut Report) -> Result<Option<Batch>, CouldNotLook> {
        let mut batch = Batch::for_lines(BATCH_LINES);
        while batch.len() < BATCH_LINES && batch.size_bytes() < BATCH_BYTES {
            let Some(line) = self.lines.next(report)? else {
                break;
            };
            let Some(index) = self.indexes.next() else {
                break;
            };
            let signature = self.signatures.next(report)?;
            self.lines_read = self.lines_read.saturating_add(1);
            self.signatures_read = self
                .signatures_read
                .saturating_add(u64::from(signature.is_some()));
            batch.push(index, line, signature);
        }
        Ok((batch.len() > 0).then_some(batch))
    }

    /// Counts what is left over and compares the digests of both files.
    fn finish(
        mut self,
        container: &Container<'_, S>,
        report: &mut Report,
    ) -> Result<Ending, CouldNotLook> {
        while self.signatures.next(report)?.is_some() {
            self.signatures_read = self.signatures_read.saturating_add(1);
        }
        if self.signatures_read != self.lines_read {
            let text = format!(
                "{} signatures for {} entries",
                self.signatures_read, self.lines_read
            );
            report.found(Code::SignatureCountMismatch, Place::Bundle, text);
        }
        let lines = self.lines.finish(container, report)?;
        let signatures = self.signatures.finish(container, report)?;
        let whole = (lines, signatures) == (Ending::Whole, Ending::Whole);
        Ok(if whole { Ending::Whole } else { Ending::Broken })
    }
}
