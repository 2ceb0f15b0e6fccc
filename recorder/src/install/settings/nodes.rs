//! JSON with the place of every value in the text.

use serde::de::IgnoredAny;

use super::Edit;

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the member begins, key and all; equal to `start` outside objects.
    outer_start: usize,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    Text(String),
    Other,
}

/// Reads strict JSON whose value is an object.
pub(super) fn parse(text: &str) -> Result<Node, String> {
    if text.starts_with('\u{feff}') {
        return Err("begins with a byte order mark, which is not strict JSON".into());
    }
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        return Err(format!("is not strict JSON (comments are none): {error}"));
    }
    // The text is known to be JSON; what follows only finds places in it.
    let mut reader = Reader { text, at: 0 };
    let root = reader.value().ok_or("is nested too deeply")?;
    if matches!(root.kind, Kind::Object(_)) {
        Ok(root)
    } else {
        Err("holds no object".into())
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(byte);
            }
            self.skip();
        }
    }

    const fn skip(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    /// The depth is bounded by the first pass, which refuses more than 128 levels.
    fn value(&mut self) -> Option<Node> {
        let first = self.peek()?;
        let start = self.at;
        let kind = match first {
            b'{' => Kind::Object(self.members()?),
            b'[' => Kind::Array(self.items()?),
            b'"' => Kind::Text(self.string()?),
            _ => {
                while let Some(byte) = self.text.as_bytes().get(self.at)
                    && !matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n')
                {
                    self.skip();
                }
                Kind::Other
            }
        };
        Some(Node {
            start,
            end: self.at,
            outer_start: start,
            kind,
        })
    }

    fn members(&mut self) -> Option<Vec<(String, Node)>> {
        let mut members = Vec::new();
        self.skip();
        loop {
            match self.peek()? {
                b'}' => {
                    self.skip();
                    return Some(members);
                }
                b'"' => {
                    let outer_start = self.at;
                    let key = self.string()?;
                    self.peek()?;
                    self.skip();
                    let value = self.value()?;
                    let node = Node {
                        outer_start,
                        ..value
                    };
                    members.push((key, node));
                }
                _ => self.skip(),
            }
        }
    }

    fn items(&mut self) -> Option<Vec<Node>> {
        let mut items = Vec::new();
        self.skip();
        loop {
            match self.peek()? {
                b']' => {
                    self.skip();
                    return Some(items);
                }
                b',' => self.skip(),
                _ => items.push(self.value()?),
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.skip();
        loop {
            match self.text.as_bytes().get(self.at)? {
                b'\\' => {
                    self.skip();
                    self.skip();
                }
                b'"' => {
                    self.skip();
                    return serde_json::from_str(self.text.get(start..self.at)?).ok();
                }
                _ => self.skip(),
            }
        }
    }
}

impl Node {
    pub(super) fn members(&self) -> &[(String, Self)] {
        match &self.kind {
            Kind::Object(members) => members,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::Array(items) => items,
            _ => &[],
        }
    }

    pub(super) fn member(&self, key: &str) -> Option<&Self> {
        let mut members = self.members().iter();
        members.find(|(name, _)| name == key).map(|(_, node)| node)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    fn children(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Object(members) => members.iter().map(|(_, node)| node).collect(),
            Kind::Array(items) => items.iter().collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.children().is_empty()
    }

    pub(super) fn first_child_start(&self) -> Option<usize> {
        self.children().first().map(|node| node.outer_start)
    }

    pub(super) fn last_child_end(&self) -> Option<usize> {
        self.children().last().map(|node| node.end)
    }

    /// Takes children out, with the comma and white space that belong to each.
    pub(super) fn remove(&self, gone: &[bool]) -> Vec<Edit> {
        let children = self.children();
        let cut = |from: usize, to: usize| Edit {
            from,
            to,
            text: String::new(),
        };
        if !gone.is_empty() && gone.iter().all(|gone| *gone) {
            let inside = (self.start.saturating_add(1), self.end.saturating_sub(1));
            return vec![cut(inside.0, inside.1)];
        }
        let mut edits = Vec::new();
        let mut kept_before: Option<&Self> = None;
        let mut before: Option<&Self> = None;
        for (position, (child, gone)) in children.iter().zip(gone).enumerate() {
            let next = children.get(position.saturating_add(1));
            match (gone, kept_before, before, next) {
                (false, ..) => kept_before = Some(child),
                (true, Some(_), Some(before), _) => edits.push(cut(before.end, child.end)),
                (true, _, _, Some(next)) => edits.push(cut(child.outer_start, next.outer_start)),
                _ => {}
            }
            before = Some(child);
        }
        edits
    }
}
