//! What is exported holds before a verifier that shares no code with the recorder, and before
//! sha256sum, jq and openssl.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proofline::authority::Authority;
use proofline::event::{Batch, Record as _};
use proofline::export::{Disclosure, ExportError, Exported, Request, Tail, export};
use proofline::identity;
use proofline::stamp::{HttpStamper, Stamper as _};
use proofline::store::{BirthToken, NewLog};
use proofline_format::manifest::FilterKind;
use proofline_tsa::TrustAnchor;
use proofline_verifier::policy::DeviceKey;
use proofline_verifier::{Policy, Report, Ring, RingState, Verdict, verify};

use crate::checkpoint::{NOW, checkpoint, config};
use crate::fixture::{LoopbackAuthority, Project, event};

/// A log with a birth token, three stamped checkpoints, a rotated key, and two sessions of which
/// one is closed.
struct Log {
    project: Project,
    authority: LoopbackAuthority,
}

impl Log {
    fn new() -> Self {
        let log = Self {
            project: Project::new(),
            authority: LoopbackAuthority::start(),
        };
        let new_log = NewLog::new(log.project.recorder().keys(), "r", None).unwrap();
        let birth = HttpStamper::default()
            .stamp(
                &Authority::at(&log.authority.url).unwrap(),
                new_log.imprint(),
            )
            .unwrap();
        let birth = BirthToken {
            request: birth.request,
            response: birth.response,
        };
        let until = proofline::recorder::deadline(std::time::Duration::from_secs(5));
        new_log
            .create(&log.project.store_dir(), &[birth], until)
            .unwrap();
        for round in 0..3 {
            for session in ["one", "two", "one"] {
                log.project.record(session);
            }
            if round == 1 {
                identity::rotate(&mut log.project.recorder()).unwrap();
                let mut end = Batch::default();
                end.events.push(event("session_end", "two"));
                log.project.recorder().record(end).unwrap();
            }
            log.checkpoint();
        }
        log
    }

    fn checkpoint(&self) {
        let config = config(&[&self.authority.url]);
        assert!(checkpoint(&self.project, &config, NOW).stamped.is_some());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.project.dir.path().join(name)
    }

    fn export(&self, request: &Request) -> Result<(Exported, Vec<u8>), ExportError> {
        let path = self.path("x.bundle");
        let keys = self.project.recorder().keys().clone();
        let exported = export(&self.project.store(), &keys, request, &path)?;
        let bytes = fs::read(path).unwrap();
        assert_eq!(exported.size_bytes, u64::try_from(bytes.len()).unwrap());
        Ok((exported, bytes))
    }

    /// The genesis key and the authority's root are what an auditor was given.
    fn policy(&self) -> Policy {
        let key = self.project.store().genesis().0.public_key;
        Policy {
            device_keys: vec![DeviceKey::Key(key)],
            tsa_roots: TrustAnchor::all_from_pem(self.authority.root_pem.as_bytes()).unwrap(),
            ..Policy::default()
        }
    }

    fn check(&self, request: &Request, want: &[(Ring, RingState)]) -> (Exported, Report) {
        let (exported, bytes) = self.export(request).unwrap();
        let report = verify(bytes.as_slice(), &self.policy()).unwrap();
        for (ring, state) in want {
            let findings = report.findings();
            assert_eq!(report.ring(*ring), *state, "{ring:?}: {findings:#?}");
        }
        (exported, report)
    }
}

const ALL_PASS: [(Ring, RingState); 3] = [
    (Ring::Integrity, RingState::Pass),
    (Ring::Origin, RingState::Pass),
    (Ring::Time, RingState::Pass),
];

#[test]
fn a_complete_export_verifies_and_is_the_same_every_time() {
    let log = Log::new();
    let (exported, report) = log.check(&Request::default(), &ALL_PASS);
    assert_eq!(report.verdict(), Verdict::Verified);
    assert_eq!(exported.kind, FilterKind::Complete);
    assert!(exported.ends_stamped);
    assert_eq!(exported.range, (0, exported.entries - 1));
    // Nine calls keep their payload, two of them in the closed session.
    assert_eq!(exported.withheld_objects, 9);
    let again = log.export(&Request::default()).unwrap().1;
    assert_eq!(log.export(&Request::default()).unwrap().1, again);
}

#[test]
fn disclosed_payload_is_there_and_nothing_is_withheld() {
    let log = Log::new();
    let request = Request {
        disclosure: Disclosure::All,
        ..Request::default()
    };
    let (exported, report) = log.check(&request, &ALL_PASS);
    assert_eq!(exported.withheld_objects, 0);
    assert_eq!(report.facts.withheld_objects, 0);
}

#[test]
fn a_period_proves_its_place_in_the_log() {
    let log = Log::new();
    let store = log.project.store();
    let notes = store.note_sizes().unwrap();
    let at = |index| store.entry(index).unwrap().unwrap().entry.created_at;
    let round = |from, to| Request {
        since: Some(at(from)),
        until: Some(at(to)),
        ..Request::default()
    };
    // It begins with the evidence that bounds its first entry from below: for the third round
    // that stands in the checkpoint before it, for the second only in the genesis.
    for (request, range) in [
        (round(notes[1] + 1, notes[2]), (notes[1], notes[2])),
        (round(notes[0] + 1, notes[1]), (0, notes[1])),
    ] {
        let (exported, report) = log.check(&request, &ALL_PASS);
        assert_eq!(exported.kind, FilterKind::Period);
        assert_eq!(exported.range, range);
        assert_eq!(report.verdict(), Verdict::Verified);
    }
    let later = Request {
        since: proofline_format::timestamp::Timestamp::from_millis(4_000_000_000_000),
        ..Request::default()
    };
    let nothing = log.export(&later);
    assert!(matches!(nothing, Err(ExportError::NothingInPeriod)));
}

#[test]
fn a_session_travels_alone_with_what_bounds_it() {
    let log = Log::new();
    let request = Request {
        sessions: vec!["two".into()],
        ..Request::default()
    };
    let unbounded_below = [
        (Ring::Integrity, RingState::Pass),
        (Ring::Origin, RingState::Pass),
    ];
    let (exported, report) = log.check(&request, &unbounded_below);
    assert_eq!(exported.kind, FilterKind::Scattered);
    // Four entries of the session and three checkpoints.
    assert_eq!(exported.entries, 7);
    assert_ne!(report.verdict(), Verdict::Failed);
    let unknown = log.export(&Request {
        sessions: vec!["three".into()],
        ..Request::default()
    });
    assert!(matches!(unknown, Err(ExportError::UnknownSession { .. })));
}

#[test]
fn the_tail_is_exported_only_when_asked_for_and_then_not_called_proven() {
    let log = Log::new();
    let last = log.project.record("one");
    let (exported, _) = log.export(&Request::default()).unwrap();
    assert_eq!(exported.range.1, last - 1);
    let request = Request {
        tail: Tail::Included,
        ..Request::default()
    };
    let want = [
        (Ring::Integrity, RingState::Pass),
        (Ring::Origin, RingState::Pass),
        (Ring::Time, RingState::Unproven),
    ];
    let (exported, _) = log.check(&request, &want);
    assert_eq!(exported.range.1, last);
    assert!(!exported.ends_stamped);
}

#[test]
fn without_any_authority_there_is_still_a_bundle_whose_time_is_unproven() {
    let project = Project::new();
    project.record("s");
    let keys = project.recorder().keys().clone();
    let path = project.dir.path().join("x.bundle");
    for ends_at in [1, 2] {
        let request = Request::default();
        let exported = export(&project.store(), &keys, &request, &path).unwrap();
        assert_eq!(exported.range, (0, ends_at));
        assert!(!exported.ends_stamped);
        let policy = Policy {
            device_keys: vec![DeviceKey::Fingerprint(exported.device_fingerprint)],
            ..Policy::default()
        };
        let bytes = fs::read(&path).unwrap();
        let report = verify(bytes.as_slice(), &policy).unwrap();
        assert_eq!(report.verdict(), Verdict::Indeterminate);
        assert_eq!(report.ring(Ring::Integrity), RingState::Pass);
        assert_eq!(report.ring(Ring::Origin), RingState::Pass);
        checkpoint(&project, &config(&[]), NOW);
    }
}

#[test]
fn many_objects_lie_in_one_file() {
    let project = Project::new();
    for _ in 0..8 {
        let mut many = Batch::default();
        for _ in 0..130 {
            let mut one = crate::fixture::batch("s");
            many.events.append(&mut one.events);
            many.objects.append(&mut one.objects);
        }
        project.recorder().record(many).unwrap();
    }
    checkpoint(&project, &config(&[]), NOW);
    let path = project.dir.path().join("x.bundle");
    let request = Request {
        disclosure: Disclosure::All,
        ..Request::default()
    };
    let keys = project.recorder().keys().clone();
    let exported = export(&project.store(), &keys, &request, &path).unwrap();
    assert_eq!(exported.withheld_objects, 0);
    let bytes = fs::read(&path).unwrap();
    let report = verify(bytes.as_slice(), &Policy::default()).unwrap();
    assert_eq!(report.ring(Ring::Integrity), RingState::Pass);
    assert_eq!(report.facts.objects, 1_041);
}

/// The indented lines of the README, as somebody would paste them.
fn commands(readme: &str) -> String {
    let code = readme.lines().filter_map(|line| line.strip_prefix("    "));
    code.map(|line| format!("{line}\n")).collect()
}

fn unpack(bundle: &Path, into: &Path) {
    let mut unzip = Command::new("unzip");
    unzip.arg("-q").arg(bundle).arg("-d").arg(into);
    assert!(unzip.status().unwrap().success());
}

#[test]
fn the_readme_can_be_pasted_and_shows_what_it_says() {
    let log = Log::new();
    let (exported, bytes) = log.export(&Request::default()).unwrap();
    let folder = log.path("unpacked");
    fs::write(log.path("q.bundle"), bytes).unwrap();
    unpack(&log.path("q.bundle"), &folder);
    fs::write(folder.join("tsa-root.pem"), &log.authority.root_pem).unwrap();
    let readme = fs::read_to_string(folder.join("README.txt")).unwrap();
    let run = || {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(commands(&readme)).current_dir(&folder);
        let output = shell.output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        (out, String::from_utf8(output.stderr).unwrap())
    };
    let (out, err) = run();
    let tip = exported.tip.to_string();
    let store = log.project.store();
    let key = store.key_at(0).unwrap().fingerprint();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "files: good", "{err}");
    assert_eq!(lines[1], format!("tip: {tip} ({} lines)", exported.entries));
    assert_eq!(lines[2], tip);
    assert_eq!(lines[3], format!("{key}  -"));
    assert_eq!(lines[4], "Signature Verified Successfully", "{err}");
    assert!(out.contains("Time stamp: "), "{out}{err}");
    assert!(out.contains("Verification: OK"), "{out}{err}");
    // The same commands notice a changed line.
    let entries = folder.join("data/entries.jsonl");
    let text = fs::read_to_string(&entries).unwrap();
    fs::write(&entries, text.replacen("claude", "Claude", 1)).unwrap();
    let (out, _) = run();
    assert!(!out.contains("files: good"));
    assert!(out.contains("line 2 claims"), "{out}");
}
