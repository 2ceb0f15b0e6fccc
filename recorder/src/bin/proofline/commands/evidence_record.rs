//! `proofline evidence-record`: evidence that other people's archives and tools read (RFC 4998).

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;

use anyhow::{Context as _, anyhow, bail};
use clap::ValueEnum;
use proofline::authority::Authority;
use proofline::checkpoint::{Backoff, Why};
use proofline::clock;
use proofline::config::Config;
use proofline::stamp::{HttpStamper, Stamped, signer_of};
use proofline::store::Store;
use proofline_format::digest::sha256;
use proofline_format::entry::Entry;
use proofline_format::json::Value;
use proofline_format::object::ItemKind;
use proofline_tsa::{
    Code, EvidenceRecord, HashAlgorithm, Hasher, Imprint, Options, RecordCode, RecordReport,
    Response, Severity, SignatureState, TokenChain, rfc3339, verify_evidence_record,
};

use super::checkpoint::PATIENCE;
use crate::place::{Place, shown};
use crate::ui::{Failure, Outcome, Ui};

/// Octets read at once.
const CHUNK_BYTES: usize = 64 * 1024;

const EXAMPLES: &str = "\
Examples:
  proofline evidence-record q1.bundle -o q1.ers           a token over the bundle, as a record
  proofline evidence-record q1.bundle --renew q1.ers -o q1.ers
                                                          years later: add a token that lasts longer
  proofline evidence-record q1.bundle --renew q1.ers --hash sha512 -o q1.ers
                                                          the same, by a stronger hash algorithm
  proofline evidence-record --checkpoint 120 -o c120.ers  a stored token, without a network;
                                                          what it is about is written to c120.ers.data

verify-bundle evidence-record q1.ers --data q1.bundle --tsa-root root.pem
checks one, and so does any tool that knows RFC 4998.";

/// Write an evidence record of RFC 4998 over a bundle, a file or a checkpoint, or renew one
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The bundle, or any other file, that the record is about
    #[arg(required_unless_present = "checkpoint", conflicts_with = "checkpoint")]
    file: Option<PathBuf>,
    /// Where to write the record
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// A record of this file to renew
    #[arg(long, value_name = "FILE", conflicts_with = "checkpoint")]
    renew: Option<PathBuf>,
    /// The hash algorithm; with --renew, one that differs hashes everything anew
    #[arg(long, value_name = "NAME", conflicts_with = "checkpoint")]
    hash: Option<Hash>,
    /// Put the stored token of this checkpoint in a record, and write what it is about beside it
    #[arg(long, value_name = "SIZE")]
    checkpoint: Option<u64>,
    /// Ask this time-stamp authority, before those of the configuration (repeatable)
    #[arg(long, value_name = "URL|PRESET")]
    tsa: Vec<String>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    const fn algorithm(self) -> HashAlgorithm {
        match self {
            Self::Sha256 => HashAlgorithm::Sha256,
            Self::Sha384 => HashAlgorithm::Sha384,
            Self::Sha512 => HashAlgorithm::Sha512,
        }
    }
}

/// A record that was made, and what is to be said of it.
struct Made {
    record: Vec<u8>,
    digests: Vec<Imprint>,
    /// Who gave the token, if one was asked for.
    authority: Option<String>,
    /// Written beside it.
    data: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let is_renewed_in_place = args.renew.as_ref() == Some(&args.output);
    if args.output.exists() && !is_renewed_in_place {
        let error = anyhow!("{} exists", shown(&args.output));
        return Err(Failure::with_hint(error, "name another file with `-o`"));
    }
    let made = match (&args.file, args.checkpoint) {
        (_, Some(size)) => of_checkpoint(args, size)?,
        (Some(file), None) => of_file(args, file)?,
        (None, None) => return Err(anyhow!("nothing was named").into()),
    };
    // Read back as anybody would, before it is called a record.
    let options = Options::default();
    let report = verify_evidence_record(&made.record, &made.digests, &[], &options);
    if let Some(why) = against(&report) {
        return Err(anyhow!("no record written: {why}").into());
    }
    write(&args.output, &made.record)?;
    print(args, &made, &report, ui)
}

/// What speaks against a record, trust apart: no root was given, and none is wanted here.
fn against(report: &RecordReport) -> Option<String> {
    let findings = report.findings().iter();
    let other = findings.filter(|finding| {
        // Late or not, a renewal is better than none; it is said, and a verifier says it too.
        let is_late = finding.code() == RecordCode::RenewalLate;
        let is_about_trust = finding.code() == RecordCode::TimeStampUndetermined;
        finding.code().severity() > Severity::Note && !is_late && !is_about_trust
    });
    let mut reasons = other.map(ToString::to_string);
    let tokens = report.time_stamps().iter().filter(|stamp| {
        let token = stamp.report();
        let mut findings = token.findings().iter();
        let is_bad = findings.any(|finding| {
            finding.code().severity() > Severity::Note
                && finding.code() != Code::TrustAnchorNotGiven
        });
        is_bad || token.signature() != SignatureState::MatchesSigner
    });
    let mut tokens = tokens.map(|stamp| {
        let (chain, position) = (stamp.chain(), stamp.position());
        let findings = stamp.report().findings().iter();
        let worst = findings.max_by_key(|finding| finding.code().severity());
        let worst = worst.map_or_else(String::new, ToString::to_string);
        format!("chain {chain}, time stamp {position}: {worst}")
    });
    reasons.next().or_else(|| tokens.next())
}

fn of_file(args: &Args, file: &Path) -> Result<Made, Failure> {
    let digests = digests(file)?;
    let digest = |algorithm: HashAlgorithm| {
        let found = digests.iter().find(|one| one.algorithm() == algorithm);
        found.context("no digest by that algorithm")
    };
    let asking = Asking::of(args)?;
    let (record, authority) = match &args.renew {
        None => {
            let algorithm = args.hash.unwrap_or(Hash::Sha256).algorithm();
            let (token, authority) = asking.stamp(digest(algorithm)?)?;
            (EvidenceRecord::initial(algorithm, &token), authority)
        }
        Some(old) => {
            let bytes = fs::read(old).with_context(|| shown(old))?;
            let report = verify_evidence_record(&bytes, &digests, &[], &Options::default());
            if let Some(why) = against(&report) {
                return Err(anyhow!("{} is not renewed: {why}", shown(old)).into());
            }
            let record = EvidenceRecord::parse(&bytes).with_context(|| shown(old))?;
            let used = record.chain_algorithms().last().copied().flatten();
            match args.hash.map(Hash::algorithm) {
                Some(algorithm) if Some(algorithm) != used => {
                    let imprint = record.rehash_imprint(digest(algorithm)?);
                    let imprint = imprint.context("no imprint by that algorithm")?;
                    let (token, authority) = asking.stamp(&imprint)?;
                    (record.rehashed(algorithm, &token), authority)
                }
                _ => {
                    let imprint = record
                        .renewal_imprint()
                        .context("its algorithm is not known")?;
                    let (token, authority) = asking.stamp(&imprint)?;
                    let renewed = record
                        .renewed(&token)
                        .context("its algorithm is not known")?;
                    (renewed, authority)
                }
            }
        }
    };
    Ok(Made {
        record,
        digests,
        authority: Some(authority),
        data: None,
    })
}

/// The digests of a file by every algorithm, read once.
fn digests(path: &Path) -> anyhow::Result<Vec<Imprint>> {
    let mut file = File::open(path).with_context(|| shown(path))?;
    let hashers = HashAlgorithm::ALL
        .iter()
        .map(|algorithm| algorithm.hasher());
    let mut hashers: Vec<Hasher> = hashers.collect();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = file.read(&mut chunk).with_context(|| shown(path))?;
        let Some(read) = chunk.get(..count).filter(|read| !read.is_empty()) else {
            break;
        };
        for hasher in &mut hashers {
            hasher.update(read);
        }
    }
    Ok(hashers.into_iter().map(Hasher::finish).collect())
}

/// Whom to ask for tokens, and where it is remembered that they were asked.
struct Asking {
    authorities: Vec<Authority>,
    stamper: HttpStamper,
    /// The store's folder; outside a repository nothing is remembered.
    store_dir: Option<PathBuf>,
}

impl Asking {
    /// Those named on the command line, then those configured; outside a repository only the first.
    fn of(args: &Args) -> Result<Self, Failure> {
        let mut authorities = Vec::new();
        for named in &args.tsa {
            authorities.push(Authority::named(named)?);
        }
        let mut config = Config::default();
        let mut store_dir = None;
        if let Ok(place) = Place::here() {
            config = place.config()?;
            store_dir = Some(place.store_dir).filter(|dir| dir.is_dir());
        }
        for authority in &config.authorities {
            match authorities.iter_mut().find(|one| one.url == authority.url) {
                Some(named) => *named = authority.clone(),
                None => authorities.push(authority.clone()),
            }
        }
        if authorities.is_empty() {
            let error = anyhow!("no time-stamp authority");
            return Err(Failure::with_hint(error, "name one with `--tsa URL`"));
        }
        Ok(Self {
            authorities,
            stamper: HttpStamper::of(&config),
            store_dir,
        })
    }

    /// A token over an imprint, from the first authority that gives one; and who that was.
    fn stamp(&self, imprint: &Imprint) -> anyhow::Result<(Vec<u8>, String)> {
        let mut why = anyhow!("no time-stamp authority");
        for authority in &self.authorities {
            match self.ask(authority, imprint) {
                Ok(stamped) => {
                    let response = Response::parse(&stamped.response)?;
                    let token = response.token().context("response carries no token")?;
                    return Ok((token.to_vec(), authority.shown_url()));
                }
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    /// Asks one authority, by the rules that hold for checkpoints stamped by hand.
    fn ask(&self, authority: &Authority, imprint: &Imprint) -> anyhow::Result<Stamped> {
        let backoff = self.store_dir.as_deref().map(Backoff::load);
        let pause = backoff.and_then(|known| known.pause_by_hand(authority, clock::now()));
        if let Some(pause) = pause {
            let left = pause.left(clock::now());
            if pause.why != Why::Interval || left > PATIENCE {
                let until = pause.until().map(|until| until.to_string());
                let (until, why) = (until.unwrap_or_default(), pause.why.as_str());
                bail!("{authority} is not asked before {until} ({why})");
            }
            sleep(left);
        }
        let answer = self.stamper.stamp_imprint(authority, imprint);
        if let Some(store_dir) = &self.store_dir {
            // Read anew: others may have asked meanwhile.
            let mut backoff = Backoff::load(store_dir);
            let now = clock::now();
            match &answer {
                Ok(stamped) => {
                    backoff.succeeded(authority, now, signer_of(&stamped.response));
                }
                Err(error) => backoff.failed(authority, now, error),
            }
            // Forgotten, an authority is only asked too early.
            backoff.save(store_dir).ok();
        }
        Ok(answer?)
    }
}

/// The stored token of a checkpoint that lasts longest, and the octets that its imprint is of.
fn of_checkpoint(args: &Args, size: u64) -> Result<Made, Failure> {
    let place = Place::here()?;
    let store = place.store()?;
    let tokens = tokens(&store, size)?;
    let best = tokens.into_iter().max_by_key(|token| {
        TokenChain::of_token(token, &[], &[]).map_or(i64::MIN, |chain| chain.ends_at())
    });
    let Some(token) = best else {
        let error = anyhow!("checkpoint {size} has no token");
        return Err(Failure::with_hint(
            error,
            "`proofline restamp --dry-run` lists those that have",
        ));
    };
    let entry = store
        .entry(size)?
        .with_context(|| format!("there is no entry {size}"))?;
    let octets = chained_octets(&entry.entry)?;
    let digest = Imprint::of(HashAlgorithm::Sha256, &octets);
    let mut name = args.output.clone().into_os_string();
    name.push(".data");
    let data = PathBuf::from(name);
    if data.exists() {
        return Err(anyhow!("{} exists", shown(&data)).into());
    }
    write(&data, &octets)?;
    Ok(Made {
        record: EvidenceRecord::initial(HashAlgorithm::Sha256, &token),
        digests: vec![digest],
        authority: None,
        data: Some(data),
    })
}

/// What the chain hash of an entry is a hash of: the hash before it, in hexadecimal, and the line
/// without the hash itself.
fn chained_octets(entry: &Entry) -> anyhow::Result<Vec<u8>> {
    let line = String::from_utf8(entry.line())?;
    // Quotes inside a text are escaped, so the member is found where it stands.
    let member = format!("\"chain_hash\":\"{}\",", entry.chain_hash);
    let line = line.replacen(&member, "", 1);
    let before = entry.previous_hash.map(|hash| hash.to_string());
    let octets = [before.unwrap_or_default(), line].concat().into_bytes();
    if sha256(&octets) != entry.chain_hash {
        bail!("entry does not have the chain hash that it should have");
    }
    Ok(octets)
}

fn tokens(store: &Store, size: u64) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut tokens = Vec::new();
    for item in store.items(size)? {
        if item.kind == ItemKind::TimeStampResponse && size > 0 {
            let response = Response::parse(&item.bytes)?;
            tokens.extend(response.token().map(<[u8]>::to_vec));
        }
    }
    Ok(tokens)
}

/// Writes a file whole or not at all: a record that is renewed in its place must not be lost.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut name = path.to_path_buf().into_os_string();
    name.push(".new");
    let beside = PathBuf::from(name);
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    written.with_context(|| shown(path))
}

fn print(args: &Args, made: &Made, report: &RecordReport, ui: &mut Ui) -> Outcome {
    let stamps = report.time_stamps();
    let times = stamps.iter().filter_map(|stamp| {
        let claims = stamp.report().claims()?;
        Some(claims.gen_time.to_string())
    });
    let times: Vec<String> = times.collect();
    let last = stamps.last().and_then(|stamp| stamp.token_chain());
    let lasts_to = last.map(|chain| rfc3339(chain.ends_at()));
    if args.json {
        let data = made
            .data
            .as_ref()
            .map(|path| path.to_string_lossy().into_owned());
        ui.json(vec![
            ("authority", Value::text_or_null(made.authority.as_deref())),
            ("data", Value::text_or_null(data.as_deref())),
            ("lasts_to", Value::text_or_null(lasts_to.as_deref())),
            ("record", args.output.to_string_lossy().as_ref().into()),
            ("times", times.iter().map(String::as_str).collect()),
        ])?;
        return Ok(());
    }
    let count = times.len();
    let word = if count == 1 {
        "time stamp"
    } else {
        "time stamps"
    };
    let by = made
        .authority
        .as_ref()
        .map_or_else(String::new, |url| format!(", the last by `{url}`"));
    let output = shown(&args.output);
    ui.line(&format!(
        "{output}: {count} {word}, from {}{by}",
        times.first().map_or("", String::as_str)
    ))?;
    if let Some(data) = &made.data {
        ui.line(&format!("{}: what it is about", shown(data)))?;
    }
    if let Some(lasts_to) = lasts_to {
        ui.line(&format!("lasts to {lasts_to}: renew it before"))?;
    }
    for finding in report.findings() {
        if finding.code() == RecordCode::RenewalLate {
            ui.note(&format!("warning: {finding}"));
        }
    }
    Ok(())
}
