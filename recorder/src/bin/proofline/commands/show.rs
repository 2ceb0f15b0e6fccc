//! `proofline show`: one entry, checked.

use proofline::store::{Signed, Store};
use proofline_format::digest::Hash;
use proofline_format::entry::signed_bytes;
use proofline_format::json::{Value, parse_canonical};
use proofline_format::registry;

use crate::place::Place;
use crate::ui::{Failure, Outcome, Ui};

/// Entries listed where an id is not unique.
const LISTED_MAX: usize = 5;

const EXAMPLES: &str = "\
Examples:
  proofline show 8f14e45f              an id, or how it begins
  proofline show 17                    the entry at index 17
  proofline show 8f14e45f --json       for programs

Digits alone are an index, and only where there is no such entry the beginning of an id.";

/// Show one entry with the objects that it addresses, and check it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Id of the entry, or how it begins, or the entry's index
    #[arg(value_name = "ID")]
    id: String,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// An addressed object: column, address, and the object where it is kept.
type Addressed = (&'static str, Hash, Option<Value>);

/// What was found when the entry was checked.
struct Checked {
    chain: bool,
    link: bool,
    signature: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let store = Place::here()?.store()?;
    let signed = find(&store, &args.id)?;
    let checked = check(&store, &signed)?;
    let objects = objects(&store, &signed)?;
    if args.json {
        let object = |(column, address, object): &Addressed| {
            Value::object([
                ("column", (*column).into()),
                ("object", object.clone().unwrap_or(Value::Null)),
                ("sha256", (*address).into()),
            ])
        };
        ui.json(vec![
            (
                "checks",
                Value::object([
                    ("chain_hash", checked.chain.into()),
                    ("previous_hash", checked.link.into()),
                    ("signature", checked.signature.into()),
                ]),
            ),
            ("entry", parse_canonical(&signed.entry.line())?),
            ("index", signed.index.into()),
            ("key_fingerprint", signed.key_fingerprint.into()),
            ("objects", objects.iter().map(object).collect()),
        ])?;
    } else {
        print(&signed, &checked, &objects, ui)?;
    }
    if checked.chain && checked.link && checked.signature {
        Ok(())
    } else {
        Err(anyhow::anyhow!("entry {} does not hold", signed.index).into())
    }
}

fn find(store: &Store, id: &str) -> Result<Signed, Failure> {
    let is_index = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if is_index
        && let Ok(index) = id.parse()
        && let Some(found) = store.entry(index)?
    {
        return Ok(found);
    }
    let mut found = store.entries_by_id(&id.to_ascii_lowercase(), LISTED_MAX)?;
    if found.len() > 1 {
        let ids: Vec<String> = found.iter().map(|s| s.entry.id.to_string()).collect();
        let error = anyhow::anyhow!("`{id}` is the beginning of more than one id");
        return Err(Failure::with_hint(error, ids.join(", ")));
    }
    found.pop().ok_or_else(|| {
        let error = anyhow::anyhow!("no entry has an id that begins with `{id}`");
        Failure::with_hint(error, "`proofline log` shows ids")
    })
}

fn check(store: &Store, signed: &Signed) -> Result<Checked, Failure> {
    let before = match signed.index.checked_sub(1) {
        Some(before) => store.entry(before)?.map(|entry| entry.entry.chain_hash),
        None => None,
    };
    // A revocation may be signed by the recovery key that genesis names.
    let mut signers = vec![store.key_at(signed.index)?];
    if signed.entry.event_type == "key_revoke" {
        signers.extend(store.genesis().0.recovery_key);
    }
    let message = signed_bytes(&signed.entry.line());
    Ok(Checked {
        chain: signed.entry.computed_chain_hash() == signed.entry.chain_hash,
        link: signed.entry.previous_hash == before,
        signature: signers
            .iter()
            .any(|key| key.verify(&message, &signed.signature)),
    })
}

/// The addressed objects: column, address, and the object where it is kept.
fn objects(store: &Store, signed: &Signed) -> Result<Vec<Addressed>, Failure> {
    let mut objects = Vec::new();
    for (column, role, value) in registry::hash_columns(&signed.entry).into_iter().flatten() {
        let Some(address) = value.filter(|_| role.is_address()) else {
            continue;
        };
        let bytes = store.object(&address)?;
        let object = bytes.map(|bytes| parse_canonical(&bytes)).transpose()?;
        objects.push((column, address, object));
    }
    Ok(objects)
}

fn print(signed: &Signed, checked: &Checked, objects: &[Addressed], ui: &mut Ui) -> Outcome {
    let line = parse_canonical(&signed.entry.line())?;
    ui.line(&format!("entry {}", signed.index))?;
    for (name, value) in line.members().unwrap_or_default() {
        match value {
            Value::Null => ui.line(&format!("  {name:<20} -"))?,
            Value::String(text) => ui.line(&format!("  {name:<20} {text}"))?,
            Value::Integer(number) => ui.line(&format!("  {name:<20} {number}"))?,
            _ => {}
        }
    }
    for (column, address, object) in objects {
        ui.line(&format!("object in {column}: {address}"))?;
        match object {
            Some(object) => print_object(object, ui)?,
            None => ui.line("  not kept here")?,
        }
    }
    let holds = |good| if good { "holds" } else { "does not hold" };
    ui.line(&format!("chain hash {}", holds(checked.chain)))?;
    ui.line(&format!("link to the entry before {}", holds(checked.link)))?;
    ui.line(&format!(
        "signature {}, key {}",
        holds(checked.signature),
        signed.key_fingerprint
    ))?;
    Ok(())
}

fn print_object(object: &Value, ui: &mut Ui) -> Outcome {
    for (name, value) in object.members().unwrap_or_default() {
        let text = match value {
            Value::String(text) => text.clone(),
            value => {
                let mut text = String::new();
                proofline_format::json::write_value(&mut text, value);
                text
            }
        };
        ui.line(&format!("  {name:<20} {text}"))?;
    }
    Ok(())
}
