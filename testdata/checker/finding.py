"""Codes, what each does to its ring, and the report that collects them."""

FAIL, UNPROVEN, NOTE = "fail", "unproven", "note"

_RINGS = {
    "container": """container-not-zip zip-structure zip-name-invalid zip-duplicate-name zip-content-corrupt
        zip-ratio-exceeded limit-exceeded mimetype-mismatch manifest-missing manifest-malformed
        manifest-file-unlisted manifest-file-missing manifest-digest-mismatch manifest-value-mismatch
        format-version-unknown tagmanifest-mismatch payload-manifest-mismatch bagit-malformed
        statement-malformed statement-mismatch holes-malformed""",
    "integrity": """entry-malformed entry-role-mismatch entry-hash-mismatch entry-link-mismatch entry-id-repeated
        entry-parent-unknown entry-count-mismatch signature-count-mismatch signature-malformed
        tree-root-mismatch checkpoint-malformed checkpoint-note-malformed checkpoint-note-missing
        checkpoint-note-mismatch checkpoint-root-mismatch checkpoint-index-mismatch
        checkpoint-origin-mismatch checkpoint-unreferenced evidence-object-missing
        evidence-object-malformed evidence-item-missing evidence-chain-mismatch
        object-address-mismatch object-malformed object-missing""",
    "origin": """manifest-signature-invalid statement-signature-invalid signature-invalid signature-key-revoked
        checkpoint-note-signature-invalid key-history-malformed key-history-incomplete
        key-inclusion-invalid key-rotation-invalid key-revocation-invalid key-mismatch key-not-pinned""",
    "time": """timestamp-missing timestamp-no-root timestamp-untrusted timestamp-malformed timestamp-invalid
        timestamp-imprint-mismatch timestamp-request-mismatch time-bracket-inverted time-outside-bracket
        time-bracket-too-wide time-lower-missing time-upper-missing timestamp-undetermined
        timestamp-in-future time-authorities-too-few timestamp-not-listed timestamp-outside-window
        timestamp-policy-not-allowed timestamp-sha1-allowed revocation-data-unread timestamp-key-compromised
        timestamp-not-renewed timestamp-proved-earlier timestamp-revocation-unknown timestamp-revoked
        timestamp-revoked-since""",
    "completeness": "tip-mismatch tip-not-given session-root-mismatch session-open capture-gap bundle-empty part-not-whole",
    "attribution": "attribution-malformed attribution-not-derived",
}
RING = {code: "integrity" if ring == "container" else ring for ring, codes in _RINGS.items() for code in codes.split()}
_UNPROVEN = """key-not-pinned time-bracket-too-wide time-lower-missing time-upper-missing tip-not-given session-open part-not-whole
    attribution-not-derived time-authorities-too-few""".split()
# Notes: a token that does not count is no harm where other tokens give every bound (§12).
# Revocation data beyond a limit is unproven; there is no limit here, and what cannot be read says nothing.
_NOTES = """capture-gap timestamp-missing timestamp-no-root timestamp-untrusted timestamp-undetermined timestamp-in-future
    timestamp-not-listed timestamp-outside-window timestamp-policy-not-allowed timestamp-sha1-allowed
    revocation-data-unread timestamp-key-compromised timestamp-not-renewed timestamp-proved-earlier
    timestamp-revocation-unknown timestamp-revoked-since""".split()
SEVERITY = {code: UNPROVEN if code in _UNPROVEN else NOTE if code in _NOTES else FAIL for code in RING}
REQUIRED = ("integrity", "origin", "time")


class Report:
    """Findings in the order they were made, and the verdict they add up to."""

    def __init__(self):
        self.findings = []
        self.rungs = []  # of every token that holds

    def add(self, code, message):
        assert code in RING, code
        self.findings.append((code, message))

    def codes(self):
        return [code for code, _ in self.findings]

    def has_failed(self):
        return any(SEVERITY[code] == FAIL for code in self.codes())

    def verdict(self, require=()):
        if self.has_failed():
            return "failed"
        open_rings = {RING[code] for code in self.codes() if SEVERITY[code] == UNPROVEN}
        return "indeterminate" if open_rings & (set(REQUIRED) | set(require)) else "verified"
