//! What a tool does, by its name, and how its input is kept.

use proofline_format::json::Value;
use serde_json::Value as Json;

use super::Call;
use super::report::Report;
use crate::capture::payload::{Content, kept};
use crate::capture::pending::Kind;

/// What a tool may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    /// Reads the file it names.
    Read,
    /// Writes the file it names.
    Write,
    /// Runs a shell command.
    Command,
    /// Asks the web.
    Web,
    /// Starts a subagent.
    Agent,
    /// Changes no file.
    Harmless,
    /// Not known: it may write anything.
    Unknown,
}

impl Tool {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "Read" | "NotebookRead" => Self::Read,
            "Write" | "Edit" | "MultiEdit" | "NotebookEdit" => Self::Write,
            "Bash" | "PowerShell" | "Monitor" => Self::Command,
            "WebFetch" | "WebSearch" => Self::Web,
            "Task" | "Agent" => Self::Agent,
            "Glob" | "Grep" | "LS" | "TodoWrite" | "TodoRead" | "TaskCreate" | "TaskUpdate"
            | "TaskList" | "TaskGet" | "AskUserQuestion" | "ToolSearch" | "EnterPlanMode" => {
                Self::Harmless
            }
            _ => Self::Unknown,
        }
    }

    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Read | Self::Write | Self::Web | Self::Harmless => Kind::File,
            Self::Command | Self::Unknown => Kind::Command,
            Self::Agent => Kind::Agent,
        }
    }

    /// Whether the whole work tree is looked at around it.
    pub(super) const fn may_change_anything(self) -> bool {
        matches!(self, Self::Command | Self::Unknown | Self::Agent)
    }

    /// Whether its input names one file.
    pub(super) const fn names_file(self) -> bool {
        matches!(self, Self::Read | Self::Write)
    }
}

/// Members of a tool's input that hold a path.
const PATH_KEYS: &[&str] = &["file_path", "notebook_path", "path", "filePath"];

/// The file that a file tool names.
pub(super) fn file_of(report: &Report) -> Option<&str> {
    let tool = Tool::of(report.text("tool_name")?);
    if !tool.names_file() {
        return None;
    }
    let input = report.input_members()?;
    PATH_KEYS
        .iter()
        .find_map(|key| input.get(*key)?.as_str())
        .filter(|path| !path.is_empty())
}

impl Call<'_> {
    /// The tool's input as it may be kept: paths as the column has them, contents by their hash.
    pub(super) fn kept_input(&self, salt: &[u8; 16]) -> Value {
        let secret = file_of(self.report).is_some_and(|path| self.place_of(path).is_secret());
        let content = if secret {
            Content::Secret
        } else {
            Content::Plain
        };
        let mut input = self.report.input().clone();
        if let Json::Object(members) = &mut input {
            for (key, value) in members.iter_mut() {
                if let (true, Some(path)) = (PATH_KEYS.contains(&key.as_str()), value.as_str()) {
                    let root = self.scene.repository.root();
                    let column = if std::path::Path::new(path) == root {
                        ".".into()
                    } else {
                        self.place_of(path).column(salt)
                    };
                    *value = Json::String(column);
                }
            }
        }
        kept(&input, content)
    }
}
