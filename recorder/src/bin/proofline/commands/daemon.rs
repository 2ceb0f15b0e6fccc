//! `proofline daemon`: the scheduler as a process that stays, and as a service of the user.

mod service;

use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use proofline::daemon::{Daemon, LOOK_EVERY, Look};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

pub(crate) use self::service::{Plan, installed};
use crate::place::{Place, shown};
use crate::ui::{Failure, Outcome, Ui};

const EXAMPLES: &str = "\
Examples:
  proofline daemon                in the foreground, until it is ended
  proofline daemon install        as a service of this user, for this repository
  proofline daemon print          show what would be installed

It makes a checkpoint of this repository's log when one is due, and has what waits stamped.
Without it hooks start the same work. What it does is in the log that `proofline status` names.";

/// Make checkpoints when they are due, and have them stamped, until it is ended
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Do what is due now, and end
    #[arg(long)]
    once: bool,
    /// Look at the store this often, in place of every 5 seconds
    #[arg(long, value_name = "SECONDS", value_parser = interval)]
    interval: Option<Duration>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Install it as a service of this user, for this repository
    Install(ServiceArgs),
    /// Show the service's file
    Print,
    /// Take the service out again
    Uninstall(ServiceArgs),
}

#[derive(Debug, clap::Args)]
struct ServiceArgs {
    /// Show what would be changed, and change nothing
    #[arg(long)]
    print: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn interval(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let interval = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    if interval < Duration::from_millis(10) {
        return Err("less than 0.01".into());
    }
    Ok(interval)
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let place = Place::here()?;
    let (service, is_install) = match &args.action {
        None => return stay(args, place, ui),
        Some(Action::Print) => {
            ui.text(&Plan::of(&place)?.service().text()?)?;
            return Ok(());
        }
        Some(Action::Install(service)) => (service, true),
        Some(Action::Uninstall(service)) => (service, false),
    };
    let plan = Plan::of(&place)?;
    if is_install {
        // A service of a store that is not there would wait for ever, and nobody would know.
        drop(place.store()?);
    }
    let report = match (is_install, service.print) {
        (true, true) => plan.show_install()?,
        (true, false) => plan.install()?,
        (false, true) => plan.show_uninstall()?,
        (false, false) => plan.uninstall()?,
    };
    if service.json {
        ui.json(report.members().into())?;
        return Ok(());
    }
    for line in &report.lines {
        ui.line(line)?;
    }
    Ok(())
}

fn stay(args: &Args, place: Place, ui: &mut Ui) -> Outcome {
    let store = shown(&place.store_dir);
    let daemon = Daemon::start(place.root, place.store_dir, place.home)
        .context("cannot take the daemon's lock")?;
    let Some(mut daemon) = daemon else {
        return Err(Failure::with_hint(
            anyhow!("the daemon of {store} runs already"),
            "`proofline status` shows what it does",
        ));
    };
    if args.once {
        return once(&mut daemon, &store, ui);
    }
    let stop = ended_by_signal().context("cannot listen for signals")?;
    let every = args.interval.unwrap_or(LOOK_EVERY);
    ui.note(&format!(
        "looking after {store} every {} s",
        every.as_secs_f64()
    ));
    daemon.run(&stop, every);
    Ok(())
}

fn once(daemon: &mut Daemon, store: &str, ui: &mut Ui) -> Outcome {
    match daemon.look(None) {
        Look::NoStore => ui.line(&format!("there is no store {store}"))?,
        Look::Nothing => ui.line("nothing was due")?,
        Look::Worked(outcome) => {
            if let Some(sealed) = &outcome.sealed {
                ui.line(&format!("checkpoint {} made", sealed.size))?;
            }
            for (size, url) in &outcome.tokens {
                ui.line(&format!("checkpoint {size} stamped by `{url}`"))?;
            }
            for (url, why) in &outcome.failures {
                ui.note(&format!("warning: no token from `{url}`: {why}"));
            }
            for line in outcome.revocation.lines() {
                ui.note(&format!("warning: {line}"));
            }
            ui.line(&format!("{} checkpoints wait for a token", outcome.queued))?;
        }
    }
    Ok(())
}

/// Hears the first signal to end, which lets what is under way come to its end; the second ends
/// the process at once, and the store survives that too.
fn ended_by_signal() -> std::io::Result<Receiver<()>> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let (stop, stopped) = channel();
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let mut is_first = true;
            for signal in signals.forever() {
                if !is_first {
                    emulate_default_handler(signal).ok();
                }
                is_first = false;
                stop.send(()).ok();
            }
        })?;
    Ok(stopped)
}

const _: () = assert!(
    LOOK_EVERY.as_secs() == 5,
    "the default of --interval says so"
);
