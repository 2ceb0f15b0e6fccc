//! The command line.

mod policy;
mod record;
mod token;

use std::ffi::OsString;

use lexopt::prelude::{Long, Short, Value};
use proofline_format::digest::Hash;
use proofline_tsa::Crl;
use proofline_verifier::Code;
use proofline_verifier::policy::{DeviceKey, Policy, RevocationDemand};

pub(crate) use self::record::RecordJob;
pub(crate) use self::token::TokenJob;
use crate::io;
use crate::ui::{Output, Trouble, explain};

const HELP: &str = "\
Check a Proofline evidence bundle, offline, without trusting who made it

usage: verify-bundle [options] BUNDLE
       verify-bundle timestamps [options] BUNDLE
       verify-bundle token [options] FILE (--data FILE | --digest HEX)
       verify-bundle evidence-record [options] FILE --data FILE
       verify-bundle --explain CODE

`timestamps --help` and `token --help` say more about the two.

A key or root that comes inside a bundle is never trusted because it came there.
Get both from somewhere else and pass them:

  --device-key KEY     fingerprint (64 hex), did:key, or a PEM file; repeatable
  --tsa-root ROOT      root of a time-stamp authority: a file of certificates, PEM or DER,
                       or the SHA-256 fingerprint of one (64 hex); repeatable
  --crl FILE           revocation lists, PEM or DER, beside those of the bundle; repeatable
  --require-revocation a token counts only with an answer for every certificate under it
  --expect-tip HASH    chain hash at which the bundle must end (from the delivery note)
  --policy FILE        JSON policy: keys, authorities, lists, demands (docs/trust.md); options
                       on the command line add to it
  --time RFC3339       time of verification, instead of the clock's

  --json               print the report as one JSON document
  -q, --quiet          print one line
  -v, --verbose        print every check, token and finding
  --explain CODE       print what a finding means and what to do
  --threads N          threads that check signatures (default: all cores)
  -h, --help           print this
  -V, --version        print the version

exit: 0 verified, 1 failed, 2 could not look, 3 indeterminate

examples:
  verify-bundle q1.bundle --device-key device.pub.pem --tsa-root tsa-root.pem
  verify-bundle q1.bundle --policy auditor.json --expect-tip 9e20…41 --json
  verify-bundle --explain time-lower-missing
";

const TIMESTAMPS_HELP: &str = "\
Show the time stamps of a bundle alone: when, by whose clock, and how surely

usage: verify-bundle timestamps [options] BUNDLE

A log of an AI agent's work is stamped again and again by time-stamp authorities (RFC 3161). This
prints every stamp: authority, serial number, time and accuracy, policy, path to the root, what may
be said of it at most (the rungs, explained at the end of the output), and which entries it bounds;
then, for every stretch of entries, between which times they were made, and the longest stretch
without an anchor. Integrity and time decide the verdict; who made the entries is not looked at.

An authority is trusted only by a root that you got elsewhere and pass:

  --tsa-root ROOT      a file of root certificates, PEM or DER, or a SHA-256 fingerprint (64 hex);
                       repeatable
  --policy FILE        JSON policy: authorities by name, with windows and policies, how many must
                       agree, snapshots of trusted lists (docs/trust.md)
  --time RFC3339       time of verification, instead of the clock's; a stamp is judged at its own

  --json               print one JSON document (schemas/timestamps-report.schema.json)
  -q, --quiet          print one line
  -v, --verbose        print every finding, however many
  -h, --help           print this

exit: 0 verified, 1 failed, 2 could not look, 3 indeterminate

examples:
  Which authorities were used? Without a root nothing is trusted, but their names are shown:
    verify-bundle timestamps q1.bundle
  Every stamp against a root from the authority's own site:
    verify-bundle timestamps q1.bundle --tsa-root tsa-root.pem
  Two authorities must agree, and a trusted list says who is qualified:
    verify-bundle timestamps q1.bundle --policy regulator.json --json
  where regulator.json holds
    {\"schema_version\": 1, \"independent_authorities\": 2, \"trusted_lists\": [\"EE.xml\"],
     \"authorities\": [{\"name\": \"First\", \"roots\": [{\"file\": \"first.pem\"}]},
                     {\"name\": \"Second\", \"roots\": [\"9e20…64 hex…41\"]}]}
";

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    /// Print a text and succeed.
    Print(String),
    /// Verify a bundle.
    Verify(Box<Job>),
    /// Show the time stamps of a bundle.
    Timestamps(Box<Job>),
    /// Check one token.
    Token(Box<TokenJob>),
    /// Check one evidence record.
    Record(Box<RecordJob>),
}

/// A verification that was asked for.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) bundle: String,
    pub(crate) policy: Policy,
    pub(crate) output: Output,
}

/// Reads the arguments and the files that they name.
pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Command, Trouble> {
    let mut arguments = Arguments::default();
    let (mut is_first, mut timestamps) = (true, false);
    while let Some(argument) = parser.next().map_err(|error| usage(&error))? {
        match argument {
            Short('h') | Long("help") => {
                let help = if timestamps { TIMESTAMPS_HELP } else { HELP };
                return Ok(Command::Print(help.into()));
            }
            Short('V') | Long("version") => {
                return Ok(Command::Print(
                    concat!("verify-bundle ", env!("CARGO_PKG_VERSION"), "\n").into(),
                ));
            }
            Long("explain") => return explain_code(&text(&mut parser)?),
            Long("json") => arguments.output = Output::Json,
            Short('q') | Long("quiet") => arguments.output = Output::Quiet,
            Short('v') | Long("verbose") => arguments.output = Output::Verbose,
            Long("device-key") => arguments.device_keys.push(text(&mut parser)?),
            Long("tsa-root") => arguments.tsa_roots.push(text(&mut parser)?),
            Long("crl") => arguments.crls.push(text(&mut parser)?),
            Long("require-revocation") => arguments.demand = RevocationDemand::Required,
            Long("expect-tip") => arguments.expected_tip = Some(text(&mut parser)?),
            Long("policy") => arguments.policy = Some(text(&mut parser)?),
            Long("time") => arguments.time = Some(text(&mut parser)?),
            Long("threads") => arguments.threads = Some(text(&mut parser)?),
            // A bundle of that name is `./token`, or `./timestamps`.
            Value(value) if is_first && value == "timestamps" => timestamps = true,
            Value(value) if is_first && value == "token" => return token::parse(parser),
            Value(value) if is_first && value == "evidence-record" => return record::parse(parser),
            Value(value) if arguments.bundle.is_none() => arguments.bundle = Some(utf8(value)?),
            other => return Err(usage(&other.unexpected())),
        }
        is_first = false;
    }
    let job = arguments.into_job()?;
    Ok(if timestamps {
        Command::Timestamps(Box::new(job))
    } else {
        Command::Verify(Box::new(job))
    })
}

fn usage(error: &lexopt::Error) -> Trouble {
    Trouble::new(error.to_string()).hint("`verify-bundle --help` lists what there is")
}

fn text(parser: &mut lexopt::Parser) -> Result<String, Trouble> {
    utf8(parser.value().map_err(|error| usage(&error))?)
}

fn utf8(value: OsString) -> Result<String, Trouble> {
    value
        .into_string()
        .map_err(|value| Trouble::new(format!("not UTF-8: {}", value.display())))
}

fn explain_code(name: &str) -> Result<Command, Trouble> {
    match Code::parse(name) {
        Some(code) => Ok(Command::Print(explain(code))),
        None => Err(Trouble::new(format!("no finding has the code `{name}`"))
            .hint("codes stand in the report, for example `time-lower-missing`")),
    }
}

#[derive(Default)]
struct Arguments {
    bundle: Option<String>,
    device_keys: Vec<String>,
    tsa_roots: Vec<String>,
    crls: Vec<String>,
    demand: RevocationDemand,
    expected_tip: Option<String>,
    policy: Option<String>,
    time: Option<String>,
    threads: Option<String>,
    output: Output,
}

impl Arguments {
    fn into_job(self) -> Result<Job, Trouble> {
        let bundle = self.bundle.ok_or_else(|| {
            Trouble::new("no bundle was named").hint("`verify-bundle --help` shows examples")
        })?;
        let mut policy = match &self.policy {
            None => Policy::default(),
            Some(path) => policy::load(path)?,
        };
        for key in &self.device_keys {
            policy.device_keys.push(device_key(key)?);
        }
        for root in &self.tsa_roots {
            policy::add_root(&mut policy, root)?;
        }
        for path in &self.crls {
            for der in token::blocks(path, "X509 CRL")? {
                Crl::parse(&der)
                    .map_err(|error| Trouble::new(format!("revocation list `{path}`: {error}")))?;
                policy.crls.push(der);
            }
        }
        if self.demand == RevocationDemand::Required {
            policy.revocation = self.demand;
        }
        if let Some(tip) = &self.expected_tip {
            let hash = Hash::from_hex(tip.to_ascii_lowercase().as_bytes());
            policy.expected_tip = Some(hash.ok_or_else(|| {
                Trouble::new(format!("expected tip is not 64 hex characters: `{tip}`"))
            })?);
        }
        policy::set_time(&mut policy, self.time.as_deref())?;
        policy.threads = match &self.threads {
            None => std::thread::available_parallelism().map_or(1, usize::from),
            Some(threads) => threads
                .parse()
                .ok()
                .filter(|threads| (1..=256).contains(threads))
                .ok_or_else(|| Trouble::new(format!("not a number of threads: `{threads}`")))?,
        };
        Ok(Job {
            bundle,
            policy,
            output: self.output,
        })
    }
}

/// A key as text, or the file that holds it.
fn device_key(argument: &str) -> Result<DeviceKey, Trouble> {
    if let Some(key) = DeviceKey::parse(argument) {
        return Ok(key);
    }
    let content = io::read(argument)?;
    let key = std::str::from_utf8(&content)
        .ok()
        .and_then(DeviceKey::parse);
    key.ok_or_else(|| {
        Trouble::new(format!("`{argument}` holds no device key"))
            .hint("a fingerprint (64 hex), a did:key, or a PEM `PUBLIC KEY` file")
    })
}
