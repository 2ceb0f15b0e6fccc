//! The command line of `verify-bundle token`.

use lexopt::prelude::{Long, Short, Value};
use proofline_tsa::{Imprint, TrustAnchor, pem};
use proofline_verifier::policy::parse_time;
use proofline_verifier::token::{RevocationDemand, imprint_algorithm, imprint_of_digest};

use super::{Command, text, usage, utf8};
use crate::io;
use crate::ui::{Output, Trouble};

const HELP: &str = "\
Check one RFC 3161 time-stamp response or token, of any authority, offline

usage: verify-bundle token [options] FILE (--data FILE | --digest HEX)

FILE is a response or a token, in DER, BER or PEM. Certificate files are PEM or DER and may hold
many. A root that comes inside a token is never trusted because it came there.

  --data FILE          what was stamped
  --digest HEX         its digest (SHA-256, SHA-384 or SHA-512)
  --tsa-root FILE      root certificates of authorities that you trust; repeatable
  --untrusted FILE     certificates that may help to build a path; repeatable
  --crl FILE           revocation lists, PEM or DER; repeatable
  --ocsp FILE          an OCSP response in DER; repeatable
  --request FILE       the request that was sent: nonce, imprint and policy are compared
  --require-revocation without an answer for every certificate the verdict is indeterminate
  --policy-oid OID     a policy that you accept, in dotted form; repeatable
  --time RFC3339       time of verification, instead of the clock's; a token is judged at its own

  --json               print one JSON document
  -q, --quiet          print one line
  -h, --help           print this

exit: 0 verified, 1 failed, 2 could not look, 3 indeterminate

examples:
  verify-bundle token stamp.tsr --data contract.pdf --tsa-root root.pem
  verify-bundle token stamp.tsr --digest 9e20…41 --tsa-root root.pem --crl tsa.crl --json
";

/// A check of one token that was asked for.
#[derive(Debug)]
pub(crate) struct TokenJob {
    pub(crate) name: String,
    pub(crate) token: Vec<u8>,
    pub(crate) expected: Option<Imprint>,
    pub(crate) roots: Vec<TrustAnchor>,
    pub(crate) untrusted: Vec<Vec<u8>>,
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) ocsp: Vec<Vec<u8>>,
    pub(crate) request: Option<Vec<u8>>,
    pub(crate) demand: RevocationDemand,
    pub(crate) policies: Vec<String>,
    pub(crate) now_seconds: i64,
    pub(crate) output: Output,
}

#[derive(Default)]
struct Arguments {
    file: Option<String>,
    data: Option<String>,
    digest: Option<String>,
    roots: Vec<String>,
    untrusted: Vec<String>,
    crls: Vec<String>,
    ocsp: Vec<String>,
    request: Option<String>,
    demand: RevocationDemand,
    policies: Vec<String>,
    time: Option<String>,
    output: Output,
}

/// Reads the arguments after `token`.
pub(super) fn parse(mut parser: lexopt::Parser) -> Result<Command, Trouble> {
    let mut arguments = Arguments::default();
    while let Some(argument) = parser.next().map_err(|error| usage(&error))? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Print(HELP.into())),
            Long("json") => arguments.output = Output::Json,
            Short('q') | Long("quiet") => arguments.output = Output::Quiet,
            Long("data") => arguments.data = Some(text(&mut parser)?),
            Long("digest") => arguments.digest = Some(text(&mut parser)?),
            Long("tsa-root") => arguments.roots.push(text(&mut parser)?),
            Long("untrusted") => arguments.untrusted.push(text(&mut parser)?),
            Long("crl") => arguments.crls.push(text(&mut parser)?),
            Long("ocsp") => arguments.ocsp.push(text(&mut parser)?),
            Long("request") => arguments.request = Some(text(&mut parser)?),
            Long("require-revocation") => arguments.demand = RevocationDemand::Known,
            Long("policy-oid") => arguments.policies.push(text(&mut parser)?),
            Long("time") => arguments.time = Some(text(&mut parser)?),
            Value(value) if arguments.file.is_none() => arguments.file = Some(utf8(value)?),
            other => return Err(usage(&other.unexpected())),
        }
    }
    arguments
        .into_job()
        .map(|job| Command::Token(Box::new(job)))
}

impl Arguments {
    fn into_job(self) -> Result<TokenJob, Trouble> {
        let help = "`verify-bundle token --help` shows examples";
        let name = self
            .file
            .ok_or_else(|| Trouble::new("no token was named").hint(help))?;
        let token = first_block(io::read(&name)?);
        let expected = match (&self.data, &self.digest) {
            (Some(path), None) => match imprint_algorithm(&token) {
                Some(algorithm) => Some(io::imprint(path, algorithm)?),
                None => None,
            },
            (None, Some(hex)) => Some(digest(&token, hex)?),
            _ => {
                return Err(Trouble::new("what was stamped? one of --data and --digest").hint(help));
            }
        };
        let mut roots = Vec::new();
        for path in &self.roots {
            for der in blocks(path, "CERTIFICATE")? {
                let root = TrustAnchor::from_der(&der)
                    .map_err(|error| Trouble::new(format!("root file `{path}`: {error}")))?;
                roots.push(root);
            }
        }
        let all = |paths: &[String], label: &str| -> Result<Vec<Vec<u8>>, Trouble> {
            let read: Result<Vec<_>, _> = paths.iter().map(|path| blocks(path, label)).collect();
            Ok(read?.concat())
        };
        Ok(TokenJob {
            untrusted: all(&self.untrusted, "CERTIFICATE")?,
            crls: all(&self.crls, "X509 CRL")?,
            ocsp: self
                .ocsp
                .iter()
                .map(|path| io::read(path).map(first_block))
                .collect::<Result<_, _>>()?,
            request: self.request.as_deref().map(io::read).transpose()?,
            demand: self.demand,
            policies: self.policies,
            now_seconds: match &self.time {
                None => io::now_micros().div_euclid(1_000_000),
                Some(time) => parse_time(time)
                    .ok_or_else(|| Trouble::new(format!("not an RFC 3339 time in UTC: `{time}`")))?
                    .div_euclid(1_000_000),
            },
            output: self.output,
            name,
            token,
            expected,
            roots,
        })
    }
}

/// A digest for a token, by its length.
fn digest(token: &[u8], hex: &str) -> Result<Imprint, Trouble> {
    let hex = hex.to_ascii_lowercase();
    let bytes: Option<Vec<u8>> = hex
        .as_bytes()
        .chunks(2)
        .map(proofline_format::encoding::hex_array::<1>)
        .map(|octet| octet.map(|[octet]| octet))
        .collect();
    bytes
        .and_then(|bytes| imprint_of_digest(token, &bytes))
        .ok_or_else(|| {
            Trouble::new(format!("not a digest: `{hex}`"))
                .hint("64, 96 or 128 hexadecimal characters")
        })
}

fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|window| window == b"-----BEGIN ")
}

/// The first block of a PEM text; anything else as it is.
pub(super) fn first_block(bytes: Vec<u8>) -> Vec<u8> {
    if !is_pem(&bytes) {
        return bytes;
    }
    let first = pem::blocks(&bytes)
        .ok()
        .and_then(|all| all.into_iter().next());
    first.map_or(bytes, |block| block.der)
}

/// What a file holds: every block of that label of a PEM text, or one structure in DER.
pub(super) fn blocks(path: &str, label: &str) -> Result<Vec<Vec<u8>>, Trouble> {
    let bytes = io::read(path)?;
    if !is_pem(&bytes) {
        return Ok(vec![bytes]);
    }
    let found = pem::blocks(&bytes)
        .map_err(|error| Trouble::new(format!("`{path}`: {error}")))?
        .into_iter()
        .filter(|block| block.label == label)
        .map(|block| block.der);
    let found: Vec<Vec<u8>> = found.collect();
    if found.is_empty() {
        return Err(Trouble::new(format!("`{path}` holds no {label}")));
    }
    Ok(found)
}
