//! Every kind of report that Claude Code sends, against the entries it must come to.
//!
//! `<name>.jsonl` holds reports in the order they come, with `/home/u/demo` for the project;
//! a line `# write PATH TEXT` changes a file in between. `<name>.want` holds the entries. Field
//! names and shapes follow the agent's published hook reference; the values are made up.

use std::fs;
use std::path::Path;

use super::stage::Stage;

#[test]
fn reports_come_to_the_entries_they_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/claude-code");
    let mut wrong = Vec::new();
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|item| item.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    names.sort();
    assert!(names.len() >= 20, "fixtures are missing");
    for path in names {
        let got = run(&fs::read_to_string(&path).unwrap());
        let want = path.with_extension("want");
        if std::env::var_os("PROOFLINE_BLESS").is_some() {
            fs::write(&want, &got).unwrap();
        }
        let want = fs::read_to_string(&want).unwrap_or_default();
        if got != want {
            wrong.push(format!("{}:\n{got}-- wanted:\n{want}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn run(reports: &str) -> String {
    let mut stage = Stage::new(&[("src/lib.rs", "fn f() {\n    let x = 1;\n}\n")]);
    let root = stage.root();
    let mut out = String::new();
    for line in reports.lines() {
        if let Some(change) = line.strip_prefix("# write ") {
            let (path, text) = change.split_once(' ').unwrap();
            stage.write(path, text.replace("\\n", "\n"));
        } else {
            let report = line.replace("/home/u/demo", root.to_str().unwrap());
            for entry in stage.report(&report) {
                out += &(entry + "\n");
            }
        }
    }
    out
}
