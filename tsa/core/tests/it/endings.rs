//! When a token ends: read off its certificates and algorithms, by whoever must renew it.

use std::time::SystemTime;

use proofline_tsa::{
    AlgorithmEnd, Certificate, HashAlgorithm, Imprint, Request, Response, TokenChain, TrustDate,
};
use proofline_tsa_authority::{Algorithm, Authority, Profile};

/// 2029-01-01, when RSA with PKCS#1 v1.5 padding ends in the registry.
const AFTER_2028: i64 = 1_861_920_000;

fn made(algorithm: Algorithm) -> (Authority, Vec<u8>) {
    let now = SystemTime::now();
    let authority = Authority::generate(algorithm, &Profile::ten_years("Endings", now)).unwrap();
    let imprint = Imprint::of(HashAlgorithm::Sha256, b"data");
    let request = Request::new(imprint, &[7; 8]).unwrap().to_der().unwrap();
    let response = authority.respond(&request, now);
    (authority, response)
}

#[test]
fn the_end_is_that_of_the_certificate_or_of_the_algorithm_whichever_comes_first() {
    let (authority, response) = made(Algorithm::P256);
    let chain = TokenChain::of_token(&response, &[], &[]).unwrap();
    let unit = Certificate::parse(authority.unit_der()).unwrap();
    assert_eq!(chain.algorithm_end(), None);
    assert_eq!(chain.ends_at(), unit.not_after() + 1);
    assert_eq!(chain.first_to_expire().unwrap().not_after, unit.not_after());
    // A caller's own date counts before the certificate does.
    let dates = [TrustDate::until("ecdsa-sha256", 2_000_000_000).unwrap()];
    let chain = TokenChain::of_token(&response, &[], &dates).unwrap();
    let end = AlgorithmEnd {
        name: "ecdsa-sha256",
        unix_seconds: 2_000_000_000,
    };
    assert_eq!(chain.algorithm_end(), Some(end));
    assert_eq!(chain.ends_at(), 2_000_000_000);
    let (_, response) = made(Algorithm::Rsa3072);
    let chain = TokenChain::of_token(&response, &[], &[]).unwrap();
    assert_eq!(chain.algorithm_end().unwrap().unix_seconds, AFTER_2028);
    assert_eq!(chain.ends_at(), AFTER_2028);
    let dates = [TrustDate::no_end("rsa-pkcs1-sha256").unwrap()];
    let chain = TokenChain::of_token(&response, &[], &dates).unwrap();
    assert!(chain.ends_at() > AFTER_2028);
}

/// Real tokens say when they end, and where more about their certificates is to be had.
#[test]
fn real_tokens_say_when_they_end() {
    let Some(dir) = super::corpus_dir("tsa") else {
        return;
    };
    let (mut read, mut ended, mut places) = (0_u32, 0_u32, 0_u32);
    for folder in std::fs::read_dir(dir).unwrap() {
        let Ok(files) = std::fs::read_dir(folder.unwrap().path()) else {
            continue;
        };
        for file in files {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            let Some(chain) = TokenChain::of_token(&bytes, &[], &[]) else {
                continue;
            };
            read += 1;
            let first = chain.first_to_expire().unwrap();
            assert!(chain.ends_at() <= first.not_after + 1);
            ended += u32::from(chain.algorithm_end().is_some());
            let signer = Certificate::parse(&chain.certificates()[0]).unwrap();
            let named = [
                signer.crl_uris(),
                signer.ocsp_uris(),
                signer.ca_issuer_uris(),
            ]
            .concat();
            assert!(named.iter().all(|uri| uri.contains(':')), "{named:?}");
            places += u32::from(!named.is_empty());
        }
    }
    // Most carry their signer, rest on RSA, and name a place.
    assert!(
        read > 400 && ended > 200 && places > 200,
        "{read} {ended} {places}"
    );
}

#[test]
fn a_chain_is_linked_by_signatures_and_not_by_names() {
    let (authority, response) = made(Algorithm::P256);
    let chain = |beside: &[&[u8]]| TokenChain::of_token(&response, beside, &[]).unwrap();
    let alone = chain(&[]);
    assert_eq!(alone.certificates().len(), 2);
    assert!(!alone.is_complete());
    let whole = chain(&[authority.root_der()]);
    assert_eq!(whole.certificates().len(), 3);
    assert!(whole.is_complete());
    // An authority of the same names, with other keys.
    let (other, _) = made(Algorithm::P256);
    let with_other = chain(&[other.root_der(), other.intermediate_der()]);
    assert_eq!(with_other.certificates(), alone.certificates());
    let tokens = Response::parse(&response).unwrap();
    let bare = TokenChain::of_token(tokens.token().unwrap(), &[], &[]).unwrap();
    assert_eq!(bare.certificates(), alone.certificates());
    assert!(TokenChain::of_token(b"", &[], &[]).is_none());
    assert!(TokenChain::of_token(authority.root_der(), &[], &[]).is_none());
}
