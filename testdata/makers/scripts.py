"""The logs that the vectors are cut from: what happened, in the order it happened."""

from proofline_py.codec import sha256_hex

from .log import Log
from .testkeys import Device
from .tsa import Authority

D0, D1, D2, RECOVERY = Device("device-0"), Device("device-1"), Device("device-2"), Device("recovery")
A, B, C = Authority("a"), Authority("b"), Authority("c")
MODEL = "claude-sonnet-5"
NEW_HEAD = "0c9e8d7b6a5f4e3d2c1b0a99887766554433221f"


def numbered(count, tag=""):
    return ["line %d%s\n" % (n, tag) for n in range(1, count + 1)]


def hunk(before, after, o, ol, n, nl):
    """One zero-context hunk between two lists of lines: (columns, witness numbers)."""
    removed = before[o - 1 : o - 1 + ol] if ol else []
    added = after[n - 1 : n - 1 + nl] if nl else []
    header = "@@ -%d,%d +%d,%d @@" % (o, ol, n, nl)
    patch = header + "\n"
    for sign, lines in (("-", removed), ("+", added)):
        for line in lines:
            patch += sign + (line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    start, end = (n, n + nl - 1) if nl else (n + 1, n)
    columns = {"diff_hash": sha256_hex(patch.encode()), "hunk_header": header, "line_start": start, "line_end": end}
    return columns, {"o": o, "ol": ol, "n": n, "nl": nl}


def file_state(lines):
    raw = "".join(lines).encode()
    return {"binary": False, "final_newline": raw.endswith(b"\n") or not raw, "git_oid": None,
            "lines": len(lines), "sha256": sha256_hex(raw)}


class Agent:
    """One agent in one session of a log."""

    def __init__(self, log, name, session, source, model=MODEL):
        self.log = log
        self.base = {"agent_id": name, "session_id": session, "source": source, "model_id": model}

    def event(self, kind, **columns):
        return self.log.append(kind, **dict(self.base, **columns))

    def start(self):
        return self.event("session_start", content_hash_after=self.log.put("session_start", cwd="."))

    def prompt(self, text):
        return self.event("prompt", content_hash_after=self.log.put("prompt", text=text), model_id=None)

    def change(self, path, before, after, hunks, tool="Edit", kind="tool_use", asked=None):
        """A tool call with its witness, and one file_write per hunk."""
        made = [hunk(before or [], after, *numbers) for numbers in hunks]
        witness = self.log.put(
            "witness_file", path=path, path_before=None, before=None if before is None else file_state(before),
            after=file_state(after), hunks=[numbers for _, numbers in made])
        index = self.log.put("witness_index", files=[witness])
        parent = self.event(
            kind, tool_name=tool, parent_event_id=asked and self.log.id(asked), diff_hash=index,
            content_hash_after=self.log.put(kind, input={"path": path}, ok=True))
        for columns, _ in made:
            self.event(
                "file_write", tool_name=tool, parent_event_id=self.log.id(parent), file_path=path,
                content_hash_before=None if before is None else file_state(before)["sha256"],
                content_hash_after=file_state(after)["sha256"], **columns)
        return parent

    def command(self, text):
        return self.event("command", tool_name="Bash", content_hash_after=self.log.put("command", command=text, exit=0))

    def end(self):
        return self.log.session_end(self.base["session_id"], agent_id=self.base["agent_id"], source=self.base["source"])


def small(tweaks=None, device=D0, word="small", **options):
    """Eleven entries: the base of most negative vectors.

    0 genesis, 1 session_start, 2 prompt, 3 tool_use, 4-5 file_write, 6 checkpoint,
    7 prompt, 8 command, 9 session_end, 10 checkpoint.
    """
    log = Log(word, device, tweaks=tweaks, **options)
    log.tick(60)
    agent = Agent(log, "claude", "session-1", "claude-code/PostToolUse")
    agent.start()
    agent.prompt("Raise the limit to ten.")
    before = numbered(9)
    after = before[:3] + ["limit = 10\n", "spare = 2\n"] + before[4:8] + ["last\n"]
    agent.change("src/limits.rs", before, after, [(4, 1, 4, 2), (9, 1, 10, 1)])
    log.tick(600)
    log.checkpoint()
    log.tick(60)
    agent.prompt("Run the tests.")
    agent.command("cargo test")
    agent.end()
    log.tick(600)
    log.checkpoint()
    return log


def complete(tweaks=None, word="complete", rotate_at_end=False, **options):
    """Two agents, a person, a gap, a key rotation, three checkpoints."""
    options.setdefault("recovery", RECOVERY)
    log = Log(word, D0, tweaks=tweaks, **options)
    log.tick(60)
    claude = Agent(log, "claude", "7c1e0b52-session-1", "claude-code/PostToolUse")
    codex = Agent(log, "codex", "codex-session-1", "codex/tool", model="gpt-5-codex")
    claude.start()  # 1
    claude.prompt("Raise the limit to ten, keep “quotes” and \U0001f600 as they are.")  # 2
    asked = claude.event("tool_request", tool_name="Edit", content_hash_after=log.put("tool_request", tool="Edit"))  # 3
    before = numbered(9)
    after = before[:3] + ["limit = 10\n", "spare = 2\n"] + before[4:8] + ["last"]
    claude.change("src/limits.rs", before, after, [(4, 1, 4, 2), (9, 1, 10, 1)], asked=asked)  # 4-6
    codex.start()  # 7
    log.tick(300)
    log.checkpoint()  # 8
    log.tick(60)
    codex.prompt("Write the user guide.")  # 9
    codex.change("docs/guide-\u00fcber.md", None, numbered(3), [(0, 0, 1, 3)], tool="write_file")  # 10-11
    claude.change("src/limits.rs", after, after[:4] + after[5:], [(5, 1, 4, 0)])  # 12-13
    claude.command("cargo test")  # 14
    log.append("capture_gap", agent_id="system", source="proofline/doctor", capture_fidelity="declared",
               content_hash_after=log.put("capture_gap", reason="hook was not installed", seconds=42))  # 15
    log.rotate(D1)  # 16
    log.append("commit", agent_id="human", source="git/post-commit", git_head=NEW_HEAD,
               content_hash_after=log.put("commit", subject="Raise the limit"))  # 17
    log.tick(300)
    log.checkpoint()  # 18
    log.tick(60)
    claude.event("web_request", tool_name="WebFetch", git_head=NEW_HEAD,
                 content_hash_after=log.put("web_request", host="docs.example"))  # 19
    claude.end()  # 20
    codex.event("file_read", file_path="bytes:src/%FFname", tool_name="read_file",
                content_hash_before=sha256_hex(b"read"), git_head=NEW_HEAD)  # 21
    codex.end()  # 22
    log.append("file_delete", agent_id="unknown", source="proofline/watch", capture_fidelity="inferred",
               file_path="old.txt", content_hash_before=sha256_hex(b"old"), git_head=NEW_HEAD)  # 23
    log.tick(300)
    log.checkpoint()  # 24
    return log


def keyed(tweaks=None, word="keyed", revoke=None, **options):
    """A log whose key changes: 0 genesis, 1 prompt, 2 rotate, 3 prompt, 4 checkpoint,
    5 rotate or revoke, 6 prompt, 7 checkpoint."""
    options.setdefault("recovery", RECOVERY)
    log = Log(word, D0, tweaks=tweaks, **options)
    agent = Agent(log, "claude", None, "claude-code/UserPromptSubmit")
    agent.prompt("One.")
    log.rotate(D1)
    agent.prompt("Two.")
    log.tick(300)
    log.checkpoint()
    log.revoke(D2, revoke) if revoke else log.rotate(D2)
    agent.prompt("Three.")
    log.tick(300)
    log.checkpoint()
    return log


def brief(tweaks=None, word="brief", device=D0, **options):
    """Six entries: 0 genesis, 1 tool_use, 2 file_write, 3 prompt, 4 command, 5 checkpoint."""
    log = Log(word, device, tweaks=tweaks, **options)
    log.tick(60)
    agent = Agent(log, "claude", None, "claude-code/PostToolUse")
    before = numbered(9)
    agent.change("src/limits.rs", before, before[:3] + ["limit = 10\n", "spare = 2\n"] + before[4:], [(4, 1, 4, 2)])
    agent.prompt("Run the tests.")
    agent.command("cargo test")
    log.tick(600)
    log.checkpoint()
    return log


def tiny(tweaks=None, word="tiny", device=D0, **options):
    """Genesis and one checkpoint: the base of vectors whose entries do not matter."""
    log = Log(word, device, tweaks=tweaks, **options)
    log.tick(60)
    log.checkpoint()
    return log
