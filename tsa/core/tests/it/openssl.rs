//! Tokens that `openssl ts -reply` makes, over RSA and P-256, from a CA made on the spot.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proofline_tsa::{
    Code, Expected, HashAlgorithm, Imprint, Options, Outcome, TrustAnchor, verify,
};

const CONFIG: &str = "
[req]
distinguished_name = dn
prompt = no
[dn]
O = OpenSSL Interop
CN = root
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign
extendedKeyUsage = timeStamping
[for_code]
basicConstraints = critical,CA:TRUE,pathlen:0
extendedKeyUsage = codeSigning
[issuing]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
[responder]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,OCSPSigning
noCheck = ignored
[no_ca]
basicConstraints = critical,CA:FALSE
[no_cert_sign]
basicConstraints = critical,CA:TRUE
keyUsage = critical,digitalSignature
[constrained]
basicConstraints = critical,CA:TRUE
nameConstraints = critical,permitted;dirName:elsewhere
[elsewhere]
O = Elsewhere
[other_form]
basicConstraints = critical,CA:TRUE
nameConstraints = critical,permitted;DNS:example.org
[required_policy]
basicConstraints = critical,CA:TRUE
policyConstraints = requireExplicitPolicy:0
[unknown]
basicConstraints = critical,CA:TRUE
1.2.3.4 = critical,DER:0500
[unit]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = unit_config
[unit_config]
serial = $ENV::DIR/serial
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = 3
ordering = yes
tsa_name = yes
ess_cert_id_chain = yes
ess_cert_id_alg = sha256
[ca]
default_ca = lists
[lists]
database = $ENV::DIR/index.txt
crlnumber = $ENV::DIR/crlnumber
certificate = $ENV::DIR/int.pem
private_key = $ENV::DIR/int.key
default_md = sha256
default_crl_days = 30
";

/// A folder with a CA in it, removed when dropped.
pub(crate) struct Ca(pub(crate) PathBuf);

impl Drop for Ca {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn openssl(dir: &Path, args: &str) -> Vec<u8> {
    let output = Command::new("openssl")
        .args(args.split(' '))
        .env("DIR", dir)
        .current_dir(dir)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "openssl {args}: {stderr}");
    output.stdout
}

impl Ca {
    /// Makes root, intermediate and unit with keys of the kind that `genpkey` is told.
    fn make(name: &str, genpkey: &str) -> Self {
        Self::make_with(name, genpkey, "intermediate")
    }

    /// The same, with the extensions of the intermediate chosen by their section.
    pub(crate) fn make_with(name: &str, genpkey: &str, intermediate: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("proofline-tsa-{}-{name}", std::process::id()));
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("ca.cnf"), CONFIG).unwrap();
        fs::write(dir.join("serial"), "01\n").unwrap();
        for unit in ["root", "int", "unit"] {
            openssl(&dir, &format!("genpkey {genpkey} -out {unit}.key"));
        }
        openssl(
            &dir,
            "req -new -x509 -config ca.cnf -extensions root -key root.key -days 30 -out root.pem",
        );
        for (subject, extensions, issuer) in
            [("int", intermediate, "root"), ("unit", "unit", "int")]
        {
            openssl(
                &dir,
                &format!(
                    "req -new -config ca.cnf -subj /CN={subject} -key {subject}.key -out {subject}.csr"
                ),
            );
            openssl(
                &dir,
                &format!(
                    "x509 -req -in {subject}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial -days 30 -extfile ca.cnf -extensions {extensions} -out {subject}.pem"
                ),
            );
        }
        fs::write(dir.join("data"), b"stamped by openssl").unwrap();
        Self(dir)
    }

    /// Has the file `data` stamped: the request is then in `q.tsq`, the response in `r.tsr`.
    pub(crate) fn stamp(&self, hash: &str) {
        openssl(
            &self.0,
            &format!("ts -query -data data -{hash} -cert -out q.tsq"),
        );
        let signer = "-signer unit.pem -inkey unit.key -chain int.pem";
        let reply = "ts -reply -config ca.cnf -section unit_config -queryfile q.tsq -out r.tsr";
        openssl(&self.0, &format!("{reply} {signer} -{hash}"));
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).unwrap()
    }
}

pub(crate) fn openssl_is_here() -> bool {
    let here = Command::new("openssl")
        .arg("version")
        .output()
        .is_ok_and(|o| o.status.success());
    if !here {
        eprintln!("SKIPPED: `openssl` is not installed; its tokens were not tested");
    }
    here
}

#[test]
fn tokens_of_openssl_are_accepted() {
    if !openssl_is_here() {
        return;
    }
    for (name, genpkey) in [
        ("rsa", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048"),
        ("p256", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256"),
        ("p384", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384"),
        ("p521", "-algorithm EC -pkeyopt ec_paramgen_curve:P-521"),
    ] {
        let ca = Ca::make(name, genpkey);
        let roots = TrustAnchor::all_from_pem(&ca.read("root.pem")).unwrap();
        for hash in HashAlgorithm::ALL {
            ca.stamp(hash.as_str());
            let (request, response) = (ca.read("q.tsq"), ca.read("r.tsr"));
            let imprint = Imprint::of(*hash, b"stamped by openssl");
            let options = Options {
                request: Some(&request),
                ..Options::default()
            };
            let report = verify(&response, Expected::Imprint(&imprint), &roots, &options);
            assert_eq!(
                report.outcome(),
                Outcome::Valid,
                "{name} {hash} {:?}",
                report.findings()
            );
            let token = report.verified().unwrap();
            assert_eq!(token.accuracy().unwrap().micros(), 1_500_100);
            assert!(token.claims().ordering);
            assert_eq!(token.claims().tsa.as_deref(), Some("CN=unit"));
            assert_eq!(token.policy(), "1.2.3.4.1");

            let other = Imprint::of(*hash, b"something else");
            let report = verify(&response, Expected::Imprint(&other), &roots, &options);
            assert_eq!(report.outcome(), Outcome::Invalid);
            let report = verify(&response, Expected::Imprint(&imprint), &[], &options);
            assert_eq!(report.outcome(), Outcome::Indeterminate);
        }
    }
}

#[test]
fn a_root_of_the_same_name_is_not_enough() {
    if !openssl_is_here() {
        return;
    }
    let genpkey = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
    let (ours, theirs) = (Ca::make("same-a", genpkey), Ca::make("same-b", genpkey));
    ours.stamp("sha256");
    let imprint = Imprint::of(HashAlgorithm::Sha256, b"stamped by openssl");
    let wrong = TrustAnchor::all_from_pem(&theirs.read("root.pem")).unwrap();
    let response = ours.read("r.tsr");
    let judge = |roots: &[TrustAnchor]| {
        verify(
            &response,
            Expected::Imprint(&imprint),
            roots,
            &Options::default(),
        )
    };
    let report = judge(&wrong);
    assert_eq!(report.outcome(), Outcome::Indeterminate);
    assert_eq!(report.findings()[0].code(), Code::PathNotFound);

    // Both roots have one name: every one of it is tried.
    let right = TrustAnchor::all_from_pem(&ours.read("root.pem")).unwrap();
    assert_eq!(judge(&[wrong, right].concat()).outcome(), Outcome::Valid);
}

#[test]
fn what_an_intermediate_may_not_do_is_found() {
    if !openssl_is_here() {
        return;
    }
    let genpkey = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
    for (section, code, outcome) in [
        ("for_code", Code::IssuerPurpose, Outcome::Invalid),
        ("no_ca", Code::IssuerNotCa, Outcome::Invalid),
        ("no_cert_sign", Code::IssuerKeyUsage, Outcome::Invalid),
        (
            "unknown",
            Code::CertificateCriticalExtensionUnknown,
            Outcome::Invalid,
        ),
        (
            "constrained",
            Code::CertificateNameConstraintViolated,
            Outcome::Invalid,
        ),
        (
            "required_policy",
            Code::CertificatePolicyMissing,
            Outcome::Invalid,
        ),
    ] {
        let ca = Ca::make_with(section, genpkey, section);
        ca.stamp("sha256");
        let imprint = Imprint::of(HashAlgorithm::Sha256, b"stamped by openssl");
        let roots = TrustAnchor::all_from_pem(&ca.read("root.pem")).unwrap();
        let response = ca.read("r.tsr");
        let report = verify(
            &response,
            Expected::Imprint(&imprint),
            &roots,
            &Options::default(),
        );
        let codes: Vec<Code> = report.findings().iter().map(|f| f.code()).collect();
        assert_eq!(codes, [code], "{section} {:?}", report.findings());
        assert_eq!(report.outcome(), outcome, "{section}");
    }
}

/// A constraint on names that nobody below it has, as authorities write it to be safe.
#[test]
fn constraints_of_other_forms_do_not_stand_in_the_way() {
    if !openssl_is_here() {
        return;
    }
    let genpkey = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
    let ca = Ca::make_with("other-form", genpkey, "other_form");
    ca.stamp("sha256");
    let imprint = Imprint::of(HashAlgorithm::Sha256, b"stamped by openssl");
    let roots = TrustAnchor::all_from_pem(&ca.read("root.pem")).unwrap();
    let report = verify(
        &ca.read("r.tsr"),
        Expected::Imprint(&imprint),
        &roots,
        &Options::default(),
    );
    assert_eq!(report.outcome(), Outcome::Valid, "{:?}", report.findings());
}
