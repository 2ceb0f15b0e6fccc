//! Tokens of our own authority: good ones, ones with a fault, ones with a bit changed.

use std::sync::OnceLock;
use std::time::SystemTime;

use proofline_tsa::{
    Code, Expected, HashAlgorithm, Imprint, Options, Outcome, Report, Request, Response, Severity,
    SignatureState, TrustAnchor, limits, verify,
};
use proofline_tsa_authority::fault::Fault;
use proofline_tsa_authority::{Algorithm, Authority, Profile};

const MESSAGE: &[u8] = b"what is stamped";

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| make("Core Tests"))
}

fn stranger() -> &'static Authority {
    static STRANGER: OnceLock<Authority> = OnceLock::new();
    STRANGER.get_or_init(|| make("Stranger"))
}

fn make(organization: &str) -> Authority {
    let profile = Profile::ten_years(organization, SystemTime::now());
    Authority::generate(Algorithm::P256, &profile).unwrap()
}

fn imprint() -> Imprint {
    Imprint::of(HashAlgorithm::Sha256, MESSAGE)
}

fn request() -> Vec<u8> {
    Request::new(imprint(), &[0x33; 16])
        .unwrap()
        .to_der()
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

#[test]
fn a_root_makes_the_difference() {
    let response = authority().respond(&request(), SystemTime::now());
    let own = authority().trust_anchor().unwrap();
    let other = stranger().trust_anchor().unwrap();

    let with_own = judge(&response, &[other.clone(), own.clone()]);
    assert_eq!(
        with_own.outcome(),
        Outcome::Valid,
        "{:?}",
        with_own.findings()
    );
    assert_eq!(with_own.verified().unwrap().anchor(), own.summary());

    let with_other = judge(&response, &[other]);
    assert_eq!(codes(&with_other), [Code::PathNotFound]);
    assert_eq!(with_other.outcome(), Outcome::Indeterminate);

    let with_none = judge(&response, &[]);
    assert_eq!(codes(&with_none), [Code::TrustAnchorNotGiven]);
    assert_eq!(with_none.outcome(), Outcome::Indeterminate);
    assert_eq!(with_none.signature(), SignatureState::MatchesSigner);
    assert!(with_none.claims().is_some() && with_none.signer().is_some());
}

#[test]
fn a_pinned_intermediate_or_unit_is_an_anchor_too() {
    let response = authority().respond(&request(), SystemTime::now());
    for (der, between) in [
        (authority().intermediate_der(), 0),
        (authority().unit_der(), 0),
    ] {
        let report = judge(&response, &[TrustAnchor::from_der(der).unwrap()]);
        assert_eq!(report.outcome(), Outcome::Valid, "{:?}", report.findings());
        assert_eq!(report.verified().unwrap().intermediates().len(), between);
    }
}

/// What stands against a token beside the fault itself, because the fault brings it about.
const fn companions(fault: Fault) -> &'static [Code] {
    match fault {
        // An imprint that is not even of the right kind is not the one that was requested either.
        Fault::ImprintAlgorithmUnknown
        | Fault::ImprintMd5
        | Fault::ImprintShort
        | Fault::Sha1Imprint => &[Code::ImprintMismatch],
        _ => &[],
    }
}

#[test]
fn every_fault_is_found_and_nothing_else() {
    assert!(Fault::ALL.len() >= 40, "{}", Fault::ALL.len());
    let mut wrong = Vec::new();
    for fault in Fault::ALL {
        let now = SystemTime::now();
        let response = authority()
            .respond_with_fault(&request(), now, *fault)
            .unwrap();
        let anchor = match fault {
            Fault::EmbeddedRoot => stranger().trust_anchor().unwrap(),
            _ => authority().trust_anchor().unwrap(),
        };
        let report = judge(&response, &[anchor]);
        let mut expected: Vec<Code> = fault.finding().into_iter().collect();
        expected.extend(companions(*fault));
        let worst = expected.iter().map(|code| code.severity()).max();
        let outcome = match worst {
            None => Outcome::Valid,
            Some(Severity::Failed) => Outcome::Invalid,
            Some(_) => Outcome::Indeterminate,
        };
        let mut found = codes(&report);
        found.sort_unstable();
        found.dedup();
        expected.sort_unstable();
        if found != expected || report.outcome() != outcome {
            let what = (report.outcome(), report.findings());
            wrong.push(format!("{}: {what:?}", fault.as_str()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn another_imprint_is_a_mismatch() {
    let response = authority().respond(&request(), SystemTime::now());
    let anchors = [authority().trust_anchor().unwrap()];
    for other in [
        Imprint::of(HashAlgorithm::Sha256, b"something else"),
        Imprint::of(HashAlgorithm::Sha512, MESSAGE),
    ] {
        let report = verify(
            &response,
            Expected::Imprint(&other),
            &anchors,
            &Options::default(),
        );
        assert_eq!(codes(&report), [Code::ImprintMismatch]);
        assert_eq!(report.outcome(), Outcome::Invalid);
    }
}

#[test]
fn another_request_is_a_mismatch() {
    let response = authority().respond(&request(), SystemTime::now());
    let anchors = [authority().trust_anchor().unwrap()];
    let check = |request: &[u8], want: Code| {
        let options = Options {
            request: Some(request),
            ..Options::default()
        };
        let report = verify(&response, Expected::NotGiven, &anchors, &options);
        assert_eq!(codes(&report), [want]);
    };
    let with_nonce = |nonce: &[u8]| Request::new(imprint(), nonce).unwrap();
    check(
        &with_nonce(&[0x34; 16]).to_der().unwrap(),
        Code::NonceMismatch,
    );
    let policy = with_nonce(&[0x33; 16]).with_policy("1.2.3").unwrap();
    check(&policy.to_der().unwrap(), Code::PolicyMismatch);
    let other = Imprint::of(HashAlgorithm::Sha256, b"");
    let other = Request::new(other, &[0x33; 16]).unwrap();
    check(&other.to_der().unwrap(), Code::ImprintMismatch);
    check(b"\x30\x00", Code::RequestUnreadable);
}

#[test]
fn certificates_may_come_beside_the_token() {
    let response = authority().respond(&request_without_certificates(), SystemTime::now());
    let anchors = [authority().trust_anchor().unwrap()];
    let alone = verify(
        &response,
        Expected::Imprint(&imprint()),
        &anchors,
        &Options::default(),
    );
    assert_eq!(codes(&alone), [Code::SignerCertificateMissing]);
    let beside = [authority().unit_der(), authority().intermediate_der()];
    let options = Options {
        certificates: &beside,
        ..Options::default()
    };
    let report = verify(&response, Expected::Imprint(&imprint()), &anchors, &options);
    assert_eq!(report.outcome(), Outcome::Valid, "{:?}", report.findings());
}

/// Sixty authorities of one name: the key identifiers lead to the right one before the budget of
/// signature checks is spent on the others.
#[test]
fn namesakes_do_not_exhaust_the_budget() {
    // Without certificates in the token the namesakes stand first.
    let response = authority().respond(&request_without_certificates(), SystemTime::now());
    let namesakes: Vec<Authority> = (0..60).map(|_| make("Core Tests")).collect();
    let judge_among = |count: usize| {
        let some = &namesakes[..count];
        let mut anchors: Vec<TrustAnchor> = some
            .iter()
            .map(|other| other.trust_anchor().unwrap())
            .collect();
        anchors.push(authority().trust_anchor().unwrap());
        let beside: Vec<&[u8]> = some.iter().map(Authority::intermediate_der).collect();
        let pool = [
            beside.as_slice(),
            &[authority().unit_der(), authority().intermediate_der()],
        ];
        let pool = pool.concat();
        let options = Options {
            certificates: &pool,
            ..Options::default()
        };
        verify(&response, Expected::Imprint(&imprint()), &anchors, &options)
    };
    for count in [20, 60] {
        let report = judge_among(count);
        assert_eq!(report.outcome(), Outcome::Valid, "{:?}", report.findings());
    }
}

/// certReq absent: the last value of the request, three octets, cut off.
fn request_without_certificates() -> Vec<u8> {
    let mut request = request();
    request.truncate(request.len().checked_sub(3).unwrap());
    let length = request.get_mut(1).unwrap();
    *length = length.checked_sub(3).unwrap();
    request
}

/// Every octet of a bare token, changed in three ways, is noticed.
#[test]
fn no_changed_token_verifies() {
    let response = authority().respond(&request(), SystemTime::now());
    let token = Response::parse(&response)
        .unwrap()
        .token()
        .unwrap()
        .to_vec();
    let anchors = [authority().trust_anchor().unwrap()];
    assert_eq!(judge(&token, &anchors).outcome(), Outcome::Valid);
    let mut missed = Vec::new();
    for at in 0..token.len() {
        for mask in [0x01, 0x80, 0xff] {
            let mut changed = token.clone();
            changed[at] ^= mask;
            if judge(&changed, &anchors).outcome() == Outcome::Valid {
                missed.push((at, mask));
            }
        }
    }
    assert_eq!(missed, []);
}

/// In a response, the status may change from granted to granted with modifications and back;
/// nothing else may.
#[test]
fn no_changed_response_verifies_but_for_its_status() {
    let response = authority().respond(&request(), SystemTime::now());
    let anchors = [authority().trust_anchor().unwrap()];
    let status = response
        .windows(3)
        .position(|w| w == [0x02, 0x01, 0x00])
        .unwrap();
    for at in 0..20 {
        for bit in 0..8 {
            let mut changed = response.clone();
            changed[at] ^= 1 << bit;
            let valid = judge(&changed, &anchors).outcome() == Outcome::Valid;
            let is_status = at == status.checked_add(2).unwrap() && bit == 0;
            assert_eq!(valid, is_status, "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn every_cut_and_every_extension_is_refused() {
    let response = authority().respond(&request(), SystemTime::now());
    let anchors = [authority().trust_anchor().unwrap()];
    for end in 0..response.len() {
        assert_eq!(
            judge(&response[..end], &anchors).outcome(),
            Outcome::Invalid
        );
    }
    let mut longer = response;
    longer.push(0);
    assert_eq!(codes(&judge(&longer, &anchors)), [Code::Malformed]);
    longer.resize(limits::MAX_TOKEN_BYTES.checked_add(1).unwrap(), 0);
    let report = judge(&longer, &anchors);
    assert!(
        report.findings()[0].detail().contains("too large"),
        "{:?}",
        report.findings()
    );
}
