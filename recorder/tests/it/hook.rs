//! The hook as a process: silent, 0, and nothing lost without a word, whatever it is given.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::capture::stage::git;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_proofline");

/// A git repository with a data folder of its own.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    pub(crate) fn new() -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(project.folder.path().join("p")).unwrap();
        git(&project.root(), &["init", "-q", "-b", "main"]);
        project
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("p")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("home")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    fn environment<'a>(&self, command: &'a mut Command, folder: &Path) -> &'a mut Command {
        command
            .current_dir(folder)
            .env_remove("PROOFLINE_DIR")
            .env_remove("CLAUDE_PROJECT_DIR")
            .env_remove("XDG_DATA_HOME")
            .env("HOME", self.home())
            .env("PROOFLINE_HOME", self.home())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_AUTHOR_NAME", "A U Thor")
            .env("GIT_AUTHOR_EMAIL", "author@example.com")
            .env("GIT_COMMITTER_NAME", "C O Mitter")
            .env("GIT_COMMITTER_EMAIL", "committer@example.com")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
    }

    fn feed(&self, command: &mut Command, folder: &Path, input: &[u8]) -> Output {
        let mut child = self.environment(command, folder).spawn().unwrap();
        // A hook that reads nothing closes the pipe early.
        child.stdin.take().unwrap().write_all(input).ok();
        child.wait_with_output().unwrap()
    }

    pub(crate) fn run(&self, arguments: &[&str], input: &[u8]) -> Output {
        self.run_in(&self.root(), arguments, input)
    }

    pub(crate) fn run_in(&self, folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
        self.feed(Command::new(PROGRAM).args(arguments), folder, input)
    }

    pub(crate) fn run_program(&self, program: &Path, arguments: &[&str], input: &[u8]) -> Output {
        self.feed(Command::new(program).args(arguments), &self.root(), input)
    }

    pub(crate) fn shell(&self, command: &str, input: &[u8]) -> Output {
        self.feed(
            Command::new("sh").args(["-c", command]),
            &self.root(),
            input,
        )
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> Output {
        self.git_in(&self.root(), arguments)
    }

    pub(crate) fn git_in(&self, folder: &Path, arguments: &[&str]) -> Output {
        self.feed(Command::new("git").args(arguments), folder, b"")
    }

    pub(crate) fn commit(&self, message: &str) {
        git(&self.root(), &["add", "-A"]);
        let output = self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        assert_eq!(said, "", "the hook says something");
    }

    /// The hook commands in the settings.
    pub(crate) fn commands(&self) -> Vec<String> {
        let settings = self.read(".claude/settings.local.json");
        let settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
        let events = settings["hooks"].as_object().unwrap();
        let command = |groups: &serde_json::Value| groups[0]["hooks"][0]["command"].clone();
        events
            .values()
            .map(|groups| command(groups).as_str().unwrap().into())
            .collect()
    }

    /// Values of a column, in chain order.
    pub(crate) fn column(&self, column: &str) -> Vec<Option<String>> {
        let path = self.root().join(".proofline/audit.db");
        let Ok(database) = rusqlite::Connection::open(path) else {
            return Vec::new();
        };
        let query = format!(
            "SELECT {column} FROM audit_events e JOIN audit_event_signatures s \
             ON s.event_id = e.id ORDER BY s.seq"
        );
        let Ok(mut statement) = database.prepare(&query) else {
            return Vec::new();
        };
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    pub(crate) fn count(&self, event_type: &str) -> usize {
        let types = self.column("event_type");
        types
            .iter()
            .filter(|found| found.as_deref() == Some(event_type))
            .count()
    }

    /// Runs the hook, and checks what its agent relies on.
    fn hook(&self, input: &[u8]) {
        let output = self.run(&["hook", "claude-code"], input);
        silent(&output);
    }
}

fn silent(output: &Output) {
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(show(&output.stdout), "");
    assert_eq!(show(&output.stderr), "");
}

/// Without it: a broken report blocks a tool call, or is printed into a model's context.
#[test]
fn any_input_is_taken_in_silence() {
    let project = Project::new();
    let deep = "[".repeat(100_000);
    let long = format!(
        r#"{{"hook_event_name":"UserPromptSubmit","prompt":"{}"}}"#,
        "x".repeat(5_000_000)
    );
    let inputs: &[&[u8]] = &[
        b"",
        b"garbage",
        b"{\"hook_event_name\":",
        b"\xff\xfe\x00\x01",
        b"[]",
        b"{}",
        b"{\"hook_event_name\":5}",
        br#"{"hook_event_name":"PreToolUse"}"#,
        br#"{"hook_event_name":"PostToolUse","tool_name":5,"tool_input":"x","tool_response":[1]}"#,
        br#"{"hook_event_name":"PostToolUse","tool_name":"Edit","tool_input":{"file_path":""}}"#,
        br#"{"hook_event_name":"PreToolUse","tool_name":"Read","tool_use_id":"r","tool_input":{"file_path":"/"}}"#,
        br#"{"hook_event_name":"PreToolUse","cwd":"/nowhere/at/all","tool_name":"Bash","tool_use_id":"b"}"#,
        br#"{"hook_event_name":"PreToolUse","cwd":"relative","tool_name":"Write","tool_use_id":"w","tool_input":{"file_path":"a\u0000b"}}"#,
        br#"{"hook_event_name":"FutureEvent","x":1e400}"#,
        deep.as_bytes(),
        long.as_bytes(),
    ];
    for input in inputs {
        project.hook(input);
    }
    assert!(
        project.count("capture_gap") >= 6,
        "lost events are not stated"
    );
    assert_eq!(project.count("prompt"), 1);
    for arguments in [
        &["hook"][..],
        &["hook", "--json"],
        &["hook", "nobody"],
        &["hook", "git"],
        &["hook", "git", "post-commit", "-x"],
    ] {
        silent(&project.run(arguments, b"{}"));
    }
}

/// Without it: an agent whose project cannot be written to is stopped, or nobody learns of it.
#[test]
fn a_project_that_cannot_be_written_to_disturbs_nobody() {
    let project = Project::new();
    project.write("a", "a\n");
    let start =
        json!({"session_id": "s", "cwd": project.root(), "hook_event_name": "SessionStart"});
    // A file where the store's folder should be refuses even the administrator.
    project.write(".proofline", "in the way");
    project.hook(start.to_string().as_bytes());
    fs::remove_file(project.root().join(".proofline")).unwrap();
    let read_only = fs::Permissions::from_mode(0o555);
    fs::set_permissions(project.root(), read_only).unwrap();
    project.hook(start.to_string().as_bytes());
    fs::set_permissions(project.root(), fs::Permissions::from_mode(0o755)).unwrap();
    project.hook(start.to_string().as_bytes());
    assert_eq!(
        project.count("session_start"),
        3,
        "what was spooled is lost"
    );
    let log = fs::read_to_string(project.home().join("proofline.log")).unwrap();
    assert!(log.contains("spooled"), "{log}");
}

/// Without it: an agent that does not close the pipe waits for us until its own limit.
#[test]
fn a_hook_ends_by_itself_and_says_so_later() {
    let project = Project::new();
    let mut command = Command::new(PROGRAM);
    let mut child = project
        .environment(command.args(["hook", "claude-code"]), &project.root())
        .spawn()
        .unwrap();
    let pipe = child.stdin.take();
    let began = Instant::now();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(8));
    drop(pipe);
    let start =
        json!({"session_id": "s", "cwd": project.root(), "hook_event_name": "SessionStart"});
    project.hook(start.to_string().as_bytes());
    assert_eq!(project.count("capture_gap"), 1);
}

/// Without it: the store refuses what the capture gives it.
#[test]
fn a_session_stands_in_the_chain() {
    let project = Project::new();
    project.write("src/a.rs", "fn a() {}\n");
    project.write(".gitignore", ".claude/settings.local.json\n");
    project.commit("one");
    let init = project.run(&["init", "claude-code", "git"], b"");
    assert!(init.status.success());
    let command = project.commands().remove(0);
    let send = |event: &str, more: serde_json::Value| {
        let mut report =
            json!({"session_id": "s", "cwd": project.root(), "hook_event_name": event});
        for (key, value) in more.as_object().unwrap() {
            report[key] = value.clone();
        }
        silent(&project.shell(&command, report.to_string().as_bytes()));
    };
    let file = project.root().join("src/a.rs");
    let edit = json!({"tool_name": "Edit", "tool_use_id": "t1", "tool_input": {"file_path": file}});
    send(
        "SessionStart",
        json!({"source": "startup", "model": "claude-sonnet-5"}),
    );
    send("UserPromptSubmit", json!({"prompt": "add b"}));
    send("PreToolUse", edit.clone());
    project.write("src/a.rs", "fn a() {}\nfn b() {}\n");
    send("PostToolUse", edit);
    // The person adds a line of her own, and commits both.
    project.write("src/a.rs", "fn a() {}\nfn b() {}\nfn c() {}\n");
    project.commit("two");
    send("SessionEnd", json!({"reason": "other"}));
    let types: Vec<String> = project.column("event_type").into_iter().flatten().collect();
    assert_eq!(
        types,
        [
            "genesis",
            "session_start",
            "prompt",
            "tool_request",
            "tool_use",
            "file_write",
            "commit",
            "file_write",
            "session_end",
        ]
    );
    let hunks: Vec<String> = project
        .column("hunk_header")
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(hunks, ["@@ -1,0 +2,1 @@", "@@ -2,0 +3,1 @@"]);
    let agents: Vec<String> = project.column("agent_id").into_iter().flatten().collect();
    assert_eq!(agents[6..8], ["unknown", "unknown"]);
}

/// Without it: a look at the store's own files lets go of the locks under an append, and an entry
/// that was acknowledged is gone.
#[test]
fn a_tool_that_reads_the_store_does_not_make_the_hook_open_it_twice() {
    let project = Project::new();
    project.run(&["init"], b"");
    std::os::unix::fs::symlink(".proofline/audit.db", project.root().join("alias")).unwrap();
    let report = |event: &str, call: usize, path: &str| {
        json!({"session_id": "s", "hook_event_name": event, "tool_name": "Read",
               "tool_use_id": format!("r{call}"), "cwd": project.root(),
               "transcript_path": project.root().join(".proofline/audit.db-shm"),
               "tool_input": {"file_path": project.root().join(path)}})
        .to_string()
    };
    let paths = [
        ".proofline/audit.db",
        ".proofline/audit.db-wal",
        ".proofline/audit.db-shm",
        "alias",
    ];
    for (call, path) in paths.into_iter().enumerate() {
        for event in ["PreToolUse", "PostToolUse"] {
            let done = project.run(
                &["hook", "claude-code"],
                report(event, call, path).as_bytes(),
            );
            assert!(done.status.success() && done.stdout.is_empty(), "{path}");
        }
    }
    // No file of the store has become one that later hooks compare.
    assert!(!project.root().join(".proofline/cache/paths").exists());
    let shown = project.run(&["log", "--limit", "20", "--json"], b"");
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert_eq!(
        shown.matches("\"file_read\"").count(),
        paths.len(),
        "{shown}"
    );
    assert!(!shown.contains("capture_gap"), "{shown}");
}

/// Without it: everybody on the device reads prompts and commands.
#[test]
fn the_store_is_its_owners_alone() {
    let project = Project::new();
    project.run(&["init"], b"");
    let mode = |path: &str| {
        let metadata = fs::metadata(project.root().join(path)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode(".proofline"), 0o700);
    for file in ["audit.db", "audit.db-wal"] {
        assert_eq!(mode(&format!(".proofline/{file}")), 0o600, "{file}");
    }
}
