//! From bytes to the `TSTInfo`: response, token, content.

use alloc::vec::Vec;

use crate::ber;
use crate::error::{Error, ErrorKind};
use crate::finding::{Code, Findings};
use crate::oid;
use crate::response::Response;
use crate::token::Token;
use crate::tst_info::TstInfo;

/// The DER form of bytes that cannot be read as they are, if they are BER.
///
/// What reads as DER never comes here, and what is neither stays as it is, so that the error of
/// the first reading is reported.
pub(super) fn converted(bytes: &[u8]) -> Option<Vec<u8>> {
    let structure = Response::parse(bytes).and_then(|response| {
        response
            .token()
            .map_or(Ok(()), |token| Token::parse(token).map(drop))
    });
    structure.err()?;
    ber::to_der(bytes).ok().filter(|der| der != bytes)
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
