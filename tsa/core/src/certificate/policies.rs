//! The four extensions about certificate policies (RFC 5280 §4.2.1.4, .5, .11 and .14).
//!
//! Qualifiers are skipped: they are texts for people and decide nothing.

use alloc::vec::Vec;

use crate::der::{Element, tag};
use crate::error::{Error, ErrorKind};
use crate::limits::MAX_POLICIES;

/// ```text
/// CertificatePolicies ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE {
///     policyIdentifier  OBJECT IDENTIFIER,
///     policyQualifiers  SEQUENCE OF PolicyQualifierInfo OPTIONAL }
/// ```
pub(super) fn parse<'a>(list: &Element<'a>) -> Result<Vec<&'a [u8]>, Error> {
    let mut policies = Vec::new();
    for element in list.reader().all(MAX_POLICIES)? {
        if element.tag != tag::SEQUENCE {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        let policy = element.reader().expect(tag::OID)?.oid()?;
        // RFC 5280 has each policy once; a second one says nothing more.
        if !policies.contains(&policy) {
            policies.push(policy);
        }
    }
    Ok(policies)
}

/// The policy of the issuer's domain, and what the subject's domain calls it.
pub(crate) type Mapping<'a> = (&'a [u8], &'a [u8]);

/// ```text
/// PolicyMappings ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE {
///     issuerDomainPolicy   OBJECT IDENTIFIER,
///     subjectDomainPolicy  OBJECT IDENTIFIER }
/// ```
pub(super) fn mappings<'a>(list: &Element<'a>) -> Result<Vec<Mapping<'a>>, Error> {
    let mut pairs = Vec::new();
    for element in list.reader().all(MAX_POLICIES)? {
        if element.tag != tag::SEQUENCE {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        let mut fields = element.reader();
        let issuer = fields.expect(tag::OID)?.oid()?;
        let subject = fields.expect(tag::OID)?.oid()?;
        fields.finish()?;
        pairs.push((issuer, subject));
    }
    Ok(pairs)
}

/// How many certificates may follow before a rule about policies applies; `None` is never.
///
/// ```text
/// PolicyConstraints ::= SEQUENCE {
///     requireExplicitPolicy  [0] IMPLICIT INTEGER (0..MAX) OPTIONAL,
///     inhibitPolicyMapping   [1] IMPLICIT INTEGER (0..MAX) OPTIONAL }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PolicyConstraints {
    pub(crate) require_explicit_policy: Option<u32>,
    pub(crate) inhibit_policy_mapping: Option<u32>,
}

impl PolicyConstraints {
    pub(super) fn parse(element: &Element<'_>) -> Result<Self, Error> {
        let mut fields = element.reader();
        let mut skip = |number| match fields.optional(tag::primitive(number))? {
            Some(integer) => integer.small().map(Some),
            None => Ok(None),
        };
        let constraints = Self {
            require_explicit_policy: skip(0)?,
            inhibit_policy_mapping: skip(1)?,
        };
        fields.finish()?;
        Ok(constraints)
    }
}
