//! The authority in use: accepted by `openssl` and by the core, kept in a folder, served by HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on says so by panicking, and prints what it skipped"
)]

mod openssl;
mod respond;
mod revocation;
mod serve;
mod store;

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use proofline_tsa::{HashAlgorithm, Imprint, Request};
use proofline_tsa_authority::{Algorithm, Authority, Profile};

/// One authority of each kind for all tests: RSA keys take long to make.
fn authority(algorithm: Algorithm) -> &'static Authority {
    static RSA: OnceLock<Authority> = OnceLock::new();
    static P256: OnceLock<Authority> = OnceLock::new();
    let place = match algorithm {
        Algorithm::Rsa3072 => &RSA,
        Algorithm::P256 => &P256,
    };
    place.get_or_init(|| {
        let profile = Profile::ten_years("Authority Tests", SystemTime::now());
        Authority::generate(algorithm, &profile).unwrap()
    })
}

fn request(algorithm: HashAlgorithm, message: &[u8]) -> Vec<u8> {
    Request::new(Imprint::of(algorithm, message), &[0x5a; 16])
        .unwrap()
        .to_der()
        .unwrap()
}

/// The same request by SHA-256, its algorithm without the NULL: both forms are in use.
fn request_without_parameters(message: &[u8]) -> Vec<u8> {
    let mut request = request(HashAlgorithm::Sha256, message);
    let parameters = request
        .windows(4)
        .position(|octets| octets == [5, 0, 4, 32]);
    let at = parameters.unwrap();
    request.drain(at..at.saturating_add(2));
    // The lengths of request, imprint and algorithm, each in one octet.
    for (place, length) in request.iter_mut().enumerate() {
        if [1, 6, 8].contains(&place) {
            *length = length.saturating_sub(2);
        }
    }
    request
}

/// A new empty folder under the system's temporary one, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("proofline-tsa-authority-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_behind = std::fs::remove_dir_all(&self.0);
    }
}
