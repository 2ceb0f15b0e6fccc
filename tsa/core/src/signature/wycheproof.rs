//! The Wycheproof vectors, through the one function that decides signatures.
//!
//! They are found through `PROOFLINE_CORPUS`; without it the test says that it did nothing.
//! The test prints a table, and fails for a file that it does not know, so that no file is left out
//! unseen.

extern crate std;

use std::path::{Path, PathBuf};
use std::prelude::rust_2024::*;
use std::{eprintln, format, fs};

use serde_json::Value;

use super::{Scheme, SignatureCheck, verify};
use crate::certificate::PublicKey;
use crate::der::{self, tag};
use crate::digest::{AlgorithmIdentifier, HashAlgorithm, Sha1Leave};
use crate::oid;

/// How a vector ends that is not verified and not refuted: it is refused, and this is why.
const REFUSED: &[&str] = &["another hash for the mask", "SHA-224"];

#[derive(Default)]
struct Tally {
    cases: u32,
    agreed: u32,
    /// `acceptable` vectors are legal encodings that a strict verifier may refuse.
    acceptable: u32,
    refused: [u32; 2],
    wrong: Vec<String>,
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16).unwrap()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from((pair[0] << 4) | pair[1]).unwrap())
        .collect()
}

fn hash(name: &str) -> Option<HashAlgorithm> {
    match name {
        "SHA-1" => Some(HashAlgorithm::Sha1),
        "SHA-256" => Some(HashAlgorithm::Sha256),
        "SHA-384" => Some(HashAlgorithm::Sha384),
        "SHA-512" => Some(HashAlgorithm::Sha512),
        "SHA-224" => None,
        other => unreachable!("unknown hash {other}"),
    }
}

fn identifier(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
    let mut content = der::write(tag::OID, oid);
    content.extend_from_slice(parameters);
    der::write(tag::SEQUENCE, &content)
}

/// `RSASSA-PSS-params` with every field written.
fn pss_parameters(group: &Value) -> Option<Vec<u8>> {
    let message = identifier(hash(group["sha"].as_str().unwrap())?.oid(), &[5, 0]);
    let mask = identifier(hash(group["mgfSha"].as_str().unwrap())?.oid(), &[5, 0]);
    let salt = u8::try_from(group["sLen"].as_u64().unwrap()).unwrap();
    let mut fields = der::write(tag::constructed(0), &message);
    fields.extend(der::write(
        tag::constructed(1),
        &identifier(oid::MGF1, &mask),
    ));
    fields.extend(der::write(
        tag::constructed(2),
        &der::write_unsigned(&[salt]),
    ));
    Some(der::write(tag::SEQUENCE, &fields))
}

/// The signature algorithm that a group's vectors are for; `Err` says why there is none here.
fn algorithm(file: &str, group: &Value) -> Result<Vec<u8>, &'static str> {
    let named = |oid: &[u8], parameters: &[u8]| Ok(identifier(oid, parameters));
    if file.starts_with("ed25519") {
        return named(oid::ED25519, &[]);
    }
    let sha = group["sha"].as_str().unwrap();
    if file.starts_with("rsa_pss") {
        let mask = group["mgfSha"].as_str().unwrap();
        let parameters = match pss_parameters(group) {
            Some(parameters) if sha == mask => parameters,
            Some(_) => return Err(REFUSED[0]),
            None => return Err(REFUSED[1]),
        };
        return named(oid::RSASSA_PSS, &parameters);
    }
    match (file.starts_with("rsa_signature"), sha) {
        (true, "SHA-256") => named(oid::SHA256_WITH_RSA, &[5, 0]),
        (true, "SHA-384") => named(oid::SHA384_WITH_RSA, &[5, 0]),
        (true, "SHA-512") => named(oid::SHA512_WITH_RSA, &[5, 0]),
        (false, "SHA-256") => named(oid::SHA256_WITH_ECDSA, &[]),
        (false, "SHA-384") => named(oid::SHA384_WITH_ECDSA, &[]),
        (false, "SHA-512") => named(oid::SHA512_WITH_ECDSA, &[]),
        other => unreachable!("{file}: {other:?} is not in the table"),
    }
}

fn run(file: &str, groups: &[Value]) -> Tally {
    let mut tally = Tally::default();
    for group in groups {
        let spki = unhex(group["publicKeyDer"].as_str().unwrap());
        let element = der::only(&spki, tag::SEQUENCE).unwrap();
        let key = PublicKey::parse(&element).unwrap();
        let algorithm = algorithm(file, group);
        for test in group["tests"].as_array().unwrap() {
            tally.cases = tally.cases.saturating_add(1);
            let message = unhex(test["msg"].as_str().unwrap());
            let signature = unhex(test["sig"].as_str().unwrap());
            let algorithm = match &algorithm {
                Ok(algorithm) => algorithm,
                Err(why) => {
                    let i = REFUSED.iter().position(|reason| reason == why).unwrap();
                    tally.refused[i] = tally.refused[i].saturating_add(1);
                    continue;
                }
            };
            let identifier = der::only(algorithm, tag::SEQUENCE).unwrap();
            let identifier = AlgorithmIdentifier::parse(&identifier).unwrap();
            let scheme = Scheme::from_identifier(&identifier, None, Sha1Leave::Allowed);
            let check = verify(&key, scheme.unwrap(), &message, &signature);
            let verified = check == SignatureCheck::Good;
            match (test["result"].as_str().unwrap(), verified) {
                ("valid", true) | ("invalid", false) => {
                    tally.agreed = tally.agreed.saturating_add(1);
                }
                ("acceptable", _) => tally.acceptable = tally.acceptable.saturating_add(1),
                _ => tally
                    .wrong
                    .push(format!("{file} {} {}", test["tcId"], test["comment"])),
            }
        }
    }
    tally
}

/// A signature wrapper that accepted one forged vector would let anyone make tokens; one that
/// refused a good one would lose evidence.
#[test]
fn every_file_agrees() {
    let Some(root) = std::env::var_os("PROOFLINE_CORPUS") else {
        eprintln!("SKIPPED: PROOFLINE_CORPUS is not set; no Wycheproof vector was tested");
        return;
    };
    let dir = PathBuf::from(root).join("wycheproof");
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    paths.sort();
    let mut wrong = Vec::new();
    let (mut cases, mut agreed) = (0_u32, 0_u32);
    eprintln!("{:45} cases agreed acceptable refused", "file");
    for path in &paths {
        let file = path.file_name().and_then(|name| name.to_str()).unwrap();
        let tally = run(file, &groups(path));
        let refused: Vec<String> = REFUSED
            .iter()
            .zip(tally.refused)
            .filter(|(_, count)| *count > 0)
            .map(|(why, count)| format!("{count} ({why})"))
            .collect();
        eprintln!(
            "{file:45} {:5} {:6} {:10} {}",
            tally.cases,
            tally.agreed,
            tally.acceptable,
            refused.join(", ")
        );
        assert!(tally.agreed > 0, "{file}: no vector was checked");
        cases = cases.saturating_add(tally.cases);
        agreed = agreed.saturating_add(tally.agreed);
        wrong.extend(tally.wrong);
    }
    eprintln!("{:45} {cases:5} {agreed:6}", "all");
    assert!(paths.len() >= 25, "only {} files are there", paths.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn groups(path: &Path) -> Vec<Value> {
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    file["testGroups"].as_array().unwrap().clone()
}
