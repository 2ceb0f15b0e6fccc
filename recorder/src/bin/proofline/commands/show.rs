//! `proofline show`: one entry, checked.

use proofline::store::{Signed, Store};
use proofline_format::digest::{Hash, sha256};
use proofline_format::entry::signed_bytes;
use proofline_format::json::{Value, parse_canonical};
use proofline_format::key::PublicKey;
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

/// An object that the entry addresses.
struct Addressed {
    column: &'static str,
    address: Hash,
    kept: Kept,
}

/// What the store has under an address.
enum Kept {
    Object(Value),
    Nothing,
    /// Something else.
    Altered,
}

/// What was found when the entry was checked.
struct Checked {
    chain: bool,
    link: bool,
    /// The key that verifies it.
    signer: Option<PublicKey>,
    objects: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let store = Place::here()?.store()?;
    let signed = find(&store, &args.id)?;
    let objects = objects(&store, &signed)?;
    let checked = check(&store, &signed, &objects)?;
    if args.json {
        let object = |addressed: &Addressed| {
            let object = match &addressed.kept {
                Kept::Object(object) => object.clone(),
                Kept::Nothing | Kept::Altered => Value::Null,
            };
            Value::object([
                ("altered", matches!(addressed.kept, Kept::Altered).into()),
                ("column", addressed.column.into()),
                ("object", object),
                ("sha256", addressed.address.into()),
            ])
        };
        ui.json(vec![
            (
                "checks",
                Value::object([
                    ("chain_hash", checked.chain.into()),
                    ("objects", checked.objects.into()),
                    ("previous_hash", checked.link.into()),
                    ("signature", checked.signer.is_some().into()),
                ]),
            ),
            ("entry", parse_canonical(&signed.entry.line())?),
            ("index", signed.index.into()),
            ("key_fingerprint", fingerprint(&checked)),
            ("objects", objects.iter().map(object).collect()),
        ])?;
    } else {
        print(&signed, &checked, &objects, ui)?;
    }
    if checked.chain && checked.link && checked.signer.is_some() && checked.objects {
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

/// The fingerprint of the key that verifies the entry; what the store says of it is not looked at.
fn fingerprint(checked: &Checked) -> Value {
    checked
        .signer
        .map_or(Value::Null, |key| key.fingerprint().into())
}

fn check(store: &Store, signed: &Signed, objects: &[Addressed]) -> Result<Checked, Failure> {
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
        signer: signers
            .into_iter()
            .find(|key| key.verify(&message, &signed.signature)),
        objects: !objects
            .iter()
            .any(|object| matches!(object.kept, Kept::Altered)),
    })
}

/// The addressed objects: column, address, and the object where it is kept.
fn objects(store: &Store, signed: &Signed) -> Result<Vec<Addressed>, Failure> {
    let mut objects = Vec::new();
    for (column, role, value) in registry::hash_columns(&signed.entry).into_iter().flatten() {
        let Some(address) = value.filter(|_| role.is_address()) else {
            continue;
        };
        let kept = match store.object(&address)? {
            None => Kept::Nothing,
            Some(bytes) if sha256(&bytes) == address => Kept::Object(parse_canonical(&bytes)?),
            Some(_) => Kept::Altered,
        };
        objects.push(Addressed {
            column,
            address,
            kept,
        });
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
    for object in objects {
        ui.line(&format!("object in {}: {}", object.column, object.address))?;
        match &object.kept {
            Kept::Object(object) => print_object(object, ui)?,
            Kept::Nothing => ui.line("  not kept here")?,
            Kept::Altered => ui.line("  what is kept here does not match this address")?,
        }
    }
    let holds = |good| if good { "holds" } else { "does not hold" };
    ui.line(&format!("chain hash {}", holds(checked.chain)))?;
    ui.line(&format!("link to the entry before {}", holds(checked.link)))?;
    let signature = match checked.signer {
        Some(key) => format!("signature holds, key {}", key.fingerprint()),
        None => "signature does not hold".into(),
    };
    ui.line(&signature)?;
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
