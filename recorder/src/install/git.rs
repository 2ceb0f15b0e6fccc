//! Git's hooks, as files in the folder that git says it runs them from.
//!
//! The git configuration is never touched: `core.hooksPath` belongs to whoever set it.
//!
//! A hook that is a POSIX shell script gets a marked block right after its first line. Not at its
//! end: a script may `exit` or `exec` before that. The block leaves arguments, standard input and
//! exit status alone. Anything else (a program, another language, a symbolic link to a file that
//! others use, a file that git ignores because it is not executable) is set aside under another
//! name, and a script in its place calls ours and then it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proofline_format::digest::sha256;

use super::record::{FileImage, Record, missing_dirs};
use super::{InstallError, Step, Target};
use crate::capture::git_process::{Environment, Git};

/// The hooks that are installed.
pub const HOOKS: &[&str] = &["pre-commit", "post-commit"];
/// What a hook that was there before is called meanwhile.
const SET_ASIDE: &str = "pre-proofline";
const BEGIN: &str = "# >>> proofline >>>";
const END: &str = "# <<< proofline <<<";
const NEW_FILE_MODE: u32 = 0o755;
const GIT_TIME: Duration = Duration::from_secs(10);

/// The folder git runs hooks from.
///
/// # Errors
/// If git does not say.
pub fn hooks_dir(target: &Target) -> Result<PathBuf, InstallError> {
    let root = target.repository.root();
    let git = Git::new(root, Environment::WorkTree, GIT_TIME);
    let refused = |reason: String| InstallError::Git {
        root: root.to_path_buf(),
        reason,
    };
    let output = git
        .run(&["rev-parse", "--git-path", "hooks"], b"")
        .map_err(|error| refused(error.to_string()))?;
    let text = String::from_utf8(output).map_err(|error| refused(error.to_string()))?;
    match text.trim_end_matches(['\n', '\r']) {
        "" => Err(refused("its answer is empty".into())),
        path => Ok(root.join(path)),
    }
}

/// The steps that install the hooks; none if they are installed.
///
/// # Errors
/// If git does not say where they belong, or a file cannot be read.
pub fn install(target: &Target) -> Result<Vec<Step>, InstallError> {
    let folder = hooks_dir(target)?;
    let mut steps = Vec::new();
    for hook in HOOKS {
        steps.extend(install_one(target, &folder.join(hook), hook)?);
    }
    Ok(steps)
}

/// The steps that take the hooks out; none if there are none.
///
/// # Errors
/// If git does not say where they are, or a file cannot be read.
pub fn uninstall(target: &Target) -> Result<Vec<Step>, InstallError> {
    let folder = hooks_dir(target)?;
    let mut steps = Vec::new();
    for hook in HOOKS {
        steps.extend(uninstall_one(target, &folder.join(hook))?);
    }
    Ok(steps)
}

/// Whether git would keep a file out of commits; `None` if git does not say.
#[must_use]
pub fn ignores(target: &Target, path: &Path) -> Option<bool> {
    let root = target.repository.root();
    let git = Git::new(root, Environment::WorkTree, GIT_TIME);
    let listed = git.run(
        &[
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
        ]
        .map(AsRef::as_ref)
        .into_iter()
        .chain([path.as_os_str()])
        .collect::<Vec<_>>(),
        b"",
    );
    listed.ok().map(|paths| paths.is_empty())
}

fn record_file(target: &Target, path: &Path) -> PathBuf {
    let name = sha256(path.as_os_str().as_encoded_bytes()).to_string();
    let name = name.get(..16).unwrap_or_default();
    target.records().join(format!("git-{name}.json"))
}

fn install_one(target: &Target, path: &Path, hook: &str) -> Result<Vec<Step>, InstallError> {
    let block = block(target, hook);
    let now = FileImage::read(path).map_err(InstallError::file(path))?;
    let before = Record::read(&record_file(target, path));
    let text = now
        .as_ref()
        .and_then(|image| String::from_utf8(image.content.clone()).ok());
    // Ours is in it: what is left to do is at most to name a program that moved.
    if let Some(replaced) = text.as_deref().and_then(|text| replace_block(text, &block)) {
        if Some(&replaced) == text.as_ref() {
            return Ok(Vec::new());
        }
        let mode = now.as_ref().map_or(NEW_FILE_MODE, |image| image.mode);
        let mut steps = Vec::new();
        if let Some(record) = before.filter(|record| record.is_untouched(now.as_ref())) {
            let left = sha256(replaced.as_bytes());
            steps.push(Record { left, ..record }.note(record_file(target, path)));
        }
        steps.push(write(path, replaced, mode));
        return Ok(steps);
    }
    let link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    let shell = text.as_deref().filter(|text| is_shell_script(text));
    let mut steps = Vec::new();
    let (script, mode, set_aside) = match (&now, shell) {
        (None, _) if !link => (format!("#!/bin/sh\n{block}"), NEW_FILE_MODE, None),
        (Some(image), Some(text)) if !link && image.mode & 0o111 != 0 => {
            (with_block(text, &block), image.mode, None)
        }
        _ => {
            let aside = path.with_extension(SET_ASIDE);
            if fs::symlink_metadata(&aside).is_ok() {
                return Err(InstallError::InTheWay { path: aside });
            }
            steps.push(Step::Rename {
                from: path.to_path_buf(),
                to: aside.clone(),
            });
            (chain(&block), NEW_FILE_MODE, Some(aside))
        }
    };
    let record = Record {
        original: if set_aside.is_some() { None } else { now },
        left: sha256(script.as_bytes()),
        made_dirs: missing_dirs(path),
        set_aside,
    };
    steps.insert(0, record.note(record_file(target, path)));
    steps.push(write(path, script, mode));
    Ok(steps)
}

fn uninstall_one(target: &Target, path: &Path) -> Result<Vec<Step>, InstallError> {
    let now = FileImage::read(path).map_err(InstallError::file(path))?;
    let record = Record::read(&record_file(target, path));
    let mut steps = match (&record, &now) {
        (Some(record), now) if record.is_untouched(now.as_ref()) => record.restore(path),
        (_, Some(image)) => {
            let text = String::from_utf8_lossy(&image.content);
            match replace_block(&text, "") {
                Some(without) => vec![write(path, without, image.mode)],
                None => Vec::new(),
            }
        }
        (_, None) => Vec::new(),
    };
    if record.is_some() {
        steps.push(Step::Remove {
            path: record_file(target, path),
        });
    }
    Ok(steps)
}

fn write(path: &Path, script: String, mode: u32) -> Step {
    Step::Write {
        path: path.to_path_buf(),
        content: script.into_bytes(),
        mode,
    }
}

fn block(target: &Target, hook: &str) -> String {
    let program = target.program_word();
    format!(
        "{BEGIN}\n\
         # Written by `proofline init`; `proofline init --uninstall` takes it out.\n\
         {program} hook git {hook} \"$@\" </dev/null || :\n\
         {END}\n"
    )
}

/// A script that calls ours and then the hook that was there, if git would have run it.
fn chain(block: &str) -> String {
    format!(
        "#!/bin/sh\n{block}\
         if [ -x \"$0.{SET_ASIDE}\" ]; then\n  exec \"$0.{SET_ASIDE}\" \"$@\"\nfi\n"
    )
}

fn with_block(script: &str, block: &str) -> String {
    match script.split_once('\n') {
        Some((first, rest)) => format!("{first}\n{block}{rest}"),
        None => format!("{script}\n{block}"),
    }
}

/// The script with our block replaced, or `None` if it has none.
fn replace_block(script: &str, block: &str) -> Option<String> {
    let (before, rest) = script.split_once(&format!("{BEGIN}\n"))?;
    let (_, after) = rest.split_once(&format!("{END}\n"))?;
    Some(format!("{before}{block}{after}"))
}

/// Whether the first line names a shell that reads the block as POSIX has it.
fn is_shell_script(text: &str) -> bool {
    let Some(line) = text.lines().next().and_then(|line| line.strip_prefix("#!")) else {
        return false;
    };
    // A carriage return in the first line is part of a name that does not exist.
    let mut words = line.split(' ').filter(|word| !word.is_empty());
    let base = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let mut name = words.next().map(base);
    if name.as_deref() == Some("env") {
        name = words.next().map(base);
    }
    matches!(
        name.as_deref(),
        Some("sh" | "bash" | "dash" | "ash" | "ksh" | "zsh")
    ) && !text.contains("\r\n")
}
