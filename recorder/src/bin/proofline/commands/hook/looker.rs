//! What another thread does while the first opens the store: reading the report, looking at files,
//! and then keeping what was seen of them. Each is about as long as the other, and an agent waits
//! for their sum.
//!
//! The two also watch over each other: whichever is stuck, the other ends the process in time.

use std::convert::Infallible;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use proofline::capture::Captured;

use super::{Limit, Overdue, look};

/// The other thread, as the first sees it.
#[derive(Debug)]
pub(super) struct Looker {
    captured: Receiver<anyhow::Result<Captured>>,
    kept: Receiver<io::Result<()>>,
}

impl Looker {
    /// Starts the other thread, which then watches over the first until that is done; `None` if
    /// there is none to be had.
    pub(super) fn start(limit: &Limit, first_is_done: Receiver<Infallible>) -> Option<Self> {
        let (give_captured, captured) = channel();
        let (give_kept, kept) = channel();
        let limit = limit.clone();
        let run = move || {
            hand_over(look(&limit.place), &give_captured, &give_kept);
            limit.guard(&first_is_done);
        };
        thread::Builder::new().name("look".into()).spawn(run).ok()?;
        Some(Self { captured, kept })
    }

    /// What the report came to.
    pub(super) fn captured(&self, limit: &Limit) -> Result<anyhow::Result<Captured>, Overdue> {
        let captured = limit.wait(&self.captured)?;
        // A thread that is gone without a word has panicked, which is noted elsewhere.
        Ok(captured.unwrap_or_else(|| Err(anyhow::anyhow!("internal error"))))
    }

    /// Waits until what was seen of files is kept.
    pub(super) fn kept(&self, limit: &Limit) -> io::Result<()> {
        match limit.wait(&self.kept) {
            Ok(kept) => kept.unwrap_or(Ok(())),
            Err(overdue) => Err(io::Error::other(overdue)),
        }
    }
}

/// Hands over what the report came to, and keeps the contents meanwhile: they say nothing of what
/// happened, so they may be written before or after it is durable.
fn hand_over(
    mut captured: anyhow::Result<Captured>,
    give_captured: &Sender<anyhow::Result<Captured>>,
    give_kept: &Sender<io::Result<()>>,
) {
    let contents = captured.as_mut().ok().map(Captured::take_contents);
    // Nobody takes either only if the first thread has ended, and with it the process.
    give_captured.send(captured).ok();
    if let Some(contents) = contents {
        give_kept.send(contents.write()).ok();
    }
}
