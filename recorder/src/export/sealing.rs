//! From data to bundle: payload manifest, statement, manifest, tag manifest, in this order.

use proofline_format::digest::{Hash, sha256};
use proofline_format::dsse::{Envelope, pae};
use proofline_format::integrity::{proof_options, signed_bytes, with_proof};
use proofline_format::json::{Value, canonical};
use proofline_format::limits::{MAX_FILES, MAX_MANIFEST_BYTES};
use proofline_format::manifest::{FileRecord, MIMETYPE, Manifest, Sized, bundle_id, paths};
use proofline_format::statement::{PAYLOAD_TYPE, statement};
use proofline_format::timestamp::Timestamp;

use super::chain::{self, Chain};
use super::checkpoint_lines::{self, Met};
use super::deflate::{Pool, pack, stored};
use super::object_files::Wanted;
use super::selection::{Selection, select};
use super::{ExportError, Exported, Part, Request, key_lines, readme};
use crate::keys::{DeviceKey, KeyRing};
use crate::store::Store;

/// The JSON-LD context: the very bytes that a bundle holds. Its version number is a fraction, which
/// nothing else of ours may hold, so that it is never parsed here.
const CONTEXT: &str = include_str!("../../../schemas/evidence-v1.jsonld");
const ATTRIBUTION: &[u8] = br#"{"files":[],"schema_version":1,"status":"not-derived"}"#;
const BAGIT: &[u8] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// Every file of the bundle in the order of the archive, and what was exported.
pub(super) fn sealed_parts(
    store: &Store,
    keys: &KeyRing,
    request: &Request,
) -> Result<(Vec<Part>, Exported), ExportError> {
    let selection = select(store, request)?;
    let pool = Pool::start();
    let (mut wanted, mut met) = (Wanted::default(), Met::default());
    let chain = chain::walk(store, &selection, &pool, |signed| {
        let entry = &signed.entry;
        wanted.note(entry);
        match entry.event_type.as_str() {
            "checkpoint" => {
                met.checkpoints.insert(signed.index);
                met.evidence.extend(entry.diff_hash);
            }
            "genesis" => {
                met.has_genesis = true;
                met.evidence.extend(entry.diff_hash);
            }
            _ => {}
        }
    })?;
    let mut objects = wanted.fetch(store, request.disclosure)?;
    let key_file = key_lines::write(store, &selection, chain.nodes.as_ref(), &mut objects)?;
    let checkpoints = checkpoint_lines::write(store, &met, &objects)?;
    let signer = signer_after(store, keys, &chain)?;
    let mut sheet = Sheet::new(store, &selection, &chain, &signer)?;
    sheet.manifest.withheld_objects = objects.withheld();
    sheet.manifest.newest_token = checkpoints.newest_token;
    sheet.manifest.last_note = checkpoints.last_note;
    sheet.manifest.previous.clone_from(&request.previous);

    let readme = readme::text(store, &sheet.manifest, &selection)?;
    let mut data = vec![
        small(paths::ATTRIBUTION, ATTRIBUTION),
        small(paths::CHECKPOINTS, &checkpoints.bytes),
        small(paths::KEYS, &key_file),
    ];
    if let Some(holes) = &chain.holes {
        data.push(small(paths::HOLES, &holes.to_bytes()));
    }
    data.extend(objects.parts(&pool));
    let Chain {
        entries,
        signatures,
        ..
    } = chain;
    data.push(part(paths::ENTRIES, entries));
    data.push(part(paths::SIGNATURES, signatures));
    let exported = sheet.exported(&selection);
    let parts = sheet.seal(data, &readme, &signer)?;
    Ok((parts, exported))
}

fn part(path: &str, packed: proofline_format::archive::Packed<'static>) -> Part {
    Part {
        path: path.into(),
        packed,
    }
}

fn small(path: &str, content: &[u8]) -> Part {
    part(path, pack(content))
}

/// The key valid after the last exported entry signs manifest and statement.
fn signer_after(store: &Store, keys: &KeyRing, chain: &Chain) -> Result<DeviceKey, ExportError> {
    let (last, _, _) = chain.last.ok_or(ExportError::NothingInPeriod)?;
    let key = store.key_at(last.saturating_add(1))?;
    let fingerprint = key.fingerprint();
    keys.load(&fingerprint).map_err(|source| ExportError::Key {
        fingerprint,
        source,
    })
}

/// The manifest in the making.
struct Sheet {
    manifest: Manifest,
    range: (u64, u64),
    last_at: Timestamp,
    tip: Hash,
}

impl Sheet {
    fn new(
        store: &Store,
        selection: &Selection,
        chain: &Chain,
        signer: &DeviceKey,
    ) -> Result<Self, ExportError> {
        let (first, first_at) = chain.first.ok_or(ExportError::NothingInPeriod)?;
        let (last, last_at, tip) = chain.last.ok_or(ExportError::NothingInPeriod)?;
        let filter = selection.filter.clone();
        let manifest = Manifest {
            absent: Vec::new(),
            context_sha256: sha256(CONTEXT.as_bytes()),
            device_did: signer.public().did(),
            device_fingerprint: signer.fingerprint(),
            entries_at_source: selection.tip.saturating_add(1),
            entries_exported: chain.count,
            files: Vec::new(),
            gaps: chain.gaps.clone(),
            id: bundle_id(Some(tip), &chain.root, &filter),
            filter,
            last_note: None,
            newest_token: None,
            origin: store.origin().into(),
            period: Some((first_at.to_string(), last_at.to_string())),
            previous: None,
            range: Some((first, last)),
            withheld_objects: 0,
            sources: chain.sources.iter().cloned().collect(),
            tip: Some(tip),
            tool: ("proofline".into(), env!("CARGO_PKG_VERSION").into()),
            tree: Sized {
                sha256: chain.root,
                size: last.saturating_add(1),
            },
        };
        Ok(Self {
            manifest,
            range: (first, last),
            last_at,
            tip,
        })
    }

    fn exported(&self, selection: &Selection) -> Exported {
        Exported {
            kind: self.manifest.filter.kind,
            range: self.range,
            entries: self.manifest.entries_exported,
            at_source: self.manifest.entries_at_source,
            size_bytes: 0,
            tip: self.tip,
            id: self.manifest.id.clone(),
            newest_token: self.manifest.newest_token,
            withheld_objects: self.manifest.withheld_objects,
            device_fingerprint: self.manifest.device_fingerprint,
            ends_stamped: selection.ends_stamped,
        }
    }

    /// Adds what is not data, signs, and gives everything in the order of the archive.
    fn seal(
        mut self,
        data: Vec<Part>,
        readme: &str,
        signer: &DeviceKey,
    ) -> Result<Vec<Part>, ExportError> {
        let mut files = data;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let bag_info = self.bag_info(&files);
        let payload_manifest = digests(files.iter());
        files.extend([
            part(paths::MIMETYPE, stored(MIMETYPE.as_bytes())),
            small(paths::README, readme.as_bytes()),
            small(paths::BAGIT, BAGIT),
            small(paths::BAG_INFO, bag_info.as_bytes()),
            small(paths::CONTEXT, CONTEXT.as_bytes()),
            small(paths::PAYLOAD_MANIFEST, payload_manifest.as_bytes()),
        ]);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        // The statement follows from the other files and is then one of them.
        self.manifest.files = files.iter().map(record).collect();
        let payload = statement(&self.manifest);
        let envelope = Envelope {
            payload_type: PAYLOAD_TYPE.into(),
            key_id: signer.fingerprint().to_string(),
            signature: signer.sign(&pae(PAYLOAD_TYPE, &payload)),
            payload,
        };
        files.push(small(paths::STATEMENT, &envelope.to_bytes()));
        files.sort_by(|a, b| a.path.cmp(&b.path));
        self.manifest.files = files.iter().map(record).collect();
        let is_there = |path: &&str| files.iter().any(|file| file.path == **path);
        let absent = paths::OPTIONAL.into_iter().filter(|path| !is_there(path));
        self.manifest.absent = absent.map(String::from).collect();
        let manifest = self.signed_manifest(signer);
        if files.len() > MAX_FILES || manifest.len() > MAX_MANIFEST_BYTES {
            return Err(ExportError::TooLarge);
        }
        // `mimetype` first, so that a program that looks at the start knows what it has.
        files.sort_by_key(|file| (file.path != paths::MIMETYPE, file.path.clone()));
        files.push(part(paths::MANIFEST, stored(&manifest)));
        let mut tags: Vec<&Part> = files
            .iter()
            .filter(|file| !file.path.starts_with(paths::PAYLOAD))
            .collect();
        tags.sort_by(|a, b| a.path.cmp(&b.path));
        let tagmanifest = digests(tags.into_iter());
        files.push(part(paths::TAGMANIFEST, stored(tagmanifest.as_bytes())));
        Ok(files)
    }

    fn signed_manifest(&self, signer: &DeviceKey) -> Vec<u8> {
        let document = self.manifest.to_value();
        let context = document.member("@context").cloned().unwrap_or(Value::Null);
        let created = self.last_at.to_seconds_text();
        let options = proof_options(&context, &created, signer.public());
        let signature = signer.sign(&signed_bytes(&document, &options));
        canonical(&with_proof(&document, &options, &signature))
    }

    fn bag_info(&self, data: &[Part]) -> String {
        let octets = data.iter().map(|file| file.packed.size_bytes);
        let octets = octets.fold(0, u64::saturating_add);
        let date: String = self.last_at.to_seconds_text().chars().take(10).collect();
        let Manifest { id, origin, .. } = &self.manifest;
        let (name, version) = &self.manifest.tool;
        format!(
            "Bag-Software-Agent: {name} {version}\n\
             Bagging-Date: {date}\n\
             External-Description: Log of what software agents did, origin {origin}\n\
             External-Identifier: {id}\n\
             Payload-Oxum: {octets}.{}\n",
            data.len()
        )
    }
}

fn record(file: &Part) -> FileRecord {
    FileRecord {
        path: file.path.clone(),
        sha256: file.packed.sha256,
        size_bytes: file.packed.size_bytes,
        method: file.packed.method,
        packed_sha256: file.packed.packed_sha256(),
    }
}

fn digests<'a>(files: impl Iterator<Item = &'a Part>) -> String {
    files
        .map(|file| format!("{}  {}\n", file.packed.sha256, file.path))
        .collect()
}
