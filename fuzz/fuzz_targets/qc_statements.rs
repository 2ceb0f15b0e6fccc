//! Statements of a certificate or a token are read or refused, and each stands in the bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_tsa::{QcStatement, limits::MAX_QC_STATEMENTS, oid_from_dotted};

    let Ok(statements) = QcStatement::parse_all(bytes) else {
        return;
    };
    assert!(statements.len() <= MAX_QC_STATEMENTS);
    for statement in statements {
        let is_in = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        if let Some(id) = oid_from_dotted(&statement.id) {
            assert!(is_in(&id));
        }
        assert!(statement.info.is_none_or(|info| is_in(&info)));
    }
});
