//! `tsa`, and what the other commands say of authorities and of what waits for them.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use proofline::event::{Batch, Record as _};
use proofline_format::json::{Value, parse};

use crate::fixture::{LoopbackAuthority, Project, event};

fn project() -> Project {
    let project = Project::new();
    fs::create_dir_all(project.root().join(".git")).unwrap();
    fs::write(project.root().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    project.record("s");
    project
}

fn command(project: &Project, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofline"));
    command
        .args(words)
        .current_dir(project.root())
        .env("PROOFLINE_HOME", project.home().dir())
        .env_remove("PROOFLINE_DIR")
        // Were anybody but loopback asked, it would be this proxy, where nobody listens.
        .env("http_proxy", "http://127.0.0.1:9/")
        .env("https_proxy", "http://127.0.0.1:9/")
        .env_remove("no_proxy")
        .env_remove("NO_PROXY");
    command
}

fn run(project: &Project, words: &[&str], code: i32) -> (String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command(project, words).output().unwrap();
    let (out, err) = (
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    );
    assert_eq!(status.code(), Some(code), "{words:?}: {out}{err}");
    (out, err)
}

fn json(project: &Project, words: &[&str]) -> Value {
    let (out, _) = run(project, words, 0);
    let value = parse(out.trim_end().as_bytes()).unwrap();
    assert_eq!(value.require_count("schema_version").unwrap(), 1);
    value
}

fn configure(project: &Project, text: &str) {
    fs::write(project.root().join("proofline.toml"), text).unwrap();
}

/// Without it: a user looks addresses up, or believes that a public authority is a qualified one.
#[test]
fn presets_are_listed_without_asking_anybody() {
    let project = project();
    let (out, err) = run(&project, &["tsa", "presets"], 0);
    for name in ["digicert", "sectigo", "globalsign", "freetsa", "ssl.com"] {
        assert!(
            out.lines().any(|line| line.starts_with(name)),
            "{name}: {out}"
        );
    }
    let sectigo = out
        .lines()
        .find(|line| line.starts_with("sectigo"))
        .unwrap();
    assert!(sectigo.contains("every 15 s"), "{sectigo}");
    assert!(!out.contains("ualified"), "{out}");
    assert!(
        err.contains("none has been asked") && err.contains("trusted list"),
        "{err}"
    );
    let listed = json(&project, &["tsa", "presets", "--json"]);
    assert_eq!(
        listed.require_array("presets").unwrap().len(),
        out.lines().count()
    );
    assert!(
        listed
            .require_text("remark")
            .unwrap()
            .contains("trusted list")
    );
}

/// Without it: a misspelt setting silently sets nothing, or nobody finds it.
#[test]
fn a_slip_in_the_configuration_names_its_place() {
    let project = project();
    for (text, want) in [
        (
            "[[tsa]]\nulr = \"http://a/\"\n",
            "line 2: unknown field `ulr`, expected one of `url`",
        ),
        (
            "[[tsa]]\npreset = \"digisert\"\n",
            "there is no preset `digisert`; there are `apple`",
        ),
        (
            "[checkpoint]\nauthorities = 99\n",
            "`authorities` is 99, not 1 to 16",
        ),
    ] {
        configure(&project, text);
        for words in [["status"], ["checkpoint"]] {
            let (_, err) = run(&project, &words, 1);
            assert!(
                err.contains(want) && err.contains("proofline.toml"),
                "{err}"
            );
        }
    }
    configure(&project, "");
    let (_, err) = run(&project, &["checkpoint", "--tsa", "digisert"], 1);
    assert!(err.contains("there is no preset `digisert`"), "{err}");
}

/// Without it: nobody sees that the log's time has not been attested for days, nor why.
#[test]
fn the_queue_shows_what_waits_and_why() {
    let project = project();
    let authority = LoopbackAuthority::start();
    let down = "[[tsa]]\nname = \"Down\"\nurl = \"http://127.0.0.1:9/\"\nweight = 200\n";
    configure(&project, down);
    for _ in 0..2 {
        run(&project, &["checkpoint"], 0);
        project.record("s");
    }
    let (out, _) = run(&project, &["tsa", "queue"], 0);
    assert!(
        out.contains("Down (http://127.0.0.1:9/): no token yet, failed 2 times in a row"),
        "{out}"
    );
    assert!(
        out.contains("(failed): cannot reach `http://127.0.0.1:9/`"),
        "{out}"
    );
    assert!(
        out.contains("\nqueue          2 checkpoints wait, the oldest for "),
        "{out}"
    );
    assert!(
        out.contains("\ncheckpoint 4, made ") && out.contains(": 0 of 1 tokens\n"),
        "{out}"
    );
    let (status, _) = run(&project, &["status"], 0);
    assert!(
        status.contains("queue          2 checkpoints wait, the oldest for "),
        "{status}"
    );
    let status = json(&project, &["status", "--json"]);
    assert_eq!(status.require_count("queue").unwrap(), 2);
    assert!(status.require_count("queue_lag_seconds").is_ok());
    let [state] = status.require_array("authority_states").unwrap() else {
        panic!("one authority");
    };
    assert_eq!(state.require_count("failures").unwrap(), 2);
    assert_eq!(state.require_text("waits_because").unwrap(), "failed");
    assert!(state.require_text("next_try").is_ok());

    let both = format!("{down}[[tsa]]\nurl = \"{}\"\n", authority.url);
    configure(&project, &both);
    let (out, err) = run(&project, &["tsa", "queue", "--stamp"], 0);
    assert!(out.contains("queue          no checkpoint waits"), "{out}");
    assert!(err.contains("2 tokens were got"), "{err}");
    assert!(
        out.contains(&format!("{}: last token 2", authority.url)),
        "{out}"
    );
    let queue = json(&project, &["tsa", "queue", "--json"]);
    assert_eq!(queue.require_array("waiting").unwrap().len(), 0);
    assert_eq!(queue.require("queue_lag_seconds").unwrap(), &Value::Null);
    assert_eq!(project.store().stamped_sizes().unwrap(), [2, 4]);
}

/// Without it: what was sealed offline waits until somebody thinks of it.
#[test]
fn what_a_hook_starts_goes_on_until_nothing_waits() {
    let project = project();
    configure(&project, "[checkpoint]\nentries = 1\n");
    for _ in 0..3 {
        run(&project, &["checkpoint", "--if-due"], 0);
        project.record("s");
    }
    let authority = LoopbackAuthority::start();
    let url = &authority.url;
    configure(
        &project,
        &format!("[[tsa]]\nurl = \"{url}\"\n[checkpoint]\nentries = 1\n"),
    );
    let began = Instant::now();
    assert_eq!(
        run(&project, &["checkpoint", "--if-due"], 0),
        (String::new(), String::new())
    );
    let store = project.store();
    assert_eq!(store.stamped_sizes().unwrap(), [2, 4, 6, 8]);
    assert_eq!(store.note_sizes().unwrap(), [2, 4, 6, 8]);
    assert_eq!(authority.requests(), 4);
    // A second apart, after the newest.
    assert!(began.elapsed() >= Duration::from_secs(3));
}

/// Without it: two authorities are wanted, one is configured, and nothing says so.
#[test]
fn two_authorities_stamp_a_checkpoint_and_status_says_so() {
    let project = project();
    let (one, two) = (LoopbackAuthority::start(), LoopbackAuthority::start());
    let wanted = "[checkpoint]\nauthorities = 2\n";
    configure(
        &project,
        &format!("[[tsa]]\nurl = \"{}\"\n{wanted}", one.url),
    );
    let (status, _) = run(&project, &["status"], 0);
    assert!(
        status.contains("wanted         2 authorities a checkpoint, but only 1 configured\n"),
        "{status}"
    );
    let second = format!("[[tsa]]\nurl = \"{}\"\n", two.url);
    configure(
        &project,
        &format!("[[tsa]]\nurl = \"{}\"\n{second}{wanted}", one.url),
    );
    let (out, _) = run(&project, &["checkpoint"], 0);
    assert!(
        out.contains(&format!("checkpoint 2 stamped by `{}`", one.url)),
        "{out}"
    );
    assert!(
        out.contains(&format!("checkpoint 2 also stamped by `{}`", two.url)),
        "{out}"
    );
    let none = json(&project, &["checkpoint", "--json"]);
    assert_eq!(none.require_array("tokens").unwrap().len(), 0);
    assert_eq!(none.require_count("queue").unwrap(), 0);
}

/// Without it: what was sealed offline and stamped late, by two authorities, does not verify.
#[test]
fn a_log_that_was_offline_verifies_with_every_token_that_it_got() {
    let project = Project::new();
    fs::create_dir_all(project.root()).unwrap();
    let (one, two) = (LoopbackAuthority::start(), LoopbackAuthority::start());
    let online = format!(
        "[[tsa]]\nurl = \"{}\"\nroot = \"one.pem\"\n[[tsa]]\nurl = \"{}\"\nroot = \"two.pem\"\n\
         [checkpoint]\nauthorities = 2\n",
        one.url, two.url
    );
    fs::write(project.root().join("one.pem"), &one.root_pem).unwrap();
    fs::write(project.root().join("two.pem"), &two.root_pem).unwrap();
    configure(&project, &online);
    let (out, _) = run(&project, &["init"], 0);
    assert_eq!(out.matches("birth token from").count(), 2, "{out}");
    configure(&project, "[[tsa]]\nurl = \"http://127.0.0.1:9/\"\n");
    for _ in 0..3 {
        project.record("s");
        run(&project, &["checkpoint"], 0);
    }
    configure(&project, &online);
    let (out, err) = run(&project, &["tsa", "queue", "--stamp"], 0);
    assert!(
        out.contains("no checkpoint waits") && err.contains("6 tokens were got"),
        "{err}"
    );
    let mut end = Batch::default();
    end.events.push(event("session_end", "s"));
    project.recorder().record(end).unwrap();
    run(&project, &["checkpoint"], 0);
    // Either root alone will do.
    for roots in [
        ["--tsa-root", "one.pem"].as_slice(),
        &["--tsa-root", "two.pem"],
        &["--tsa-root", "one.pem", "--tsa-root", "two.pem"],
    ] {
        let words = [["verify", "--verbose"].as_slice(), roots].concat();
        let (out, _) = run(&project, &words, 0);
        assert!(out.starts_with("VERIFIED"), "{out}");
    }
}

/// Without it: an auditor is given a root that nobody compared, or none.
#[test]
fn configured_roots_are_written_beside_an_export_and_verify_it() {
    let project = project();
    let authority = LoopbackAuthority::start();
    let (_, err) = run(&project, &["tsa", "roots"], 1);
    assert!(err.contains("no root certificate is configured"), "{err}");
    fs::write(project.root().join("chain.pem"), &authority.chain_pem).unwrap();
    let root = "root = \"chain.pem\"\n";
    configure(
        &project,
        &format!("[[tsa]]\nurl = \"{}\"\n{root}", authority.url),
    );
    run(&project, &["checkpoint"], 0);
    project.record("s");
    let words = ["export", "--bundle", "b", "--tsa-roots", "roots.pem"];
    run(&project, &words, 0);
    let roots = fs::read_to_string(project.root().join("roots.pem")).unwrap();
    assert_eq!(roots, run(&project, &["tsa", "roots"], 0).0);
    // The root alone: certificates that only help stay out of it.
    assert!(
        roots.ends_with(&authority.root_pem) && roots.contains("# SHA-256 "),
        "{roots}"
    );
    assert_eq!(roots.matches("BEGIN CERTIFICATE").count(), 1);
    let report = command(&project, &["verify", "--tsa-root", "roots.pem", "--json"])
        .output()
        .unwrap();
    let report = String::from_utf8(report.stdout).unwrap();
    assert!(!report.contains("path-not-found"), "{report}");
}

/// Without it: a client is never shown what a broken authority does.
#[test]
fn a_faulty_authority_can_be_served() {
    let project = project();
    let (names, _) = run(&project, &["tsa", "serve", "--fault", "list"], 0);
    assert!(names.lines().count() >= 70, "{names}");
    for (fault, want) in [
        ("nonce-wrong", "nonce-mismatch"),
        ("http-redirect-temporary", "which is not followed"),
        ("http-status-unavailable-wait", "asks to wait 120 s"),
    ] {
        let words = ["tsa", "serve", "--algorithm", "p256", "--fault", fault];
        let mut server = command(&project, &words)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        let stdout = server.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut url).unwrap();
        let (_, err) = run(&project, &["checkpoint", "--tsa", url.trim_end()], 0);
        server.kill().unwrap();
        server.wait().unwrap();
        assert!(err.contains(want), "{fault}: {err}");
    }
    let (_, err) = run(&project, &["tsa", "serve", "--fault", "none"], 2);
    assert!(err.contains("no such fault"), "{err}");
}

/// Without it: a preset that was named once is not used.
#[test]
fn a_preset_named_at_init_is_written_down_as_such() {
    // The log has begun, so that `init` has no reason to ask anybody.
    let project = project();
    fs::remove_dir_all(project.root().join(".git")).unwrap();
    let words = ["init", "--tsa", "certum", "--tsa", "http://127.0.0.1:9/x"];
    run(&project, &words, 0);
    let text = fs::read_to_string(project.store_dir().join("config.toml")).unwrap();
    assert!(text.contains("[[tsa]]\npreset = \"certum\"\n"), "{text}");
    let (status, _) = run(&project, &["status"], 0);
    let want = "authority      certum (http://time.certum.pl): no token yet";
    assert!(status.contains(want), "{status}");
    let (_, err) = run(&project, &["init", "--tsa", "cretum"], 1);
    assert!(err.contains("there is no preset `cretum`"), "{err}");
}
