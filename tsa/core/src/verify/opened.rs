//! From bytes to the `TSTInfo`: response, token, content.

use alloc::vec::Vec;

use crate::ber;
use crate::error::{Error, ErrorKind};
use crate::finding::{Code, Findings};
use crate::oid;
use crate::response::Response;
use crate::token::Token;
use crate::tst_info::TstInfo;

/// A token in DER that came in BER.
pub(super) struct Converted {
    pub(super) der: Vec<u8>,
    /// Zero octets after its end.
    pub(super) padding_bytes: usize,
}

/// Undoes what tools that embed tokens do to them: BER, and zero octets at the end.
///
/// A PDF signature fills the room that it set aside with zeros, which look like further
/// end-of-contents octets; nothing else may follow, and nothing at all what is DER.
/// What reads as DER never comes here, and what is neither stays as it is, so that the error of
/// the first reading is reported.
pub(super) fn converted(bytes: &[u8]) -> Option<Converted> {
    let structure = Response::parse(bytes).and_then(|response| {
        response
            .token()
            .map_or(Ok(()), |token| Token::parse(token).map(drop))
    });
    structure.err()?;
    let (der, end) = ber::first_to_der(bytes).ok()?;
    let (read, rest) = bytes.split_at_checked(end)?;
    let is_other = der != read && rest.iter().all(|octet| *octet == 0);
    is_other.then_some(Converted {
        der,
        padding_bytes: rest.len(),
    })
}

/// Takes response and token apart as far as the `TSTInfo`.
pub(super) fn open<'a>(
    bytes: &'a [u8],
    findings: &mut Findings,
) -> Option<(Token<'a>, TstInfo<'a>)> {
    let response = match Response::parse(bytes) {
        Ok(response) => response,
        Err(error) => return unreadable("response", &error, findings),
    };
    if let Some(status) = response.status() {
        if !status.is_granted() {
            findings.push(Code::StatusNotGranted, alloc::format!("status is {status}"));
        } else if status.code() != 0 {
            let detail = alloc::format!("status is {status}");
            findings.push(Code::StatusGrantedWithMods, detail);
        }
    }
    let Some(token) = response.token() else {
        findings.push(Code::TokenMissing, "response carries no token");
        return None;
    };
    let token = match Token::parse(token) {
        Ok(token) => token,
        Err(error) => return unreadable("token", &error, findings),
    };
    if token.version_is_odd {
        let detail = "version of the SignedData is 1, that of its content is 3";
        findings.push(Code::VersionOdd, detail);
    }
    if token.content_type != oid::TST_INFO {
        let detail = alloc::format!(
            "content type is {}, that of a TSTInfo is {}",
            oid::dotted(token.content_type),
            oid::dotted(oid::TST_INFO)
        );
        findings.push(Code::ContentTypeUnexpected, detail);
        return None;
    }
    let Some(content) = token.content else {
        findings.push(Code::ContentMissing, "token carries no content");
        return None;
    };
    match TstInfo::parse(content) {
        Ok(tst) => Some((token, tst)),
        Err(error) => unreadable("TSTInfo", &error, findings),
    }
}

fn unreadable<T>(what: &str, error: &Error, findings: &mut Findings) -> Option<T> {
    let code = match error.kind() {
        ErrorKind::LengthIndefinite => Code::EncodingNotDer,
        _ => Code::Malformed,
    };
    findings.push(code, alloc::format!("{what}: {error}"));
    None
}
