//! Objects: address, form, and the few that decide something.

use std::collections::BTreeMap;

use proofline_format::archive::Source;
use proofline_format::digest::{Hash, sha256};
use proofline_format::json::Value;
use proofline_format::limits::MAX_OBJECT_BYTES;
use proofline_format::manifest::paths;
use proofline_format::object::{Evidence, Genesis, KeyChange, SessionSummary, parse_object};

use super::container::Container;
use super::entries::lines::Lines;
use crate::CouldNotLook;
use crate::finding::{Code, Place};
use crate::report::{Check, Report};

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

    /// Takes in one object by its bytes.
    fn add(&mut self, address: Hash, bytes: &[u8], place: &Place, report: &mut Report) {
        self.prefixes.push(prefix(&address));
        let object = match parse_object(bytes) {
            Ok(object) => object,
            Err(error) => {
                let text = format!("object {address}: {error}");
                return report.found(Code::ObjectMalformed, place.clone(), text);
            }
        };
        let kept = match object.member("type").and_then(Value::as_text) {
            Some("genesis") => Genesis::parse(bytes).map(|o| drop(self.genesis.insert(address, o))),
            Some("key_rotate" | "key_revoke") => {
                KeyChange::parse(bytes).map(|o| drop(self.keys.insert(address, o)))
            }
            Some("evidence") => {
                Evidence::parse(bytes).map(|o| drop(self.evidence.insert(address, o)))
            }
            Some("session_summary") => {
                SessionSummary::parse(bytes).map(|o| drop(self.summaries.insert(address, o)))
            }
            _ => Ok(()),
        };
        if let Err(error) = kept {
            let is_evidence = object.member("type").and_then(Value::as_text) == Some("evidence");
            let code = if is_evidence {
                Code::EvidenceObjectMalformed
            } else {
                Code::ObjectMalformed
            };
            report.found(code, place.clone(), format!("object {address}: {error}"));
        }
    }
}

/// Reads every object of the bundle.
pub(crate) fn read<S: Source + ?Sized>(
    container: &Container<'_, S>,
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
        objects.add(computed, &bytes, &place, report);
    }
    if container.member(paths::OBJECTS_FILE).is_some() {
        read_lines(container, &mut objects, report)?;
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
    while let Some(line) = lines.next(report)? {
        let address = sha256(line);
        if last.is_some_and(|last| last >= address) {
            let text = format!("object {address} is out of order or repeated");
            report.found(Code::ObjectMalformed, place.clone(), text);
        }
        last = Some(address);
        objects.add(address, line, &place, report);
    }
    lines.finish(container, report)?;
    Ok(())
}
