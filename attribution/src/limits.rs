//! Every limit of the fold, by name. `docs/attribution.md` lists them.

/// Files of one event.
pub const MAX_EVENT_FILES: usize = 20_000;
/// Different paths of one fold.
pub const MAX_PATHS: u64 = 1_000_000;
/// File states of one fold, a state being a path with a content.
pub const MAX_STATES: u64 = 4_000_000;
/// Hunks, moves, reflows and copies that are kept to derive old states again.
pub const MAX_WITNESSES: u64 = 16_000_000;
/// Runs of the maps that are kept: those of live states, and every so often one of an old state.
pub const MAX_RUNS: u64 = 8_000_000;
/// Runs of one map.
pub const MAX_MAP_RUNS: u64 = 2_000_000;
/// Runs that are read and written in all, which bounds the time a fold takes.
pub const MAX_STEPS: u64 = 4_000_000_000;
/// So many changes after a kept map another one is kept, so that no derivation is long.
pub(crate) const KEEP_EVERY: u32 = 64;

/// The limits of one fold; [`Limits::default`] are the constants of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// See [`MAX_PATHS`].
    pub paths_max: u64,
    /// See [`MAX_STATES`].
    pub states_max: u64,
    /// See [`MAX_WITNESSES`].
    pub witnesses_max: u64,
    /// See [`MAX_RUNS`].
    pub runs_max: u64,
    /// See [`MAX_MAP_RUNS`].
    pub map_runs_max: u64,
    /// See [`MAX_STEPS`].
    pub steps_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            paths_max: MAX_PATHS,
            states_max: MAX_STATES,
            witnesses_max: MAX_WITNESSES,
            runs_max: MAX_RUNS,
            map_runs_max: MAX_MAP_RUNS,
            steps_max: MAX_STEPS,
        }
    }
}
