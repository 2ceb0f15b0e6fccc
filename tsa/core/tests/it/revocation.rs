//! Revocation lists and OCSP responses that `openssl ca` and `openssl ocsp` make.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::string_slice,
    reason = "a test that cannot go on says so by panicking"
)]

use std::fs;
use std::time::SystemTime;

use proofline_tsa::{
    CertificationPath, Code, Crl, Expected, HashAlgorithm, Imprint, OcspResponse, Options, Outcome,
    PathRules, RevocationEvidence, RevocationReason, RevocationSourceKind, RevocationStatus,
    TokenStanding, TrustAnchor, UnknownCause, check_revocation, find_path, pem, rfc3339, verify,
};

use super::openssl::{Ca, openssl, openssl_is_here};

const DAY: i64 = 86_400;

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_secs()).unwrap()
}

/// `YYMMDDHHMMSSZ`, as the index of `openssl ca` has it.
fn short(unix_seconds: i64) -> String {
    let text = rfc3339(unix_seconds);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits[2..].to_owned() + "Z"
}

/// The CA whose intermediate signs lists, with an OCSP responder beside the stamping unit.
fn ca(name: &str) -> Ca {
    let ca = Ca::make_with(
        name,
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        "issuing",
    );
    let dir = &ca.0;
    openssl(
        dir,
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ocsp.key",
    );
    openssl(
        dir,
        "req -new -config ca.cnf -subj /CN=ocsp -key ocsp.key -out ocsp.csr",
    );
    openssl(
        dir,
        "x509 -req -in ocsp.csr -CA int.pem -CAkey int.key -CAcreateserial -days 30 -extfile ca.cnf -extensions responder -out ocsp.pem",
    );
    fs::write(dir.join("crlnumber"), "01\n").unwrap();
    ca
}

/// Writes the index with the unit as good, or as revoked at a time with a reason.
fn index(ca: &Ca, revoked: Option<(i64, &str)>) {
    let serial = String::from_utf8(openssl(&ca.0, "x509 -in unit.pem -noout -serial")).unwrap();
    let serial = serial.trim().strip_prefix("serial=").unwrap();
    let until = short(now() + 30 * DAY);
    let line = match revoked {
        None => format!("V\t{until}\t\t{serial}\tunknown\t/CN=unit\n"),
        Some((at, reason)) => {
            let at = short(at) + reason;
            format!("R\t{until}\t{at}\t{serial}\tunknown\t/CN=unit\n")
        }
    };
    fs::write(ca.0.join("index.txt"), line).unwrap();
}

fn list(ca: &Ca) -> Vec<u8> {
    openssl(&ca.0, "ca -config ca.cnf -gencrl -out list.pem");
    openssl(&ca.0, "crl -in list.pem -outform DER")
}

fn answer(ca: &Ca, hash: &str, signer: &str) -> Vec<u8> {
    openssl(
        &ca.0,
        &format!("ocsp -{hash} -issuer int.pem -cert unit.pem -no_nonce -reqout q.ocsp"),
    );
    openssl(
        &ca.0,
        &format!(
            "ocsp -index index.txt -CA int.pem -rsigner {signer}.pem -rkey {signer}.key -reqin q.ocsp -respout r.ocsp -ndays 7"
        ),
    );
    ca.read("r.ocsp")
}

fn path(ca: &Ca) -> CertificationPath {
    let one = |name: &str| pem::certificates(&ca.read(name)).unwrap().remove(0);
    let roots = TrustAnchor::all_from_pem(&ca.read("root.pem")).unwrap();
    let beside = one("int.pem");
    let report = find_path(
        &one("unit.pem"),
        &[&beside],
        &roots,
        now(),
        &PathRules::default(),
    );
    report.path().unwrap().clone()
}

/// The status of the unit by one source.
fn status(ca: &Ca, evidence: &RevocationEvidence<'_>) -> RevocationStatus {
    let report = check_revocation(&path(ca), evidence, now());
    assert_eq!(report.findings(), []);
    let [unit, intermediate] = report.certificates() else {
        panic!("{report:?}");
    };
    // Nothing was given about the intermediate.
    let unknown = RevocationStatus::Unknown {
        why: UnknownCause::WrongIssuer,
    };
    assert_eq!(intermediate.status, unknown);
    unit.status.clone()
}

fn by_list(ca: &Ca) -> RevocationStatus {
    let list = list(ca);
    let evidence = RevocationEvidence {
        crls: &[&list],
        ..RevocationEvidence::default()
    };
    status(ca, &evidence)
}

fn by_answer(ca: &Ca, hash: &str, signer: &str) -> RevocationStatus {
    let answer = answer(ca, hash, signer);
    let evidence = RevocationEvidence {
        ocsp_responses: &[&answer],
        ..RevocationEvidence::default()
    };
    status(ca, &evidence)
}

fn good_by(status: &RevocationStatus) -> Option<RevocationSourceKind> {
    match status {
        RevocationStatus::Good { source, .. } => Some(source.kind),
        _ => None,
    }
}

#[test]
fn what_openssl_says_is_understood() {
    if !openssl_is_here() {
        return;
    }
    let ca = ca("revocation");
    index(&ca, None);
    assert_eq!(good_by(&by_list(&ca)), Some(RevocationSourceKind::Crl));
    for hash in ["sha1", "sha256", "sha512"] {
        for signer in ["ocsp", "int"] {
            let status = by_answer(&ca, hash, signer);
            assert_eq!(good_by(&status), Some(RevocationSourceKind::Ocsp), "{hash}");
        }
    }
    // The stamping unit is certified by the same issuer, and not for this.
    let refused = RevocationStatus::Unknown {
        why: UnknownCause::SignerNotAuthorized,
    };
    assert_eq!(by_answer(&ca, "sha1", "unit"), refused);

    let at = now() - DAY;
    for (text, reason) in [
        ("", None),
        (",keyCompromise", Some(RevocationReason::KeyCompromise)),
        (",superseded", Some(RevocationReason::Superseded)),
        (
            ",cessationOfOperation",
            Some(RevocationReason::CessationOfOperation),
        ),
    ] {
        index(&ca, Some((at, text)));
        for status in [by_list(&ca), by_answer(&ca, "sha1", "ocsp")] {
            let RevocationStatus::Revoked(revocation) = status else {
                panic!("{text}: {status:?}");
            };
            assert_eq!((revocation.at, revocation.reason), (at, reason), "{text}");
        }
    }
}

#[test]
fn the_day_on_which_a_key_was_lost_is_read() {
    if !openssl_is_here() {
        return;
    }
    let ca = ca("invalidity");
    let (lost, at) = (now() - 10 * DAY, now() + DAY);
    let full = |time| {
        let text = rfc3339(time);
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
            + "Z"
    };
    index(&ca, Some((at, &format!(",keyTime,{}", full(lost)))));
    let status = by_list(&ca);
    let RevocationStatus::Revoked(revocation) = &status else {
        panic!("{status:?}");
    };
    assert_eq!(revocation.reason, Some(RevocationReason::KeyCompromise));
    assert_eq!(revocation.invalidity_date, Some(lost));
    let standing = |proof| TokenStanding::of(&status, now(), proof);
    assert_eq!(standing(None), TokenStanding::KeyCompromised);
    assert_eq!(standing(Some(now())), TokenStanding::KeyCompromised);
    assert_eq!(
        standing(Some(lost - DAY)),
        TokenStanding::GoodByEarlierProof
    );
}

/// Damage anywhere in a list or an answer is never taken for a good certificate, nor does it make
/// the reader panic.
#[test]
fn no_changed_list_or_answer_is_believed() {
    if !openssl_is_here() {
        return;
    }
    let ca = ca("changed");
    index(&ca, None);
    let (list, answer) = (list(&ca), answer(&ca, "sha256", "ocsp"));
    let path = path(&ca);
    let believed = |crls: &[&[u8]], ocsp_responses: &[&[u8]]| {
        let evidence = RevocationEvidence {
            crls,
            ocsp_responses,
            certificates: &[],
        };
        let report = check_revocation(&path, &evidence, now());
        good_by(&report.certificates()[0].status).is_some()
    };
    assert!(believed(&[&list], &[]) && believed(&[], &[&answer]));
    for at in 0..list.len() {
        let mut changed = list.clone();
        changed[at] ^= 1;
        assert!(!believed(&[&changed], &[]), "list, byte {at}");
        assert!(Crl::parse(&list[..at]).is_err(), "list cut at {at}");
    }
    for at in 0..answer.len() {
        let mut changed = answer.clone();
        changed[at] ^= 1;
        assert!(!believed(&[], &[&changed]), "answer, byte {at}");
        let cut = OcspResponse::parse(&answer[..at]);
        assert!(cut.is_err(), "answer cut at {at}");
    }
}

/// When the unit is revoked and the proof was made, in days from now; what follows.
struct Ending {
    revoked: Option<(i64, &'static str)>,
    proof: Option<i64>,
    outcome: Outcome,
    code: Option<Code>,
}

const fn ending(
    revoked: Option<(i64, &'static str)>,
    proof: Option<i64>,
    outcome: Outcome,
    code: Option<Code>,
) -> Ending {
    Ending {
        revoked,
        proof,
        outcome,
        code,
    }
}

const REVOKED: Option<Code> = Some(Code::CertificateRevoked);
const SINCE: Option<Code> = Some(Code::CertificateRevokedSince);
const COMPROMISED: Option<Code> = Some(Code::CertificateKeyCompromised);

const ENDINGS: &[Ending] = &[
    ending(None, None, Outcome::Valid, None),
    ending(Some((-1, ",superseded")), None, Outcome::Invalid, REVOKED),
    ending(Some((1, ",superseded")), None, Outcome::Valid, SINCE),
    ending(
        Some((1, ",keyCompromise")),
        None,
        Outcome::Indeterminate,
        COMPROMISED,
    ),
    ending(Some((1, "")), None, Outcome::Indeterminate, COMPROMISED),
    ending(Some((1, ",keyCompromise")), Some(0), Outcome::Valid, SINCE),
    ending(
        Some((-1, ",keyCompromise")),
        Some(-2),
        Outcome::Invalid,
        REVOKED,
    ),
];

/// What a revocation of the stamping unit does to a token, from its own bytes to the outcome.
#[test]
fn a_token_ends_as_rfc_3161_says_of_its_revoked_signer() {
    if !openssl_is_here() {
        return;
    }
    let ca = ca("token");
    ca.stamp("sha256");
    let token = ca.read("r.tsr");
    let imprint = Imprint::of(HashAlgorithm::Sha256, b"stamped by openssl");
    let roots = TrustAnchor::all_from_pem(&ca.read("root.pem")).unwrap();
    let judge = |revocation: RevocationEvidence<'_>, existed_at| {
        let options = Options {
            revocation,
            existed_at,
            ..Options::default()
        };
        let report = verify(&token, Expected::Imprint(&imprint), &roots, &options);
        let codes: Vec<Code> = report.findings().iter().map(|f| f.code()).collect();
        assert_eq!(report.certificate_revocations().len(), 2);
        (report.outcome(), codes)
    };
    let nothing = judge(RevocationEvidence::default(), None);
    assert_eq!(nothing, (Outcome::Valid, vec![]));
    let at = now();
    for case in ENDINGS {
        index(
            &ca,
            case.revoked.map(|(day, reason)| (at + day * DAY, reason)),
        );
        let (list, answer) = (list(&ca), answer(&ca, "sha256", "ocsp"));
        let by_list = RevocationEvidence {
            crls: &[&list],
            ..RevocationEvidence::default()
        };
        let by_answer = RevocationEvidence {
            ocsp_responses: &[&answer],
            ..RevocationEvidence::default()
        };
        // Of the intermediate nothing is known, which is noted.
        let codes: Vec<Code> = case
            .code
            .into_iter()
            .chain([Code::RevocationUnknown])
            .collect();
        for evidence in [by_list, by_answer] {
            let got = judge(evidence, case.proof.map(|day| at + day * DAY));
            assert_eq!(got, (case.outcome, codes.clone()), "{:?}", case.revoked);
        }
    }
}
