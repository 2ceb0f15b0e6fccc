//! Evidence records that an independent generator wrote from RFC 4998, and ones written here.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking"
)]

use std::path::Path;

use proofline_tsa::{
    EvidenceRecord, HashAlgorithm, Imprint, Options, Outcome, RecordCode, RecordReport, Request,
    Response, RevocationEvidence, TrustAnchor, verify_evidence_record,
};
use proofline_tsa_authority::{Algorithm, Authority, Profile};
use serde_json::Value;

fn vectors() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/vectors-unit/evidence_record.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap().as_bytes();
    let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    text.chunks(2).map(octet).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    let list = value.as_array().unwrap().iter();
    list.map(|one| one.as_str().unwrap()).collect()
}

fn imprints(data: &[u8], names: &[&str]) -> Vec<Imprint> {
    let algorithms = HashAlgorithm::ALL.iter().copied();
    algorithms
        .filter(|algorithm| names.contains(&algorithm.as_str()))
        .map(|algorithm| Imprint::of(algorithm, data))
        .collect()
}

const ALL: [&str; 3] = ["sha256", "sha384", "sha512"];

fn judge(all: &Value, case: &Value) -> (Vec<u8>, RecordReport) {
    let data = hex(case.get("data_hex").unwrap_or(&all["data_hex"]));
    let names = case.get("digests").map_or(ALL.to_vec(), texts);
    let roots = case.get("roots").map_or(vec!["a", "b"], texts);
    let anchors: Vec<TrustAnchor> = roots
        .iter()
        .flat_map(|name| {
            let pem = all["roots"][*name].as_str().unwrap();
            TrustAnchor::all_from_pem(pem.as_bytes()).unwrap()
        })
        .collect();
    let lists = case.get("crls_hex").map_or(Vec::new(), |lists| {
        lists.as_array().unwrap().iter().map(hex).collect()
    });
    let lists: Vec<&[u8]> = lists.iter().map(Vec::as_slice).collect();
    let options = Options {
        revocation: RevocationEvidence {
            crls: &lists,
            ..RevocationEvidence::default()
        },
        // The only case with a time has this one.
        now: case.get("now").map(|now| {
            assert_eq!(now, "2030-01-01T00:00:00Z");
            1_893_456_000
        }),
        ..Options::default()
    };
    let record = hex(&case["record_hex"]);
    let report = verify_evidence_record(&record, &imprints(&data, &names), &anchors, &options);
    (record, report)
}

/// Whoever relies on a record must come to what the standard says, not to what our writer does.
#[test]
fn records_written_from_the_standard_come_to_what_it_says() {
    let all = vectors();
    let cases = all["cases"].as_array().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    let mut wrong = Vec::new();
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let (record, report) = judge(&all, case);
        let mut codes: Vec<&str> = report
            .findings()
            .iter()
            .map(|f| f.code().as_str())
            .collect();
        codes.sort_unstable();
        seen.extend(codes.iter().map(|code| (*code).to_owned()));
        let outcome = report.outcome().as_str();
        if outcome != case["outcome"] || codes != texts(&case["findings"]) {
            let list: String = report
                .findings()
                .iter()
                .map(|f| format!("  {f}\n"))
                .collect();
            wrong.push(format!("{name}: {outcome}\n{list}"));
        }
        assert_eq!(report.verified().is_some(), outcome == "valid", "{name}");
        if outcome == "valid" {
            let parsed = EvidenceRecord::parse(&record).unwrap();
            assert_eq!(parsed.tokens().len(), report.time_stamps().len());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
    assert!(cases.len() > 50);
    for code in RecordCode::ALL {
        assert!(seen.contains(code.as_str()), "no vector provokes {code}");
    }
}

/// A bit that is changed must not leave the record valid, except where nothing is signed or hashed:
/// outside the newest token only the lists and names that no rule rests on.
#[test]
fn changed_octets_never_make_another_record_valid() {
    let all = vectors();
    let find = |name: &str| {
        let mut cases = all["cases"].as_array().unwrap().iter();
        cases.find(|case| case["name"] == name).unwrap().clone()
    };
    for name in ["tree", "rehashed-in-a-tree"] {
        let case = find(name);
        let (record, report) = judge(&all, &case);
        let first = report.verified().unwrap().gen_time();
        let mut survivors = 0;
        for at in (0..record.len()).step_by(7) {
            let mut changed = record.clone();
            changed[at] ^= 0x04;
            let mut case = case.clone();
            let text: String = changed.iter().map(|octet| format!("{octet:02x}")).collect();
            case["record_hex"] = text.into();
            let (_, report) = judge(&all, &case);
            if let Some(verified) = report.verified() {
                assert_eq!(verified.gen_time(), first, "{name} at {at}");
                survivors += 1;
            }
        }
        // Certificates beside the signer's are unsigned baggage: a path may stand without them
        // only where it does not run through them, so nearly nothing survives.
        assert!(survivors <= 12, "{name}: {survivors}");
    }
}

/// Whoever looks a code up finds it.
#[test]
fn every_code_is_explained() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/long-term.md");
    let page = std::fs::read_to_string(page).unwrap();
    for code in RecordCode::ALL {
        let row = format!("| `{code}` | {} | ", code.severity().as_str());
        assert!(page.contains(&row), "{row}");
    }
    let names: Vec<&str> = RecordCode::ALL.iter().map(|code| code.as_str()).collect();
    assert!(names.is_sorted(), "{names:?}");
}

struct World {
    authorities: [Authority; 2],
    serial: u8,
}

impl World {
    fn new() -> Self {
        let now = std::time::SystemTime::now();
        let made = |name| Authority::generate(Algorithm::P256, &Profile::ten_years(name, now));
        Self {
            authorities: ["One", "Two"].map(|name| made(name).unwrap()),
            serial: 1,
        }
    }

    fn token(&mut self, by: usize, imprint: &Imprint) -> Vec<u8> {
        self.serial += 1;
        let request = Request::new(imprint.clone(), &[self.serial; 16]).unwrap();
        let now = std::time::SystemTime::now();
        let response = self.authorities[by].respond(&request.to_der().unwrap(), now);
        Response::parse(&response)
            .unwrap()
            .token()
            .unwrap()
            .to_vec()
    }

    fn anchors(&self) -> Vec<TrustAnchor> {
        let anchors = self.authorities.iter();
        anchors.map(|one| one.trust_anchor().unwrap()).collect()
    }
}

/// What is written can be renewed in both ways, in any order, and stays valid; data that changed
/// does not.
#[test]
fn records_are_renewed_in_both_ways() {
    let mut world = World::new();
    let data = b"the record of a year";
    let digests = imprints(data, &ALL);
    let token = world.token(0, &digests[0]);
    let mut record = EvidenceRecord::initial(HashAlgorithm::Sha256, &token);
    let steps: [Option<HashAlgorithm>; 5] = [
        None,
        Some(HashAlgorithm::Sha384),
        None,
        None,
        Some(HashAlgorithm::Sha512),
    ];
    let mut by = 0;
    for step in steps {
        by = 1 - by;
        let parsed = EvidenceRecord::parse(&record).unwrap();
        record = match step {
            None => {
                let imprint = parsed.renewal_imprint().unwrap();
                parsed.renewed(&world.token(by, &imprint)).unwrap()
            }
            Some(algorithm) => {
                let of_data = Imprint::of(algorithm, data);
                let imprint = parsed.rehash_imprint(&of_data).unwrap();
                parsed.rehashed(algorithm, &world.token(by, &imprint))
            }
        };
        let anchors = world.anchors();
        let options = Options::default();
        let report = verify_evidence_record(&record, &digests, &anchors, &options);
        assert_eq!(report.outcome(), Outcome::Valid, "{:?}", report.findings());
        let other = imprints(b"the record of another", &ALL);
        let report = verify_evidence_record(&record, &other, &anchors, &options);
        assert_eq!(report.outcome(), Outcome::Invalid);
    }
    let parsed = EvidenceRecord::parse(&record).unwrap();
    assert_eq!(parsed.chain_lengths(), [2, 3, 1]);
    let algorithms: Vec<_> = parsed.chain_algorithms().into_iter().flatten().collect();
    assert_eq!(algorithms, HashAlgorithm::ALL);
}
