//! Edits a JSON settings file as text: what is not ours keeps every byte.
//!
//! The agent reads strict JSON, and one slip makes it ignore the whole file. So a file that is not
//! strict JSON is refused rather than repaired, and nothing is ever written out anew.

mod nodes;

use proofline_format::json::Value;

use self::nodes::{Kind, Node, parse};

/// The events whose hooks are installed.
pub(super) const EVENTS: &[(&str, Matcher)] = &[
    ("SessionStart", Matcher::None),
    ("UserPromptSubmit", Matcher::None),
    ("PreToolUse", Matcher::All),
    ("PostToolUse", Matcher::All),
    ("PostToolUseFailure", Matcher::All),
    ("PermissionRequest", Matcher::All),
    ("PermissionDenied", Matcher::All),
    ("ConfigChange", Matcher::None),
    ("SessionEnd", Matcher::None),
];
/// Seconds that the agent gives the hook; the hook itself takes 5 at most.
const TIMEOUT_SECONDS: i64 = 10;

/// Whether an event takes a matcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matcher {
    None,
    All,
}

/// Replaces a part of the text.
#[derive(Debug)]
struct Edit {
    from: usize,
    to: usize,
    text: String,
}

/// How new members are laid out.
#[derive(Debug, Clone)]
struct Layout {
    /// One step of indentation; `None` where everything stands on one line.
    unit: Option<String>,
    newline: &'static str,
}

/// The text with a handler of this command for every event.
pub(super) fn with_handlers(text: &str, command: &str) -> Result<String, String> {
    let text = if text.trim().is_empty() { "{}\n" } else { text };
    let root = parse(text)?;
    let layout = Layout::of(text, &root);
    let hooks = member(&root, "hooks", "the file")?;
    let Some(hooks) = hooks else {
        let all = Value::Object(
            EVENTS
                .iter()
                .map(|(event, matcher)| ((*event).into(), groups(command, *matcher)))
                .collect(),
        );
        let edit = layout.insert(text, &root, 1, &[(Some("hooks"), all)]);
        return Ok(apply(text, vec![edit]));
    };
    let mut edits = Vec::new();
    let mut new = Vec::new();
    for (event, matcher) in EVENTS {
        let Some(array) = member(hooks, event, "`hooks`")? else {
            new.push((Some(*event), groups(command, *matcher)));
            continue;
        };
        let Kind::Array(items) = &array.kind else {
            return Err(format!("has a `hooks.{event}` that is not an array"));
        };
        let ours: Vec<&Node> = items
            .iter()
            .flat_map(handlers)
            .filter_map(our_command)
            .collect();
        if ours.is_empty() {
            let group = group(command, *matcher);
            edits.push(layout.insert(text, array, 3, &[(None, group)]));
        }
        for node in ours {
            if node.text() != Some(command) {
                edits.push(Edit {
                    from: node.start,
                    to: node.end,
                    text: inline(&command.into()),
                });
            }
        }
    }
    if !new.is_empty() {
        edits.push(layout.insert(text, hooks, 2, &new));
    }
    Ok(apply(text, edits))
}

/// The text without our handlers, and without what is empty for lack of them.
pub(super) fn without_handlers(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Ok(text.into());
    }
    let root = parse(text)?;
    let Some(hooks) = member(&root, "hooks", "the file")? else {
        return Ok(text.into());
    };
    let mut edits = Vec::new();
    let mut events_gone = Vec::new();
    for (_, event) in hooks.members() {
        let mut groups_gone = Vec::new();
        let mut inner = Vec::new();
        for group in event.items() {
            let array = group.member("hooks");
            let items = array.map(Node::items).unwrap_or_default();
            let gone: Vec<bool> = items
                .iter()
                .map(|item| our_command(item).is_some())
                .collect();
            let all = !gone.is_empty() && gone.iter().all(|gone| *gone);
            if let (false, Some(array)) = (all, array) {
                inner.extend(array.remove(&gone));
            }
            groups_gone.push(all);
        }
        let all = !groups_gone.is_empty() && groups_gone.iter().all(|gone| *gone);
        if !all {
            edits.extend(event.remove(&groups_gone));
            edits.append(&mut inner);
        }
        events_gone.push(all);
    }
    if !events_gone.is_empty() && events_gone.iter().all(|gone| *gone) {
        let gone: Vec<bool> = root
            .members()
            .iter()
            .map(|(key, _)| key == "hooks")
            .collect();
        edits = root.remove(&gone);
    } else {
        edits.extend(hooks.remove(&events_gone));
    }
    Ok(apply(text, edits))
}

/// The commands of our handlers in a settings text.
pub(super) fn our_commands(text: &str) -> Vec<String> {
    let Ok(root) = parse(text) else {
        return Vec::new();
    };
    let events = root.member("hooks").map(Node::members).unwrap_or_default();
    let groups = events.iter().flat_map(|(_, event)| event.items());
    groups
        .flat_map(handlers)
        .filter_map(|handler| our_command(handler)?.text().map(String::from))
        .collect()
}

fn member<'a>(node: &'a Node, key: &str, place: &str) -> Result<Option<&'a Node>, String> {
    let Kind::Object(members) = &node.kind else {
        return Err(format!("has a value for {place} that is not an object"));
    };
    let mut named = members.iter().filter(|(name, _)| name == key);
    match (named.next(), named.next()) {
        (Some(_), Some(_)) => Err(format!("names `{key}` twice")),
        (first, _) => Ok(first.map(|(_, node)| node)),
    }
}

fn handlers(group: &Node) -> &[Node] {
    group.member("hooks").map(Node::items).unwrap_or_default()
}

/// The command of a handler, if it is ours: `…proofline… hook claude-code`.
fn our_command(handler: &Node) -> Option<&Node> {
    let command = handler.member("command")?;
    let text = command.text()?;
    (text.ends_with(" hook claude-code") && text.contains("proofline")).then_some(command)
}

fn groups(command: &str, matcher: Matcher) -> Value {
    Value::Array(vec![group(command, matcher)])
}

fn group(command: &str, matcher: Matcher) -> Value {
    let handler = Value::object([
        ("type", "command".into()),
        ("command", command.into()),
        ("timeout", Value::Integer(TIMEOUT_SECONDS)),
    ]);
    let hooks = ("hooks", Value::Array(vec![handler]));
    match matcher {
        Matcher::None => Value::object([hooks]),
        Matcher::All => Value::object([("matcher", "*".into()), hooks]),
    }
}

fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| edit.from);
    let mut out = String::new();
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.from).unwrap_or_default());
        out.push_str(&edit.text);
        at = edit.to;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

impl Layout {
    fn of(text: &str, root: &Node) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let first = root.members().first().map(|(_, node)| node.start);
        let unit = match first {
            None => Some("  ".into()),
            Some(_) => indentation(text, root.first_child_start()),
        };
        Self { unit, newline }
    }

    /// Adds children at the end of a container that stands this deep.
    fn insert(
        &self,
        text: &str,
        container: &Node,
        depth: usize,
        children: &[(Option<&str>, Value)],
    ) -> Edit {
        let found = indentation(text, container.first_child_start());
        let indent = match (&self.unit, found) {
            (_, Some(found)) => Some(found),
            (Some(unit), None) if container.is_empty() => Some(unit.repeat(depth)),
            _ => None,
        };
        let separator = match &indent {
            Some(indent) => format!("{}{indent}", self.newline),
            None => " ".into(),
        };
        let mut out = String::new();
        for (position, (key, value)) in children.iter().enumerate() {
            if position > 0 || !container.is_empty() {
                out.push(',');
            }
            if position > 0 || indent.is_some() || !container.is_empty() {
                out.push_str(&separator);
            }
            if let Some(key) = key {
                out.push_str(&inline(&(*key).into()));
                out.push_str(": ");
            }
            match (&indent, &self.unit) {
                (Some(indent), Some(unit)) => self.write(&mut out, value, indent, unit),
                _ => out.push_str(&inline(value)),
            }
        }
        if let Some(end) = container.last_child_end() {
            return Edit {
                from: end,
                to: end,
                text: out,
            };
        }
        if let (Some(_), Some(unit)) = (&indent, &self.unit) {
            out.push_str(self.newline);
            out.push_str(&unit.repeat(depth.saturating_sub(1)));
        }
        Edit {
            from: container.start.saturating_add(1),
            to: container.end.saturating_sub(1),
            text: out,
        }
    }

    fn write(&self, out: &mut String, value: &Value, indent: &str, unit: &str) {
        let (open, close, items): (char, char, Vec<(Option<&str>, &Value)>) = match value {
            Value::Object(members) => {
                let named = members
                    .iter()
                    .map(|(key, value)| (Some(key.as_str()), value));
                ('{', '}', named.collect())
            }
            Value::Array(items) => ('[', ']', items.iter().map(|item| (None, item)).collect()),
            other => {
                out.push_str(&inline(other));
                return;
            }
        };
        let inner = format!("{indent}{unit}");
        out.push(open);
        for (position, (key, item)) in items.into_iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            out.push_str(self.newline);
            out.push_str(&inner);
            if let Some(key) = key {
                out.push_str(&inline(&key.into()));
                out.push_str(": ");
            }
            self.write(out, item, &inner, unit);
        }
        out.push_str(self.newline);
        out.push_str(indent);
        out.push(close);
    }
}

fn inline(value: &Value) -> String {
    let mut out = String::new();
    proofline_format::json::write_value(&mut out, value);
    out
}

/// The white space before a position, if a line begins there.
fn indentation(text: &str, position: Option<usize>) -> Option<String> {
    let before = text.get(..position?)?;
    let line = before.rsplit('\n').next()?;
    let blank = line.chars().all(|c| matches!(c, ' ' | '\t'));
    (blank && line.len() < before.len()).then(|| line.into())
}

#[cfg(test)]
mod tests;
