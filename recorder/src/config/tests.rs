//! What a user writes into a configuration, and what becomes of it.

use super::*;

struct Files {
    dir: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let files = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(files.store_dir()).unwrap();
        files
    }

    fn root(&self) -> &Path {
        self.dir.path()
    }

    fn store_dir(&self) -> PathBuf {
        self.dir.path().join("s")
    }

    fn project(&self, text: &str) {
        fs::write(self.root().join(PROJECT_FILE), text).unwrap();
    }

    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.root(), &self.store_dir())
    }

    fn urls(&self) -> Vec<String> {
        let authorities = self.load().unwrap().authorities;
        authorities.into_iter().map(|a| a.url).collect()
    }
}

#[test]
fn both_files_are_read() {
    let files = Files::new();
    assert_eq!(files.load().unwrap(), Config::default());
    files.project(
        "[[tsa]]\nurl = \"http://a/\"\n[checkpoint]\ninterval_minutes = 1\nentries = 0\n\
         authorities = 2\n",
    );
    let named = ["http://b/".into(), "http://a/".into()];
    write_authorities(&files.store_dir(), &named).unwrap();
    let config = files.load().unwrap();
    assert_eq!(files.urls(), ["http://a/", "http://b/"]);
    assert_eq!(config.checkpoint.interval, Duration::from_secs(60));
    assert_eq!(config.checkpoint.entries, 1);
    assert_eq!(config.authorities_wanted, 2);
    assert_eq!(config.tokens_wanted(), 2);
}

#[test]
fn every_setting_of_an_authority_is_taken_and_the_heaviest_is_asked_first() {
    let files = Files::new();
    files.project(
        "[[tsa]]\nurl = \"http://light/\"\nweight = 1\n\
         [[tsa]]\nurl = \"http://plain/\"\n\
         [[tsa]]\nurl = \"http://heavy/\"\nname = \"Heavy\"\nroot = \"roots/h.pem\"\n\
         policy = \"1.2.3\"\nweight = 900\nmin_interval_seconds = 15\n\
         connect_timeout_seconds = 2\ntimeout_seconds = 3\nmax_response_bytes = 9000\n\
         [[tsa]]\npreset = \"sectigo\"\n",
    );
    assert_eq!(
        files.urls(),
        [
            "http://heavy/",
            "http://plain/",
            "http://timestamp.sectigo.com",
            "http://light/"
        ]
    );
    let heavy = &files.load().unwrap().authorities[0];
    assert_eq!(heavy.to_string(), "Heavy (http://heavy/)");
    // Relative to the file that names it, wherever the program runs.
    assert_eq!(heavy.root, Some(files.root().join("roots/h.pem")));
    assert_eq!(heavy.policy.as_deref(), Some("1.2.3"));
    assert_eq!(heavy.min_interval, Duration::from_secs(15));
    assert_eq!(heavy.timeouts.connect, Duration::from_secs(2));
    assert_eq!(heavy.timeouts.total, Duration::from_secs(3));
    assert_eq!(heavy.max_response_bytes, 9_000);
}

#[test]
fn a_slip_is_an_error_that_names_file_place_and_what_was_meant() {
    let files = Files::new();
    for (text, want) in [
        ("x", "line 1: "),
        (
            "[chekpoint]\nentries = 1",
            "unknown field `chekpoint`, expected one of `tsa`",
        ),
        ("[[tsa]]\nurl = \"ftp://a\"", "is not an http or https URL"),
        (
            "[[tsa]]\nuri = \"http://a/\"",
            "line 2: unknown field `uri`, expected one of `url`",
        ),
        (
            "[[tsa]]\nweight = 1",
            "[[tsa]] number 1: `url` or `preset` is missing",
        ),
        (
            "[[tsa]]\nurl = \"http://a/\"\npreset = \"certum\"",
            "`url` and `preset` exclude each other",
        ),
        (
            "[[tsa]]\npreset = \"digisert\"",
            "no preset `digisert`; there are `apple`",
        ),
        (
            "[[tsa]]\nurl = \"http://a/\"\n[[tsa]]\nurl = \"http://a/\"",
            "number 2: `http://a/` is named twice",
        ),
        (
            "[[tsa]]\nurl = \"http://a/\"\npolicy = \"baseline\"",
            "`policy` `baseline` is not an",
        ),
        ("[[tsa]]\nurl = \"http://a/\"\nweight = -1", "line 3: "),
        (
            "[[tsa]]\nurl = \"http://a/\"\nname = \"\"",
            "`name` is not 1 to 64",
        ),
        (
            "[[tsa]]\nurl = \"http://a/\"\ntimeout_seconds = 0",
            "`timeout_seconds` is 0, not 1 to 300",
        ),
        (
            "[[tsa]]\nurl = \"http://a/\"\nmax_response_bytes = 0",
            "`max_response_bytes` is 0",
        ),
        (
            "[[tsa]]\nurl = \"http://a/\"\nmin_interval_seconds = 99999999",
            "not 0 to 604800",
        ),
        (
            "[checkpoint]\nauthorities = 0",
            "[checkpoint]: `authorities` is 0, not 1 to 16",
        ),
        (
            "[revocation]\nagain_after_days = 0",
            "[revocation]: `again_after_days` is 0, not 1 to 365",
        ),
    ] {
        files.project(text);
        let error = files.load().unwrap_err().to_string();
        assert!(
            error.contains(want) && error.contains(PROJECT_FILE),
            "{text}: {error}"
        );
    }
}

#[test]
fn revocation_data_is_fetched_unless_the_file_says_no() {
    let files = Files::new();
    assert!(files.load().unwrap().revocation.enabled);
    files.project("[revocation]\nagain_after_days = 7\n");
    let rule = files.load().unwrap().revocation;
    assert!(rule.enabled);
    assert_eq!(rule.again_after, Duration::from_secs(7 * 86_400));
    files.project("[revocation]\nenabled = false\n");
    assert!(!files.load().unwrap().revocation.enabled);
}

#[test]
fn naming_an_authority_keeps_what_the_file_says() {
    let files = Files::new();
    let own = "# mine\n[[tsa]]\nurl = \"http://a/\"\nweight = 7\n\n[checkpoint]\nentries = 9";
    fs::write(files.store_dir().join(STORE_FILE), own).unwrap();
    let named = ["http://a/".into(), "http://b/".into(), "certum".into()];
    write_authorities(&files.store_dir(), &named).unwrap();
    let text = fs::read_to_string(files.store_dir().join(STORE_FILE)).unwrap();
    assert!(text.starts_with(own), "{text}");
    let config = files.load().unwrap();
    assert_eq!(config.checkpoint.entries, 9);
    assert_eq!(config.authorities.len(), 3);
    assert_eq!(config.authorities.last().unwrap().weight, 7);
    assert_eq!(config.authorities[1].preset, Some("certum"));
    write_authorities(&files.store_dir(), &named).unwrap();
    assert_eq!(
        fs::read_to_string(files.store_dir().join(STORE_FILE)).unwrap(),
        text
    );
    fs::write(files.store_dir().join(STORE_FILE), "tsa = []\n").unwrap();
    assert!(write_authorities(&files.store_dir(), &named).is_err());
}

/// Without it: a setting exists that nobody can find.
#[test]
fn every_key_is_documented() {
    let files = Files::new();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
    let page = fs::read_to_string(page).unwrap();
    for text in [
        "no = 1",
        "[[tsa]]\nno = 1",
        "[checkpoint]\nno = 1",
        "[revocation]\nno = 1",
        "[hook]\nno = 1",
    ] {
        files.project(text);
        let error = files.load().unwrap_err().to_string();
        let (_, known) = error.split_once("expected ").unwrap();
        let keys: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        assert!(!keys.is_empty(), "{error}");
        for key in keys {
            let in_table = page.contains(&format!("| `{key}` |"));
            let as_table = page.contains(&format!("## `[{key}]`"))
                || page.contains(&format!("## `[[{key}]]`"));
            assert!(
                in_table || as_table,
                "`{key}` is not in docs/configuration.md"
            );
        }
    }
}
