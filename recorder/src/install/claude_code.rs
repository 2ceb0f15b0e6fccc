//! Claude Code's hooks, in `.claude/settings.local.json` of the work tree.
//!
//! That file is the agent's own place for what holds on one device: the agent keeps it out of git,
//! and merges it with all other levels. The shared `settings.json` would carry an absolute path of
//! this device into every teammate's agent; the user's own `~/.claude/settings.json` would record
//! repositories that nobody asked to record, and cloud sessions do not read it.
//!
//! The command is one string, because versions before 2.1.139 run `command` without `args`.

use std::path::PathBuf;

use proofline_format::digest::sha256;

use super::record::{FileImage, Record, missing_dirs};
use super::settings::{our_commands, with_handlers, without_handlers};
use super::{InstallError, Step, Target};

/// Permissions of a settings file that was not there: for its user alone, like the agent's own.
const NEW_FILE_MODE: u32 = 0o600;

/// The settings file.
#[must_use]
pub fn settings_file(target: &Target) -> PathBuf {
    target.repository.root().join(".claude/settings.local.json")
}

/// The command that the agent runs.
#[must_use]
pub fn command(target: &Target) -> String {
    format!("{} hook claude-code", target.program_word())
}

/// The commands of the recorder's hooks that the settings hold now.
#[must_use]
pub fn installed_commands(target: &Target) -> Vec<String> {
    let text = std::fs::read_to_string(settings_file(target)).unwrap_or_default();
    our_commands(&text)
}

fn record_file(target: &Target) -> PathBuf {
    let root = sha256(target.repository.root().as_os_str().as_encoded_bytes()).to_string();
    let tree = root.get(..16).unwrap_or_default();
    target.records().join(format!("claude-code-{tree}.json"))
}

/// The steps that install the hooks; none if they are installed.
///
/// # Errors
/// If the settings are not strict JSON, or cannot be read.
pub fn install(target: &Target) -> Result<Vec<Step>, InstallError> {
    let path = settings_file(target);
    let now = FileImage::read(&path).map_err(InstallError::file(&path))?;
    let text = text_of(&path, now.as_ref())?;
    let refused = |reason| InstallError::Settings {
        path: path.clone(),
        reason,
    };
    let with = with_handlers(&text, &command(target)).map_err(refused)?;
    if now.is_some() && with == text {
        return Ok(Vec::new());
    }
    let before = Record::read(&record_file(target));
    let record = match before {
        Some(record) if record.is_untouched(now.as_ref()) => Record {
            left: sha256(with.as_bytes()),
            ..record
        },
        _ => {
            let original = match &now {
                // Handlers of an earlier installation that nobody has a record of.
                Some(image) => Some(FileImage {
                    content: without_handlers(&text).map_err(refused)?.into_bytes(),
                    mode: image.mode,
                }),
                None => None,
            };
            Record {
                original,
                left: sha256(with.as_bytes()),
                made_dirs: missing_dirs(&path),
                set_aside: None,
            }
        }
    };
    let mode = now.map_or(NEW_FILE_MODE, |image| image.mode);
    let note = record.note(record_file(target));
    let content = with.into_bytes();
    Ok(vec![
        note,
        Step::Write {
            path,
            content,
            mode,
        },
    ])
}

/// The steps that take the hooks out; none if there are none.
///
/// # Errors
/// If the settings are not strict JSON, or cannot be read.
pub fn uninstall(target: &Target) -> Result<Vec<Step>, InstallError> {
    let path = settings_file(target);
    let now = FileImage::read(&path).map_err(InstallError::file(&path))?;
    let record = Record::read(&record_file(target));
    let forget = Step::Remove {
        path: record_file(target),
    };
    let mut steps = match (record, &now) {
        (Some(record), now) if record.is_untouched(now.as_ref()) => record.restore(&path),
        (None, None) => return Ok(Vec::new()),
        (Some(_), None) => Vec::new(),
        (record, Some(image)) => {
            let text = text_of(&path, now.as_ref())?;
            let without = without_handlers(&text).map_err(|reason| InstallError::Settings {
                path: path.clone(),
                reason,
            })?;
            match (without == text, record) {
                (true, None) => return Ok(Vec::new()),
                (true, Some(_)) => Vec::new(),
                (false, _) => vec![Step::Write {
                    path,
                    content: without.into_bytes(),
                    mode: image.mode,
                }],
            }
        }
    };
    steps.push(forget);
    Ok(steps)
}

fn text_of(path: &std::path::Path, image: Option<&FileImage>) -> Result<String, InstallError> {
    let content = image.map_or_else(Vec::new, |image| image.content.clone());
    String::from_utf8(content).map_err(|_| InstallError::Settings {
        path: path.into(),
        reason: "is not UTF-8".into(),
    })
}
