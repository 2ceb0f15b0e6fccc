//! Lists and answers made by hand: who may say what, how old it may be, and what follows.

extern crate std;

use std::prelude::rust_2024::*;
use std::vec;

use super::*;
use crate::crl::RevocationReason;
use crate::der::{self, tag};
use crate::finding::Code;
use crate::oid;
use crate::path::{PathRules, find_path};
use crate::testing::{
    AT, CrlTemplate, Key, OcspTemplate, Template, YEAR, ca, crl_entry, extension, integer,
    key_usage, name, purposes, reason, root, sequence, time,
};

mod sources;

const ROOT: (&str, Key) = ("root", Key(1));
const UNIT: (&str, Key) = ("unit", Key(2));
const INT: (&str, Key) = ("intermediate", Key(3));
const RESPONDER: (&str, Key) = ("responder", Key(4));
const UNIT_SERIAL: u8 = 42;
const DAY: i64 = 86_400;

/// Root, intermediate, unit.
fn path() -> CertificationPath {
    path_of(Template::new(UNIT, INT))
}

fn path_of(unit: Template<'_>) -> CertificationPath {
    let unit = unit.serial(UNIT_SERIAL).make();
    let intermediate = Template::new(INT, ROOT).with(ca(None)).serial(7).make();
    let anchors = [root(ROOT.0, ROOT.1)];
    let report = find_path(&unit, &[&intermediate], &anchors, AT, &PathRules::default());
    report.path().unwrap().clone()
}

/// The status of the unit.
fn status(evidence: &RevocationEvidence<'_>) -> RevocationStatus {
    let report = check_revocation(&path(), evidence, AT);
    report.certificates()[0].status.clone()
}

fn by_crls(crls: &[Vec<u8>]) -> RevocationStatus {
    let crls: Vec<&[u8]> = crls.iter().map(Vec::as_slice).collect();
    status(&RevocationEvidence {
        crls: &crls,
        ..RevocationEvidence::default()
    })
}

fn by_ocsp(response: &[u8]) -> RevocationStatus {
    status(&RevocationEvidence {
        ocsp_responses: &[response],
        ..RevocationEvidence::default()
    })
}

fn as_of(status: &RevocationStatus) -> Result<i64, &RevocationStatus> {
    match status {
        RevocationStatus::Good { as_of, .. } => Ok(*as_of),
        other => Err(other),
    }
}

fn unknown(why: UnknownCause) -> RevocationStatus {
    RevocationStatus::Unknown { why }
}

fn revoked(status: &RevocationStatus) -> (i64, Option<RevocationReason>) {
    match status {
        RevocationStatus::Revoked(revocation) => (revocation.at, revocation.reason),
        other => core::panic!("{other:?}"),
    }
}

#[test]
fn nothing_given_is_nothing_checked() {
    let status = status(&RevocationEvidence::default());
    assert_eq!(status, RevocationStatus::NotChecked);
}

#[test]
fn every_certificate_but_the_root_has_a_status_of_its_own() {
    let (for_unit, for_int) = (CrlTemplate::new(INT).make(), CrlTemplate::new(ROOT));
    let for_int = for_int.listing(crl_entry(7, AT, &[reason(2)])).make();
    let evidence = RevocationEvidence {
        crls: &[&for_unit, &for_int],
        ..RevocationEvidence::default()
    };
    let report = check_revocation(&path(), &evidence, AT);
    let [unit, int] = report.certificates() else {
        core::panic!("{report:?}");
    };
    assert_eq!(as_of(&unit.status), Ok(AT - DAY));
    assert_eq!(int.certificate.subject, "CN=intermediate");
    let compromise = Some(RevocationReason::CaCompromise);
    assert_eq!(revoked(&int.status), (AT, compromise));
}

#[test]
fn a_list_made_later_shows_more_and_an_old_one_nothing_but_what_it_lists() {
    let list = |this, next| CrlTemplate::new(INT).times(this, next);
    let later = list(AT + YEAR, None).make();
    assert_eq!(as_of(&by_crls(&[later])), Ok(AT + YEAR));
    let (old, due) = (AT - YEAR, Some(AT - DAY));
    assert_eq!(
        by_crls(&[list(old, due).make()]),
        unknown(UnknownCause::Stale)
    );
    assert_eq!(
        by_crls(&[list(old, None).make()]),
        unknown(UnknownCause::Stale)
    );
    let listing = list(old, due).listing(crl_entry(UNIT_SERIAL, old, &[]));
    assert_eq!(revoked(&by_crls(&[listing.make()])), (old, None));
}

#[test]
fn what_another_key_signed_proves_nothing() {
    let forged = CrlTemplate::new((INT.0, Key(99)));
    let forged = forged.listing(crl_entry(UNIT_SERIAL, AT, &[]));
    assert_eq!(
        by_crls(&[forged.make()]),
        unknown(UnknownCause::BadSignature)
    );
    let stranger = CrlTemplate::new(("stranger", Key(99)));
    assert_eq!(
        by_crls(&[stranger.make()]),
        unknown(UnknownCause::WrongIssuer)
    );
}

#[test]
fn a_list_is_not_used_beyond_what_it_says_it_is_for() {
    let only_ca = der::write(tag::primitive(2), &[0xff]);
    let point = extension(
        oid::ISSUING_DISTRIBUTION_POINT,
        true,
        &sequence(&[&only_ca]),
    );
    let list = CrlTemplate::new(INT).with(point);
    assert_eq!(by_crls(&[list.make()]), unknown(UnknownCause::OutOfScope));
    let odd = extension(&[0x2a, 0x03], true, &[5, 0]);
    let list = CrlTemplate::new(INT).with(odd);
    assert_eq!(
        by_crls(&[list.make()]),
        unknown(UnknownCause::CriticalExtension)
    );
}

#[test]
fn a_certificate_that_had_expired_may_have_left_the_list() {
    let unit = || Template::new(UNIT, INT).not_after(AT + YEAR);
    let look = |list: CrlTemplate<'_>| {
        let list = list.times(AT + 2 * YEAR, None).make();
        let evidence = RevocationEvidence {
            crls: &[&list],
            ..RevocationEvidence::default()
        };
        let report = check_revocation(&path_of(unit()), &evidence, AT);
        report.certificates()[0].status.clone()
    };
    let left = unknown(UnknownCause::CertificateExpired);
    assert_eq!(look(CrlTemplate::new(INT)), left);
    let kept = |since| extension(oid::EXPIRED_CERTS_ON_CRL, false, &time(since));
    let stays = look(CrlTemplate::new(INT).with(kept(AT)));
    assert_eq!(as_of(&stays), Ok(AT + 2 * YEAR));
    assert_eq!(
        look(CrlTemplate::new(INT).with(kept(AT + 2 * YEAR))),
        left,
        "kept only those that expired later"
    );
}

#[test]
fn a_hold_ends_with_the_next_word_and_a_revocation_does_not() {
    let hold = |n| {
        let entry = crl_entry(UNIT_SERIAL, AT, &[reason(n)]);
        CrlTemplate::new(INT).times(AT, None).listing(entry).make()
    };
    let later = CrlTemplate::new(INT).times(AT + DAY, None).make();
    assert_eq!(as_of(&by_crls(&[hold(6), later.clone()])), Ok(AT + DAY));
    let superseded = Some(RevocationReason::Superseded);
    assert_eq!(revoked(&by_crls(&[hold(4), later])), (AT, superseded));
}

#[test]
fn the_gravest_of_several_reasons_counts() {
    let listing = |n: Option<u8>, at| {
        let reasons: Vec<Vec<u8>> = n.map(reason).into_iter().collect();
        let list = CrlTemplate::new(INT).times(at, None);
        list.listing(crl_entry(UNIT_SERIAL, at, &reasons)).make()
    };
    let compromise = Some(RevocationReason::KeyCompromise);
    for order in [[0, 1], [1, 0]] {
        let lists = [listing(Some(4), AT), listing(Some(1), AT + DAY)];
        let lists = order.map(|i: usize| lists[i].clone());
        assert_eq!(revoked(&by_crls(&lists)), (AT + DAY, compromise));
    }
}

#[test]
fn a_delta_changes_what_its_base_says() {
    let number = |n| extension(oid::CRL_NUMBER, false, &integer(n));
    let on = |n| extension(oid::DELTA_CRL_INDICATOR, true, &integer(n));
    let base = || CrlTemplate::new(INT).with(number(5));
    let delta = |from| {
        let delta = CrlTemplate::new(INT).with(number(6)).with(on(from));
        delta.times(AT, Some(AT + DAY))
    };
    let entry = |n| crl_entry(UNIT_SERIAL, AT, &[reason(n)]);
    // Not listed in either: good as of the delta.
    assert_eq!(
        as_of(&by_crls(&[base().make(), delta(5).make()])),
        Ok(AT),
        "the delta is newer"
    );
    let lists = [base().make(), delta(5).listing(entry(1)).make()];
    assert_eq!(revoked(&by_crls(&lists)).0, AT);
    let lists = [
        base().listing(entry(6)).make(),
        delta(5).listing(entry(8)).make(),
    ];
    assert_eq!(as_of(&by_crls(&lists)), Ok(AT));
    // A delta to a later base than the one given says nothing, nor does one alone.
    let lists = [
        base().listing(entry(6)).make(),
        delta(6).listing(entry(8)).make(),
    ];
    assert_eq!(
        revoked(&by_crls(&lists)).1,
        Some(RevocationReason::CertificateHold)
    );
    assert_eq!(
        by_crls(&[delta(5).make()]),
        unknown(UnknownCause::OutOfScope)
    );
}

#[test]
fn a_list_of_four_megabytes_is_read_to_its_end() {
    let other = crl_entry(1, AT, &[reason(4), extension(&[0x2a], false, &[5, 0])]);
    let mut list = CrlTemplate::new(INT);
    list.entries = vec![other.clone(); 4 * 1024 * 1024 / other.len() + 1];
    let list = list.listing(crl_entry(UNIT_SERIAL, AT, &[])).make();
    assert!(list.len() > 4 * 1024 * 1024);
    assert_eq!(revoked(&by_crls(&[list])), (AT, None));
}

#[test]
fn an_issuer_or_one_it_certified_answers() {
    let good = OcspTemplate::new(INT, UNIT_SERIAL).make();
    assert_eq!(as_of(&by_ocsp(&good)), Ok(AT - DAY));
    let answer = OcspTemplate::new(INT, UNIT_SERIAL).revoked(AT, Some(5));
    let cessation = Some(RevocationReason::CessationOfOperation);
    assert_eq!(revoked(&by_ocsp(&answer.make())), (AT, cessation));

    let delegate = |template: Template<'_>| {
        let answer = OcspTemplate::new(INT, UNIT_SERIAL);
        by_ocsp(&answer.by(RESPONDER.1, vec![template.make()]).make())
    };
    let certified = || Template::new(RESPONDER, INT).with(purposes(&[oid::OCSP_SIGNING]));
    let refused = unknown(UnknownCause::SignerNotAuthorized);
    assert_eq!(as_of(&delegate(certified())), Ok(AT - DAY));
    let for_other = Template::new(RESPONDER, INT).with(purposes(&[oid::TIME_STAMPING]));
    assert_eq!(delegate(for_other), refused);
    let by_root = Template::new(RESPONDER, ROOT).with(purposes(&[oid::OCSP_SIGNING]));
    assert_eq!(delegate(by_root), refused);
    assert_eq!(delegate(certified().not_after(AT - YEAR)), refused);
    let no_signing = certified().with(key_usage(0x20));
    assert_eq!(delegate(no_signing), refused);
}

#[test]
fn a_responder_that_was_revoked_answers_no_more_unless_its_issuer_says_so() {
    let look = |template: Template<'_>| {
        let responder = template.serial(9).make();
        let answer = OcspTemplate::new(INT, UNIT_SERIAL).by(RESPONDER.1, vec![responder]);
        let list = CrlTemplate::new(INT).times(AT - YEAR, Some(AT - DAY));
        let list = list.listing(crl_entry(9, AT - YEAR, &[]));
        status(&RevocationEvidence {
            crls: &[&list.make()],
            ocsp_responses: &[&answer.make()],
            certificates: &[],
        })
    };
    let certified = || Template::new(RESPONDER, INT).with(purposes(&[oid::OCSP_SIGNING]));
    assert_eq!(look(certified()), unknown(UnknownCause::Stale));
    let unchecked = certified().with(extension(oid::OCSP_NO_CHECK, false, &[5, 0]));
    assert_eq!(as_of(&look(unchecked)), Ok(AT - DAY));
}

#[test]
fn an_answer_about_another_certificate_is_none() {
    let wrong = unknown(UnknownCause::WrongIssuer);
    assert_eq!(by_ocsp(&OcspTemplate::new(INT, 43).make()), wrong);
    assert_eq!(by_ocsp(&OcspTemplate::new(ROOT, UNIT_SERIAL).make()), wrong);
    let namesake = OcspTemplate::new((INT.0, Key(99)), UNIT_SERIAL);
    assert_eq!(by_ocsp(&namesake.make()), wrong);
    let mut stale = OcspTemplate::new(INT, UNIT_SERIAL);
    stale.next_update = None;
    assert_eq!(by_ocsp(&stale.make()), unknown(UnknownCause::Stale));
    let mut unsure = OcspTemplate::new(INT, UNIT_SERIAL);
    unsure.status = vec![tag::primitive(2), 0];
    assert_eq!(
        by_ocsp(&unsure.make()),
        unknown(UnknownCause::ResponderDoesNotKnow)
    );
}

#[test]
fn what_cannot_be_read_is_said_to_be() {
    let evidence = RevocationEvidence {
        crls: &[b"nothing"],
        // tryLater (3): a response without an answer.
        ocsp_responses: &[&[0x30, 3, 0x0a, 1, 3]],
        certificates: &[],
    };
    let report = check_revocation(&path(), &evidence, AT);
    let codes: Vec<Code> = report.findings().iter().map(Finding::code).collect();
    assert_eq!(codes, [Code::RevocationDataUnreadable; 2]);
    assert!(report.findings()[1].detail().contains("not successful"));
}

#[test]
fn an_issuer_of_lists_needs_a_path_and_the_right() {
    let signer = (INT.0, Key(5));
    let crl = CrlTemplate::new(signer).make();
    let look = |certificate: &[u8]| {
        status(&RevocationEvidence {
            crls: &[&crl],
            certificates: &[certificate],
            ..RevocationEvidence::default()
        })
    };
    // cRLSign is 0x02, digitalSignature 0x80.
    let by_root = Template::new(signer, ROOT).with(key_usage(0x02)).make();
    assert_eq!(as_of(&look(&by_root)), Ok(AT - DAY));
    let refused = unknown(UnknownCause::SignerNotAuthorized);
    let no_right = Template::new(signer, ROOT).with(key_usage(0x80)).make();
    assert_eq!(look(&no_right), refused);
    let of_itself = Template::new(signer, signer).with(key_usage(0x02)).make();
    assert_eq!(look(&of_itself), refused);
}

#[test]
fn entries_of_an_indirect_list_belong_to_whom_they_name() {
    let signer = ("list issuer", Key(5));
    let general = |who: &str| der::write(tag::constructed(4), &name(who));
    let point = sequence(&[&der::write(tag::constructed(2), &general(signer.0))]);
    let points = extension(oid::CRL_DISTRIBUTION_POINTS, false, &sequence(&[&point]));
    let path = path_of(Template::new(UNIT, INT).with(points));
    let by_root = Template::new(signer, ROOT).with(key_usage(0x02)).make();
    let indirect = sequence(&[&der::write(tag::primitive(4), &[0xff])]);
    let look = |owner: &str, more: Option<&str>| {
        let owned = |who| {
            extension(
                oid::CERTIFICATE_ISSUER,
                true,
                &der::write(tag::SEQUENCE, &general(who)),
            )
        };
        let second: Vec<Vec<u8>> = more.map(owned).into_iter().collect();
        let list = CrlTemplate::new(signer)
            .with(extension(oid::ISSUING_DISTRIBUTION_POINT, true, &indirect))
            .listing(crl_entry(1, AT, &[owned(owner)]))
            .listing(crl_entry(UNIT_SERIAL, AT, &second))
            .make();
        let evidence = RevocationEvidence {
            crls: &[&list],
            certificates: &[&by_root],
            ..RevocationEvidence::default()
        };
        let report = check_revocation(&path, &evidence, AT);
        report.certificates()[0].status.clone()
    };
    // The owner of the first entry is that of the second as well, unless it names another.
    assert_eq!(revoked(&look(INT.0, None)), (AT, None));
    assert_eq!(as_of(&look("other", None)), Ok(AT - DAY));
    assert_eq!(revoked(&look("other", Some(INT.0))), (AT, None));
    assert_eq!(as_of(&look(INT.0, Some("other"))), Ok(AT - DAY));
}
