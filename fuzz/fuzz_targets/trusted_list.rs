//! A trusted list from anywhere is read or refused, and shows nothing that it does not say is
//! granted.

#![no_main]

use std::sync::OnceLock;

const ROOT: &[u8] = include_bytes!("../seeds/tsa_certificate/root.der");
const GRANTED: &str = "granted";

/// The certificates that a list of the seeds names.
fn certificates() -> &'static [Vec<u8>] {
    static ALL: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let text = include_str!("../seeds/trusted_list/list.xml");
        let base64 = text.split("<X509Certificate>").skip(1);
        let base64 = base64.filter_map(|rest| rest.split('<').next());
        let der =
            base64.filter_map(|one| proofline_format::encoding::base64_decode(one.as_bytes()));
        der.chain([ROOT.to_vec()]).collect()
    })
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_tsa::Certificate;
    use proofline_verifier::trusted_list::TrustedList;

    let Ok(list) = TrustedList::parse(bytes) else {
        return;
    };
    assert!(list.stamping_services() + list.unreadable <= list.services);
    assert_eq!(TrustedList::parse(bytes).as_ref(), Ok(&list));
    for der in certificates() {
        let path = [Certificate::parse(der).unwrap()];
        for at in [i64::MIN, 0, 1_793_000_000, i64::MAX] {
            if let Ok(listed) = list.find(&path, at) {
                assert!(listed.since <= at && listed.path_index == 0);
                assert!(at <= list.next_update.unwrap_or(list.issued));
                // The word may be written with references to characters.
                let text = std::str::from_utf8(bytes).unwrap();
                assert!(text.contains(GRANTED) || text.contains("&#"));
            }
        }
    }
});
