//! The name constraints of an issuing certificate (RFC 5280 §4.2.1.10), read and not applied.

use alloc::vec::Vec;

use crate::der::{Element, Reader, tag};
use crate::error::{Error, ErrorKind};
use crate::limits::MAX_SUBTREES;

/// ```text
/// NameConstraints ::= SEQUENCE {
///     permittedSubtrees  [0] IMPLICIT GeneralSubtrees OPTIONAL,
///     excludedSubtrees   [1] IMPLICIT GeneralSubtrees OPTIONAL }
///
/// GeneralSubtrees ::= SEQUENCE SIZE (1..MAX) OF GeneralSubtree
/// ```
#[derive(Clone, Debug)]
pub(crate) struct NameConstraints<'a> {
    pub(crate) critical: bool,
    pub(crate) permitted: Vec<Subtree<'a>>,
    pub(crate) excluded: Vec<Subtree<'a>>,
}

/// ```text
/// GeneralSubtree ::= SEQUENCE {
///     base     GeneralName,
///     minimum  [0] IMPLICIT INTEGER DEFAULT 0,
///     maximum  [1] IMPLICIT INTEGER OPTIONAL }
/// ```
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subtree<'a> {
    pub(crate) base: Element<'a>,
    /// A minimum other than 0, or a maximum: no name form of RFC 5280 gives them a meaning.
    pub(crate) has_distances: bool,
}

impl<'a> NameConstraints<'a> {
    pub(super) fn parse(element: &Element<'a>, critical: bool) -> Result<Self, Error> {
        let mut fields = element.reader();
        let permitted = subtrees(&mut fields, 0)?;
        let excluded = subtrees(&mut fields, 1)?;
        fields.finish()?;
        Ok(Self {
            critical,
            permitted,
            excluded,
        })
    }
}

fn subtrees<'a>(fields: &mut Reader<'a>, number: u8) -> Result<Vec<Subtree<'a>>, Error> {
    let Some(list) = fields.optional(tag::constructed(number))? else {
        return Ok(Vec::new());
    };
    let mut subtrees = Vec::new();
    for element in list.reader().all(MAX_SUBTREES)? {
        if element.tag != tag::SEQUENCE {
            return Err(element.error(ErrorKind::TagUnexpected));
        }
        let mut parts = element.reader();
        let base = parts.any()?;
        let minimum = match parts.optional(tag::primitive(0))? {
            Some(integer) => integer.small()?,
            None => 0,
        };
        let maximum = parts.optional(tag::primitive(1))?;
        parts.finish()?;
        subtrees.push(Subtree {
            base,
            has_distances: minimum != 0 || maximum.is_some(),
        });
    }
    Ok(subtrees)
}
