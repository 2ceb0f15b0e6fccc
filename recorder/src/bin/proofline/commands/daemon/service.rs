//! Installing the daemon as a service, and telling its manager.
//!
//! That the manager is not there, or does not answer, is no error: the file is in its place, and
//! the command that is left to be given is named.

use std::env;
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use proofline::install::service::{Manager, Removal, Service};
use proofline::install::{Step, apply, render};
use proofline_format::json::Value;

use crate::place::{Place, shown};

/// Longest wait for the manager's answer.
const LIMIT: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// The service of the store at a place.
#[derive(Debug)]
pub(crate) struct Plan {
    service: Service,
}

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) lines: Vec<String>,
    file: String,
    name: String,
    command: String,
    is_changed: bool,
    is_enabled: bool,
}

impl Report {
    pub(crate) fn members(&self) -> [(&'static str, Value); 5] {
        [
            ("changed", self.is_changed.into()),
            ("command", self.command.as_str().into()),
            ("enabled", self.is_enabled.into()),
            ("file", self.file.as_str().into()),
            ("name", self.name.as_str().into()),
        ]
    }
}

/// Whether a service is installed for a place; no, where nobody could say where it would be.
pub(crate) fn installed(place: &Place) -> bool {
    Plan::of(place).is_ok_and(|plan| plan.service.is_installed())
}

impl Plan {
    pub(crate) fn of(place: &Place) -> anyhow::Result<Self> {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
        let user_home = variable("HOME").map(PathBuf::from);
        let user_home = user_home.context("HOME is not set")?;
        // The XDG specification says that a relative path is to be ignored.
        let config = variable("XDG_CONFIG_HOME").map(PathBuf::from);
        let config = config.filter(|config| config.is_absolute());
        let config = config.unwrap_or_else(|| user_home.join(".config"));
        let manager = Manager::of_this_system();
        Ok(Self {
            service: Service {
                manager,
                folder: manager.folder(&config, &user_home),
                program: env::current_exe().context("own executable")?,
                store_dir: std::path::absolute(&place.store_dir)?,
                home: proofline::home::Home::at(std::path::absolute(place.home.dir())?),
            },
        })
    }

    pub(crate) fn service(&self) -> &Service {
        &self.service
    }

    fn report(&self, steps: &[Step]) -> Report {
        Report {
            file: self.service.file().to_string_lossy().into_owned(),
            name: self.service.name(),
            is_changed: !steps.is_empty(),
            ..Report::default()
        }
    }

    pub(crate) fn show_install(&self) -> anyhow::Result<Report> {
        let steps = self.service.install()?;
        let mut report = self.report(&steps);
        report.lines = render(&steps).lines().map(String::from).collect();
        report.command = self.service.enable_command();
        Ok(report)
    }

    pub(crate) fn install(&self) -> anyhow::Result<Report> {
        let steps = self.service.install()?;
        apply(&steps)?;
        let mut report = self.report(&steps);
        report.command = self.service.enable_command();
        let status = if steps.is_empty() {
            "already installed"
        } else {
            "installed"
        };
        let file = shown(&self.service.file());
        report.lines.push(format!("service {file}: {status}"));
        match self.enable() {
            Ok(()) => {
                report.is_enabled = true;
                report.lines.push(format!("{} runs", self.service.name()));
            }
            Err(why) => {
                report.lines.push(format!("not started: {why}"));
                let hint = format!("  hint: `{}` starts it", report.command);
                report.lines.push(hint);
            }
        }
        Ok(report)
    }

    fn enable(&self) -> Result<(), String> {
        match self.service.manager {
            Manager::Systemd => {
                is_answering()?;
                systemctl(&["daemon-reload"])?;
                systemctl(&["enable", "--now", &self.service.name()])
            }
            Manager::Launchd => Err("launchd is left to you".into()),
        }
    }

    fn removal(&self) -> anyhow::Result<(Vec<Step>, bool)> {
        Ok(match self.service.uninstall()? {
            Removal::Edited => (Vec::new(), true),
            Removal::Steps(steps) => (steps, false),
        })
    }

    pub(crate) fn show_uninstall(&self) -> anyhow::Result<Report> {
        let (steps, _) = self.removal()?;
        let mut report = self.report(&steps);
        report.lines = render(&steps).lines().map(String::from).collect();
        report.command = self.service.disable_command();
        Ok(report)
    }

    pub(crate) fn uninstall(&self) -> anyhow::Result<Report> {
        let (steps, is_edited) = self.removal()?;
        let mut report = self.report(&steps);
        report.command = self.service.disable_command();
        let file = shown(&self.service.file());
        if is_edited {
            let line = format!("service {file}: was edited since, and stays");
            report.lines.push(line);
            let hint = format!("  hint: `{}` ends it", report.command);
            report.lines.push(hint);
            return Ok(report);
        }
        if steps.is_empty() {
            report.lines.push(format!("service {file}: not installed"));
            return Ok(report);
        }
        let is_told = match self.service.manager {
            Manager::Systemd => is_answering().is_ok(),
            Manager::Launchd => false,
        };
        if is_told {
            // Ended by somebody else, it needs no ending.
            systemctl(&["disable", "--now", &self.service.name()]).ok();
        }
        self.remove_link();
        apply(&steps)?;
        if is_told {
            systemctl(&["daemon-reload"]).ok();
        }
        report.lines.push(format!("service {file}: taken out"));
        if !is_told {
            let hint = format!("  hint: `{}` ends it, should it run", report.command);
            report.lines.push(hint);
        }
        Ok(report)
    }

    /// Takes out the link by which systemd starts the service at login, where it has not done so
    /// itself.
    fn remove_link(&self) {
        let wants = self.service.folder.join("default.target.wants");
        let link = wants.join(self.service.name());
        if fs::symlink_metadata(&link).is_ok_and(|link| link.is_symlink()) {
            fs::remove_file(&link).ok();
            // Others may be in it.
            fs::remove_dir(&wants).ok();
        }
    }
}

/// Whether a systemd of this user answers.
fn is_answering() -> Result<(), String> {
    systemctl(&["show-environment"])
}

fn systemctl(words: &[&str]) -> Result<(), String> {
    let mut command = Command::new("systemctl");
    command
        .arg("--user")
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err("this system has no `systemctl`".into());
        }
        Err(error) => return Err(format!("`systemctl`: {error}")),
    };
    let until = Instant::now().checked_add(LIMIT);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if until.is_some_and(|until| Instant::now() < until) => sleep(LOOK_AGAIN),
            _ => {
                child.kill().ok();
                child.wait().ok();
                return Err(format!(
                    "`systemctl` took longer than {} s",
                    LIMIT.as_secs()
                ));
            }
        }
    };
    if status.success() {
        return Ok(());
    }
    let mut said = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        stderr.take(1_024).read_to_end(&mut said).ok();
    }
    let said = String::from_utf8_lossy(&said);
    let said = said.lines().next().unwrap_or_default();
    Err(format!("`systemctl --user {}`: {said}", words.join(" ")))
}
