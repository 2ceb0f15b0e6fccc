//! Checkpoints bound every entry in time, and cost no hook anything.

use std::time::Duration;

use proofline::authority::Authority;
use proofline::checkpoint::{Due, Occasion, Outcome, due, run};
use proofline::config::{CheckpointRule, Config};
use proofline::recorder::deadline;
use proofline::stamp::{HttpStamper, Stamper as _};
use proofline::store::{BirthToken, NewLog};
use proofline_format::checkpoint::Checkpoint;
use proofline_format::merkle::{Tree, leaf_hash};
use proofline_format::note::Note;
use proofline_format::object::{Evidence, ItemKind};
use proofline_format::timestamp::Timestamp;

use crate::fixture::{LoopbackAuthority, Project, check_store};

pub(crate) fn config(urls: &[&str]) -> Config {
    let mut config = Config::default();
    for url in urls {
        config.add_authority(url).unwrap();
    }
    config
}

pub(crate) fn checkpoint(project: &Project, config: &Config, occasion: Occasion) -> Outcome {
    let stamper = HttpStamper::default();
    run(
        &project.store_dir(),
        &project.home(),
        config,
        &stamper,
        occasion,
    )
    .unwrap()
}

pub(crate) const NOW: Occasion = Occasion::Now {
    wait: Duration::from_secs(5),
};

#[test]
fn a_root_that_no_note_signs_would_let_entries_be_dropped() {
    let project = Project::new();
    let none = config(&[]);
    let mut sizes = Vec::new();
    for calls in [1, 3, 8] {
        for _ in 0..calls {
            project.record("s");
        }
        sizes.push(checkpoint(&project, &none, NOW).sealed.unwrap().size);
        assert_eq!(checkpoint(&project, &none, NOW).sealed, None, "nothing new");
    }
    assert_eq!(sizes, [2, 6, 15]);
    let store = project.store();
    let all = check_store(&store);
    assert_eq!(store.note_sizes().unwrap(), sizes);
    let mut before = None;
    for size in sizes {
        let stored = store.note(size).unwrap().unwrap();
        let note = Note::parse(&stored.bytes).unwrap();
        assert!(note.is_signed_by(store.origin(), &store.key_at(size).unwrap()));
        let checkpoint = Checkpoint::parse(&note.text).unwrap();
        let mut tree = Tree::default();
        let covered = usize::try_from(size).unwrap();
        for entry in &all[..covered] {
            tree.append(leaf_hash(&entry.entry.line()));
        }
        assert_eq!((checkpoint.size, checkpoint.root), (size, tree.root()));
        assert_eq!(checkpoint.origin, store.origin());
        let entry = &all[covered].entry;
        assert_eq!(entry.event_type, "checkpoint");
        assert_eq!(entry.source, "checkpoint-scheduler");
        assert_eq!(entry.content_hash_after, Some(stored.sha256));
        assert_eq!(entry.content_hash_before, before);
        assert_eq!(entry.diff_hash, None);
        before = Some(stored.sha256);
    }
}

#[test]
fn what_an_authority_gave_is_listed_by_the_next_checkpoint() {
    let project = Project::new();
    let authority = LoopbackAuthority::start();
    let stamped = config(&[&authority.url]);
    let new_log = NewLog::new(project.recorder().keys(), "r", None).unwrap();
    let birth = HttpStamper::default()
        .stamp(&Authority::at(&authority.url).unwrap(), new_log.imprint())
        .unwrap();
    let birth = BirthToken {
        request: birth.request,
        response: birth.response,
    };
    let until = deadline(Duration::from_secs(5));
    let created = new_log.create(&project.store_dir(), std::slice::from_ref(&birth), until);
    assert_eq!(created.unwrap().items(0).unwrap()[1].bytes, birth.response);
    for size in [2, 4, 6] {
        project.record("s");
        let outcome = checkpoint(&project, &stamped, NOW);
        assert_eq!(outcome.stamped, Some((size, authority.url.clone())));
    }
    let store = project.store();
    let all = check_store(&store);
    assert_eq!(store.last_stamped_size().unwrap(), Some(6));
    let mut previous = None;
    for (index, for_size) in [(0, Some(0)), (2, None), (4, Some(2)), (6, Some(4))] {
        let address = all[index].entry.diff_hash;
        assert_eq!(address.is_some(), for_size.is_some(), "at {index}");
        let Some(for_size) = for_size else { continue };
        let bytes = store.object(&address.unwrap()).unwrap().unwrap();
        let evidence = Evidence::parse(&bytes).unwrap();
        assert_eq!(evidence.previous, previous);
        let items = store.items(for_size).unwrap();
        assert_eq!(items.len(), 2);
        for item in items {
            let listed = |e: &&proofline_format::object::EvidenceItem| e.sha256 == item.sha256;
            let listed = evidence.items.iter().find(listed).unwrap();
            assert_eq!((listed.for_size, listed.kind), (for_size, item.kind));
        }
        previous = address;
    }
    // The token is over the chain hash of the checkpoint entry.
    let items = store.items(6).unwrap();
    let token = items.iter().find(|i| i.kind == ItemKind::TimeStampResponse);
    let imprint = all[6].entry.chain_hash.0;
    let inside = token
        .unwrap()
        .bytes
        .windows(32)
        .any(|bytes| bytes == imprint);
    assert!(inside);
}

#[test]
fn an_authority_that_is_down_leaves_a_queue_whose_newest_is_stamped_first() {
    let project = Project::new();
    let down = config(&["http://127.0.0.1:9/"]);
    project.record("s");
    let outcome = checkpoint(&project, &down, NOW);
    assert!(outcome.sealed.is_some());
    assert_eq!(outcome.stamped, None);
    assert_eq!(outcome.failures.len(), 1);
    project.record("s");
    assert!(checkpoint(&project, &down, NOW).stamped.is_none());
    // Left alone for a while, unless somebody asks by hand; then the next authority is asked.
    assert!(
        checkpoint(&project, &down, Occasion::IfDue)
            .failures
            .is_empty()
    );
    let authority = LoopbackAuthority::start();
    let both = config(&["http://127.0.0.1:9/", &authority.url]);
    let outcome = checkpoint(&project, &both, Occasion::IfDue);
    assert_eq!(outcome.stamped, Some((4, authority.url.clone())));
    assert_eq!(project.store().stamped_sizes().unwrap(), [4]);
    assert_eq!(project.store().note_sizes().unwrap(), [2, 4]);
}

#[test]
fn a_checkpoint_is_due_by_count_or_by_time_and_never_for_itself() {
    let project = Project::new();
    let rule = CheckpointRule {
        entries: 3,
        interval: Duration::from_secs(600),
    };
    project.record("s");
    assert_eq!(due(&project.store(), &rule).unwrap(), Due::Nothing);
    project.record("s");
    assert_eq!(due(&project.store(), &rule).unwrap(), Due::Checkpoint);
    checkpoint(&project, &config(&[]), NOW);
    let hour_later =
        || Timestamp::from_millis(proofline::clock::now().millis() + 3_600_000).unwrap();
    let later = project.store().with_clock(hour_later);
    assert_eq!(due(&later, &rule).unwrap(), Due::Token);
    project.record("s");
    assert_eq!(due(&project.store(), &rule).unwrap(), Due::Token);
    assert_eq!(due(&later, &rule).unwrap(), Due::Checkpoint);
}

#[test]
fn two_schedulers_at_once_make_one_checkpoint() {
    let project = Project::new();
    for _ in 0..5 {
        project.record("s");
    }
    let none = config(&[]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| checkpoint(&project, &none, NOW));
        }
    });
    assert_eq!(project.store().note_sizes().unwrap(), [6]);
    check_store(&project.store());
}
