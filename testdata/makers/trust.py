"""Who is trusted, when and for what: authorities of a policy, how many agree, trusted lists, legacy."""

from dataclasses import replace

from cryptography.hazmat.primitives.serialization import Encoding

from proofline_py.codec import b64

from .log import Tweaks
from .scripts import A, B
from .tsa import POLICY
from .vector import Group, brief_parts, bundle, policy

G = Group()
SIZES = (0, 5)
LISTS = "http://uri.etsi.org/02231/v2#"
QUALIFIED_STAMPS = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"
STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"


def build():
    _authorities()
    _windows()
    _several()
    _qualified()
    _algorithms()
    return G.vectors


def every(change):
    """The brief bundle; `change(authority, token)` makes each of its tokens."""
    return bundle(brief_parts(Tweaks(token=dict.fromkeys(SIZES, change))))


def token(**changes):
    return lambda a, t: (a, replace(t, **changes))


def trusting(*authorities, **members):
    """A policy that trusts these authorities and no root beside them."""
    return policy(tsa_roots=None, authorities=list(authorities), **members)


def named(authority, root=None, **members):
    """An authority of a policy, by name."""
    return dict({"name": "Authority %s" % authority.name.upper(), "roots": [root or authority.root_pem]}, **members)


def _authorities():
    whole = bundle(brief_parts())
    G.good("authority-named", "the root is that of a named authority, in a file beside the policy", whole,
           trusting(named(A, {"file": "root.pem"}, **{"class": "private"})), rung="to-your-root",
           named={"root.pem": A.root_pem.encode()})
    inside = every(token(with_root=True))
    G.good("authority-by-fingerprint", "only the digest of the root was given; the root that came along has it", inside,
           trusting(named(A, A.root_sha256)), rung="to-your-root")
    G.good("root-by-fingerprint", "the same without a name for the authority", inside, policy(tsa_roots=[A.root_sha256]), rung="to-your-root")
    G.indeterminate("authority-by-fingerprint-absent", "timestamp-untrusted", "only the digest of the root was given, and no certificate has it",
                    whole, trusting(named(A, A.root_sha256)), rung="well-formed")
    G.indeterminate("authority-by-other-fingerprint", "timestamp-untrusted",
                    "the root lies in the token, and the digest that was given is another root's", inside, trusting(named(A, B.root_sha256)), rung="well-formed")


def _windows():
    whole = bundle(brief_parts())
    # The birth token says 09:59:57.500 cut to the second, the newest 10:00:08.
    G.good("authority-window", "every token is inside the window of its authority", whole,
           trusting(named(A, valid_from="2026-11-02T00:00:00Z", valid_until="2026-11-03T00:00:00Z")))
    G.indeterminate("authority-window-closed", "timestamp-outside-window time-upper-missing", "the authority is no longer trusted when the newest token was made",
                    whole, trusting(named(A, valid_until="2026-11-02T10:00:00Z")))
    G.indeterminate("authority-window-not-open", "timestamp-outside-window time-lower-missing", "the authority is not yet trusted when the birth token was made",
                    whole, trusting(named(A, valid_from="2026-11-02T10:00:00Z")))
    G.good("authority-window-of-another-entry", "the same root under two names, one for each half of the time", whole,
           trusting(named(A, valid_until="2026-11-02T10:00:00Z"), dict(named(A, valid_from="2026-11-02T10:00:00Z"), name="Authority A again")))
    G.good("authority-policy-allowed", "the tokens' policy is one of the authority's", whole, trusting(named(A, policies=["1.2.3", POLICY])))
    G.indeterminate("authority-policy-not-allowed", "timestamp-policy-not-allowed", "the newest token was issued under a policy that is not one of the authority's",
                    bundle(brief_parts(Tweaks(token={5: token(policy="2.25.1")}))), trusting(named(A, policies=[POLICY])))


def _several():
    both = trusting(named(A), named(B), independent_authorities=2)
    two = brief_parts(authorities=(A, B), word="two-voices")
    G.good("authorities-two-agree", "two authorities were asked for, and two bound every entry", bundle(two), both)
    G.good("authorities-two-roots-agree", "the same, the roots given without names", bundle(two),
           policy(tsa_roots=[A.root_pem, B.root_pem], independent_authorities=2))
    G.indeterminate("authorities-too-few", "time-authorities-too-few", "two authorities were asked for, and one stamped", bundle(brief_parts()), both)
    G.indeterminate("authorities-too-few-one-name", "time-authorities-too-few", "two roots stamped, and the policy says that they are of one authority",
                    bundle(two), trusting({"name": "One", "roots": [A.root_pem, B.root_pem]}, independent_authorities=2))
    shared = replace(B, leaf_key="a")
    G.indeterminate("authorities-too-few-one-key", "time-authorities-too-few", "two roots certify the same stamping key: one voice",
                    bundle(brief_parts(authorities=(A, shared), word="one-key")), both)

    def of_b(**changes):
        return lambda a, t: (a, replace(t, **changes) if a.name == "b" else t)
    late = bundle(brief_parts(Tweaks(token={5: of_b(gen_time="20261104120000Z")}), authorities=(A, B), word="one-late"))
    G.good("authorities-one-late", "one of two authorities stamped two days late: the other bounds", late, trusting(named(A), named(B)))
    G.indeterminate("authorities-one-late-of-two", "time-bracket-too-wide", "two authorities must agree, and one stamped two days late", late, both)
    early = bundle(brief_parts(Tweaks(token={5: of_b(gen_time="20261102090000Z")}), authorities=(A, B), word="one-early"))
    G.fail("authorities-contradict", "time-bracket-inverted", "one of two authorities says an hour before the birth of the log; that two must agree hides nothing",
           early, both)


def service(certificate, *states, kind=QUALIFIED_STAMPS):
    """A service of a list; `states` are (status, since), the present one first."""
    def state(element, status, since):
        return ("<%s><ServiceTypeIdentifier>%s</ServiceTypeIdentifier><ServiceName><Name xml:lang=\"en\">Stamps</Name></ServiceName>"
                "<ServiceDigitalIdentity><DigitalId><X509Certificate>%s</X509Certificate></DigitalId></ServiceDigitalIdentity>"
                "<ServiceStatus>%s%s</ServiceStatus><StatusStartingTime>%s</StatusStartingTime></%s>"
                % (element, kind, b64(certificate.public_bytes(Encoding.DER)), STATUS, status, since, element))
    history = "".join(state("ServiceHistoryInstance", *one) for one in states[1:])
    return "<TSPService>%s<ServiceHistory>%s</ServiceHistory></TSPService>" % (state("ServiceInformation", *states[0]), history)


def trusted_list(*services, next_update="2026-12-01T00:00:00Z"):
    return ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<TrustServiceStatusList xmlns=\"%s\"><SchemeInformation>"
            "<TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>12</TSLSequenceNumber>"
            "<SchemeTerritory>XX</SchemeTerritory><ListIssueDateTime>2026-11-01T00:00:00Z</ListIssueDateTime>"
            "<NextUpdate><dateTime>%s</dateTime></NextUpdate></SchemeInformation><TrustServiceProviderList><TrustServiceProvider>"
            "<TSPInformation><TSPName><Name xml:lang=\"en\">Provider</Name></TSPName></TSPInformation>"
            "<TSPServices>%s</TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>\n"
            % (LISTS, next_update, "".join(services))).encode()


def _qualified():
    claimed = every(token(claims_qualified=True))
    granted, withdrawn = ("granted", "2020-01-01T00:00:00Z"), ("withdrawn", "2026-01-01T00:00:00Z")
    trusts = trusting(named(A, **{"class": "qualified"}), trusted_lists=["list.xml"])

    def one(name, comment, content, rung, *services, findings=(), rules=trusts, **options):
        G.good("qualified-" + name, comment, content, rules, findings, rung=rung, named={"list.xml": trusted_list(*services, **options)})

    one("listed", "the list shows the issuer of the stamping unit as granted at the tokens' times", claimed, "listed-qualified", service(A.intermediate, granted))
    one("listed-unit", "the list shows the stamping unit itself", claimed, "listed-qualified", service(A.leaf, granted))
    one("listed-not-claimed", "the list shows the service, and the tokens claim nothing", bundle(brief_parts()), "listed-qualified", service(A.intermediate, granted))
    unlisted = ("timestamp-not-listed",)
    one("claimed-not-listed", "the tokens claim it, the user calls the authority qualified, and the list shows another", claimed, "claims-qualified",
        service(B.intermediate, granted), findings=unlisted)
    one("withdrawn", "the service was withdrawn before the tokens' times", claimed, "claims-qualified", service(A.intermediate, withdrawn, granted), findings=unlisted)
    later = ("withdrawn", "2026-11-20T00:00:00Z")
    one("withdrawn-later", "the service was withdrawn after the tokens' times", claimed, "listed-qualified", service(A.intermediate, later, granted))
    one("list-ended", "the list was no longer the one in force at the tokens' times", claimed, "claims-qualified", service(A.intermediate, granted),
        findings=unlisted, next_update="2026-11-02T00:00:00Z")
    one("other-service", "the list shows the certificate as a service for time stamps that are not qualified", claimed, "claims-qualified",
        service(A.intermediate, granted, kind=QUALIFIED_STAMPS.replace("/QTST", "")), findings=unlisted)
    in_certificate = replace(A, claims_qualified=True)
    G.good("qualified-claimed-in-certificate", "the claim stands in the stamping unit's certificate, and no list was given",
           every(lambda a, t: (in_certificate, t)), rung="claims-qualified")
    G.indeterminate("qualified-untrusted", "timestamp-untrusted", "claimed and listed, and the root is not one that was given: a list is not trust",
                    claimed, trusting(named(B), trusted_lists=["list.xml"]), rung="well-formed",
                    named={"list.xml": trusted_list(service(A.intermediate, granted))})


def _algorithms():
    sha1 = every(token(sha1=True))
    legacy = ["sha1-digest", "sha1-signature"]
    G.good("token-sha1-allowed", "the tokens are signed with SHA-1, which the policy lets pass by name", sha1, policy(legacy=legacy), ("timestamp-sha1-allowed",))
    G.fail("token-sha1", "timestamp-invalid", "the tokens are signed with SHA-1", sha1)
    G.fail("token-sha1-half-allowed", "timestamp-invalid", "the policy lets SHA-1 pass as digest, and not in signatures", sha1, policy(legacy=legacy[:1]))
    G.indeterminate("algorithm-ended", "timestamp-undetermined", "by the policy SHA-256 is trusted until a date before the newest token",
                    bundle(brief_parts()), policy(algorithms={"sha256": "2026-11-02T10:00:00Z"}))
