//! Both services, made on any system.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::*;
use crate::install::apply;

fn service(manager: Manager, base: &Path) -> Service {
    Service {
        manager,
        folder: manager.folder(&base.join("config"), &base.join("user")),
        program: "/opt/100% of it/bin/proofline".into(),
        store_dir: base.join("a & b <c> \"$HOME\" \\/.proofline"),
        home: Home::at("/home/u/.local/share/proofline"),
    }
}

const BOTH: [Manager; 2] = [Manager::Systemd, Manager::Launchd];

/// Without it: the service starts another program, or none, where a path has a blank or a dollar.
#[test]
fn no_path_is_read_as_anything_else() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().display();
    let unit = service(Manager::Systemd, dir.path()).text().unwrap();
    let exec = "\nExecStart=\"/opt/100%% of it/bin/proofline\" daemon\n";
    assert!(unit.contains(exec), "{unit}");
    let store = r#"a & b <c> \"$HOME\" \\/.proofline""#;
    let store = format!("\nEnvironment=\"PROOFLINE_DIR={place}/{store}\n");
    assert!(unit.contains(&store), "{unit}");
    let agent = service(Manager::Launchd, dir.path()).text().unwrap();
    assert!(
        agent.contains("<string>/opt/100% of it/bin/proofline</string>"),
        "{agent}"
    );
    let store = r#"a &amp; b &lt;c&gt; "$HOME" \/.proofline"#;
    assert!(
        agent.contains(&format!("<string>{place}/{store}</string>")),
        "{agent}"
    );
    for (odd, who) in [
        ("/opt/new\nline", BOTH.as_slice()),
        ("/opt/$HOME/proofline", &BOTH[..1]),
        ("/opt/it's/proofline", &BOTH[..1]),
    ] {
        for manager in who {
            let mut odd_one = service(*manager, dir.path());
            odd_one.program = odd.into();
            let error = odd_one.text().unwrap_err().to_string();
            assert!(error.contains("not allowed there"), "{error}");
        }
    }
}

/// Without it: uninstalling leaves something behind, or takes what is not ours.
#[test]
fn uninstalling_gives_back_what_was_there() {
    for manager in BOTH {
        for before in [None, Some("# another's\n")] {
            let dir = tempfile::tempdir().unwrap();
            let service = service(manager, dir.path());
            let file = service.file();
            if let Some(before) = before {
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(&file, before).unwrap();
            }
            assert_eq!(
                service
                    .uninstall()
                    .is_ok_and(|r| r == Removal::Steps(vec![])),
                before.is_none()
            );
            apply(&service.install().unwrap()).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), service.text().unwrap());
            assert_eq!(service.install().unwrap(), []);
            // The program moved.
            let moved = Service {
                program: "/elsewhere/proofline".into(),
                ..service.clone()
            };
            apply(&moved.install().unwrap()).unwrap();
            let Removal::Steps(steps) = moved.uninstall().unwrap() else {
                panic!("not edited");
            };
            apply(&steps).unwrap();
            assert_eq!(fs::read_to_string(&file).ok().as_deref(), before);
            assert_eq!(service.folder.exists(), before.is_some());
            assert_eq!(
                dir.path().join("config").exists(),
                before.is_some() && manager == Manager::Systemd
            );
            let install = service.store_dir.join("install");
            assert_eq!(fs::read_dir(install).unwrap().count(), 0);
        }
    }
}

/// Without it: what a user wrote into the file is lost.
#[test]
fn a_file_that_was_edited_stays() {
    for manager in BOTH {
        let dir = tempfile::tempdir().unwrap();
        let service = service(manager, dir.path());
        apply(&service.install().unwrap()).unwrap();
        let edited = service.text().unwrap() + "\n";
        fs::write(service.file(), &edited).unwrap();
        assert_eq!(service.uninstall().unwrap(), Removal::Edited);
        // Installing anew replaces it, and remembers it.
        apply(&service.install().unwrap()).unwrap();
        let Removal::Steps(steps) = service.uninstall().unwrap() else {
            panic!("not edited");
        };
        apply(&steps).unwrap();
        assert_eq!(fs::read_to_string(service.file()).unwrap(), edited);
    }
}

#[test]
fn names_files_and_commands_are_the_managers_own() {
    let dir = tempfile::tempdir().unwrap();
    let [systemd, launchd] = BOTH.map(|manager| service(manager, dir.path()));
    let id = systemd.name();
    let id = id
        .strip_prefix("proofline-")
        .unwrap()
        .strip_suffix(".service")
        .unwrap();
    assert_eq!(id.len(), 16);
    assert_eq!(
        systemd.file(),
        dir.path()
            .join(format!("config/systemd/user/proofline-{id}.service"))
    );
    assert_eq!(
        launchd.file(),
        dir.path().join(format!(
            "user/Library/LaunchAgents/org.w3id.proofline.{id}.plist"
        ))
    );
    assert_eq!(
        systemd.enable_command(),
        format!("systemctl --user enable --now proofline-{id}.service")
    );
    assert!(
        launchd
            .enable_command()
            .starts_with("launchctl bootstrap gui/$(id -u) '")
    );
}

/// Without it: a file that only we can read is installed.
#[test]
fn other_programs_read_the_files_as_they_are_meant() {
    let dir = tempfile::tempdir().unwrap();
    let mut agent = service(Manager::Launchd, dir.path());
    agent.program = dir.path().join("<&> \"'");
    let script = "import plistlib, sys\np = plistlib.loads(sys.stdin.buffer.read())\n\
                  print(p['ProgramArguments'][0])\nprint(p['EnvironmentVariables']['PROOFLINE_DIR'])\n\
                  print(p['Label'], p['RunAtLoad'], p['KeepAlive'])";
    let text = agent.text().unwrap();
    let read = foreign(Command::new("python3").args(["-c", script]), &text);
    let required = std::env::var_os("PROOFLINE_REQUIRE_TOOLS").is_some();
    match read {
        Some((out, _)) => {
            let want = format!(
                "{}\n{}\n{} True {{'SuccessfulExit': False}}\n",
                agent.program.display(),
                agent.store_dir.display(),
                agent.name()
            );
            assert_eq!(out, want);
        }
        None if required => panic!("python3 is not there"),
        None => println!("SKIPPED: python3 is not there to read a property list"),
    }

    let mut unit = service(Manager::Systemd, dir.path());
    // It looks whether the program can be run.
    unit.program = dir.path().join("100% of proofline");
    fs::copy("/bin/true", &unit.program).unwrap();
    let file = dir.path().join("proofline-test.service");
    fs::write(&file, unit.text().unwrap()).unwrap();
    let mut verify = Command::new("systemd-analyze");
    verify
        .args(["verify", "--user"])
        .arg(&file)
        .env("XDG_RUNTIME_DIR", dir.path());
    match foreign(&mut verify, "") {
        Some((_, err)) => assert_eq!(err, ""),
        // A part of a system, not a tool that can be asked for.
        None => println!("SKIPPED: systemd-analyze is not there to read a unit"),
    }
}

/// What a program prints; `None`, if it is not there.
fn foreign(command: &mut Command, input: &str) -> Option<(String, String)> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    // It need not read it.
    child.stdin.take()?.write_all(input.as_bytes()).ok();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{out}{err}");
    Some((out, err))
}
