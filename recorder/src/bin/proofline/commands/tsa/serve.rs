//! `proofline tsa serve`: answering requests until the process is ended.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use clap::ValueEnum;
use proofline_tsa_authority::fault::Fault;
use proofline_tsa_authority::http_fault::HttpFault;
use proofline_tsa_authority::{Algorithm, Authority, Profile, serve};

use crate::place::shown;
use crate::ui::{Outcome, Ui};

/// Name of the root certificate's file.
const ROOT_FILE: &str = "root.pem";

const EXAMPLES: &str = "\
Examples:
  proofline tsa serve                                      on 127.0.0.1, any free port
  proofline tsa serve --listen 127.0.0.1:3161 --dir tsa    keys kept in a folder
  proofline tsa serve --fault nonce-wrong                  to see what is made of it";

/// Answer RFC 3161 requests over HTTP until it is ended
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Address to listen on; a port alone is one of 127.0.0.1, port 0 any free one
    #[arg(long, value_name = "[ADDRESS:]PORT", default_value = "127.0.0.1:0", value_parser = address)]
    listen: SocketAddr,
    /// Folder of its keys and certificates; made if it is not there
    #[arg(long, value_name = "DIR", default_value = "proofline-tsa")]
    dir: PathBuf,
    /// Algorithm of its keys, where they are made now
    #[arg(long, value_enum, default_value_t = KeyAlgorithm::Rsa3072)]
    algorithm: KeyAlgorithm,
    /// Do one thing wrong, in the answer or in HTTP; `list` prints the names of all
    #[arg(long, value_name = "NAME", value_parser = Wrong::parse)]
    fault: Option<Wrong>,
}

/// What a server does wrong, for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    List,
    Answer(Fault),
    Http(HttpFault),
}

impl Wrong {
    /// A name; where both tables have it, what is wrong with the answer comes first.
    fn parse(name: &str) -> Result<Self, String> {
        let answer = Fault::ALL.iter().find(|fault| fault.as_str() == name);
        let http = || HttpFault::by_name(name.strip_prefix("http-").unwrap_or(name));
        match (name, answer) {
            ("list", _) => Ok(Self::List),
            (_, Some(fault)) => Ok(Self::Answer(*fault)),
            (_, None) => http()
                .map(Self::Http)
                .ok_or_else(|| "no such fault; `--fault list` prints the names".into()),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KeyAlgorithm {
    /// RSA with 3,072 bits
    Rsa3072,
    /// ECDSA over P-256
    P256,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    if args.fault == Some(Wrong::List) {
        for fault in Fault::ALL {
            ui.line(fault.as_str())?;
        }
        for fault in HttpFault::ALL {
            ui.line(&format!("http-{}", fault.as_str()))?;
        }
        return Ok(());
    }
    listen(args, ui)
}

fn listen(args: &Args, ui: &mut Ui) -> Outcome {
    let authority = load_or_make(&args.dir, args.algorithm)?;
    let root = args.dir.join(ROOT_FILE);
    let listener = TcpListener::bind(args.listen)
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    ui.line(&format!("http://{}/", listener.local_addr()?))?;
    ui.note(&format!("root certificate: {}", shown(&root)));
    let never = AtomicBool::new(false);
    let respond = |query: &[u8]| authority.respond(query, SystemTime::now());
    match args.fault {
        Some(Wrong::Http(fault)) => fault.serve(&listener, &never, respond)?,
        Some(Wrong::Answer(fault)) => serve(&listener, &never, |query| {
            let spoiled = authority.respond_with_fault(query, SystemTime::now(), fault);
            spoiled.unwrap_or_else(|_| respond(query))
        })?,
        _ => serve(&listener, &never, respond)?,
    }
    Ok(())
}

/// Only who names another address is heard beyond this machine.
fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    let refused = |_| "not a port or an address with a port (127.0.0.1:3161)".to_owned();
    text.parse().map_err(refused)
}

fn load_or_make(dir: &Path, algorithm: KeyAlgorithm) -> anyhow::Result<Authority> {
    if dir.is_dir() && std::fs::read_dir(dir)?.next().is_some() {
        return Ok(Authority::load(dir)?);
    }
    let algorithm = match algorithm {
        KeyAlgorithm::Rsa3072 => Algorithm::Rsa3072,
        KeyAlgorithm::P256 => Algorithm::P256,
    };
    // A certificate that begins this very second is not yet valid on a clock that lags.
    let hour = Duration::from_secs(3_600);
    let began = SystemTime::now().checked_sub(hour);
    let began = began.unwrap_or(SystemTime::UNIX_EPOCH);
    let authority = Authority::generate(algorithm, &Profile::ten_years("Proofline", began))?;
    authority.save(dir)?;
    Ok(authority)
}
