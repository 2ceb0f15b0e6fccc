//! The commands are wired up: what they print, and how they end.

use std::process::{Command, Output};

use proofline::event::{Batch, Record as _};
use proofline_format::json::{Value, parse};

use crate::fixture::{LoopbackAuthority, Project, event};

/// A repository with two sessions, of which one is closed.
fn project() -> Project {
    let project = Project::new();
    std::fs::create_dir_all(project.root().join(".git")).unwrap();
    std::fs::write(project.root().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    for session in ["one", "two"] {
        project.record(session);
    }
    let mut end = Batch::default();
    end.events.push(event("session_end", "one"));
    project.recorder().record(end).unwrap();
    project
}

fn proofline(project: &Project, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_proofline"))
        .args(words)
        .current_dir(project.root())
        .env("PROOFLINE_HOME", project.home().dir())
        .env_remove("PROOFLINE_DIR")
        .output()
        .unwrap()
}

fn run(project: &Project, words: &[&str]) -> (String, String) {
    let output = proofline(project, words);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(0), "{words:?}: {out}{err}");
    (out, err)
}

fn run_json(project: &Project, words: &[&str]) -> Value {
    let (out, err) = run(project, words);
    let value =
        parse(out.trim_end().as_bytes()).unwrap_or_else(|e| panic!("{words:?}: {e}: {out}"));
    assert_eq!(value.require_count("schema_version").unwrap(), 1, "{err}");
    value
}

#[test]
fn list_log_show_and_status_say_what_is_recorded() {
    let project = project();
    let (out, _) = run(&project, &["list"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "one");
    assert_eq!(lines[1], "  2 entries, claude (claude-sonnet-5), closed");
    assert_eq!(lines[3], "two");
    assert_eq!(lines[4], "  1 entry, claude (claude-sonnet-5), open");
    let (limited, _) = run(&project, &["list", "--limit", "1"]);
    assert_eq!(limited.lines().count(), 3);
    let sessions = run_json(&project, &["list", "--json"]);
    assert_eq!(sessions.require_array("sessions").unwrap().len(), 2);

    let (out, _) = run(&project, &["log", "--limit", "2"]);
    assert_eq!(out.lines().count(), 2);
    assert!(out.lines().next().unwrap().contains("session_end"), "{out}");
    let log = run_json(&project, &["log", "--json"]);
    let entries = log.require_array("entries").unwrap();
    assert_eq!(entries.len(), 4);
    let newest = entries[1].require("entry").unwrap();
    let id = newest.require_text("id").unwrap();

    let (out, _) = run(&project, &["show", id.get(..13).unwrap()]);
    for holds in [
        "chain hash holds",
        "link to the entry before holds",
        "signature holds",
    ] {
        assert!(out.contains(holds), "{out}");
    }
    assert!(out.contains("object in content_hash_after"), "{out}");
    let shown = run_json(&project, &["show", id, "--json"]);
    assert_eq!(shown.require("entry").unwrap(), newest);

    let (out, _) = run(&project, &["status"]);
    assert!(
        out.contains("time           no time-stamp authority"),
        "{out}"
    );
    assert!(out.contains("entries        4\n"), "{out}");
    let status = run_json(&project, &["status", "--json"]);
    assert_eq!(status.require_count("entries").unwrap(), 4);
}

#[test]
fn a_checkpoint_an_export_and_a_rotation_by_hand() {
    let project = project();
    let (out, err) = run(&project, &["checkpoint"]);
    assert!(
        out.starts_with("checkpoint 4 made over 4 entries, root "),
        "{out}"
    );
    assert!(out.contains("\nnot stamped: no time-stamp authority\n"));
    assert_eq!(err, "");
    let silent = (String::new(), String::new());
    assert_eq!(run(&project, &["checkpoint", "--if-due"]), silent);
    let authority = LoopbackAuthority::start();
    let stamped = run_json(&project, &["checkpoint", "--tsa", &authority.url, "--json"]);
    let stamped = stamped.require("stamped").unwrap();
    assert_eq!(stamped.require_count("size").unwrap(), 4);

    let before = run(&project, &["identity", "export"]).0;
    assert!(before.starts_with("-----BEGIN PUBLIC KEY-----"));
    let rotated = run_json(&project, &["identity", "rotate", "--json"]);
    assert_eq!(rotated.require_count("index").unwrap(), 5);
    assert_eq!(run(&project, &["identity", "export"]).0, before);
    assert_ne!(
        run(&project, &["identity", "export", "--current"]).0,
        before
    );
    let identity = run_json(&project, &["identity", "--json"]);
    assert_eq!(identity.require_array("keys").unwrap().len(), 2);

    let (out, _) = run(
        &project,
        &["export", "--bundle", "q.bundle", "--no-checkpoint"],
    );
    assert!(
        out.starts_with("exported 5 entries (0 to 4, of 6) to `q.bundle`\n"),
        "{out}"
    );
    assert!(out.contains("newest token   over checkpoint 4\n"), "{out}");
    let words = [
        "export",
        "--bundle",
        "r.bundle",
        "--session",
        "two",
        "--json",
    ];
    let exported = run_json(&project, &words);
    assert_eq!(exported.require_text("kind").unwrap(), "scattered");
    assert!(project.root().join("q.bundle").is_file());
    // An export makes a checkpoint first.
    assert_eq!(project.store().note_sizes().unwrap(), [4, 6]);
}

#[test]
fn an_error_names_what_to_do() {
    let empty = Project::new();
    std::fs::create_dir_all(empty.root()).unwrap();
    let check = |project: &Project, words: &[&str], code: i32, want: &str| {
        let output = proofline(project, words);
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {err}");
        assert!(err.contains(want), "{words:?}: {err}");
        assert!(output.stdout.is_empty());
    };
    check(&empty, &["status"], 1, "hint: `proofline init` makes one");
    let project = project();
    check(
        &project,
        &["show", "zz"],
        1,
        "no entry has an id that begins with `zz`",
    );
    check(
        &project,
        &["export", "--bundle", "missing/x"],
        1,
        "cannot write `missing/x`",
    );
    let words = ["export", "--bundle", "x", "--session", "none"];
    check(
        &project,
        &words,
        1,
        "hint: `proofline list` shows the sessions",
    );
    check(&project, &["export"], 2, "--bundle");
    check(
        &project,
        &["checkpoint", "--tsa", "ftp://x"],
        1,
        "is not an http or https URL",
    );
}

#[test]
fn every_command_explains_itself_with_three_examples() {
    let project = Project::new();
    std::fs::create_dir_all(project.root()).unwrap();
    for words in [
        vec!["--help"],
        vec!["checkpoint", "--help"],
        vec!["completions", "--help"],
        vec!["daemon", "--help"],
        vec!["export", "--help"],
        vec!["identity", "--help"],
        vec!["list", "--help"],
        vec!["log", "--help"],
        vec!["show", "--help"],
        vec!["status", "--help"],
        vec!["tsa", "presets", "--help"],
        vec!["tsa", "queue", "--help"],
        vec!["tsa", "root", "--help"],
        vec!["tsa", "roots", "--help"],
        vec!["tsa", "serve", "--help"],
        vec!["verify", "--help"],
    ] {
        let (out, _) = run(&project, &words);
        let examples = out.lines().filter(|line| line.starts_with("  proofline "));
        assert_eq!(examples.count(), 3, "{words:?}: {out}");
    }
    assert!(
        run(&project, &["completions", "bash"])
            .0
            .contains("_proofline()")
    );
}

/// Without it: a store that was exchanged for another looks as if nothing had happened until the
/// next entry is made.
#[test]
fn status_says_that_a_store_was_exchanged() {
    let (one, two) = (project(), project());
    for project in [&one, &two] {
        project.record("s");
        project.store().move_wal().unwrap();
    }
    let file = |project: &Project| project.store_dir().join("audit.db");
    std::fs::copy(file(&two), file(&one)).unwrap();
    let (out, _) = run(&one, &["status"]);
    assert!(out.contains("store holds another log than it did"), "{out}");
}
