//! A look at an XML text before it is read: no document type, no deep nesting, few attributes.
//!
//! The reader of XML behind this one refuses document types too and does not recurse. What it
//! spends on one element grows with the attributes and with the nesting around it, so both are
//! bounded before it starts.

use crate::limits::{MAX_LIST_ATTRIBUTES, MAX_LIST_DEPTH};

/// Whether a text keeps the limits. Whether it is well formed is found out later.
pub(super) fn check(text: &str) -> Result<(), String> {
    let mut rest = text;
    let mut depth = 0_usize;
    while let Some((_, markup)) = rest.split_once('<') {
        rest = if let Some(body) = markup.strip_prefix("!--") {
            after(body, "-->")?
        } else if let Some(body) = markup.strip_prefix("![CDATA[") {
            after(body, "]]>")?
        } else if let Some(body) = markup.strip_prefix('?') {
            after(body, "?>")?
        } else if markup.starts_with('!') {
            return Err("it declares a document type, which is not read here".into());
        } else if let Some(body) = markup.strip_prefix('/') {
            depth = depth.checked_sub(1).ok_or("an element ends twice")?;
            after(body, ">")?
        } else {
            let (rest, is_empty) = start_tag(markup)?;
            if !is_empty {
                depth = depth.saturating_add(1);
            }
            if depth > MAX_LIST_DEPTH {
                return Err(format!("elements nest deeper than {MAX_LIST_DEPTH}"));
            }
            rest
        };
    }
    Ok(())
}

fn after<'a>(text: &'a str, end: &str) -> Result<&'a str, String> {
    let rest = text.split_once(end).map(|(_, rest)| rest);
    rest.ok_or_else(|| format!("`{end}` is missing"))
}

/// What follows a start tag, and whether the tag is an empty element. Quotes hide everything.
fn start_tag(markup: &str) -> Result<(&str, bool), String> {
    let (mut quote, mut attributes, mut last) = (None, 0_usize, ' ');
    for (at, character) in markup.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '=') => attributes = attributes.saturating_add(1),
            (None, '>') => {
                let rest = markup.get(at.saturating_add(1)..).unwrap_or_default();
                return Ok((rest, last == '/'));
            }
            (None, _) => {}
        }
        if attributes > MAX_LIST_ATTRIBUTES {
            return Err(format!(
                "an element has more than {MAX_LIST_ATTRIBUTES} attributes"
            ));
        }
        last = character;
    }
    Err("a tag does not end".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &str, accepted: bool) {
        assert_eq!(check(text).is_ok(), accepted, "{text:.80}");
    }

    #[test]
    fn document_types_are_refused_wherever_they_stand() {
        accepts("<?xml version=\"1.0\"?><a/>", true);
        accepts("<!DOCTYPE a><a/>", false);
        accepts("<!-- x --><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", false);
        accepts("<a><!ENTITY b 'c'></a>", false);
        accepts("<a><![CDATA[<!DOCTYPE a>]]><!-- <!DOCTYPE a> --></a>", true);
    }

    /// A quoted `>` or `/` must not hide an element from the count.
    #[test]
    fn nesting_is_bounded_whatever_attributes_say() {
        let nested = |tag: &str, depth: usize| tag.repeat(depth) + &"</a>".repeat(depth);
        accepts(&nested("<a>", MAX_LIST_DEPTH), true);
        accepts(&nested("<a>", MAX_LIST_DEPTH + 1), false);
        accepts(&nested("<a b='/>'>", MAX_LIST_DEPTH + 1), false);
        accepts(&nested("<a b=\"</a>\">", MAX_LIST_DEPTH + 1), false);
        accepts(&"<a/>".repeat(1_000), true);
        accepts("</a></a>", false);
        accepts("<a", false);
        accepts("<!-- ", false);
    }

    #[test]
    fn attributes_are_bounded() {
        let tag = |count: usize| format!("<a {}/>", "b='=' ".repeat(count));
        accepts(&tag(MAX_LIST_ATTRIBUTES), true);
        accepts(&tag(MAX_LIST_ATTRIBUTES + 1), false);
    }
}
