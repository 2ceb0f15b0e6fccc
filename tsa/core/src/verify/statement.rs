//! What the token states, against what the caller knows: imprint, request, policy, time.

use alloc::string::String;

use crate::digest::{HashAlgorithm, Imprint, Refusal};
use crate::finding::{Code, Findings};
use crate::oid;
use crate::request::Request;
use crate::time::rfc3339;
use crate::tst_info::TstInfo;

use super::{Expected, Options, Sha1Use};

/// Compares everything in the `TSTInfo` that something is known about.
pub(super) fn check(
    tst: &TstInfo<'_>,
    expected: Expected<'_>,
    options: &Options<'_>,
    findings: &mut Findings,
) {
    imprint(tst, expected, options, findings);
    request(tst, options.request, findings);
    policy(tst, options.allowed_policies, findings);
    if let Some(now) = options.now
        && tst.gen_time.unix_seconds() > now
    {
        let detail = alloc::format!("time is {}, now is {}", tst.gen_time, rfc3339(now));
        findings.push(Code::GenTimeAfterNow, detail);
    }
    for id in tst.critical_extensions() {
        let detail = alloc::format!("token has critical extension {}", oid::dotted(id));
        findings.push(Code::TstExtensionCritical, detail);
    }
}

/// RFC 3161 §2.4.2: the imprint is that of the request, its length matches its algorithm.
fn imprint(
    tst: &TstInfo<'_>,
    expected: Expected<'_>,
    options: &Options<'_>,
    findings: &mut Findings,
) {
    let claimed = &tst.imprint;
    let leave = options.sha1(Sha1Use::Imprint);
    let algorithm = match HashAlgorithm::from_identifier_with(&claimed.algorithm, leave) {
        Ok(algorithm) => algorithm,
        Err(refusal) => {
            let code = match refusal {
                Refusal::Weak => Code::ImprintAlgorithmWeak,
                Refusal::Unsupported => Code::ImprintAlgorithmUnsupported,
            };
            let name = oid::dotted(claimed.algorithm.oid);
            findings.push(code, alloc::format!("imprint algorithm is {name}"));
            return;
        }
    };
    let Some(claimed) = Imprint::new(algorithm, claimed.digest) else {
        let detail = alloc::format!(
            "imprint has {} bytes, {algorithm} has {}",
            claimed.digest.len(),
            algorithm.digest_bytes()
        );
        findings.push(Code::ImprintLengthWrong, detail);
        return;
    };
    match expected {
        Expected::Imprint(computed) if *computed == claimed => {}
        Expected::Imprint(computed) => {
            let detail = alloc::format!("imprint claims {claimed}, computed {computed}");
            findings.push(Code::ImprintMismatch, detail);
        }
        Expected::NotGiven => {
            let detail = alloc::format!("imprint {claimed} was compared with nothing");
            findings.push(Code::ImprintNotCompared, detail);
        }
    }
}

/// Compares the token with the request that was kept (RFC 3161 §2.4.2: nonce, imprint, policy).
fn request(tst: &TstInfo<'_>, request: Option<&[u8]>, findings: &mut Findings) {
    let Some(request) = request else {
        return;
    };
    let request = match Request::parse(request) {
        Ok(request) => request,
        Err(error) => {
            findings.push(Code::RequestUnreadable, alloc::format!("request: {error}"));
            return;
        }
    };
    if let Some(sent) = request.nonce() {
        let sent_hex = crate::hex::encode(sent);
        // Both are INTEGERs in their shortest form, so that numbers are equal when their octets are.
        match tst.nonce {
            Some(claimed) if claimed == sent => {}
            Some(claimed) => {
                let claimed = crate::hex::encode(claimed);
                let detail = alloc::format!("nonce claims {claimed}, request has {sent_hex}");
                findings.push(Code::NonceMismatch, detail);
            }
            None => {
                let detail = alloc::format!("nonce is absent, request has {sent_hex}");
                findings.push(Code::NonceMismatch, detail);
            }
        }
    }
    if !request.asks_for(tst.imprint.algorithm.oid, tst.imprint.digest) {
        let claimed = crate::hex::encode(tst.imprint.digest);
        let detail = alloc::format!("imprint {claimed} is not the one that was requested");
        findings.push(Code::ImprintMismatch, detail);
    }
    if let Some(asked) = request.policy_oid()
        && asked != tst.policy
    {
        let (claimed, asked) = (oid::dotted(tst.policy), oid::dotted(asked));
        findings.push(
            Code::PolicyMismatch,
            alloc::format!("policy is {claimed}, request asked for {asked}"),
        );
    }
}

/// A text that is no object identifier is equal to no policy, so that a slip of the pen in a list
/// of policies never allows one.
fn policy(tst: &TstInfo<'_>, allowed: &[&str], findings: &mut Findings) {
    let is_claimed = |text: &&str| oid::from_dotted(text).is_some_and(|id| id == tst.policy);
    if !allowed.is_empty() && !allowed.iter().any(is_claimed) {
        let claimed = oid::dotted(tst.policy);
        let listed: String = allowed.join(", ");
        let detail = alloc::format!("policy is {claimed}, allowed are {listed}");
        findings.push(Code::PolicyNotAllowed, detail);
    }
}
