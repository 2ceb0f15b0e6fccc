//! `verify`, `verify-bundle`, and what holds for every command: exit codes do not depend on who
//! reads the output, and nothing that is stored commands a terminal.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use proofline::event::{Batch, Record as _};
use proofline_format::json::{Value, parse};

use crate::fixture::{LoopbackAuthority, Project, event};

fn project() -> Project {
    let project = Project::new();
    std::fs::create_dir_all(project.root().join(".git")).unwrap();
    std::fs::write(project.root().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    project
}

fn command(project: &Project, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofline"));
    command
        .args(words)
        .current_dir(project.root())
        .env("PROOFLINE_HOME", project.home().dir())
        .env_remove("PROOFLINE_DIR");
    command
}

fn run(project: &Project, words: &[&str], code: i32) -> Output {
    let output = command(project, words).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stderr);
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(code), "{words:?}: {out}{shown}");
    output
}

fn json(project: &Project, words: &[&str], code: i32) -> Value {
    let output = run(project, words, code);
    let value = parse(output.stdout.trim_ascii_end()).unwrap();
    assert_eq!(value.require_count("schema_version").unwrap(), 1);
    value
}

/// What whoever owns the file can do to it.
fn edit(project: &Project, sql: &str) {
    let path = project.store_dir().join("audit.db");
    let database = rusqlite::Connection::open(path).unwrap();
    let triggers = "DROP TRIGGER audit_events_no_update; DROP TRIGGER audit_events_no_delete;";
    database.execute_batch(triggers).unwrap();
    assert_eq!(database.execute(sql, []).unwrap(), 1);
}

fn closed(project: &Project, session: &str) {
    let mut end = Batch::default();
    end.events.push(event("session_end", session));
    project.recorder().record(end).unwrap();
}

#[test]
fn a_store_that_was_edited_does_not_verify_whoever_reads_the_report() {
    let project = project();
    for session in ["one", "two"] {
        project.record(session);
    }
    // Nothing is wrong, and nobody attests the time.
    let report = json(&project, &["verify", "--json"], 3);
    assert_eq!(report.require("valid").unwrap(), &Value::Bool(false));
    assert_eq!(report.require("broken_at").unwrap(), &Value::Null);
    assert_eq!(report.require_count("event_count").unwrap(), 3);

    let id = project.store().entry(2).unwrap().unwrap().entry.id;
    edit(
        &project,
        "UPDATE audit_events SET agent_id = 'human' WHERE rowid = 3",
    );
    let report = json(&project, &["verify", "--json"], 1);
    assert_eq!(report.require("valid").unwrap(), &Value::Bool(false));
    assert_eq!(report.require_count("broken_at").unwrap(), 2);
    let out = run(&project, &["verify"], 1).stdout;
    assert!(out.starts_with(b"FAILED"), "{out:?}");

    let words = ["show", &id.to_string(), "--json"];
    let shown = json(&project, &words, 1);
    let checks = shown.require("checks").unwrap();
    assert_eq!(checks.require("chain_hash").unwrap(), &Value::Bool(false));
    assert_eq!(checks.require("signature").unwrap(), &Value::Bool(false));

    for (words, code) in [
        (["verify", "--verbose"].as_slice(), 1),
        (&["show", "2"], 1),
        (&["show", "1"], 0),
        (&["log"], 0),
        (&["status", "--json"], 0),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = command(&project, words);
        let output = command.stdout(writer).stderr(Stdio::piped()).output();
        let output = output.unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {err}");
        assert!(!err.contains("panicked"), "{words:?}: {err}");
    }
}

#[test]
fn a_stamped_store_verifies_with_the_root_of_its_authority() {
    let project = project();
    let git = Command::new("git")
        .args(["init", "--quiet"])
        .current_dir(project.root())
        .status();
    assert!(git.unwrap().success());
    let authority = LoopbackAuthority::start();
    run(&project, &["init", "--tsa", &authority.url], 0);
    project.record("one");
    closed(&project, "one");
    let made = run(&project, &["checkpoint"], 0).stdout;
    let made = String::from_utf8(made).unwrap();
    assert!(made.contains(" stamped by `http://127.0.0.1:"), "{made}");
    assert!(made.contains("Time-Stamping Unit"), "{made}");
    let root = project.root().join("root.pem");
    std::fs::write(&root, &authority.root_pem).unwrap();
    let words = ["verify", "--tsa-root", "root.pem", "--json"];
    let report = json(&project, &words, 0);
    assert_eq!(report.require("valid").unwrap(), &Value::Bool(true));
    // The policy that an auditor uses on the bundle is held against the store too.
    let policy = |count: u8| {
        let text = format!(
            r#"{{"schema_version": 1, "independent_authorities": {count},
               "authorities": [{{"name": "Ours", "roots": [{{"file": "root.pem"}}]}}]}}"#
        );
        std::fs::write(project.root().join("policy.json"), text).unwrap();
        json(
            &project,
            &["verify", "--policy", "policy.json", "--json"],
            3 * i32::from(count > 1),
        )
    };
    let report = policy(1);
    let tokens = report.require("tokens").unwrap().as_array().unwrap();
    assert!(!tokens.is_empty());
    for token in tokens {
        let name = token.require("authority").unwrap().require("name").unwrap();
        assert_eq!(name.as_text(), Some("Ours"));
    }
    policy(2);
    let missing = run(&project, &["verify", "--policy", "none.json"], 2);
    let err = String::from_utf8(missing.stderr).unwrap();
    assert!(err.starts_with("error: cannot read `none.json`: "), "{err}");
    let missing = run(&project, &["verify", "--tsa-root", "none.pem"], 2);
    let err = String::from_utf8(missing.stderr).unwrap();
    assert!(err.starts_with("error: cannot read `none.pem`: "), "{err}");
    assert!(missing.stdout.is_empty());

    let status = json(&project, &["status", "--json"], 0);
    let token = status.require("token").unwrap();
    assert_eq!(token.require("holds").unwrap(), &Value::Bool(true));
    // What the verification wrote is gone.
    let left = std::fs::read_dir(project.store_dir()).unwrap();
    let left = left.map(|file| file.unwrap().file_name());
    assert!(
        !left
            .into_iter()
            .any(|name| name.to_string_lossy().contains("bundle"))
    );
}

#[test]
fn nothing_to_look_at_is_neither_a_pass_nor_a_fail() {
    let project = project();
    let none = run(&project, &["verify"], 2);
    let err = String::from_utf8(none.stderr).unwrap();
    assert!(err.contains("  hint: `proofline init`"), "{err}");
    for words in [["list"], ["log"], ["status"], ["checkpoint"], ["identity"]] {
        run(&project, &words, 1);
    }
    // What a hook starts says nothing and stops nobody.
    let silent = run(&project, &["checkpoint", "--if-due"], 0);
    assert!(silent.stdout.is_empty() && silent.stderr.is_empty());
    run(&project, &["no-such-command"], 2);
    run(&project, &["show"], 2);
}

#[test]
fn a_stored_name_cannot_command_the_terminal() {
    let project = project();
    let mut batch = Batch::default();
    let mut call = event("prompt", "s\u{1b}[2J");
    call.tool_name = Some("\u{202e}loot".into());
    batch.events.push(call);
    project.recorder().record(batch).unwrap();
    for words in [["list"].as_slice(), &["log"], &["show", "1"]] {
        let out = run(&project, words, 0).stdout;
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
        assert!(text.contains("\\u{1b}[2J") || text.contains("\\u{202e}loot"));
    }
}

#[test]
fn the_public_key_in_three_forms_is_one_key() {
    let project = project();
    project.record("one");
    let origin = project.store().origin().to_owned();
    run(&project, &["identity", "export", "--out", "k.pem"], 0);
    let pem = std::fs::read_to_string(project.root().join("k.pem")).unwrap();
    assert!(!pem.contains("PRIVATE"));
    let printed = run(&project, &["identity", "export"], 0).stdout;
    assert_eq!(String::from_utf8(printed).unwrap(), pem);
    let vkey = run(&project, &["identity", "export", "--vkey"], 0).stdout;
    assert!(
        String::from_utf8(vkey)
            .unwrap()
            .starts_with(&(origin + "+"))
    );
    let shown = json(&project, &["identity", "export", "--json"], 0);
    assert_eq!(shown.require_text("pem").unwrap(), pem);
    run(&project, &["identity", "export", "--out", "no/k.pem"], 1);
}

/// A copy of the recorder with this program beside it.
fn beside(project: &Project, script: Option<&str>) -> std::path::PathBuf {
    let folder = project.dir.path().join("bin");
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("proofline");
    if !program.exists() {
        std::fs::copy(env!("CARGO_BIN_EXE_proofline"), &program).unwrap();
    }
    if let Some(script) = script {
        write_program(&folder.join("verify-bundle"), script);
    }
    program
}

fn write_program(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, script).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_verifier_beside_the_recorder_decides_alone() {
    let project = project();
    let call = |program: &Path| {
        let mut command = Command::new(program);
        let words = ["verify-bundle", "x.bundle", "--help", "-q"];
        command.args(words);
        // Another test may have started a process while the program was still being written, and
        // that process holds it open until it has become what it was started for.
        loop {
            match command.output() {
                Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
                output => return output.unwrap(),
            }
        }
    };
    let output = call(&beside(&project, None));
    assert_eq!(output.status.code(), Some(2));
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("verify-bundle` is not there"), "{err}");
    let program = beside(&project, Some("#!/bin/sh\necho \"$@\"\nexit 3\n"));
    let output = call(&program);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(output.stdout, b"x.bundle --help -q\n");
}

#[test]
fn an_authority_of_ones_own_hands_out_its_root() {
    let project = project();
    run(&project, &["tsa", "root", "--dir", "tsa"], 1);
    let mut serving = command(&project, &["tsa", "serve", "--algorithm", "p256"])
        .args(["--dir", "tsa", "--listen", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut url = String::new();
    let mut lines = std::io::BufReader::new(serving.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut lines, &mut url).unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    project.record("one");
    let made = json(&project, &["checkpoint", "--json", "--tsa", url.trim()], 0);
    serving.kill().unwrap();
    serving.wait().unwrap();
    let token = made.require("token").unwrap();
    assert_eq!(token.require("holds").unwrap(), &Value::Bool(true));
    let root = run(&project, &["tsa", "root", "--dir", "tsa"], 0).stdout;
    assert!(root.starts_with(b"-----BEGIN CERTIFICATE-----"));
}

/// Without it: what a prompt or a command was can be rewritten in the store, and is shown as if a
/// signature covered it.
#[test]
fn an_object_that_was_edited_is_not_shown_as_what_was_signed() {
    let project = project();
    let mut said = Batch::default();
    let mut prompt = event("prompt", "one");
    prompt.content_hash_after = Some(said.add_object(&Value::object([
        ("salt", "00000000000000000000000000000000".into()),
        ("type", "prompt".into()),
    ])));
    said.events.push(prompt);
    project.recorder().record(said).unwrap();
    run(&project, &["show", "1"], 0);
    run(&project, &["verify"], 3);
    let path = project.store_dir().join("audit.db");
    let database = rusqlite::Connection::open(path).unwrap();
    let sql = "UPDATE audit_objects SET bytes = CAST('{\"type\":\"prompt\"}' AS BLOB) \
               WHERE sha256 = (SELECT content_hash_after FROM audit_events WHERE rowid = 2)";
    assert_eq!(database.execute(sql, []).unwrap(), 1);
    drop(database);
    let shown = run(&project, &["show", "1"], 1).stdout;
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("does not match this address"), "{shown}");
    assert!(run(&project, &["verify"], 1).stdout.starts_with(b"FAILED"));
    let bundle = project.dir.path().join("b.bundle");
    let words = ["export", "--include-tail", "--disclose", "all", "--bundle"];
    run(
        &project,
        &[&words[..], &[bundle.to_str().unwrap()]].concat(),
        1,
    );
    assert!(!bundle.exists());
}
