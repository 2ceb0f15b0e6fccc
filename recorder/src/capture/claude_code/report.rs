//! The JSON of one hook call, read leniently.

use serde_json::{Map, Value as Json};

use crate::capture::CaptureError;

/// One report: a JSON object of whatever members.
#[derive(Debug)]
pub(super) struct Report {
    json: Json,
}

static EMPTY: Json = Json::Null;

impl Report {
    pub(super) fn parse(input: &[u8]) -> Result<Self, CaptureError> {
        let input = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
        let refused = |reason: String| CaptureError::Input {
            bytes: input.len(),
            reason,
        };
        let json: Json =
            serde_json::from_slice(input).map_err(|error| refused(error.to_string()))?;
        if json.is_object() {
            Ok(Self { json })
        } else {
            Err(refused("it is another value".into()))
        }
    }

    pub(super) const fn json(&self) -> &Json {
        &self.json
    }

    /// A member that is a string and not empty.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.json.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.json.get(key)?.as_bool()
    }

    /// The tool's input; null if there is none.
    pub(super) fn input(&self) -> &Json {
        self.json.get("tool_input").unwrap_or(&EMPTY)
    }

    /// The tool's response; null if there is none.
    pub(super) fn response(&self) -> &Json {
        self.json.get("tool_response").unwrap_or(&EMPTY)
    }

    /// Members of the tool's input.
    pub(super) fn input_members(&self) -> Option<&Map<String, Json>> {
        self.input().as_object()
    }
}
