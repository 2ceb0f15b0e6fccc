//! What must never be hashed or stored as it was, and what must stay readable.

use super::*;

#[test]
fn known_secrets_are_taken_out() {
    let check = |text: &str, want: &str| assert_eq!(redact(text).text, want, "{text}");
    check("key AKIAABCDEFGHIJKLMNOP end", "key [redacted] end");
    check("ghp_0123456789abcdefghijABCDEFGHIJ012345", "[redacted]");
    check("xoxb-1234567890-abcdef", "[redacted]");
    check(
        "a eyJhbGciOiJIUzI1NiJ9aaaa.eyJzdWIiOiIxIn0.c2ln b",
        "a [redacted] b",
    );
    check("PASSWORD=hunter22 make", "PASSWORD=[redacted] make");
    check("password: \"two words\"", "password: \"[redacted]\"");
    check(
        r#"{"api_key":"abcdef","n":1}"#,
        r#"{"api_key":"[redacted]","n":1}"#,
    );
    check(
        "mysql --password hunter22 db",
        "mysql --password [redacted] db",
    );
    check("curl -u me:hunter22 x", "curl -u [redacted] x");
    check(
        "curl -H 'Authorization: Bearer abc.def' x",
        "curl -H 'Authorization: [redacted]' x",
    );
    check(
        "git clone https://me:pass@host/x",
        "git clone https://me:[redacted]@host/x",
    );
    check(
        "x\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\ny",
        "x\n[redacted]\ny",
    );
    check("-----BEGIN PRIVATE KEY-----\nMIIE", "[redacted]");
}

#[test]
fn ordinary_text_stays_as_it_is() {
    for text in [
        "cargo test --locked",
        "https://host/a:b@c",
        "max_tokens = 5",
        "PASSWORD=$PASSWORD make",
        "if token == other {",
        "-----BEGIN CERTIFICATE-----",
        "größe eyJ sk-",
        "a -u b",
        "",
    ] {
        assert_eq!(
            redact(text),
            Redacted {
                text: text.into(),
                found: 0
            },
            "{text}"
        );
    }
}

#[test]
fn secret_files_are_known_by_name() {
    for path in [
        ".env",
        "a/.env.local",
        "k/server.pem",
        "id_rsa",
        "id_ed25519_work",
        ".aws/credentials",
    ] {
        assert!(is_secret_file(path.as_bytes()), "{path}");
    }
    for path in [
        "env.rs",
        ".env.example",
        "id_rsa.pub",
        "src/key.rs",
        "pem",
        "environment",
    ] {
        assert!(!is_secret_file(path.as_bytes()), "{path}");
    }
}

proptest::proptest! {
    /// A panic here would lose an event; a secret half left would be worse.
    #[test]
    fn any_text_is_scanned_to_its_end(text in "(password|token|-u|:|=|\"| |ü|://|@|-----BEGIN PRIVATE KEY-----|\n){0,40}") {
        let redacted = redact(&text);
        proptest::prop_assert_eq!(redacted.found == 0, redacted.text == text);
    }
}
