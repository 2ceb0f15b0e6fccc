//! What happens in the demonstration: two agents and a person on one small project.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use serde_json::{Value as Json, json};

use super::world::World;

const LIMITS: &str = "\
/// Cents that one payment may move.
pub const MAX_PAYMENT: u64 = 100_000;

/// Whether a payment is within its limit.
pub fn within_limit(cents: u64) -> bool {
    cents <= MAX_PAYMENT
}
";

const TEST: &str = "\
#[test]
fn a_payment_at_the_limit_passes() {
    assert!(payments::within_limit(payments::MAX_PAYMENT));
}
";

/// Which program reports; both use the hooks in Claude Code's settings.
#[derive(Clone, Copy)]
enum Program {
    ClaudeCode,
    Cursor,
}

/// An agent at work.
struct Agent<'a> {
    world: &'a World,
    program: Program,
    session: &'static str,
    calls: u32,
}

/// Plays the whole script.
pub(crate) fn play(world: &World) -> Result<()> {
    person_begins(world)?;
    let mut claude = Agent {
        world,
        program: Program::ClaudeCode,
        session: "7c1e0a52-demo-claude",
        calls: 0,
    };
    claude.start()?;
    claude.prompt("limit payments and test it")?;
    claude.read("README.md")?;
    claude.write("src/lib.rs", LIMITS)?;
    claude.write("tests/limits.rs", TEST)?;
    claude.shell("wc -l src/lib.rs tests/limits.rs")?;
    claude.denied("rm -rf .")?;
    world.proofline(&["checkpoint"])?;
    claude.edit(
        "src/lib.rs",
        &[("100_000", "250_000"), ("its limit", "the limit")],
    )?;
    claude.shell("printf 'target/\\n' > .gitignore")?;
    claude.end()?;
    commit(world, "Limit payments")?;
    world.proofline(&["checkpoint"])?;

    // The person changes a line by hand, while no hook watches.
    let path = world.repository().join("src/lib.rs");
    let text = std::fs::read_to_string(&path)?;
    std::fs::write(&path, text.replace("250_000", "200_000"))?;

    let mut cursor = Agent {
        world,
        program: Program::Cursor,
        session: "b81c77d0-demo-cursor",
        calls: 0,
    };
    cursor.start()?;
    cursor.prompt("say in the README what the limit is")?;
    cursor.edit("src/lib.rs", &[("Cents that", "The most cents that")])?;
    cursor.edit(
        "README.md",
        &[("Payments.", "Payments, limited to 200,000 cents each.")],
    )?;
    cursor.search("MAX_PAYMENT")?;
    cursor.fails("cat missing.txt")?;
    cursor.end()?;
    commit(world, "Lower the limit and document it")?;
    world.proofline(&["checkpoint"])?;
    Ok(())
}

fn person_begins(world: &World) -> Result<()> {
    std::fs::create_dir_all(world.repository().join("src"))?;
    std::fs::create_dir_all(world.repository().join("tests"))?;
    std::fs::write(
        world.repository().join("README.md"),
        "# Payments\n\nPayments.\n",
    )?;
    commit(world, "Begin")
}

fn commit(world: &World, message: &str) -> Result<()> {
    // What belongs to this machine alone stays out of the history.
    world.git(&["add", "--all", "--", ".", ":!.claude"])?;
    world.git(&["commit", "--quiet", "-m", message])?;
    Ok(())
}

impl Agent<'_> {
    /// Sends a report with the members that every report of this program has.
    fn report(&self, event: &str, members: &Json) -> Result<()> {
        let folder = self
            .world
            .repository()
            .to_str()
            .context("the folder is not UTF-8")?;
        let mut report = json!({
            "session_id": self.session,
            "cwd": folder,
            "hook_event_name": event,
            "permission_mode": "default",
        });
        if let Program::Cursor = self.program {
            let own = json!({
                "cursor_version": "2.6.0",
                "conversation_id": self.session,
                "workspace_roots": [folder],
            });
            merge(&mut report, &own);
        }
        merge(&mut report, members);
        self.world.fire(&report)
    }

    fn start(&self) -> Result<()> {
        let model = match self.program {
            Program::ClaudeCode => "claude-sonnet-5",
            Program::Cursor => "composer-2",
        };
        self.report(
            "SessionStart",
            &json!({"source": "startup", "model": model}),
        )
    }

    fn prompt(&self, text: &str) -> Result<()> {
        self.report("UserPromptSubmit", &json!({"prompt": text}))
    }

    fn end(&self) -> Result<()> {
        self.report("Stop", &json!({"stop_hook_active": false}))?;
        self.report("SessionEnd", &json!({"reason": "prompt_input_exit"}))
    }

    /// Announces a call, does it, and reports what came of it.
    fn call(
        &mut self,
        tool: &str,
        input: &Json,
        act: impl FnOnce() -> Result<Outcome>,
    ) -> Result<()> {
        self.calls = self.calls.saturating_add(1);
        let id = format!("toolu_{}_{:02}", self.session, self.calls);
        let call = json!({"tool_name": tool, "tool_use_id": id, "tool_input": input});
        self.report("PreToolUse", &call)?;
        let (event, extra) = match act()? {
            Outcome::Done(response) => (
                "PostToolUse",
                json!({"tool_response": response, "duration_ms": 14}),
            ),
            Outcome::Failed(error) => (
                "PostToolUseFailure",
                json!({"error": error, "is_interrupt": false}),
            ),
            Outcome::Denied(reason) => ("PermissionDenied", json!({"reason": reason})),
        };
        let mut members = call;
        merge(&mut members, &extra);
        self.report(event, &members)
    }

    fn file(&self, path: &str) -> std::path::PathBuf {
        self.world.repository().join(path)
    }

    fn read(&mut self, path: &str) -> Result<()> {
        let file = self.file(path);
        let input = json!({"file_path": file});
        self.call("Read", &input, || {
            let content = std::fs::read_to_string(&file)?;
            Ok(Outcome::Done(
                json!({"type": "text", "file": {"filePath": file, "content": content}}),
            ))
        })
    }

    fn write(&mut self, path: &str, content: &str) -> Result<()> {
        let file = self.file(path);
        let input = json!({"file_path": file, "content": content});
        self.call("Write", &input, || {
            std::fs::write(&file, content)?;
            let response = json!({"type": "create", "filePath": file, "structuredPatch": []});
            Ok(Outcome::Done(response))
        })
    }

    fn edit(&mut self, path: &str, changes: &[(&str, &str)]) -> Result<()> {
        let file = self.file(path);
        let edits: Vec<Json> = changes
            .iter()
            .map(|(old, new)| json!({"old_string": old, "new_string": new}))
            .collect();
        let input = json!({"file_path": file, "edits": edits});
        self.call("MultiEdit", &input, || {
            let mut text = std::fs::read_to_string(&file)?;
            for (old, new) in changes {
                text = text.replacen(old, new, 1);
            }
            std::fs::write(&file, text)?;
            Ok(Outcome::Done(json!({"filePath": file})))
        })
    }

    fn search(&mut self, pattern: &str) -> Result<()> {
        let input = json!({"pattern": pattern});
        self.call("Grep", &input, || Ok(Outcome::Done(json!({"numFiles": 2}))))
    }

    fn shell(&mut self, command: &str) -> Result<()> {
        let repository = self.world.repository().to_owned();
        self.call("Bash", &json!({"command": command}), || {
            let output = Command::new("sh")
                .args(["-c", command])
                .current_dir(repository)
                .stdin(Stdio::null())
                .output()?;
            let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
            Ok(Outcome::Done(
                json!({"stdout": stdout, "stderr": "", "interrupted": false}),
            ))
        })
    }

    fn fails(&mut self, command: &str) -> Result<()> {
        let error = "Exit code 1\ncat: missing.txt: No such file or directory";
        let input = json!({"command": command});
        self.call("Bash", &input, || Ok(Outcome::Failed(error)))
    }

    fn denied(&mut self, command: &str) -> Result<()> {
        let input = json!({"command": command});
        self.call("Bash", &input, || {
            Ok(Outcome::Denied("refused by the person"))
        })
    }
}

/// Adds the members of one object to another.
fn merge(object: &mut Json, members: &Json) {
    if let (Some(object), Some(members)) = (object.as_object_mut(), members.as_object()) {
        object.extend(members.clone());
    }
}

/// What came of a call.
enum Outcome {
    Done(Json),
    Failed(&'static str),
    Denied(&'static str),
}
