//! Losses: noted in the name of an empty file, which a full disk takes when it takes nothing else.
//!
//! ```text
//! <since, ms>-<lost>-<delayed>-<reason>-<32 hex: id of the gap entry to be>
//! taken-<the same>          while an append states it
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use proofline_format::encoding::{hex, hex_array};
use proofline_format::entry::EventId;
use proofline_format::timestamp::Timestamp;

use crate::home::{Home, create_private_dir};
use crate::random;

const TAKEN: &str = "taken-";

/// Why events did not reach the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LossReason {
    /// Other writers held it, or its key could not be had.
    StoreUnavailable,
    /// Its folder took no bytes.
    StoreUnwritable,
    /// No reader would have accepted them.
    EventRefused,
    /// A spool file could not be read back.
    SpoolDamaged,
}

impl LossReason {
    const ALL: [Self; 4] = [
        Self::StoreUnavailable,
        Self::StoreUnwritable,
        Self::EventRefused,
        Self::SpoolDamaged,
    ];

    /// The word in a gap object.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StoreUnavailable => "store_unavailable",
            Self::StoreUnwritable => "store_unwritable",
            Self::EventRefused => "event_refused",
            Self::SpoolDamaged => "spool_damaged",
        }
    }
}

/// What was noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Loss {
    /// When the first of them happened.
    pub(super) since: Timestamp,
    /// Events that are gone.
    pub(super) lost: u64,
    /// Events that came later than they should, out of the spool.
    pub(super) delayed: u64,
    pub(super) reason: LossReason,
    /// The id that its entry gets, so that no crash makes two of it.
    id: [u8; 16],
}

impl Loss {
    pub(super) fn new(
        since: Timestamp,
        lost: u64,
        delayed: u64,
        reason: LossReason,
    ) -> io::Result<Self> {
        let id = random::bytes().map_err(|_| io::Error::other("no randomness"))?;
        Ok(Self {
            since,
            lost,
            delayed,
            reason,
            id,
        })
    }

    pub(super) const fn event_id(&self) -> EventId {
        EventId::from_random(self.id)
    }

    fn name(&self) -> String {
        let Self {
            since,
            lost,
            delayed,
            reason,
            id,
        } = self;
        let (millis, reason) = (since.millis(), reason.as_str());
        format!("{millis}-{lost}-{delayed}-{reason}-{}", hex(id))
    }

    fn parse(name: &str) -> Option<Self> {
        let mut parts = name.split('-');
        let loss = Self {
            since: Timestamp::from_millis(parts.next()?.parse().ok()?)?,
            lost: parts.next()?.parse().ok()?,
            delayed: parts.next()?.parse().ok()?,
            reason: {
                let word = parts.next()?;
                LossReason::ALL.into_iter().find(|r| r.as_str() == word)?
            },
            id: hex_array(parts.next()?.as_bytes())?,
        };
        parts.next().is_none().then_some(loss)
    }
}

/// Where losses of a store are noted: its own folder, then the user's data folder.
#[derive(Debug, Clone)]
pub(super) struct Losses {
    dirs: [PathBuf; 2],
}

impl Losses {
    pub(super) fn new(home: &Home, store_dir: &Path) -> Self {
        Self {
            dirs: [store_dir.join("lost"), home.lost(store_dir)],
        }
    }

    /// Notes a loss. One of the same reason that waits is counted up instead, so that a disk that
    /// stays full for a day gives one gap.
    pub(super) fn note(&self, loss: &Loss) -> io::Result<()> {
        let mut refused = Ok(());
        for dir in &self.dirs {
            match note_in(dir, loss) {
                Ok(()) => return Ok(()),
                Err(error) => refused = Err(error),
            }
        }
        refused
    }

    /// Claims what was noted. To be called under the store's write lock; the files are removed
    /// when what they say was committed.
    pub(super) fn take(&self) -> Vec<(PathBuf, Loss)> {
        let mut taken = Vec::new();
        for dir in &self.dirs {
            for name in names(dir) {
                let path = dir.join(&name);
                if let Some(noted) = name.strip_prefix(TAKEN) {
                    taken.extend(Loss::parse(noted).map(|loss| (path, loss)));
                } else if let Some(loss) = Loss::parse(&name) {
                    let claimed = dir.join(format!("{TAKEN}{name}"));
                    if fs::rename(&path, &claimed).is_ok() {
                        taken.push((claimed, loss));
                    }
                }
            }
        }
        taken.sort_by_key(|(_, loss)| (loss.since, loss.id));
        taken
    }

    /// Gives back what an append claimed that then failed, so that further losses add to it.
    pub(super) fn give_back(taken: &[(PathBuf, Loss)]) {
        for (path, loss) in taken {
            // Left claimed, it is stated apart from later ones.
            fs::rename(path, path.with_file_name(loss.name())).ok();
        }
    }

    /// How many events are noted as gone.
    pub(super) fn pending(&self) -> u64 {
        let names = self.dirs.iter().flat_map(|dir| names(dir));
        let lost = names.filter_map(|name| {
            let noted = name.strip_prefix(TAKEN).unwrap_or(&name);
            Some(Loss::parse(noted)?.lost)
        });
        lost.fold(0, u64::saturating_add)
    }
}

fn names(dir: &Path) -> Vec<String> {
    let files = fs::read_dir(dir).into_iter().flatten();
    files
        .filter_map(|file| file.ok()?.file_name().into_string().ok())
        .collect()
}

fn note_in(dir: &Path, loss: &Loss) -> io::Result<()> {
    for name in names(dir) {
        let Some(noted) = Loss::parse(&name).filter(|noted| noted.reason == loss.reason) else {
            continue;
        };
        let sum = Loss {
            lost: noted.lost.saturating_add(loss.lost),
            delayed: noted.delayed.saturating_add(loss.delayed),
            ..noted
        };
        // Another process may have counted or claimed it just now; then this one is noted apart.
        if fs::rename(dir.join(&name), dir.join(sum.name())).is_ok() {
            return Ok(());
        }
    }
    create_private_dir(dir)?;
    fs::File::create_new(dir.join(loss.name()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_that_nobody_states_would_look_like_a_complete_record() {
        let dir = tempfile::tempdir().unwrap();
        let store_dir = dir.path().join(".proofline");
        let losses = Losses::new(&Home::at(dir.path().join("home")), &store_dir);
        let now = Timestamp::from_millis(1_700_000_000_000).unwrap();
        let later = Timestamp::from_millis(1_700_000_009_000).unwrap();
        for (time, reason) in [
            (now, LossReason::StoreUnwritable),
            (later, LossReason::StoreUnwritable),
            (later, LossReason::EventRefused),
        ] {
            losses
                .note(&Loss::new(time, 2, 1, reason).unwrap())
                .unwrap();
        }
        assert_eq!(losses.pending(), 6);
        let taken = losses.take();
        let seen: Vec<_> = taken
            .iter()
            .map(|(_, l)| (l.since, l.lost, l.delayed))
            .collect();
        assert_eq!(seen, [(now, 4, 2), (later, 2, 1)]);
        // A crash after the claim: the same ids come again.
        let again: Vec<_> = losses.take().iter().map(|(_, l)| l.event_id()).collect();
        assert_eq!(
            again,
            taken.iter().map(|(_, l)| l.event_id()).collect::<Vec<_>>()
        );
        for (path, _) in taken {
            fs::remove_file(path).unwrap();
        }
        assert_eq!(losses.pending(), 0);
    }
}
