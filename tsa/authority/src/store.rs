//! An authority in a folder: three certificates, three keys.
//!
//! ```text
//! root.pem  intermediate.pem  unit.pem
//! root.key.pem  intermediate.key.pem  unit.key.pem      PKCS#8, not encrypted, mode 0600
//! ```

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use proofline_tsa::{Certificate, pem};

use crate::authority::{Authority, KeyPair};
use crate::error::Error;
use crate::issue::Issued;
use crate::key::PrivateKey;

const NAMES: [&str; 3] = ["root", "intermediate", "unit"];

impl Authority {
    /// Writes certificates and keys into `dir`, which is made if it is not there.
    ///
    /// Existing files are not replaced: another authority's key is not lost by a slip.
    ///
    /// # Errors
    ///
    /// When a file exists or cannot be written.
    pub fn save(&self, dir: &Path) -> Result<(), Error> {
        fs::create_dir_all(dir).map_err(|source| file_error(dir, source))?;
        for (name, pair) in NAMES
            .iter()
            .zip([&self.root, &self.intermediate, &self.unit])
        {
            let key = pair.key.to_pem()?;
            write_new(
                &dir.join(format!("{name}.key.pem")),
                key.as_ref(),
                Access::Owner,
            )?;
            let certificate = pem::encode_certificate(&pair.certificate.der);
            write_new(
                &dir.join(format!("{name}.pem")),
                certificate.as_bytes(),
                Access::All,
            )?;
        }
        Ok(())
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    ///
    /// When a file is missing or not what it should be, or a key and a certificate differ.
    pub fn load(dir: &Path) -> Result<Self, Error> {
        let [root, intermediate, unit] = NAMES.map(|name| load_pair(dir, name));
        Self::from_parts(root?, intermediate?, unit?)
    }
}

fn load_pair(dir: &Path, name: &str) -> Result<KeyPair, Error> {
    let key_path = dir.join(format!("{name}.key.pem"));
    let text = fs::read_to_string(&key_path).map_err(|source| file_error(&key_path, source))?;
    let key = PrivateKey::from_pem(&text).ok_or(Error::KeyFile { path: key_path })?;

    let path = dir.join(format!("{name}.pem"));
    let text = fs::read(&path).map_err(|source| file_error(&path, source))?;
    let invalid = |source| Error::CertificateFile {
        path: path.clone(),
        source,
    };
    let der = pem::certificates(&text)
        .map_err(invalid)?
        .into_iter()
        .next()
        .unwrap_or_default();
    let parsed = Certificate::parse(&der).map_err(invalid)?;
    if parsed.public_key_der() != key.public_key_der()? {
        return Err(Error::KeyMismatch {
            subject: parsed.subject(),
        });
    }
    Ok(KeyPair {
        certificate: Issued::from_der(der).map_err(invalid)?,
        key,
    })
}

/// Who may read a file.
#[derive(Clone, Copy)]
enum Access {
    Owner,
    All,
}

fn write_new(path: &Path, content: &[u8], access: Access) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    restrict(&mut options, access);
    options
        .open(path)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .map_err(|source| file_error(path, source))
}

#[cfg(unix)]
fn restrict(options: &mut OpenOptions, access: Access) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(match access {
        Access::Owner => 0o600,
        Access::All => 0o644,
    });
}

// Limit: on systems without POSIX modes a key is only as private as its folder.
#[cfg(not(unix))]
fn restrict(_options: &mut OpenOptions, _access: Access) {}

fn file_error(path: &Path, source: io::Error) -> Error {
    Error::File {
        path: path.to_owned(),
        source,
    }
}
