//! The cost of one token with its path of three certificates, beside that of OpenSSL.
//!
//! `cargo bench -p proofline-tsa`; the budget is 1.5 ms for a token with its path.
//! The tokens are made by `openssl`, every key of the same kind: three signatures are checked for
//! each.
//! Afterwards `support/openssl_ts.py` times `TS_RESP_verify_response` of libcrypto on the same
//! bytes in the same run, through ctypes, parsing included on both sides.
//! Without `openssl` or `python3` that part says so and is left out.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a benchmark that cannot go on says so by panicking, and prints what it left out"
)]

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use proofline_tsa::{
    Certificate, Expected, HashAlgorithm, Imprint, Options, Outcome, TrustAnchor, pem, verify,
};

#[path = "support/made.rs"]
mod made;

fn tokens(criterion: &mut Criterion) {
    let mut folders = Vec::new();
    for (name, genpkey) in made::KINDS {
        let Some(made) = made::make(name, genpkey) else {
            eprintln!("SKIPPED: `openssl` made no token with {name}");
            continue;
        };
        one(criterion, name, &made.0);
        folders.push(made);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/support/openssl_ts.py");
    let status = Command::new("python3")
        .arg(script)
        .args(folders.iter().map(|made| &made.0))
        .status();
    if !status.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: libcrypto was not timed");
    }
}

fn one(criterion: &mut Criterion, name: &str, dir: &Path) {
    let response = fs::read(dir.join("r.tsr")).unwrap();
    let root = fs::read(dir.join("root.pem")).unwrap();
    let root = pem::certificates(&root).unwrap().swap_remove(0);
    let message = fs::read(dir.join("data")).unwrap();
    // From bytes to verdict, the root and the imprint too.
    let run = || {
        let anchors = [TrustAnchor::from_der(black_box(&root)).unwrap()];
        let imprint = Imprint::of(HashAlgorithm::Sha256, &message);
        let expected = Expected::Imprint(&imprint);
        verify(
            black_box(&response),
            expected,
            &anchors,
            &Options::default(),
        )
    };
    let report = run();
    assert_eq!(report.outcome(), Outcome::Valid, "{:?}", report.findings());
    assert_eq!(report.verified().unwrap().intermediates().len(), 1);
    eprintln!("proofline-tsa, {name:13} {:8.1} us", microseconds(run));
    criterion.bench_function(&format!("verify with path, {name}"), |bencher| {
        bencher.iter(run);
    });
    criterion.bench_function(&format!("parse certificate, {name}"), |bencher| {
        bencher.iter(|| Certificate::parse(black_box(&root)).unwrap());
    });
}

/// The best of several slices, as `openssl_ts.py` takes it: the two numbers are to be compared.
fn microseconds<T>(work: impl Fn() -> T) -> f64 {
    let slice = || {
        let (mut rounds, start) = (0.0, Instant::now());
        while start.elapsed() < Duration::from_millis(100) {
            black_box(work());
            rounds += 1.0;
        }
        start.elapsed().as_secs_f64() * 1e6 / rounds
    };
    (0..20).map(|_| slice()).fold(f64::INFINITY, f64::min)
}

criterion_group!(benches, tokens);
criterion_main!(benches);
