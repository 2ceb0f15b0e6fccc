//! An authority on loopback whose certificates name places on loopback too.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use proofline::config::Config;
use proofline_tsa_authority::{Algorithm, Authority, Profile, Standing, serve, serve_revocation};

use crate::checkpoint::config;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// An authority, and a second server that says of its certificates what it is told.
pub(crate) struct Places {
    pub(crate) url: String,
    pub(crate) authority: Arc<Authority>,
    pub(crate) standing: Arc<Mutex<Standing>>,
    stop: Arc<AtomicBool>,
    servers: Vec<JoinHandle<()>>,
}

impl Places {
    pub(crate) fn start() -> Self {
        Self::lasting(3_650 * DAY)
    }

    /// An authority whose certificates end after this long.
    pub(crate) fn lasting(life: Duration) -> Self {
        let stamping = TcpListener::bind("127.0.0.1:0").unwrap();
        let revoking = TcpListener::bind("127.0.0.1:0").unwrap();
        let now = SystemTime::now();
        let profile = Profile {
            organization: "World".into(),
            not_before: now - HOUR,
            not_after: now + life,
        };
        let places = format!("http://{}/", revoking.local_addr().unwrap());
        let authority = Authority::generate_at(Algorithm::P256, &profile, &places).unwrap();
        let authority = Arc::new(authority);
        let standing = Arc::new(Mutex::new(made(now)));
        let stop = Arc::new(AtomicBool::new(false));
        let url = format!("http://{}/", stamping.local_addr().unwrap());
        let (one, stopped) = (Arc::clone(&authority), Arc::clone(&stop));
        let stamp = std::thread::spawn(move || {
            let respond = |query: &[u8]| one.respond(query, SystemTime::now());
            serve(&stamping, &stopped, respond).unwrap();
        });
        let (one, stopped) = (Arc::clone(&authority), Arc::clone(&stop));
        let says = Arc::clone(&standing);
        let revoke = std::thread::spawn(move || {
            let says = || says.lock().unwrap().clone();
            serve_revocation(&revoking, &stopped, &one, says).unwrap();
        });
        Self {
            url,
            authority,
            standing,
            stop,
            servers: vec![stamp, revoke],
        }
    }

    pub(crate) fn config(&self) -> Config {
        config(&[&self.url])
    }

    pub(crate) fn says(&self, standing: Standing) {
        *self.standing.lock().unwrap() = standing;
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for server in self.servers.drain(..) {
            server.join().unwrap();
        }
    }
}

/// What says that nothing was revoked, made at a time.
pub(crate) fn made(at: SystemTime) -> Standing {
    Standing {
        this_update: at,
        next_update: at + HOUR,
        revoked: Vec::new(),
    }
}
