//! The checks, in the order of `docs/format.md` §11.

pub(crate) mod checkpoint;
pub(crate) mod container;
pub(crate) mod entries;
mod in_order;
pub(crate) mod keys;
pub(crate) mod objects;
pub(crate) mod sessions;
pub(crate) mod timestamp;
pub(crate) mod values;

use proofline_format::archive::Source;
use proofline_format::error::{ErrorKind, ParseError};
use proofline_format::manifest::{FilterKind, paths};
use proofline_format::{holes::Holes, json, limits};

use self::container::Container;
use crate::finding::{Code, Place};
use crate::policy::Policy;
use crate::report::{Check, Report};
use crate::{CouldNotLook, Severity};

/// Status of a bundle that claims nothing about lines.
const NOT_DERIVED: &str = "not-derived";

/// How far a verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Entries done.
    pub entries: u64,
    /// Entries promised by the manifest.
    pub entries_claimed: u64,
}

pub(crate) fn run<S: Source + Sync + ?Sized>(
    source: &S,
    policy: &Policy,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, CouldNotLook> {
    let mut report = Report::new(policy);
    if let Some(container) = Container::open(source, policy, &mut report)? {
        contents(&container, policy, &mut report, progress)?;
    }
    report.sort();
    Ok(report)
}

/// Everything inside an archive whose layout and manifest could be read.
fn contents<S: Source + Sync + ?Sized>(
    container: &Container<'_, S>,
    policy: &Policy,
    report: &mut Report,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), CouldNotLook> {
    container.check_texts(report)?;
    let holes = read_holes(container, report)?;
    let objects = objects::read(container, policy.threads, report)?;
    let keys = keys::read(container, &objects, report)?;
    let run = entries::run(
        container,
        holes.as_ref(),
        (&keys, &objects),
        policy.threads,
        report,
        progress,
    )?;
    let checkpoints = checkpoint::run(container, &run, (&keys, &objects), policy, report)?;
    keys.check_inclusion(&run, &checkpoints, report);
    values::check(container, &run, &checkpoints, &keys, report)?;
    keys::check_pin(&keys, policy, report);
    timestamp::check_brackets(&run, &checkpoints, policy, report);
    sessions::check(container, &run, &objects, policy, report);
    check_attribution(container, report)?;
    container.read_unread(report)?;
    report.performed(Check::FileDigests);
    Ok(())
}

/// `data/holes.json` of a partial bundle; the shape without gaps otherwise.
fn read_holes<S: Source + ?Sized>(
    container: &Container<'_, S>,
    report: &mut Report,
) -> Result<Option<Holes>, CouldNotLook> {
    let place = || Place::File(paths::HOLES.into());
    let partial = container.manifest().filter.kind != FilterKind::Complete;
    let Some(bytes) = container.read(paths::HOLES, limits::MAX_DOCUMENT_BYTES, report)? else {
        if partial {
            let text = "a partial bundle has no `data/holes.json`";
            report.found(Code::HolesMalformed, place(), text);
        }
        return Ok(None);
    };
    if !partial {
        let text = "a complete bundle has `data/holes.json`";
        report.found(Code::HolesMalformed, place(), text);
        return Ok(None);
    }
    match Holes::parse(&bytes) {
        Ok(holes) => {
            let contiguous = holes.present.len() <= 1;
            if container.manifest().filter.kind == FilterKind::Period && !contiguous {
                let text = "a period is one stretch, `present` has several";
                report.found(Code::HolesMalformed, place(), text);
            }
            Ok(Some(holes))
        }
        Err(error) => {
            report.found(Code::HolesMalformed, place(), error.to_string());
            Ok(None)
        }
    }
}

/// The claims about lines. Deriving them again belongs to a later version of the format's
/// attribution; a bundle that claims nothing is not checked, and says so.
fn check_attribution<S: Source + ?Sized>(
    container: &Container<'_, S>,
    report: &mut Report,
) -> Result<(), CouldNotLook> {
    let Some(bytes) = container.read(paths::ATTRIBUTION, limits::MAX_DOCUMENT_BYTES, report)?
    else {
        return Ok(());
    };
    let place = Place::File(paths::ATTRIBUTION.into());
    let status = json::parse_canonical(&bytes).and_then(|value| {
        value.require_exactly(&["files", "schema_version", "status"])?;
        let version = value.require_count("schema_version")?;
        let status = String::from(value.require_text("status")?);
        let empty = value.require_array("files")?.is_empty();
        let holds = version == 1 && (empty || status != NOT_DERIVED);
        if holds {
            Ok(status)
        } else {
            Err(ParseError::of(ErrorKind::Value, "files"))
        }
    });
    match status {
        Ok(status) if status == NOT_DERIVED => {
            let text = "the bundle claims no attribution of lines";
            report.found(Code::AttributionNotDerived, place, text);
        }
        Ok(status) => {
            let text = format!("attribution of status `{status}` is not derived by this verifier");
            report.found_as(Code::AttributionNotDerived, Severity::Unproven, place, text);
        }
        Err(error) => report.found(Code::AttributionMalformed, place, error.to_string()),
    }
    Ok(())
}
