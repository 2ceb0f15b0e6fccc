//! What Claude Code's hooks come to, with real files changed in between.

use proofline_format::digest::sha256;
use proofline_format::entry::Fidelity;
use serde_json::json;

use super::stage::{Stage, git};

fn edit(path: &str) -> serde_json::Value {
    json!({"file_path": path, "old_string": "b", "new_string": "B"})
}

/// Without it: an edit without its lines.
#[test]
fn an_edit_becomes_a_tool_entry_and_its_hunks() {
    let mut stage = Stage::new(&[("src/a.txt", "a\nb\nc\nd\ne\n")]);
    assert_eq!(
        stage.pre("Edit", edit("src/a.txt")),
        ["1 tool_request Edit src/a.txt claude observed"]
    );
    stage.write("src/a.txt", "a\nB\nc\nd\ne\nf\n");
    assert_eq!(
        stage.post("Edit", edit("src/a.txt"), json!({"userModified": false})),
        [
            "2 tool_use <1 Edit src/a.txt claude observed",
            "3 file_write <2 Edit src/a.txt @@ -2,1 +2,1 @@ claude observed",
            "4 file_write <2 Edit src/a.txt @@ -5,0 +6,1 @@ claude observed",
        ]
    );
    let [first, second] = &stage.events[2..] else {
        panic!()
    };
    for hunk in [first, second] {
        assert_eq!(hunk.content_hash_before, Some(sha256(b"a\nb\nc\nd\ne\n")));
        assert_eq!(hunk.content_hash_after, Some(sha256(b"a\nB\nc\nd\ne\nf\n")));
        assert_eq!(hunk.git_head, Some(stage.head()));
    }
    assert_eq!(first.diff_hash, Some(sha256(b"@@ -2,1 +2,1 @@\n-b\n+B\n")));
    assert_eq!(second.diff_hash, Some(sha256(b"@@ -5,0 +6,1 @@\n+f\n")));
    let witness = stage.witnesses(stage.last("tool_use"));
    assert_eq!(witness.len(), 1);
    assert_eq!(witness[0].require_array("hunks").unwrap().len(), 2);
}

/// Without it: a person's change between two hooks is charged to the agent.
#[test]
fn a_change_between_hooks_is_charged_to_nobody() {
    let mut stage = Stage::new(&[("a.txt", "a\nb\n")]);
    stage.pre("Read", json!({"file_path": "a.txt"}));
    stage.post(
        "Read",
        json!({"file_path": "a.txt"}),
        json!({"type": "text"}),
    );
    stage.write("a.txt", "a\nb\nperson\n");
    assert_eq!(
        stage.pre("Edit", edit("a.txt")),
        [
            "3 unobserved_change a.txt unknown inferred",
            "4 file_write <3 a.txt @@ -2,0 +3,1 @@ unknown inferred",
            "5 tool_request Edit a.txt claude observed",
        ]
    );
    assert_eq!(stage.events[3].session_id, None);
    stage.write("a.txt", "a\nB\nperson\n");
    assert_eq!(
        stage.post("Edit", edit("a.txt"), json!({})),
        [
            "6 tool_use <5 Edit a.txt claude observed",
            "7 file_write <6 Edit a.txt @@ -2,1 +2,1 @@ claude observed",
        ]
    );
}

/// Without it: a file made, emptied or made binary leaves no trace.
#[test]
fn changes_without_hunks_have_one_entry() {
    let mut stage = Stage::new(&[]);
    let write = json!({"file_path": "new", "content": ""});
    let mut round = |text: &[u8]| {
        stage.pre("Write", write.clone());
        stage.write("new", text);
        let lines = stage.post("Write", write.clone(), json!({"type": "create"}));
        let lines: Vec<String> = lines
            .iter()
            .map(|l| l.split_once(' ').unwrap().1.into())
            .collect();
        (lines[1..].to_vec(), stage.events.last().unwrap().clone())
    };
    let (lines, event) = round(b"");
    assert_eq!(lines, ["file_write <2 Write new claude observed"]);
    assert_eq!((event.content_hash_before, event.hunk), (None, None));
    assert_eq!(event.content_hash_after, Some(sha256(b"")));
    let (lines, _) = round(b"a\nb");
    assert_eq!(
        lines,
        ["file_write <5 Write new @@ -0,0 +1,2 @@ claude observed"]
    );
    let (lines, _) = round(b"a\0b");
    assert_eq!(lines, ["file_write <8 Write new claude observed"]);
    let (lines, _) = round(b"");
    assert_eq!(lines, ["file_write <11 Write new claude observed"]);
}

/// Without it: what a shell command writes is nobody's.
#[test]
fn a_command_is_charged_with_what_it_changed() {
    let mut stage = Stage::new(&[
        ("kept.txt", "k\n"),
        ("edited.txt", "a\nb\n"),
        ("gone.txt", "g\n"),
        ("moved.txt", "some\nlines\n"),
    ]);
    stage.write("dirty.txt", "before\n");
    let input = json!({"command": "make"});
    assert_eq!(
        stage.pre("Bash", input.clone()),
        ["1 tool_request Bash claude observed"]
    );
    stage.write("dirty.txt", "after\n");
    stage.write("edited.txt", "a\nB\n");
    stage.write("made.txt", "m\n");
    stage.remove("gone.txt");
    std::fs::rename(stage.root().join("moved.txt"), stage.root().join("to.txt")).unwrap();
    assert_eq!(
        stage.post(
            "Bash",
            input.clone(),
            json!({"stdout": "ok\n", "stderr": "", "interrupted": false})
        ),
        [
            "2 command <1 Bash claude observed",
            "3 file_write <2 Bash dirty.txt @@ -1,1 +1,1 @@ claude observed",
            // What git holds of a file is not what the recorder saw on disk.
            "4 file_write <2 Bash edited.txt @@ -2,1 +2,1 @@ claude inferred",
            "5 file_delete <2 Bash gone.txt claude inferred",
            "6 file_write <2 Bash made.txt @@ -0,0 +1,1 @@ claude observed",
            "7 file_rename <2 Bash moved.txt claude inferred",
            "8 file_rename <7 Bash to.txt claude inferred",
        ]
    );
    assert!(!stage.payload("command").contains("ok\\n"));
    // Everything is known now: a second change is seen in full, and nothing twice.
    stage.pre("Bash", input.clone());
    stage.write("edited.txt", "a\nC\n");
    assert_eq!(
        stage.post("Bash", input, json!({"stdout": ""})),
        [
            "10 command <9 Bash claude observed",
            "11 file_write <10 Bash edited.txt @@ -2,1 +2,1 @@ claude observed",
        ]
    );
}

/// Without it: a `git checkout` in a command changes files that no entry names.
#[test]
fn a_command_that_moves_head_is_seen() {
    let mut stage = Stage::new(&[("a.txt", "one\n")]);
    git(&stage.root(), &["checkout", "-q", "-b", "other"]);
    stage.write("a.txt", "two\n");
    stage.commit("second");
    let head = stage.head();
    stage.pre("Bash", json!({"command": "git checkout main"}));
    git(&stage.root(), &["checkout", "-q", "main"]);
    assert_eq!(
        stage.post("Bash", json!({"command": "git checkout main"}), json!({})),
        [
            "2 command <1 Bash claude observed",
            "3 file_write <2 Bash a.txt @@ -1,1 +1,1 @@ claude inferred",
        ]
    );
    assert_eq!(stage.events[2].git_head, Some(head));
}

/// Without it: a guess at the password from its hash, or the password itself, in the evidence.
#[test]
fn secret_files_leave_neither_content_nor_hash() {
    let mut stage = Stage::new(&[]);
    let write = json!({"file_path": ".env", "content": "PIN=1234\n"});
    stage.pre("Write", write.clone());
    stage.write(".env", "PIN=1234\n");
    let lines = stage.post(
        "Write",
        write.clone(),
        json!({"type": "create", "content": "PIN=1234\n"}),
    );
    assert_eq!(lines[1], "3 file_write <2 Write .env claude observed");
    let bare = sha256(b"PIN=1234\n").to_string();
    for object in stage.objects.values() {
        let text = String::from_utf8(proofline_format::json::canonical(object)).unwrap();
        assert!(!text.contains(&bare) && !text.contains("1234\\n"), "{text}");
    }
    let after = stage.events.last().unwrap().content_hash_after.unwrap();
    assert_ne!(after.to_string(), bare);
    assert_eq!(
        stage.objects[&after].require_text("type").unwrap(),
        "secret_file"
    );
    let witness = stage.witnesses(stage.last("tool_use"))[0];
    assert_eq!(witness.member("secret"), Some(&true.into()));
    // The same content is the same state; and nothing of it is cached.
    let again = stage.pre("Edit", json!({"file_path": ".env"}));
    assert_eq!(again, ["4 tool_request Edit .env claude observed"]);
    let contents = stage.root().join(".proofline/cache/contents");
    assert_eq!(std::fs::read_dir(contents).map_or(0, Iterator::count), 0);
}

/// Without it: a hook that missed the announcement records the agent's work as unknown, or worse,
/// as a new file.
#[test]
fn without_an_announcement_a_change_is_inferred() {
    let mut stage = Stage::new(&[("a.txt", "a\nb\n")]);
    stage.write("a.txt", "a\nB\n");
    let response = json!({"originalFile": "a\nb\n"});
    assert_eq!(
        stage.post("Edit", edit("a.txt"), response),
        [
            "1 tool_use Edit a.txt claude observed",
            "2 file_write <1 Edit a.txt @@ -2,1 +2,1 @@ claude inferred",
        ]
    );
    stage.write("b.txt", "B\n");
    let lines = stage.post("Edit", edit("b.txt"), json!({"originalFile": null}));
    assert_eq!(
        lines,
        [
            "3 tool_use Edit b.txt claude observed",
            "4 capture_gap claude observed"
        ]
    );
}

/// Without it: one call counts twice where two settings files name the same hook.
#[test]
fn a_call_is_recorded_once() {
    let mut stage = Stage::new(&[("a.txt", "a\nb\n")]);
    assert_eq!(stage.pre("Edit", edit("a.txt")).len(), 1);
    let again = stage.tool_report("PreToolUse", "Edit", edit("a.txt"), json!({}));
    assert_eq!(stage.report(&again).len(), 0);
    // At the same time, too: the second looks before the first is durable.
    let other = again.replace("toolu_1", "toolu_x");
    let first = stage.captured(&other);
    assert_eq!(stage.captured(&other).batch.events.len(), 0);
    assert_eq!(stage.take(&first.batch).len(), 1);
    first.settle().unwrap();
    assert_eq!(stage.report(&other).len(), 0);
    stage.write("a.txt", "a\nB\n");
    assert_eq!(stage.post("Edit", edit("a.txt"), json!({})).len(), 2);
    assert_eq!(stage.post("Edit", edit("a.txt"), json!({})).len(), 0);
}

/// Without it: a path of the user's home stands in evidence that others read.
#[test]
fn a_file_outside_is_named_by_a_salted_hash() {
    let mut stage = Stage::new(&[]);
    let other = tempfile::tempdir().unwrap();
    let path = other.path().join("plan.md");
    let write = json!({"file_path": path, "content": "x\n"});
    let lines = stage.pre("Write", write.clone());
    assert_eq!(lines, ["1 tool_request Write outside:… claude observed"]);
    std::fs::write(&path, "x\n").unwrap();
    let lines = stage.post("Write", write, json!({}));
    assert_eq!(
        lines[1],
        "3 file_write <2 Write outside:… @@ -0,0 +1,1 @@ claude observed"
    );
    assert!(!stage.payload("tool_use").contains("plan.md"));
    assert_eq!(stage.events[1].file_path, stage.events[2].file_path);
}

/// Without it: work in a linked work tree lands in another log, or in none.
#[test]
fn a_linked_work_tree_shares_the_store() {
    let mut stage = Stage::new(&[("a.txt", "a\nb\n")]);
    let linked = tempfile::tempdir().unwrap();
    let tree = linked.path().canonicalize().unwrap().join("tree");
    git(
        &stage.root(),
        &["worktree", "add", "-q", tree.to_str().unwrap()],
    );
    let path = tree.join("a.txt");
    let report = |event: &str, id: &str| {
        json!({
            "session_id": "s1", "cwd": tree, "hook_event_name": event, "tool_name": "Edit",
            "tool_use_id": id, "tool_input": {"file_path": path},
        })
        .to_string()
    };
    let captured = stage.captured(&report("PreToolUse", "t1"));
    assert_eq!(
        captured.repository.store_dir(),
        stage.root().join(".proofline")
    );
    stage.take(&captured.batch);
    captured.settle().unwrap();
    std::fs::write(&path, "a\nB\n").unwrap();
    let lines = stage.report(&report("PostToolUse", "t1"));
    assert_eq!(
        lines[1],
        "3 file_write <2 Edit a.txt @@ -2,1 +2,1 @@ claude observed"
    );
    // The same path of the main tree is another file.
    assert_eq!(stage.pre("Read", json!({"file_path": "a.txt"})).len(), 1);
}

/// Without it: a project without git cannot be recorded.
#[test]
fn a_folder_without_git_is_recorded() {
    let mut stage = Stage::without_git();
    stage.write("a.txt", "a\nb\n");
    stage.pre("Read", json!({"file_path": "a.txt"}));
    stage.post("Read", json!({"file_path": "a.txt"}), json!({}));
    stage.pre("Bash", json!({"command": "sed"}));
    stage.write("a.txt", "a\nB\n");
    let lines = stage.post("Bash", json!({"command": "sed"}), json!({}));
    assert_eq!(
        lines[1],
        "5 file_write <4 Bash a.txt @@ -2,1 +2,1 @@ claude observed"
    );
    assert_eq!(stage.last("command").git_head, None);
}

/// Without it: a command that ran for a while is charged with what another one did.
#[test]
fn overlapping_commands_are_inferred() {
    let mut stage = Stage::new(&[("a.txt", "a\nb\n")]);
    stage.pre("Bash", json!({"command": "one"}));
    stage.pre("Bash", json!({"command": "two"}));
    stage.write("a.txt", "a\nB\n");
    stage.write("n.txt", "n\n");
    stage.post("Bash", json!({"command": "two"}), json!({}));
    for event in stage
        .events
        .iter()
        .filter(|event| event.event_type == "file_write")
    {
        assert_eq!(event.capture_fidelity, Fidelity::Inferred);
    }
    assert!(stage.payload("command").contains("\"overlapped\":true"));
}

/// Without it: a crash between the entry and its notes hides a change for ever.
#[test]
fn notes_are_written_after_the_entry_is_durable() {
    let mut stage = Stage::new(&[("a.txt", "a\nb\n")]);
    stage.pre("Edit", edit("a.txt"));
    stage.write("a.txt", "a\nB\n");
    let report = stage.tool_report("PostToolUse", "Edit", edit("a.txt"), json!({}));
    // Captured, but never durable: the store was gone.
    drop(stage.captured(&report));
    let lines = stage.pre("Read", json!({"file_path": "a.txt"}));
    assert_eq!(lines[0], "2 unobserved_change a.txt unknown inferred");
}

/// Without it: the evidence cannot be read by the rules of the format.
#[test]
fn odd_names_and_long_values_fit_the_columns() {
    let mut stage = Stage::new(&[]);
    let long = "x".repeat(5_000);
    let write = json!({"file_path": "a\nb", "content": "c"});
    stage.pre(&long, write.clone());
    assert!(
        stage.events[0]
            .tool_name
            .as_ref()
            .unwrap()
            .starts_with("sha256:")
    );
    let report = json!({
        "session_id": "sd:x", "cwd": stage.root(), "hook_event_name": "PreToolUse",
        "tool_name": "Write", "tool_use_id": long, "tool_input": {"file_path": "sub/a\u{7f}b"},
    });
    stage.report(&report.to_string());
    let event = stage.last("tool_request");
    assert_eq!(event.file_path.as_deref(), Some("bytes:sub/a%7Fb"));
    assert!(event.session_id.as_ref().unwrap().starts_with("sha256:"));
    assert!(
        stage
            .payload("tool_request")
            .contains("\"session_id\":\"sd:x\"")
    );
}

/// Without it: a file that cannot be read hides that a tool ran at all.
#[test]
fn a_file_that_cannot_be_read_is_a_gap_beside_the_event() {
    let mut stage = Stage::new(&[]);
    std::os::unix::fs::symlink("loop", stage.root().join("loop")).unwrap();
    assert_eq!(
        stage.pre("Edit", edit("loop")),
        [
            "1 capture_gap claude observed",
            "2 tool_request Edit loop claude observed",
        ]
    );
    assert_eq!(
        stage.post("Edit", edit("loop"), json!({})),
        [
            "3 capture_gap claude observed",
            "4 tool_use <2 Edit loop claude observed",
        ]
    );
}

/// Without it: a hook that was ended leaves no trace, or one in every batch after it.
#[test]
fn gaps_that_earlier_hooks_noted_are_stated_once() {
    let mut stage = Stage::new(&[]);
    let store = stage.root().join(".proofline");
    proofline::capture::note_gap(&store, "claude-code/hook", "ended").unwrap();
    let report = json!({"session_id": "s1", "cwd": stage.root(), "hook_event_name": "Stop"});
    let lines = stage.report(&report.to_string());
    assert_eq!(lines, ["1 capture_gap system observed"]);
    assert!(
        stage
            .payload("capture_gap")
            .contains("\"reason\":\"ended\"")
    );
    assert_eq!(stage.report(&report.to_string()).len(), 0);
}
