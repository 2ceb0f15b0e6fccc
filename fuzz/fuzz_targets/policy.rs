//! A policy from anywhere is read or refused; what it names as files is asked for by that name.

#![no_main]

const ROOT: &[u8] = include_bytes!("../seeds/tsa_certificate/root.der");
const LIST: &[u8] = include_bytes!("../seeds/trusted_list/list.xml");

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use proofline_verifier::Policy;

    let mut read = |name: &str| match name {
        "list.xml" => Ok(LIST.to_vec()),
        "root.pem" => Ok(ROOT.to_vec()),
        _ => Err("not there".into()),
    };
    let Ok(policy) = Policy::parse_with(bytes, &mut read) else {
        return;
    };
    assert!(policy.independent_authorities >= 1);
    for authority in &policy.authorities {
        assert!(!authority.name.is_empty() && !authority.roots.is_empty());
        assert!(policy.has_tsa_roots());
    }
});
