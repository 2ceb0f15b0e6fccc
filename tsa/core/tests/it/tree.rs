//! A token taken apart into a tree, changed, and written again, in DER or in BER.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test over known bytes that cannot go on says so by panicking"
)]

/// One value: its tag, and its content or its parts.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Primitive(u8, Vec<u8>),
    Constructed(u8, Vec<Self>),
}

/// How lengths and octet strings are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Definite and minimal.
    Der,
    /// Indefinite, and octet strings in segments.
    Indefinite,
    /// Definite, in more octets than needed, and octet strings in segments.
    LongLengths,
}

impl Tree {
    /// Reads the one value in `bytes`, which is known to be DER.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let (tree, end) = Self::read_at(bytes, 0);
        assert_eq!(end, bytes.len());
        tree
    }

    fn read_at(bytes: &[u8], at: usize) -> (Self, usize) {
        let tag = bytes[at];
        let first = usize::from(bytes[at + 1]);
        let (start, length) = match first {
            0..=0x7f => (at + 2, first),
            _ => {
                let start = at + 2 + (first & 0x7f);
                let octets = &bytes[at + 2..start];
                (
                    start,
                    octets.iter().fold(0, |n, o| n * 256 + usize::from(*o)),
                )
            }
        };
        let end = start + length;
        if tag & 0x20 == 0 {
            return (Self::Primitive(tag, bytes[start..end].to_vec()), end);
        }
        let (mut parts, mut at) = (Vec::new(), start);
        while at < end {
            let (part, next) = Self::read_at(bytes, at);
            parts.push(part);
            at = next;
        }
        (Self::Constructed(tag, parts), end)
    }

    pub(super) fn parts(&mut self) -> &mut Vec<Self> {
        match self {
            Self::Constructed(_, parts) => parts,
            Self::Primitive(tag, _) => panic!("{tag:02x} has no parts"),
        }
    }

    /// The part of a part of a part.
    pub(super) fn at(&mut self, path: &[usize]) -> &mut Self {
        let mut tree = self;
        for i in path {
            tree = &mut tree.parts()[*i];
        }
        tree
    }

    pub(super) fn write(&self, form: Form) -> Vec<u8> {
        match (self, form) {
            (Self::Primitive(0x04, content), Form::Indefinite | Form::LongLengths) => {
                let middle = content.len() / 2;
                let segments = [&content[..middle], &content[middle..]];
                let segments = segments.map(|segment| value(0x04, segment, Form::Der));
                value(0x24, &segments.concat(), form)
            }
            (Self::Primitive(tag, content), Form::LongLengths) => value(*tag, content, form),
            (Self::Primitive(tag, content), _) => value(*tag, content, Form::Der),
            (Self::Constructed(tag, parts), _) => {
                let content: Vec<u8> = parts.iter().flat_map(|part| part.write(form)).collect();
                value(*tag, &content, form)
            }
        }
    }
}

fn value(tag: u8, content: &[u8], form: Form) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let header = match form {
        Form::Indefinite => vec![tag, 0x80],
        Form::LongLengths => [&[tag, 0x84], &length[..]].concat(),
        Form::Der => {
            let skip = length.iter().take_while(|octet| **octet == 0).count();
            match content.len() {
                0..=0x7f => vec![tag, length[3]],
                _ => {
                    let count = u8::try_from(4 - skip).unwrap();
                    [&[tag, 0x80 | count], &length[skip..]].concat()
                }
            }
        }
    };
    let end: &[u8] = if form == Form::Indefinite {
        &[0, 0]
    } else {
        &[]
    };
    [&header, content, end].concat()
}
