//! What another thread does while the hook looks at files: opening the store, and then keeping what
//! was seen of them. Each is about as long as the look itself, and an agent waits for their sum.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use proofline::capture::Contents;
use proofline::store::Store;

/// The other thread.
pub(super) struct Ahead {
    store: Receiver<Option<Store>>,
    contents: Sender<Contents>,
    thread: JoinHandle<io::Result<()>>,
}

impl Ahead {
    /// Opens the store in a folder; `None` if no thread can be had.
    pub(super) fn start(store_dir: PathBuf) -> Option<Self> {
        let (give_store, store) = channel();
        let (contents, take_contents) = channel::<Contents>();
        let work = move || {
            // Tried once: who records opens it again, with all its patience, and reports.
            give_store
                .send(Store::open(&store_dir, Instant::now()).ok())
                .ok();
            take_contents
                .into_iter()
                .try_for_each(|contents| contents.write())
        };
        let thread = thread::Builder::new()
            .name("ahead".into())
            .spawn(work)
            .ok()?;
        Some(Self {
            store,
            contents,
            thread,
        })
    }

    /// The store, if it could be opened at once.
    pub(super) fn store(&self) -> Option<Store> {
        self.store.recv().ok().flatten()
    }

    /// Has contents written.
    pub(super) fn write(&self, contents: Contents) {
        // The thread ends when the sender is gone, not before.
        self.contents.send(contents).ok();
    }

    /// Waits until everything is written.
    pub(super) fn finish(self) -> io::Result<()> {
        drop(self.contents);
        self.thread
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("internal error")))
    }
}
