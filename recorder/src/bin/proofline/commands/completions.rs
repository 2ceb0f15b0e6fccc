//! `proofline completions`: what a shell needs to complete our commands.

use clap::Command;
use clap_complete::Shell;

use crate::ui::{Outcome, Ui};

const EXAMPLES: &str = "\
Examples:
  proofline completions bash > ~/.local/share/bash-completion/completions/proofline
  proofline completions zsh > ~/.zfunc/_proofline
  proofline completions fish > ~/.config/fish/completions/proofline.fish";

/// Print the completions of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// Runs the command.
pub(crate) fn run(args: &Args, command: &mut Command, ui: &mut Ui) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "proofline", &mut script);
    ui.text(&String::from_utf8_lossy(&script))?;
    Ok(())
}
