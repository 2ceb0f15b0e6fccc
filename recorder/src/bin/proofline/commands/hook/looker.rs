//! What another thread does while the hook looks at files: opening the store, and then keeping what
//! was seen of them. Each is about as long as the look itself, and an agent waits for their sum.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use proofline::capture::Contents;
use proofline::home::Home;
use proofline::keys::KeyRing;
use proofline::store::Store;

/// The other thread.
#[derive(Debug)]
pub(super) struct Ahead {
    store: Receiver<Store>,
    contents: Sender<Contents>,
    done: Receiver<io::Result<()>>,
}

/// What the other thread has to do, and where it hands over.
#[derive(Debug)]
struct Errands {
    store_dir: PathBuf,
    keys: KeyRing,
    store: Sender<Store>,
    contents: Receiver<Contents>,
    done: Sender<io::Result<()>>,
}

impl Ahead {
    /// Starts the thread for the store in a folder. Where none is to be had the hook does everything
    /// itself.
    pub(super) fn start(store_dir: PathBuf, home: Home) -> Self {
        let (give_store, store) = channel();
        let (contents, take_contents) = channel();
        let (give_done, done) = channel();
        let errands = Errands {
            store_dir,
            keys: KeyRing::new(home),
            store: give_store,
            contents: take_contents,
            done: give_done,
        };
        let run = move || errands.run();
        thread::Builder::new().name("ahead".into()).spawn(run).ok();
        Self {
            store,
            contents,
            done,
        }
    }

    /// The store, if it could be opened at once.
    pub(super) fn store(&self) -> Option<Store> {
        self.store.recv().ok()
    }

    /// Has contents written; they come back if nobody is there to do it.
    pub(super) fn write(&self, contents: Contents) -> Option<Contents> {
        self.contents.send(contents).err().map(|refused| refused.0)
    }

    /// Waits until everything is written.
    pub(super) fn finish(self) -> io::Result<()> {
        drop(self.contents);
        // Without an answer there was no thread, and nothing was taken.
        self.done.recv().unwrap_or(Ok(()))
    }
}

impl Errands {
    fn run(self) {
        // Tried once: who records opens it again, with all its patience, and reports.
        if let Ok(mut store) = Store::open(&self.store_dir, Instant::now()) {
            store.prepare(&self.keys);
            self.store.send(store).ok();
        }
        drop(self.store);
        let written = self
            .contents
            .into_iter()
            .try_for_each(|contents| contents.write());
        self.done.send(written).ok();
    }
}
