//! The daemon as a service of the user: a systemd unit or a launchd agent.
//!
//! The texts are made for both on every system, so that both can be shown and tested anywhere.

use std::path::{Path, PathBuf};

use proofline_format::digest::sha256;

use super::record::{FileImage, Record, missing_dirs};
use super::{InstallError, Step};
use crate::home::{Home, place_name};

/// Who runs services of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// The user's systemd.
    Systemd,
    /// The launchd of macOS.
    Launchd,
}

impl Manager {
    /// The one of this system.
    #[must_use]
    pub const fn of_this_system() -> Self {
        if cfg!(target_os = "macos") {
            Self::Launchd
        } else {
            Self::Systemd
        }
    }

    /// The folder for services: below `config`, the user's folder of configuration, or below
    /// `user_home`.
    #[must_use]
    pub fn folder(self, config: &Path, user_home: &Path) -> PathBuf {
        match self {
            Self::Systemd => config.join("systemd/user"),
            Self::Launchd => user_home.join("Library/LaunchAgents"),
        }
    }
}

/// The service of one store.
#[derive(Debug, Clone)]
pub struct Service {
    /// Who runs it.
    pub manager: Manager,
    /// The folder where its file is.
    pub folder: PathBuf,
    /// The program, by its absolute path.
    pub program: PathBuf,
    /// The store's folder, by its absolute path.
    pub store_dir: PathBuf,
    /// The data folder.
    pub home: Home,
}

/// What uninstalling comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// These steps take it out; none if it is not there.
    Steps(Vec<Step>),
    /// Somebody has changed the file: it is his now, and stays.
    Edited,
}

const FILE_MODE: u32 = 0o644;
const WORDS: &str =
    "Written by `proofline daemon install`; `proofline daemon uninstall` removes it.";

impl Service {
    /// The name by which its manager knows it.
    #[must_use]
    pub fn name(&self) -> String {
        let mut id = place_name(&self.store_dir);
        id.truncate(16);
        match self.manager {
            Manager::Systemd => format!("proofline-{id}.service"),
            Manager::Launchd => format!("org.w3id.proofline.{id}"),
        }
    }

    /// Its file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.join(match self.manager {
            Manager::Systemd => self.name(),
            Manager::Launchd => self.name() + ".plist",
        })
    }

    /// The command that makes it run, now and after every login.
    #[must_use]
    pub fn enable_command(&self) -> String {
        match self.manager {
            Manager::Systemd => format!("systemctl --user enable --now {}", self.name()),
            Manager::Launchd => {
                let file = self.file().to_string_lossy().replace('\'', r"'\''");
                format!("launchctl bootstrap gui/$(id -u) '{file}'")
            }
        }
    }

    /// The command that ends it, now and for later logins.
    #[must_use]
    pub fn disable_command(&self) -> String {
        match self.manager {
            Manager::Systemd => format!("systemctl --user disable --now {}", self.name()),
            Manager::Launchd => format!("launchctl bootout gui/$(id -u)/{}", self.name()),
        }
    }

    /// What its file says.
    ///
    /// # Errors
    /// If a path cannot be written there.
    pub fn text(&self) -> Result<String, InstallError> {
        let program = plain(&self.program)?;
        let store_dir = plain(&self.store_dir)?;
        let home = plain(self.home.dir())?;
        Ok(match self.manager {
            // systemd takes no such name for a program, however it is quoted.
            Manager::Systemd if program.contains(['"', '\'', '\\', '$']) => {
                return Err(InstallError::Path {
                    path: self.program.clone(),
                });
            }
            Manager::Systemd => unit(program, store_dir, home),
            Manager::Launchd => agent(&self.name(), program, store_dir, home),
        })
    }

    /// Whether its file is there.
    #[must_use]
    pub fn is_installed(&self) -> bool {
        self.file().exists()
    }

    /// The steps that install it; none if it is installed as it would be now.
    ///
    /// # Errors
    /// If a path cannot be written into its file, or the file that is there cannot be read.
    pub fn install(&self) -> Result<Vec<Step>, InstallError> {
        let (path, text) = (self.file(), self.text()?);
        let now = FileImage::read(&path).map_err(InstallError::file(&path))?;
        if now
            .as_ref()
            .is_some_and(|image| image.content == text.as_bytes())
        {
            return Ok(Vec::new());
        }
        let left = sha256(text.as_bytes());
        let record = match Record::read(&self.record_file()) {
            Some(record) if record.is_untouched(now.as_ref()) => Record { left, ..record },
            _ => Record {
                original: now,
                left,
                made_dirs: missing_dirs(&path),
                set_aside: None,
            },
        };
        Ok(vec![
            record.note(self.record_file()),
            Step::Write {
                path,
                content: text.into_bytes(),
                mode: FILE_MODE,
            },
        ])
    }

    /// What takes it out again.
    ///
    /// # Errors
    /// If its file cannot be read.
    pub fn uninstall(&self) -> Result<Removal, InstallError> {
        let path = self.file();
        let now = FileImage::read(&path).map_err(InstallError::file(&path))?;
        let forget = Step::Remove {
            path: self.record_file(),
        };
        match (Record::read(&self.record_file()), now) {
            (Some(record), Some(now)) if record.is_untouched(Some(&now)) => {
                let mut steps = record.restore(&path);
                steps.push(forget);
                Ok(Removal::Steps(steps))
            }
            (Some(_), None) => Ok(Removal::Steps(vec![forget])),
            (None, None) => Ok(Removal::Steps(Vec::new())),
            (_, Some(_)) => Ok(Removal::Edited),
        }
    }

    fn record_file(&self) -> PathBuf {
        self.store_dir.join("install/service.json")
    }
}

/// A path as both formats can hold it: text without control characters.
fn plain(path: &Path) -> Result<&str, InstallError> {
    let text = path.to_str();
    let is_plain = |text: &&str| !text.chars().any(char::is_control);
    text.filter(is_plain).ok_or_else(|| InstallError::Path {
        path: path.to_path_buf(),
    })
}

/// ```text
/// systemd.syntax(7): "…" with \\ and \" ; systemd.unit(5): % is doubled
/// ```
fn unit(program: &str, store_dir: &str, home: &str) -> String {
    let quoted = |text: &str| {
        let text = text.replace('\\', r"\\").replace('"', "\\\"");
        format!("\"{}\"", text.replace('%', "%%"))
    };
    let exec = quoted(program);
    let store = quoted(&format!("PROOFLINE_DIR={store_dir}"));
    let data = quoted(&format!("PROOFLINE_HOME={home}"));
    // A description is not quoted, and a specifier in it would be resolved.
    let shown = store_dir.replace('%', "%%");
    format!(
        "# {WORDS}\n\
         [Unit]\n\
         Description=Proofline checkpoints of {shown}\n\
         \n\
         [Service]\n\
         ExecStart={exec} daemon\n\
         Environment={store}\n\
         Environment={data}\n\
         Restart=on-failure\n\
         RestartSec=30\n\
         TimeoutStopSec=60\n\
         Nice=10\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n"
    )
}

fn agent(label: &str, program: &str, store_dir: &str, home: &str) -> String {
    let xml = |text: &str| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        text.replace('>', "&gt;")
    };
    let (program, store_dir, home) = (xml(program), xml(store_dir), xml(home));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <!-- {WORDS} -->\n\
         <plist version=\"1.0\">\n\
         <dict>\n\
         \t<key>Label</key>\n\
         \t<string>{label}</string>\n\
         \t<key>ProgramArguments</key>\n\
         \t<array>\n\
         \t\t<string>{program}</string>\n\
         \t\t<string>daemon</string>\n\
         \t</array>\n\
         \t<key>EnvironmentVariables</key>\n\
         \t<dict>\n\
         \t\t<key>PROOFLINE_DIR</key>\n\
         \t\t<string>{store_dir}</string>\n\
         \t\t<key>PROOFLINE_HOME</key>\n\
         \t\t<string>{home}</string>\n\
         \t</dict>\n\
         \t<key>RunAtLoad</key>\n\
         \t<true/>\n\
         \t<key>KeepAlive</key>\n\
         \t<dict>\n\
         \t\t<key>SuccessfulExit</key>\n\
         \t\t<false/>\n\
         \t</dict>\n\
         \t<key>ThrottleInterval</key>\n\
         \t<integer>30</integer>\n\
         \t<key>ProcessType</key>\n\
         \t<string>Background</string>\n\
         </dict>\n\
         </plist>\n"
    )
}

#[cfg(test)]
mod tests;
