//! `proofline tsa roots`: the configured roots, for whoever is to check the time stamps.

use proofline::authority::Roots;
use proofline::config::Config;

use crate::place::Place;
use crate::ui::{Failure, Outcome, Ui};

const EXAMPLES: &str = "\
Examples:
  proofline tsa roots > tsa-roots.pem
  proofline export --bundle q1.bundle --tsa-roots tsa-roots.pem
  proofline verify --tsa-root tsa-roots.pem

An auditor takes roots from the authorities themselves, and compares the fingerprints.";

/// Print the root certificates that the configured authorities are checked against, as PEM
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {}

/// Runs the command.
pub(crate) fn run(_: &Args, ui: &mut Ui) -> Outcome {
    let place = Place::here()?;
    let text = text(&place.config()?, ui)?;
    ui.text(&text)?;
    Ok(())
}

/// The roots of every configured authority, each once, with what identifies it. Says of whom there
/// are none.
pub(crate) fn text(config: &Config, ui: &mut Ui) -> Result<String, Failure> {
    let mut text = String::new();
    for authority in &config.authorities {
        let Some(path) = &authority.root else {
            ui.note(&format!(
                "warning: no `root` is configured for `{authority}`"
            ));
            continue;
        };
        for anchor in &Roots::read(path)?.anchors {
            let pem = proofline_tsa::pem::encode_certificate(anchor.der());
            if text.contains(&pem) {
                continue;
            }
            let subject: String = anchor.subject().escape_debug().collect();
            text.push_str(&format!("# {subject}\n"));
            text.push_str(&format!("# SHA-256 {}\n{pem}", anchor.fingerprint_hex()));
        }
    }
    if text.is_empty() {
        let error = anyhow::anyhow!("no root certificate is configured");
        let hint = "name a PEM file as `root` of a `[[tsa]]` in proofline.toml";
        return Err(Failure::with_hint(error, hint));
    }
    Ok(text)
}
