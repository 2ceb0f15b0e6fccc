//! Certificates, revocation lists and OCSP responses made for unit tests, with fixed keys.
//!
//! They are what `openssl` does not make: many authorities of one name, loops, odd extensions.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow in test data panics, and that fails the test"
)]

extern crate std;

use std::prelude::rust_2024::*;
use std::vec;

use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature, SigningKey};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::der::{self, tag};
use crate::oid;
use crate::trust_anchor::TrustAnchor;

/// 2020-01-01, within the validity of everything made here.
pub(crate) const AT: i64 = 1_577_836_800;

/// A year and a bit, so that test data reads as dates around [`AT`].
pub(crate) const YEAR: i64 = 31_600_000;

pub(crate) fn sequence(items: &[&[u8]]) -> Vec<u8> {
    der::write(tag::SEQUENCE, &items.concat())
}

pub(crate) fn id(oid: &[u8]) -> Vec<u8> {
    der::write(tag::OID, oid)
}

pub(crate) fn name(common_name: &str) -> Vec<u8> {
    let value = der::write(tag::UTF8_STRING, common_name.as_bytes());
    let part = sequence(&[&id(&[0x55, 0x04, 0x03]), &value]);
    sequence(&[&der::write(tag::SET, &part)])
}

pub(crate) fn time(unix_seconds: i64) -> Vec<u8> {
    let text = crate::time::rfc3339(unix_seconds);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    der::write(tag::GENERALIZED_TIME, (digits + "Z").as_bytes())
}

pub(crate) fn integer(number: u8) -> Vec<u8> {
    der::write_unsigned(&[number])
}

fn algorithm() -> Vec<u8> {
    sequence(&[&id(oid::SHA256_WITH_ECDSA)])
}

/// A key that is its number.
#[derive(Clone, Copy)]
pub(crate) struct Key(pub(crate) u8);

impl Key {
    fn signing(self) -> SigningKey {
        let mut scalar = [7; 32];
        scalar[31] = self.0;
        SigningKey::from_slice(&scalar).unwrap()
    }

    fn point(self) -> Vec<u8> {
        let point = self.signing().verifying_key().to_sec1_point(false);
        point.as_bytes().to_vec()
    }

    fn public(self) -> Vec<u8> {
        let algorithm = sequence(&[&id(oid::EC_PUBLIC_KEY), &id(oid::P256)]);
        sequence(&[&algorithm, &bits(&self.point())])
    }

    fn sign(self, message: &[u8]) -> Vec<u8> {
        let digest = Sha256::digest(message);
        let signature: Signature = self.signing().sign_prehash(&digest).unwrap();
        signature.to_der().as_bytes().to_vec()
    }

    /// `SEQUENCE { tbs, algorithm, signature }`.
    fn signed(self, tbs: &[u8], rest: &[u8]) -> Vec<u8> {
        sequence(&[tbs, &algorithm(), &bits(&self.sign(tbs)), rest])
    }
}

fn bits(octets: &[u8]) -> Vec<u8> {
    der::write(tag::BIT_STRING, &[&[0], octets].concat())
}

pub(crate) fn extension(oid: &[u8], critical: bool, content: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    sequence(&[&id(oid), flag, &der::write(tag::OCTET_STRING, content)])
}

/// `cA TRUE`, and how many authorities may follow.
pub(crate) fn ca(path_len: Option<u8>) -> Vec<u8> {
    let limit = path_len.map(integer).unwrap_or_default();
    extension(
        oid::BASIC_CONSTRAINTS,
        true,
        &sequence(&[&[1, 1, 0xff], &limit]),
    )
}

/// `KeyUsage` from its first octet.
pub(crate) fn key_usage(octet: u8) -> Vec<u8> {
    let unused = u8::try_from(octet.trailing_zeros().min(7)).unwrap();
    extension(oid::KEY_USAGE, true, &[3, 2, unused, octet])
}

pub(crate) fn purposes(ids: &[&[u8]]) -> Vec<u8> {
    let list: Vec<Vec<u8>> = ids.iter().map(|purpose| id(purpose)).collect();
    extension(
        oid::EXTENDED_KEY_USAGE,
        true,
        &der::write(tag::SEQUENCE, &list.concat()),
    )
}

/// What a certificate is made of.
pub(crate) struct Template<'t> {
    pub(crate) serial: u8,
    pub(crate) subject: &'t str,
    pub(crate) key: Key,
    pub(crate) issuer: &'t str,
    pub(crate) issuer_key: Key,
    pub(crate) not_after: i64,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl<'t> Template<'t> {
    pub(crate) fn new(subject: (&'t str, Key), issuer: (&'t str, Key)) -> Self {
        Self {
            serial: 1,
            subject: subject.0,
            key: subject.1,
            issuer: issuer.0,
            issuer_key: issuer.1,
            not_after: AT + 10 * YEAR,
            extensions: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    pub(crate) fn serial(mut self, serial: u8) -> Self {
        self.serial = serial;
        self
    }

    pub(crate) fn not_after(mut self, unix_seconds: i64) -> Self {
        self.not_after = unix_seconds;
        self
    }

    pub(crate) fn make(&self) -> Vec<u8> {
        let validity = sequence(&[&time(AT - 10 * YEAR), &time(self.not_after)]);
        let extensions = der::write(tag::SEQUENCE, &self.extensions.concat());
        let tbs = sequence(&[
            &der::write(tag::constructed(0), &integer(2)),
            &integer(self.serial),
            &algorithm(),
            &name(self.issuer),
            &validity,
            &name(self.subject),
            &self.key.public(),
            &der::write(tag::constructed(3), &extensions),
        ]);
        self.issuer_key.signed(&tbs, &[])
    }
}

/// A root, its own issuer.
pub(crate) fn root(subject: &str, key: Key) -> TrustAnchor {
    let template = Template::new((subject, key), (subject, key)).with(ca(None));
    TrustAnchor::from_der(&template.make()).unwrap()
}

/// One entry: serial number, time, the content of its extensions.
pub(crate) fn crl_entry(serial: u8, at: i64, extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = match extensions {
        [] => Vec::new(),
        some => der::write(tag::SEQUENCE, &some.concat()),
    };
    sequence(&[&integer(serial), &time(at), &extensions])
}

pub(crate) fn reason(number: u8) -> Vec<u8> {
    extension(oid::REASON_CODE, false, &[0x0a, 1, number])
}

/// A revocation list.
pub(crate) struct CrlTemplate<'t> {
    pub(crate) issuer: (&'t str, Key),
    pub(crate) this_update: i64,
    pub(crate) next_update: Option<i64>,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl<'t> CrlTemplate<'t> {
    /// A list from a day before [`AT`] to a year after it.
    pub(crate) fn new(issuer: (&'t str, Key)) -> Self {
        Self {
            issuer,
            this_update: AT - 86_400,
            next_update: Some(AT + YEAR),
            entries: Vec::new(),
            extensions: Vec::new(),
        }
    }

    pub(crate) fn listing(mut self, entry: Vec<u8>) -> Self {
        self.entries.push(entry);
        self
    }

    pub(crate) fn times(mut self, this_update: i64, next_update: Option<i64>) -> Self {
        self.this_update = this_update;
        self.next_update = next_update;
        self
    }

    pub(crate) fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    pub(crate) fn make(&self) -> Vec<u8> {
        let optional = |tag: u8, items: &[Vec<u8>]| match items {
            [] => Vec::new(),
            some => der::write(tag, &some.concat()),
        };
        let extensions = match optional(tag::SEQUENCE, &self.extensions) {
            none if none.is_empty() => none,
            list => der::write(tag::constructed(0), &list),
        };
        let tbs = sequence(&[
            &integer(1),
            &algorithm(),
            &name(self.issuer.0),
            &time(self.this_update),
            &self.next_update.map(time).unwrap_or_default(),
            &optional(tag::SEQUENCE, &self.entries),
            &extensions,
        ]);
        self.issuer.1.signed(&tbs, &[])
    }
}

/// An OCSP response about one certificate, by the responder's key hash.
pub(crate) struct OcspTemplate<'t> {
    pub(crate) issuer: (&'t str, Key),
    pub(crate) serial: u8,
    pub(crate) responder: Key,
    /// The choice of `certStatus`, encoded.
    pub(crate) status: Vec<u8>,
    pub(crate) this_update: i64,
    pub(crate) next_update: Option<i64>,
    pub(crate) certificates: Vec<Vec<u8>>,
}

impl<'t> OcspTemplate<'t> {
    /// A good answer by the issuer itself, from a day before [`AT`] to a year after it.
    pub(crate) fn new(issuer: (&'t str, Key), serial: u8) -> Self {
        Self {
            issuer,
            serial,
            responder: issuer.1,
            status: vec![tag::primitive(0), 0],
            this_update: AT - 86_400,
            next_update: Some(AT + YEAR),
            certificates: Vec::new(),
        }
    }

    pub(crate) fn revoked(mut self, at: i64, reason: Option<u8>) -> Self {
        let reason = reason
            .map(|number| der::write(tag::constructed(0), &[0x0a, 1, number]))
            .unwrap_or_default();
        self.status = der::write(tag::constructed(1), &[time(at), reason].concat());
        self
    }

    pub(crate) fn by(mut self, responder: Key, certificates: Vec<Vec<u8>>) -> Self {
        self.responder = responder;
        self.certificates = certificates;
        self
    }

    pub(crate) fn make(&self) -> Vec<u8> {
        let sha1 = |bytes: &[u8]| der::write(tag::OCTET_STRING, &Sha1::digest(bytes));
        let certificate_id = sequence(&[
            &sequence(&[&id(oid::SHA1)]),
            &sha1(&name(self.issuer.0)),
            &sha1(&self.issuer.1.point()),
            &integer(self.serial),
        ]);
        let next = self.next_update.map(time);
        let next = next.map(|time| der::write(tag::constructed(0), &time));
        let single = sequence(&[
            &certificate_id,
            &self.status,
            &time(self.this_update),
            &next.unwrap_or_default(),
        ]);
        let tbs = sequence(&[
            &der::write(tag::constructed(2), &sha1(&self.responder.point())),
            &time(self.this_update),
            &sequence(&[&single]),
        ]);
        let certificates = match self.certificates.as_slice() {
            [] => Vec::new(),
            some => der::write(
                tag::constructed(0),
                &der::write(tag::SEQUENCE, &some.concat()),
            ),
        };
        let basic = self.responder.signed(&tbs, &certificates);
        let bytes = sequence(&[&id(oid::OCSP_BASIC), &der::write(tag::OCTET_STRING, &basic)]);
        sequence(&[&[0x0a, 1, 0], &der::write(tag::constructed(0), &bytes)])
    }
}
