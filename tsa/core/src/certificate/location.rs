//! Where a certificate says that more about it can be had (RFC 5280 §4.2.1.13 and §4.2.2.1).
//!
//! Only URIs are read; directory names need a directory that nobody has any more.
//! What cannot be read names no place: it is no reason against the certificate.

use alloc::vec::Vec;

use super::Extensions;
use super::distribution_point::{DistributionPoint, PointName};
use crate::der::{Element, tag};
use crate::error::{Error, ErrorKind};
use crate::limits::{MAX_ACCESS_DESCRIPTIONS, MAX_URI_BYTES};

/// The URIs of the distribution points. A point that leaves out reasons, or that another issuer
/// answers for, is a place like the others: what comes from it is judged by what it says.
pub(super) fn crl_uris<'a>(extensions: &Extensions<'a>) -> Vec<&'a str> {
    let points = extensions
        .crl_distribution_points
        .as_ref()
        .and_then(|octets| DistributionPoint::all(octets).ok())
        .unwrap_or_default();
    let mut uris = Vec::new();
    for point in &points {
        if let Some(PointName::Full(names)) = &point.name {
            names.iter().for_each(|name| push(&mut uris, name));
        }
    }
    uris
}

/// The URIs of one access method.
///
/// ```text
/// AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX) OF AccessDescription
/// AccessDescription ::= SEQUENCE {
///     accessMethod    OBJECT IDENTIFIER,
///     accessLocation  GeneralName }
/// ```
pub(super) fn access_uris<'a>(extensions: &Extensions<'a>, method: &[u8]) -> Vec<&'a str> {
    let mut uris = Vec::new();
    let descriptions = extensions.authority_info_access.as_ref().map(descriptions);
    for (found, location) in descriptions.and_then(Result::ok).unwrap_or_default() {
        if found == method {
            push(&mut uris, &location);
        }
    }
    uris
}

fn descriptions<'a>(octets: &Element<'a>) -> Result<Vec<(&'a [u8], Element<'a>)>, Error> {
    let mut outer = octets.reader();
    let mut list = outer.sequence()?;
    outer.finish()?;
    let mut all = Vec::new();
    for description in list.all(MAX_ACCESS_DESCRIPTIONS)? {
        if description.tag != tag::SEQUENCE {
            return Err(description.error(ErrorKind::TagUnexpected));
        }
        let mut fields = description.reader();
        let method = fields.expect(tag::OID)?.oid()?;
        let location = fields.any()?;
        fields.finish()?;
        all.push((method, location));
    }
    Ok(all)
}

/// Adds a general name that is a URI (`[6] IMPLICIT IA5String`) of visible characters, once.
fn push<'a>(uris: &mut Vec<&'a str>, name: &Element<'a>) {
    let is_uri = name.tag == tag::primitive(6)
        && name.value.len() <= MAX_URI_BYTES
        && name.value.iter().all(u8::is_ascii_graphic);
    if let Ok(uri) = core::str::from_utf8(name.value)
        && is_uri
        && !uris.contains(&uri)
    {
        uris.push(uri);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::{self, Reader};
    use crate::oid;

    fn uri(text: &[u8]) -> Vec<u8> {
        der::write(tag::primitive(6), text)
    }

    fn with_access(list: &[u8]) -> Vec<Vec<&str>> {
        let octets = Reader::new(list).any().unwrap();
        let extensions = Extensions {
            authority_info_access: Some(octets),
            ..Extensions::default()
        };
        [oid::ACCESS_OCSP, oid::ACCESS_CA_ISSUERS]
            .map(|method| access_uris(&extensions, method))
            .to_vec()
    }

    #[test]
    fn every_method_names_its_own_places_once_and_in_order() {
        let entry = |method: &[u8], name: &[u8]| {
            let method = der::write(tag::OID, method);
            der::write(tag::SEQUENCE, &[method.as_slice(), name].concat())
        };
        let list = [
            entry(oid::ACCESS_OCSP, &uri(b"http://b/")),
            entry(oid::ACCESS_CA_ISSUERS, &uri(b"http://c/ca.cer")),
            entry(oid::ACCESS_OCSP, &uri(b"http://a/")),
            entry(oid::ACCESS_OCSP, &uri(b"http://b/")),
            entry(oid::ACCESS_OCSP, &uri(b"http://with space/")),
            entry(oid::ACCESS_OCSP, &uri(b"http://\xc3\xa9/")),
            entry(oid::ACCESS_OCSP, &uri(&[b'a'; MAX_URI_BYTES + 1])),
            entry(oid::ACCESS_OCSP, &der::write(tag::primitive(2), b"name")),
        ];
        let list = der::write(tag::SEQUENCE, &list.concat());
        let octets = der::write(tag::OCTET_STRING, &list);
        let expected = [
            ["http://b/", "http://a/"].to_vec(),
            ["http://c/ca.cer"].to_vec(),
        ];
        assert_eq!(with_access(&octets), expected);
        // A list that is cut, or has something behind it, names nothing.
        let trailing = der::write(tag::OCTET_STRING, &[list.as_slice(), &[5, 0]].concat());
        assert_eq!(with_access(&trailing), [Vec::<&str>::new(), Vec::new()]);
    }
}
