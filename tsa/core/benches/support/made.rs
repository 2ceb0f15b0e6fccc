//! Tokens for benchmark and tests: `openssl` makes a root, an intermediate, a unit and a response.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The kinds of key, and what `openssl genpkey` is told for them.
pub(crate) const KINDS: &[(&str, &str)] = &[
    ("rsa2048", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048"),
    ("rsa4096", "-algorithm RSA -pkeyopt rsa_keygen_bits:4096"),
    ("p256", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256"),
    ("p384", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384"),
    ("p521", "-algorithm EC -pkeyopt ec_paramgen_curve:P-521"),
];

const CONFIG: &str = "
[req]
distinguished_name = dn
prompt = no
[dn]
CN = root
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[int]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign
[unit]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
serial = $ENV::DIR/serial
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
";

/// A folder with `root.pem`, the stamped `data` and the response `r.tsr`; removed when dropped.
pub(crate) struct Made(pub(crate) PathBuf);

impl Drop for Made {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.0);
    }
}

/// Makes one, every signature with keys of the same kind; `None` without `openssl`.
pub(crate) fn make(name: &str, genpkey: &str) -> Option<Made> {
    let place = format!("proofline-tsa-made-{}-{name}", std::process::id());
    let made = Made(std::env::temp_dir().join(place));
    let dir = &made.0;
    fs::create_dir(dir).ok()?;
    fs::write(dir.join("ca.cnf"), CONFIG).ok()?;
    fs::write(dir.join("serial"), "01\n").ok()?;
    fs::write(dir.join("data"), b"stamped by openssl").ok()?;
    for unit in ["root", "int", "unit"] {
        openssl(dir, &format!("genpkey {genpkey} -out {unit}.key"))?;
    }
    let root = "req -new -x509 -config ca.cnf -extensions root -key root.key -days 30";
    openssl(dir, &format!("{root} -sha256 -out root.pem"))?;
    for (subject, issuer) in [("int", "root"), ("unit", "int")] {
        let request = format!("req -new -config ca.cnf -subj /CN={subject} -key {subject}.key");
        openssl(dir, &format!("{request} -out {subject}.csr"))?;
        let sign = format!("x509 -req -sha256 -in {subject}.csr -CA {issuer}.pem");
        let by = format!("-CAkey {issuer}.key -CAcreateserial -days 30");
        let form = format!("-extfile ca.cnf -extensions {subject} -out {subject}.pem");
        openssl(dir, &format!("{sign} {by} {form}"))?;
    }
    stamp(dir)?;
    Some(made)
}

/// Has the unit stamp `data` now: the response is then in `r.tsr`.
pub(crate) fn stamp(dir: &Path) -> Option<()> {
    openssl(dir, "ts -query -data data -sha256 -cert -out q.tsq")?;
    let reply = "ts -reply -config ca.cnf -section tsa -queryfile q.tsq -out r.tsr -sha256";
    openssl(
        dir,
        &format!("{reply} -signer unit.pem -inkey unit.key -chain int.pem"),
    )
}

/// Runs `openssl` in the folder; `None` if it is not there or fails.
pub(crate) fn openssl(dir: &Path, args: &str) -> Option<()> {
    let mut command = Command::new("openssl");
    let command = command
        .args(args.split(' '))
        .env("DIR", dir)
        .current_dir(dir);
    let output = command.output().ok()?;
    output.status.success().then_some(())
}
