//! `proofline tsa`: a time-stamp authority of one's own, for trying things out and for closed
//! networks. It attests what this machine's clock says, nothing more.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use clap::ValueEnum;
use proofline_tsa_authority::{Algorithm, Authority, Profile, serve};

use crate::place::shown;
use crate::ui::{Outcome, Ui};

/// Name of the root certificate's file.
const ROOT_FILE: &str = "root.pem";

const EXAMPLES: &str = "\
Examples:
  proofline tsa serve                                      on 127.0.0.1, any free port
  proofline tsa serve --listen 127.0.0.1:3161 --dir tsa    keys kept in a folder
  proofline tsa serve --algorithm p256                     smaller tokens";

/// Run a time-stamp authority of your own
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Root(RootArgs),
    Serve(ServeArgs),
}

const ROOT_EXAMPLES: &str = "\
Examples:
  proofline tsa root > tsa-root.pem
  proofline tsa root --dir tsa > tsa-root.pem
  proofline verify --tsa-root tsa-root.pem";

/// Print the root certificate as PEM: what an auditor passes as `--tsa-root`
#[derive(Debug, clap::Args)]
#[command(after_help = ROOT_EXAMPLES)]
struct RootArgs {
    /// Folder of its keys and certificates
    #[arg(long, value_name = "DIR", default_value = "proofline-tsa")]
    dir: PathBuf,
}

/// Answer RFC 3161 requests over HTTP until it is ended
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
struct ServeArgs {
    /// Address to listen on; a port alone is one of 127.0.0.1, port 0 any free one
    #[arg(long, value_name = "[ADDRESS:]PORT", default_value = "127.0.0.1:0", value_parser = address)]
    listen: SocketAddr,
    /// Folder of its keys and certificates; made if it is not there
    #[arg(long, value_name = "DIR", default_value = "proofline-tsa")]
    dir: PathBuf,
    /// Algorithm of its keys, where they are made now
    #[arg(long, value_enum, default_value_t = KeyAlgorithm::Rsa3072)]
    algorithm: KeyAlgorithm,
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
    match &args.action {
        Action::Root(args) => {
            let pem = Authority::load(&args.dir)?.root_pem();
            ui.text(&pem)?;
            Ok(())
        }
        Action::Serve(args) => listen(args, ui),
    }
}

fn listen(args: &ServeArgs, ui: &mut Ui) -> Outcome {
    let authority = load_or_make(&args.dir, args.algorithm)?;
    let root = args.dir.join(ROOT_FILE);
    let listener = TcpListener::bind(args.listen)
        .with_context(|| format!("cannot listen on {}", args.listen))?;
    ui.line(&format!("http://{}/", listener.local_addr()?))?;
    ui.note(&format!("root certificate: {}", shown(&root)));
    let never = AtomicBool::new(false);
    serve(&listener, &never, |query| {
        authority.respond(query, SystemTime::now())
    })?;
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
