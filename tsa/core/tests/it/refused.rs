//! Three tokens that other verifiers have let pass, and the tokens around them: one that brings its
//! own root, one with foreign certificates in it, one that a certification authority signed.

use std::sync::OnceLock;
use std::time::SystemTime;

use proofline_tsa::{
    Certificate, Code, Expected, HashAlgorithm, Imprint, Options, Outcome, Report, Request,
    Severity, TrustAnchor, verify,
};
use proofline_tsa_authority::fault::Fault;
use proofline_tsa_authority::{Algorithm, Authority, Profile};

use super::corpus::{Entry, entries};
use super::tree::{Form, Tree};

const MESSAGE: &[u8] = b"what is stamped";

/// `response-injected-certs.tsr` of `trailofbits/rfc3161-client`: two certificates of strangers,
/// one with the name of the stamping unit, before that of the unit.
const INJECTED: &str = "trailofbits+rfc3161-client/171ca428ea3072ea.tsr";

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| make("Refused"))
}

fn make(organization: &str) -> Authority {
    let profile = Profile::ten_years(organization, SystemTime::now());
    Authority::generate(Algorithm::P256, &profile).unwrap()
}

fn imprint() -> Imprint {
    Imprint::of(HashAlgorithm::Sha256, MESSAGE)
}

fn request() -> Vec<u8> {
    let request = Request::new(imprint(), &[0x33; 16]).unwrap();
    request.to_der().unwrap()
}

fn faulty(fault: Fault) -> Vec<u8> {
    authority()
        .respond_with_fault(&request(), SystemTime::now(), fault)
        .unwrap()
}

fn judge(response: &[u8], anchors: &[TrustAnchor]) -> Report {
    let request = request();
    let options = Options {
        request: Some(&request),
        ..Options::default()
    };
    verify(response, Expected::Imprint(&imprint()), anchors, &options)
}

/// The findings that weigh.
fn codes(report: &Report) -> Vec<Code> {
    let codes = report.findings().iter().map(|finding| finding.code());
    codes
        .filter(|code| code.severity() > Severity::Note)
        .collect()
}

/// The certificates in a response, in their order.
fn certificates(response: &[u8]) -> Vec<Vec<u8>> {
    let mut tree = Tree::read(response);
    // Response, token, explicit content, certificates of the `SignedData`.
    let set = tree.at(&[1, 1, 0, 3]).parts();
    set.iter().map(|part| part.write(Form::Der)).collect()
}

fn is_self_signed(der: &[u8]) -> bool {
    let certificate = Certificate::parse(der).unwrap();
    certificate.subject() == certificate.issuer()
}

/// A root that came with the token is a stranger's until somebody else names it.
#[test]
fn the_token_with_its_own_root_is_refused() {
    let response = faulty(Fault::EmbeddedRoot);
    assert!(certificates(&response).contains(&authority().root_der().to_vec()));
    let unrelated = make("Unrelated").trust_anchor().unwrap();
    let report = judge(&response, std::slice::from_ref(&unrelated));
    assert_eq!(codes(&report), [Code::PathNotFound]);
    assert_eq!(report.outcome(), Outcome::Indeterminate);
    assert!(report.verified().is_none());
    // Nothing else was wrong with it.
    let own = authority().trust_anchor().unwrap();
    assert_eq!(judge(&response, &[own]).outcome(), Outcome::Valid);

    let Some(entries) = entries() else {
        return;
    };
    let mut refused = 0_usize;
    for entry in &entries {
        let report = entry.verify_to(std::slice::from_ref(&unrelated));
        assert_ne!(report.outcome(), Outcome::Valid, "{}", entry.file);
        if entry.expected == "VALID" {
            let found = report.findings().iter().map(|finding| finding.code());
            let found: Vec<Code> = found.collect();
            assert!(
                found.contains(&Code::PathNotFound),
                "{}: {found:?}",
                entry.file
            );
            refused = refused.saturating_add(1);
        }
    }
    assert!(refused > 300, "{refused}");
}

/// The signer is the one that the signature binds, whoever travels with it, and a stranger who is
/// trusted lends the token nothing.
#[test]
fn the_token_with_injected_certificates_is_refused_in_the_name_of_a_stranger() {
    let response = faulty(Fault::InjectedCertificates);
    let own = authority().trust_anchor().unwrap();
    let report = judge(&response, &[own]);
    assert_eq!(report.outcome(), Outcome::Valid, "{:?}", report.findings());
    let unit = Certificate::parse(authority().unit_der()).unwrap();
    assert_eq!(report.verified().unwrap().signer(), &unit.summary());
    let known = [authority().unit_der(), authority().intermediate_der()];
    let strangers: Vec<Vec<u8>> = certificates(&response)
        .into_iter()
        .filter(|der| !known.contains(&der.as_slice()))
        .collect();
    assert_eq!(strangers.len(), 2);
    for der in &strangers {
        let report = judge(&response, &[TrustAnchor::from_der(der).unwrap()]);
        assert_eq!(codes(&report), [Code::PathNotFound]);
        assert!(report.verified().is_none());
    }

    let Some(entries) = entries() else {
        return;
    };
    let entry = entries.iter().find(|entry| entry.file == INJECTED).unwrap();
    injected_in_the_wild(entry);
}

fn injected_in_the_wild(entry: &Entry) {
    let report = entry.verify(&entry.bytes, &[]);
    let signer = report.verified().unwrap().signer().clone();
    let mut strangers = 0_usize;
    for der in certificates(&entry.bytes) {
        let summary = Certificate::parse(&der).unwrap().summary();
        if summary == signer {
            continue;
        }
        strangers = strangers.saturating_add(1);
        let report = entry.verify_to(&[TrustAnchor::from_der(&der).unwrap()]);
        assert_eq!(codes(&report), [Code::PathNotFound], "{}", summary.subject);
        assert_eq!(report.signer(), Some(&signer));
    }
    assert_eq!(strangers, 2);
}

/// Who may issue certificates could issue itself any unit: its own signature is worth nothing more,
/// and its key is used for something else.
#[test]
fn the_token_signed_by_a_certification_authority_is_refused() {
    let response = faulty(Fault::CaLeaf);
    assert!(
        !certificates(&response)
            .iter()
            .any(|der| is_self_signed(der))
    );
    let own = authority().trust_anchor().unwrap();
    let report = judge(&response, &[own]);
    assert_eq!(codes(&report), [Code::SignerIsCa]);
    assert_eq!(report.outcome(), Outcome::Invalid);
    assert!(report.verified().is_none());
    // Trusting it by name does not make it a stamping unit.
    let signer = report.signer().unwrap().fingerprint;
    let der = certificates(&response)
        .into_iter()
        .find(|der| Certificate::parse(der).unwrap().fingerprint() == signer)
        .unwrap();
    let pinned = judge(&response, &[TrustAnchor::from_der(&der).unwrap()]);
    assert_eq!(codes(&pinned), [Code::SignerIsCa]);
}

/// Two certificates with the identifier of the signer and neither with the signed reference: the
/// token is refused as it is with either alone, and not because there are two.
#[test]
fn namesakes_of_an_absent_signer_are_refused_for_what_they_are() {
    let response = faulty(Fault::InjectedCertificates);
    let unit = authority().unit_der();
    let subject = Certificate::parse(unit).unwrap().subject();
    let namesakes = certificates(&response)
        .into_iter()
        .filter(|der| der != unit);
    let forged = namesakes
        .filter(|der| Certificate::parse(der).unwrap().subject() == subject)
        .collect::<Vec<_>>()
        .swap_remove(0);
    let mut tree = Tree::read(&response);
    let set = tree.at(&[1, 1, 0, 3]).parts();
    set.retain(|part| part.write(Form::Der) != unit);
    let own = authority().trust_anchor().unwrap();
    let alone = judge(&tree.write(Form::Der), std::slice::from_ref(&own));
    assert!(codes(&alone).contains(&Code::EssCertIdMismatch));
    assert_eq!(alone.outcome(), Outcome::Invalid);
    // Another forgery: the same, with another last octet in its signature.
    let mut other = forged;
    *other.last_mut().unwrap() ^= 1;
    tree.at(&[1, 1, 0, 3]).parts().push(Tree::read(&other));
    let both = judge(&tree.write(Form::Der), &[own]);
    assert_eq!(
        codes(&both),
        [
            Code::SignerAmbiguous,
            Code::EssCertIdMismatch,
            Code::EssCertIdMismatch
        ]
    );
    assert_eq!(both.outcome(), Outcome::Invalid);
    assert_eq!(both.signer(), None);
}

/// `-n` is not `n`, though their last octets are the same.
#[test]
fn a_nonce_of_the_other_sign_is_a_mismatch() {
    let positive = Request::new(imprint(), &[0x80; 8]).unwrap();
    let positive = positive.to_der().unwrap();
    let mut tree = Tree::read(&positive);
    let nonce = tree.parts().iter_mut().find_map(|part| match part {
        Tree::Primitive(0x02, content) if content.len() == 9 => Some(content),
        _ => None,
    });
    nonce.unwrap().remove(0);
    let negative = tree.write(Form::Der);
    let own = authority().trust_anchor().unwrap();
    for (asked, kept, want) in [
        (&positive, &positive, &[][..]),
        (&negative, &negative, &[]),
        (&positive, &negative, &[Code::NonceMismatch]),
        (&negative, &positive, &[Code::NonceMismatch]),
    ] {
        let response = authority().respond(asked, SystemTime::now());
        let options = Options {
            request: Some(kept),
            ..Options::default()
        };
        let expected = Expected::NotGiven;
        let report = verify(&response, expected, std::slice::from_ref(&own), &options);
        assert_eq!(codes(&report), want);
    }
}
