//! The limit of every verification: bare `verify_strict` over lines like an entry's, on N threads.
//!
//! `cargo run --release -p proofline-format --example verify_strict -- SIGNATURES THREADS` prints
//! signatures per second. `cargo xtask bench` compares the verifier with it.

#![expect(clippy::print_stdout, reason = "the figure is what the program is for")]

use std::time::Instant;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use proofline_format::entry::signed_bytes;

/// Bytes of a line as an edit makes it.
const LINE_BYTES: usize = 800;

fn sign(key: &SigningKey, count: usize) -> Vec<(Vec<u8>, Signature)> {
    (0..count)
        .map(|number| {
            let line = format!("{number:>LINE_BYTES$}");
            let message = signed_bytes(line.as_bytes());
            let signature = key.sign(&message);
            (message, signature)
        })
        .collect()
}

fn verify(key: &VerifyingKey, signed: &[(Vec<u8>, Signature)]) -> bool {
    signed
        .iter()
        .all(|(message, signature)| key.verify_strict(message, signature).is_ok())
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| {
        let given = arguments.next().and_then(|text| text.parse().ok());
        given.unwrap_or(default).max(1)
    };
    let (count, threads) = (number(50_000), number(1));
    let key = SigningKey::from_bytes(&[7; 32]);
    let signed = sign(&key, count);
    let public = key.verifying_key();
    let start = Instant::now();
    let good = std::thread::scope(|scope| {
        let parts = signed.chunks(count.div_ceil(threads));
        let running: Vec<_> = parts
            .map(|part| scope.spawn(|| verify(&public, part)))
            .collect();
        running
            .into_iter()
            .all(|thread| thread.join().unwrap_or(false))
    });
    assert!(good, "a signature made here does not verify");
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{:.0}",
        f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds
    );
}
