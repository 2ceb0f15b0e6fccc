//! The command line of `verify-bundle evidence-record`.

use lexopt::prelude::{Long, Short, Value};
use proofline_tsa::{HashAlgorithm, Imprint};
use proofline_verifier::policy::{Policy, RevocationDemand};

use super::token::{blocks, first_block};
use super::{Command, text, usage, utf8};
use crate::io;
use crate::ui::{Output, Trouble};

const HELP: &str = "\
Check an evidence record (RFC 4998) of anybody, over any data, offline

usage: verify-bundle evidence-record [options] FILE --data FILE

FILE is a record in DER. Every time stamp in it must lead to a root that you give, and each must
renew the one before. A root that comes inside a record is never trusted because it came there.

  --data FILE          what the record is about
  --tsa-root ROOT      root of an authority that you trust: a file of certificates, PEM or DER, or
                       the SHA-256 fingerprint of one (64 hex); repeatable
  --untrusted FILE     certificates that may help to build a path; repeatable
  --crl FILE           revocation lists, PEM or DER; repeatable
  --ocsp FILE          an OCSP response in DER; repeatable
  --require-revocation without an answer for every certificate the verdict is indeterminate
  --policy FILE        JSON policy: authorities with windows and policies, what legacy is let pass
                       (docs/trust.md); options on the command line add to it
  --time RFC3339       time of verification, instead of the clock's; a record is judged at its own

  --json               print one JSON document
  -q, --quiet          print one line
  -h, --help           print this

exit: 0 verified, 1 failed, 2 could not look, 3 indeterminate

examples:
  verify-bundle evidence-record q1.ers --data q1.bundle --tsa-root root.pem
  verify-bundle evidence-record contract.ers --data contract.pdf --tsa-root a.pem --tsa-root b.pem
";

/// A check of one record that was asked for.
#[derive(Debug)]
pub(crate) struct RecordJob {
    pub(crate) name: String,
    pub(crate) record: Vec<u8>,
    pub(crate) digests: Vec<Imprint>,
    pub(crate) policy: Policy,
    pub(crate) untrusted: Vec<Vec<u8>>,
    pub(crate) crls: Vec<Vec<u8>>,
    pub(crate) ocsp: Vec<Vec<u8>>,
    pub(crate) output: Output,
}

#[derive(Default)]
struct Arguments {
    file: Option<String>,
    data: Option<String>,
    roots: Vec<String>,
    untrusted: Vec<String>,
    crls: Vec<String>,
    ocsp: Vec<String>,
    policy: Option<String>,
    demand: RevocationDemand,
    time: Option<String>,
    output: Output,
}

/// Reads the arguments after `evidence-record`.
pub(super) fn parse(mut parser: lexopt::Parser) -> Result<Command, Trouble> {
    let mut arguments = Arguments::default();
    while let Some(argument) = parser.next().map_err(|error| usage(&error))? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Print(HELP.into())),
            Long("json") => arguments.output = Output::Json,
            Short('q') | Long("quiet") => arguments.output = Output::Quiet,
            Long("data") => arguments.data = Some(text(&mut parser)?),
            Long("tsa-root") => arguments.roots.push(text(&mut parser)?),
            Long("untrusted") => arguments.untrusted.push(text(&mut parser)?),
            Long("crl") => arguments.crls.push(text(&mut parser)?),
            Long("ocsp") => arguments.ocsp.push(text(&mut parser)?),
            Long("require-revocation") => arguments.demand = RevocationDemand::Required,
            Long("policy") => arguments.policy = Some(text(&mut parser)?),
            Long("time") => arguments.time = Some(text(&mut parser)?),
            Value(value) if arguments.file.is_none() => arguments.file = Some(utf8(value)?),
            other => return Err(usage(&other.unexpected())),
        }
    }
    arguments
        .into_job()
        .map(|job| Command::Record(Box::new(job)))
}

impl Arguments {
    fn into_job(self) -> Result<RecordJob, Trouble> {
        let help = "`verify-bundle evidence-record --help` shows examples";
        let missing = |what: &str| Trouble::new(what.to_owned()).hint(help);
        let name = self.file.ok_or_else(|| missing("no record was named"))?;
        let data = self
            .data
            .ok_or_else(|| missing("what is the record about? --data FILE"))?;
        let mut policy = match &self.policy {
            None => Policy::default(),
            Some(path) => super::policy::load(path)?,
        };
        for root in &self.roots {
            super::policy::add_root(&mut policy, root)?;
        }
        if self.demand == RevocationDemand::Required {
            policy.revocation = self.demand;
        }
        super::policy::set_time(&mut policy, self.time.as_deref())?;
        let all = |paths: &[String], label: &str| -> Result<Vec<Vec<u8>>, Trouble> {
            let read: Result<Vec<_>, _> = paths.iter().map(|path| blocks(path, label)).collect();
            Ok(read?.concat())
        };
        let algorithms = HashAlgorithm::ALL.iter();
        let digests = algorithms.map(|algorithm| io::imprint(&data, *algorithm));
        Ok(RecordJob {
            record: io::read(&name)?,
            digests: digests.collect::<Result<_, _>>()?,
            untrusted: all(&self.untrusted, "CERTIFICATE")?,
            crls: all(&self.crls, "X509 CRL")?,
            ocsp: self
                .ocsp
                .iter()
                .map(|path| io::read(path).map(first_block))
                .collect::<Result<_, _>>()?,
            output: self.output,
            name,
            policy,
        })
    }
}
