//! `proofline identity`: the log's name and its keys.

use std::fs;
use std::path::PathBuf;

use proofline::identity::{self, Changed, Revoker};
use proofline::keys::DeviceKey;
use proofline_format::json::Value;
use proofline_format::key::PublicKey;
use proofline_format::note::verifier_key;

use crate::place::{Place, no_store, shown};
use crate::ui::{Failure, Outcome, Ui};

const EXAMPLES: &str = "\
Examples:
  proofline identity                              origin, keys, and since when each is valid
  proofline identity export --out device.pub.pem  what an auditor pins
  proofline identity rotate                       replace the device key in good order";

/// Show the log's identity, hand its key over, or replace it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Print the outcome as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show origin and keys
    Show,
    /// Replace the device key: the old one signs for the new one
    Rotate,
    /// Revoke the device key, and name its successor
    Revoke(RevokeArgs),
    /// Print the public key that names the log, as PEM: it stands for its successors too
    Export(ExportArgs),
}

#[derive(Debug, clap::Args)]
struct RevokeArgs {
    /// Why, in the words of RFC 5280: `keyCompromise`, `superseded`, `cessationOfOperation`
    #[arg(long, value_name = "REASON", default_value = "keyCompromise")]
    reason: String,
    /// Sign with the recovery key that genesis names, a PKCS#8 PEM file, not with the device key
    #[arg(long, value_name = "PEM")]
    recovery_key: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct ExportArgs {
    /// Print the key that is valid now instead: it does not stand for its predecessors
    #[arg(long)]
    current: bool,
    /// Write it to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// As a verifier key of signed notes, the form that witnesses take, instead of PEM
    #[arg(long)]
    vkey: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let place = Place::here()?;
    match &args.action {
        None | Some(Action::Show) => show(args, &place, ui),
        Some(Action::Export(options)) => export(args, options, &place, ui),
        Some(Action::Rotate) => {
            drop(place.store()?);
            let changed = identity::rotate(&mut place.recorder())?;
            print_change(args, "rotated", &changed, ui)
        }
        Some(Action::Revoke(revoke)) => {
            drop(place.store()?);
            let revoker = revoker(revoke)?;
            let changed = identity::revoke(&mut place.recorder(), revoker, &revoke.reason)?;
            print_change(args, "revoked", &changed, ui)
        }
    }
}

fn export(args: &Args, options: &ExportArgs, place: &Place, ui: &mut Ui) -> Outcome {
    let store = place.store()?;
    let key = if options.current {
        store.key_at(store.tip()?.index.saturating_add(1))?
    } else {
        store.genesis().0.public_key
    };
    let text = if options.vkey {
        verifier_key(store.origin(), &key) + "\n"
    } else {
        key.to_pem()
    };
    if let Some(path) = &options.out {
        fs::write(path, &text)
            .map_err(|error| anyhow::anyhow!("cannot write {}: {error}", shown(path)))?;
    }
    if args.json {
        let mut members = vec![
            ("pem", key.to_pem().into()),
            ("vkey", verifier_key(store.origin(), &key).into()),
        ];
        let identity = key_value(&key);
        members.extend(
            identity
                .iter()
                .map(|(name, value)| (name.as_str(), value.clone())),
        );
        ui.json(members)?;
    } else if let Some(path) = &options.out {
        ui.line(&format!("{} holds key {}", shown(path), key.fingerprint()))?;
    } else {
        ui.text(&text)?;
    }
    Ok(())
}

fn revoker(args: &RevokeArgs) -> Result<Revoker, Failure> {
    let Some(path) = &args.recovery_key else {
        return Ok(Revoker::Itself);
    };
    let pem = fs::read_to_string(path)
        .map_err(|error| anyhow::anyhow!("cannot read {}: {error}", shown(path)))?;
    let key = DeviceKey::from_pem(&pem)
        .ok_or_else(|| anyhow::anyhow!("{} is no Ed25519 key in PKCS#8 PEM", shown(path)))?;
    Ok(Revoker::Recovery(Box::new(key)))
}

fn key_value(key: &PublicKey) -> Vec<(String, Value)> {
    vec![
        ("did".into(), key.did().into()),
        ("fingerprint".into(), key.fingerprint().into()),
        ("public_key".into(), key.to_hex().into()),
    ]
}

fn show(args: &Args, place: &Place, ui: &mut Ui) -> Outcome {
    let store = place.store()?;
    let keys = store.keys().map_err(no_store)?;
    let recovery = store.genesis().0.recovery_key;
    if args.json {
        let epochs = keys.iter().map(|(first, key)| {
            let mut members = key_value(key);
            members.push(("first_index".into(), (*first).into()));
            Value::Object(members)
        });
        ui.json(vec![
            ("keys", epochs.collect()),
            ("origin", store.origin().into()),
            (
                "recovery_key",
                recovery.map_or(Value::Null, |key| Value::Object(key_value(&key))),
            ),
        ])?;
        return Ok(());
    }
    ui.field("origin", store.origin())?;
    let mut newest_first = keys.iter().rev();
    if let Some((first, key)) = newest_first.next() {
        ui.field("device key", key.fingerprint())?;
        ui.field("", key.did())?;
        ui.field("", format!("valid from entry {first} on"))?;
    }
    for (first, key) in newest_first {
        ui.field("earlier key", key.fingerprint())?;
        ui.field("", format!("valid from entry {first} on"))?;
    }
    match recovery {
        Some(key) => ui.field("recovery key", key.fingerprint())?,
        None => ui.field("recovery key", "none")?,
    }
    Ok(())
}

fn print_change(args: &Args, what: &str, changed: &Changed, ui: &mut Ui) -> Outcome {
    if args.json {
        ui.json(vec![
            ("change", what.into()),
            ("index", changed.index.into()),
            ("new", Value::Object(key_value(&changed.new))),
            ("old", Value::Object(key_value(&changed.old))),
        ])?;
        return Ok(());
    }
    ui.line(&format!("device key {what} by entry {}", changed.index))?;
    ui.field("old", changed.old.fingerprint())?;
    ui.field("new", changed.new.fingerprint())?;
    Ok(())
}
