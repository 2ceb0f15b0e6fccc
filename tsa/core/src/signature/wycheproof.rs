//! The Wycheproof vectors, through the one function that decides signatures.
//!
//! They are found through `PROOFLINE_CORPUS`; without it the tests say that they did nothing.

extern crate std;

use std::path::PathBuf;
use std::prelude::rust_2024::*;
use std::{eprintln, format, fs};

use serde_json::Value;

use super::{Scheme, SignatureCheck, verify};
use crate::certificate::PublicKey;
use crate::der::{self, tag};
use crate::digest::HashAlgorithm;

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16).unwrap()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from((pair[0] << 4) | pair[1]).unwrap())
        .collect()
}

/// Runs one file: every valid vector is good, every invalid one is not.
///
/// `acceptable` vectors are legal encodings that a strict verifier may refuse; they may go either
/// way, and how many were accepted is printed.
fn check(name: &str, scheme: Scheme) {
    let Some(root) = std::env::var_os("PROOFLINE_CORPUS") else {
        eprintln!("SKIPPED: PROOFLINE_CORPUS is not set; `{name}` was not tested");
        return;
    };
    let path = PathBuf::from(root).join("wycheproof").join(name);
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let (mut good, mut bad, mut acceptable) = (0_u32, 0_u32, 0_u32);
    let mut wrong = Vec::new();
    for group in file["testGroups"].as_array().unwrap() {
        let spki = unhex(group["publicKeyDer"].as_str().unwrap());
        let element = der::only(&spki, tag::SEQUENCE).unwrap();
        let key = PublicKey::parse(&element).unwrap();
        for test in group["tests"].as_array().unwrap() {
            let message = unhex(test["msg"].as_str().unwrap());
            let signature = unhex(test["sig"].as_str().unwrap());
            let verified = verify(&key, scheme, &message, &signature) == SignatureCheck::Good;
            match (test["result"].as_str().unwrap(), verified) {
                ("valid", true) => good = good.saturating_add(1),
                ("invalid", false) => bad = bad.saturating_add(1),
                ("acceptable", _) => acceptable = acceptable.saturating_add(u32::from(verified)),
                _ => wrong.push(format!("{} {}", test["tcId"], test["comment"])),
            }
        }
    }
    eprintln!("{name}: {good} good, {bad} bad, {acceptable} acceptable and accepted");
    assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
    assert!(good > 0 && bad > 0, "{name} has vectors of both kinds");
}

#[test]
fn rsa_pkcs1() {
    for (hash, digest) in [
        (HashAlgorithm::Sha256, "sha256"),
        (HashAlgorithm::Sha384, "sha384"),
        (HashAlgorithm::Sha512, "sha512"),
    ] {
        for bits in [2048, 3072, 4096] {
            let name = format!("rsa_signature_{bits}_{digest}_test.json");
            check(&name, Scheme::RsaPkcs1(hash));
        }
    }
}

#[test]
fn ecdsa() {
    for (curve, digest, hash) in [
        ("secp256r1", "sha256", HashAlgorithm::Sha256),
        ("secp256r1", "sha512", HashAlgorithm::Sha512),
        ("secp384r1", "sha256", HashAlgorithm::Sha256),
        ("secp384r1", "sha384", HashAlgorithm::Sha384),
        ("secp384r1", "sha512", HashAlgorithm::Sha512),
    ] {
        check(
            &format!("ecdsa_{curve}_{digest}_test.json"),
            Scheme::Ecdsa(hash),
        );
    }
}
