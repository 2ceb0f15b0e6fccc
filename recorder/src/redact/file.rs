//! Files that hold secrets, by name.

/// Endings of names of key stores and private keys.
const ENDINGS: &[&str] = &[
    ".jks",
    ".kdbx",
    ".key",
    ".keystore",
    ".p12",
    ".pem",
    ".pfx",
    ".ppk",
];
/// Whole names.
const NAMES: &[&str] = &[
    ".env",
    ".envrc",
    ".git-credentials",
    ".htpasswd",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    "credentials.json",
    "secrets.json",
    "secrets.toml",
    "secrets.yaml",
    "secrets.yml",
];
/// Starts of names, where the public half is not meant.
const KEY_PAIRS: &[&str] = &["id_dsa", "id_ecdsa", "id_ed25519", "id_rsa"];
/// An example of an environment file holds no secrets.
const EXAMPLES: &[&str] = &["dist", "example", "sample", "template"];

/// Whether a file is under the secret policy: neither its content nor a bare hash of it is kept.
#[must_use]
pub fn is_secret_file(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path).to_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let example = EXAMPLES
        .iter()
        .any(|end| name.rsplit('.').next() == Some(end));
    let environment = name.starts_with(".env.") && !example;
    let key_pair = KEY_PAIRS.iter().any(|start| name.starts_with(start)) && !name.ends_with(".pub");
    environment
        || key_pair
        || NAMES.contains(&name)
        || ENDINGS.iter().any(|end| name.ends_with(end))
        || path.ends_with(".aws/credentials")
        || path.ends_with(".docker/config.json")
}
