//! The policy file against its schema: what one knows, the other knows.

use std::path::Path;

use proofline_verifier::Policy;
use serde_json::{Value, json};

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/policy.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn names(properties: &Value) -> Vec<&String> {
    let names: Vec<&String> = properties.as_object().unwrap().keys().collect();
    assert!(names.len() > 3);
    names
}

fn complaint(policy: &Value) -> String {
    Policy::parse(policy.to_string().as_bytes()).unwrap_err()
}

/// A member that only one of the two knows would be refused by a reader that the other promised.
#[test]
fn schema_and_reader_know_the_same_members() {
    let schema = schema();
    for name in names(&schema["properties"]) {
        let mut policy = json!({"schema_version": 1});
        // No member is a boolean: each complains, and not that it is unknown.
        policy[name] = json!(true);
        let said = complaint(&policy);
        assert!(!said.contains("unknown"), "{name}: {said}");
    }
    for name in names(&schema["$defs"]["authority"]["properties"]) {
        let mut authority = json!({"name": "A", "roots": ["ab".repeat(32)]});
        authority[name] = json!(true);
        let said = complaint(&json!({"schema_version": 1, "authorities": [authority]}));
        assert!(!said.contains("unknown"), "{name}: {said}");
    }
    let said = complaint(&json!({"schema_version": 1, "more": true}));
    assert_eq!(said, "a policy has an unknown member `more`");
}

/// The page that teaches policies must not teach one that is refused.
#[test]
fn the_example_of_the_page_is_a_policy() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/trust.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once("```json\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let example = example.replace("<64 hex>", &"ab".repeat(32));
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/vectors");
    let mut read_file = |name: &str| {
        let file = match name {
            "EE.xml" => "qualified-listed/list.xml",
            "first-root.pem" => "authority-named/root.pem",
            _ => return Err("not in the example".into()),
        };
        std::fs::read(vectors.join(file)).map_err(|error| error.to_string())
    };
    let policy = Policy::parse_with(example.as_bytes(), &mut read_file).unwrap();
    assert_eq!(
        (policy.authorities.len(), policy.trusted_lists.len()),
        (2, 1)
    );
    assert_eq!(policy.independent_authorities, 2);
}
