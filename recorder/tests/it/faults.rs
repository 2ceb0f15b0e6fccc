//! Killed, crowded, full, read-only: what was acknowledged stays, what was lost is stated.
//!
//! The recording processes are this test binary itself, started again with a role. Where disks
//! have to be full or read-only, they run in a mount namespace of their own.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use proofline::event::{Receipt, Record as _};
use proofline::home::Home;
use proofline::recorder::Recorder;

use crate::fixture::{Project, batch, check_store};

const ROLE: &str = "PROOFLINE_TEST_ROLE";
const WHERE: &str = "PROOFLINE_TEST_WHERE";

fn this_binary() -> Command {
    Command::new(std::env::current_exe().unwrap())
}

fn as_role(command: &mut Command, role: &str, place: &Path) {
    command
        .args(["--exact", "faults::process_with_a_role", "--nocapture"])
        .env(ROLE, role)
        .env(WHERE, place);
}

/// Records for ever, or so many times, and writes down every id that was acknowledged.
fn append(place: &Path, calls: usize) {
    let acknowledged = place.join(format!("acknowledged.{}", std::process::id()));
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(acknowledged)
        .unwrap();
    for _ in 0..calls {
        // A fresh recorder for each call, as each hook is a fresh process.
        let mut recorder = at(place);
        let batch = batch("s");
        let id = batch.events[0].id;
        recorder.record(batch).unwrap();
        file.write_all(format!("{id}\n").as_bytes()).unwrap();
    }
}

fn at(place: &Path) -> Recorder {
    Recorder::new(
        &place.join("project/.proofline"),
        Home::at(place.join("home")),
    )
}

fn acknowledged(place: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(place)
        .unwrap()
        .map(|file| file.unwrap().path());
    let files = files.filter(|path| path.to_string_lossy().contains("acknowledged."));
    let texts = files.map(|path| fs::read_to_string(path).unwrap());
    texts
        .flat_map(|text| text.lines().map(String::from).collect::<Vec<_>>())
        .collect()
}

/// Every acknowledged id stands in a chain that holds. Gives the number of entries.
fn check_nothing_lost(project: &Project) -> usize {
    project.recorder().take_in().unwrap();
    let entries = check_store(&project.store());
    let recorded: BTreeSet<String> = entries.iter().map(|e| e.entry.id.to_string()).collect();
    let acknowledged = acknowledged(project.dir.path());
    let missing: Vec<_> = acknowledged.difference(&recorded).collect();
    assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
    entries.len()
}

#[test]
fn process_with_a_role() {
    let Some(role) = std::env::var_os(ROLE) else {
        return;
    };
    let place = PathBuf::from(std::env::var_os(WHERE).unwrap());
    match role.to_str().unwrap() {
        "append" => append(&place, usize::MAX),
        "append 125" => append(&place, 125),
        "full disk" => full_disk(&place),
        "no room anywhere" => no_room_anywhere(&place),
        "read-only" => read_only(&place),
        role => panic!("no role `{role}`"),
    }
}

fn start(role: &str, place: &Path) -> Child {
    let mut command = this_binary();
    as_role(&mut command, role, place);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn two_hundred_kills_lose_nothing_that_was_acknowledged() {
    let project = Project::new();
    let place = project.dir.path();
    for round in 0..50_u64 {
        let children: Vec<Child> = (0..4).map(|_| start("append", place)).collect();
        // From before the first byte is read to well into a row of appends.
        sleep(Duration::from_micros(2_000 + round * 3_970 % 120_000));
        for mut child in children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
    let count = check_nothing_lost(&project);
    let acknowledged = acknowledged(place).len();
    println!("200 kills, {acknowledged} acknowledged, {count} entries");
    assert!(
        acknowledged > 200,
        "the kills came too early to show anything"
    );
}

#[test]
fn eight_writers_with_a_thousand_calls_lose_none() {
    let project = Project::new();
    let place = project.dir.path();
    let children: Vec<Child> = (0..8).map(|_| start("append 125", place)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(acknowledged(place).len(), 1_000);
    assert_eq!(check_nothing_lost(&project), 1_001);
}

/// Runs a role where `place/project` is a file system of its own of so many KiB; `false`, loudly,
/// where the system allows nobody to mount.
fn on_own_disk(role: &str, size_kib: u32) -> Project {
    let project = Project::new();
    let place = project.dir.path();
    fs::create_dir(project.root()).unwrap();
    let script = "mount -t tmpfs -o size=\"$0\"k none \"$1/project\" && shift && exec \"$@\"";
    let mut command = Command::new("unshare");
    command
        .args(["-rm", "sh", "-c", script, &size_kib.to_string()])
        .arg(place)
        .arg(std::env::current_exe().unwrap());
    as_role(&mut command, role, place);
    let probe = Command::new("unshare").args(["-rm", "true"]).status();
    if !probe.is_ok_and(|status| status.success()) {
        let required = std::env::var_os("PROOFLINE_REQUIRE_TOOLS").is_some();
        assert!(
            !required,
            "{role}: this system lets nobody make a mount namespace"
        );
        println!("SKIPPED: {role}: this system lets nobody make a mount namespace");
        return project;
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{role}: {text}{errors}");
    project
}

fn mount(options: &str, place: &Path) {
    let mut mount = Command::new("mount");
    mount.args(["-o", options]).arg(place.join("project"));
    assert!(mount.status().unwrap().success());
}

/// Takes up everything that is left on the project's disk.
fn fill(place: &Path) -> PathBuf {
    let path = place.join("project/filler");
    let mut file = fs::File::create(&path).unwrap();
    for block in [1 << 16, 1 << 12, 1] {
        while file.write_all(&vec![0; block]).is_ok() {}
    }
    path
}

fn check_gaps(place: &Path, want: &[(&str, u64, u64)]) {
    let store_dir = place.join("project/.proofline");
    let until = proofline::recorder::deadline(Duration::from_secs(5));
    let store = proofline::store::Store::open(&store_dir, until).unwrap();
    let entries = check_store(&store);
    let mut gaps = Vec::new();
    for gap in entries
        .iter()
        .filter(|e| e.entry.event_type == "capture_gap")
    {
        let address = gap.entry.content_hash_after.unwrap();
        let bytes = store.object(&address).unwrap().unwrap();
        let object = proofline_format::object::parse_object(&bytes).unwrap();
        gaps.push((
            object.require_text("reason").unwrap().to_owned(),
            object.require_count("lost").unwrap(),
            object.require_count("delayed").unwrap(),
        ));
    }
    let seen: Vec<_> = gaps.iter().map(|(r, l, d)| (r.as_str(), *l, *d)).collect();
    assert_eq!(seen, want);
}

/// Records so many calls that all have to go to the spool.
fn record_spooled(place: &Path, calls: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..calls {
        let batch = batch("s");
        ids.push(batch.events[0].id.to_string());
        assert_eq!(at(place).record(batch).unwrap(), Receipt::Spooled);
    }
    ids
}

fn check_recorded(place: &Path, ids: &[String]) {
    let until = proofline::recorder::deadline(Duration::from_secs(5));
    let store_dir = place.join("project/.proofline");
    let store = proofline::store::Store::open(&store_dir, until).unwrap();
    for id in ids {
        assert_eq!(store.entries_by_id(id, 2).unwrap().len(), 1, "{id}");
    }
}

fn full_disk(place: &Path) {
    at(place).record(batch("s")).unwrap();
    let filler = fill(place);
    let ids = record_spooled(place, 3);
    let log = fs::read_to_string(place.join("home/proofline.log")).unwrap();
    assert!(log.contains("1 events spooled: store: "), "{log}");
    assert!(log.contains("full"), "{log}");
    fs::remove_file(filler).unwrap();
    at(place).record(batch("s")).unwrap();
    check_recorded(place, &ids);
    check_gaps(place, &[("store_unwritable", 0, 3)]);
}

fn no_room_anywhere(place: &Path) {
    // The data folder is on the same disk.
    let home = place.join("project/home");
    let recorder = || Recorder::new(&place.join("project/.proofline"), Home::at(&home));
    recorder().record(batch("s")).unwrap();
    let filler = fill(place);
    for _ in 0..3 {
        let error = recorder().record(batch("s")).unwrap_err();
        assert!(error.to_string().contains("not recorded"), "{error}");
    }
    assert_eq!(recorder().pending_losses(), 3);
    fs::remove_file(filler).unwrap();
    recorder().record(batch("s")).unwrap();
    check_gaps(place, &[("store_unwritable", 3, 0)]);
    assert_eq!(recorder().pending_losses(), 0);
}

fn read_only(place: &Path) {
    at(place).record(batch("s")).unwrap();
    mount("remount,ro", place);
    let ids = record_spooled(place, 2);
    let log = fs::read_to_string(place.join("home/proofline.log")).unwrap();
    assert!(log.contains("1 events spooled: "), "{log}");
    mount("remount,rw", place);
    at(place).record(batch("s")).unwrap();
    check_recorded(place, &ids);
    check_gaps(place, &[("store_unwritable", 0, 2)]);
}

#[test]
fn a_full_disk_delays_entries_and_says_so() {
    on_own_disk("full disk", 1_024);
}

#[test]
fn what_has_no_room_anywhere_is_a_stated_loss() {
    on_own_disk("no room anywhere", 1_024);
}

#[test]
fn a_read_only_store_delays_entries_and_says_so() {
    on_own_disk("read-only", 4_096);
}
