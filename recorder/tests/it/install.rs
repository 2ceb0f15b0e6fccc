//! Installing and taking out, with the real binary in real repositories.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::capture::stage::git;
use crate::hook::{PROGRAM, Project};

const SETTINGS: &str = ".claude/settings.local.json";

fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&both).into_owned()
}

fn init(project: &Project, arguments: &[&str]) -> String {
    let output = project.run(&[&["init"], arguments].concat(), b"");
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

/// Every file of a folder but the store's, with bytes, permissions and link targets.
fn tree(root: &Path) -> Vec<(PathBuf, u32, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let relative = path.strip_prefix(root).unwrap().to_path_buf();
            let mode = metadata.permissions().mode();
            if metadata.is_symlink() {
                let target = fs::read_link(&path).unwrap();
                found.push((relative, 0, target.as_os_str().as_encoded_bytes().to_vec()));
            } else if metadata.is_dir() {
                if !path.ends_with(".proofline") {
                    found.push((relative, mode, Vec::new()));
                    folders.push(path);
                }
            } else {
                found.push((relative, mode, fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Without it: installing costs a user his own settings or hooks.
#[test]
fn uninstalling_gives_back_every_byte() {
    let odd_settings: &[Option<&str>] = &[
        None,
        Some("{}"),
        Some(""),
        Some("{ \"hooks\" : { } , \"b\":1 }"),
        Some("{\r\n\t\"permissions\": {\"allow\": [\"Bash(ls:*)\"]}\r\n}"),
        Some(
            "{\"hooks\":{\"PreToolUse\":[{\"matcher\":\"Bash\",\"hooks\":[{\"type\":\"command\",\"command\":\"lint\"}]}]}}",
        ),
    ];
    for settings in odd_settings {
        let project = Project::new();
        if let Some(settings) = settings {
            project.write(SETTINGS, settings);
        }
        let hook = project.root().join(".git/hooks/pre-commit");
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::write(&hook, "#!/bin/sh\nexit 0\n").unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o750)).unwrap();
        let before = tree(&project.root());
        init(&project, &["claude-code", "git"]);
        let installed = tree(&project.root());
        assert_ne!(installed, before);
        init(&project, &["claude-code", "git"]);
        assert_eq!(
            tree(&project.root()),
            installed,
            "the second run changes something"
        );
        init(&project, &["--uninstall"]);
        assert_eq!(tree(&project.root()), before, "settings {settings:?}");
        assert!(project.root().join(".proofline/audit.db").exists());
        init(&project, &["--uninstall"]);
        assert_eq!(tree(&project.root()), before);
    }
}

/// Without it: a look at what would be done does it.
#[test]
fn printing_changes_nothing() {
    let project = Project::new();
    let before = tree(&project.root());
    let shown = init(&project, &["--print", "claude-code", "git"]);
    assert!(
        shown.contains("+++ ") && shown.contains("post-commit"),
        "{shown}"
    );
    assert_eq!(tree(&project.root()), before);
    assert!(!project.root().join(".proofline").exists());
    assert!(!project.home().exists(), "a key was made");
}

/// Without it: taking out also takes what the user wrote since.
#[test]
fn what_was_edited_since_is_kept() {
    let project = Project::new();
    project.write(SETTINGS, "{\n  \"model\": \"a\"\n}\n");
    init(&project, &["claude-code", "git"]);
    let settings = project.read(SETTINGS).replace("\"a\"", "\"b\"");
    project.write(SETTINGS, &settings);
    let hook = ".git/hooks/post-commit";
    let edited = project.read(hook) + "echo mine\n";
    project.write(hook, &edited);
    init(&project, &["--uninstall"]);
    assert_eq!(project.read(SETTINGS), "{\n  \"model\": \"b\"\n}\n");
    assert_eq!(project.read(hook), "#!/bin/sh\necho mine\n");
}

/// Without it: a slip in the settings, made worse, disables every hook of the user.
#[test]
fn settings_with_comments_are_refused_whole() {
    let project = Project::new();
    project.write(SETTINGS, "{\n  // mine\n  \"a\": 1\n}\n");
    let before = tree(&project.root());
    let output = project.run(&["init", "claude-code", "git"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).contains("not strict JSON"),
        "{}",
        text(&output)
    );
    assert_eq!(
        tree(&project.root()),
        before,
        "git hooks were installed all the same"
    );
}

/// Without it: the user's own hook no longer runs, or runs with other arguments, or a commit that
/// it refused goes through.
#[test]
fn hooks_that_were_there_keep_working() {
    let script = |body: &str| format!("#!/bin/sh\n{body}");
    let python = "#!/usr/bin/env python3\nimport sys, pathlib\npathlib.Path('ran').write_text('py')\nsys.exit(0)\n";
    for (name, content) in [
        ("shell", script("echo sh > ran; exec true\n")),
        ("python", python.into()),
    ] {
        let project = Project::new();
        let hook = project.root().join(".git/hooks/post-commit");
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::write(&hook, &content).unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
        let before = tree(&project.root());
        init(&project, &["git"]);
        project.write("a", "a\n");
        project.commit("one");
        assert!(
            project.root().join("ran").exists(),
            "{name}: the user's hook did not run"
        );
        assert_eq!(
            project.count("commit"),
            1,
            "{name}: the commit is not recorded"
        );
        init(&project, &["--uninstall"]);
        let hooks = |tree: Vec<(PathBuf, u32, Vec<u8>)>| -> Vec<_> {
            tree.into_iter()
                .filter(|(path, ..)| path.starts_with(".git/hooks"))
                .collect()
        };
        assert_eq!(hooks(tree(&project.root())), hooks(before), "{name}");
    }
    let project = Project::new();
    let hook = project.root().join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, script("test \"$#\" = 0 || exit 9\nexit 7\n")).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    init(&project, &["git"]);
    project.write("a", "a\n");
    git(&project.root(), &["add", "a"]);
    let output = project.git(&["commit", "-q", "-m", "refused"]);
    assert!(
        !output.status.success(),
        "a commit that the user's hook refused went through"
    );
}

/// Without it: a file that other repositories use is edited, or a hook that the user switched off
/// runs again.
#[test]
fn links_and_inactive_hooks_are_set_aside() {
    let project = Project::new();
    project.write("shared.sh", "#!/bin/sh\necho linked > ran\n");
    let shared = project.root().join("shared.sh");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o755)).unwrap();
    let hooks = project.root().join(".git/hooks");
    fs::create_dir_all(&hooks).unwrap();
    symlink("../../shared.sh", hooks.join("post-commit")).unwrap();
    fs::write(hooks.join("pre-commit"), "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(hooks.join("pre-commit"), fs::Permissions::from_mode(0o644)).unwrap();
    let before = tree(&hooks);
    init(&project, &["git"]);
    assert_eq!(project.read("shared.sh"), "#!/bin/sh\necho linked > ran\n");
    project.write("a", "a\n");
    project.commit("goes through");
    assert!(project.root().join("ran").exists());
    assert_eq!(project.count("commit"), 1);
    init(&project, &["--uninstall"]);
    assert_eq!(tree(&hooks), before);
}

/// Without it: hooks are installed where git does not look, or the user's configuration changes.
#[test]
fn the_hooks_folder_is_the_one_git_names() {
    let project = Project::new();
    git(&project.root(), &["config", "core.hooksPath", "my hooks"]);
    let configuration = project.read(".git/config");
    init(&project, &["git"]);
    assert!(project.root().join("my hooks/post-commit").exists());
    assert_eq!(project.read(".git/config"), configuration);
    project.write("a", "a\n");
    project.commit("one");
    assert_eq!(project.count("commit"), 1);
    init(&project, &["--uninstall"]);
    assert!(!project.root().join("my hooks").exists());
}

/// Without it: the program moves, and nothing is recorded any more.
#[test]
fn a_moved_program_is_installed_anew() {
    let project = Project::new();
    init(&project, &["claude-code", "git"]);
    let moved = project.root().join("it's here/proofline");
    fs::create_dir_all(moved.parent().unwrap()).unwrap();
    fs::copy(PROGRAM, &moved).unwrap();
    let output = project.run_program(&moved, &["init", "claude-code", "git"], b"");
    assert!(output.status.success(), "{}", text(&output));
    assert!(!project.read(SETTINGS).contains(PROGRAM));
    assert!(!project.read(".git/hooks/post-commit").contains(PROGRAM));
    // The command is run by a shell, quotation mark and blank in its path and all.
    for command in project.commands() {
        let report = format!(
            r#"{{"session_id":"s","cwd":"{}","hook_event_name":"SessionStart"}}"#,
            project.root().display()
        );
        let output = project.shell(&command, report.as_bytes());
        assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty());
    }
    assert!(project.count("session_start") > 0);
    init(&project, &["--uninstall"]);
    assert!(!project.root().join(".claude").exists());
}

/// Without it: an authority that does not answer keeps a user from recording at all.
#[test]
fn an_authority_that_is_not_there_does_not_stop_init() {
    let project = Project::new();
    // Nothing listens on the discard port of the loopback interface.
    let said = init(&project, &["git", "--tsa", "http://127.0.0.1:9/"]);
    assert!(said.contains("no birth token"), "{said}");
    assert!(
        project
            .read(".proofline/config.toml")
            .contains("http://127.0.0.1:9/")
    );
    let said = init(&project, &["git"]);
    assert!(!said.contains("no time-stamp authority"), "{said}");
}

/// Without it: the log of a linked work tree is another one than the main tree's.
#[test]
fn a_linked_work_tree_shares_the_store_and_has_its_own_settings() {
    let project = Project::new();
    project.write("a", "a\n");
    project.commit("one");
    let folder = tempfile::tempdir().unwrap();
    let linked = folder.path().canonicalize().unwrap().join("linked");
    git(
        &project.root(),
        &["worktree", "add", "-q", linked.to_str().unwrap()],
    );
    let output = project.run_in(&linked, &["init", "claude-code", "git"], b"");
    assert!(output.status.success(), "{}", text(&output));
    assert!(linked.join(SETTINGS).exists());
    assert!(project.root().join(".proofline/audit.db").exists());
    fs::write(linked.join("b"), "b\n").unwrap();
    git(&linked, &["add", "b"]);
    project.git_in(&linked, &["commit", "-q", "-m", "two"]);
    assert_eq!(project.count("commit"), 1);
    let output = project.run_in(&linked, &["init", "--uninstall"], b"");
    assert!(output.status.success(), "{}", text(&output));
    assert!(!linked.join(".claude").exists());
}
