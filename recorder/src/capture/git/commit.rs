//! A commit as git stores it: the header lines and the message, read from the object itself.

use std::io;

use proofline_format::json::Value;

use super::salted;
use crate::capture::git_process::Git;
use crate::capture::payload::{Content, Payload, digest, short_text};

/// A commit.
#[derive(Debug, Default)]
pub(super) struct Commit {
    pub(super) id: String,
    tree: String,
    pub(super) parents: Vec<String>,
    author: Option<Person>,
    committer: Option<Person>,
    signed: bool,
    message: String,
}

/// `Name <email> seconds zone`.
#[derive(Debug)]
struct Person {
    name: String,
    email: String,
    time: String,
}

impl Commit {
    /// Reads the commit that HEAD names.
    pub(super) fn read(git: &Git<'_>) -> io::Result<Self> {
        let output = git.run(&["cat-file", "--batch"], b"HEAD\n")?;
        let text = String::from_utf8_lossy(&output);
        let parsed = text.split_once('\n').and_then(|(first, object)| {
            let id = first.split(' ').next()?;
            first.contains(" commit ").then(|| Self::parse(id, object))
        });
        parsed.ok_or_else(|| io::Error::other("git cat-file: HEAD is not a commit"))
    }

    fn parse(id: &str, object: &str) -> Self {
        let (header, message) = object.split_once("\n\n").unwrap_or((object, ""));
        let mut commit = Self {
            id: id.into(),
            message: message.strip_suffix('\n').unwrap_or(message).into(),
            ..Self::default()
        };
        for line in header.lines() {
            match line.split_once(' ') {
                Some(("tree", id)) => commit.tree = id.into(),
                Some(("parent", id)) => commit.parents.push(id.into()),
                Some(("author", person)) => commit.author = Person::parse(person),
                Some(("committer", person)) => commit.committer = Person::parse(person),
                Some(("gpgsig" | "gpgsig-sha256", _)) => commit.signed = true,
                _ => {}
            }
        }
        commit
    }

    /// What the payload object says of it: whom git names, with the address as a salted hash.
    pub(super) fn describe(&self, payload: &mut Payload, salt: &[u8; 16]) {
        let subject = self.message.lines().next().unwrap_or_default();
        let person = |person: &Option<Person>| {
            person.as_ref().map_or(Value::Null, |person| {
                Value::object([
                    ("email_salted_sha256", salted(salt, &person.email).into()),
                    ("name", short_text(&person.name)),
                    ("time", short_text(&person.time)),
                ])
            })
        };
        payload.set("author", person(&self.author));
        payload.set("commit", self.id.as_str().into());
        payload.set("committer", person(&self.committer));
        payload.set("message", digest(&self.message, Content::Plain));
        payload.set("parents", self.parents.iter().map(String::as_str).collect());
        payload.set("signed", self.signed.into());
        payload.set("subject", digest(subject, Content::Plain));
        payload.set("tree", self.tree.as_str().into());
    }
}

impl Person {
    fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once(" <")?;
        let (email, time) = rest.rsplit_once("> ")?;
        Some(Self {
            name: name.into(),
            email: email.into(),
            time: time.into(),
        })
    }
}
