//! The keys of a log over its life: rotation and revocation.

use std::time::Duration;

use proofline_format::digest::Hash;
use proofline_format::key::PublicKey;
use proofline_format::object::{self, KeyChange, KeyEvent, RevokedBy};

use crate::guard::Guarded;
use crate::keys::{DeviceKey, KeyError};
use crate::recorder::{Recorder, deadline};
use crate::store::{Store, StoreError, system_event};

/// Longest wait for other writers: a person waits here, no agent.
const WRITE_WAIT: Duration = Duration::from_secs(10);

/// Why a key was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// What the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key file cannot be read or written.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The log was made without a recovery key.
    #[error("the genesis of this log names no recovery key")]
    NoRecoveryKey,
    /// Another key than the one that genesis names.
    #[error("recovery key is {given}, genesis names {wanted}")]
    OtherRecoveryKey {
        /// Fingerprint of the key given.
        given: Hash,
        /// Fingerprint of the key in genesis.
        wanted: Hash,
    },
}

/// Who signs a revocation.
#[derive(Debug)]
pub enum Revoker {
    /// The device key itself.
    Itself,
    /// The recovery key that genesis names.
    Recovery(Box<DeviceKey>),
}

/// A change that was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Index of its entry.
    pub index: u64,
    /// The key valid until then.
    pub old: PublicKey,
    /// The key valid after it.
    pub new: PublicKey,
}

/// Replaces the device key in good order: the old key signs the entry, the new one agrees in the
/// object, and signs from the next entry on.
///
/// # Errors
/// If keys or store cannot be had; then nothing changed but that a new key file may be there.
pub fn rotate(recorder: &mut Recorder) -> Result<Changed, IdentityError> {
    change(recorder, &KeyEvent::Rotated, None)
}

/// Revokes the device key, and names its successor.
///
/// # Errors
/// As [`rotate`], or if the recovery key is not the one of genesis.
pub fn revoke(
    recorder: &mut Recorder,
    revoker: Revoker,
    reason: &str,
) -> Result<Changed, IdentityError> {
    let reason = reason.to_owned();
    match revoker {
        Revoker::Itself => {
            let by = RevokedBy::Itself;
            change(recorder, &KeyEvent::Revoked { by, reason }, None)
        }
        Revoker::Recovery(key) => {
            let by = RevokedBy::Recovery;
            change(recorder, &KeyEvent::Revoked { by, reason }, Some(&key))
        }
    }
}

fn change(
    recorder: &mut Recorder,
    event: &KeyEvent,
    recovery: Option<&DeviceKey>,
) -> Result<Changed, IdentityError> {
    // What waits was recorded under the old key and is signed by it.
    recorder.take_in()?;
    let mut store = Store::open(recorder.store_dir(), deadline(WRITE_WAIT))?;
    if let Some(given) = recovery {
        let wanted = store.genesis().0.recovery_key;
        let wanted = wanted.ok_or(IdentityError::NoRecoveryKey)?.fingerprint();
        let given = given.fingerprint();
        if given != wanted {
            return Err(IdentityError::OtherRecoveryKey { given, wanted });
        }
    }
    let keys = recorder.keys();
    let successor = DeviceKey::generate()?;
    keys.store(&successor)?;
    let mut writer = store.write(deadline(WRITE_WAIT))?;
    let (index, old) = (writer.next_index(), *writer.valid_key());
    let new = *successor.public();
    let origin = writer.origin().to_owned();
    let message = KeyChange::signed_bytes(index, &origin, &old, &new);
    let object = KeyChange {
        event: event.clone(),
        index,
        origin: origin.clone(),
        old,
        new,
        signature: successor.sign(&message),
    };
    let (address, bytes) = object::seal(&object.to_value());
    writer.put_object(&address, &bytes)?;
    let event_type = match event {
        KeyEvent::Rotated => "key_rotate",
        KeyEvent::Revoked { .. } => "key_revoke",
    };
    let mut entry = system_event(event_type, "proofline/identity")?;
    entry.content_hash_after = Some(address);
    let entry = Guarded::new(entry)?;
    let entered = match recovery {
        Some(key) => writer.append_signed(entry, key)?,
        None => writer.append(entry, keys)?,
    };
    writer.set_key(&new)?;
    writer.commit()?;
    recorder.remember(&origin, entered.index.saturating_add(1), entered.chain_hash);
    // New logs begin with the new key, too.
    keys.set_default(&new.fingerprint())?;
    Ok(Changed { index, old, new })
}
