//! The cost of one token with its path of three certificates, and of its parts.
//!
//! `cargo bench -p proofline-tsa`; the budget is 1.5 ms for a token with its path.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on says so by panicking"
)]

use std::hint::black_box;
use std::time::SystemTime;

use criterion::{Criterion, criterion_group, criterion_main};
use proofline_tsa::{
    Certificate, Expected, HashAlgorithm, Imprint, Options, Outcome, Request, verify,
};
use proofline_tsa_authority::{Algorithm, Authority, Profile};

fn tokens(criterion: &mut Criterion) {
    let now = SystemTime::now();
    let imprint = Imprint::of(HashAlgorithm::Sha256, b"benchmark");
    let request = Request::new(imprint.clone(), &[7; 16])
        .unwrap()
        .to_der()
        .unwrap();
    for algorithm in Algorithm::ALL {
        let profile = Profile::ten_years("Benchmark", now);
        let authority = Authority::generate(*algorithm, &profile).unwrap();
        let response = authority.respond(&request, now);
        let anchors = [authority.trust_anchor().unwrap()];
        let options = Options {
            request: Some(&request),
            ..Options::default()
        };
        let run = || {
            verify(
                black_box(&response),
                Expected::Imprint(&imprint),
                &anchors,
                &options,
            )
        };
        assert_eq!(run().outcome(), Outcome::Valid);
        let name = format!("verify with path, {}", algorithm.as_str());
        criterion.bench_function(&name, |bencher| bencher.iter(run));
        let unit = authority.unit_der();
        let name = format!("parse certificate, {}", algorithm.as_str());
        criterion.bench_function(&name, |bencher| {
            bencher.iter(|| Certificate::parse(black_box(unit)).unwrap());
        });
    }
}

criterion_group!(benches, tokens);
criterion_main!(benches);
