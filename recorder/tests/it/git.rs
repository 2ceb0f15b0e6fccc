//! Commits: what recorded edits explain, and every hunk that they do not.

use proofline::capture::git::post_commit;
use proofline::repository::Repository;
use proofline_format::digest::sha256;
use serde_json::json;

use crate::capture::stage::{Stage, git};

fn commit(stage: &mut Stage, message: &str) -> Vec<String> {
    stage.commit(message);
    record(stage)
}

fn record(stage: &mut Stage) -> Vec<String> {
    let repository = Repository::containing(&stage.root()).unwrap();
    let captured = post_commit(repository).unwrap();
    assert_eq!(captured.remarks, Vec::<String>::new());
    let lines = stage.take(&captured.batch);
    captured.settle().unwrap();
    lines
}

fn edit(stage: &mut Stage, path: &str, text: &str) {
    let input = json!({"file_path": path});
    stage.pre("Edit", input.clone());
    stage.write(path, text);
    stage.post("Edit", input, json!({}));
}

/// Without it: an agent's lines are counted again as somebody's, or somebody's as the agent's.
#[test]
fn only_what_no_edit_explains_is_recorded() {
    let mut stage = Stage::new(&[("a", "1\n2\n"), ("b", "1\n"), ("c", "1\n"), ("d", "1\n")]);
    edit(&mut stage, "a", "1\nagent\n");
    edit(&mut stage, "b", "agent\n");
    stage.write("b", "agent\nperson\n");
    stage.write("c", "1\nperson\n");
    stage.write("new", "person\n");
    stage.remove("d");
    let head = stage.head();
    assert_eq!(
        commit(&mut stage, "second"),
        [
            "7 commit unknown observed",
            "8 file_write <7 b @@ -1,0 +2,1 @@ unknown inferred",
            "9 file_write <7 c @@ -1,0 +2,1 @@ unknown inferred",
            "10 file_delete <7 d unknown inferred",
            "11 file_write <7 new @@ -0,0 +1,1 @@ unknown inferred",
        ]
    );
    let entry = stage.last("commit").clone();
    assert_eq!(entry.git_head, Some(stage.head()));
    assert_eq!(stage.last("file_write").git_head, Some(head));
    // The explained path ties git's id to the recorded state.
    let witness = stage.witnesses(&entry)[0];
    assert_eq!(witness.require_text("path").unwrap(), "a");
    let oid = git(&stage.root(), &["rev-parse", "HEAD:a"]);
    let after = witness.member("after").unwrap();
    assert_eq!(after.require_text("git_oid").unwrap(), oid.trim());
    assert_eq!(after.require_hash("sha256").unwrap(), sha256(b"1\nagent\n"));
    let payload = stage.payload("commit");
    assert!(
        payload.contains("\"name\":\"A U Thor\"") && !payload.contains("author@"),
        "{payload}"
    );
    assert!(payload.contains("\"paths_explained\":1"), "{payload}");
    // All of it is known now.
    assert_eq!(commit(&mut stage, "empty").len(), 1);
    assert_eq!(stage.pre("Read", json!({"file_path": "b"})).len(), 1);
}

/// Without it: what was there before the recorder came is counted as the agent's.
#[test]
fn a_first_look_explains_nothing() {
    let mut stage = Stage::new(&[("a", "1\n")]);
    stage.write("a", "1\nperson\n");
    edit(&mut stage, "a", "1\nperson\nagent\n");
    assert_eq!(
        commit(&mut stage, "second")[1..],
        ["5 file_write <4 a @@ -1,0 +2,1 @@ unknown inferred"]
    );
    let hunk = stage.events.last().unwrap();
    assert_eq!(hunk.content_hash_after, Some(sha256(b"1\nperson\n")));
    stage.write("a", "1\nperson\nagent\nmore\n");
    assert_eq!(
        commit(&mut stage, "third")[1..],
        ["7 file_write <6 a @@ -3,0 +4,1 @@ unknown inferred"]
    );
}

/// Without it: a file committed in part is taken for what lies on disk.
#[test]
fn a_part_of_a_file_can_be_committed() {
    let mut stage = Stage::new(&[("a", "1\n")]);
    edit(&mut stage, "a", "1\nagent\n");
    stage.write("a", "1\nagent\nstaged\n");
    git(&stage.root(), &["add", "a"]);
    stage.write("a", "1\nagent\nstaged\nnot yet\n");
    git(&stage.root(), &["commit", "-q", "-m", "part"]);
    assert_eq!(
        record(&mut stage)[1..],
        ["5 file_write <4 a @@ -2,0 +3,1 @@ unknown inferred"]
    );
    let lines = stage.pre("Read", json!({"file_path": "a"}));
    assert_eq!(
        lines[1],
        "7 file_write <6 a @@ -2,0 +3,2 @@ unknown inferred"
    );
}

/// Without it: the first commit, a merge or a rename is not recorded.
#[test]
fn root_merge_amend_and_rename_are_commits_too() {
    let mut stage = Stage::without_git();
    git(&stage.root(), &["init", "-q", "-b", "main"]);
    stage.write("a", "1\n2\n3\n");
    stage.write("empty", "");
    let lines = commit(&mut stage, "root");
    assert_eq!(
        lines[1..],
        [
            "2 file_write <1 a @@ -0,0 +1,3 @@ unknown inferred",
            "3 file_write <1 empty unknown inferred",
        ]
    );
    git(&stage.root(), &["mv", "a", "z"]);
    assert_eq!(
        commit(&mut stage, "rename")[1..],
        [
            "5 file_rename <4 a unknown inferred",
            "6 file_rename <5 z unknown inferred",
        ]
    );
    git(&stage.root(), &["checkout", "-q", "-b", "side"]);
    stage.write("side", "s\n");
    assert_eq!(commit(&mut stage, "side").len(), 2);
    git(&stage.root(), &["checkout", "-q", "main"]);
    stage.write("main", "m\n");
    assert_eq!(commit(&mut stage, "main").len(), 2);
    git(&stage.root(), &["merge", "-q", "--no-edit", "side"]);
    let lines = record(&mut stage);
    assert_eq!(
        lines.len(),
        1,
        "what a branch recorded is explained: {lines:?}"
    );
    assert_eq!(
        stage
            .payload("commit")
            .matches("\"paths_explained\":1")
            .count(),
        1
    );
    git(&stage.root(), &["commit", "-q", "--amend", "-m", "amended"]);
    assert_eq!(record(&mut stage).len(), 1);
}

/// Without it: line ends that git converts look like a change of every line.
#[test]
fn line_ends_that_git_converts_are_no_change() {
    let mut stage = Stage::new(&[
        (".gitattributes", "*.txt text eol=crlf\n"),
        ("a.txt", "1\r\n2\r\n"),
    ]);
    edit(&mut stage, "a.txt", "1\r\nagent\r\n");
    assert_eq!(commit(&mut stage, "second").len(), 1);
    let witness = stage.witnesses(stage.last("commit"))[0];
    let after = witness.member("after").unwrap();
    assert_eq!(
        after.require_hash("sha256").unwrap(),
        sha256(b"1\r\nagent\r\n")
    );
    // A file never seen before is compared in git's own form.
    stage.write("b.txt", "1\r\n2\r\n");
    commit(&mut stage, "third");
    stage.write("b.txt", "1\r\n2\r\n3\r\n");
    let lines = commit(&mut stage, "fourth");
    assert!(lines[1].contains("b.txt @@ -2,0 +3,1 @@"), "{lines:?}");
}

/// Without it: odd contents end the record of a commit.
#[test]
fn binaries_links_submodules_and_odd_names_are_taken() {
    let mut stage = Stage::new(&[]);
    stage.write("bin", b"a\0b");
    stage.write("big", "x\n".repeat(3_000_000));
    stage.write("sp ace\ttab", "t\n");
    stage.write(".env", "PIN=1234\n");
    std::os::unix::fs::symlink("bin", stage.root().join("link")).unwrap();
    let lines = commit(&mut stage, "odd");
    assert_eq!(
        lines[1..],
        [
            "2 file_write <1 .env unknown inferred",
            "3 file_write <1 big unknown inferred",
            "4 file_write <1 bin unknown inferred",
            "5 file_write <1 bytes:sp%20ace%09tab @@ -0,0 +1,1 @@ unknown inferred",
        ]
    );
    assert!(stage.payload("commit").contains("\"links_skipped\":1"));
}
