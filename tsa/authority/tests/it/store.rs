//! An authority kept in a folder.

use std::time::SystemTime;

use proofline_tsa::{Expected, HashAlgorithm, Options, Outcome, verify};
use proofline_tsa_authority::{Algorithm, Authority, Error};

use super::{Folder, authority, request};

#[test]
fn what_is_saved_is_loaded() {
    for algorithm in Algorithm::ALL {
        let folder = Folder::new();
        let dir = folder.0.join("tsa");
        let saved = authority(*algorithm);
        saved.save(&dir).unwrap();
        let loaded = Authority::load(&dir).unwrap();
        assert_eq!(loaded.root_pem(), saved.root_pem());
        assert_eq!(loaded.algorithm(), *algorithm);

        let request = request(HashAlgorithm::Sha256, b"after a restart");
        let response = loaded.respond(&request, SystemTime::now());
        let anchors = [saved.trust_anchor().unwrap()];
        let report = verify(&response, Expected::NotGiven, &anchors, &Options::default());
        assert_eq!(report.outcome(), Outcome::Valid, "{:?}", report.findings());
    }
}

#[cfg(unix)]
#[test]
fn keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    authority(Algorithm::P256).save(&folder.0).unwrap();
    let mode = |name: &str| {
        let metadata = std::fs::metadata(folder.0.join(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    for name in ["root", "intermediate", "unit"] {
        assert_eq!(mode(&format!("{name}.key.pem")), 0o600);
    }
}

#[test]
fn nothing_is_overwritten_and_nothing_mixed() {
    let folder = Folder::new();
    authority(Algorithm::P256).save(&folder.0).unwrap();
    let again = authority(Algorithm::P256).save(&folder.0);
    assert!(matches!(again, Err(Error::File { .. })), "{again:?}");

    std::fs::copy(folder.0.join("root.pem"), folder.0.join("unit.pem")).unwrap();
    let mixed = Authority::load(&folder.0);
    assert!(matches!(mixed, Err(Error::KeyMismatch { .. })), "{mixed:?}");

    std::fs::write(folder.0.join("unit.key.pem"), "not a key").unwrap();
    let damaged = Authority::load(&folder.0);
    assert!(matches!(damaged, Err(Error::KeyFile { .. })), "{damaged:?}");
}
