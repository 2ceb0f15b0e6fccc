//! `proofline verify-bundle`: the verifier, which is a program of its own.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::anyhow;

use crate::ui::{Failure, Ui};

/// Exit code for everything that kept us from looking.
const COULD_NOT_LOOK: u8 = 2;

/// Check an evidence bundle: runs `verify-bundle`, which lies beside this program
#[derive(Debug, clap::Args)]
#[command(
    disable_help_flag = true,
    after_help = "Examples:
  proofline verify-bundle --help
  proofline verify-bundle q3.bundle --device-key device.pub.pem --tsa-root tsa-root.pem
  proofline verify-bundle q3.bundle --json

Every argument is handed on; output and exit code are those of `verify-bundle`."
)]
pub(crate) struct Args {
    /// Arguments of `verify-bundle`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> ExitCode {
    match hand_over(args) {
        Ok(code) => code,
        Err(failure) => {
            ui.error(&failure);
            ExitCode::from(COULD_NOT_LOOK)
        }
    }
}

fn hand_over(args: &Args) -> Result<ExitCode, Failure> {
    let own = std::env::current_exe()?;
    let verifier = own.with_file_name(format!("verify-bundle{}", std::env::consts::EXE_SUFFIX));
    if !verifier.is_file() {
        return Err(Failure::with_hint(
            anyhow!("`{}` is not there", verifier.display()),
            "`cargo build --release --locked` makes both programs",
        ));
    }
    let mut command = Command::new(verifier);
    command.args(&args.arguments);
    replace_by(command)
}

/// Becomes the other program, so that pipes and exit code are its own.
#[cfg(unix)]
fn replace_by(mut command: Command) -> Result<ExitCode, Failure> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn replace_by(mut command: Command) -> Result<ExitCode, Failure> {
    let code = command
        .status()?
        .code()
        .and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(COULD_NOT_LOOK)))
}
