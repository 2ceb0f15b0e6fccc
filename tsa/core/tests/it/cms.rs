//! Tokens that no `openssl ts` makes: RSASSA-PSS and Ed25519, signed by other commands of `openssl`.
//!
//! The `TSTInfo` is one that `openssl ts` made; another signer is put around it.

use std::fs;
use std::path::Path;

use proofline_tsa::{
    Code, Expected, HashAlgorithm, Imprint, Options, Outcome, Report, TrustAnchor, verify,
};

use super::tree::{Form, Tree};

#[path = "../../benches/support/made.rs"]
mod made;

use made::{KINDS, Made, openssl};

const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4];
const SIGNING_CERTIFICATE_V2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 47];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 101, 3, 4, 2, 1];
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 101, 3, 4, 2, 3];
const ED25519: &[u8] = &[0x2b, 101, 112];

/// A folder with a unit in it that stamps; `None` says that `openssl` is not there.
fn folder(name: &str) -> Option<Made> {
    let (_, genpkey) = KINDS.iter().find(|(kind, _)| *kind == "p256")?;
    let made = made::make(name, genpkey);
    if made.is_none() {
        eprintln!("SKIPPED: `openssl` is not installed; its tokens were not tested");
    }
    made
}

fn run(dir: &Path, args: &str) {
    assert!(openssl(dir, args).is_some(), "openssl {args}");
}

/// Makes another root and unit over keys of one kind, signed as `sign` says, and then `tst.der`.
fn certify(dir: &Path, genpkey: &str, sign: &str) {
    for name in ["other-root", "other"] {
        run(dir, &format!("genpkey {genpkey} -out {name}.key"));
    }
    let root = "req -new -x509 -config ca.cnf -extensions root -key other-root.key -days 30";
    run(dir, &format!("{root}{sign} -out other-root.pem"));
    run(
        dir,
        "req -new -config ca.cnf -subj /CN=other -key other.key -out other.csr",
    );
    let by = "-CA other-root.pem -CAkey other-root.key -CAcreateserial -days 30";
    let form = "-extfile ca.cnf -extensions unit -out other.pem";
    run(dir, &format!("x509 -req -in other.csr {by} {form}{sign}"));
    // Stamped only now, so that the certificates are valid at the token's time.
    assert!(made::stamp(dir).is_some());
    run(dir, "ts -reply -in r.tsr -token_out -out t.der");
    let unwrap = "cms -verify -noverify -inform DER -in t.der -binary -out tst.der";
    run(dir, unwrap);
}

fn judge(dir: &Path, token: &[u8]) -> Report {
    let imprint = Imprint::of(HashAlgorithm::Sha256, &fs::read(dir.join("data")).unwrap());
    let root = fs::read(dir.join("other-root.pem")).unwrap();
    let anchors = TrustAnchor::all_from_pem(&root).unwrap();
    let expected = Expected::Imprint(&imprint);
    verify(token, expected, &anchors, &Options::default())
}

#[track_caller]
fn check_valid(report: &Report) {
    assert_eq!(report.outcome(), Outcome::Valid, "{:?}", report.findings());
}

/// D-Trust, a qualified authority, signs so; certificates of its path too.
#[test]
fn tokens_with_pss_are_accepted() {
    let Some(made) = folder("pss") else { return };
    let dir = &made.0;
    let pss = "rsa_padding_mode:pss";
    for (genpkey, hash, salt) in [
        ("RSA -pkeyopt rsa_keygen_bits:2048", "sha384", 48),
        ("RSA -pkeyopt rsa_keygen_bits:3072", "sha512", 20),
        ("RSA-PSS -pkeyopt rsa_keygen_bits:2048", "sha256", 32),
    ] {
        let sign = format!(" -{hash} -sigopt {pss} -sigopt rsa_pss_saltlen:{salt}");
        certify(dir, &format!("-algorithm {genpkey}"), &sign);
        let content = "-in tst.der -binary -nodetach -econtent_type 1.2.840.113549.1.9.16.1.4";
        let signer = "-signer other.pem -inkey other.key -cades -outform DER -out pss.tst";
        let padding = format!("-md {hash} -keyopt {pss} -keyopt rsa_pss_saltlen:{salt}");
        run(dir, &format!("cms -sign {content} {signer} {padding}"));
        let token = fs::read(dir.join("pss.tst")).unwrap();
        check_valid(&judge(dir, &token));

        let mut forged = token.clone();
        *forged.last_mut().unwrap() ^= 1;
        assert_eq!(judge(dir, &forged).outcome(), Outcome::Invalid);
    }
}

fn oid(id: &[u8]) -> Tree {
    Tree::Primitive(0x06, id.to_vec())
}

fn octets(content: &[u8]) -> Tree {
    Tree::Primitive(0x04, content.to_vec())
}

fn sequence(parts: Vec<Tree>) -> Tree {
    Tree::Constructed(0x30, parts)
}

fn attribute(id: &[u8], value: Tree) -> Tree {
    sequence(vec![oid(id), Tree::Constructed(0x31, vec![value])])
}

/// A token by Ed25519 (RFC 8419), with the digest algorithm that is asked for.
fn ed25519_token(dir: &Path, digest: &[u8], hash: HashAlgorithm) -> Vec<u8> {
    run(dir, "x509 -in other.pem -outform DER -out other.der");
    let unit = fs::read(dir.join("other.der")).unwrap();
    let tst = fs::read(dir.join("tst.der")).unwrap();
    let bound = octets(&HashAlgorithm::Sha256.digest(&unit));
    let reference = sequence(vec![sequence(vec![sequence(vec![bound])])]);
    let attributes = vec![
        attribute(CONTENT_TYPE, oid(TST_INFO)),
        attribute(MESSAGE_DIGEST, octets(&hash.digest(&tst))),
        attribute(SIGNING_CERTIFICATE_V2, reference),
    ];
    let signed = Tree::Constructed(0x31, attributes.clone()).write(Form::Der);
    fs::write(dir.join("signed"), signed).unwrap();
    run(
        dir,
        "pkeyutl -sign -inkey other.key -rawin -in signed -out signature",
    );
    let signature = fs::read(dir.join("signature")).unwrap();

    let certificate = Tree::read(&unit);
    let mut tbs = certificate.clone();
    let fields = tbs.at(&[0]).parts();
    let (serial, issuer) = (fields.remove(1), fields.remove(2));
    let version = |number| Tree::Primitive(0x02, vec![number]);
    let info = sequence(vec![
        version(1),
        sequence(vec![issuer, serial]),
        sequence(vec![oid(digest)]),
        Tree::Constructed(0xa0, attributes),
        sequence(vec![oid(ED25519)]),
        octets(&signature),
    ]);
    let content = Tree::Constructed(0xa0, vec![octets(&tst)]);
    let signed_data = sequence(vec![
        version(3),
        Tree::Constructed(0x31, vec![sequence(vec![oid(digest)])]),
        sequence(vec![oid(TST_INFO), content]),
        Tree::Constructed(0xa0, vec![certificate]),
        Tree::Constructed(0x31, vec![info]),
    ]);
    let explicit = Tree::Constructed(0xa0, vec![signed_data]);
    sequence(vec![oid(SIGNED_DATA), explicit]).write(Form::Der)
}

/// RFC 8419 §3.1: with signed attributes the digest algorithm is SHA-512 and no other, or the same
/// signature could be had with a weaker hash of the content.
#[test]
fn tokens_with_ed25519_are_accepted() {
    let Some(made) = folder("ed25519") else {
        return;
    };
    let dir = &made.0;
    certify(dir, "-algorithm ED25519", "");
    let token = ed25519_token(dir, SHA512, HashAlgorithm::Sha512);
    check_valid(&judge(dir, &token));

    let mut forged = token.clone();
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(judge(dir, &forged).outcome(), Outcome::Invalid);

    let weaker = judge(dir, &ed25519_token(dir, SHA256, HashAlgorithm::Sha256));
    let codes: Vec<Code> = weaker.findings().iter().map(|f| f.code()).collect();
    assert_eq!(codes, [Code::DigestAlgorithmMismatch]);
    assert_eq!(weaker.outcome(), Outcome::Invalid);
}
