//! Objects: address, form, and the few that decide something.

use std::collections::BTreeMap;

use proofline_format::archive::Source;
use proofline_format::digest::{Hash, sha256};
use proofline_format::error::ParseError;
use proofline_format::json::Value;
use proofline_format::limits::MAX_OBJECT_BYTES;
use proofline_format::manifest::paths;
use proofline_format::object::{Evidence, Genesis, KeyChange, SessionSummary, parse_object};

use super::container::Container;
use super::entries::lines::Lines;
use super::in_order::in_order;
use crate::CouldNotLook;
use crate::finding::{Code, Place};
use crate::report::{Check, Report};

/// Bytes of objects a batch, but for the last one; enough that handing it over costs nothing.
const BATCH_BYTES: usize = 64 << 10;

/// What the objects of a bundle say, as far as it decides something.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    pub(crate) genesis: BTreeMap<Hash, Genesis>,
    pub(crate) keys: BTreeMap<Hash, KeyChange>,
    pub(crate) evidence: BTreeMap<Hash, Evidence>,
    pub(crate) summaries: BTreeMap<Hash, SessionSummary>,
    /// The first sixteen bytes of every address, sorted: enough to tell what is there.
    prefixes: Vec<u128>,
}

fn prefix(address: &Hash) -> u128 {
    let half = address.0.first_chunk::<16>().copied().unwrap_or_default();
    u128::from_be_bytes(half)
}

impl Objects {
    pub(crate) fn contains(&self, address: &Hash) -> bool {
        self.prefixes.binary_search(&prefix(address)).is_ok()
    }

    pub(crate) const fn count(&self) -> usize {
        self.prefixes.len()
    }

    /// Takes in one object.
    fn add(
        &mut self,
        address: Hash,
        object: Result<Known, Refusal>,
        place: &Place,
        report: &mut Report,
    ) {
        self.prefixes.push(prefix(&address));
        match object {
            Ok(Known::Genesis(genesis)) => drop(self.genesis.insert(address, genesis)),
            Ok(Known::Key(change)) => drop(self.keys.insert(address, change)),
            Ok(Known::Evidence(evidence)) => drop(self.evidence.insert(address, evidence)),
            Ok(Known::Summary(summary)) => drop(self.summaries.insert(address, summary)),
            Ok(Known::Other) => {}
            Err((code, error)) => {
                report.found(code, place.clone(), format!("object {address}: {error}"));
            }
        }
    }
}

/// An object by what it decides.
enum Known {
    Genesis(Genesis),
    Key(KeyChange),
    Evidence(Evidence),
    Summary(SessionSummary),
    Other,
}

type Refusal = (Code, ParseError);

impl Known {
    fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let malformed = |error| (Code::ObjectMalformed, error);
        let object = parse_object(bytes).map_err(malformed)?;
        match object.member("type").and_then(Value::as_text) {
            Some("genesis") => Genesis::parse(bytes).map(Self::Genesis).map_err(malformed),
            Some("key_rotate" | "key_revoke") => {
                KeyChange::parse(bytes).map(Self::Key).map_err(malformed)
            }
            Some("evidence") => Evidence::parse(bytes)
                .map(Self::Evidence)
                .map_err(|error| (Code::EvidenceObjectMalformed, error)),
            Some("session_summary") => SessionSummary::parse(bytes)
                .map(Self::Summary)
                .map_err(malformed),
            _ => Ok(Self::Other),
        }
    }
}

/// Reads every object of the bundle.
pub(crate) fn read<S: Source + ?Sized>(
    container: &Container<'_, S>,
    threads: usize,
    report: &mut Report,
) -> Result<Objects, CouldNotLook> {
    let mut objects = Objects::default();
    let names: Vec<String> = container
        .under(paths::OBJECTS)
        .map(|m| m.name.clone())
        .collect();
    for name in &names {
        let place = Place::File(name.clone());
        let Some(bytes) = container.read(name, MAX_OBJECT_BYTES, report)? else {
            continue;
        };
        let computed = sha256(&bytes);
        let claimed = name.strip_prefix(paths::OBJECTS).unwrap_or_default();
        if claimed.as_bytes() != computed.to_hex() {
            let text = format!("object claims address {claimed}, computed {computed}");
            report.found(Code::ObjectAddressMismatch, place, text);
            continue;
        }
        objects.add(computed, Known::parse(&bytes), &place, report);
    }
    if container.member(paths::OBJECTS_FILE).is_some() {
        read_lines(container, &mut objects, threads, report)?;
        if !names.is_empty() {
            let text = "bundle has both data/objects/ and data/objects.jsonl";
            report.found(
                Code::ObjectMalformed,
                Place::File(paths::OBJECTS_FILE.into()),
                text,
            );
        }
    }
    objects.prefixes.sort_unstable();
    report.performed(Check::Objects);
    report.facts.objects = u64::try_from(objects.count()).unwrap_or(u64::MAX);
    Ok(objects)
}

/// `data/objects.jsonl`: one object a line, sorted by address.
fn read_lines<S: Source + ?Sized>(
    container: &Container<'_, S>,
    objects: &mut Objects,
    threads: usize,
    report: &mut Report,
) -> Result<(), CouldNotLook> {
    let place = Place::File(paths::OBJECTS_FILE.into());
    let Some(mut lines) = Lines::open(
        container,
        (paths::OBJECTS_FILE, Code::ObjectMalformed),
        MAX_OBJECT_BYTES,
    ) else {
        return Ok(());
    };
    let mut last: Option<Hash> = None;
    in_order(
        threads,
        report,
        |report| next_batch(&mut lines, report),
        |batch| {
            let read = |line: &[u8]| (sha256(line), Known::parse(line));
            batch.lines().map(read).collect::<Vec<_>>()
        },
        |batch, report| {
            for (address, object) in batch {
                if last.is_some_and(|last| last >= address) {
                    let text = format!("object {address} is out of order or repeated");
                    report.found(Code::ObjectMalformed, place.clone(), text);
                }
                last = Some(address);
                objects.add(address, object, &place, report);
            }
        },
    )?;
    lines.finish(container, report)?;
    Ok(())
}

/// Lines that are handed to a worker at once.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Batch {
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ranges = starts.zip(self.ends.iter().copied());
        ranges.map(|(start, end)| self.bytes.get(start..end).unwrap_or_default())
    }
}

fn next_batch<S: Source + ?Sized>(
    lines: &mut Lines<'_, S>,
    report: &mut Report,
) -> Result<Option<Batch>, CouldNotLook> {
    let mut batch = Batch::default();
    while batch.bytes.len() < BATCH_BYTES
        && let Some(line) = lines.next(report)?
    {
        batch.bytes.extend_from_slice(line);
        batch.ends.push(batch.bytes.len());
    }
    Ok((!batch.ends.is_empty()).then_some(batch))
}
