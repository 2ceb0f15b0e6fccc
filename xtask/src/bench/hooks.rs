//! How long an agent waits for its hook, in stores of three sizes, alone and with seven others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::measure::{Samples, bare_fdatasync, bare_process, millis, ratio, time_process};
use super::{Bench, line};
use crate::shell::{capture, program, run};

const FILE_LINES: u32 = 5_000;
/// From one edited line to the next: far, and coprime to the number of lines.
const STRIDE: u32 = 7_919;
const P50_MILLIS_MAX: f64 = 5.0;
const P99_MILLIS_MAX: f64 = 15.0;
const BEYOND_LIMIT_MILLIS_MAX: f64 = 3.0;
const GROWTH_MAX: f64 = 1.2;
const WRITERS: u32 = 8;
const P99_AT_ONCE_MILLIS_MAX: f64 = 100.0;

/// A project with a store of a known size.
pub(super) struct Project {
    pub(super) entries: u32,
    pub(super) folder: PathBuf,
    home: PathBuf,
}

impl Project {
    /// A program started in the project, with keys of its own.
    pub(super) fn command(&self, binary: &Path) -> Command {
        let mut command = Command::new(binary);
        command
            .current_dir(&self.folder)
            .env("PROOFLINE_HOME", &self.home)
            .env("HOME", &self.home);
        command
    }

    fn hook(&self, bench: &Bench) -> Command {
        let mut command = self.command(&bench.proofline);
        command.args(["hook", "claude-code"]);
        command
    }

    /// What the agent says of a tool call.
    fn report(&self, event: &str, call: u32, file: &str) -> String {
        let folder = self.folder.display();
        let response = if event == "PostToolUse" {
            format!(
                ",\"tool_response\":{{\"filePath\":\"{folder}/{file}\",\"userModified\":false}}"
            )
        } else {
            String::new()
        };
        format!(
            "{{\"session_id\":\"bench\",\"transcript_path\":\"{folder}/none.jsonl\",\
             \"cwd\":\"{folder}\",\"permission_mode\":\"default\",\"hook_event_name\":\"{event}\",\
             \"tool_name\":\"Edit\",\"tool_use_id\":\"toolu_{file}_{call}\",\
             \"tool_input\":{{\"file_path\":\"{folder}/{file}\",\"old_string\":\"a\",\
             \"new_string\":\"b\"}}{response}}}"
        )
    }

    /// One edit as an agent makes it: announced, made, reported. Gives the two hooks' times.
    fn edit(
        &self,
        bench: &Bench,
        call: u32,
        file: &str,
    ) -> Result<[std::time::Duration; 2], String> {
        let before = self.report("PreToolUse", call, file);
        let announced = time_process(&mut self.hook(bench), before.as_bytes())?;
        write_file(&self.folder.join(file), call)?;
        let after = self.report("PostToolUse", call, file);
        let reported = time_process(&mut self.hook(bench), after.as_bytes())?;
        Ok([announced, reported])
    }

    fn entries_now(&self, bench: &Bench) -> Result<u64, String> {
        let mut command = self.command(&bench.proofline);
        let output = command
            .args(["verify", "--json"])
            .output()
            .map_err(|error| error.to_string())?;
        let report = String::from_utf8_lossy(&output.stdout).into_owned();
        if !report.contains("\"broken_at\":null") {
            return Err(format!("the chain does not verify: {report}"));
        }
        number_after(&report, "\"event_count\":").ok_or_else(|| "no event_count".into())
    }
}

/// The number that follows a key in canonical JSON.
fn number_after(text: &str, key: &str) -> Option<u64> {
    let (_, rest) = text.split_once(key)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The file after that many edits, each of which changes one line somewhere.
fn write_file(path: &Path, edits: u32) -> Result<(), String> {
    let mut text = String::new();
    let place = |edit: u32| edit.wrapping_mul(STRIDE).checked_rem(FILE_LINES);
    let edited: BTreeMap<_, _> = (1..=edits).map(|edit| (place(edit), edit)).collect();
    for number in 0..FILE_LINES {
        let edited = edited.get(&Some(number)).copied().unwrap_or_default();
        text.push_str(&format!(
            "    let value_{number} = compute({number}, {edited});\n"
        ));
    }
    std::fs::write(path, text).map_err(|error| error.to_string())
}

fn prepare(bench: &Bench, name: &str, entries: u32) -> Result<Project, String> {
    let folder = bench.folder.join(name);
    let home = bench.folder.join(format!("{name}-home"));
    for path in [&folder, &home] {
        std::fs::create_dir_all(path).map_err(|error| error.to_string())?;
    }
    run(program("git")
        .args(["init", "--quiet"])
        .current_dir(&folder))?;
    let project = Project {
        entries,
        folder,
        home,
    };
    write_file(&project.folder.join("file.rs"), 0)?;
    let fill = bench
        .proofline
        .with_file_name("examples")
        .join("fill_store");
    if entries > 0 {
        run(project
            .command(&fill)
            .arg(&project.folder)
            .arg(entries.to_string()))?;
    } else {
        capture(project.command(&bench.proofline).arg("init"))?;
    }
    Ok(project)
}

/// Measures hooks and gives the projects, filled.
pub(super) fn measure_all(bench: &Bench) -> Result<Vec<Project>, String> {
    let mut projects = Vec::new();
    for entries in bench.scale.store_sizes() {
        projects.push(prepare(bench, &format!("store-{entries}"), entries)?);
    }
    let mut hooks: Vec<[Samples; 2]> = projects.iter().map(|_| Default::default()).collect();
    let (mut start, mut sync) = (Samples::default(), Samples::default());
    // One call in each store in turn, so that a slow moment of the machine meets all of them.
    for call in 1..=bench.scale.calls() {
        start.push(bare_process(&bench.folder)?);
        sync.push(bare_fdatasync(&bench.folder)?);
        for (project, [pre, post]) in projects.iter().zip(&mut hooks) {
            let [announced, reported] = project.edit(bench, call, "file.rs")?;
            pre.push(announced);
            post.push(reported);
        }
    }
    let limit = start.p50().saturating_add(sync.p50());
    println!(
        "bare process start p50 {:.2} ms, bare fdatasync p50 {:.2} ms, p99 {:.2} ms",
        millis(start.p50()),
        millis(sync.p50()),
        millis(sync.p99())
    );
    let empty = hooks.first().map_or(limit, |[_, post]| post.p50());
    for (project, [pre, post]) in projects.iter().zip(&hooks) {
        let what = format!("edit hook, {} entries", project.entries);
        let (p50, p99) = (post.p50(), post.p99());
        let figure = format!("p50 {:.2} p99 {:.2} ms", millis(p50), millis(p99));
        let holds = millis(p50) <= P50_MILLIS_MAX && millis(p99) <= P99_MILLIS_MAX;
        line(&what, &figure, "p50 5 ms, p99 15 ms", holds);
        let beyond = millis(p50.saturating_sub(limit));
        let figure = format!("{beyond:.2} ms, {:.2} times", ratio(p50, limit));
        let holds = beyond <= BEYOND_LIMIT_MILLIS_MAX;
        line(
            "  beyond a bare process and fdatasync",
            &figure,
            "3 ms",
            holds,
        );
        let growth = ratio(p50, empty);
        line(
            "  against the empty store",
            &format!("{growth:.2}"),
            "1.2",
            growth <= GROWTH_MAX,
        );
        let figure = format!(
            "p50 {:.2} p99 {:.2} ms",
            millis(pre.p50()),
            millis(pre.p99())
        );
        line(
            "  the announcing hook",
            &figure,
            "p50 5 ms",
            millis(pre.p50()) <= P50_MILLIS_MAX,
        );
    }
    at_once(bench)?;
    Ok(projects)
}

/// Eight agents at once, each with a file of its own.
fn at_once(bench: &Bench) -> Result<(), String> {
    let project = prepare(bench, "at-once", 0)?;
    let before = project.entries_now(bench)?;
    let edits = bench.scale.calls_at_once().div_ceil(WRITERS).div_ceil(2);
    let mut all = Samples::default();
    std::thread::scope(|scope| {
        let project = &project;
        let writer = |number: u32| {
            move || -> Result<Samples, String> {
                let file = format!("file-{number}.rs");
                write_file(&project.folder.join(&file), 0)?;
                let mut samples = Samples::default();
                for call in 1..=edits {
                    let times = project.edit(bench, call, &file)?;
                    times.into_iter().for_each(|time| samples.push(time));
                }
                Ok(samples)
            }
        };
        let running: Vec<_> = (0..WRITERS).map(|n| scope.spawn(writer(n))).collect();
        for thread in running {
            let samples = thread
                .join()
                .map_err(|_| String::from("a writer panicked"))?;
            all.extend(samples?);
        }
        Ok::<(), String>(())
    })?;
    // The spool, if anything went there, is taken in by the next writer.
    project.edit(bench, 0, "file.rs")?;
    let appended = project.entries_now(bench)?.saturating_sub(before);
    // An edit is an announcement, a tool call and a hunk at least.
    let wanted = u64::from(WRITERS)
        .saturating_mul(u64::from(edits))
        .saturating_mul(3);
    let figure = format!("{appended} entries of {wanted}");
    line(
        "8 writers at once: nothing lost",
        &figure,
        "all",
        appended >= wanted,
    );
    let (p50, p99) = (millis(all.p50()), millis(all.p99()));
    let figure = format!("p50 {p50:.1} p99 {p99:.1} ms");
    line(
        "8 writers at once: latency",
        &figure,
        "p99 100 ms",
        p99 <= P99_AT_ONCE_MILLIS_MAX,
    );
    Ok(())
}
