//! Which agent really sent a report: other agents read Claude Code's settings and run its hooks.

use serde_json::Value as Json;

/// The agent that a report's own members point to; `None` if nothing in it points anywhere.
pub(crate) fn sniff(report: &Json) -> Option<&'static str> {
    let has = |key: &str| report.get(key).is_some();
    let text = |key: &str| report.get(key).and_then(Json::as_str).unwrap_or_default();
    let transcript = text("transcript_path").replace('\\', "/");
    let event = text("hook_event_name");
    if has("cursor_version") || (has("conversation_id") && has("workspace_roots")) {
        Some("cursor")
    } else if has("agent_action_name") && has("trajectory_id") {
        Some("windsurf")
    } else if has("clineVersion") || has("hookName") {
        Some("cline")
    } else if GEMINI_EVENTS.contains(&event) {
        Some("gemini")
    } else if has("turn_id") || transcript.contains("/rollout-") {
        Some("codex")
    } else if has("toolName")
        || has("toolArgs")
        || has("hookEventName")
        || transcript.contains("copilot")
        || (has("tool_result") && !has("tool_response"))
    {
        Some("copilot")
    } else if transcript.contains("/.factory/") {
        Some("droid")
    } else if transcript.contains("/.qwen/") {
        Some("qwen")
    } else if transcript.contains("/projects/") || has("session_id") {
        Some("claude")
    } else {
        None
    }
}

const GEMINI_EVENTS: &[&str] = &[
    "BeforeTool",
    "AfterTool",
    "BeforeAgent",
    "AfterAgent",
    "BeforeModel",
    "AfterModel",
    "PreCompress",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Wrong here means that one agent's work is charged to another.
    #[test]
    fn the_sender_is_told_from_the_report() {
        let check = |report: Json, want| assert_eq!(sniff(&report), want, "{report}");
        let path = "/home/u/.claude/projects/-home-u-demo/7c1e.jsonl";
        check(
            json!({"session_id": "s", "transcript_path": path}),
            Some("claude"),
        );
        check(
            json!({"session_id": "s", "cursor_version": "2"}),
            Some("cursor"),
        );
        check(json!({"session_id": "s", "turn_id": "t"}), Some("codex"));
        check(json!({"hook_event_name": "BeforeTool"}), Some("gemini"));
        check(json!({"sessionId": "s", "toolName": "x"}), Some("copilot"));
        check(json!({}), None);
    }
}
