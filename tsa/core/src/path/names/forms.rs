//! When a name lies within a subtree, for each form of name (RFC 5280 §4.2.1.10).
//!
//! A name that cannot be read lies within no permitted subtree and within every excluded one.

use alloc::string::{String, ToString as _};

use crate::certificate;
use crate::der::{Element, tag};

const RFC822_NAME: u8 = tag::primitive(1);
const DNS_NAME: u8 = tag::primitive(2);
const DIRECTORY_NAME: u8 = tag::constructed(4);
const URI: u8 = tag::primitive(6);
const IP_ADDRESS: u8 = tag::primitive(7);

/// Whether there are rules for a form of name.
pub(super) const fn is_known(tag: u8) -> bool {
    matches!(
        tag,
        RFC822_NAME | DNS_NAME | DIRECTORY_NAME | URI | IP_ADDRESS
    )
}

pub(super) fn is_permitted(name: &Element<'_>, base: &Element<'_>) -> bool {
    is_within(name, base).unwrap_or(false)
}

pub(super) fn is_excluded(name: &Element<'_>, base: &Element<'_>) -> bool {
    is_within(name, base).unwrap_or(true) || wildcard_reaches(name, base)
}

/// `None` when one of the two cannot be read as a name of its form.
fn is_within(name: &Element<'_>, base: &Element<'_>) -> Option<bool> {
    match name.tag {
        DIRECTORY_NAME => {
            let name = certificate::directory_name(name).ok()??;
            let base = certificate::directory_name(base).ok()??;
            Some(name.is_within(&base))
        }
        IP_ADDRESS => address_within(name.value, base.value),
        RFC822_NAME => mailbox_within(ascii(name)?, ascii(base)?),
        DNS_NAME => {
            let (name, base) = (ascii(name)?, ascii(base)?);
            let base = base.strip_prefix('.').unwrap_or(base);
            Some(base.is_empty() || same(name, base) || is_below(name, base))
        }
        URI => Some(host_within(host(ascii(name)?)?, ascii(base)?)),
        _ => None,
    }
}

/// A wildcard stands for names that may lie within an excluded subtree although it does not.
fn wildcard_reaches(name: &Element<'_>, base: &Element<'_>) -> bool {
    let (DNS_NAME, Some(name), Some(base)) = (name.tag, ascii(name), ascii(base)) else {
        return false;
    };
    name.strip_prefix("*.")
        .is_some_and(|parent| is_below(base, parent))
}

fn ascii<'a>(element: &Element<'a>) -> Option<&'a str> {
    core::str::from_utf8(element.value)
        .ok()
        .filter(|text| text.is_ascii())
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Whether `name` has at least one label more in front of `base`.
fn is_below(name: &str, base: &str) -> bool {
    let at = name.len().checked_sub(base.len());
    let Some((front, end)) = at.and_then(|at| name.split_at_checked(at)) else {
        return false;
    };
    same(end, base) && front.len() > 1 && front.ends_with('.')
}

/// The rule for hosts in addresses and URIs: a base with a dot in front is every host below it,
/// one without is that host.
fn host_within(host: &str, base: &str) -> bool {
    match base.strip_prefix('.') {
        Some(domain) => is_below(host, domain),
        None => same(host, base),
    }
}

/// The local part is compared as it is, because only its own host knows what it means.
fn mailbox_within(name: &str, base: &str) -> Option<bool> {
    let (local, host) = name.rsplit_once('@')?;
    if local.is_empty() || host.is_empty() {
        return None;
    }
    Some(match base.rsplit_once('@') {
        Some((base_local, base_host)) => local == base_local && same(host, base_host),
        None => host_within(host, base),
    })
}

/// The host of a URI (RFC 3986 §3.2.2). A URI without one, or with an address in its place, cannot
/// be compared.
fn host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host_and_port = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    if host_and_port.starts_with('[') {
        return None;
    }
    let host = host_and_port.split(':').next()?;
    let looks_like_address = host
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    // Other characters are read in more than one way by those who follow such a URI.
    let is_plain = host
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    (!host.is_empty() && is_plain && !looks_like_address).then_some(host)
}

/// RFC 4632: an address and a mask of the same length; a name is an address alone.
fn address_within(name: &[u8], base: &[u8]) -> Option<bool> {
    if !matches!(name.len(), 4 | 16) || !matches!(base.len(), 8 | 32) {
        return None;
    }
    let (network, mask) = base.split_at_checked(base.len().div_euclid(2))?;
    Some(
        name.len() == network.len()
            && name
                .iter()
                .zip(network)
                .zip(mask)
                .all(|((name, network), mask)| name & mask == network & mask),
    )
}

/// The name as a finding shows it.
pub(super) fn text(name: &Element<'_>) -> String {
    if let Ok(Some(name)) = certificate::directory_name(name) {
        return alloc::format!("`{name}`");
    }
    match (name.tag, ascii(name)) {
        (RFC822_NAME | DNS_NAME | URI, Some(text)) => alloc::format!("`{}`", text.escape_debug()),
        _ => crate::hex::encode(name.raw).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::{self, Reader};

    fn check(tag: u8, name: &[u8], base: &[u8], permitted: bool, excluded: bool) {
        let (name, base) = (der::write(tag, name), der::write(tag, base));
        let element = |bytes| Reader::new(bytes).any().unwrap();
        let (name, base) = (element(&name), element(&base));
        let shown = (text(&name), text(&base));
        assert_eq!(is_permitted(&name, &base), permitted, "{shown:?}");
        assert_eq!(is_excluded(&name, &base), excluded, "{shown:?}");
    }

    #[test]
    fn hosts_lie_within_their_domain() {
        check(DNS_NAME, b"www.example.com", b"example.com", true, true);
        check(DNS_NAME, b"Example.COM", b"example.com", true, true);
        check(DNS_NAME, b"badexample.com", b"example.com", false, false);
        check(DNS_NAME, b"com", b"example.com", false, false);
        check(DNS_NAME, b"a.example.com", b".example.com", true, true);
        check(DNS_NAME, b"anything", b"", true, true);
        check(DNS_NAME, b"b\xc3\xbccher.example", b"example", false, true);
    }

    #[test]
    fn a_wildcard_may_mean_an_excluded_host() {
        check(
            DNS_NAME,
            b"*.example.com",
            b"secret.example.com",
            false,
            true,
        );
        check(DNS_NAME, b"*.example.com", b"example.com", true, true);
        check(DNS_NAME, b"*.example.org", b"a.example.com", false, false);
    }

    #[test]
    fn mailboxes_lie_at_a_host_below_a_domain_or_are_named() {
        check(RFC822_NAME, b"a@example.com", b"example.com", true, true);
        check(
            RFC822_NAME,
            b"a@x.example.com",
            b"example.com",
            false,
            false,
        );
        check(RFC822_NAME, b"a@x.example.com", b".example.com", true, true);
        check(RFC822_NAME, b"a@example.com", b".example.com", false, false);
        check(RFC822_NAME, b"a@Example.com", b"a@example.com", true, true);
        check(
            RFC822_NAME,
            b"A@example.com",
            b"a@example.com",
            false,
            false,
        );
        check(RFC822_NAME, b"nothing", b"example.com", false, true);
    }

    #[test]
    fn the_host_of_a_uri_counts_and_nothing_around_it() {
        let uri = |name: &[u8], base: &[u8], permitted, excluded| {
            check(URI, name, base, permitted, excluded);
        };
        uri(b"http://a.example.com/x", b".example.com", true, true);
        uri(b"http://example.com:80?q", b"example.com", true, true);
        uri(
            b"http://example.com@evil.test/",
            b"example.com",
            false,
            false,
        );
        uri(
            b"http://evil.test/example.com",
            b"example.com",
            false,
            false,
        );
        uri(b"mailto:a@example.com", b"example.com", false, true);
        uri(b"http://10.0.0.1/", b"example.com", false, true);
        uri(b"http://[::1]/", b"example.com", false, true);
        uri(
            b"http://evil.test\\@example.com/",
            b"example.com",
            true,
            true,
        );
        uri(
            b"http://evil.test\\.example.com/",
            b".example.com",
            false,
            true,
        );
    }

    #[test]
    fn addresses_lie_within_a_masked_network() {
        let net = [10, 1, 0, 0, 255, 255, 0, 0];
        check(IP_ADDRESS, &[10, 1, 2, 3], &net, true, true);
        check(IP_ADDRESS, &[10, 2, 2, 3], &net, false, false);
        check(IP_ADDRESS, &[0; 16], &net, false, false);
        check(IP_ADDRESS, &[10, 1, 2], &net, false, true);
        check(IP_ADDRESS, &[10, 1, 2, 3], &net[..7], false, true);
    }
}
