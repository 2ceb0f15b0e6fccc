//! Evidence that outlives the certificates under it: renewed in time, by something that lasts.

use std::process::Command;
use std::time::{Duration, SystemTime};

use proofline::authority::Authority;
use proofline::checkpoint::{Renewed, due, renew};
use proofline::config::{CheckpointRule, Config};
use proofline::renewal::{Outlook, Standing, outlook, plan};
use proofline::revocation::HttpFetcher;
use proofline::stamp::HttpStamper;
use proofline_format::object::Evidence;
use proofline_tsa_authority::{Revoked, Subject};

use crate::checkpoint::{NOW, checkpoint, config};
use crate::fixture::{Project, check_store};
use crate::places::Places;
use crate::revocation::later;

const DAY: Duration = Duration::from_secs(86_400);

pub(crate) fn restamp(project: &Project, config: &Config, ends_at: i64) -> Renewed {
    let (stamper, fetcher) = (HttpStamper::default(), HttpFetcher::default());
    let (dir, home) = (project.store_dir(), project.home());
    let wait = Duration::from_secs(5);
    renew(&dir, &home, config, (&stamper, &fetcher), wait, ends_at).unwrap()
}

fn looks(project: &Project) -> Outlook {
    outlook(&project.store()).unwrap().unwrap()
}

#[test]
fn an_authority_that_ends_soon_is_renewed_by_one_that_lasts_though_nothing_else_happened() {
    let project = Project::new();
    let (short, long) = (Places::lasting(30 * DAY), Places::start());
    assert_eq!(outlook(&project.store_after_one_entry()).unwrap(), None);
    checkpoint(&project, &short.config(), NOW);
    let before = looks(&project);
    let now = proofline::clock::now();
    assert!(before.is_due(now, 90) && !before.is_due(now, 20));
    let store = project.store();
    let standing = |within| {
        let lives = plan(&store, within).unwrap().lives;
        lives.iter().map(|life| life.standing).collect::<Vec<_>>()
    };
    assert_eq!(standing(90), [Standing::Due]);
    assert_eq!(standing(20), [Standing::Lasting]);
    // The first lasts no longer than itself: both are asked, and the second renews.
    let both = config(&[&short.url, &long.url]);
    let renewed = restamp(&project, &both, before.ends_at);
    let sealed = renewed.sealed.unwrap();
    assert_eq!(sealed.size, 3, "right behind the checkpoint that it renews");
    assert_eq!(renewed.tokens.len(), 2);
    assert!(renewed.lasts_longer && renewed.failures.is_empty());
    let after = looks(&project);
    assert_eq!(after.size, 3);
    assert!(after.ends_at > before.ends_at && !after.is_due(now, 90));
    let lives = plan(&store, 90).unwrap().lives;
    assert_eq!(lives[0].size, 2);
    assert_eq!(
        (lives[0].standing, lives[0].renewed_by),
        (Standing::Renewed, Some(3))
    );
    assert_eq!(lives[0].lasts_to, after.ends_at);
    // The new entry lists the old token and what was fetched about its certificates.
    let all = check_store(&store);
    let object = store
        .object(&all[3].entry.diff_hash.unwrap())
        .unwrap()
        .unwrap();
    let evidence = Evidence::parse(&object).unwrap();
    let mut kinds: Vec<_> = evidence
        .items
        .iter()
        .map(|item| item.kind.as_str())
        .collect();
    kinds.dedup();
    assert_eq!(kinds, ["cert", "ocsp", "tsq", "tsr"]);
    // It calls for no checkpoint of its own.
    let rule = CheckpointRule::default();
    assert!(!due(&store, &rule).unwrap().is_checkpoint());
}

#[test]
fn a_renewal_that_no_authority_makes_last_longer_is_said() {
    let project = Project::new();
    let short = Places::lasting(30 * DAY);
    project.record("s");
    checkpoint(&project, &short.config(), NOW);
    let before = looks(&project);
    let renewed = restamp(&project, &short.config(), before.ends_at);
    assert!(!renewed.lasts_longer);
    assert_eq!(looks(&project).ends_at, before.ends_at);
    // Nobody there: the checkpoint stands, and another try makes no further one.
    let nobody = config(&["http://127.0.0.1:9/"]);
    let renewed = restamp(&project, &nobody, before.ends_at);
    assert_eq!(renewed.sealed.map(|sealed| sealed.size), Some(4));
    assert_eq!((renewed.tokens.len(), renewed.failures.len()), (0, 1));
    let renewed = restamp(&project, &nobody, before.ends_at);
    assert_eq!(renewed.sealed, None);
    assert_eq!(project.store().note_sizes().unwrap(), [2, 3, 4]);
}

/// News that an authority's key was stolen is a reason to renew, however long its certificate lasts.
#[test]
fn a_revoked_authority_makes_a_renewal_due() {
    let project = Project::new();
    let (stolen, other) = (Places::start(), Places::start());
    project.record("s");
    checkpoint(&project, &stolen.config(), NOW);
    let now = proofline::clock::now();
    assert!(!looks(&project).is_due(now, 90));
    {
        let mut says = stolen.standing.lock().unwrap();
        says.this_update = SystemTime::now() + 3 * DAY;
        says.next_update = SystemTime::now() + 4 * DAY;
        says.revoked.push(Revoked {
            subject: Subject::Unit,
            at: SystemTime::now() + DAY,
            reason: Some(1),
        });
    }
    later(&project, &stolen.config(), NOW);
    let news = looks(&project);
    assert!(news.is_due(now, 90));
    assert!(news.revoked.unwrap().contains("Unit 1"));
    let lives = plan(&project.store(), 90).unwrap().lives;
    assert_eq!(lives[0].standing, Standing::Due);
    let renewed = restamp(&project, &other.config(), i64::MIN);
    assert!(renewed.lasts_longer);
    assert!(!looks(&project).is_due(now, 90));
    assert_eq!(looks(&project).revoked, None);
}

#[test]
fn the_birth_token_is_covered_by_every_checkpoint() {
    let project = Project::new();
    let (short, long) = (Places::lasting(30 * DAY), Places::start());
    project.found(&short.url);
    assert_eq!(looks(&project).size, 0);
    assert!(looks(&project).is_due(proofline::clock::now(), 90));
    project.record("s");
    checkpoint(&project, &long.config(), NOW);
    let lives = plan(&project.store(), 90).unwrap().lives;
    assert_eq!((lives[0].size, lives[0].standing), (0, Standing::Renewed));
    assert!(!looks(&project).is_due(proofline::clock::now(), 90));
}

/// A project whose newest token ends soon, and an authority that lasts.
fn ending() -> (Project, Places) {
    let project = Project::new();
    project.record("s");
    let short = Places::lasting(30 * DAY);
    checkpoint(&project, &short.config(), NOW);
    (project, Places::start())
}

/// Runs `proofline`: its exit code, and what it said.
fn run(project: &Project, words: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_proofline"))
        .args(words)
        .current_dir(project.root())
        .env("PROOFLINE_HOME", project.home().dir())
        .env("PROOFLINE_DIR", project.store_dir())
        .output()
        .unwrap();
    let said = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn the_command_lists_what_ends_and_renews_it() {
    let (project, long) = ending();
    let run = |words: &[&str]| run(&project, words);
    let (code, said) = run(&["restamp", "--dry-run"]);
    assert!(code == Some(0) && said.contains("renewal is due"), "{said}");
    let (_, said) = run(&["status"]);
    assert!(said.contains("renewal") && said.contains("due"), "{said}");
    let (code, said) = run(&["restamp", "--if-due", "--within-days", "1"]);
    assert!(
        code == Some(0) && said.contains("the evidence lasts to"),
        "{said}"
    );
    let (code, said) = run(&["restamp", "--if-due"]);
    assert!(
        code == Some(1) && said.contains("no time-stamp authority"),
        "{said}"
    );
    let (code, said) = run(&["restamp", "--if-due", "--tsa", &long.url]);
    assert!(
        code == Some(0) && said.contains("over all evidence"),
        "{said}"
    );
    let (code, said) = run(&["restamp", "--dry-run", "--json"]);
    assert!(
        code == Some(0) && said.contains("\"standing\":\"renewed\""),
        "{said}"
    );
    let (_, said) = run(&["status"]);
    assert!(!said.contains("renewal"), "{said}");
}

#[test]
fn records_of_a_checkpoint_are_written_and_renewed() {
    let (project, long) = ending();
    let run = |words: &[&str]| run(&project, words);
    let (code, said) = run(&["evidence-record", "--checkpoint", "2", "-o", "c.ers"]);
    assert_eq!(code, Some(0), "{said}");
    let hash = project.store().entry(2).unwrap().unwrap().entry.chain_hash;
    let data = std::fs::read(project.root().join("c.ers.data")).unwrap();
    assert_eq!(proofline_format::digest::sha256(&data), hash);
    let renewed = [
        "evidence-record",
        "c.ers.data",
        "--renew",
        "c.ers",
        "-o",
        "c.ers",
    ];
    let (code, said) = run(&[&renewed[..], &["--tsa", &long.url]].concat());
    assert!(code == Some(0) && said.contains("2 time stamps"), "{said}");
    let (code, said) = run(&["evidence-record", "--checkpoint", "9", "-o", "d.ers"]);
    assert!(
        code == Some(1) && said.contains("checkpoint 9 has no token"),
        "{said}"
    );
    let (code, said) = run(&["evidence-record", "c.ers.data", "-o", "c.ers"]);
    assert!(code == Some(1) && said.contains("exists"), "{said}");
    let other = [
        "evidence-record",
        "c.ers",
        "--renew",
        "c.ers",
        "-o",
        "e.ers",
    ];
    let (code, said) = run(&[&other[..], &["--tsa", &long.url]].concat());
    assert!(
        code == Some(1) && said.contains("data-not-covered"),
        "{said}"
    );
    assert!(!project.root().join("e.ers").exists());
}

impl Project {
    fn store_after_one_entry(&self) -> proofline::store::Store {
        self.record("s");
        self.store()
    }

    /// Founds the log with a birth token.
    fn found(&self, url: &str) {
        use proofline::stamp::Stamper as _;
        use proofline::store::{BirthToken, NewLog};
        let new_log = NewLog::new(self.recorder().keys(), "r", None).unwrap();
        let stamped = HttpStamper::default()
            .stamp(&Authority::at(url).unwrap(), new_log.imprint())
            .unwrap();
        let birth = BirthToken {
            request: stamped.request,
            response: stamped.response,
        };
        let until = proofline::recorder::deadline(Duration::from_secs(5));
        new_log.create(&self.store_dir(), &[birth], until).unwrap();
    }
}
