//! The archive, the signed manifest, and every file's digest.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proofline_format::archive::{
    Archive, ArchiveError, ArchiveFault, ContentError, Member, MemberDigests, Method, Source,
};
use proofline_format::digest::sha256;
use proofline_format::integrity::Proof;
use proofline_format::json;
use proofline_format::limits::{MAX_MANIFEST_BYTES, MAX_OBJECT_BYTES};
use proofline_format::manifest::{
    FORMAT_VERSION, FileRecord, MIMETYPE, Manifest, format_version_of, paths,
};

use crate::CouldNotLook;
use crate::finding::{Code, Place};
use crate::policy::Policy;
use crate::report::{Check, Report};

const BAGIT: &[u8] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// An archive whose layout holds, with its manifest's claims.
pub(crate) struct Container<'a, S: Source + ?Sized> {
    archive: Archive<'a, S>,
    members: BTreeMap<String, usize>,
    manifest: Manifest,
    /// The key that the manifest's proof names, if the proof holds.
    pub(crate) manifest_proof: Option<Proof>,
    /// Files whose digests were compared.
    seen: RefCell<BTreeSet<String>>,
}

fn file(path: &str) -> Place {
    Place::File(path.into())
}

fn archive_code(fault: ArchiveFault) -> Code {
    match fault {
        ArchiveFault::NotAnArchive => Code::ContainerNotZip,
        ArchiveFault::Name => Code::ZipNameInvalid,
        ArchiveFault::DuplicateName => Code::ZipDuplicateName,
        ArchiveFault::Ratio => Code::ZipRatioExceeded,
        ArchiveFault::Limit => Code::LimitExceeded,
        _ => Code::ZipStructure,
    }
}

/// Records a broken content, or passes on that the source failed.
pub(crate) fn content_fault(
    error: ContentError,
    path: &str,
    report: &mut Report,
) -> Result<(), CouldNotLook> {
    let code = match error {
        ContentError::Source(error) => return Err(error.into()),
        ContentError::Limit => Code::LimitExceeded,
        _ => Code::ZipContentCorrupt,
    };
    report.found(code, file(path), format!("{path}: {error}"));
    Ok(())
}

impl<'a, S: Source + ?Sized> Container<'a, S> {
    /// Opens the archive and reads the manifest. `None`: the report says why.
    pub(crate) fn open(
        source: &'a S,
        policy: &Policy,
        report: &mut Report,
    ) -> Result<Option<Self>, CouldNotLook> {
        let archive = match Archive::open(source) {
            Ok(archive) => archive,
            Err(ArchiveError::Source(error)) => return Err(error.into()),
            Err(ArchiveError::Fault(fault, offset)) => {
                let text = ArchiveError::Fault(fault, offset).to_string();
                report.found(
                    archive_code(fault),
                    Place::Bundle,
                    format!("archive: {text}"),
                );
                return Ok(None);
            }
        };
        check_stored(&archive, report);
        report.performed(Check::ArchiveLayout);
        let members = archive
            .members()
            .iter()
            .enumerate()
            .map(|(at, m)| (m.name.clone(), at))
            .collect();
        let Some((manifest, proof)) = read_manifest(&archive, policy, report)? else {
            return Ok(None);
        };
        let manifest_proof = check_proof(proof, report);
        let seen = RefCell::default();
        let container = Self {
            archive,
            members,
            manifest,
            manifest_proof,
            seen,
        };
        container.check_names(report);
        Ok(Some(container))
    }

    pub(crate) const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn member(&self, path: &str) -> Option<&Member> {
        self.archive.members().get(*self.members.get(path)?)
    }

    pub(crate) const fn archive(&self) -> &Archive<'a, S> {
        &self.archive
    }

    pub(crate) fn record(&self, path: &str) -> Option<&FileRecord> {
        let files = &self.manifest.files;
        let at = files
            .binary_search_by(|file| file.path.as_str().cmp(path))
            .ok()?;
        files.get(at)
    }

    /// Files under a folder, as the archive has them.
    pub(crate) fn under(&self, folder: &str) -> impl Iterator<Item = &Member> {
        self.archive
            .members()
            .iter()
            .filter(move |member| member.name.starts_with(folder))
    }

    /// Reads a whole file and compares its digests. `None` if it is not there or is broken; the
    /// report then says why.
    pub(crate) fn read(
        &self,
        path: &str,
        bytes_max: usize,
        report: &mut Report,
    ) -> Result<Option<Vec<u8>>, CouldNotLook> {
        let Some(member) = self.member(path) else {
            return Ok(None);
        };
        match self.archive.stream(member).read_all(bytes_max) {
            Ok((bytes, digests)) => {
                self.compare(member, &digests, report);
                Ok(Some(bytes))
            }
            Err(error) => {
                content_fault(error, path, report)?;
                Ok(None)
            }
        }
    }

    /// Compares a file that was read to its end with what the manifest lists.
    pub(crate) fn compare(&self, member: &Member, digests: &MemberDigests, report: &mut Report) {
        self.seen.borrow_mut().insert(member.name.clone());
        let Some(record) = self.record(&member.name) else {
            return;
        };
        let path = &member.name;
        let mut differs = |what: &str, claimed: String, computed: String| {
            let text = format!("{path}: manifest claims {what} {claimed}, computed {computed}");
            report.found(Code::ManifestDigestMismatch, file(path), text);
        };
        if record.sha256 != digests.content {
            differs(
                "sha256",
                record.sha256.to_string(),
                digests.content.to_string(),
            );
        }
        if record.packed_sha256 != digests.packed {
            differs(
                "packed_sha256",
                record.packed_sha256.to_string(),
                digests.packed.to_string(),
            );
        }
        if record.size_bytes != member.size_bytes {
            differs(
                "size",
                record.size_bytes.to_string(),
                member.size_bytes.to_string(),
            );
        }
        if record.method != member.method {
            differs(
                "method",
                format!("{:?}", record.method),
                format!("{:?}", member.method),
            );
        }
    }

    /// Compares the archive's names, and their order, with the manifest's list.
    fn check_names(&self, report: &mut Report) {
        let listed = self.manifest.files.iter().map(|file| file.path.as_str());
        let rest = listed.clone().filter(|path| *path != paths::MIMETYPE);
        let order: Vec<&str> = std::iter::once(paths::MIMETYPE)
            .chain(rest)
            .chain([paths::MANIFEST, paths::TAGMANIFEST])
            .collect();
        let names: Vec<&str> = self
            .archive
            .members()
            .iter()
            .map(|m| m.name.as_str())
            .collect();
        if names != order {
            self.report_names(&order, &names, report);
        }
        for path in paths::REQUIRED {
            if self.record(path).is_none() {
                let text = format!("manifest does not list the required file {path}");
                report.found(Code::ManifestFileMissing, file(path), text);
            }
        }
        let absent: Vec<&str> = paths::OPTIONAL
            .into_iter()
            .filter(|path| self.record(path).is_none())
            .collect();
        if self.manifest.absent != absent {
            let claimed = &self.manifest.absent;
            let text = format!("manifest claims absent {claimed:?}, computed {absent:?}");
            report.found(Code::ManifestValueMismatch, file(paths::MANIFEST), text);
        }
        for known in &self.manifest.files {
            let path = known.path.as_str();
            let is_known = paths::REQUIRED.contains(&path)
                || paths::OPTIONAL.contains(&path)
                || path.starts_with(paths::OBJECTS);
            if !is_known {
                let text = format!("{path} is not a file of the format");
                report.found(Code::ManifestFileUnlisted, file(path), text);
            }
        }
        report.performed(Check::ManifestForm);
    }

    fn report_names(&self, order: &[&str], names: &[&str], report: &mut Report) {
        let listed: BTreeSet<&str> = order.iter().copied().collect();
        let present: BTreeSet<&str> = names.iter().copied().collect();
        for path in listed.difference(&present) {
            let text = format!("{path} is listed and not in the archive");
            report.found(Code::ManifestFileMissing, file(path), text);
        }
        for path in present.difference(&listed) {
            let text = format!("{path} is in the archive and not listed");
            report.found(Code::ManifestFileUnlisted, file(path), text);
        }
        let common: Vec<&str> = names
            .iter()
            .copied()
            .filter(|n| listed.contains(n))
            .collect();
        let wanted: Vec<&str> = order
            .iter()
            .copied()
            .filter(|n| present.contains(n))
            .collect();
        if let Some((got, want)) = common.iter().zip(&wanted).find(|(got, want)| got != want) {
            let text = format!("archive has {got} where {want} belongs");
            report.found(Code::ZipStructure, file(got), text);
        }
    }

    /// The small files whose text follows from the manifest or from the format.
    pub(crate) fn check_texts(&self, report: &mut Report) -> Result<(), CouldNotLook> {
        let small = MAX_OBJECT_BYTES;
        let first = self
            .archive
            .members()
            .first()
            .map(|member| member.name.as_str());
        let mimetype = self.read(paths::MIMETYPE, small, report)?;
        if first != Some(paths::MIMETYPE) || mimetype.as_deref() != Some(MIMETYPE.as_bytes()) {
            let text = format!("mimetype is not first, or not {MIMETYPE}");
            report.found(Code::MimetypeMismatch, file(paths::MIMETYPE), text);
        }
        if let Some(bytes) = self.read(paths::BAGIT, small, report)?
            && bytes != BAGIT
        {
            let text = "bagit.txt is not the declaration of BagIt 1.0";
            report.found(Code::BagitMalformed, file(paths::BAGIT), text);
        }
        for path in [paths::README, paths::BAG_INFO] {
            self.read(path, small, report)?;
        }
        if let Some(context) = self.read(paths::CONTEXT, small, report)?
            && sha256(&context) != self.manifest.context_sha256
        {
            let claimed = self.manifest.context_sha256;
            let text = format!(
                "context_sha256 claims {claimed}, computed {}",
                sha256(&context)
            );
            report.found(Code::ManifestValueMismatch, file(paths::CONTEXT), text);
        }
        let payload = self.digest_lines(|path| path.starts_with(paths::PAYLOAD));
        if let Some(bytes) = self.read(paths::PAYLOAD_MANIFEST, MAX_MANIFEST_BYTES, report)?
            && bytes != payload
        {
            let text = "manifest-sha256.txt differs from the manifest's digests";
            report.found(
                Code::PayloadManifestMismatch,
                file(paths::PAYLOAD_MANIFEST),
                text,
            );
        }
        let computed = self.tag_manifest(report)?;
        let claimed = self.read(paths::TAGMANIFEST, MAX_MANIFEST_BYTES, report)?;
        if claimed.is_none_or(|claimed| claimed != computed) {
            let text = "tagmanifest-sha256.txt is missing or differs from its computed text";
            report.found(Code::TagmanifestMismatch, file(paths::TAGMANIFEST), text);
        }
        Ok(())
    }

    /// `HEX  path` lines for the manifest's files that satisfy a condition.
    fn digest_lines(&self, belongs: impl Fn(&str) -> bool) -> Vec<u8> {
        let files = self
            .manifest
            .files
            .iter()
            .filter(|file| belongs(&file.path));
        files
            .map(|file| format!("{}  {}\n", file.sha256, file.path))
            .collect::<String>()
            .into()
    }

    fn tag_manifest(&self, report: &mut Report) -> Result<Vec<u8>, CouldNotLook> {
        let manifest = self.read(paths::MANIFEST, MAX_MANIFEST_BYTES, report)?;
        let manifest_line = format!(
            "{}  {}\n",
            sha256(&manifest.unwrap_or_default()),
            paths::MANIFEST
        );
        let tags = self.digest_lines(|path| !path.starts_with(paths::PAYLOAD));
        let mut lines: Vec<&[u8]> = tags.split_inclusive(|&byte| byte == b'\n').collect();
        lines.push(manifest_line.as_bytes());
        // Sorted by path, which begins after 64 hex characters and two spaces.
        lines.sort_by_key(|line| line.get(66..).unwrap_or_default());
        Ok(lines.concat())
    }

    /// Files that no check read. They are listed and not the format's, or broken; either way the
    /// report says so already, and their digests are compared here.
    pub(crate) fn read_unread(&self, report: &mut Report) -> Result<(), CouldNotLook> {
        let mut chunk = vec![0; 64 << 10];
        for member in self.archive.members() {
            if self.seen.borrow().contains(&member.name) {
                continue;
            }
            let mut stream = self.archive.stream(member);
            let ended = loop {
                match stream.read(&mut chunk) {
                    Ok(0) => break stream.finish(),
                    Ok(_) => {}
                    Err(error) => break Err(error),
                }
            };
            match ended {
                Ok(digests) => self.compare(member, &digests, report),
                Err(error) => content_fault(error, &member.name, report)?,
            }
        }
        Ok(())
    }
}

/// The three files that are read before anything says how they should lie there.
fn check_stored<S: Source + ?Sized>(archive: &Archive<'_, S>, report: &mut Report) {
    for path in [paths::MIMETYPE, paths::MANIFEST, paths::TAGMANIFEST] {
        if archive
            .member(path)
            .is_some_and(|member| member.method != Method::Stored)
        {
            report.found(
                Code::ZipStructure,
                file(path),
                format!("{path} is not stored"),
            );
        }
    }
}

type ReadManifest = Option<(Manifest, Proof)>;

fn read_manifest<S: Source + ?Sized>(
    archive: &Archive<'_, S>,
    policy: &Policy,
    report: &mut Report,
) -> Result<ReadManifest, CouldNotLook> {
    let place = || file(paths::MANIFEST);
    let Some(member) = archive.member(paths::MANIFEST) else {
        report.found(
            Code::ManifestMissing,
            Place::Bundle,
            "archive holds no manifest.jsonld",
        );
        return Ok(None);
    };
    let bytes = match archive.stream(member).read_all(MAX_MANIFEST_BYTES) {
        Ok((bytes, _)) => bytes,
        Err(error) => {
            content_fault(error, paths::MANIFEST, report)?;
            return Ok(None);
        }
    };
    report.facts.manifest_sha256 = Some(sha256(&bytes));
    let malformed = |error: &dyn std::fmt::Display| format!("manifest.jsonld: {error}");
    let document = match json::parse_canonical(&bytes) {
        Ok(document) => document,
        Err(error) => {
            report.found(Code::ManifestMalformed, place(), malformed(&error));
            return Ok(None);
        }
    };
    let proof = match Proof::of(&document) {
        Ok(proof) => proof,
        Err(error) => {
            report.found(Code::ManifestMalformed, place(), malformed(&error));
            return Ok(None);
        }
    };
    if let Ok(version) = format_version_of(&document)
        && version != FORMAT_VERSION
    {
        let given = policy
            .device_keys
            .iter()
            .any(|k| k.fingerprint() == proof.key.fingerprint());
        if given && proof.verifies() {
            return Err(CouldNotLook::FormatVersion(version));
        }
        let text = format!("manifest claims format version {version}, known is {FORMAT_VERSION}");
        report.found(Code::FormatVersionUnknown, place(), text);
        return Ok(None);
    }
    match Manifest::of(&document) {
        Ok(manifest) => Ok(Some((manifest, proof))),
        Err(error) => {
            report.found(Code::ManifestMalformed, place(), malformed(&error));
            Ok(None)
        }
    }
}

fn check_proof(proof: Proof, report: &mut Report) -> Option<Proof> {
    report.performed(Check::ManifestSignature);
    report.facts.device_fingerprint = Some(proof.key.fingerprint());
    if proof.verifies() {
        return Some(proof);
    }
    let text = format!("proof does not hold under key {}", proof.key.fingerprint());
    report.found(Code::ManifestSignatureInvalid, file(paths::MANIFEST), text);
    None
}
