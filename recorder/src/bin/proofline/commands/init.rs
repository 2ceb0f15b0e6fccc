//! `proofline init`: key, store and genesis, and the hooks that call the recorder.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::ValueEnum;
use proofline::authority::Authority;
use proofline::checkpoint::Backoff;
use proofline::clock;
use proofline::config::{self, Config};
use proofline::home::Home;
use proofline::install::{Step, Target, apply, claude_code, git, render};
use proofline::keys::KeyRing;
use proofline::recorder::{deadline, repository_name};
use proofline::repository::Repository;
use proofline::stamp::{HttpStamper, Stamper as _, signer_of};
use proofline::store::{BirthToken, NewLog, Store, file_of};
use proofline_format::json::Value;
use proofline_format::key::PublicKey;

use super::daemon;
use crate::place::Place;
use crate::ui::{Outcome, Ui};

/// Longest wait for other processes that hold the store.
const STORE_WAIT: Duration = Duration::from_secs(10);

/// Make the key and the store of this repository, and install the hooks that record into it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  proofline init
  proofline init claude-code git --tsa https://tsa.example/ --service
  proofline init --uninstall")]
pub(crate) struct Args {
    /// What to hook into; without any, everything that applies here
    #[arg(value_enum)]
    integrations: Vec<Integration>,
    /// Have the log stamped by this time-stamp authority (repeatable); `proofline tsa presets`
    /// lists the presets
    #[arg(long, value_name = "URL|PRESET", conflicts_with = "uninstall")]
    tsa: Vec<String>,
    /// Also install the daemon that makes checkpoints as a service of this user
    #[arg(long)]
    service: bool,
    /// Show what would be changed, and change nothing
    #[arg(long)]
    print: bool,
    /// Take the hooks out again; the store and the key stay
    #[arg(long)]
    uninstall: bool,
    /// Let this public key revoke the device's key; can be named only now
    #[arg(long, value_name = "PEM", conflicts_with = "uninstall")]
    recovery_key: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What hooks can be installed into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Integration {
    ClaudeCode,
    Git,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let current_dir = env::current_dir().context("current folder")?;
    let repository = Repository::containing(&current_dir)
        .unwrap_or_else(|| Repository::without_git(&current_dir));
    let target = Target {
        program: env::current_exe().context("own executable")?,
        repository,
    };
    let integrations = chosen(args, &target)?;
    // Everything is planned before anything is done: a settings file that cannot be used stops
    // the whole.
    let mut plans = Vec::new();
    for integration in integrations {
        plans.push((integration, plan(integration, &target, args)?));
    }
    let mut report = Report::default();
    if !args.uninstall {
        store(args, &target, &mut report)?;
    }
    for (integration, steps) in &plans {
        report.add(*integration, &target, steps, args);
        if !args.print {
            apply(steps)?;
            report.warn(*integration, &target, args);
        }
    }
    service(args, &mut report)?;
    report.print(args, ui)
}

fn chosen(args: &Args, target: &Target) -> anyhow::Result<Vec<Integration>> {
    let has_git = target.repository.has_git();
    let mut chosen = args.integrations.clone();
    chosen.dedup();
    if chosen.contains(&Integration::Git) && !has_git {
        bail!(
            "`{}` is in no git repository",
            target.repository.root().display()
        );
    }
    if chosen.is_empty() {
        if args.uninstall || claude_code_applies(target) {
            chosen.push(Integration::ClaudeCode);
        }
        if has_git {
            chosen.push(Integration::Git);
        }
    }
    Ok(chosen)
}

/// Whether the agent has been here, or is installed.
fn claude_code_applies(target: &Target) -> bool {
    let user = env::var_os("CLAUDE_CONFIG_DIR")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".claude")));
    let path = env::var_os("PATH").unwrap_or_default();
    target.repository.root().join(".claude").is_dir()
        || user.is_some_and(|folder| folder.is_dir())
        || env::split_paths(&path).any(|folder| folder.join("claude").is_file())
}

fn plan(integration: Integration, target: &Target, args: &Args) -> anyhow::Result<Vec<Step>> {
    let steps = match (integration, args.uninstall) {
        (Integration::ClaudeCode, false) => claude_code::install(target),
        (Integration::ClaudeCode, true) => claude_code::uninstall(target),
        (Integration::Git, false) => git::install(target),
        (Integration::Git, true) => git::uninstall(target),
    };
    Ok(steps?)
}

/// Installs the daemon as a service if that is asked for, and takes it out with everything else.
fn service(args: &Args, report: &mut Report) -> anyhow::Result<()> {
    let is_all = args.uninstall && args.integrations.is_empty();
    if !args.service && !is_all {
        return Ok(());
    }
    let place = Place::here().map_err(|failure| anyhow!("{failure}"))?;
    if is_all && !args.service && !daemon::installed(&place) {
        return Ok(());
    }
    let plan = daemon::Plan::of(&place)?;
    let done = match (args.uninstall, args.print) {
        (false, true) => plan.show_install()?,
        (false, false) => plan.install()?,
        (true, true) => plan.show_uninstall()?,
        (true, false) => plan.uninstall()?,
    };
    if args.print {
        for line in &done.lines {
            report.patch.push_str(&format!("{line}\n"));
        }
    } else {
        report.lines.extend(done.lines.iter().cloned());
    }
    report.service = Some(Value::object(done.members()));
    Ok(())
}

/// Makes the store if there is none, and remembers the authorities.
fn store(args: &Args, target: &Target, report: &mut Report) -> anyhow::Result<()> {
    let store_dir = target.repository.store_dir();
    let mut config = Config::load(target.repository.main_root(), &store_dir)?;
    for named in &args.tsa {
        config.add_authority(named)?;
    }
    let urls = config.authorities.iter();
    report.authorities = urls.map(Authority::shown_url).collect();
    report.store = Some(store_dir.display().to_string());
    let exists = file_of(&store_dir).exists();
    let recovery_key = args.recovery_key.as_deref().map(public_key).transpose()?;
    if exists && recovery_key.is_some() {
        bail!(
            "the log of `{}` has begun; its recovery key is fixed",
            store_dir.display()
        );
    }
    if args.print {
        let what = if exists { "exists" } else { "would be made" };
        report
            .lines
            .push(format!("store `{}`: {what}", store_dir.display()));
        return Ok(());
    }
    let keys = KeyRing::new(Home::of_environment()?);
    let store = if exists {
        report
            .lines
            .push(format!("store `{}`: exists", store_dir.display()));
        Store::open(&store_dir, deadline(STORE_WAIT))?
    } else {
        let log = NewLog::new(&keys, &repository_name(&store_dir), recovery_key)?;
        let (birth, backoff) = birth_tokens(&config, log.imprint(), report);
        let store = log.create(&store_dir, &birth, deadline(STORE_WAIT))?;
        // Forgotten, an authority is only asked too early.
        backoff.save(&store_dir).ok();
        report
            .lines
            .push(format!("store `{}`: made", store_dir.display()));
        report.is_new = true;
        store
    };
    report.origin = Some(store.origin().into());
    config::write_authorities(&store_dir, &args.tsa)?;
    Ok(())
}

/// Asks every authority for a token over the genesis object. None of them has to answer.
fn birth_tokens(
    config: &Config,
    imprint: [u8; 32],
    report: &mut Report,
) -> (Vec<BirthToken>, Backoff) {
    let stamper = HttpStamper::of(config);
    let mut backoff = Backoff::default();
    let mut tokens = Vec::new();
    for authority in &config.authorities {
        match stamper.stamp(authority, imprint) {
            Ok(stamped) => {
                let signer = signer_of(&stamped.response);
                backoff.succeeded(authority, clock::now(), signer);
                report.lines.push(format!("birth token from {authority}"));
                tokens.push(BirthToken {
                    request: stamped.request,
                    response: stamped.response,
                });
            }
            Err(error) => {
                backoff.failed(authority, clock::now(), &error);
                report.lines.push(format!("no birth token: {error}"));
            }
        }
    }
    report.birth_tokens = u64::try_from(tokens.len()).unwrap_or(u64::MAX);
    (tokens, backoff)
}

fn public_key(path: &Path) -> anyhow::Result<PublicKey> {
    let shown = path.display();
    let pem = fs::read_to_string(path).with_context(|| format!("cannot read `{shown}`"))?;
    PublicKey::from_pem(&pem).with_context(|| format!("`{shown}` is not an Ed25519 public key"))
}

/// What was done, in both forms.
#[derive(Debug, Default)]
struct Report {
    store: Option<String>,
    is_new: bool,
    origin: Option<String>,
    authorities: Vec<String>,
    birth_tokens: u64,
    integrations: Vec<Value>,
    service: Option<Value>,
    lines: Vec<String>,
    patch: String,
}

impl Report {
    fn add(&mut self, integration: Integration, target: &Target, steps: &[Step], args: &Args) {
        let (name, place) = match integration {
            Integration::ClaudeCode => ("claude-code", Some(claude_code::settings_file(target))),
            Integration::Git => ("git", git::hooks_dir(target).ok()),
        };
        let status = match (steps.is_empty(), args.uninstall) {
            (true, false) => "already installed",
            (true, true) => "not installed",
            (false, false) => "installed",
            (false, true) => "taken out",
        };
        let place = place
            .map(|place| place.display().to_string())
            .unwrap_or_default();
        self.integrations.push(Value::object([
            ("changed", (!steps.is_empty()).into()),
            ("name", name.into()),
            ("place", place.as_str().into()),
            ("status", status.into()),
        ]));
        if args.print {
            self.patch.push_str(&render(steps));
        } else {
            self.lines
                .push(format!("{name} hooks in `{place}`: {status}"));
        }
    }

    /// The settings hold a path of this device: in a commit they would break other people's agents.
    fn warn(&mut self, integration: Integration, target: &Target, args: &Args) {
        let path = claude_code::settings_file(target);
        let is_ours = integration == Integration::ClaudeCode && !args.uninstall;
        if is_ours && target.repository.has_git() && git::ignores(target, &path) == Some(false) {
            self.lines
                .push(format!("`{}` is not ignored by git", path.display()));
            self.lines
                .push("  hint: add it to `.gitignore` or `.git/info/exclude`".into());
        }
    }

    fn print(&self, args: &Args, ui: &mut Ui) -> Outcome {
        if args.json {
            ui.json(vec![
                ("authorities", texts(&self.authorities)),
                ("birth_tokens", self.birth_tokens.into()),
                ("changes", self.patch.as_str().into()),
                ("integrations", Value::Array(self.integrations.clone())),
                ("origin", Value::text_or_null(self.origin.as_deref())),
                ("service", self.service.clone().unwrap_or(Value::Null)),
                ("store", Value::text_or_null(self.store.as_deref())),
                ("store_is_new", self.is_new.into()),
            ])?;
            return Ok(());
        }
        for line in &self.lines {
            ui.line(line)?;
        }
        for line in self.patch.lines() {
            ui.line(line)?;
        }
        if !args.uninstall && self.authorities.is_empty() {
            ui.line("no time-stamp authority: `proofline init --tsa URL` names one")?;
            ui.line("  until its first token nothing shows after which time entries were made")?;
        }
        Ok(())
    }
}

fn texts(items: &[String]) -> Value {
    items.iter().map(String::as_str).collect()
}
