//! One good token in every dress: BER, padding, odd versions, things beside the path.
//!
//! What is not under a signature may look like anything, and must neither hide a good token nor
//! help a bad one.

use std::sync::OnceLock;
use std::time::SystemTime;

use proofline_tsa::{
    Code, Encoding, Expected, HashAlgorithm, Imprint, Options, Outcome, Report, Request,
    RevocationFormat, Severity, ber, limits, verify,
};
use proofline_tsa_authority::{Algorithm, Authority, Profile};

use super::tree::{Form, Tree};

const MESSAGE: &[u8] = b"what is stamped";

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let profile = Profile::ten_years("Encodings", SystemTime::now());
        Authority::generate(Algorithm::P256, &profile).unwrap()
    })
}

fn response() -> Vec<u8> {
    let imprint = Imprint::of(HashAlgorithm::Sha256, MESSAGE);
    let request = Request::new(imprint, &[0x33; 16]).unwrap();
    authority().respond(&request.to_der().unwrap(), SystemTime::now())
}

fn judge(bytes: &[u8]) -> Report {
    let imprint = Imprint::of(HashAlgorithm::Sha256, MESSAGE);
    let anchors = [authority().trust_anchor().unwrap()];
    verify(
        bytes,
        Expected::Imprint(&imprint),
        &anchors,
        &Options::default(),
    )
}

fn notes(report: &Report) -> Vec<Code> {
    let codes = report.findings().iter().map(|finding| finding.code());
    codes
        .filter(|code| code.severity() == Severity::Note)
        .collect()
}

/// Where things are in a response: its token, and the fields of the `SignedData` in that.
const TOKEN: usize = 1;
const SIGNED_DATA: &[usize] = &[TOKEN, 1, 0];

#[track_caller]
fn check(change: impl FnOnce(&mut Tree), want: &[Code]) -> Report {
    let mut tree = Tree::read(&response());
    change(tree.at(SIGNED_DATA));
    let report = judge(&tree.write(Form::Der));
    assert_eq!(report.outcome(), Outcome::Valid, "{:?}", report.findings());
    assert_eq!(notes(&report), want);
    report
}

#[test]
fn the_tree_writes_what_it_read() {
    let response = response();
    assert_eq!(Tree::read(&response).write(Form::Der), response);
    check(|_| (), &[]);
}

/// A token embedded in a document and written again there is the same token.
#[test]
fn a_token_in_ber_is_the_same_token() {
    let tree = Tree::read(&response());
    for form in [Form::Indefinite, Form::LongLengths] {
        let bytes = tree.write(form);
        assert_ne!(bytes, response());
        let report = judge(&bytes);
        assert_eq!(report.outcome(), Outcome::Valid, "{:?}", report.findings());
        assert_eq!(notes(&report), [Code::EncodingBer]);
        assert_eq!(report.encoding(), Encoding::Ber);
        assert_eq!(ber::to_der(&bytes).unwrap(), tree.write(Form::Der));
    }
    assert_eq!(judge(&response()).encoding(), Encoding::Der);
}

/// BER is no way around the signature.
#[test]
fn a_changed_token_in_ber_is_invalid() {
    let mut tree = Tree::read(&response());
    match tree.at(SIGNED_DATA).at(&[2, 1, 0]) {
        Tree::Primitive(0x04, content) => content[40] ^= 1,
        other => panic!("{other:?} is no content"),
    }
    let report = judge(&tree.write(Form::Indefinite));
    assert_eq!(report.outcome(), Outcome::Invalid);
    let codes: Vec<Code> = report.findings().iter().map(|f| f.code()).collect();
    assert!(codes.contains(&Code::MessageDigestMismatch), "{codes:?}");
}

/// What is hashed is never converted: a `TSTInfo` in BER is none.
#[test]
fn content_in_ber_is_not_read() {
    let mut tree = Tree::read(&response());
    match tree.at(SIGNED_DATA).at(&[2, 1, 0]) {
        Tree::Primitive(0x04, content) => *content = Tree::read(content).write(Form::Indefinite),
        other => panic!("{other:?} is no content"),
    }
    let report = judge(&tree.write(Form::Der));
    let codes: Vec<Code> = report.findings().iter().map(|f| f.code()).collect();
    assert_eq!(codes, [Code::EncodingNotDer]);
    assert_eq!(report.outcome(), Outcome::Indeterminate);
}

/// A PDF fills the room that it set aside for a token with zeros; what is DER has no such excuse.
#[test]
fn zeros_may_follow_ber_and_nothing_else() {
    let bytes = Tree::read(&response()).write(Form::Indefinite);
    let report = judge(&[&bytes[..], &[0; 1000]].concat());
    assert_eq!(report.outcome(), Outcome::Valid, "{:?}", report.findings());
    assert_eq!(notes(&report), [Code::EncodingBer, Code::PaddingSkipped]);
    for end in [&[1][..], &[0, 0, 1], &bytes] {
        let report = judge(&[&bytes[..], end].concat());
        assert_ne!(report.outcome(), Outcome::Valid);
    }
    let beyond = [&bytes[..], &vec![0; limits::MAX_TOKEN_BYTES]].concat();
    assert_eq!(judge(&beyond).outcome(), Outcome::Invalid);
    let der = [&response()[..], &[0]].concat();
    assert_eq!(judge(&der).outcome(), Outcome::Invalid);
}

/// A fifth of the real tokens have their certificates in another order than that of DER.
#[test]
fn the_order_of_certificates_does_not_matter() {
    check(|signed_data| signed_data.at(&[3]).parts().reverse(), &[]);
}

#[test]
fn attribute_certificates_are_left_out() {
    let other = Tree::Constructed(0xa2, vec![Tree::Primitive(0x02, vec![1])]);
    check(
        |signed_data| signed_data.at(&[3]).parts().insert(0, other),
        &[Code::CertificateFormSkipped],
    );
}

#[test]
fn revocation_data_is_handed_on_as_it_is() {
    let crl = Tree::Constructed(0x30, vec![Tree::Primitive(0x02, vec![7])]);
    let ocsp = Tree::Constructed(
        0xa1,
        vec![
            Tree::Primitive(0x06, vec![0x2b, 6, 1, 5, 5, 7, 16, 2]),
            Tree::Constructed(0x30, vec![Tree::Primitive(0x0a, vec![0])]),
        ],
    );
    let crls = Tree::Constructed(0xa1, vec![crl, ocsp]);
    let report = check(
        |signed_data| signed_data.parts().insert(4, crls),
        &[Code::RevocationDataInToken],
    );
    let [crl, ocsp] = report.embedded_revocation() else {
        panic!("{:?}", report.embedded_revocation());
    };
    assert_eq!(crl.format, RevocationFormat::Crl);
    assert_eq!(crl.der, [0x30, 3, 2, 1, 7]);
    let id = RevocationFormat::Other("1.3.6.1.5.5.7.16.2".to_owned());
    assert_eq!(ocsp.format, id);
    assert_eq!(ocsp.der, [0x30, 3, 0x0a, 1, 0]);
}

/// The version is under no signature, and PKCS #7 libraries write theirs.
#[test]
fn version_one_is_noted() {
    let one = Tree::Primitive(0x02, vec![1]);
    check(
        |signed_data| signed_data.parts()[0] = one,
        &[Code::VersionOdd],
    );
}

#[test]
fn granted_with_modifications_is_granted() {
    let mut tree = Tree::read(&response());
    *tree.at(&[0, 0]) = Tree::Primitive(0x02, vec![1]);
    let report = judge(&tree.write(Form::Der));
    assert_eq!(report.outcome(), Outcome::Valid);
    assert_eq!(notes(&report), [Code::StatusGrantedWithMods]);
}

/// Attributes sent in another order than they were signed in: the signature is over the sorted.
#[test]
fn attributes_sent_out_of_order_are_sorted() {
    check(
        |signed_data| {
            let last = signed_data.parts().len() - 1;
            signed_data.at(&[last, 0, 3]).parts().reverse();
        },
        &[Code::SignedAttributesReordered],
    );
}
