//! What covers the certificates of a token is kept while it can be had, and again some days later.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use proofline::checkpoint::Occasion;
use proofline::config::Config;
use proofline::export::{Request, export};
use proofline::recorder::deadline;
use proofline::revocation::{Fetched, Fetcher, HttpFetcher, run};
use proofline::store::Store;
use proofline_format::object::{Evidence, ItemKind};
use proofline_format::timestamp::Timestamp;
use proofline_tsa::Certificate;
use proofline_tsa_authority::{Algorithm, Authority, Profile, Revoked, Standing, Subject};
use proofline_verifier::policy::{Acceptance, DeviceKey};
use proofline_verifier::{Policy, Verdict, verify};

use crate::checkpoint::{NOW, checkpoint, config};
use crate::fixture::Project;
use crate::places::{Places, made};
use crate::renewal::restamp;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

fn in_four_days() -> Timestamp {
    let later = proofline::clock::now().millis() + 4 * 86_400_000;
    Timestamp::from_millis(later).unwrap()
}

/// What a run does four days from now.
pub(crate) fn later(project: &Project, config: &Config, occasion: Occasion) -> Fetched {
    let store = Store::open(&project.store_dir(), deadline(HOUR)).unwrap();
    let mut store = store.with_clock(in_four_days);
    let fetcher = HttpFetcher::default();
    run(&mut store, &project.store_dir(), config, &fetcher, occasion).unwrap()
}

fn kinds(project: &Project, size: u64) -> Vec<&'static str> {
    let items = project.store().items(size).unwrap();
    let mut kinds: Vec<_> = items.iter().map(|item| item.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds
}

#[test]
fn answers_are_kept_once_for_a_chain_and_listed_by_the_next_checkpoint() {
    let (project, world) = (Project::new(), Places::start());
    project.record("s");
    let outcome = checkpoint(&project, &world.config(), NOW);
    // The root is fetched, since nobody can check what the root says without it.
    assert_eq!(kinds(&project, 2), ["cert", "ocsp", "ocsp", "tsq", "tsr"]);
    assert_eq!(outcome.revocation.kept.len(), 3);
    assert_eq!(outcome.revocation.failures, []);
    let items = project.store().items(2).unwrap();
    let certificate = items.iter().find(|item| item.kind == ItemKind::Certificate);
    assert_eq!(certificate.unwrap().bytes, world.authority.root_der());
    // The same answers cover the next token: nothing is fetched, nothing is stored.
    project.record("s");
    let outcome = checkpoint(&project, &world.config(), NOW);
    assert_eq!(outcome.revocation, Fetched::default());
    assert_eq!(kinds(&project, 4), ["tsq", "tsr"]);
    let entry = project.store().entry(4).unwrap().unwrap().entry;
    let object = project.store().object(&entry.diff_hash.unwrap()).unwrap();
    let evidence = Evidence::parse(&object.unwrap()).unwrap();
    assert_eq!(evidence.items.len(), 5);
}

#[test]
fn some_days_later_it_is_fetched_again_when_it_says_more() {
    let (project, world) = (Project::new(), Places::start());
    let config = world.config();
    project.record("s");
    checkpoint(&project, &config, NOW);
    project.record("s");
    checkpoint(&project, &config, NOW);
    // The responder still hands out the answers of the first day: they are not stored again.
    assert_eq!(later(&project, &config, Occasion::IfDue).kept, []);
    assert_eq!(kinds(&project, 4), ["tsq", "tsr"]);
    // It was asked a moment ago and is left alone.
    world.says(made(SystemTime::now() + 3 * DAY));
    let still = later(&project, &config, Occasion::IfDue);
    assert_eq!((still.kept, still.failures), (Vec::new(), Vec::new()));
    // By hand it is asked: new answers for both certificates, for the newest token of the chain.
    let again = later(&project, &config, NOW);
    let sizes: Vec<_> = again
        .kept
        .iter()
        .map(|(size, kind, _)| (*size, *kind))
        .collect();
    assert_eq!(sizes, [(4, ItemKind::Ocsp), (4, ItemKind::Ocsp)]);
    // Then it is done.
    world.says(made(SystemTime::now() + 4 * DAY));
    assert_eq!(later(&project, &config, NOW), Fetched::default());
}

/// A revocation that becomes known later is what the second look is for.
#[test]
fn a_revocation_that_comes_later_is_kept_and_said() {
    let (project, world) = (Project::new(), Places::start());
    project.record("s");
    checkpoint(&project, &world.config(), NOW);
    let compromised = Revoked {
        subject: Subject::Unit,
        at: SystemTime::now() + DAY,
        reason: Some(1),
    };
    world.says(Standing {
        revoked: vec![compromised],
        ..made(SystemTime::now() + 3 * DAY)
    });
    let again = later(&project, &world.config(), NOW);
    assert_eq!(again.kept.len(), 2);
    let [(subject, how)] = again.revoked.as_slice() else {
        panic!("{:?}", again.revoked);
    };
    assert!(subject.contains("Unit 1"), "{subject}");
    assert!(
        how.contains("keyCompromise") || how.contains("key"),
        "{how}"
    );
}

/// A fetcher whose responders are gone, so that lists are asked for.
struct WithoutResponders(HttpFetcher);

impl Fetcher for WithoutResponders {
    fn crl(&self, url: &str) -> Result<Vec<u8>, String> {
        self.0.crl(url)
    }

    fn ocsp(&self, _: &str, _: Vec<u8>) -> Result<Vec<u8>, String> {
        Err("gone".into())
    }

    fn certificate(&self, url: &str) -> Result<Vec<u8>, String> {
        self.0.certificate(url)
    }
}

fn without_fetching(config: &Config) -> Config {
    let mut config = config.clone();
    config.revocation.enabled = false;
    config
}

#[test]
fn lists_are_asked_for_where_no_responder_answers() {
    let (project, world) = (Project::new(), Places::start());
    project.record("s");
    let outcome = checkpoint(&project, &without_fetching(&world.config()), NOW);
    assert_eq!(outcome.revocation, Fetched::default());
    assert_eq!(kinds(&project, 2), ["tsq", "tsr"]);
    let mut store = project.store();
    let fetcher = WithoutResponders(HttpFetcher::default());
    let fetch = |store: &mut Store| {
        let config = world.config();
        run(
            store,
            &project.store_dir(),
            &config,
            &fetcher,
            Occasion::IfDue,
        )
        .unwrap()
    };
    let fetched = fetch(&mut store);
    assert_eq!(fetched.failures.len(), 2);
    assert_eq!(kinds(&project, 2), ["cert", "crl", "crl", "tsq", "tsr"]);
    assert_eq!(fetch(&mut store), Fetched::default());
}

/// A fetcher that finds no certificate, as where a token's intermediate names no place for one.
struct WithoutIssuers(HttpFetcher);

impl Fetcher for WithoutIssuers {
    fn crl(&self, url: &str) -> Result<Vec<u8>, String> {
        self.0.crl(url)
    }

    fn ocsp(&self, url: &str, request: Vec<u8>) -> Result<Vec<u8>, String> {
        self.0.ocsp(url, request)
    }

    fn certificate(&self, _: &str) -> Result<Vec<u8>, String> {
        Err("gone".into())
    }
}

/// Without it: nobody learns whether the intermediate was revoked, because tokens carry no root,
/// and a policy that demands to know it can never be met.
#[test]
fn a_configured_root_lets_the_intermediate_be_asked_about() {
    let answers = |root: bool| {
        let (project, world) = (Project::new(), Places::start());
        project.record("s");
        let mut config = world.config();
        if root {
            let file = project.dir.path().join("root.pem");
            std::fs::write(&file, world.authority.root_pem()).unwrap();
            config.authorities[0].root = Some(file);
        }
        checkpoint(&project, &without_fetching(&config), NOW);
        let fetcher = WithoutIssuers(HttpFetcher::default());
        let mut store = project.store();
        let folder = project.store_dir();
        run(&mut store, &folder, &config, &fetcher, Occasion::IfDue).unwrap();
        let kinds = kinds(&project, 2);
        kinds.iter().filter(|kind| **kind == "ocsp").count()
    };
    assert_eq!((answers(false), answers(true)), (1, 2));
}

/// A fetcher that hands out what another authority of the same names signed.
struct Forging {
    real: Arc<Authority>,
    forger: Authority,
}

impl Fetcher for Forging {
    fn crl(&self, url: &str) -> Result<Vec<u8>, String> {
        let subject = if url.ends_with("root.crl") {
            Subject::Intermediate
        } else {
            Subject::Unit
        };
        let list = self
            .forger
            .revocation_list(subject, &made(SystemTime::now()));
        Ok(list.unwrap())
    }

    fn ocsp(&self, _: &str, request: Vec<u8>) -> Result<Vec<u8>, String> {
        // An answer about somebody else's certificate.
        let unit = Certificate::parse(self.forger.unit_der()).unwrap();
        let issuer = Certificate::parse(self.forger.intermediate_der()).unwrap();
        let other = proofline_tsa::ocsp_request(&unit, &issuer, None);
        assert_ne!(other, request);
        let answer = self.forger.ocsp_response(&other, &made(SystemTime::now()));
        Ok(answer.unwrap())
    }

    fn certificate(&self, _: &str) -> Result<Vec<u8>, String> {
        assert_ne!(self.real.root_der(), self.forger.root_der());
        Ok(self.forger.root_der().to_vec())
    }
}

#[test]
fn what_is_not_signed_by_who_may_speak_is_not_kept() {
    let (project, world) = (Project::new(), Places::start());
    project.record("s");
    checkpoint(&project, &without_fetching(&world.config()), NOW);
    let profile = Profile {
        organization: "World".into(),
        not_before: SystemTime::now() - HOUR,
        not_after: SystemTime::now() + DAY,
    };
    let forger = Authority::generate_at(Algorithm::P256, &profile, "http://127.0.0.1:1/").unwrap();
    let fetcher = Forging {
        real: Arc::clone(&world.authority),
        forger,
    };
    let mut store = project.store();
    let fetched = run(
        &mut store,
        &project.store_dir(),
        &world.config(),
        &fetcher,
        NOW,
    )
    .unwrap();
    assert_eq!(fetched.kept, []);
    assert_eq!(fetched.failures.len(), 3, "{:?}", fetched.failures);
    assert_eq!(kinds(&project, 2), ["tsq", "tsr"]);
}

#[test]
fn a_place_that_is_down_blocks_nothing_and_is_asked_again() {
    let (project, world) = (Project::new(), Places::start());
    let config = world.config();
    project.record("s");
    checkpoint(&project, &without_fetching(&config), NOW);
    let mut store = project.store();
    let gone = WithoutAnything;
    let dir = project.store_dir();
    let fetched = run(&mut store, &dir, &config, &gone, Occasion::IfDue).unwrap();
    assert!(fetched.kept.is_empty() && !fetched.failures.is_empty());
    let real = HttpFetcher::default();
    // Left alone for a while; a checkpoint is made all the same.
    let fetched = run(&mut store, &dir, &config, &real, Occasion::IfDue).unwrap();
    assert_eq!(fetched, Fetched::default());
    project.record("s");
    let outcome = checkpoint(&project, &config, NOW);
    assert_eq!(outcome.stamped.map(|(size, _)| size), Some(4));
    assert_eq!(outcome.revocation.kept.len(), 3);
    assert_eq!(kinds(&project, 4), ["cert", "ocsp", "ocsp", "tsq", "tsr"]);
}

struct WithoutAnything;

impl Fetcher for WithoutAnything {
    fn crl(&self, _: &str) -> Result<Vec<u8>, String> {
        Err("down".into())
    }

    fn ocsp(&self, _: &str, _: Vec<u8>) -> Result<Vec<u8>, String> {
        Err("down".into())
    }

    fn certificate(&self, _: &str) -> Result<Vec<u8>, String> {
        Err("down".into())
    }
}

/// What is kept must not stand in the way of the bundle that it is for.
#[test]
fn a_bundle_with_revocation_data_verifies() {
    let (project, world) = (Project::new(), Places::start());
    let config = world.config();
    for _ in 0..3 {
        project.record("s");
        checkpoint(&project, &config, NOW);
    }
    project.record("s");
    let short = Places::lasting(30 * DAY);
    checkpoint(&project, &short.config(), NOW);
    // A checkpoint right behind the one that it renews.
    let ends_at = proofline::renewal::outlook(&project.store())
        .unwrap()
        .unwrap()
        .ends_at;
    assert!(restamp(&project, &config, ends_at).lasts_longer);
    let path = project.dir.path().join("x.bundle");
    let keys = project.recorder().keys().clone();
    export(&project.store(), &keys, &Request::default(), &path).unwrap();
    let bytes = std::fs::read(path).unwrap();
    let root = |world: &Places| world.authority.trust_anchor().unwrap();
    let policy = Policy {
        device_keys: vec![DeviceKey::Key(project.store().genesis().0.public_key)],
        tsa_roots: vec![root(&world), root(&short)],
        accept: vec![Acceptance::OfflineGenesis],
        ..Policy::default()
    };
    let report = verify(bytes.as_slice(), &policy).unwrap();
    let findings = report.findings();
    assert_eq!(report.verdict(), Verdict::Verified, "{findings:#?}");
}

#[test]
fn the_configuration_says_when_and_whether() {
    let project = Project::new();
    project.record("s");
    let load = |text: &str| {
        std::fs::write(project.root().join("proofline.toml"), text).unwrap();
        Config::load(&project.root(), &project.store_dir())
    };
    let rule = load("").unwrap().revocation;
    assert!(rule.enabled && rule.again_after == 3 * DAY);
    let rule = load("[revocation]\nenabled = false\nagain_after_days = 7\n");
    let rule = rule.unwrap().revocation;
    assert!(!rule.enabled && rule.again_after == 7 * DAY);
    // At once would be the first look again.
    assert!(load("[revocation]\nagain_after_days = 0\n").is_err());
    assert!(load("[revocation]\nagain_after = 1\n").is_err());
}

/// Certificates that nobody has vouched for must not make this machine knock at its own doors.
#[test]
fn this_machine_is_asked_only_if_the_authority_is_on_it() {
    let (project, world) = (Project::new(), Places::start());
    project.record("s");
    checkpoint(&project, &without_fetching(&world.config()), NOW);
    let elsewhere = config(&["http://tsa.example/"]);
    let mut store = project.store();
    let fetcher = HttpFetcher::default();
    let dir = project.store_dir();
    let fetched = run(&mut store, &dir, &elsewhere, &fetcher, NOW).unwrap();
    assert_eq!(fetched, Fetched::default());
    assert_eq!(kinds(&project, 2), ["tsq", "tsr"]);
}
