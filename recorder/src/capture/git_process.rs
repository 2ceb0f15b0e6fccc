//! Git, asked through its plumbing, within a time limit.
//!
//! Only around shell commands and in git's own hooks: no other hook waits for a process.

use std::ffi::OsStr;
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Output beyond this is not read.
const MAX_OUTPUT_BYTES: u64 = 256 << 20;
/// How often a process is asked whether it has ended.
const POLL: Duration = Duration::from_millis(1);

/// Whose git environment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Environment {
    /// That of the work tree: what a surrounding git command has exported is taken out.
    WorkTree,
    /// That which git gave to its hook.
    AsGiven,
}

/// Variables that point git at another repository.
const LOCAL_VARIABLES: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// Git in one work tree, until a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Git<'a> {
    root: &'a Path,
    environment: Environment,
    deadline: Instant,
}

impl<'a> Git<'a> {
    pub(crate) fn new(root: &'a Path, environment: Environment, limit: Duration) -> Self {
        let now = Instant::now();
        Self {
            root,
            environment,
            deadline: now.checked_add(limit).unwrap_or(now),
        }
    }

    /// Runs git with this input and gives its output.
    pub(crate) fn run<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        input: &[u8],
    ) -> io::Result<Vec<u8>> {
        let mut child = self.command(arguments).spawn()?;
        let output = pump(&mut child, input);
        let left = self.deadline.saturating_duration_since(Instant::now());
        let received = output.map(|receiver| receiver.recv_timeout(left));
        let ended = matches!(received, Some(Ok(_))) && self.wait(&mut child)?;
        if !ended {
            child.kill().ok();
            child.wait().ok();
            return Err(io::Error::new(io::ErrorKind::TimedOut, "git took too long"));
        }
        let status = child.wait()?;
        if !status.success() {
            return Err(io::Error::other(format!("git ended with {status}")));
        }
        received
            .and_then(Result::ok)
            .unwrap_or_else(|| Err(io::Error::other("git gave no output")))
    }

    fn wait(&self, child: &mut Child) -> io::Result<bool> {
        loop {
            if child.try_wait()?.is_some() {
                return Ok(true);
            }
            if Instant::now() >= self.deadline {
                return Ok(false);
            }
            thread::sleep(POLL);
        }
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new("git");
        // No file system monitor: it is a program of the user's choice, started as a side effect.
        command
            .current_dir(self.root)
            .args(["-c", "core.fsmonitor=false", "-c", "core.quotepath=false"])
            .args(arguments)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if self.environment == Environment::WorkTree {
            for variable in LOCAL_VARIABLES {
                command.env_remove(variable);
            }
        }
        command
    }
}

/// Writes the input and reads the output at the same time, so that neither pipe fills up.
fn pump(child: &mut Child, input: &[u8]) -> Option<Receiver<io::Result<Vec<u8>>>> {
    let mut stdin = child.stdin.take()?;
    let stdout = child.stdout.take()?;
    let input = input.to_vec();
    thread::spawn(move || {
        // Git may end without reading everything; its output then says so.
        stdin.write_all(&input).ok();
    });
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut output = Vec::new();
        let read = stdout.take(MAX_OUTPUT_BYTES).read_to_end(&mut output);
        // The receiver may have stopped waiting.
        sender.send(read.map(|_| output)).ok();
    });
    Some(receiver)
}
