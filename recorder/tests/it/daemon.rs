//! The daemon: single, quiet, ended by a signal, and in nobody's way; and its service.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use proofline::daemon::{Daemon, Look, is_running};
use proofline_format::json::{Value, parse};

use crate::fixture::{LoopbackAuthority, Project};

const PROGRAM: &str = env!("CARGO_BIN_EXE_proofline");

fn project() -> Project {
    let project = Project::new();
    fs::create_dir_all(project.root().join(".git")).unwrap();
    fs::write(project.root().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    project.record("s");
    project
}

fn settings(project: &Project, authority: &LoopbackAuthority) {
    let text = format!(
        "[[tsa]]\nurl = \"{}\"\n[checkpoint]\nentries = 1\n",
        authority.url
    );
    fs::write(project.root().join("proofline.toml"), text).unwrap();
}

/// The program, with nothing of the user's in its surroundings: neither folders nor a manager of
/// services.
fn command(project: &Project, words: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(words)
        .current_dir(project.root())
        .env_clear()
        .env("HOME", project.dir.path().join("user"))
        .env("PROOFLINE_HOME", project.home().dir())
        .env("PATH", project.dir.path().join("bin"));
    command
}

fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&both).into_owned()
}

fn run(project: &Project, words: &[&str]) -> String {
    let output = command(project, words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", text(&output));
    text(&output)
}

/// Waits for something that another process does.
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A daemon that is under way.
fn start(project: &Project) -> Child {
    let mut child = command(project, &["daemon", "--interval", "0.05"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stderr = child.stderr.take().unwrap();
    BufReader::new(stderr).read_line(&mut line).unwrap();
    assert!(line.starts_with("looking after `"), "{line}");
    child
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("/bin/sh")
        .args(["-c", &format!("kill -{name} {}", child.id())])
        .status();
    assert!(status.unwrap().success());
}

/// Without it: nothing is stamped on a device where no agent works, or two daemons ask twice.
#[test]
fn a_daemon_seals_and_stamps_alone_until_it_is_told_to_end() {
    let project = project();
    let authority = LoopbackAuthority::start();
    settings(&project, &authority);
    assert!(!is_running(&project.home(), &project.store_dir()));
    for name in ["TERM", "INT"] {
        let mut child = start(&project);
        assert!(is_running(&project.home(), &project.store_dir()));
        let second = command(&project, &["daemon", "--once"]).output().unwrap();
        assert_eq!(second.status.code(), Some(1));
        assert!(text(&second).contains("runs already"), "{}", text(&second));
        let size = project.record("s") + 1;
        eventually("no token", || {
            project.store().last_stamped_size().unwrap() == Some(size)
        });
        assert!(run(&project, &["status"]).contains("daemon         running\n"));
        signal(&child, name);
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{name}: {status}");
        eventually("still running", || {
            !is_running(&project.home(), &project.store_dir())
        });
    }
    let log = fs::read_to_string(project.home().log()).unwrap();
    assert!(log.contains("started") && log.contains("ended"), "{log}");
    assert!(
        log.contains(&format!("stamped by {}", authority.url)),
        "{log}"
    );
}

/// Without it: a project that is moved, cloned anew or set up later has no daemon any more, or the
/// daemon makes a store where none is wanted.
#[test]
fn a_daemon_outlives_its_store_and_finds_the_next() {
    let project = Project::new();
    fs::create_dir_all(project.root()).unwrap();
    let authority = LoopbackAuthority::start();
    settings(&project, &authority);
    let daemon = Daemon::start(project.root(), project.store_dir(), project.home());
    let mut daemon = daemon.unwrap().unwrap();
    for _ in 0..3 {
        assert_eq!(daemon.look(None), Look::NoStore);
    }
    assert!(!project.store_dir().exists());
    for _ in 0..2 {
        let size = project.record("s") + 1;
        let Look::Worked(outcome) = daemon.look(None) else {
            panic!("nothing was done");
        };
        assert_eq!(outcome.stamped, Some((size, authority.url.clone())));
        // Nothing is left to do, and nothing is done.
        assert_eq!(daemon.look(None), Look::Nothing);
        fs::remove_dir_all(project.store_dir()).unwrap();
        assert_eq!(daemon.look(None), Look::NoStore);
    }
    let log = fs::read_to_string(project.home().log()).unwrap();
    // Said once each time, and not at every look.
    assert_eq!(log.matches("no store in").count(), 3, "{log}");
}

/// Without it: with a daemon the write-ahead log grows, and every hook pays for its length.
#[test]
fn a_daemon_keeps_the_write_ahead_log_short() {
    let project = project();
    let settings = "[checkpoint]\nentries = 100000\n";
    fs::write(project.root().join("proofline.toml"), settings).unwrap();
    let daemon = Daemon::start(project.root(), project.store_dir(), project.home());
    let mut daemon = daemon.unwrap().unwrap();
    assert!(matches!(daemon.look(None), Look::Worked(_)));
    let log = project.store_dir().join("audit.db-wal");
    let length = || fs::metadata(&log).map_or(0, |log| log.len());
    // The room that an emptied log is given ahead.
    let room = length();
    assert_eq!((daemon.look(None), length()), (Look::Nothing, room));
    while length() <= room {
        project.record("s");
    }
    assert!(matches!(daemon.look(None), Look::Worked(_)));
    assert_eq!((daemon.look(None), length()), (Look::Nothing, room));
    assert!(project.store().note_sizes().unwrap().is_empty());
}

/// Without it: a slip in the configuration, made while the daemon runs, ends it or fills the log.
#[test]
fn a_slip_in_the_configuration_does_not_end_a_daemon() {
    let project = project();
    let daemon = Daemon::start(project.root(), project.store_dir(), project.home());
    let mut daemon = daemon.unwrap().unwrap();
    fs::write(project.root().join("proofline.toml"), "[[tsa]]\nurl = 1\n").unwrap();
    for _ in 0..3 {
        daemon.look(None);
    }
    let log = fs::read_to_string(project.home().log()).unwrap();
    assert_eq!(log.matches("configuration: ").count(), 1, "{log}");
    let authority = LoopbackAuthority::start();
    settings(&project, &authority);
    let Look::Worked(outcome) = daemon.look(None) else {
        panic!("nothing was done");
    };
    assert_eq!(outcome.stamped, Some((2, authority.url.clone())));
}

/// A `systemctl` that writes down what it is asked and ends as it is told.
fn manager(project: &Project, code: u8) -> PathBuf {
    let folder = project.dir.path().join("bin");
    fs::create_dir_all(&folder).unwrap();
    let log = project.dir.path().join("asked");
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> '{}'\necho no bus >&2\nexit {code}\n",
        log.display()
    );
    let path = folder.join("systemctl");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    log
}

fn units(project: &Project) -> PathBuf {
    project.dir.path().join("user/.config/systemd/user")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(files) = fs::read_dir(folder) else {
        return Vec::new();
    };
    files.map(|file| file.unwrap().path()).collect()
}

/// Without it: the service is installed and never runs, or runs on after it was taken out.
#[cfg(target_os = "linux")]
#[test]
fn a_service_is_installed_started_and_taken_out() {
    let project = project();
    let asked = manager(&project, 0);
    let shown = run(&project, &["daemon", "print"]);
    let would = run(&project, &["daemon", "install", "--print"]);
    assert!(
        would.contains("+++ ") && files(&units(&project)).is_empty(),
        "{would}"
    );
    let said = run(&project, &["daemon", "install"]);
    assert!(
        said.contains(": installed\n") && said.contains(" runs\n"),
        "{said}"
    );
    let [unit] = files(&units(&project)).try_into().unwrap();
    assert_eq!(fs::read_to_string(&unit).unwrap(), shown);
    let name = unit.file_name().unwrap().to_str().unwrap().to_owned();
    let want =
        format!("--user show-environment\n--user daemon-reload\n--user enable --now {name}\n");
    assert_eq!(fs::read_to_string(&asked).unwrap(), want);
    assert!(run(&project, &["daemon", "install"]).contains("already installed"));
    // What the real one would have left.
    let wants = units(&project).join("default.target.wants");
    fs::create_dir(&wants).unwrap();
    symlink(&unit, wants.join(&name)).unwrap();
    fs::remove_file(&asked).unwrap();
    let json = command(&project, &["daemon", "uninstall", "--json"])
        .output()
        .unwrap();
    let json = parse(json.stdout.trim_ascii_end()).unwrap();
    assert_eq!(json.require("changed").unwrap(), &Value::Bool(true));
    assert!(
        fs::read_to_string(&asked)
            .unwrap()
            .contains(&format!("disable --now {name}"))
    );
    assert!(
        !project.dir.path().join("user").exists(),
        "something is left"
    );
    assert!(run(&project, &["daemon", "uninstall"]).contains("not installed"));
}

/// Without it: on a machine without systemd, or over ssh without a session, `init` fails.
#[cfg(target_os = "linux")]
#[test]
fn without_a_manager_the_command_that_is_left_is_named() {
    let none = project();
    let said = run(&none, &["daemon", "install"]);
    assert!(said.contains("this system has no `systemctl`"), "{said}");
    assert!(
        said.contains("hint: `systemctl --user enable --now proofline-"),
        "{said}"
    );
    let silent = Project::new();
    fs::create_dir_all(silent.root()).unwrap();
    manager(&silent, 1);
    let said = run(&silent, &["init", "--service"]);
    assert!(
        said.contains("not started: `systemctl --user show-environment`: no bus"),
        "{said}"
    );
    assert_eq!(files(&units(&silent)).len(), 1);
    // Everything that `init` installs, `init --uninstall` takes out.
    let said = run(&silent, &["init", "--uninstall"]);
    assert!(said.contains(": taken out"), "{said}");
    assert!(!silent.dir.path().join("user").exists());
    let printed = run(&silent, &["init", "--service", "--print"]);
    assert!(printed.contains("ExecStart="), "{printed}");
    assert!(files(&units(&silent)).is_empty());
}

/// Without it: a service that the user changed is thrown away.
#[cfg(target_os = "linux")]
#[test]
fn a_service_file_that_was_edited_stays_and_is_named() {
    let project = project();
    run(&project, &["daemon", "install"]);
    let [unit] = files(&units(&project)).try_into().unwrap();
    let edited = fs::read_to_string(&unit).unwrap() + "# mine\n";
    fs::write(&unit, &edited).unwrap();
    let said = run(&project, &["daemon", "uninstall"]);
    assert!(said.contains("was edited since, and stays"), "{said}");
    assert_eq!(fs::read_to_string(&unit).unwrap(), edited);
}

/// Without it: a service waits for ever for a store that nobody made.
#[test]
fn a_service_needs_a_store() {
    let project = Project::new();
    fs::create_dir_all(project.root()).unwrap();
    let output = command(&project, &["daemon", "install"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("hint: `proofline init` makes one"));
    assert!(files(&units(&project)).is_empty());
}
