//! RFC 8785: its vectors, and `json-canon` as an oracle on whatever the profile can hold.

use proofline_format::error::ErrorKind;
use proofline_format::json::{Value, canonical, parse, parse_canonical};
use proptest::prelude::*;

use crate::corpus;
use crate::samples::any_value;

#[test]
fn vectors_of_rfc_8785_give_their_octets_or_are_refused_for_their_floats() {
    let Some(folder) = corpus::part("jcs") else {
        return;
    };
    let (mut equal, mut refused) = (Vec::new(), Vec::new());
    for input in corpus::files(&folder.join("input"), "json") {
        let name = input.file_stem().unwrap().to_string_lossy().into_owned();
        let want = std::fs::read_to_string(folder.join(format!("outhex/{name}.txt"))).unwrap();
        let want = corpus::bytes_of_hex(&want);
        match parse(&std::fs::read(&input).unwrap()) {
            Ok(value) => {
                assert_eq!(canonical(&value), want, "{name}");
                assert!(parse_canonical(&want).is_ok(), "{name}");
                equal.push(name);
            }
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Number, "{name}: {error}");
                refused.push(name);
            }
        }
    }
    assert_eq!(equal, ["arrays", "french", "unicode", "weird"]);
    // `structures` spells 56 as 56.0; `values` holds floats.
    assert_eq!(refused, ["structures", "values"]);
}

/// The same value for the oracle's parser.
fn foreign(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Integer(number) => (*number).into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(foreign).collect(),
        Value::Object(members) => {
            let members = members.iter().map(|(k, v)| (k.clone(), foreign(v)));
            serde_json::Value::Object(members.collect())
        }
    }
}

/// `json-canon` is silently wrong where any crate of the build turns `arbitrary_precision` on,
/// and map order changes with `preserve_order`: were one on, it would be no oracle.
#[test]
fn the_oracle_is_built_as_its_authors_meant_it() {
    let number: serde_json::Value = serde_json::from_str("1E2").unwrap();
    assert_eq!(number.to_string(), "100.0");
    let map: serde_json::Value = serde_json::from_str(r#"{"b":1,"a":2}"#).unwrap();
    assert_eq!(map.to_string(), r#"{"a":2,"b":1}"#);
}

proptest! {
    #[test]
    fn json_canon_writes_the_same_octets(value in any_value()) {
        let ours = canonical(&value);
        let theirs = json_canon::to_string(&foreign(&value)).unwrap();
        prop_assert_eq!(String::from_utf8(ours).unwrap(), theirs);
    }

    #[test]
    fn what_is_written_reads_back_and_is_canonical(value in any_value()) {
        let bytes = canonical(&value);
        let read = parse_canonical(&bytes).unwrap();
        prop_assert_eq!(canonical(&read), bytes);
    }

    #[test]
    fn another_parser_reads_what_we_accept_in_the_same_way(value in any_value()) {
        let spaced = serde_json::to_vec_pretty(&foreign(&value)).unwrap();
        let read = parse(&spaced).unwrap();
        prop_assert_eq!(canonical(&read), canonical(&value));
    }
}
