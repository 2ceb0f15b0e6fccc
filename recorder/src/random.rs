//! Fresh randomness.

/// `N` random bytes.
///
/// # Errors
/// If the system gives none.
pub fn bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut out = [0; N];
    getrandom::fill(&mut out)?;
    Ok(out)
}

/// The salt of an object: 32 hex characters.
///
/// # Errors
/// If the system gives no randomness.
pub fn salt() -> Result<String, getrandom::Error> {
    Ok(proofline_format::encoding::hex(&bytes::<16>()?))
}

/// A fresh id for an entry.
///
/// # Errors
/// If the system gives no randomness.
pub fn event_id() -> Result<proofline_format::entry::EventId, getrandom::Error> {
    Ok(proofline_format::entry::EventId::from_random(bytes()?))
}
