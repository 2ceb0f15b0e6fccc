//! `verify-bundle token` on responses of `openssl ts -reply`, with files as other tools write them.

#![expect(clippy::print_stderr, reason = "a test that skips says so")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::token::check;

const CONFIG: &str = "
[req]
distinguished_name = dn
[dn]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[issuing]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[unit]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[unit_ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[ca]
default_ca = lists
[lists]
database = index.txt
crlnumber = crlnumber
certificate = issuing.pem
private_key = issuing.key
default_md = sha256
default_crl_days = 30
[tsa]
serial = serial
crypto_device = builtin
digests = sha256,sha384,sha512
default_policy = 1.2.3.4.1
accuracy = secs:1,millisecs:500
clock_precision_digits = 3
tsa_name = yes
ess_cert_id_alg = sha256
signer_digest = sha256
";

/// Everything that the test looks at. The intermediate names no purpose, as many real ones do.
/// `ca -revoke` writes the present; the three other lists say the same of other reasons and times.
const SCRIPT: &str = r#"
set -e
new() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }
signed() {
    openssl req -new -config c.cnf -key $1.key -subj /CN=$1 -out $1.csr
    openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -set_serial $3 -days 900 \
        -extfile c.cnf -extensions $4 -out $1.pem
}
new root
openssl req -x509 -config c.cnf -extensions root -key root.key -subj /CN=root -days 999 -out root.pem
new issuing; signed issuing root 2 issuing
new a; signed a issuing 3 unit
new b; signed b issuing 4 unit
new c; signed c issuing 5 unit_ca
openssl x509 -in root.pem -outform DER -out root.der
cat a.pem b.pem issuing.pem root.pem > many.pem
printf 'what was signed' > data; printf 'something else' > other
openssl ts -query -data data -sha256 -cert -out cert.tsq
openssl ts -query -data data -sha512 -out bare.tsq
echo 01 > serial
reply() { openssl ts -reply -config c.cnf -section tsa -signer $1.pem -inkey $1.key "${@:2}"; }
for name in a b c; do reply $name -queryfile cert.tsq -chain issuing.pem -out $name.tsr; done
reply a -queryfile cert.tsq -out short.tsr
reply a -queryfile bare.tsq -out bare.tsr
openssl ts -reply -in a.tsr -token_out -out a.tok
(echo '-----BEGIN TIMESTAMP TOKEN-----'; base64 -w 64 a.tok
 echo '-----END TIMESTAMP TOKEN-----') > a.pem.tok
echo 01 > crlnumber
list() { printf "$2" > index.txt; openssl ca -config c.cnf -gencrl -out $1.pem "${@:3}"; }
later=480101000000Z
list clean ''
openssl crl -in clean.pem -outform DER -out clean.der
list compromised "R\\t350101000000Z\\t$later,keyCompromise\\t04\\tunknown\\t/CN=b\\n"
list superseded "R\\t350101000000Z\\t$later,superseded\\t04\\tunknown\\t/CN=b\\n"
list before "R\\t350101000000Z\\t200101000000Z,superseded\\t04\\tunknown\\t/CN=b\\n"
openssl x509 -in root.pem -outform DER | sha256sum | cut -c1-64 > root.sha256
sha256sum data | cut -c1-64 > data.sha256
"#;

/// The folder with everything, or `None` where `openssl` or `bash` is missing and may be.
fn made(name: &str) -> Option<PathBuf> {
    let is_there = |name: &str| Command::new(name).arg("version").output().is_ok();
    if !is_there("openssl") || !is_there("bash") {
        let required = std::env::var_os("PROOFLINE_REQUIRE_TOOLS").is_some();
        assert!(!required, "openssl or bash is missing");
        eprintln!("SKIPPED: openssl or bash is missing");
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _absent = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("c.cnf"), CONFIG).unwrap();
    let made = Command::new("bash")
        .args(["-c", SCRIPT])
        .current_dir(&folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{said}");
    Some(folder)
}

/// A regulator holds responses of any authority, in whatever form, and lists of its issuer.
#[test]
fn responses_of_another_authority_end_in_the_verdict_that_they_deserve() {
    let Some(folder) = made("openssl-verdicts") else {
        return;
    };
    let of_data = |token: &'static str, more: &'static str, code: i32, said: &str| {
        let mut words = vec![token, "--data", "data"];
        words.extend(more.split_whitespace());
        check(&folder, &words, code, said);
    };
    of_data("a.tsr", "--tsa-root root.pem", 0, "NOT CHECKED");
    of_data("a.tok", "--tsa-root root.der", 0, "VERIFIED");
    of_data("a.pem.tok", "--tsa-root many.pem", 0, "VERIFIED");
    of_data("a.tsr", "", 3, "trust-anchor-not-given");
    of_data("short.tsr", "--tsa-root root.pem", 3, "path-not-found");
    of_data(
        "short.tsr",
        "--tsa-root root.pem --untrusted many.pem",
        0,
        "VERIFIED",
    );
    of_data(
        "bare.tsr",
        "--tsa-root root.pem",
        3,
        "signer-certificate-missing",
    );
    of_data(
        "bare.tsr",
        "--tsa-root root.pem --untrusted many.pem",
        0,
        "VERIFIED",
    );
    let with_request = "--tsa-root root.pem --untrusted many.pem --request bare.tsq";
    of_data("bare.tsr", with_request, 0, "VERIFIED");
    let other_request = "--tsa-root root.pem --untrusted many.pem --request cert.tsq";
    of_data("bare.tsr", other_request, 1, "mismatch");
    of_data("c.tsr", "--tsa-root root.pem", 1, "signer-is-ca");
    of_data(
        "a.tsr",
        "--tsa-root root.pem --crl clean.pem",
        0,
        "good as of",
    );
    of_data(
        "a.tsr",
        "--tsa-root root.pem --crl clean.der",
        0,
        "good as of",
    );
    let required = "--tsa-root root.pem --crl clean.der --require-revocation";
    of_data("a.tsr", required, 3, "revocation-required");
    let compromised = "--tsa-root root.pem --crl compromised.pem";
    of_data("b.tsr", compromised, 3, "certificate-key-compromised");
    let superseded = "--tsa-root root.pem --crl superseded.pem";
    of_data("b.tsr", superseded, 0, "certificate-revoked-since");
    of_data(
        "b.tsr",
        "--tsa-root root.pem --crl before.pem",
        1,
        "certificate-revoked",
    );
    // The list is past its next update then, and still shows what it lists.
    let old = "--tsa-root root.pem --crl before.pem --time 2060-01-01T00:00:00Z";
    of_data("b.tsr", old, 1, "certificate-revoked");
    of_data(
        "a.tsr",
        "--tsa-root root.pem --time 2060-01-01T00:00:00Z",
        0,
        "VERIFIED",
    );
}

/// Where only digests may travel: of the data, and of the root.
#[test]
fn digests_stand_for_data_and_root() {
    let Some(folder) = made("openssl-digests") else {
        return;
    };
    let read = |name: &str| {
        fs::read_to_string(folder.join(name))
            .unwrap()
            .trim()
            .to_owned()
    };
    let (data, root) = (read("data.sha256"), read("root.sha256"));
    let words = ["a.tsr", "--digest", &data, "--tsa-root", "root.pem"];
    check(&folder, &words, 0, "is that of your data");
    let upper = data.to_uppercase();
    let words = ["a.tsr", "--digest", &upper, "--tsa-root", "root.pem"];
    check(&folder, &words, 0, "is that of your data");
    let other = "00".repeat(32);
    let words = ["a.tsr", "--digest", &other, "--tsa-root", "root.pem"];
    check(&folder, &words, 1, "imprint-mismatch");
    let words = ["bare.tsr", "--digest", &data, "--tsa-root", "root.pem"];
    check(&folder, &words, 2, "by sha512, of 64 bytes");
    let words = ["a.tsr", "--digest", &data, "--tsa-root", &root];
    check(&folder, &words, 3, "root-not-at-hand");
    let beside = [&words[..], &["--untrusted", "root.der"]].concat();
    check(
        &folder,
        &beside,
        0,
        "chosen by the fingerprint that you gave",
    );
}
