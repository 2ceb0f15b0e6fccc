//! What the manifest and the statement claim against what was computed.

use std::collections::BTreeSet;

use proofline_format::archive::Source;
use proofline_format::digest::Hash;
use proofline_format::dsse::Envelope;
use proofline_format::json;
use proofline_format::key::PublicKey;
use proofline_format::limits::MAX_MANIFEST_BYTES;
use proofline_format::manifest::{FilterKind, Manifest, Sized, bundle_id, paths};
use proofline_format::statement::{PAYLOAD_TYPE, statement};

use super::checkpoint::Checkpoints;
use super::container::Container;
use super::entries::Run;
use super::keys::KeySequence;
use crate::CouldNotLook;
use crate::finding::{Code, Place};
use crate::report::{Check, Report};

fn manifest_place() -> Place {
    Place::File(paths::MANIFEST.into())
}

/// Compares every claim of the manifest, and the statement.
pub(crate) fn check<S: Source + ?std::marker::Sized>(
    container: &Container<'_, S>,
    run: &Run,
    checkpoints: &Checkpoints,
    keys: &KeySequence,
    report: &mut Report,
) -> Result<(), CouldNotLook> {
    let manifest = container.manifest();
    let size = run.range.map_or(0, |(_, last)| last.saturating_add(1));
    let key = keys.valid_at(size);
    compare_entries(manifest, run, report);
    compare_evidence(manifest, checkpoints, report);
    compare_identity(manifest, run, (keys, key), report);
    report.performed(Check::ManifestValues);
    if let (Some(proof), Some(key)) = (&container.manifest_proof, key)
        && proof.key != *key
    {
        let (claimed, computed) = (proof.key.fingerprint(), key.fingerprint());
        let text =
            format!("manifest is signed by {claimed}, the key valid at its end is {computed}");
        report.found(Code::ManifestSignatureInvalid, manifest_place(), text);
    }
    if let (Some(proof), Some((_, last))) = (&container.manifest_proof, run.period) {
        let computed = last.to_seconds_text();
        expect(report, "proof.created", &proof.created, &computed);
    }
    check_statement(container, key, report)?;
    let facts = &mut report.facts;
    facts.origin = Some(manifest.origin.clone());
    facts.filter = Some(manifest.filter.kind.as_str());
    facts.tool = Some(manifest.tool.clone());
    facts.withheld_objects = run.withheld_objects;
    Ok(())
}

/// Reports a manifest member whose claimed value is not the computed one.
fn expect<T: PartialEq + std::fmt::Debug + ?std::marker::Sized>(
    report: &mut Report,
    member: &str,
    claimed: &T,
    computed: &T,
) {
    if claimed != computed {
        let text = format!("manifest claims {member} {claimed:?}, computed {computed:?}");
        report.found(Code::ManifestValueMismatch, manifest_place(), text);
    }
}

fn compare_entries(manifest: &Manifest, run: &Run, report: &mut Report) {
    if manifest.entries_exported != run.count {
        let (claimed, computed) = (manifest.entries_exported, run.count);
        let text = format!("manifest claims {claimed} entries, computed {computed}");
        report.found(Code::ManifestValueMismatch, manifest_place(), text);
    }
    let size = run.range.map_or(0, |(_, last)| last.saturating_add(1));
    if manifest.entries_at_source < size {
        let claimed = manifest.entries_at_source;
        let text = format!("manifest claims {claimed} entries at source, {size} at least are here");
        report.found(Code::ManifestValueMismatch, manifest_place(), text);
    }
    expect(report, "range", &manifest.range, &run.range);
    expect(report, "tip", &manifest.tip, &run.tip);
    expect(report, "tree.size", &manifest.tree.size, &run.tree.size());
    let root = run.tree.root();
    if manifest.tree.sha256 != root {
        let claimed = manifest.tree.sha256;
        let text = format!("manifest claims root {claimed}, computed {root}");
        report.found(Code::TreeRootMismatch, manifest_place(), text);
    }
    let period = run
        .period
        .map(|(from, to)| (from.to_string(), to.to_string()));
    expect(report, "period", &manifest.period, &period);
    expect(report, "gaps", &manifest.gaps, &run.gaps);
    let sources: Vec<&str> = run.sources.iter().map(String::as_str).collect();
    expect(
        report,
        "sources",
        manifest.sources.as_slice(),
        &owned(&sources),
    );
    expect(
        report,
        "withheld_objects",
        &manifest.withheld_objects,
        &run.withheld_objects,
    );
    let contiguous = run
        .range
        .is_some_and(|(first, last)| run.is_contiguous(first, last));
    let computed_kind = match run.range {
        Some((0, _)) if contiguous => BTreeSet::from(["complete", "period", "scattered"]),
        Some(_) if contiguous => BTreeSet::from(["period", "scattered"]),
        _ => BTreeSet::from(["scattered"]),
    };
    let claimed_kind = manifest.filter.kind.as_str();
    if !computed_kind.contains(claimed_kind) && manifest.filter.kind != FilterKind::Scattered {
        let text = format!("manifest claims a {claimed_kind} export, the indexes are not");
        report.found(Code::ManifestValueMismatch, manifest_place(), text);
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| String::from(*text)).collect()
}

fn compare_evidence(manifest: &Manifest, checkpoints: &Checkpoints, report: &mut Report) {
    let note = checkpoints.last_note.map(|note| Sized {
        sha256: note.sha256,
        size: note.size,
    });
    expect(report, "last_note", &manifest.last_note, &note);
    expect(
        report,
        "newest_token",
        &manifest.newest_token,
        &checkpoints.newest_token,
    );
}

fn compare_identity(
    manifest: &Manifest,
    run: &Run,
    (keys, key): (&KeySequence, Option<&PublicKey>),
    report: &mut Report,
) {
    let origin = keys.origin.clone().unwrap_or_default();
    expect(report, "origin", &manifest.origin, &origin);
    if let Some(key) = key {
        expect(report, "device.did", &manifest.device_did, &key.did());
        let fingerprint: Hash = key.fingerprint();
        expect(
            report,
            "device.fingerprint",
            &manifest.device_fingerprint,
            &fingerprint,
        );
    }
    let id = bundle_id(run.tip, &run.tree.root(), &manifest.filter);
    expect(report, "id", &manifest.id, &id);
}

/// The statement may say exactly what follows from the manifest.
fn check_statement<S: Source + ?std::marker::Sized>(
    container: &Container<'_, S>,
    key: Option<&PublicKey>,
    report: &mut Report,
) -> Result<(), CouldNotLook> {
    let place = || Place::File(paths::STATEMENT.into());
    let Some(bytes) = container.read(paths::STATEMENT, MAX_MANIFEST_BYTES, report)? else {
        return Ok(());
    };
    let envelope = match Envelope::parse(&bytes) {
        Ok(envelope) => envelope,
        Err(error) => {
            let text = format!("statement.dsse.json: {error}");
            report.found(Code::StatementMalformed, place(), text);
            return Ok(());
        }
    };
    report.performed(Check::StatementSignature);
    let fingerprint = key
        .map(|key| key.fingerprint().to_string())
        .unwrap_or_default();
    if envelope.payload_type != PAYLOAD_TYPE {
        let text = format!("statement is of type `{}`", envelope.payload_type);
        report.found(Code::StatementMalformed, place(), text);
    }
    if let Err(error) = json::parse_canonical(&envelope.payload) {
        let text = format!("statement's payload: {error}");
        report.found(Code::StatementMalformed, place(), text);
    } else if envelope.payload != statement(container.manifest()) {
        let text = "statement says something other than what follows from the manifest";
        report.found(Code::StatementMismatch, place(), text);
    }
    let signed = key.is_some_and(|key| key.verify(&envelope.signed_bytes(), &envelope.signature));
    if !signed || envelope.key_id != fingerprint {
        let text = format!("statement is not signed by the key valid at its end, {fingerprint}");
        report.found(Code::StatementSignatureInvalid, place(), text);
    }
    Ok(())
}
