//! Settings of every shape: what is the user's keeps every byte.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;

const COMMAND: &str = "'/opt/proofline' hook claude-code";

fn check(text: &str) {
    let with = with_handlers(text, COMMAND).unwrap();
    let json: Json = serde_json::from_str(&with).unwrap_or_else(|e| panic!("{e}\n{with}"));
    for (event, _) in EVENTS {
        let groups = json["hooks"][*event].as_array().unwrap();
        let ours = groups
            .iter()
            .filter(|g| g["hooks"][0]["command"] == COMMAND)
            .count();
        assert_eq!(ours, 1, "{event} in {with}");
    }
    assert_eq!(
        with_handlers(&with, COMMAND).unwrap(),
        with,
        "not idempotent"
    );
    let without = without_handlers(&with).unwrap();
    let blank = |text: &str| serde_json::from_str::<Json>(text).unwrap();
    let mut want = blank(text);
    prune(&mut want);
    let mut got = blank(&without);
    prune(&mut got);
    assert_eq!(got, want, "{without}");
}

/// What is empty may go with our handlers; the record restores it.
fn prune(json: &mut Json) {
    if let Some(hooks) = json.get_mut("hooks").and_then(Json::as_object_mut) {
        hooks.retain(|_, groups| groups != &Json::Array(Vec::new()));
        if hooks.is_empty() {
            json.as_object_mut().unwrap().remove("hooks");
        }
    }
}

#[test]
fn settings_of_any_shape_take_our_handlers() {
    for text in [
        "{}",
        "{}\n",
        "{\n}\n",
        "{\"a\":1}",
        "{ \"a\": [1,2] }\n",
        "{\n  \"b\": 1,\n  \"a\": {\"x\": null}\n}\n",
        "{\r\n\t\"b\": 1\r\n}\r\n",
        "{\n    \"hooks\": {},\n    \"z\": \"\\u00e4 \\\" }\"\n}",
        "{\"hooks\":{\"PreToolUse\":[]}}",
        "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\"matcher\": \"Bash\", \"hooks\": [{\"type\": \"command\", \"command\": \"lint\"}]}\n    ],\n    \"Other\": []\n  }\n}\n",
    ] {
        check(text);
    }
}

#[test]
fn taking_out_gives_back_every_byte() {
    for text in [
        "{\"a\":1}",
        "{\n  \"b\": 1,\n  \"a\": {\"x\": null}\n}\n",
        "{\r\n\t\"b\": 1\r\n}\r\n",
        "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\"hooks\": [ {\"command\": \"lint\"} ]}\n    ]\n  }\n}\n",
    ] {
        let with = with_handlers(text, COMMAND).unwrap();
        assert_eq!(without_handlers(&with).unwrap(), text);
    }
}

#[test]
fn a_new_file_reads_as_a_person_would_write_it() {
    let text = with_handlers("", COMMAND).unwrap();
    assert!(
        text.starts_with(
            "{\n  \"hooks\": {\n    \"SessionStart\": [\n      {\n        \"hooks\": [\n"
        ),
        "{text}"
    );
    assert!(text.ends_with("    ]\n  }\n}\n"), "{text}");
}

#[test]
fn a_moved_program_is_replaced_in_place() {
    let text = with_handlers("{\"a\": 1}", "'/old/proofline' hook claude-code").unwrap();
    let moved = with_handlers(&text, COMMAND).unwrap();
    assert_eq!(moved, text.replace("/old/", "/opt/"));
    assert_eq!(our_commands(&moved).len(), EVENTS.len());
}

#[test]
fn what_the_agent_would_not_read_is_refused() {
    let check = |text: &str, want: &str| {
        let error = with_handlers(text, COMMAND).unwrap_err();
        assert!(error.contains(want), "{error}");
    };
    check("{ // mine\n}", "not strict JSON");
    check("\u{feff}{}", "byte order mark");
    check("[]", "no object");
    check("{\"hooks\": []}", "not an object");
    check("{\"hooks\": {\"PreToolUse\": {}}}", "not an array");
    check("{\"hooks\": {}, \"hooks\": {}}", "twice");
    check("{,}", "not strict JSON");
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        "[a-z\"\\\\{}\\[\\],: ]{0,8}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[a-z]{1,5}", inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_settings_are_kept(members in prop::collection::btree_map("[a-z]{1,6}", json(), 0..5), pretty in any::<bool>()) {
        let members: serde_json::Map<String, Json> = members.into_iter().filter(|(key, _)| key != "hooks").collect();
        let json = Json::Object(members);
        let text = if pretty { serde_json::to_string_pretty(&json).unwrap() } else { json.to_string() };
        check(&text);
        if json != serde_json::json!({}) {
            let with = with_handlers(&text, COMMAND).unwrap();
            prop_assert_eq!(without_handlers(&with).unwrap(), text);
        }
    }
}
