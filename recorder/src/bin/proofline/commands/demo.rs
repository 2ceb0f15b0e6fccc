//! `proofline demo`: the whole way once, in a folder of its own, with nothing special-cased.
//!
//! It makes a git repository and an identity, starts a time-stamp authority on loopback, installs
//! the hooks, and then runs the very command strings that the installation wrote, as agents and
//! git would. Every step is a separate process of this program, so that what it shows is what a
//! user gets.

mod script;
mod world;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use self::world::World;
use crate::ui::{Outcome, Ui};

/// Exit code of `verify-bundle` for a verified bundle.
const VERIFIED: i32 = 0;
/// Exit code of `verify-bundle` for a failed one.
const FAILED: i32 = 1;
/// What the demonstration promises to show.
const MIN_ENTRIES: u64 = 30;
const MIN_CHECKPOINTS: u64 = 3;

/// Record, stamp, export and verify a small session from end to end
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  proofline demo                 in ./proofline-demo
  proofline demo /tmp/demo       in another folder
  verify-bundle proofline-demo/demo.bundle --device-key proofline-demo/device.pub.pem \\
      --tsa-root proofline-demo/tsa-root.pem --verbose

Exits 0 only if the bundle verifies and a copy with one flipped bit fails.")]
pub(crate) struct Args {
    /// Folder to make; it must not hold anything
    #[arg(default_value = "proofline-demo")]
    dir: PathBuf,
}

/// Runs the demonstration.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let world = World::make(&args.dir)?;
    ui.line(&format!(
        "a repository, an identity and an authority in {}",
        args.dir.display()
    ))?;
    world.with_authority(|world| play(world, ui))?;
    show_verified(&world, ui)?;
    show_flipped(&world, ui)?;
    Ok(())
}

/// The session and its export, while the authority answers.
fn play(world: &World, ui: &mut Ui) -> Result<()> {
    world.proofline(&["init", "claude-code", "git", "--tsa", world.url()])?;
    ui.line("hooks installed; now two agents and a person work")?;
    script::play(world)?;
    let bundle = world.path("demo.bundle");
    world.proofline(&["export", "--bundle", text(&bundle)?])?;
    let key = world.proofline(&["identity", "export"])?;
    world.write("device.pub.pem", &key.stdout)?;
    world.write("tsa-root.pem", world.root_pem().as_bytes())?;
    ui.line(&format!(
        "exported {} ({} bytes)",
        bundle.display(),
        std::fs::metadata(&bundle)?.len()
    ))?;
    Ok(())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("the folder's path is not UTF-8")
}

/// Runs the verifier beside this program on the bundle, with the two things a user must pin.
fn show_verified(world: &World, ui: &mut Ui) -> Result<()> {
    let json = world.verify("demo.bundle", &["--json"])?;
    let report: serde_json::Value = serde_json::from_slice(&json.stdout)?;
    let count = |name: &str| {
        let fact = report.pointer(&format!("/facts/{name}"));
        fact.and_then(serde_json::Value::as_u64).unwrap_or(0)
    };
    let shown = world.verify("demo.bundle", &[])?;
    ui.line("")?;
    ui.text(&String::from_utf8_lossy(&shown.stdout))?;
    ui.line("")?;
    if shown.status.code() != Some(VERIFIED) {
        bail!("the verifier did not accept the bundle");
    }
    let (entries, checkpoints) = (count("entries"), count("checkpoints"));
    if entries < MIN_ENTRIES || checkpoints < MIN_CHECKPOINTS {
        bail!("only {entries} entries and {checkpoints} checkpoints were recorded");
    }
    ui.line(&format!(
        "{entries} entries, {checkpoints} checkpoints, checked by a separate process"
    ))?;
    Ok(())
}

/// Flips one bit in a copy and shows that it is noticed.
fn show_flipped(world: &World, ui: &mut Ui) -> Result<()> {
    let mut bytes = std::fs::read(world.path("demo.bundle"))?;
    let middle = bytes.len() / 2;
    let byte = bytes.get_mut(middle).context("the bundle is empty")?;
    *byte ^= 1;
    world.write("flipped.bundle", &bytes)?;
    let shown = world.verify("flipped.bundle", &["--quiet"])?;
    ui.line(&format!("one bit flipped at byte {middle} of a copy:"))?;
    ui.text(&String::from_utf8_lossy(&shown.stdout))?;
    if shown.status.code() == Some(FAILED) {
        return Ok(());
    }
    bail!("the verifier did not refuse the copy")
}
