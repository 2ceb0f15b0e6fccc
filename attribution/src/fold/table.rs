//! The states of a fold, and which of their maps are kept.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use proofline_format::digest::Hash;
use proofline_format::encoding::hex_array;
use proofline_format::object::FileState;

use super::{State, StateId};
use crate::derive::{Maps, Recipe, derive, step};
use crate::fault::Budget;
use crate::limits::{KEEP_EVERY, Limits};
use crate::line_map::LineMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PathId(u32);

/// A git object id of either length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Oid {
    Sha1([u8; 20]),
    Sha256([u8; 32]),
}

impl Oid {
    fn parse(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        hex_array(text)
            .map(Self::Sha1)
            .or_else(|| hex_array(text).map(Self::Sha256))
    }
}

#[derive(Debug, Clone)]
struct Node {
    path: PathId,
    sha256: Hash,
    lines: u64,
    recipe: Recipe,
    /// How many changes it is away from maps that are kept for good; 0 is one of these.
    depth: u32,
    map: Option<Arc<LineMap>>,
}

#[derive(Debug, Clone, Default)]
struct PathNode {
    name: Arc<str>,
    live: Option<StateId>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    limits: Limits,
    path_ids: BTreeMap<Arc<str>, PathId>,
    paths: Vec<PathNode>,
    nodes: Vec<Node>,
    by_content: BTreeMap<(PathId, Hash), StateId>,
    by_oid: BTreeMap<(Oid, PathId), StateId>,
    runs: u64,
    witnesses: u64,
    steps: u64,
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The next number, within a limit.
fn next_id(length: usize, what: &'static str, limit: u64) -> Result<u32, Budget> {
    let id = u32::try_from(length).ok();
    id.filter(|_| count(length) < limit)
        .ok_or(Budget { what, limit })
}

impl Table {
    pub(super) fn with_limits(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    pub(super) fn known_path(&self, path: &str) -> Option<PathId> {
        self.path_ids.get(path).copied()
    }

    pub(super) fn is_seen(&self, path: &str) -> bool {
        self.path_ids.contains_key(path)
    }

    pub(super) fn path(&mut self, path: &str) -> Result<PathId, Budget> {
        if let Some(id) = self.known_path(path) {
            return Ok(id);
        }
        let id = PathId(next_id(self.paths.len(), "paths", self.limits.paths_max)?);
        let name: Arc<str> = path.into();
        self.path_ids.insert(Arc::clone(&name), id);
        self.paths.push(PathNode { name, live: None });
        Ok(id)
    }

    fn path_at(&self, id: PathId) -> Option<&PathNode> {
        self.paths.get(usize::try_from(id.0).ok()?)
    }

    fn node(&self, id: StateId) -> Option<&Node> {
        self.nodes.get(usize::try_from(id.0).ok()?)
    }

    fn node_mut(&mut self, id: StateId) -> Option<&mut Node> {
        self.nodes.get_mut(usize::try_from(id.0).ok()?)
    }

    pub(super) fn find(&self, path: PathId, sha256: Hash) -> Option<StateId> {
        self.by_content.get(&(path, sha256)).copied()
    }

    pub(super) fn find_oid(&self, path: PathId, oid: &str) -> Option<StateId> {
        self.by_oid.get(&(Oid::parse(oid)?, path)).copied()
    }

    pub(super) fn all_with_oid(&self, oid: &str) -> impl Iterator<Item = StateId> {
        let range = Oid::parse(oid).map(|oid| {
            let all = (oid, PathId(0))..=(oid, PathId(u32::MAX));
            self.by_oid.range(all).map(|(_, id)| *id)
        });
        range.into_iter().flatten()
    }

    /// The state of a path with that content, or one that git holds for the same: as many lines,
    /// and equal but for what git itself changes on the way in and out.
    pub(super) fn find_or_adopt(
        &mut self,
        path: PathId,
        state: &FileState,
    ) -> Result<Option<StateId>, Budget> {
        if let Some(id) = self.find(path, state.sha256) {
            self.learn_oid(id, state)?;
            return Ok(Some(id));
        }
        let oid = state.git_oid.as_deref();
        let twin = oid.and_then(|oid| self.find_oid(path, oid));
        let twin = twin.filter(|twin| self.lines(*twin) == state.lines);
        if let Some(id) = twin {
            self.by_content.insert((path, state.sha256), id);
        }
        Ok(twin)
    }

    pub(super) fn learn_oid(&mut self, id: StateId, state: &FileState) -> Result<(), Budget> {
        let path = self.node(id).map(|node| node.path);
        let oid = state.git_oid.as_deref().and_then(Oid::parse);
        if let (Some(path), Some(oid)) = (path, oid) {
            let states_max = self.limits.states_max.saturating_mul(2);
            if count(self.by_oid.len()) >= states_max {
                return Err(Budget {
                    what: "git object ids",
                    limit: states_max,
                });
            }
            self.by_oid.entry((oid, path)).or_insert(id);
        }
        Ok(())
    }

    pub(super) fn lines(&self, id: StateId) -> u64 {
        self.node(id).map_or(0, |node| node.lines)
    }

    pub(super) fn describe(&self, id: StateId) -> Option<State<'_>> {
        let node = self.node(id)?;
        Some(State {
            path: &self.path_at(node.path)?.name,
            sha256: node.sha256,
            lines: node.lines,
        })
    }

    pub(super) fn live(&self, path: PathId) -> Option<StateId> {
        self.path_at(path)?.live
    }

    pub(super) fn all_live(&self) -> impl Iterator<Item = StateId> {
        self.path_ids.values().filter_map(|path| self.live(*path))
    }

    /// Says which state a path is in. The map of the one it was in is let go.
    pub(super) fn set_live(&mut self, path: PathId, state: Option<StateId>) {
        let Some(node) = usize::try_from(path.0)
            .ok()
            .and_then(|at| self.paths.get_mut(at))
        else {
            return;
        };
        let last = core::mem::replace(&mut node.live, state);
        let Some(last) = last.filter(|last| Some(*last) != state) else {
            return;
        };
        let dropped = self
            .node_mut(last)
            .filter(|node| node.depth > 0)
            .and_then(|node| node.map.take());
        if let Some(map) = dropped {
            self.runs = self.runs.saturating_sub(count(map.runs().len()));
        }
    }

    pub(super) fn charge(&mut self, witnesses: u64) -> Result<(), Budget> {
        self.witnesses = self.witnesses.saturating_add(witnesses);
        if self.witnesses > self.limits.witnesses_max {
            return Err(Budget {
                what: "hunks, moves, reflows and copies",
                limit: self.limits.witnesses_max,
            });
        }
        Ok(())
    }

    /// Adds a state with its map; the caller has looked that it is new.
    pub(super) fn insert(
        &mut self,
        path: PathId,
        state: &FileState,
        recipe: Recipe,
    ) -> Result<StateId, Budget> {
        let limit = self.limits.states_max;
        let id = StateId(next_id(self.nodes.len(), "file states", limit)?);
        let mut depth = 0;
        if let Recipe::Derived(derivation) = &recipe {
            let needed = derivation.needs().filter_map(|id| self.node(id));
            depth = needed.map(|node| node.depth).max().unwrap_or(0);
            depth = depth.saturating_add(1) % KEEP_EVERY;
        }
        self.nodes.push(Node {
            path,
            sha256: state.sha256,
            lines: state.lines,
            recipe,
            depth,
            map: None,
        });
        let mut steps = self.steps;
        let map = self.map(id, &mut steps)?;
        self.steps = steps;
        self.keep(id, map)?;
        self.by_content.insert((path, state.sha256), id);
        self.learn_oid(id, state)?;
        Ok(id)
    }

    fn keep(&mut self, id: StateId, map: Arc<LineMap>) -> Result<(), Budget> {
        self.runs = self.runs.saturating_add(count(map.runs().len()));
        if self.runs > self.limits.runs_max {
            return Err(Budget {
                what: "runs",
                limit: self.limits.runs_max,
            });
        }
        if let Some(node) = self.node_mut(id) {
            node.map = Some(map);
        }
        Ok(())
    }

    /// The map of a state, derived from the nearest ones that are kept.
    ///
    /// A derivation needs only earlier states, so this comes to an end.
    pub(super) fn map(&self, id: StateId, steps: &mut u64) -> Result<Arc<LineMap>, Budget> {
        let mut maps = Maps::new();
        let mut wanted = alloc::vec![id];
        while let Some(&top) = wanted.last() {
            step(steps, &self.limits)?;
            let Some(node) = self.node(top).filter(|_| !maps.contains_key(&top)) else {
                wanted.pop();
                continue;
            };
            let map = match (&node.map, &node.recipe) {
                (Some(map), _) => Arc::clone(map),
                (None, Recipe::Uniform(piece)) => LineMap::uniform(node.lines, *piece).into(),
                (None, Recipe::Derived(derivation)) => {
                    let waiting = wanted.len();
                    wanted.extend(derivation.needs().filter(|id| !maps.contains_key(id)));
                    if wanted.len() > waiting {
                        continue;
                    }
                    derive(derivation, &maps, &self.limits, steps)?.into()
                }
            };
            maps.insert(top, map);
            wanted.pop();
        }
        Ok(maps.remove(&id).unwrap_or_default())
    }
}
