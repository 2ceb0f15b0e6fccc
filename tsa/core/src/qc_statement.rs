//! `qcStatements`: what an issuer states about a certificate or a token (RFC 3739 §3.2.6).
//!
//! The identifiers are read, and what goes with them is kept as bytes: a statement is a claim of
//! whoever signed it, and nothing in this crate acts on one.

use alloc::string::String;
use alloc::vec::Vec;

use crate::der::{self, tag};
use crate::error::{Error, ErrorKind};
use crate::limits::MAX_QC_STATEMENTS;
use crate::oid;

/// One statement of a `qcStatements` extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QcStatement {
    /// The statement's identifier in dotted form.
    pub id: String,
    /// What goes with it, in DER, if anything does.
    pub info: Option<Vec<u8>>,
}

impl QcStatement {
    /// The identifier of the extension in dotted form (`id-pe-qcStatements`).
    pub const EXTENSION: &'static str = "1.3.6.1.5.5.7.1.3";

    /// The statement that a token is issued as a qualified electronic time stamp under Regulation
    /// (EU) No 910/2014 (ETSI EN 319 422 annex B: `esi4-qtstStatement-1`).
    pub const QUALIFIED_TIME_STAMP: &'static str = "0.4.0.19422.1.1";

    /// Reads the value of a `qcStatements` extension.
    ///
    /// ```text
    /// QCStatements ::= SEQUENCE OF QCStatement
    /// QCStatement  ::= SEQUENCE {
    ///     statementId    OBJECT IDENTIFIER,
    ///     statementInfo  ANY DEFINED BY statementId OPTIONAL }
    /// ```
    ///
    /// # Errors
    ///
    /// When the bytes are not such a value, or it has more than
    /// [`MAX_QC_STATEMENTS`](crate::limits::MAX_QC_STATEMENTS) statements.
    pub fn parse_all(value: &[u8]) -> Result<Vec<Self>, Error> {
        let list = der::only(value, tag::SEQUENCE)?;
        let mut statements = Vec::new();
        for element in list.reader().all(MAX_QC_STATEMENTS)? {
            if element.tag != tag::SEQUENCE {
                return Err(element.error(ErrorKind::TagUnexpected));
            }
            let mut fields = element.reader();
            let id = oid::dotted(fields.expect(tag::OID)?.oid()?);
            let info = if fields.is_empty() {
                None
            } else {
                Some(fields.any()?.raw.to_vec())
            };
            fields.finish()?;
            statements.push(Self { id, info });
        }
        Ok(statements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{id, sequence};

    const QUALIFIED: &[u8] = &[0x04, 0x00, 0x81, 0x97, 0x5e, 0x01, 0x01];

    #[test]
    fn identifiers_are_read_and_what_goes_with_them_is_kept() {
        let info = der::write(tag::UTF8_STRING, b"EUR");
        let value = sequence(&[
            &sequence(&[&id(QUALIFIED)]),
            &sequence(&[&id(&[0x2a, 0x03]), &info]),
        ]);
        let statements = QcStatement::parse_all(&value).unwrap();
        let ids: Vec<&str> = statements.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, [QcStatement::QUALIFIED_TIME_STAMP, "1.2.3"]);
        assert_eq!(statements[0].info, None);
        assert_eq!(statements[1].info.as_deref(), Some(info.as_slice()));
    }

    /// A statement that is only half there must not count as one.
    #[test]
    fn what_is_not_a_list_of_statements_is_refused() {
        let statement = sequence(&[&id(QUALIFIED)]);
        let check = |value: &[u8]| assert!(QcStatement::parse_all(value).is_err(), "{value:02x?}");
        check(&[]);
        check(&statement);
        check(&sequence(&[&id(QUALIFIED)]));
        check(&sequence(&[&sequence(&[])]));
        let two = sequence(&[&id(QUALIFIED), &id(QUALIFIED), &id(QUALIFIED)]);
        check(&sequence(&[&two]));
        check(&[sequence(&[&statement]), alloc::vec![0]].concat());
        let many = alloc::vec![statement.as_slice(); MAX_QC_STATEMENTS];
        assert!(QcStatement::parse_all(&sequence(&many)).is_ok());
        let more = alloc::vec![statement.as_slice(); MAX_QC_STATEMENTS + 1];
        check(&sequence(&more));
    }
}
