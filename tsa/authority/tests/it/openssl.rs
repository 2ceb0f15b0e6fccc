//! `openssl ts -verify` as an independent judge of our tokens.

use std::process::Command;
use std::time::SystemTime;

use proofline_tsa::{CertificateRequest, HashAlgorithm, Request};
use proofline_tsa_authority::fault::Fault;
use proofline_tsa_authority::{Algorithm, Authority};

use super::{Folder, authority, request, request_without_parameters};

pub(crate) fn openssl_is_here() -> bool {
    let here = Command::new("openssl")
        .arg("version")
        .output()
        .is_ok_and(|o| o.status.success());
    if !here {
        eprintln!("SKIPPED: `openssl` is not installed; nothing was tested against it");
    }
    here
}

/// Asks `openssl` whether `response` answers `request` under the authority's root.
fn judge(authority: &Authority, request: &[u8], response: &[u8]) -> Result<(), String> {
    let folder = Folder::new();
    let path = |name: &str| folder.0.join(name);
    std::fs::write(path("root.pem"), authority.root_pem()).unwrap();
    std::fs::write(path("query.tsq"), request).unwrap();
    std::fs::write(path("reply.tsr"), response).unwrap();
    let output = Command::new("openssl")
        .args(["ts", "-verify", "-queryfile"])
        .arg(path("query.tsq"))
        .arg("-in")
        .arg(path("reply.tsr"))
        .arg("-CAfile")
        .arg(path("root.pem"))
        .output()
        .unwrap();
    if output.status.success() && String::from_utf8_lossy(&output.stdout).contains("OK") {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[test]
fn openssl_accepts_tokens_of_every_kind() {
    if !openssl_is_here() {
        return;
    }
    for algorithm in Algorithm::ALL {
        for hash in HashAlgorithm::ALL {
            let authority = authority(*algorithm);
            let request = request(*hash, b"judged by openssl");
            let response = authority.respond(&request, SystemTime::now());
            assert_eq!(
                judge(authority, &request, &response),
                Ok(()),
                "{algorithm:?} {hash}"
            );
        }
    }
}

#[test]
fn openssl_accepts_an_imprint_without_parameters() {
    if !openssl_is_here() {
        return;
    }
    let authority = authority(Algorithm::P256);
    let request = request_without_parameters(b"judged by openssl");
    let response = authority.respond(&request, SystemTime::now());
    assert_eq!(judge(authority, &request, &response), Ok(()));
}

#[test]
fn openssl_refuses_a_token_for_another_request() {
    if !openssl_is_here() {
        return;
    }
    let authority = authority(Algorithm::P256);
    let asked = request(HashAlgorithm::Sha256, b"one");
    let other = request(HashAlgorithm::Sha256, b"two");
    let response = authority.respond(&other, SystemTime::now());
    let reason = judge(authority, &asked, &response).unwrap_err();
    assert!(reason.contains("message imprint mismatch"), "{reason}");
}

/// The faults are faults in the eyes of another judge too.
#[test]
fn openssl_refuses_the_faults_that_it_looks_for() {
    if !openssl_is_here() {
        return;
    }
    let authority = authority(Algorithm::P256);
    let request = request(HashAlgorithm::Sha256, b"judged by openssl");
    let mut accepted = Vec::new();
    for fault in Fault::ALL {
        let expected = match fault {
            // Not a fault under the authority's own root, or not one that openssl looks for.
            Fault::EmbeddedRoot | Fault::CaLeaf => "OK",
            // It takes the first certificate with the signer's issuer and serial number, so its
            // verdict hangs on the order of random bytes.
            Fault::InjectedCertificates => continue,
            Fault::EssHashWrong => "ess cert id not found",
            Fault::EssMissing => "missing signing certificate attribute",
            Fault::ExpiredLeaf => "certificate has expired",
            Fault::ImprintWrong | Fault::Sha1Imprint => "message imprint mismatch",
            Fault::NonceWrong => "nonce mismatch",
            Fault::PurposeNotCritical | Fault::PurposeNotSole => "unsuitable certificate purpose",
            Fault::SignatureFlipped => "signature failure",
            Fault::StatusRejection => "token present",
            // Which words it finds is its own affair: it refuses.
            _ => "",
        };
        let response = authority
            .respond_with_fault(&request, SystemTime::now(), *fault)
            .unwrap();
        let verdict = judge(authority, &request, &response);
        let text = verdict.map_or_else(|reason| reason, |()| "OK".to_owned());
        if text == "OK" {
            accepted.push(*fault);
        }
        assert!(
            text.contains(expected),
            "{fault:?}: expected {expected}, {text}"
        );
    }
    // What version 3.0 does not look for, or takes for harmless; a later one may look for more.
    let overlooked = [
        Fault::AccuracyOutOfRange,
        Fault::AttributeTwice,
        Fault::BodyTrailing,
        Fault::CaLeaf,
        Fault::ContentTypeAttributeMissing,
        Fault::ContentTypeAttributeOther,
        Fault::EmbeddedRoot,
        Fault::ExtensionCritical,
        Fault::GenTimeLocal,
        Fault::GenTimeTrailingZero,
        Fault::SignatureAlgorithmUnknown,
    ];
    accepted.retain(|fault| !overlooked.contains(fault));
    assert_eq!(accepted, [], "faults that openssl used to refuse");
}

#[test]
fn our_request_is_read_by_openssl_and_its_request_by_us() {
    if !openssl_is_here() {
        return;
    }
    let folder = Folder::new();
    let ours = folder.0.join("ours.tsq");
    std::fs::write(&ours, request(HashAlgorithm::Sha384, b"x")).unwrap();
    let text = Command::new("openssl")
        .args(["ts", "-query", "-text", "-in"])
        .arg(&ours)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    for part in [
        "Hash Algorithm: sha384",
        "Nonce: 0x5A5A5A",
        "Certificate required: yes",
    ] {
        assert!(text.contains(part), "{text}");
    }

    let theirs = Command::new("openssl")
        .args([
            "ts",
            "-query",
            "-sha512",
            "-digest",
            &"ab".repeat(64),
            "-tspolicy",
            "2.999.1",
        ])
        .output()
        .unwrap();
    let parsed = Request::parse(&theirs.stdout).unwrap();
    assert_eq!(parsed.policy().as_deref(), Some("2.999.1"));
    assert_eq!(parsed.certificates(), CertificateRequest::NotWanted);
    assert_eq!(
        parsed.nonce().map(<[u8]>::len).unwrap_or_default().min(7),
        7
    );
}
