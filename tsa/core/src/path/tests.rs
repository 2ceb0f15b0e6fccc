//! What NIST PKITS is silent about: purposes, limits of the search, loops, odd constraints.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow in test data panics, and that fails the test"
)]

extern crate std;

use std::prelude::rust_2024::*;
use std::{format, vec};

use super::*;
use crate::der::{self, tag};
use crate::limits::{MAX_PATH_LEN, MAX_SIGNATURE_CHECKS};
use crate::oid;
use crate::testing::{
    AT, Key, Template, YEAR, ca, extension, id, integer, key_usage, purposes, root, sequence,
};

const ROOT: (&str, Key) = ("root", Key(1));
const UNIT: (&str, Key) = ("unit", Key(2));
const INT: (&str, Key) = ("intermediate", Key(3));

/// Looks for a path from the first certificate with the others beside it.
fn search(certificates: &[Vec<u8>], rules: &PathRules<'_>) -> Result<usize, Vec<Code>> {
    let beside: Vec<&[u8]> = certificates[1..].iter().map(Vec::as_slice).collect();
    let anchors = [root(ROOT.0, ROOT.1)];
    let report = find_path(&certificates[0], &beside, &anchors, AT, rules);
    let codes: Vec<Code> = report.findings().iter().map(|f| f.code()).collect();
    let path = report.path().ok_or(codes)?;
    Ok(path.certificates().len())
}

fn check(certificates: &[Vec<u8>], want: Result<usize, &[Code]>) {
    let got = search(certificates, &PathRules::default());
    assert_eq!(got, want.map_err(<[Code]>::to_vec));
}

/// Unit and intermediate, the intermediate with more extensions.
fn under(extensions: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut intermediate = Template::new(INT, ROOT).with(ca(None));
    intermediate.extensions.extend(extensions);
    vec![Template::new(UNIT, INT).make(), intermediate.make()]
}

#[test]
fn an_intermediate_passes_on_only_the_purposes_it_has() {
    check(&under(vec![]), Ok(3));
    check(&under(vec![purposes(&[oid::TIME_STAMPING])]), Ok(3));
    check(
        &under(vec![purposes(&[oid::ANY_EXTENDED_KEY_USAGE])]),
        Ok(3),
    );
    let other = under(vec![purposes(&[oid::OCSP_SIGNING])]);
    check(&other, Err(&[Code::IssuerPurpose]));
    let any = PathRules {
        purpose: Purpose::Any,
        ..PathRules::default()
    };
    assert_eq!(search(&other, &any), Ok(3));
}

#[test]
fn many_issuers_of_one_name_end_the_search_at_its_limit() {
    // Sixty certificates that all claim to be the issuer, for another key each, and lead on to
    // each other: without a budget the search would try every order of them.
    let decoy = |n: u8| Template::new(("decoy", Key(n)), ("decoy", Key(200))).with(ca(None));
    let mut certificates = vec![Template::new(UNIT, ("decoy", Key(10))).make()];
    certificates.extend((10..70).map(|n| decoy(n).serial(n).make()));
    certificates.push(
        Template::new(("decoy", Key(200)), ("decoy", Key(11)))
            .with(ca(None))
            .make(),
    );
    let got = search(&certificates, &PathRules::default()).unwrap_err();
    assert_eq!(got, [Code::PathNotFound, Code::SignatureChecksExhausted]);
    assert!(certificates.len() < usize::try_from(MAX_SIGNATURE_CHECKS).unwrap());
}

#[test]
fn another_key_of_the_same_name_is_tried_next() {
    let mut certificates = vec![Template::new(UNIT, INT).make()];
    certificates.extend((10..40).map(|n| {
        let namesake = Template::new((INT.0, Key(n)), ROOT).with(ca(None));
        namesake.serial(n).make()
    }));
    certificates.push(Template::new(INT, ROOT).with(ca(None)).make());
    check(&certificates, Ok(3));
}

#[test]
fn a_way_that_breaks_a_rule_is_left_for_one_that_does_not() {
    let expired = Template::new(INT, ROOT).with(ca(None)).not_after(AT - YEAR);
    let good = Template::new(INT, ROOT).with(ca(None)).serial(2);
    let unit = Template::new(UNIT, INT).make();
    check(
        &[unit.clone(), expired.make()],
        Err(&[Code::CertificateNotValidAtGenTime]),
    );
    check(&[unit, expired.make(), good.make()], Ok(3));
}

/// A chain of authorities below the root, and a unit below them.
fn chain(length: u8) -> Vec<Vec<u8>> {
    let names: Vec<String> = (0..length).map(|n| format!("ca {n}")).collect();
    let at = |n: u8| (names[usize::from(n)].as_str(), Key(10 + n));
    let mut certificates = vec![Template::new(UNIT, at(length - 1)).make()];
    for n in (0..length).rev() {
        let issuer = if n == 0 { ROOT } else { at(n - 1) };
        certificates.push(Template::new(at(n), issuer).with(ca(None)).make());
    }
    certificates
}

#[test]
fn a_path_is_no_longer_than_the_limit() {
    let longest = u8::try_from(MAX_PATH_LEN).unwrap() - 1;
    check(&chain(longest), Ok(MAX_PATH_LEN + 1));
    check(
        &chain(longest + 1),
        Err(&[Code::PathNotFound, Code::PathDepthExceeded]),
    );
}

#[test]
fn authorities_that_certify_each_other_are_no_endless_way() {
    let (a, b) = (("a", Key(10)), ("b", Key(11)));
    let certificates = [
        Template::new(UNIT, a).make(),
        Template::new(a, b).with(ca(None)).make(),
        Template::new(b, a).with(ca(None)).make(),
        Template::new(a, a).with(ca(None)).make(),
    ];
    check(&certificates, Err(&[Code::PathNotFound]));
}

#[test]
fn a_self_issued_certificate_does_not_count_towards_the_path_length() {
    let old = (INT.0, Key(9));
    let certificates = [
        Template::new(UNIT, INT).make(),
        Template::new(INT, old).with(ca(Some(0))).make(),
        Template::new(old, ROOT).with(ca(Some(0))).make(),
    ];
    check(&certificates, Ok(4));
    let sub = ("sub", Key(9));
    let certificates = [
        Template::new(UNIT, sub).make(),
        Template::new(sub, INT).with(ca(None)).make(),
        Template::new(INT, ROOT).with(ca(Some(0))).make(),
    ];
    check(&certificates, Err(&[Code::PathLengthExceeded]));
}

#[test]
fn a_signature_without_the_right_to_sign_is_no_path() {
    // keyCertSign is 0x04, digitalSignature 0x80.
    check(&under(vec![key_usage(0x04)]), Ok(3));
    check(&under(vec![key_usage(0x80)]), Err(&[Code::IssuerKeyUsage]));
}

/// Name constraints that permit one general name.
fn permits(critical: bool, general_name: &[u8]) -> Vec<u8> {
    let subtrees = der::write(tag::constructed(0), &sequence(&[general_name]));
    extension(oid::NAME_CONSTRAINTS, critical, &sequence(&[&subtrees]))
}

#[test]
fn a_name_form_without_rules_counts_only_where_it_occurs_and_is_critical() {
    // registeredID [8]: no rules for it in RFC 5280.
    let registered = der::write(tag::primitive(8), &[0x2a, 0x03]);
    let named = |alternative: &[u8]| {
        let names = extension(oid::SUBJECT_ALT_NAME, false, &sequence(&[alternative]));
        Template::new(UNIT, INT).with(names).make()
    };
    let issuer = |critical| {
        let constraints = permits(critical, &registered);
        Template::new(INT, ROOT)
            .with(ca(None))
            .with(constraints)
            .make()
    };
    let plain = Template::new(UNIT, INT).make();
    check(&[plain, issuer(true)], Ok(3));
    check(&[named(&registered), issuer(false)], Ok(3));
    check(
        &[named(&registered), issuer(true)],
        Err(&[Code::CertificateConstraintsUnprocessed]),
    );
}

#[test]
fn what_a_root_permits_binds_those_below_it() {
    let elsewhere = der::write(tag::constructed(4), &crate::testing::name("elsewhere"));
    let template = Template::new(ROOT, ROOT)
        .with(ca(None))
        .with(permits(true, &elsewhere));
    let anchor = TrustAnchor::from_der(&template.make()).unwrap();
    let unit = Template::new(UNIT, ROOT).make();
    let report = find_path(&unit, &[], &[anchor], AT, &PathRules::default());
    let codes: Vec<Code> = report.findings().iter().map(|f| f.code()).collect();
    assert_eq!(codes, [Code::CertificateNameConstraintViolated]);
}

/// RFC 9618 §3: in a tree of policies each of eleven that are mapped to all eleven has eleven
/// children at every certificate, 1.7 million after six; the graph keeps eleven.
#[test]
fn mappings_that_multiply_cost_no_more_than_their_certificates() {
    let policy = |n: u8| vec![0x2a, 0x03, n];
    let all: Vec<Vec<u8>> = (1..=11).map(policy).collect();
    let infos: Vec<Vec<u8>> = all.iter().map(|policy| sequence(&[&id(policy)])).collect();
    let policies = der::write(tag::SEQUENCE, &infos.concat());
    let pairs: Vec<Vec<u8>> = all
        .iter()
        .flat_map(|from| all.iter().map(|to| sequence(&[&id(from), &id(to)])))
        .collect();
    let mappings = der::write(tag::SEQUENCE, &pairs.concat());
    let require = sequence(&[&der::write(tag::primitive(0), &integer(0)[2..])]);
    let names: Vec<String> = (0..6).map(|n| format!("ca {n}")).collect();
    let at = |n: usize| (names[n].as_str(), Key(10 + u8::try_from(n).unwrap()));
    let three = [
        extension(oid::CERTIFICATE_POLICIES, false, &policies),
        extension(oid::POLICY_MAPPINGS, true, &mappings),
        extension(oid::POLICY_CONSTRAINTS, true, &require),
    ];
    let leaf = Template::new(UNIT, at(5));
    let leaf = leaf.with(extension(oid::CERTIFICATE_POLICIES, false, &policies));
    let mut certificates = vec![leaf.make()];
    for n in (0..6).rev() {
        let issuer = if n == 0 { ROOT } else { at(n - 1) };
        let mut template = Template::new(at(n), issuer).with(ca(None));
        template.extensions.extend(three.clone());
        certificates.push(template.make());
    }
    for (wanted, found) in [(policy(7), true), (policy(12), false)] {
        let wanted = [wanted];
        let rules = PathRules {
            initial_policy_set: &wanted,
            ..PathRules::default()
        };
        let got = search(&certificates, &rules);
        let want = if found {
            Ok(8)
        } else {
            Err(vec![Code::CertificatePolicyMissing])
        };
        assert_eq!(got, want);
    }
}

#[test]
fn a_certificate_that_cannot_be_read_is_said_to_be() {
    let report = find_path(b"nothing", &[], &[], AT, &PathRules::default());
    assert_eq!(report.findings()[0].code(), Code::Malformed);
    let report = find_path(
        &under(vec![])[0],
        &[b"nothing"],
        &[],
        AT,
        &PathRules::default(),
    );
    let codes: Vec<Code> = report.findings().iter().map(|f| f.code()).collect();
    assert_eq!(
        codes,
        [Code::CertificateUnreadable, Code::TrustAnchorNotGiven]
    );
}
