//! What an authority says about its own certificates: revocation lists and OCSP answers.
//!
//! Each is signed by the issuer of the certificates that it speaks of, as RFC 5280 §5 and RFC 6960
//! §4.2.2.2 have it in the simplest case.

use std::time::SystemTime;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::authority::{Authority, KeyPair};
use crate::der;
use crate::error::Error;
use crate::issue::{Critical, extension, key_identifier};
use crate::oid;

/// One of the certificates of an authority that somebody can revoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The certification authority between root and unit; the root speaks of it.
    Intermediate,
    /// The stamping unit; the intermediate speaks of it.
    Unit,
}

/// A certificate that was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Which.
    pub subject: Subject,
    /// Since when.
    pub at: SystemTime,
    /// The number of the reason (RFC 5280 §5.3.1), if one is given: 1 is a compromise of the key, 4
    /// a successor.
    pub reason: Option<u8>,
}

/// What lists and answers say, and of when they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// When they were made.
    pub this_update: SystemTime,
    /// When newer ones are due.
    pub next_update: SystemTime,
    /// What was revoked by then.
    pub revoked: Vec<Revoked>,
}

impl Standing {
    fn of(&self, subject: Subject) -> Option<&Revoked> {
        self.revoked.iter().find(|one| one.subject == subject)
    }
}

impl Authority {
    const fn pair(&self, subject: Subject) -> &KeyPair {
        match subject {
            Subject::Intermediate => &self.intermediate,
            Subject::Unit => &self.unit,
        }
    }

    const fn issuer_of(&self, subject: Subject) -> &KeyPair {
        match subject {
            Subject::Intermediate => &self.root,
            Subject::Unit => &self.intermediate,
        }
    }

    /// The revocation list that covers `subject`, in DER (RFC 5280 §5.1).
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn revocation_list(&self, subject: Subject, standing: &Standing) -> Result<Vec<u8>, Error> {
        let issuer = self.issuer_of(subject);
        let algorithm = issuer.key.signature_algorithm();
        let revoked = standing.of(subject).map_or_else(Vec::new, |revoked| {
            let reason = revoked.reason.map_or_else(Vec::new, |number| {
                let value = der::tlv(0x0a, &[number]);
                let reason = extension(oid::REASON_CODE, Critical::No, &value);
                der::sequence(&[&reason])
            });
            let entry = der::sequence(&[
                &der::tlv(0x02, &self.pair(subject).certificate.serial),
                &der::certificate_time(revoked.at),
                &reason,
            ]);
            der::sequence(&[&entry])
        });
        let key_id = der::tlv(0x80, &key_identifier(&issuer.key.public_key_der()?));
        let extensions = [
            extension(
                oid::AUTHORITY_KEY_IDENTIFIER,
                Critical::No,
                &der::sequence(&[&key_id]),
            ),
            // Greater than that of any list before, as the time is.
            extension(oid::CRL_NUMBER, Critical::No, &number(standing.this_update)),
        ];
        let tbs = der::sequence(&[
            &der::integer(1),
            &algorithm,
            &issuer.certificate.subject,
            &der::certificate_time(standing.this_update),
            &der::certificate_time(standing.next_update),
            &revoked,
            &der::context(0, &der::tlv(0x30, &extensions.concat())),
        ]);
        let signature = issuer.key.sign(&tbs)?;
        Ok(der::sequence(&[&tbs, &algorithm, &der::bits(&signature)]))
    }

    /// The answer to an OCSP request about one certificate of this authority, in DER (RFC 6960).
    /// A request that is none, or about something else, gets an answer without a status.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn ocsp_response(&self, request: &[u8], standing: &Standing) -> Result<Vec<u8>, Error> {
        // OCSPRequest, TBSRequest, requestList, Request, CertID.
        let Some(id) = nested(request, 4) else {
            return Ok(without_answer(1));
        };
        for subject in [Subject::Intermediate, Subject::Unit] {
            if self
                .certificate_ids(subject)?
                .iter()
                .any(|known| known == id)
            {
                return self.answer(subject, id, standing);
            }
        }
        Ok(without_answer(6))
    }

    /// How a request may name a certificate: by SHA-1, with and without parameters, or SHA-256.
    fn certificate_ids(&self, subject: Subject) -> Result<Vec<Vec<u8>>, Error> {
        let issuer = self.issuer_of(subject);
        let name = &issuer.certificate.subject;
        let public_key = issuer.key.public_key_der()?;
        let key = key_bits(&public_key);
        let serial = der::tlv(0x02, &self.pair(subject).certificate.serial);
        let id = |algorithm: Vec<u8>, hash: &dyn Fn(&[u8]) -> Vec<u8>| {
            let (name, key) = (der::octets(&hash(name)), der::octets(&hash(key)));
            der::sequence(&[&algorithm, &name, &key, &serial])
        };
        let sha1 = |bytes: &[u8]| Sha1::digest(bytes).to_vec();
        let sha256 = |bytes: &[u8]| Sha256::digest(bytes).to_vec();
        let bare = |oid: &[u8]| der::sequence(&[&der::oid(oid)]);
        Ok(vec![
            id(der::algorithm_null(oid::SHA1), &sha1),
            id(bare(oid::SHA1), &sha1),
            id(der::algorithm_null(oid::SHA256), &sha256),
            id(bare(oid::SHA256), &sha256),
        ])
    }

    fn answer(&self, subject: Subject, id: &[u8], standing: &Standing) -> Result<Vec<u8>, Error> {
        let issuer = self.issuer_of(subject);
        let status = match standing.of(subject) {
            None => der::tlv(0x80, &[]),
            Some(revoked) => {
                let reason = revoked.reason.map_or_else(Vec::new, |number| {
                    der::context(0, &der::tlv(0x0a, &[number]))
                });
                der::context(1, &[der::whole_seconds(revoked.at), reason].concat())
            }
        };
        let this_update = der::whole_seconds(standing.this_update);
        let next_update = der::context(0, &der::whole_seconds(standing.next_update));
        let single = der::sequence(&[id, &status, &this_update, &next_update]);
        let public_key = issuer.key.public_key_der()?;
        let by_key = der::octets(&Sha1::digest(key_bits(&public_key)));
        let tbs = der::sequence(&[
            &der::context(2, &by_key),
            &this_update,
            &der::sequence(&[&single]),
        ]);
        let algorithm = issuer.key.signature_algorithm();
        let signature = der::bits(&issuer.key.sign(&tbs)?);
        let basic = der::octets(&der::sequence(&[&tbs, &algorithm, &signature]));
        let bytes = der::sequence(&[&der::oid(oid::OCSP_BASIC), &basic]);
        let successful = der::tlv(0x0a, &[0]);
        Ok(der::sequence(&[&successful, &der::context(0, &bytes)]))
    }
}

/// An INTEGER that grows with time.
fn number(at: SystemTime) -> Vec<u8> {
    let since = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    der::unsigned(&since.as_millis().to_be_bytes())
}

/// An `OCSPResponse` with a status that is not `successful`.
fn without_answer(status: u8) -> Vec<u8> {
    der::sequence(&[&der::tlv(0x0a, &[status])])
}

/// The octets of the key in a `SubjectPublicKeyInfo` of ours: what follows the algorithm is a BIT
/// STRING without unused bits.
fn key_bits(public_key: &[u8]) -> &[u8] {
    let fields = first(public_key).map_or(&[][..], |(content, _)| content);
    let bits = first(fields).and_then(|(_, rest)| first(rest));
    bits.and_then(|(content, _)| content.get(1..))
        .unwrap_or_default()
}

/// The first value inside, `levels` SEQUENCEs down, with its header.
fn nested(bytes: &[u8], levels: usize) -> Option<&[u8]> {
    let mut content = bytes;
    for _ in 0..levels {
        if content.first() != Some(&0x30) {
            return None;
        }
        content = first(content)?.0;
    }
    let (_, rest) = first(content)?;
    content.get(..content.len().checked_sub(rest.len())?)
}

/// The content of the first value, and what follows it.
fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = bytes.get(1..)?.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81 | 0x82 => {
            let (octets, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let length = octets
                .iter()
                .fold(0_usize, |n, octet| (n << 8) | usize::from(*octet));
            (length, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::authority::Profile;
    use crate::key::Algorithm;

    #[test]
    fn what_is_no_request_gets_no_status() {
        let profile = Profile::ten_years("Revocation", SystemTime::now());
        let authority = Authority::generate(Algorithm::P256, &profile).unwrap();
        let now = SystemTime::now();
        let standing = Standing {
            this_update: now,
            next_update: now + Duration::from_secs(60),
            revoked: Vec::new(),
        };
        for (request, status) in [
            (&b""[..], 1),
            (&[0x30, 0x80, 0, 0], 1),
            (&[0x30, 0x82, 0xff, 0xff], 1),
            (&[0x30, 8, 0x30, 6, 0x30, 4, 0x30, 2, 5, 0], 6),
        ] {
            let answer = authority.ocsp_response(request, &standing).unwrap();
            assert_eq!(answer, without_answer(status), "{request:02x?}");
        }
    }
}
