//! One pass over a text, from word to word, that finds where secrets stand.

use std::ops::Range;

/// Tokens with a prefix of their own: the prefix, and how many token characters follow at least.
const TOKENS: &[(&str, usize)] = &[
    ("AIza", 30),
    ("AKIA", 16),
    ("ASIA", 16),
    ("dop_v1_", 32),
    ("eyJ", 20),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghr_", 20),
    ("ghs_", 20),
    ("ghu_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("hf_", 20),
    ("npm_", 30),
    ("pypi-", 30),
    ("rk_live_", 16),
    ("sk-", 20),
    ("sk_live_", 16),
    ("xapp-", 10),
    ("xoxa-", 10),
    ("xoxb-", 10),
    ("xoxe-", 10),
    ("xoxp-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
];
/// Ends of names whose value is a secret, compared without case, `_`, `-` and `.`.
const SECRET_NAMES: &[&str] = &[
    "accesskey",
    "accesskeyid",
    "apikey",
    "authorization",
    "authtoken",
    "cookie",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "secret",
    "secretkey",
    "token",
];
/// A value shorter than this is not taken for a secret.
const MIN_VALUE_BYTES: usize = 4;
/// A name longer than this is not looked at.
const MAX_NAME_BYTES: usize = 128;

/// One step of the scan.
pub(super) struct Step {
    /// The secret found, if any.
    pub(super) secret: Option<Range<usize>>,
    /// Where to go on.
    pub(super) resume: usize,
}

/// Looks at the next word at or after a position; `None` at the end.
pub(super) fn next(text: &str, from: usize) -> Option<Step> {
    let bytes = text.as_bytes();
    let start = find(bytes, from, is_word)?;
    let end = find(bytes, start, |byte| !is_word(byte)).unwrap_or(bytes.len());
    let secret = private_key(text, start)
        .or_else(|| token(bytes, start, end))
        .or_else(|| url_password(bytes, end))
        .or_else(|| named_value(text, start, end));
    let resume = secret.as_ref().map_or(end, |secret| secret.end.max(end));
    Some(Step { secret, resume })
}

/// Whether a name says that its value is a secret.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    SECRET_NAMES.iter().any(|end| name.ends_with(end))
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn find(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let at = bytes.iter().skip(from).position(|&byte| wanted(byte))?;
    from.checked_add(at)
}

fn token(bytes: &[u8], start: usize, end: usize) -> Option<Range<usize>> {
    let word = bytes.get(start..end)?;
    let fits = |(prefix, least): &&(&str, usize)| {
        word.starts_with(prefix.as_bytes()) && word.len() >= prefix.len().saturating_add(*least)
    };
    let (prefix, _) = TOKENS.iter().find(fits)?;
    // A JSON web token goes on over its two dots.
    let web_token = |byte: u8| is_word(byte) || byte == b'.';
    let end = if *prefix == "eyJ" {
        find(bytes, end, |byte| !web_token(byte)).unwrap_or(bytes.len())
    } else {
        end
    };
    Some(start..end)
}

/// `-----BEGIN … PRIVATE KEY-----` up to the end of its block.
fn private_key(text: &str, start: usize) -> Option<Range<usize>> {
    let block = text.get(start..)?;
    let title = block.strip_prefix("-----BEGIN ")?.lines().next()?;
    if !title.contains("PRIVATE KEY") {
        return None;
    }
    let length = block
        .find("-----END ")
        .and_then(|at| {
            let tail = block.get(at.checked_add(9)?..)?;
            at.checked_add(9)?
                .checked_add(tail.find("-----")?)?
                .checked_add(5)
        })
        .unwrap_or(block.len());
    Some(start..start.checked_add(length)?)
}

/// The password of `scheme://user:password@host`, given where the scheme ends.
fn url_password(bytes: &[u8], scheme_end: usize) -> Option<Range<usize>> {
    let rest = bytes.get(scheme_end..)?.strip_prefix(b"://")?;
    let ends =
        |byte: &u8| matches!(byte, b'/' | b'"' | b'\'' | b'?' | b'#') || byte.is_ascii_whitespace();
    let authority = rest.get(..rest.iter().position(ends).unwrap_or(rest.len()))?;
    let at_sign = authority.iter().rposition(|&byte| byte == b'@')?;
    let colon = authority.iter().position(|&byte| byte == b':')?;
    let base = scheme_end.checked_add(3)?;
    let password = base.checked_add(colon)?.checked_add(1)?..base.checked_add(at_sign)?;
    (!password.is_empty()).then_some(password)
}

/// `name=value`, `name: value`, `"name": "value"`, `--name value`, `-u user:value`.
fn named_value(text: &str, start: usize, end: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let name = text.get(start..end)?;
    let basic = matches!(name, "-u" | "--user");
    if name.len() > MAX_NAME_BYTES || !(basic || is_secret_name(name)) {
        return None;
    }
    let (value_start, quote) = value_after(bytes, end, name.starts_with('-'))?;
    let header = is_header(name);
    let stops = |byte: u8| match quote {
        Some(quote) => byte == quote,
        None if header => matches!(byte, b'\n' | b'\r' | b'"' | b'\''),
        None => byte.is_ascii_whitespace() || b"\"'`;&,)}<>|".contains(&byte),
    };
    let value_end = find(bytes, value_start, stops).unwrap_or(bytes.len());
    let value = bytes.get(value_start..value_end)?;
    let fits = value.len() >= MIN_VALUE_BYTES && (!basic || value.contains(&b':'));
    // A reference to a variable is no secret, and says where the secret comes from.
    (fits && !value.starts_with(b"$")).then_some(value_start..value_end)
}

/// Whether the value goes to the end of the line: `Authorization: Bearer …`.
fn is_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("authorization") || name.ends_with("cookie")
}

/// Where the value after a name begins, and the quotation mark it stands in.
fn value_after(bytes: &[u8], name_end: usize, option: bool) -> Option<(usize, Option<u8>)> {
    let is_quote = |byte: u8| matches!(byte, b'"' | b'\'');
    let blank = |byte: u8| matches!(byte, b' ' | b'\t');
    let mut at = name_end;
    if bytes.get(at).is_some_and(|&byte| is_quote(byte)) {
        at = at.checked_add(1)?;
    }
    let mark = find(bytes, at, |byte| !blank(byte))?;
    at = match bytes.get(mark)? {
        b':' | b'=' => {
            let next = mark.checked_add(1)?;
            // `==` compares and `:=` is code; neither is followed by a secret to keep.
            if bytes.get(next) == Some(&b'=') {
                return None;
            }
            find(bytes, next, |byte| !blank(byte))?
        }
        _ if option && mark > at => mark,
        _ => return None,
    };
    let quote = bytes.get(at).copied().filter(|&byte| is_quote(byte));
    let start = at.checked_add(usize::from(quote.is_some()))?;
    Some((start, quote))
}
