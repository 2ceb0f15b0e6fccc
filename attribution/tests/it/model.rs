//! Random histories with a token on every line, which says who wrote it: the ground truth.

use std::collections::BTreeMap;

use proofline_attribution::{Cause, Event, FileChange, Fold, Policy, Provenance};
use proofline_format::entry::Hunk;
use proofline_format::object::{CopiedLines, CopySource, FileState};
use proptest::prelude::*;

use crate::samples::{change, event, moved, state};

/// A line of the model: its token, its white space, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    token: u64,
    indent: usize,
    substantive: (u64, u64),
    strict: (u64, u64),
}

type Lines = Vec<Line>;

fn text(lines: &[Line]) -> String {
    let line = |line: &Line| format!("{}token {}\n", " ".repeat(line.indent), line.token);
    lines.iter().map(line).collect()
}

fn file_state(lines: &Option<Lines>) -> Option<FileState> {
    lines.as_ref().map(|lines| state(&text(lines)))
}

/// A block of at least one line within so many.
fn within(block: (usize, usize), lines: usize) -> Option<(usize, usize)> {
    let start = block.0.checked_rem(lines)?;
    Some((start, block.1.min(lines - start)))
}

/// One random step; the numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Op {
    /// Replaces lines at some places, each apart from the next.
    Edit {
        file: usize,
        nobody: bool,
        places: Vec<(usize, usize, usize)>,
    },
    /// Moves a block down or up within the file.
    Move {
        file: usize,
        block: (usize, usize),
        to: usize,
    },
    Reindent {
        file: usize,
        block: (usize, usize),
    },
    Rename {
        file: usize,
    },
    Delete {
        file: usize,
    },
    /// Brings an earlier content of the path back, unseen.
    Restore {
        file: usize,
        which: usize,
    },
    /// Commits ranges of earlier contents, and lines that nobody knows.
    Commit {
        file: usize,
        ranges: Vec<(usize, usize, usize)>,
        fresh: usize,
    },
}

fn any_op() -> impl Strategy<Value = Op> {
    let file = || 0..3_usize;
    let pair = || (0..40_usize, 1..5_usize);
    let triple = || (0..8_usize, 0..4_usize, 0..4_usize);
    prop_oneof![
        5 => (file(), any::<bool>(), prop::collection::vec(triple(), 1..4))
            .prop_map(|(file, nobody, places)| Op::Edit { file, nobody, places }),
        2 => (file(), pair(), 0..40_usize).prop_map(|(file, block, to)| Op::Move { file, block, to }),
        2 => (file(), pair()).prop_map(|(file, block)| Op::Reindent { file, block }),
        1 => file().prop_map(|file| Op::Rename { file }),
        1 => file().prop_map(|file| Op::Delete { file }),
        2 => (file(), 0..50_usize).prop_map(|(file, which)| Op::Restore { file, which }),
        2 => (file(), prop::collection::vec((0..50_usize, 0..40_usize, 1..6_usize), 0..4), 0..3_usize)
            .prop_map(|(file, ranges, fresh)| Op::Commit { file, ranges, fresh }),
    ]
}

#[derive(Default)]
struct World {
    files: [Option<Lines>; 3],
    names: [u64; 3],
    /// Every content that a path had, in order; the truth of the first stays.
    past: BTreeMap<String, Vec<Lines>>,
    first: BTreeMap<(String, String), Lines>,
    next_token: u64,
    next_name: u64,
    next_index: u64,
    /// How often each kind of evidence was written.
    written: [u64; 4],
    /// Which entry wrote a token.
    writers: BTreeMap<u64, u64>,
    events: Vec<Event>,
}

impl World {
    fn name(&self, file: usize) -> String {
        format!("dir/{file}-{}", self.names[file])
    }

    fn fresh(&mut self, entry: u64, line: u64) -> Line {
        self.next_token += 1;
        self.writers.insert(self.next_token, entry);
        Line {
            token: self.next_token,
            indent: 0,
            substantive: (entry, line),
            strict: (entry, line),
        }
    }

    /// Ends an event: the state after gets its truth, unless it had one before.
    fn end(&mut self, file: usize, cause: Cause, mut change: FileChange, after: Option<Lines>) {
        change.after = file_state(&after);
        // Copied twice, a line has a twin, and to exchange the two is no change.
        if change.before == change.after && change.path_before.is_none() {
            return;
        }
        let index = self.next_index;
        let kinds = [
            change.hunks.len(),
            change.moves.len(),
            change.reflows.len(),
            change.copies.len(),
        ];
        for (count, more) in self.written.iter_mut().zip(kinds) {
            *count += more as u64;
        }
        let made = event(index, cause, vec![change]);
        self.next_index = index + 100;
        self.events.push(made);
        self.files[file] = after.map(|lines| {
            let name = self.name(file);
            let key = (name.clone(), text(&lines));
            let truth = self.first.entry(key).or_insert(lines).clone();
            self.past.entry(name).or_default().push(truth.clone());
            truth
        });
    }

    fn start(&self, file: usize) -> FileChange {
        change(&self.name(file), file_state(&self.files[file]), None, &[])
    }

    /// Replaces old ranges, sorted and apart; gives the lines after and the hunks.
    fn replaced(
        &mut self,
        file: usize,
        edits: &[(usize, usize, Vec<Option<Line>>)],
    ) -> (Lines, Vec<Hunk>) {
        let old = self.files[file].clone().unwrap_or_default();
        let (mut new, mut hunks, mut at) = (Vec::new(), Vec::new(), 0);
        for (start, length, lines) in edits {
            new.extend_from_slice(&old[at..*start]);
            let entry = self.next_index + 1 + hunks.len() as u64;
            let number = |start: usize, length: usize| (start + usize::from(length > 0)) as u64;
            hunks.push(Hunk {
                old_start: number(*start, *length),
                old_lines: *length as u64,
                new_start: number(new.len(), lines.len()),
                new_lines: lines.len() as u64,
            });
            for line in lines {
                let number = new.len() as u64 + 1;
                new.push(match line {
                    None => self.fresh(entry, number),
                    Some(kept) => Line {
                        strict: (entry, number),
                        ..kept.clone()
                    },
                });
            }
            at = start + length;
        }
        new.extend_from_slice(&old[at..]);
        (new, hunks)
    }

    fn edit(&mut self, file: usize, nobody: bool, places: &[(usize, usize, usize)]) {
        let length = self.files[file].as_ref().map_or(0, Vec::len);
        let (mut edits, mut at) = (Vec::new(), 0);
        for (skip, old, new) in places {
            let gap = usize::from(!edits.is_empty());
            let room = length.saturating_sub(at + gap);
            let start = at + gap + skip.checked_rem(room + 1).unwrap_or(0);
            if start > length {
                break;
            }
            let old = (*old).min(length - start);
            if old + new > 0 {
                edits.push((start, old, vec![None; *new]));
                at = start + old;
            }
        }
        let creation = self.files[file].is_none();
        if edits.is_empty() || (creation && edits[0].2.is_empty()) {
            return;
        }
        let mut change = self.start(file);
        let (after, hunks) = self.replaced(file, &edits);
        change.hunks = hunks;
        let cause = if nobody {
            Cause::Unobserved
        } else {
            Cause::Edit
        };
        self.end(file, cause, change, Some(after));
    }

    fn move_block(&mut self, file: usize, block: (usize, usize), to: usize) {
        let Some(lines) = self.files[file].clone() else {
            return;
        };
        let Some((start, length)) = within(block, lines.len()) else {
            return;
        };
        let to = to % (lines.len() + 1);
        let taken: Vec<_> = lines[start..start + length]
            .iter()
            .cloned()
            .map(Some)
            .collect();
        let (gone, here) = ((start, length, Vec::new()), (to, 0, taken));
        let edits = if to > start + length {
            [gone, here]
        } else if to < start {
            [here, gone]
        } else {
            return;
        };
        let mut change = self.start(file);
        let (after, hunks) = self.replaced(file, &edits);
        let target = hunks.iter().find(|hunk| hunk.new_lines > 0).unwrap();
        change.moves = vec![moved(
            None,
            start as u64 + 1,
            length as u64,
            target.new_start,
        )];
        change.hunks = hunks;
        self.end(file, Cause::Edit, change, Some(after));
    }

    fn reindent(&mut self, file: usize, block: (usize, usize)) {
        let Some(lines) = self.files[file].clone() else {
            return;
        };
        let Some((start, length)) = within(block, lines.len()) else {
            return;
        };
        let indented = |line: &Line| {
            Some(Line {
                indent: (line.indent + 1) % 3,
                ..line.clone()
            })
        };
        let new: Vec<_> = lines[start..start + length].iter().map(indented).collect();
        let mut change = self.start(file);
        let (after, hunks) = self.replaced(file, &[(start, length, new)]);
        change.reflows.clone_from(&hunks);
        change.hunks = hunks;
        self.end(file, Cause::Edit, change, Some(after));
    }

    fn restore(&mut self, file: usize, which: usize) {
        let Some(past) = self.past.get(&self.name(file)) else {
            return;
        };
        let then = past[which % past.len()].clone();
        let mut change = self.start(file);
        change.after = Some(state(&text(&then)));
        let (old, new) = (
            change.before.as_ref().map_or(0, |s| s.lines),
            then.len() as u64,
        );
        if change.before == change.after {
            return;
        }
        // A witness that says: all of it went, all of it came.
        if old + new > 0 {
            change.hunks = vec![Hunk {
                old_start: u64::from(old > 0),
                old_lines: old,
                new_start: u64::from(new > 0),
                new_lines: new,
            }];
        }
        self.end(file, Cause::Unobserved, change, Some(then));
    }

    fn commit(&mut self, file: usize, ranges: &[(usize, usize, usize)], fresh: usize) {
        let name = self.name(file);
        let Some(past) = self.past.get(&name).cloned() else {
            return;
        };
        let (mut after, mut copies) = (Vec::new(), Vec::new());
        for (which, start, length) in ranges {
            let source = &past[which % past.len()];
            let Some((start, length)) = within((*start, *length), source.len()) else {
                continue;
            };
            copies.push(CopiedLines {
                source: CopySource::Sha256(state(&text(source)).sha256),
                source_path: name.clone(),
                old_start: start as u64 + 1,
                lines: length as u64,
                new_start: after.len() as u64 + 1,
            });
            after.extend_from_slice(&source[start..start + length]);
        }
        if copies.is_empty() {
            return;
        }
        for _ in 0..fresh {
            let line = self.fresh(self.next_index + 1, after.len() as u64 + 1);
            after.push(line);
        }
        let mut change = self.start(file);
        change.copies = copies;
        if change.before.as_ref().map(|s| s.sha256) == Some(state(&text(&after)).sha256) {
            return;
        }
        self.end(file, Cause::Commit, change, Some(after));
    }

    fn run(&mut self, op: &Op) {
        match op {
            Op::Edit {
                file,
                nobody,
                places,
            } => self.edit(*file, *nobody, places),
            Op::Move { file, block, to } => self.move_block(*file, *block, *to),
            Op::Reindent { file, block } => self.reindent(*file, *block),
            Op::Restore { file, which } => self.restore(*file, *which),
            Op::Commit {
                file,
                ranges,
                fresh,
            } => self.commit(*file, ranges, *fresh),
            Op::Rename { file } => {
                if let Some(lines) = self.files[*file].clone() {
                    let mut change = self.start(*file);
                    change.path_before = Some(change.path);
                    self.next_name += 1;
                    self.names[*file] = self.next_name;
                    change.path = self.name(*file);
                    self.end(*file, Cause::Edit, change, Some(lines));
                }
            }
            Op::Delete { file } => {
                if self.files[*file].is_some() {
                    let change = self.start(*file);
                    self.end(*file, Cause::Edit, change, None);
                }
            }
        }
    }

    /// Holds every live file of the fold to the truth.
    fn compare(&self, fold: &Fold) -> Result<(), TestCaseError> {
        for (file, lines) in self.files.iter().enumerate() {
            let Some(lines) = lines else {
                prop_assert_eq!(fold.live(&self.name(file)), None);
                continue;
            };
            let map = fold.map(fold.live(&self.name(file)).unwrap()).unwrap();
            prop_assert_eq!(map.lines(), lines.len() as u64);
            for (number, line) in (1..).zip(lines) {
                let piece = map.line(number).unwrap();
                let origin = |(index, line)| Provenance::Entry { index, line };
                prop_assert_eq!(piece.substantive, origin(line.substantive));
                prop_assert_eq!(piece.strict, origin(line.strict));
                // Nobody gains a line whose token he never wrote.
                let Provenance::Entry { index, .. } = piece.provenance(Policy::Substantive) else {
                    continue;
                };
                prop_assert_eq!(self.writers.get(&line.token), Some(&index));
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_fold_agrees_with_who_wrote_what(ops in prop::collection::vec(any_op(), 1..60)) {
        let mut world = World { next_index: 1, ..World::default() };
        let mut fold = Fold::default();
        let mut taken = 0;
        for op in &ops {
            world.run(op);
            for event in &world.events[taken..] {
                prop_assert_eq!(fold.apply(event).unwrap(), Vec::new(), "{:?}", event);
            }
            taken = world.events.len();
            world.compare(&fold)?;
        }
    }

    /// A verifier that stops and goes on says what one says that does not.
    #[test]
    fn a_fold_may_be_cut_anywhere(
        ops in prop::collection::vec(any_op(), 1..40),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut world = World { next_index: 1, ..World::default() };
        ops.iter().for_each(|op| world.run(op));
        let (prefix, rest) = world.events.split_at(cut.index(world.events.len() + 1));
        let mut whole = Fold::default();
        let mut first = Fold::default();
        for event in &world.events {
            whole.apply(event).unwrap();
        }
        for event in prefix {
            first.apply(event).unwrap();
        }
        let mut second = first.clone();
        for event in rest {
            second.apply(event).unwrap();
        }
        let say = |fold: &Fold| {
            use proofline_attribution::report::report;
            report(fold, fold.all_live(), Policy::Substantive).unwrap().to_bytes()
        };
        prop_assert_eq!(say(&whole), say(&second));
        world.compare(&second)?;
    }
}

/// The model writes enough of everything to find something.
#[test]
fn the_model_is_not_idle() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut world = World {
        next_index: 1,
        ..World::default()
    };
    for _ in 0..2_000 {
        let op = any_op().new_tree(&mut runner).unwrap().current();
        world.run(&op);
    }
    let [hunks, moves, reflows, copies] = world.written;
    assert!(
        hunks > 1_500 && moves > 50 && reflows > 100 && copies > 100,
        "{:?}",
        world.written
    );
}
