//! Elements, texts and times of a trusted list. What stands twice where it belongs once is refused.

use proofline_format::timestamp::Timestamp;
use roxmltree::Node;

use crate::limits::MAX_LIST_NAME_BYTES;

/// The namespace of every element that is read.
pub(super) const NAMESPACE: &str = "http://uri.etsi.org/02231/v2#";

pub(super) fn children<'a, 'i>(
    node: Node<'a, 'i>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children()
        .filter(move |one| one.has_tag_name((NAMESPACE, name)))
}

pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// The text of an element without the space around it; empty if a comment cuts it.
pub(super) fn content<'a>(node: Node<'a, '_>) -> &'a str {
    let mut parts = node.children();
    match (parts.next(), parts.next()) {
        (Some(text), None) => text.text().unwrap_or_default().trim(),
        _ => "",
    }
}

/// The text of the one child of a name.
pub(super) fn text_of<'a>(node: Node<'a, '_>, name: &'static str) -> Result<&'a str, String> {
    let mut all = children(node, name);
    match (all.next().map(content), all.next()) {
        (Some(text), None) if !text.is_empty() => Ok(text),
        (None, _) => Err(format!("`{name}` is missing")),
        _ => Err(format!("`{name}` is empty or repeated")),
    }
}

/// A moment in UTC; a fraction of a second, which the form does not allow, is cut off.
pub(super) fn time_of(node: Node<'_, '_>, name: &'static str) -> Result<i64, String> {
    let text = text_of(node, name)?;
    let refused = || format!("`{name}` is not a time in UTC: `{text:.40}`");
    let whole = text.strip_suffix('Z').ok_or_else(refused)?;
    let whole = match whole.split_once('.') {
        Some((whole, digits)) if digits.bytes().all(|one| one.is_ascii_digit()) => whole,
        Some(_) => return Err(refused()),
        None => whole,
    };
    let moment = Timestamp::parse(format!("{whole}.000Z").as_bytes()).ok_or_else(refused)?;
    Ok(moment.millis().div_euclid(1_000))
}

/// The English name, or else the first.
pub(super) fn name_of(names: Node<'_, '_>) -> String {
    let language = ("http://www.w3.org/XML/1998/namespace", "lang");
    let is_english = |one: &Node<'_, '_>| one.attribute(language) == Some("en");
    let english = children(names, "Name").find(is_english);
    let name = english.or_else(|| child(names, "Name"));
    name.map_or_else(String::new, |name| kept(content(name)))
}

/// As much of a text as is kept.
pub(super) fn kept(text: &str) -> String {
    let end = text.floor_char_boundary(MAX_LIST_NAME_BYTES);
    text.get(..end).unwrap_or_default().to_owned()
}
