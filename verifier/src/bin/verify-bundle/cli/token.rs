//! The command line of `verify-bundle token`.

use lexopt::prelude::{Long, Short, Value};
use proofline_tsa::{Imprint, pem};
use proofline_verifier::Policy;
use proofline_verifier::policy::RevocationDemand;
use proofline_verifier::token::{imprint_algorithm, imprint_of_digest};

use super::{Command, text, usage, utf8};
use crate::io;
use crate::ui::{Output, Trouble};

const HELP: &str = "\
Check one RFC 3161 time-stamp response or token, of any authority, offline

usage: verify-bundle token [options] FILE (--data FILE | --digest HEX)

FILE is a response or a token, in DER, BER or PEM; `-` is standard input. Certificate files are PEM
or DER, and PEM files may hold many. A root that comes inside a token is never trusted because it
came there.

  --data FILE          what was stamped
  --digest HEX         its digest, by the algorithm that the token names
  --tsa-root ROOT      root of an authority that you trust: a file of certificates, or the SHA-256
                       fingerprint of one (64 hex); repeatable
  --untrusted FILE     certificates that may help to build a path; repeatable
  --crl FILE           revocation lists, PEM or DER; repeatable
  --ocsp FILE          an OCSP response in DER; repeatable
  --request FILE       the request that was sent: nonce, imprint and policy are compared
  --require-revocation without an answer for every certificate the verdict is indeterminate
  --policy-oid OID     a policy that you accept, in dotted form; repeatable
  --policy FILE        JSON policy: authorities with windows and policies, trusted lists, what
                       legacy is let pass (docs/trust.md); options on the command line add to it
  --time RFC3339       time of verification, instead of the clock's; a token is judged at its own

  --json               print one JSON document (schemas/token-report.schema.json)
  -q, --quiet          print one line
  -h, --help           print this

exit: 0 verified, 1 failed, 2 could not look, 3 indeterminate

verified: it holds, stamps your data, and leads to a root that you gave; without --crl or --ocsp
  revocation is NOT CHECKED, which is said and decides nothing unless you require it
failed: it stamps something else, its signature or profile is broken, its signer is an authority of
  certificates, or a certificate of its path had been revoked by its time
indeterminate: nothing is wrong and something is missing: a root, a path to one, an algorithm that
  is known here; or its key was compromised later

examples:
  What does it say? Without a root the answer is indeterminate, and the signer's name is shown:
    verify-bundle token stamp.tsr --data contract.pdf
  The whole check, and the answer for a script:
    verify-bundle token stamp.tsr --data contract.pdf --tsa-root root.pem --crl tsa.crl --json
  Where only the digest may travel (openssl dgst -sha256 contract.pdf):
    verify-bundle token stamp.tsr --digest 9e20…64 hex…41 --tsa-root root.pem
";

/// A check of one token that was asked for.
#[derive(Debug)]
pub(crate) struct TokenJob {
    pub(crate) name: String,
    pub(crate) token: Vec<u8>,
    pub(crate) expected: Option<Imprint>,
    pub(crate) policy: Policy,
    pub(crate) untrusted: Vec<Vec<u8>>,
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) ocsp: Vec<Vec<u8>>,
    pub(crate) request: Option<Vec<u8>>,
    pub(crate) demand: RevocationDemand,
    pub(crate) policies: Vec<String>,
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
    policy: Option<String>,
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
            Long("require-revocation") => arguments.demand = RevocationDemand::Required,
            Long("policy") => arguments.policy = Some(text(&mut parser)?),
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
        let mut policy = match &self.policy {
            None => Policy::default(),
            Some(path) => super::policy::load(path)?,
        };
        for root in &self.roots {
            super::policy::add_root(&mut policy, root)?;
        }
        super::policy::set_time(&mut policy, self.time.as_deref())?;
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
            demand: match self.demand {
                RevocationDemand::Required => self.demand,
                RevocationDemand::IfPresent => policy.revocation,
            },
            policies: self.policies,
            output: self.output,
            name,
            token,
            expected,
            policy,
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
    // A digest by another algorithm says nothing about the token: nothing could be compared.
    if let Some((bytes, algorithm)) = bytes.as_ref().zip(imprint_algorithm(token))
        && bytes.len() != algorithm.digest_bytes()
    {
        return Err(Trouble::new(format!(
            "the token stamps a digest by {algorithm}, of {} bytes; the one given has {}",
            algorithm.digest_bytes(),
            bytes.len()
        ))
        .hint("hash the data by the algorithm that the token names"));
    }
    bytes
        .and_then(|bytes| imprint_of_digest(token, &bytes))
        .ok_or_else(|| {
            Trouble::new(format!("not a digest: `{hex}`"))
                .hint("64, 96 or 128 hexadecimal characters")
        })
}

/// The first block of a PEM text; anything else as it is.
pub(super) fn first_block(bytes: Vec<u8>) -> Vec<u8> {
    if !pem::is_pem(&bytes) {
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
    if !pem::is_pem(&bytes) {
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
