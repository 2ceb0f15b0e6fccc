"""One vector: a bundle, a policy, and what a verifier must say of them."""

from dataclasses import dataclass, field

from proofline_py import jcs

from .bundle import Hooks, export, seal
from .scripts import A, D0, brief, small, tiny

PINNED = {"schema_version": 1, "device_keys": [D0.fingerprint], "tsa_roots": [A.root_pem]}


@dataclass
class Vector:
    name: str
    expect: str
    findings: tuple
    comment: str
    bundle: bytes
    policy: dict = field(default_factory=lambda: PINNED)
    rung: str = None  # of every token
    named: dict = field(default_factory=dict)  # files that the policy names

    def files(self):
        lines = ["expect: " + self.expect]
        lines += ["finding: " + code for code in self.findings]
        lines += ["rung: " + self.rung] if self.rung else []
        lines.append("comment: " + " ".join(self.comment.split()))
        return {
            **self.named,
            "bundle": self.bundle,
            "policy.json": jcs.dumps(self.policy) + b"\n",
            "vector": ("\n".join(lines) + "\n").encode(),
        }


class Group:
    """Collects the vectors of one module."""

    def __init__(self):
        self.vectors = []

    def good(self, name, comment, bundle, policy=PINNED, findings=(), **more):
        self.vectors.append(Vector(name, "verified", tuple(findings), comment, bundle, policy, **more))

    def indeterminate(self, name, findings, comment, bundle, policy=PINNED, **more):
        self.vectors.append(Vector(name + "_indeterminate", "indeterminate", _codes(findings), comment, bundle, policy, **more))

    def fail(self, name, findings, comment, bundle, policy=PINNED, **more):
        self.vectors.append(Vector(name + "_fail", "failed", _codes(findings), comment, bundle, policy, **more))


def _codes(text):
    return tuple(text.split()) if isinstance(text, str) else tuple(text)


def policy(**members):
    """The usual policy with other members; None drops one."""
    merged = dict(PINNED, **members)
    return {key: value for key, value in merged.items() if value is not None}


def base(tweaks=None, **options):
    """The parts of the small bundle; payload objects are left out to keep it small."""
    return export(small(tweaks, **options), disclose=False)


def sealed(parts=None, **hooks):
    return seal(parts or base(), Hooks(**hooks))


def bundle(parts=None, **hooks):
    return sealed(parts, **hooks).bytes()


def brief_parts(tweaks=None, **options):
    """The parts of a bundle of six entries."""
    return export(brief(tweaks, **options), disclose=False)


def tiny_parts(tweaks=None, **options):
    """The parts of a bundle of two entries."""
    return export(tiny(tweaks, **options), disclose=False)
