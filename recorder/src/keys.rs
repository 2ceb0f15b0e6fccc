//! The device key: made on first run, kept in the user's data folder, never elsewhere.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ed25519_dalek::{Signer as _, SigningKey};
use proofline_format::digest::Hash;
use proofline_format::encoding;
use proofline_format::key::{PublicKey, SIGNATURE_BYTES};

use crate::home::{Durability, Home, create_private_dir, replace_file};
use crate::{lock, random};

/// RFC 8410 §7: everything of a PKCS#8 `PrivateKeyInfo` for Ed25519 before the 32 key bytes.
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
];
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";
/// Longest wait for another process that makes the first key.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// Why a key could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A file or folder could not be read or written.
    #[error("key file `{path}`: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Not a PKCS#8 PEM file of an Ed25519 key.
    #[error("key file `{path}` is not a PKCS#8 PEM file of an Ed25519 key")]
    Form {
        /// Which.
        path: PathBuf,
    },
    /// The file of a key holds another key.
    #[error("key file `{path}` holds the key {found}")]
    OtherKey {
        /// Which.
        path: PathBuf,
        /// Fingerprint of the key in it.
        found: Hash,
    },
    /// No randomness.
    #[error("the system gives no randomness: {0}")]
    Random(#[from] getrandom::Error),
}

/// An Ed25519 key that can sign.
#[derive(Clone)]
pub struct DeviceKey {
    signing: SigningKey,
    public: PublicKey,
}

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceKey({})", self.fingerprint())
    }
}

impl DeviceKey {
    /// A fresh key.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        loop {
            // A seed whose public key is no curve point does not exist; the loop is for the type.
            if let Some(key) = Self::of_seed(&random::bytes()?) {
                return Ok(key);
            }
        }
    }

    fn of_seed(seed: &[u8; 32]) -> Option<Self> {
        let signing = SigningKey::from_bytes(seed);
        let public = PublicKey::from_bytes(signing.verifying_key().as_bytes())?;
        Some(Self { signing, public })
    }

    /// Reads a key from PKCS#8 PEM (RFC 7468 §10, RFC 8410 §7). Text around it is ignored.
    #[must_use]
    pub fn from_pem(pem: &str) -> Option<Self> {
        let (_, rest) = pem.split_once(PEM_BEGIN)?;
        let (body, _) = rest.split_once(PEM_END)?;
        let body: Vec<u8> = body.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        let der = encoding::base64_decode(&body)?;
        Self::of_seed(der.strip_prefix(&PKCS8_PREFIX)?.try_into().ok()?)
    }

    /// The key as PKCS#8 PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let der = [PKCS8_PREFIX.as_slice(), self.signing.as_bytes()].concat();
        format!("{PEM_BEGIN}\n{}\n{PEM_END}\n", encoding::base64(&der))
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// SHA-256 of the public half.
    #[must_use]
    pub fn fingerprint(&self) -> Hash {
        self.public.fingerprint()
    }

    /// Signs a message.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.signing.sign(message).to_bytes()
    }
}

/// The keys in a data folder.
#[derive(Debug, Clone)]
pub struct KeyRing {
    home: Home,
}

impl KeyRing {
    /// The keys of this data folder.
    #[must_use]
    pub const fn new(home: Home) -> Self {
        Self { home }
    }

    /// The data folder.
    #[must_use]
    pub const fn home(&self) -> &Home {
        &self.home
    }

    fn path(&self, fingerprint: &Hash) -> PathBuf {
        self.home.keys().join(format!("{fingerprint}.pem"))
    }

    /// The key with this fingerprint.
    ///
    /// # Errors
    /// If its file cannot be read, or holds something else.
    pub fn load(&self, fingerprint: &Hash) -> Result<DeviceKey, KeyError> {
        let path = self.path(fingerprint);
        let pem = match fs::read_to_string(&path) {
            Ok(pem) => pem,
            Err(source) => return Err(KeyError::Io { path, source }),
        };
        let Some(key) = DeviceKey::from_pem(&pem) else {
            return Err(KeyError::Form { path });
        };
        let found = key.fingerprint();
        if found == *fingerprint {
            Ok(key)
        } else {
            Err(KeyError::OtherKey { path, found })
        }
    }

    /// Writes a key's file, mode 0600, durably.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn store(&self, key: &DeviceKey) -> Result<(), KeyError> {
        let path = self.path(&key.fingerprint());
        create_private_dir(&self.home.keys())
            .and_then(|()| replace_file(&path, key.to_pem().as_bytes(), Durability::Durable))
            .map_err(|source| KeyError::Io { path, source })
    }

    /// Names the key that new logs begin with.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn set_default(&self, fingerprint: &Hash) -> Result<(), KeyError> {
        let path = self.home.device();
        let line = format!("{fingerprint}\n");
        replace_file(&path, line.as_bytes(), Durability::Durable)
            .map_err(|source| KeyError::Io { path, source })
    }

    /// The key that new logs begin with, if there is one.
    ///
    /// # Errors
    /// If a file is there that cannot be read or holds something else.
    pub fn default_key(&self) -> Result<Option<DeviceKey>, KeyError> {
        let path = self.home.device();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(KeyError::Io { path, source }),
        };
        match Hash::from_hex(text.trim_ascii()) {
            Some(fingerprint) => self.load(&fingerprint).map(Some),
            None => Err(KeyError::Form { path }),
        }
    }

    /// The key that new logs begin with; it is made if there is none. Of several processes that
    /// come here at once, one makes it.
    ///
    /// # Errors
    /// If files cannot be read or written.
    pub fn default_or_new(&self) -> Result<DeviceKey, KeyError> {
        if let Some(key) = self.default_key()? {
            return Ok(key);
        }
        let path = self.home.dir().join("keys.lock");
        let io_error = |source| KeyError::Io {
            path: path.clone(),
            source,
        };
        create_private_dir(self.home.dir()).map_err(io_error)?;
        // Whoever holds it writes two small files and lets go.
        let until = Instant::now().checked_add(LOCK_WAIT);
        let until = until.unwrap_or_else(Instant::now);
        let _lock = lock::take_until(&path, until).map_err(io_error)?;
        if let Some(key) = self.default_key()? {
            return Ok(key);
        }
        let key = DeviceKey::generate()?;
        self.store(&key)?;
        self.set_default(&key.fingerprint())?;
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_that_others_can_read_or_tools_cannot_would_cost_the_identity() {
        let dir = tempfile::tempdir().unwrap();
        let ring = KeyRing::new(Home::at(dir.path().join("home")));
        assert!(ring.default_key().unwrap().is_none());
        let key = ring.default_or_new().unwrap();
        assert_eq!(
            ring.default_or_new().unwrap().fingerprint(),
            key.fingerprint()
        );
        let path = ring.path(&key.fingerprint());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        // RFC 8410 §10.3 has this very form.
        let pem = fs::read_to_string(&path).unwrap();
        assert_eq!(pem.lines().nth(1).unwrap().len(), 64);
        let signature = ring.load(&key.fingerprint()).unwrap().sign(b"m");
        assert!(key.public().verify(b"m", &signature));
    }

    #[test]
    fn a_file_with_another_key_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let ring = KeyRing::new(Home::at(dir.path()));
        let (one, two) = (
            DeviceKey::generate().unwrap(),
            DeviceKey::generate().unwrap(),
        );
        ring.store(&one).unwrap();
        fs::write(ring.path(&one.fingerprint()), two.to_pem()).unwrap();
        let error = ring.load(&one.fingerprint()).unwrap_err();
        assert!(matches!(error, KeyError::OtherKey { .. }), "{error}");
    }

    #[test]
    fn rfc_8410_example_key_reads() {
        let pem = "-----BEGIN PRIVATE KEY-----\n\
                   MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                   -----END PRIVATE KEY-----\n";
        let key = DeviceKey::from_pem(pem).unwrap();
        assert_eq!(
            key.public().to_hex(),
            "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1"
        );
        assert_eq!(key.to_pem(), pem);
    }
}
