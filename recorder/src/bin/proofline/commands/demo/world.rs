//! The demonstration's surroundings: folder, repository, identity, authority, processes.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};
use proofline_tsa_authority::{Algorithm, Authority, Profile, serve};
use serde_json::Value as Json;

/// Everything that a step of the demonstration needs.
pub(crate) struct World {
    dir: PathBuf,
    repository: PathBuf,
    program: PathBuf,
    verifier: PathBuf,
    authority: Authority,
    listener: TcpListener,
    url: String,
}

impl World {
    /// Makes the folder, a git repository with its own identity, and an authority that is not
    /// serving yet.
    pub(crate) fn make(dir: &Path) -> Result<Self> {
        if std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
            bail!(
                "`{}` is not empty; name another folder or remove it",
                dir.display()
            );
        }
        std::fs::create_dir_all(dir).with_context(|| format!("cannot make `{}`", dir.display()))?;
        let dir = std::path::absolute(dir)?;
        let program = std::env::current_exe().context("cannot tell where this program is")?;
        let verifier =
            program.with_file_name(format!("verify-bundle{}", std::env::consts::EXE_SUFFIX));
        if !verifier.is_file() {
            bail!(
                "`{}` is not there; `cargo build --release --locked` makes both programs",
                verifier.display()
            );
        }
        let authority = Authority::generate(
            Algorithm::P256,
            &Profile::ten_years("Proofline demonstration", SystemTime::now()),
        )?;
        let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen on loopback")?;
        let url = format!("http://{}/", listener.local_addr()?);
        let repository = dir.join("repository");
        std::fs::create_dir_all(&repository)?;
        let world = Self {
            dir,
            repository,
            program,
            verifier,
            authority,
            listener,
            url,
        };
        world.git(&["init", "--quiet", "--initial-branch=main"])?;
        world.git(&["config", "user.name", "Dana Person"])?;
        world.git(&["config", "user.email", "dana@example.org"])?;
        Ok(world)
    }

    /// Serves time stamps on loopback while `work` runs.
    pub(crate) fn with_authority(&self, work: impl FnOnce(&Self) -> Result<()>) -> Result<()> {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let respond = |request: &[u8]| self.authority.respond(request, SystemTime::now());
            let (listener, stop_flag) = (&self.listener, &stop);
            let server = scope.spawn(move || serve(listener, stop_flag, respond));
            let result = work(self);
            stop.store(true, Ordering::Relaxed);
            match server.join() {
                Ok(served) => served.context("the authority stopped")?,
                Err(_) => bail!("the authority panicked"),
            }
            result
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn root_pem(&self) -> String {
        self.authority.root_pem()
    }

    pub(crate) fn repository(&self) -> &Path {
        &self.repository
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(name);
        std::fs::write(&path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
    }

    /// A process in the repository, with the demonstration's identity and nothing of the user's.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.repository)
            .env("PROOFLINE_HOME", self.dir.join("identity"))
            .env_remove("PROOFLINE_DIR")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .stdin(Stdio::null());
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Result<Output> {
        let name = program.file_name().unwrap_or_default().display();
        let output = self
            .command(program)
            .args(arguments)
            .output()
            .with_context(|| format!("cannot start `{name}`"))?;
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            bail!(
                "`{name} {}` ended with {}: {error}",
                arguments.join(" "),
                output.status
            );
        }
        Ok(output)
    }

    /// Runs this very program as a user would.
    pub(crate) fn proofline(&self, arguments: &[&str]) -> Result<Output> {
        self.run(&self.program, arguments)
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> Result<Output> {
        self.run(Path::new("git"), arguments)
    }

    /// Runs the verifier on a bundle with device key and root pinned; its verdict is its exit code.
    pub(crate) fn verify(&self, bundle: &str, options: &[&str]) -> Result<Output> {
        let mut command = Command::new(&self.verifier);
        command
            .current_dir(&self.dir)
            .env("NO_COLOR", "1")
            .arg(bundle)
            .args([
                "--device-key",
                "device.pub.pem",
                "--tsa-root",
                "tsa-root.pem",
            ])
            .args(options);
        command.output().context("cannot start `verify-bundle`")
    }

    /// Sends a report to every hook command that the installation wrote for its event.
    pub(crate) fn fire(&self, report: &Json) -> Result<()> {
        let event = report["hook_event_name"]
            .as_str()
            .context("a report without event")?;
        for command in self.hook_commands(event)? {
            let mut child = self
                .command(Path::new("sh"))
                .args(["-c", &command])
                .env("CLAUDE_PROJECT_DIR", &self.repository)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()?;
            if let Some(mut stdin) = child.stdin.take() {
                stdin.write_all(report.to_string().as_bytes())?;
            }
            let output = child.wait_with_output()?;
            // What a hook prints would be read by the agent as an instruction.
            if !output.status.success() || !output.stdout.is_empty() || !output.stderr.is_empty() {
                bail!("the hook for {event} was not silent: {}", output.status);
            }
        }
        Ok(())
    }

    fn hook_commands(&self, event: &str) -> Result<Vec<String>> {
        let path = self.repository.join(".claude/settings.local.json");
        let settings: Json = serde_json::from_slice(&std::fs::read(&path)?)?;
        let groups = settings
            .pointer(&format!("/hooks/{event}"))
            .and_then(Json::as_array);
        let groups = groups.cloned().unwrap_or_default();
        let handlers = groups
            .iter()
            .filter_map(|group| group.get("hooks")?.as_array())
            .flatten();
        Ok(handlers
            .filter_map(|handler| handler.get("command")?.as_str())
            .map(String::from)
            .collect())
    }
}
