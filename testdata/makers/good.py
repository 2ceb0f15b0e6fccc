"""Bundles that are right, and bundles that are right but show too little."""

from dataclasses import replace

from proofline_py import jcs

from .bundle import export
from .log import Tweaks
from .scripts import A, B, D0, RECOVERY, Agent, complete, keyed, small
from .vector import Group, base, bundle, policy

G = Group()
CODEX = "codex-session-1"


def build():
    _whole()
    _parts()
    _authorities()
    _keys()
    _policy()
    _less_shown()
    return G.vectors


def _whole():
    log = complete()
    G.good("complete", "two agents, a person, a gap, a rotation, three stamped checkpoints, everything disclosed",
           bundle(export(log)), findings=["capture-gap"])
    G.good("complete-withheld", "the same log with every payload object withheld and counted: hashes still verify",
           bundle(export(log, disclose=False)))
    G.good("small", "the bundle most negative vectors start from", bundle())
    parts = export(small())
    parts.packed_objects = True
    G.good("objects-in-lines", "data/objects.jsonl in place of data/objects/", bundle(parts))
    G.good("source-went-on", "the store held more entries at export than the bundle: at_source says so",
           bundle(export(complete(), list(range(19)))))
    unknown = Tweaks(entry={8: lambda e: e.update(event_type="x-robot-arm", content_hash_before="ab" * 32, diff_hash="cd" * 32)})
    G.good("unknown-event-type", "a type the reader does not know verifies; its roles are opaque, so its hashes are not withheld objects",
           bundle(base(unknown)))
    members = Tweaks(evidence={10: lambda o: o.update(remark="a member of a later version")})
    G.good("object-member-unknown", "readers ignore members they do not know in objects", bundle(base(members)))
    whole = Tweaks(entry={8: lambda e: e.update(_long_columns(65535))})
    G.good("line-of-65535-bytes", "a line at its limit, every column within its own", bundle(base(whole)))
    over = Tweaks(entry={8: lambda e: e.update(_long_columns(65536))})
    G.fail("line-of-65536-bytes", "", "a line a byte over its limit, every column within its own; recorded so by the owner", bundle(base(over)))
    long_path = "a/" * 12287 + "bc"
    G.good("path-of-24576-bytes", "a path at its limit", bundle(base(Tweaks(entry={4: lambda e: e.update(file_path=long_path)}))))
    G.good("strings-of-many-kinds", "escapes, astral characters, DEL and a line separator in a column are written as RFC 8785 says",
           bundle(base(Tweaks(entry={8: lambda e: e.update(tool_name='q"b\\\b\t\n\f\r\x01\x1f\x7f\u2028\u00fc\U0001f600\ue000')}))))
    back = Tweaks(entry={8: lambda e: e.update(created_at="2026-11-02T10:10:00.000Z")})
    G.good("clock-went-back", "created_at goes back by two minutes inside its bracket: a note, not a failure", bundle(base(back)))


def _long_columns(size):
    """Columns within their own limits that make entry 8 of the small log a line of `size` bytes."""
    columns = {name: "\x01" * 1024 for name in ("agent_id", "model_id", "source", "tool_name")}
    usual = small().records[8]
    columns["file_path"] = ""
    used = len(jcs.dumps(dict(usual.columns, **columns)))
    quotes, letters = divmod(size - used, 2)
    columns["file_path"] = '"' * quotes + "a" * letters
    if quotes + letters > 24576:
        quotes = size - used - 24576
        columns["file_path"] = '"' * quotes + "a" * (24576 - quotes)
    return columns


def _parts():
    log = complete()
    period = export(log, list(range(18, 25)), kind="period")
    G.good("period", "from a checkpoint entry to a stamped one; genesis and rotation lie outside and are proved into the last note",
           bundle(period))
    G.indeterminate("period-from-first-checkpoint", "time-lower-missing",
                    "the first checkpoint entry lists no evidence, since the birth token is listed by genesis: nothing here bounds the part from below",
                    bundle(export(log, list(range(8, 19)), kind="period")))
    G.good("period-middle", "a part that neither begins nor ends the log", bundle(export(_with_more(), list(range(10, 13)), kind="period")))
    G.good("period-from-start", "a period that happens to begin at entry 0: holes.json without subtrees",
           bundle(export(log, list(range(0, 19)), kind="period")))
    following = export(log, list(range(18, 25)), kind="period")
    following.previous = {"last": 18, "sha256": "ab" * 32, "tip": log.chain_hash(18)}
    G.good("period-with-previous", "names the bundle it continues", bundle(following))
    mine = [i for i, record in enumerate(log.records) if record.columns["session_id"] == CODEX]
    scattered = export(log, sorted(mine + [8, 18, 24]), kind="scattered", sessions=[CODEX])
    G.indeterminate("scattered", "time-lower-missing",
                    "one session and the checkpoint entries after its start: lines before are absent, so nothing says how old they may be",
                    bundle(scattered))
    G.indeterminate("unstamped-tail", "time-upper-missing",
                    "entries after the last stamped checkpoint were included: nothing says when they existed at the latest",
                    bundle(export(_with_tail(), include_tail=True)))


def _with_tail():
    log = small()
    log.tick(30)
    Agent(log, "claude", None, "claude-code/UserPromptSubmit").prompt("One more thing.")
    return log


def _with_more():
    log = _with_tail()
    log.checkpoint()
    Agent(log, "claude", None, "claude-code/UserPromptSubmit").prompt("And another.")
    return log


def _authorities():
    rsa = policy(tsa_roots=[B.root_pem])
    both = policy(tsa_roots=[A.root_pem, B.root_pem])
    G.good("authority-rsa", "tokens by an RSA-2048 authority", bundle(base(authorities=(B,))), rsa)
    two = base(authorities=(A, B), word="two-authorities")
    G.good("two-authorities", "each checkpoint stamped by two authorities, both trusted", bundle(two), both)
    G.good("two-authorities-one-root", "each checkpoint stamped by two authorities, one trusted: the bounds of the trusted one suffice",
           bundle(two))
    bare = {10: lambda a, t: (a, replace(t, accuracy_seconds=None, gen_time=t.gen_time[:-1] + ".25Z"))}
    G.good("token-without-accuracy", "no accuracy and a fraction of a second: the granularity is a hundredth", bundle(base(Tweaks(token=bare))))
    change = {10: lambda a, t: (a, replace(t, with_root=True))}
    G.good("token-with-root-inside", "the root lies in the token too; it is trusted because the policy holds it", bundle(base(Tweaks(token=change))))
    parts = base()
    parts.checkpoint(10)["items"] = [one for one in parts.checkpoint(10)["items"] if one["kind"] != "tsq"]
    G.good("newest-request-absent", "the request of the newest token was not kept: nothing needs it", bundle(parts))


def _keys():
    G.good("rotated-twice", "two rotations, the first key pinned", bundle(export(keyed(), disclose=False)))
    G.good("revoked", "the recovery key revokes; the successor goes on",
           bundle(export(keyed(revoke="recovery", word="revoked"), disclose=False)))
    G.good("revoked-by-self", "the key revokes itself; the successor goes on",
           bundle(export(keyed(revoke="self", word="revoked-self"), disclose=False)))
    G.good("pinned-by-did", "the pin is given as did:key", bundle(), policy(device_keys=[D0.did]))
    G.good("pinned-among-others", "several pins, one of the sequence", bundle(), policy(device_keys=[RECOVERY.fingerprint, D0.fingerprint]))


def _policy():
    tip = small().chain_hash(10)
    G.good("completeness-shown", "the tip is the expected one and completeness was asked for", bundle(),
           policy(expect_tip=tip, require=["completeness"]))
    G.indeterminate("completeness-not-shown", "tip-not-given", "completeness was asked for, but no tip to compare with was given",
                    bundle(), policy(require=["completeness"]))
    G.indeterminate("attribution-not-derived", "attribution-not-derived", "attribution was asked for, and the bundle derives none",
                    bundle(), policy(require=["attribution"]))
    offline = bundle(base(birth=False))
    G.indeterminate("offline-genesis", "time-lower-missing", "no birth token: the first entries may be as old as they like", offline)
    G.good("offline-genesis-accepted", "the same bundle under a policy that accepts an offline genesis by name", offline,
           policy(accept=["offline-genesis"]))
    log = small(birth=False)
    log_last = len(log.records) - 1
    hidden = export(log, [0, log_last - 1, log_last], kind="scattered", disclose=False)
    G.indeterminate("offline-genesis-behind-a-hole", "time-lower-missing part-not-whole",
                    "accepted is only what is shown without a gap from the genesis on: evidence could stand in the hole", bundle(hidden),
                    policy(accept=["offline-genesis"]))
    log = small()
    G.good("session-open", "a session without its end: completeness is not shown, nothing is wrong", bundle(export(log, list(range(7)), disclose=False)),
           findings=["session-open"])


def _less_shown():
    whole = bundle()
    G.indeterminate("no-pins", "key-not-pinned timestamp-no-root", "nothing was given to trust: consistent, and anybody could have made it",
                    whole, {"schema_version": 1})
    G.indeterminate("no-device-key", "key-not-pinned", "no device key was given", whole, policy(device_keys=None))
    G.indeterminate("no-root", "timestamp-no-root", "no root of an authority was given", whole, policy(tsa_roots=None))
    G.indeterminate("root-of-another", "timestamp-untrusted", "the root that was given is another authority's", whole,
                    policy(tsa_roots=[B.root_pem]))
    unstamped = export(small(authorities=()), list(range(11)), disclose=False)
    G.indeterminate("no-tokens", "timestamp-missing", "no authority was ever asked", bundle(unstamped))
