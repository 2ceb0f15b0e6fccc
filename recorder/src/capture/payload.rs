//! Payload objects: what does not fit twenty columns, without contents and without secrets.
//!
//! What a person or a model wrote (prompts, file contents, results of tools) is given by its
//! length and SHA-256 only. Everything else is cut to a bounded size, and redacted before it is
//! hashed or stored. The profile knows no floats: a number that is not a small integer is written
//! as a string.

use proofline_format::digest::sha256;
use proofline_format::encoding::hex;
use proofline_format::json::Value;
use proofline_format::limits::MAX_INTEGER;
use proofline_format::timestamp::Timestamp;
use serde_json::Value as Json;

use crate::redact::{MARK, is_secret_name, redact};

/// A string longer than this is given by its beginning, length and hash.
const MAX_TEXT_BYTES: usize = 4_096;
/// What is kept of such a string.
const KEPT_TEXT_BYTES: usize = 1_024;
/// Strings longer than this are not searched for secrets; none of them can be guessed from a hash.
const MAX_SEARCHED_BYTES: usize = 256 << 10;
/// Rough size of all members together. An object may have 1 MiB; escapes can make text six times
/// as long.
const MAX_PAYLOAD_BYTES: usize = 96 << 10;
/// Nesting that is kept.
const MAX_DEPTH: usize = 16;
/// Members whose text is content.
const CONTENT_KEYS: &[&str] = &[
    "body",
    "content",
    "contents",
    "data",
    "diff",
    "edits",
    "file_text",
    "last_assistant_message",
    "message",
    "new_source",
    "new_str",
    "new_string",
    "old_source",
    "old_str",
    "old_string",
    "originalFile",
    "original_file",
    "patch",
    "plan",
    "prompt",
    "questions",
    "text",
    "todos",
    "updated_file",
];

/// A payload object in the making.
#[derive(Debug)]
pub(crate) struct Payload {
    members: Vec<(String, Value)>,
}

impl Payload {
    pub(crate) fn new(object_type: &str, salt: &[u8; 16], event_time: Timestamp) -> Self {
        Self {
            members: vec![
                ("type".into(), object_type.into()),
                ("salt".into(), hex(salt).into()),
                ("event_time".into(), event_time.to_string().into()),
            ],
        }
    }

    /// Adds a member, but not null: what is not known is left out.
    pub(crate) fn set(&mut self, key: &str, value: Value) {
        if value != Value::Null {
            self.members.push((key.into(), value));
        }
    }

    /// Adds a short text from a report.
    pub(crate) fn set_text(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.set(key, short_text(text));
        }
    }

    pub(crate) fn finish(self) -> Value {
        Value::Object(self.members)
    }
}

/// Whether the content of what is described is under the secret policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Plain,
    Secret,
}

/// A JSON value of a report as it may be kept.
pub(crate) fn kept(value: &Json, content: Content) -> Value {
    let mut budget = MAX_PAYLOAD_BYTES;
    kept_within(value, content, &mut budget, 0)
}

fn kept_within(value: &Json, content: Content, budget: &mut usize, depth: usize) -> Value {
    let cost = match value {
        Json::String(text) => text.len().min(MAX_TEXT_BYTES).saturating_add(160),
        _ => 16,
    };
    if cost > *budget || depth > MAX_DEPTH {
        *budget = 0;
        return Value::object([("omitted", true.into())]);
    }
    *budget = budget.saturating_sub(cost);
    let next = depth.saturating_add(1);
    match value {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => number_of(number),
        Json::String(text) => short_text(text),
        Json::Array(items) => items.iter().take_while_inclusive(budget, |item, budget| {
            kept_within(item, content, budget, next)
        }),
        Json::Object(members) => {
            let mut kept = Vec::new();
            for (key, member) in members {
                if *budget == 0 {
                    kept.push(("omitted".into(), true.into()));
                    break;
                }
                *budget = budget.saturating_sub(key.len());
                let value = if CONTENT_KEYS.contains(&key.as_str()) {
                    digest_of_json(member, content)
                } else if is_secret_name(key) && !member.is_null() {
                    MARK.into()
                } else {
                    kept_within(member, content, budget, next)
                };
                kept.push((bounded_key(key), value));
            }
            kept.dedup_by(|(a, _), (b, _)| a == b);
            Value::Object(kept)
        }
    }
}

/// Items until the budget is spent.
trait TakeWithin<'a>: Iterator<Item = &'a Json> + Sized {
    fn take_while_inclusive(
        self,
        budget: &mut usize,
        mut keep: impl FnMut(&'a Json, &mut usize) -> Value,
    ) -> Value {
        let mut kept = Vec::new();
        for item in self {
            kept.push(keep(item, budget));
            if *budget == 0 {
                break;
            }
        }
        Value::Array(kept)
    }
}

impl<'a, I: Iterator<Item = &'a Json>> TakeWithin<'a> for I {}

fn bounded_key(key: &str) -> String {
    if key.len() > 256 {
        format!("sha256:{}", sha256(key.as_bytes()))
    } else {
        redact(key).text.into_owned()
    }
}

/// A number of a report: small integers as they are, everything else as text.
pub(crate) fn number_of(number: &serde_json::Number) -> Value {
    match number.as_i64() {
        Some(integer) if (-MAX_INTEGER..=MAX_INTEGER).contains(&integer) => Value::Integer(integer),
        _ => number.to_string().into(),
    }
}

/// A text, redacted; a long one by its beginning, length and hash.
pub(crate) fn short_text(text: &str) -> Value {
    if text.len() <= MAX_TEXT_BYTES {
        return redact(text).text.into_owned().into();
    }
    let mut start = KEPT_TEXT_BYTES;
    while !text.is_char_boundary(start) {
        start = start.saturating_sub(1);
    }
    // Redacted as a whole before it is cut, so that no secret is cut in half and missed.
    let searched = (text.len() <= MAX_SEARCHED_BYTES).then(|| redact(text).text);
    let head = match &searched {
        Some(clean) => clean.chars().take(KEPT_TEXT_BYTES).collect(),
        None => redact(text.get(..start).unwrap_or_default())
            .text
            .into_owned(),
    };
    let mut members = digest_members(text, Content::Plain);
    members.push(("start".into(), Value::String(head)));
    Value::Object(members)
}

/// Length and hash of a text that is not kept.
pub(crate) fn digest(text: &str, content: Content) -> Value {
    Value::Object(digest_members(text, content))
}

fn digest_members(text: &str, content: Content) -> Vec<(String, Value)> {
    let mut members = vec![("bytes".into(), to_u64(text.len()).into())];
    if content == Content::Secret {
        return members;
    }
    if text.len() > MAX_SEARCHED_BYTES {
        members.push(("sha256".into(), sha256(text.as_bytes()).into()));
        return members;
    }
    let clean = redact(text);
    if clean.found > 0 {
        members.push(("redacted".into(), to_u64(clean.found).into()));
    }
    members.push(("sha256".into(), sha256(clean.text.as_bytes()).into()));
    members
}

/// Length and hash of a value that is not kept: of a string its text, else its JSON.
pub(crate) fn digest_of_json(value: &Json, content: Content) -> Value {
    match value {
        Json::Null => Value::Null,
        Json::String(text) => digest(text, content),
        other => digest(&other.to_string(), content),
    }
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proofline_format::json::canonical;
    use proofline_format::limits::MAX_OBJECT_BYTES;
    use serde_json::json;

    use super::*;

    fn text_of(value: &Json) -> String {
        String::from_utf8(canonical(&kept(value, Content::Plain))).unwrap()
    }

    #[test]
    fn contents_and_secrets_are_not_kept() {
        let kept = text_of(&json!({
            "content": "the text",
            "edits": [{"old_string": "the old"}],
            "command": "PASSWORD=hunter22 make",
            "api_key": "abc",
            "n": 1.5,
            "big": u64::MAX,
        }));
        for gone in ["the text", "the old", "hunter22", "abc\""] {
            assert!(!kept.contains(gone), "{gone} in {kept}");
        }
        assert!(kept.contains(r#""n":"1.5""#), "{kept}");
        assert!(kept.contains(r#""big":"18446744073709551615""#), "{kept}");
        assert!(kept.contains(r#""bytes":8"#), "{kept}");
    }

    #[test]
    fn secret_content_leaves_its_length_only() {
        let value = kept(&json!({"content": "hunter22"}), Content::Secret);
        assert_eq!(canonical(&value), br#"{"content":{"bytes":8}}"#);
    }

    #[test]
    fn an_object_of_any_input_fits() {
        let long = "\u{1}".repeat(5_000_000);
        let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
        let wide: Vec<Json> = (0..100_000)
            .map(|n| json!({"k": n, "t": "\u{2}".repeat(200)}))
            .collect();
        for value in [
            json!({"command": long}),
            deep,
            json!(wide),
            json!({"a": {"b": wide}}),
        ] {
            assert!(text_of(&value).len() < MAX_OBJECT_BYTES - 4_096);
        }
    }
}
