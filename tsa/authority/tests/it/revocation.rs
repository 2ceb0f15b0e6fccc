//! `openssl` as an independent judge of lists, answers, and of where certificates say they are.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow in test data panics, and that fails the test"
)]

use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use proofline_tsa::{Certificate, Crl, OcspResponse, ocsp_request};
use proofline_tsa_authority::{Algorithm, Authority, Profile, Revoked, Standing, Subject};

use super::Folder;
use super::openssl::openssl_is_here;

const URL: &str = "http://127.0.0.1:8/pki/";

fn openssl(folder: &Folder, arguments: &str) -> Output {
    let words = arguments.split(' ');
    let command = Command::new("openssl")
        .args(words)
        .current_dir(&folder.0)
        .output();
    command.unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

fn made(algorithm: Algorithm) -> (Authority, Folder) {
    let profile = Profile::ten_years("Revocation", SystemTime::now() - Duration::from_secs(60));
    let authority = Authority::generate_at(algorithm, &profile, URL).unwrap();
    let folder = Folder::new();
    authority.save(&folder.0).unwrap();
    (authority, folder)
}

fn standing(revoked: &[Revoked]) -> Standing {
    let now = SystemTime::now();
    Standing {
        this_update: now,
        next_update: now + Duration::from_secs(3_600),
        revoked: revoked.to_vec(),
    }
}

fn compromised(subject: Subject) -> Revoked {
    Revoked {
        subject,
        at: SystemTime::now() - Duration::from_secs(30),
        reason: Some(1),
    }
}

#[test]
fn certificates_say_where_more_is_to_be_had() {
    let (authority, folder) = made(Algorithm::P256);
    let unit = Certificate::parse(authority.unit_der()).unwrap();
    assert_eq!(unit.crl_uris(), [format!("{URL}intermediate.crl")]);
    assert_eq!(unit.ocsp_uris(), [format!("{URL}ocsp")]);
    assert_eq!(unit.ca_issuer_uris(), [format!("{URL}intermediate.cer")]);
    let intermediate = Certificate::parse(authority.intermediate_der()).unwrap();
    assert_eq!(intermediate.crl_uris(), [format!("{URL}root.crl")]);
    let root = Certificate::parse(authority.root_der()).unwrap();
    assert!(root.crl_uris().is_empty() && root.ocsp_uris().is_empty());
    if !openssl_is_here() {
        return;
    }
    let said = text(&openssl(&folder, "x509 -in unit.pem -noout -text"));
    for place in [
        format!("URI:{URL}intermediate.crl"),
        format!("OCSP - URI:{URL}ocsp"),
        format!("CA Issuers - URI:{URL}intermediate.cer"),
    ] {
        assert!(said.contains(&place), "{said}");
    }
}

#[test]
fn openssl_reads_and_trusts_the_lists() {
    if !openssl_is_here() {
        return;
    }
    for algorithm in Algorithm::ALL {
        let (authority, folder) = made(*algorithm);
        for (subject, issuer) in [
            (Subject::Unit, "intermediate"),
            (Subject::Intermediate, "root"),
        ] {
            for revoked in [vec![], vec![compromised(subject)]] {
                let standing = standing(&revoked);
                let list = authority.revocation_list(subject, &standing).unwrap();
                assert_eq!(
                    usize::try_from(Crl::parse(&list).unwrap().entry_count()).unwrap(),
                    revoked.len()
                );
                std::fs::write(folder.0.join("list.crl"), &list).unwrap();
                let arguments =
                    format!("crl -inform DER -in list.crl -noout -text -CAfile {issuer}.pem");
                let output = openssl(&folder, &arguments);
                let said = text(&output);
                assert!(
                    output.status.success() && said.contains("verify OK"),
                    "{said}"
                );
                assert_eq!(
                    said.contains("Key Compromise"),
                    !revoked.is_empty(),
                    "{said}"
                );
            }
        }
    }
}

#[test]
fn openssl_reads_and_trusts_the_answers_to_its_own_and_to_our_questions() {
    if !openssl_is_here() {
        return;
    }
    let (authority, folder) = made(Algorithm::P256);
    for (subject, name, issuer) in [
        (Subject::Unit, "unit", "intermediate"),
        (Subject::Intermediate, "intermediate", "root"),
    ] {
        let (of, by) = match subject {
            Subject::Unit => (authority.unit_der(), authority.intermediate_der()),
            Subject::Intermediate => (authority.intermediate_der(), authority.root_der()),
        };
        let ours = {
            let (of, by) = (
                Certificate::parse(of).unwrap(),
                Certificate::parse(by).unwrap(),
            );
            assert_ne!(
                ocsp_request(&of, &by, Some(&[1; 16])),
                ocsp_request(&of, &by, None)
            );
            std::fs::write(
                folder.0.join("nonce.req"),
                ocsp_request(&of, &by, Some(&[1; 16])),
            )
            .unwrap();
            ocsp_request(&of, &by, None)
        };
        let ask = |hash: &str| {
            let arguments = format!(
                "ocsp {hash} -issuer {issuer}.pem -cert {name}.pem -no_nonce -reqout theirs.req"
            );
            let said = text(&openssl(&folder, &arguments));
            std::fs::read(folder.0.join("theirs.req")).unwrap_or_else(|_| said.into_bytes())
        };
        // What we ask is byte for byte what openssl asks; a nonce it reads as one.
        assert_eq!(ask("-sha1"), ours);
        let said = text(&openssl(&folder, "ocsp -reqin nonce.req -req_text"));
        assert!(said.contains("OCSP Nonce"), "{said}");
        for (hash, request, revoked) in [
            ("-sha1", ours.clone(), vec![]),
            ("-sha1", ours.clone(), vec![compromised(subject)]),
            ("-sha256", ask("-sha256"), vec![]),
        ] {
            let answer = authority
                .ocsp_response(&request, &standing(&revoked))
                .unwrap();
            assert_eq!(OcspResponse::parse(&answer).unwrap().response_count(), 1);
            std::fs::write(folder.0.join("answer.der"), &answer).unwrap();
            std::fs::write(folder.0.join("question.der"), &request).unwrap();
            let arguments = format!(
                "ocsp {hash} -respin answer.der -reqin question.der -issuer {issuer}.pem -cert {name}.pem -no_nonce -CAfile root.pem -verify_other {issuer}.pem"
            );
            let said = text(&openssl(&folder, &arguments));
            assert!(said.contains("Response verify OK"), "{said}");
            let status = if revoked.is_empty() {
                ": good"
            } else {
                ": revoked"
            };
            assert!(said.contains(status), "{said}");
        }
    }
}

#[test]
fn a_question_about_anothers_certificate_gets_no_status() {
    let (authority, _) = made(Algorithm::P256);
    let (other, _) = made(Algorithm::P256);
    let (of, by) = (other.unit_der(), other.intermediate_der());
    let (of, by) = (
        Certificate::parse(of).unwrap(),
        Certificate::parse(by).unwrap(),
    );
    let answer = authority
        .ocsp_response(&ocsp_request(&of, &by, None), &standing(&[]))
        .unwrap();
    assert!(OcspResponse::parse(&answer).is_err());
}
