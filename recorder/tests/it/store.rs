//! The store keeps every acknowledged event, in one chain, whatever else happens.

use std::fs;
use std::time::Duration;

use proofline::event::{Batch, Receipt, Record as _};
use proofline::recorder::deadline;
use proofline::store::{Store, StoreError, file_of};
use proofline_format::merkle::{Tree, leaf_hash};
use proofline_format::object::SessionSummary;

use crate::fixture::{Project, batch, check_store, event};

#[test]
fn the_first_action_makes_key_store_and_genesis() {
    let project = Project::new();
    assert_eq!(project.record("s"), 1);
    let store = project.store();
    let all = check_store(&store);
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].entry.event_type, "genesis");
    let (genesis, address) = store.genesis();
    assert_eq!(all[0].entry.content_hash_after, Some(*address));
    assert_eq!(genesis.repository, "project");
    assert!(store.origin().ends_with(&genesis.log_id));
    let ignored = fs::read_to_string(project.store_dir().join(".gitignore")).unwrap();
    assert_eq!(ignored, "*\n");
}

#[test]
fn a_parent_that_was_never_recorded_is_not_named() {
    let project = Project::new();
    let mut orphan = batch("s");
    orphan.events[0].parent_event_id = Some(crate::fixture::id());
    let mut child = event("tool_use", "s");
    child.parent_event_id = Some(orphan.events[0].id);
    orphan.events.push(child);
    project.recorder().record(orphan).unwrap();
    let all = check_store(&project.store());
    assert_eq!(all[1].entry.parent_event_id, None);
    assert_eq!(all[2].entry.parent_event_id, Some(all[1].entry.id));
}

#[test]
fn a_session_end_without_its_summary_would_leave_the_session_open_to_cuts() {
    let project = Project::new();
    for session in ["one", "two", "one"] {
        project.record(session);
    }
    let mut end = Batch::default();
    end.events.push(event("tool_use", "one"));
    end.events.push(event("session_end", "one"));
    project.recorder().record(end).unwrap();
    let store = project.store();
    let all = check_store(&store);
    let address = all.last().unwrap().entry.content_hash_after.unwrap();
    let summary = SessionSummary::parse(&store.object(&address).unwrap().unwrap()).unwrap();
    let mut tree = Tree::default();
    for index in [1, 3, 4] {
        tree.append(leaf_hash(&all[index].entry.line()));
    }
    assert_eq!(
        (summary.count, summary.first_index, summary.last_index),
        (3, 1, 4)
    );
    assert_eq!(summary.root, tree.root());
    let sessions = store.sessions(10).unwrap();
    let seen: Vec<_> = sessions
        .iter()
        .map(|s| (s.session_id.as_str(), s.entries, s.is_closed))
        .collect();
    assert_eq!(seen, [("one", 4, true), ("two", 1, false)]);
}

#[test]
fn a_writer_that_holds_the_store_delays_a_hook_but_loses_nothing() {
    let project = Project::new();
    project.record("s");
    let mut holder = project.store();
    let writer = holder.write(deadline(Duration::from_secs(1))).unwrap();
    let mut hook = project.recorder().with_wait(Duration::from_millis(60));
    let start = std::time::Instant::now();
    let (first, second) = (batch("waits-1"), batch("waits-2"));
    let ids = [first.events[0].id, second.events[0].id];
    assert_eq!(hook.record(first).unwrap(), Receipt::Spooled);
    assert_eq!(hook.record(second).unwrap(), Receipt::Spooled);
    assert!(start.elapsed() < Duration::from_secs(2), "bounded");
    drop(writer);
    assert_eq!(hook.spool().waiting().len(), 2);
    // The next writer takes them in, in order, before its own.
    assert_eq!(project.record("s"), 4);
    let all = check_store(&project.store());
    assert_eq!([all[2].entry.id, all[3].entry.id], ids);
    assert!(hook.spool().waiting().is_empty());
    let address = all[2].entry.content_hash_after.unwrap();
    assert!(project.store().object(&address).unwrap().is_some());
}

#[test]
fn a_spool_file_that_outlives_its_append_is_not_recorded_twice() {
    let project = Project::new();
    project.record("s");
    let mut holder = project.store();
    let writer = holder.write(deadline(Duration::from_secs(1))).unwrap();
    let mut hook = project.recorder().with_wait(Duration::ZERO);
    assert_eq!(hook.record(batch("late")).unwrap(), Receipt::Spooled);
    drop(writer);
    let file = hook.spool().waiting().remove(0);
    let bytes = fs::read(&file).unwrap();
    project.record("s");
    fs::write(&file, bytes).unwrap();
    project.record("s");
    let all = check_store(&project.store());
    let late = all
        .iter()
        .filter(|e| e.entry.session_id.as_deref() == Some("late"));
    assert_eq!(late.count(), 1);
    assert!(!file.exists());
}

#[test]
fn a_spool_larger_than_one_append_takes_in_keeps_its_order() {
    let project = Project::new();
    project.record("s");
    let mut holder = project.store();
    let writer = holder.write(deadline(Duration::from_secs(1))).unwrap();
    let mut hook = project.recorder().with_wait(Duration::ZERO);
    let mut ids = Vec::new();
    for _ in 0..70 {
        let batch = batch("s");
        ids.push(batch.events[0].id);
        assert_eq!(hook.record(batch).unwrap(), Receipt::Spooled);
    }
    drop(writer);
    let own = batch("s");
    ids.push(own.events[0].id);
    assert_eq!(project.recorder().record(own).unwrap(), Receipt::Spooled);
    project.recorder().take_in().unwrap();
    let all = check_store(&project.store());
    let seen: Vec<_> = all[2..].iter().map(|e| e.entry.id).collect();
    assert_eq!(seen, ids);
}

#[test]
fn a_damaged_spool_file_is_stated_as_a_gap_and_blocks_nothing() {
    let project = Project::new();
    project.record("s");
    let spool = project.store_dir().join("spool");
    fs::create_dir_all(&spool).unwrap();
    fs::write(spool.join("00000000000000000001-00000000.json"), "{").unwrap();
    project.record("s");
    project.record("s");
    let all = check_store(&project.store());
    let gaps = gap_reasons(&project);
    assert_eq!(gaps, ["spool_damaged"]);
    assert_eq!(all.len(), 5);
}

/// The reasons of the gaps that the chain states.
pub(crate) fn gap_reasons(project: &Project) -> Vec<String> {
    let store = project.store();
    let gaps = store.gaps().unwrap();
    let reason = |index| {
        let address = store
            .entry(index)
            .unwrap()
            .unwrap()
            .entry
            .content_hash_after;
        let bytes = store.object(&address.unwrap()).unwrap().unwrap();
        let object = proofline_format::object::parse_object(&bytes).unwrap();
        assert_eq!(object.require_text("type").unwrap(), "gap");
        object.require_text("reason").unwrap().to_owned()
    };
    gaps.into_iter().map(reason).collect()
}

#[test]
fn a_store_that_was_rolled_back_or_exchanged_says_so() {
    let project = Project::new();
    project.record("s");
    let copy = fs::read(file_of(&project.store_dir())).unwrap();
    // The bytes of the database alone are older than the log beside it.
    project.store().move_wal().unwrap();
    let later = fs::read(file_of(&project.store_dir())).unwrap();
    assert_ne!(copy, later);
    project.record("s");
    project.record("s");
    replace_database(&project, &later);
    project.record("s");
    assert_eq!(gap_reasons(&project), ["store_shorter"]);
    // Same length as remembered, another end: the fork of a copied folder.
    project.store().move_wal().unwrap();
    let fork = fs::read(file_of(&project.store_dir())).unwrap();
    project.record("s");
    replace_database(&project, &fork);
    fs::rename(remembered_logs(&project), project.dir.path().join("aside")).unwrap();
    project.record("s");
    fs::remove_dir_all(remembered_logs(&project)).unwrap();
    fs::rename(project.dir.path().join("aside"), remembered_logs(&project)).unwrap();
    project.record("s");
    assert_eq!(gap_reasons(&project), ["store_shorter", "store_different"]);
    check_store(&project.store());
    // Deleted: the next action begins a new log, which says what stood there.
    fs::remove_dir_all(project.store_dir()).unwrap();
    project.record("s");
    assert_eq!(gap_reasons(&project), ["store_replaced"]);
    project.record("s");
    assert_eq!(gap_reasons(&project), ["store_replaced"]);
    check_store(&project.store());
}

fn remembered_logs(project: &Project) -> std::path::PathBuf {
    project.home().logs()
}

fn replace_database(project: &Project, bytes: &[u8]) {
    let path = file_of(&project.store_dir());
    for beside in ["audit.db-wal", "audit.db-shm"] {
        fs::remove_file(project.store_dir().join(beside)).unwrap();
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn an_event_that_no_reader_accepts_is_a_stated_loss() {
    let project = Project::new();
    let mut bad = batch("s");
    bad.events[0].event_type = String::new();
    assert!(project.recorder().record(bad).is_err());
    assert_eq!(project.recorder().pending_losses(), 1);
    project.record("s");
    assert_eq!(gap_reasons(&project), ["event_refused"]);
    assert_eq!(project.recorder().pending_losses(), 0);
    let log = fs::read_to_string(project.home().log()).unwrap();
    assert!(log.contains("1 events lost"), "{log}");
}

#[test]
fn there_is_no_store_where_none_was_made() {
    let project = Project::new();
    let missing = Store::open(&project.store_dir(), deadline(Duration::ZERO));
    assert!(matches!(missing, Err(StoreError::Missing { .. })));
}

#[test]
fn a_file_that_holds_no_log_is_not_written_over() {
    let project = Project::new();
    project.record("s");
    let path = file_of(&project.store_dir());
    fs::remove_dir_all(project.store_dir()).unwrap();
    fs::create_dir_all(project.store_dir()).unwrap();
    fs::write(&path, "").unwrap();
    let mut hook = project.recorder();
    assert_eq!(hook.record(batch("s")).unwrap(), Receipt::Spooled);
    assert_eq!(fs::read(&path).unwrap(), b"");
    // Nothing is lost while somebody finds out what happened.
    fs::remove_file(&path).unwrap();
    assert_eq!(project.record("s"), 3);
    assert_eq!(gap_reasons(&project), ["store_replaced"]);
}

#[test]
fn a_log_that_is_never_emptied_would_make_every_hook_slower_than_the_last() {
    let project = Project::new();
    for _ in 0..20 {
        project.record("s");
    }
    let wal = project.store_dir().join("audit.db-wal");
    assert!(fs::metadata(&wal).unwrap().len() > 0, "no hook moves it");
    let store = project.store();
    store.move_wal().unwrap();
    drop(store);
    let emptied = fs::read(&wal).unwrap();
    assert!(emptied.iter().all(|&octet| octet == 0), "only room is left");
    project.record("s");
    assert_eq!(check_store(&project.store()).len(), 22);
    let used = fs::metadata(&wal).unwrap().len();
    assert_eq!(
        usize::try_from(used).unwrap(),
        emptied.len(),
        "the entry went into the room"
    );
}
