//! Completeness: sessions against their ends, gaps that the recorder admits, the expected tip.

use proofline_format::archive::Source;

use super::container::Container;
use super::entries::Run;
use super::objects::Objects;
use crate::finding::{Code, Place};
use crate::policy::Policy;
use crate::report::{Check, Report};

/// Gaps that are listed one by one; all are counted.
const MAX_GAPS_LISTED: usize = 20;

/// Checks what can be said about things left out.
pub(crate) fn check<S: Source + ?Sized>(
    container: &Container<'_, S>,
    run: &Run,
    objects: &Objects,
    policy: &Policy,
    report: &mut Report,
) {
    if run.count == 0 {
        return;
    }
    check_ends(container, run, objects, report);
    report.performed(Check::Sessions);
    if !run.is_contiguous(0, run.range.map_or(0, |(_, last)| last)) {
        let text = "the bundle does not show every entry from the first on";
        report.found(Code::PartNotWhole, Place::Bundle, text);
    }
    if run.sessions_dropped > 0 {
        let text = format!(
            "{} entries are of sessions beyond the limit",
            run.sessions_dropped
        );
        report.found(Code::SessionOpen, Place::Bundle, text);
    }
    if run.sessions_open > 0 {
        let text = format!("{} sessions have no end in this bundle", run.sessions_open);
        report.found(Code::SessionOpen, Place::Bundle, text);
    }
    for index in run.gaps.iter().take(MAX_GAPS_LISTED) {
        let text = format!("entry {index}: the recorder says that something was lost to capture");
        report.found(Code::CaptureGap, Place::Entry(*index), text);
    }
    let Some(expected) = policy.expected_tip else {
        let text = "no expected tip was given: a tail cut together with its newest token cannot be \
                    excluded; pass --expect-tip with the tip from the delivery note";
        report.found(Code::TipNotGiven, Place::Bundle, text);
        return;
    };
    report.performed(Check::ExpectedTip);
    if run.tip != Some(expected) {
        let computed = run.tip.map_or("null".into(), |tip| tip.to_string());
        let text = format!("expected tip {expected}, computed {computed}");
        report.found(Code::TipMismatch, Place::Bundle, text);
    }
}

/// Every session end whose summary is here and whose session lies wholly in the bundle.
fn check_ends<S: Source + ?Sized>(
    container: &Container<'_, S>,
    run: &Run,
    objects: &Objects,
    report: &mut Report,
) {
    let asked_for = &container.manifest().filter.sessions;
    for end in &run.session_ends {
        let Some(summary) = end
            .summary
            .and_then(|address| objects.summaries.get(&address))
        else {
            let text = format!(
                "entry {} ends a session without a summary in the bundle",
                end.index
            );
            report.found(Code::SessionOpen, Place::Entry(end.index), text);
            continue;
        };
        let shown = run.is_contiguous(summary.first_index.min(end.index), end.index)
            || asked_for.contains(&end.session_id);
        if !shown {
            continue;
        }
        let claimed = (
            summary.count,
            summary.first_index,
            summary.last_index,
            summary.root,
        );
        if end.computed != Some(claimed) || summary.session_id != end.session_id {
            let computed =
                end.computed
                    .map_or("no entries".into(), |(count, first, last, root)| {
                        format!("{count} entries from {first} to {last} with root {root}")
                    });
            let text = format!(
                "entry {} claims {} entries from {} to {} with root {}, computed {computed}",
                end.index, summary.count, summary.first_index, summary.last_index, summary.root
            );
            report.found(Code::SessionRootMismatch, Place::Entry(end.index), text);
        }
    }
}
