//! The client against a real authority over loopback, and against servers that misbehave.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod answers;
mod fetch;
mod servers;

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use proofline_tsa::{HashAlgorithm, Imprint};
use proofline_tsa_authority::{Algorithm, Authority, Profile};
use proofline_tsa_client::{Client, Timeouts};

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let profile = Profile::ten_years("Client Tests", SystemTime::now());
        Authority::generate(Algorithm::P256, &profile).unwrap()
    })
}

fn client() -> Client {
    let timeouts = Timeouts {
        connect: Duration::from_secs(2),
        total: Duration::from_millis(1_500),
    };
    Client::new(timeouts, 8_192)
}

fn imprint() -> Imprint {
    Imprint::of(HashAlgorithm::Sha256, b"what is stamped")
}
