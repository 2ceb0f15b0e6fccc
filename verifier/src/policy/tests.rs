use std::time::SystemTime;

use proofline_tsa::VerifiedToken;
use proofline_tsa::{Expected, HashAlgorithm, Imprint, Options, Request, pem, verify};
use proofline_tsa_authority::{Algorithm, Profile};

use super::*;

fn check(text: &str, accepted: bool) {
    assert_eq!(Policy::parse(text.as_bytes()).is_ok(), accepted, "{text}");
}

fn members(text: &str, accepted: bool) {
    check(&format!(r#"{{"schema_version": 1, {text}}}"#), accepted);
}

#[test]
fn a_policy_that_is_not_understood_is_refused() {
    check(r#"{"schema_version": 1}"#, true);
    check(r#"{"schema_version": 2}"#, false);
    check("[]", false);
    members(r#""require": ["completeness"]"#, true);
    members(r#""require": ["honesty"]"#, false);
    members(r#""accept": ["everything"]"#, false);
    members(r#""tsa_root": []"#, false);
    members(r#""device_keys": ["abc"]"#, false);
    members(r#""tsa_roots": ["no pem"]"#, false);
    members(r#""tsa_roots": [{"file": "root.pem"}]"#, false);
    members(
        r#""legacy": ["sha1-digest", "sha1-imprint", "sha1-signature"]"#,
        true,
    );
    members(r#""legacy": ["md5"]"#, false);
    members(r#""revocation": "required""#, true);
    members(r#""revocation": "sometimes""#, false);
    members(r#""revocation": null"#, false);
    members(
        r#""algorithms": {"rsa-pkcs1": "2035-01-01T00:00:00Z", "sha256": null}"#,
        true,
    );
    members(r#""algorithms": {"rsa": null}"#, false);
    members(r#""algorithms": {"sha256": "soon"}"#, false);
    members(r#""independent_authorities": 2"#, true);
    members(r#""independent_authorities": 0"#, false);
    members(r#""independent_authorities": "2""#, false);
    members(r#""trusted_lists": ["list.xml"]"#, false);
}

#[test]
fn an_authority_that_is_not_understood_is_refused() {
    let fingerprint = "ab".repeat(32);
    let authority = |more: &str, accepted: bool| {
        let roots = format!(r#""roots": ["{fingerprint}"]"#);
        members(
            &format!(r#""authorities": [{{"name": "A", {roots}{more}}}]"#),
            accepted,
        );
    };
    authority("", true);
    authority(r#", "class": "qualified""#, true);
    authority(r#", "class": "royal""#, false);
    authority(r#", "policies": ["1.2.3"]"#, true);
    authority(r#", "policies": ["one.two"]"#, false);
    authority(r#", "policies": []"#, false);
    authority(r#", "valid_from": "2026-01-01T00:00:00Z""#, true);
    authority(r#", "valid_until": "2026-01-01""#, false);
    let window = |from: u8, until: u8| {
        format!(
            r#", "valid_from": "2026-01-0{from}T00:00:00Z", "valid_until": "2026-01-0{until}T00:00:00Z""#
        )
    };
    authority(&window(1, 1), true);
    authority(&window(2, 1), false);
    authority(r#", "url": "https://example.org""#, false);
    members(r#""authorities": [{"name": "A"}]"#, false);
    members(r#""authorities": [{"name": "A", "roots": []}]"#, false);
    members(
        &format!(r#""authorities": [{{"name": "", "roots": ["{fingerprint}"]}}]"#),
        false,
    );
    let one = format!(r#"{{"name": "A", "roots": ["{fingerprint}"]}}"#);
    members(&format!(r#""authorities": [{one}, {one}]"#), false);
}

#[test]
fn the_three_rings_cannot_be_removed() {
    let policy = Policy::parse(br#"{"schema_version": 1, "require": []}"#).unwrap();
    assert!(policy.requires(Ring::Integrity) && policy.requires(Ring::Origin));
    assert!(policy.requires(Ring::Time) && !policy.requires(Ring::Completeness));
}

/// A token of a fresh authority, and its root.
fn stamped() -> (Vec<u8>, TrustAnchor) {
    let now = SystemTime::now();
    let profile = Profile::ten_years("Policy", now);
    let authority = proofline_tsa_authority::Authority::generate(Algorithm::P256, &profile);
    let authority = authority.unwrap();
    let imprint = Imprint::of(HashAlgorithm::Sha256, b"data");
    let request = Request::new(imprint, &[7; 8]).unwrap().to_der().unwrap();
    let root = authority.trust_anchor().unwrap();
    (authority.respond(&request, now), root)
}

fn verified(token: &[u8], roots: &[TrustAnchor]) -> Option<VerifiedToken> {
    verify(token, Expected::NotGiven, roots, &Options::default()).into_verified()
}

/// Roots come by text, by file and by digest; an authority knows its own by digest.
#[test]
fn the_same_root_may_be_given_in_every_form() {
    let (token, root) = stamped();
    let text = pem::encode_certificate(root.der());
    let mut read = |name: &str| match name {
        "root.pem" => Ok(text.clone().into_bytes()),
        "root.der" => Ok(root.der().to_vec()),
        _ => Err("not there".into()),
    };
    let quoted = text.replace('\n', "\\n");
    for form in [
        format!("\"{quoted}\""),
        r#"{"file": "root.pem"}"#.into(),
        r#"{"file": "root.der"}"#.into(),
    ] {
        let policy = format!(
            r#"{{"schema_version": 1, "authorities": [{{"name": "A", "roots": [{form}]}}]}}"#
        );
        let policy = Policy::parse_with(policy.as_bytes(), &mut read).unwrap();
        assert_eq!(policy.tsa_roots, std::slice::from_ref(&root));
        let token = verified(&token, &policy.tsa_roots).unwrap();
        assert_eq!(
            policy.admit(&token, root.fingerprint()),
            Ok(By::Authority(0))
        );
        assert_eq!(policy.admit(&token, &[0; 32]), Ok(By::Root));
    }
    let missing = br#"{"schema_version": 1, "tsa_roots": [{"file": "gone"}]}"#;
    let error = Policy::parse_with(missing, &mut read).unwrap_err();
    assert!(error.contains("`gone`: not there"), "{error}");
}

/// A digest that the user gave picks exactly one certificate, wherever its bytes come from; no
/// other certificate of the token becomes a root.
#[test]
fn a_fingerprint_finds_its_root_among_what_came_along() {
    let (token, root) = stamped();
    let by_digest = |digest: [u8; 32]| Policy {
        root_fingerprints: vec![Hash(digest)],
        ..Policy::default()
    };
    let policy = by_digest(*root.fingerprint());
    assert!(policy.has_tsa_roots() && !policy.holds_certificate(root.summary()));
    assert!(policy.roots_for(&token, &[]).is_empty());
    let roots = policy.roots_for(&token, &[root.der(), b"not one"]);
    assert_eq!(roots, std::slice::from_ref(&root));
    assert!(verified(&token, &roots).is_some());
    assert!(
        by_digest([1; 32])
            .roots_for(&token, &[root.der()])
            .is_empty()
    );
    assert!(
        Policy::default()
            .roots_for(&token, &[root.der()])
            .is_empty()
    );
}

#[test]
fn an_authority_counts_in_its_window_and_under_its_policies() {
    let (token, root) = stamped();
    let token = verified(&token, std::slice::from_ref(&root)).unwrap();
    let at = token.gen_time().unix_micros();
    let admits = |from: Option<i64>, until: Option<i64>, policies: &[&str]| {
        let policy = Policy {
            authorities: vec![Authority {
                name: "A".into(),
                roots: vec![Hash(*root.fingerprint())],
                valid_from: from,
                valid_until: until,
                policies: policies.iter().map(|&text| text.into()).collect(),
                class: None,
            }],
            ..Policy::default()
        };
        policy
            .admit(&token, root.fingerprint())
            .map_err(|mut all| all.remove(0))
    };
    assert!(admits(Some(at), Some(at), &[]).is_ok());
    assert!(admits(None, None, &["1.2.3", token.policy()]).is_ok());
    let outside = |result: Result<By, Refusal>| matches!(result, Err(Refusal::OutsideWindow(_)));
    assert!(outside(admits(Some(at + 1), None, &[])));
    assert!(outside(admits(None, Some(at - 1), &[])));
    let refused = admits(None, None, &["1.2.3"]);
    assert!(matches!(refused, Err(Refusal::PolicyNotAllowed(_))));
}
