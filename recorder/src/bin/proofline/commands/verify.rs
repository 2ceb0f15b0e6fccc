//! `proofline verify`: the auditor's own checks on the whole local store.
//!
//! The store is exported to a temporary file, tail included, and the verifier decides about that
//! file. There is no second opinion of the recorder about its own chain.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

use anyhow::{Context as _, anyhow};
use proofline::export::{Disclosure, Request, Tail, export};
use proofline_verifier::policy::DeviceKey;
use proofline_verifier::text::{Detail, full, quiet};
use proofline_verifier::{Policy, Report, Source, SourceError, verify};

use crate::place::Place;
use crate::ui::{Failure, Ui};

/// Exit code for everything that kept us from looking.
const COULD_NOT_LOOK: u8 = 2;

/// Check the whole local store with the verifier's own code
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  proofline verify --tsa-root tsa-root.pem --verbose
  proofline verify --policy auditor.json
  proofline verify --json | jq .broken_at

The log's first key and its tip are pinned from the store, unless the policy pins others; a
time-stamp root must be given, by --tsa-root or in the policy, which is the same file that
verify-bundle reads.
Exit: 0 verified, 1 failed, 2 could not look, 3 indeterminate.")]
pub(crate) struct Args {
    /// Root certificates of time-stamp authorities (repeatable)
    #[arg(long, value_name = "PEM")]
    tsa_root: Vec<PathBuf>,
    /// Policy: authorities, lists, demands
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Print the report as one JSON document
    #[arg(long, conflicts_with_all = ["quiet", "verbose"])]
    json: bool,
    /// Print one line
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Print every check, token and finding
    #[arg(short, long)]
    verbose: bool,
}

/// Runs the command; the verdict is the exit code, whatever becomes of the pipe.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> ExitCode {
    match verify_store(args) {
        Ok((report, name)) => {
            let text = if args.json {
                report.to_json() + "\n"
            } else if args.quiet {
                quiet(&report, &name)
            } else {
                let detail = if args.verbose {
                    Detail::Long
                } else {
                    Detail::Short
                };
                full(&report, &name, detail, Ui::terminal())
            };
            ui.text(&text).ok();
            ExitCode::from(report.verdict().exit_code())
        }
        Err(failure) => {
            ui.error(&failure);
            ExitCode::from(COULD_NOT_LOOK)
        }
    }
}

fn verify_store(args: &Args) -> Result<(Report, String), Failure> {
    let place = Place::here()?;
    let store = place.store()?;
    let mut policy = match &args.policy {
        Some(path) => read_policy(path)?,
        None => Policy::default(),
    };
    policy.threads = std::thread::available_parallelism().map_or(1, usize::from);
    // What the user pins is not replaced by what the store says of itself.
    if policy.device_keys.is_empty() {
        let keys = store.keys()?;
        let first = keys.first().map(|(_, key)| DeviceKey::Key(*key));
        policy.device_keys.extend(first);
    }
    for path in &args.tsa_root {
        let pem =
            std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        policy
            .add_roots(&pem)
            .map_err(|error| anyhow!("`{}`: {error}", path.display()))?;
    }
    let temporary = Temporary::beside(&place.store_dir);
    let request = Request {
        tail: Tail::Included,
        // Of what is kept, nothing is taken on trust.
        disclosure: Disclosure::AsKept,
        ..Request::default()
    };
    let exported = export(&store, place.recorder().keys(), &request, &temporary.0)?;
    // Hooks go on meanwhile: the tip that the store had when it was exported.
    let last = store.entry(exported.range.1)?;
    let tip = last.map(|last| last.entry.chain_hash);
    policy.expected_tip = policy.expected_tip.or(tip);
    let source = FileSource::open(&temporary.0)?;
    let report = verify(&source, &policy)?;
    Ok((report, store.path().display().to_string()))
}

/// A policy, with the files that it names, which lie relative to it.
fn read_policy(path: &Path) -> Result<Policy, Failure> {
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{shown}`"))?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let mut read_file =
        |name: &str| std::fs::read(folder.join(name)).map_err(|error| error.to_string());
    let policy = Policy::parse_with(&bytes, &mut read_file);
    Ok(policy.map_err(|error| anyhow!("policy `{shown}`: {error}"))?)
}

/// A file that is gone when this is dropped.
struct Temporary(PathBuf);

impl Temporary {
    fn beside(store_dir: &Path) -> Self {
        Self(store_dir.join(format!("verify.{}.bundle", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Left behind, it is only in the way: it can be made again at any time.
        std::fs::remove_file(&self.0).ok();
    }
}

struct FileSource {
    file: Mutex<File>,
    size_bytes: u64,
}

impl FileSource {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let size_bytes = file.metadata()?.len();
        Ok(Self {
            file: Mutex::new(file),
            size_bytes,
        })
    }
}

impl Source for FileSource {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let mut file = self.file.lock().map_err(|_| SourceError)?;
        file.seek(SeekFrom::Start(offset))
            .map_err(|_| SourceError)?;
        file.read_exact(buffer).map_err(|_| SourceError)
    }
}
