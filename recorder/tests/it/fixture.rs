//! A store in a temporary folder, and a reader that shares no code with it but the format.

use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use proofline::event::{Batch, Event, Receipt, Record as _};
use proofline::home::Home;
use proofline::recorder::{Recorder, deadline};
use proofline::store::{Signed, Store};
use proofline_format::digest::Hash;
use proofline_format::entry::{EventId, Fidelity, ParsedLine, signed_bytes};
use proofline_format::json::Value;
use proofline_format::key::PublicKey;
use proofline_format::registry;
use proofline_tsa::pem::encode_certificate;
use proofline_tsa_authority::fault::Fault;
use proofline_tsa_authority::http_fault::HttpFault;
use proofline_tsa_authority::{Algorithm, Authority, Profile, serve};

pub(crate) struct Project {
    pub(crate) dir: tempfile::TempDir,
}

impl Project {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("project")
    }

    pub(crate) fn store_dir(&self) -> PathBuf {
        self.root().join(".proofline")
    }

    pub(crate) fn home(&self) -> Home {
        Home::at(self.dir.path().join("home"))
    }

    pub(crate) fn recorder(&self) -> Recorder {
        Recorder::new(&self.store_dir(), self.home())
    }

    pub(crate) fn store(&self) -> Store {
        Store::open(&self.store_dir(), deadline(Duration::from_secs(5))).unwrap()
    }

    /// Records one tool call of a session, and says at which index.
    pub(crate) fn record(&self, session: &str) -> u64 {
        match self.recorder().record(batch(session)).unwrap() {
            Receipt::Appended { first_index } => first_index,
            Receipt::Spooled => panic!("spooled"),
        }
    }
}

pub(crate) fn id() -> EventId {
    proofline::random::event_id().unwrap()
}

pub(crate) fn event(event_type: &str, session: &str) -> Event {
    Event {
        id: id(),
        parent_event_id: None,
        session_id: Some(session.into()),
        agent_id: "claude".into(),
        model_id: Some("claude-sonnet-5".into()),
        event_type: event_type.into(),
        tool_name: None,
        file_path: None,
        content_hash_before: None,
        content_hash_after: None,
        diff_hash: None,
        hunk: None,
        git_head: None,
        source: "test".into(),
        capture_fidelity: Fidelity::Observed,
    }
}

/// A tool call with a payload object.
pub(crate) fn batch(session: &str) -> Batch {
    let mut batch = Batch::default();
    let mut call = event("tool_use", session);
    call.tool_name = Some("Bash".into());
    let object = Value::object([
        ("salt", proofline::random::salt().unwrap().into()),
        ("type", "tool".into()),
    ]);
    call.content_hash_after = Some(batch.add_object(&object));
    batch.events.push(call);
    batch
}

pub(crate) fn entries(store: &Store) -> Vec<Signed> {
    let mut all = Vec::new();
    let size = store.tip().unwrap().index + 1;
    store
        .scan(0, size, |entry| {
            all.push(entry);
            Ok(())
        })
        .unwrap();
    all
}

/// Checks canonical lines, links, roles, parents and signatures by the rules of the format.
pub(crate) fn check_chain(entries: &[Signed], keys: &[(u64, PublicKey)]) {
    let mut previous: Option<Hash> = None;
    let mut seen = std::collections::BTreeSet::new();
    for (index, signed) in entries.iter().enumerate() {
        let line = signed.entry.line();
        let parsed = ParsedLine::parse(&line).unwrap();
        assert_eq!(parsed.entry.previous_hash, previous, "link at {index}");
        assert_eq!(parsed.computed_chain_hash(), parsed.entry.chain_hash);
        assert_eq!(registry::role_mismatch(&parsed.entry), None);
        if let Some(parent) = parsed.entry.parent_event_id {
            assert!(seen.contains(&parent), "parent at {index}");
        }
        assert!(seen.insert(parsed.entry.id), "id at {index}");
        let index = u64::try_from(index).unwrap();
        let (_, key) = keys.iter().rev().find(|(from, _)| *from <= index).unwrap();
        assert!(
            key.verify(&signed_bytes(&line), &signed.signature),
            "signature at {index}"
        );
        previous = Some(parsed.entry.chain_hash);
    }
}

pub(crate) fn check_store(store: &Store) -> Vec<Signed> {
    let all = entries(store);
    check_chain(&all, &store.keys().unwrap());
    all
}

/// A real authority over HTTP on loopback, until it is dropped.
pub(crate) struct LoopbackAuthority {
    pub(crate) url: String,
    pub(crate) root_pem: String,
    /// The root, and the certificate that it issued for the unit's issuer.
    pub(crate) chain_pem: String,
    stop: Arc<AtomicBool>,
    requests: Arc<AtomicUsize>,
    server: Option<JoinHandle<()>>,
}

impl LoopbackAuthority {
    pub(crate) fn start() -> Self {
        Self::serving(|authority, listener, stop, requests| {
            serve(listener, stop, |query| {
                requests.fetch_add(1, Ordering::Relaxed);
                authority.respond(query, SystemTime::now())
            })
        })
    }

    /// One whose answers have one thing wrong.
    pub(crate) fn with_fault(fault: Fault) -> Self {
        Self::serving(move |authority, listener, stop, requests| {
            serve(listener, stop, |query| {
                requests.fetch_add(1, Ordering::Relaxed);
                let now = SystemTime::now();
                authority.respond_with_fault(query, now, fault).unwrap()
            })
        })
    }

    /// One whose HTTP has one thing wrong.
    pub(crate) fn with_http_fault(fault: HttpFault) -> Self {
        Self::serving(move |authority, listener, stop, requests| {
            fault.serve(listener, stop, |query| {
                requests.fetch_add(1, Ordering::Relaxed);
                authority.respond(query, SystemTime::now())
            })
        })
    }

    fn serving(
        serve: impl Fn(&Authority, &TcpListener, &AtomicBool, &AtomicUsize) -> io::Result<()>
        + Send
        + 'static,
    ) -> Self {
        let began = SystemTime::now() - Duration::from_secs(60);
        let profile = Profile::ten_years("Loopback", began);
        let authority = Authority::generate(Algorithm::P256, &profile).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let requests = Arc::new(AtomicUsize::new(0));
        let root_pem = authority.root_pem();
        let intermediate = encode_certificate(authority.intermediate_der());
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&requests));
        let server = std::thread::spawn(move || {
            serve(&authority, &listener, &stopped, &counted).unwrap();
        });
        Self {
            url,
            chain_pem: intermediate + &root_pem,
            root_pem,
            stop,
            requests,
            server: Some(server),
        }
    }

    /// How often it was asked.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

impl Drop for LoopbackAuthority {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.server.take().unwrap().join().unwrap();
    }
}
