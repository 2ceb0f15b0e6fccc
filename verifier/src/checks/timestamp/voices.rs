//! Who is independent of whom: tokens whose paths share an authority of the policy or a key are
//! of one voice.
//!
//! Two roots that certify the same key, a root in two certificates, an authority of the policy
//! with several roots: each is one, because one compromise would move all its tokens together.
//!
//! A token whose key was compromised later, and that another shows to be older, holds by the word
//! of both: whoever stole the key and lies with the other's clock alone makes both. It is therefore
//! one voice with the other where it is counted. Tokens that hold by themselves are also counted
//! without it, so that one such token does not make two authorities one for all of a log.

use std::collections::BTreeMap;

use proofline_format::digest::{Hash, sha256};
use proofline_tsa::{Certificate, VerifiedToken};

use crate::policy::By;

/// Something that makes two tokens one voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// An authority of the policy, by its place there.
    Authority(usize),
    /// A public key of the path, by its digest.
    Key(Hash),
}

/// The marks of a trusted token: never none, because a path has a key.
pub(crate) fn marks(by: By, token: &VerifiedToken) -> Vec<Mark> {
    let named = match by {
        By::Authority(place) => Some(Mark::Authority(place)),
        By::Root => None,
    };
    let path = token.path().certificates().iter();
    let keys = path
        .filter_map(|der| Certificate::parse(der).ok())
        .map(|certificate| Mark::Key(sha256(certificate.public_key_der())));
    named.into_iter().chain(keys).collect()
}

/// Whose word a token is. Places among the voices, that are compared once everything was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Voice {
    /// Among tokens that hold by themselves; `None` for one that holds by the word of another.
    pub(crate) alone: Option<usize>,
    /// Among all, where a token is one with what shows that it is older.
    pub(crate) joint: usize,
}

/// All that was heard, counted both ways.
#[derive(Debug, Default)]
pub(crate) struct Voices {
    alone: Joined,
    joint: Joined,
}

impl Voices {
    /// Takes in a token by its marks, and by one of the token that it needs, if it needs one.
    pub(crate) fn hear(&mut self, marks: &[Mark], saver: Option<Mark>) -> Voice {
        let all: Vec<Mark> = marks.iter().copied().chain(saver).collect();
        let alone = self.alone.hear(marks);
        Voice {
            alone: saver.is_none().then_some(alone),
            joint: self.joint.hear(&all),
        }
    }

    /// The voice that stands for all that are one with it, once everything was heard.
    pub(crate) fn settled(&self, voice: Voice) -> Voice {
        Voice {
            alone: voice.alone.map(|place| self.alone.voice(place)),
            joint: self.joint.voice(voice.joint),
        }
    }
}

/// Marks, and which of them belong together.
#[derive(Debug, Default)]
struct Joined {
    places: BTreeMap<Mark, usize>,
    /// For every place one that it was joined to, or itself.
    joined: Vec<usize>,
}

impl Joined {
    /// Joins the marks of one token, and gives a place that stands for it.
    fn hear(&mut self, marks: &[Mark]) -> usize {
        let mut places = Vec::with_capacity(marks.len());
        for mark in marks {
            let fresh = self.joined.len();
            let place = *self.places.entry(*mark).or_insert(fresh);
            if place == fresh {
                self.joined.push(fresh);
            }
            places.push(self.voice(place));
        }
        // The oldest stands for all, so that chains of joins stay short.
        let oldest = places.iter().copied().min().unwrap_or_default();
        for place in places {
            if let Some(slot) = self.joined.get_mut(place) {
                *slot = oldest;
            }
        }
        oldest
    }

    /// The voice that a place belongs to, once everything was heard.
    fn voice(&self, place: usize) -> usize {
        let mut at = place;
        while let Some(&next) = self.joined.get(at).filter(|&&next| next != at) {
            at = next;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What shares a key must never count twice, in whichever order it is seen.
    #[test]
    fn marks_in_common_make_one_voice() {
        let key = |number: u8| Mark::Key(Hash([number; 32]));
        let mut voices = Joined::default();
        let first = voices.hear(&[Mark::Authority(0), key(1), key(2)]);
        let second = voices.hear(&[Mark::Authority(1), key(3), key(4)]);
        assert_ne!(voices.voice(first), voices.voice(second));
        let third = voices.hear(&[key(5), key(6)]);
        let bridge = voices.hear(&[key(6), key(4)]);
        assert_eq!(voices.voice(third), voices.voice(second));
        assert_eq!(voices.voice(bridge), voices.voice(second));
        assert_ne!(voices.voice(first), voices.voice(second));
        voices.hear(&[key(2), key(5)]);
        assert_eq!(voices.voice(first), voices.voice(second));
        assert_eq!(voices.voice(first), voices.voice(third));
    }

    /// A token that needs another's word must not count beside it, and must not silence its
    /// authority where that speaks for itself.
    #[test]
    fn a_saved_token_is_one_voice_with_its_saver() {
        let key = |number: u8| Mark::Key(Hash([number; 32]));
        let mut voices = Voices::default();
        let saved = voices.hear(&[key(1)], Some(key(2)));
        let saver = voices.hear(&[key(2)], None);
        let other = voices.hear(&[key(3)], None);
        let own = voices.hear(&[key(1)], None);
        let [saved, saver, other, own] =
            [saved, saver, other, own].map(|voice| voices.settled(voice));
        assert_eq!(saved.joint, saver.joint);
        assert_ne!(saved.joint, other.joint);
        assert!(saved.alone.is_none());
        assert_ne!(own.alone, saver.alone);
    }
}
