//! Authorities are neither pestered nor given up.

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

fn authority(min_interval_seconds: u64) -> Authority {
    Authority {
        min_interval: Duration::from_secs(min_interval_seconds),
        ..Authority::at("http://u/").unwrap()
    }
}

fn error(wait_seconds: Option<u64>) -> StampError {
    StampError {
        message: "no".into(),
        may_pass: true,
        wait: wait_seconds.map(Duration::from_secs),
        is_unheard: false,
    }
}

#[test]
fn an_authority_that_is_down_is_asked_less_and_less_but_not_given_up() {
    let u = authority(0);
    let mut backoff = Backoff::default();
    assert!(backoff.may_ask(&u, at(0)));
    backoff.failed(&u, at(0), &error(None));
    assert!(!backoff.may_ask(&u, at(FIRST_MS / 2 - 1)));
    assert_eq!(backoff.pause_by_hand(&u, at(1)), None);
    assert!(backoff.may_ask(&u, at(FIRST_MS * 3 / 2)));
    for _ in 0..100 {
        backoff.failed(&u, at(0), &error(None));
    }
    assert!(!backoff.may_ask(&u, at(LONGEST_MS / 2 - 1)));
    assert!(backoff.may_ask(&u, at(LONGEST_MS * 3 / 2)));
    // The clock was a year ahead when it failed.
    assert!(backoff.may_ask(&u, at(-31_536_000_000)));
    backoff.succeeded(&u, at(1), None);
    assert!(backoff.may_ask(&u, at(1)));
}

#[test]
fn a_device_that_was_offline_for_days_does_not_wait_an_hour_when_it_is_back() {
    let u = authority(0);
    let mut backoff = Backoff::default();
    let offline = StampError {
        is_unheard: true,
        ..error(None)
    };
    for _ in 0..100 {
        backoff.failed(&u, at(0), &offline);
    }
    assert!(!backoff.may_ask(&u, at(LONGEST_UNHEARD_MS / 2 - 1)));
    assert!(backoff.may_ask(&u, at(LONGEST_UNHEARD_MS * 3 / 2)));
}

#[test]
fn an_authority_is_asked_once_in_its_interval() {
    let u = authority(15);
    let mut backoff = Backoff::default();
    backoff.succeeded(&u, at(1_000), None);
    let pause = backoff.pause(&u, at(1_001)).unwrap();
    assert_eq!((pause.until_ms, pause.why), (16_000, Why::Interval));
    assert_eq!(backoff.pause_by_hand(&u, at(15_999)), Some(pause));
    assert_eq!(backoff.pause(&u, at(16_000)), None);
    // Without an interval of its own, only the older checkpoints have to wait.
    let free = authority(0);
    assert_eq!(backoff.pause(&free, at(1_001)), None);
    let older = backoff.pause_for_older(&free, at(1_001)).unwrap();
    assert_eq!((older.until_ms, older.why), (2_000, Why::Interval));
    assert_eq!(backoff.pause_for_older(&u, at(2_000)), Some(pause));
}

#[test]
fn who_asks_to_be_left_alone_is_left_alone_but_not_for_ever() {
    let u = authority(0);
    let mut backoff = Backoff::default();
    backoff.failed(&u, at(0), &error(Some(7_200)));
    let pause = backoff.pause(&u, at(1)).unwrap();
    assert_eq!((pause.until_ms, pause.why), (7_200_000, Why::AskedToWait));
    assert_eq!(backoff.pause_by_hand(&u, at(1)), Some(pause));
    backoff.failed(&u, at(0), &error(Some(u64::MAX)));
    assert!(backoff.may_ask(&u, at(LONGEST_WAIT_MS)));
    // A shorter wait than our own pause does not shorten that.
    backoff.failed(&u, at(0), &error(Some(1)));
    assert_eq!(backoff.pause(&u, at(2_000)).unwrap().why, Why::Failed);
}

#[test]
fn what_is_known_survives_the_process_and_an_older_file_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let u = authority(0);
    let mut backoff = Backoff::default();
    for signer in 0..40 {
        backoff.succeeded(&u, at(5), Some([signer; 32]));
    }
    backoff.failed(&u, at(9), &error(Some(60)));
    backoff.save(dir.path()).unwrap();
    assert_eq!(Backoff::load(dir.path()), backoff);
    assert!(backoff.signs_for(&[39; 32], &u));
    assert!(!backoff.signs_for(&[7; 32], &u));
    let older = br#"{"http://u/":{"count":2,"message":"m","retry_at_ms":50}}"#;
    fs::write(dir.path().join(FILE), older).unwrap();
    let backoff = Backoff::load(dir.path());
    assert_eq!(backoff.pause(&u, at(49)).unwrap().why, Why::Failed);
    assert!(backoff.may_ask(&u, at(50)));
}
