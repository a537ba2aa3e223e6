//! Writes that were cut off: each moment, with the tracker and without.

use super::{Cell, Lasting, Table, Tone};
use model::lasting::{CutMoment, WriteCount, WriteRound, WriteWay};
use rules::words::{count, cut_moment, duration};

/// Moments by ways.
pub(super) fn writes(all: &Lasting) -> Table {
    let head = ["Cut", "With the tracker", "Again without asking"];
    let mut table = Table::new("writes", "How often each write was done", &head);
    let known = |moment: &CutMoment| {
        let counted = all.counts.iter().any(|one| one.moment == *moment);
        counted || all.rounds.iter().any(|one| one.moment == *moment)
    };
    let moments: Vec<CutMoment> = CutMoment::all().into_iter().filter(known).collect();
    let cell = |moment: CutMoment, way: WriteWay| {
        let mut counts = all.counts.iter();
        let mut rounds = all.rounds.iter();
        let count = counts.find(|one| one.moment == moment && one.way == way);
        let round = rounds.find(|one| one.moment == moment && one.way == way);
        done(count, round)
    };
    table.rows = moments
        .into_iter()
        .map(|moment| {
            vec![
                Cell::text(cut_moment(moment)),
                cell(moment, WriteWay::Tracked),
                cell(moment, WriteWay::Blind),
            ]
        })
        .collect();
    table
}

/// How often the writes of a round were done, and how they were settled.
fn done(counted: Option<&WriteCount>, round: Option<&WriteRound>) -> Cell {
    let how = round.map(settled).unwrap_or_default();
    let Some(counted) = counted else {
        let text = if round.is_some() {
            "not counted yet"
        } else {
            "not done"
        };
        return Cell::of(Tone::Idle, text).with(how);
    };
    let odd = [
        (counted.lost, "lost"),
        (counted.doubled, "doubled"),
        (counted.unknown, "unknown"),
    ];
    let odd = odd.into_iter().filter(|(times, _)| *times > 0);
    let odd: Vec<String> = odd.map(|(times, word)| format!("{times} {word}")).collect();
    let once = format!("{} of {} once", counted.once, counted.operations);
    if odd.is_empty() {
        return Cell::of(Tone::Ok, once).with(how);
    }
    let tone = if counted.lost + counted.doubled > 0 {
        Tone::Bad
    } else {
        Tone::Warn
    };
    Cell::of(tone, format!("{once}, {}", odd.join(", "))).with(how)
}

fn settled(round: &WriteRound) -> String {
    let number = |many: u32| usize::try_from(many).unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    if round.known > 0 {
        parts.push(format!("{} known to the tracker", round.known));
    }
    if round.reissued > 0 {
        parts.push(format!("{} done again", round.reissued));
    }
    if round.refused_by_key > 0 {
        parts.push(format!("{} refused by its key", round.refused_by_key));
    }
    if round.unsettled > 0 {
        parts.push(count(number(round.unsettled), "given up", "given up"));
    }
    parts.push(format!("in {}", duration(round.elapsed_us)));
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Observation, StepKind};

    #[test]
    fn moments_by_ways_with_blind_retry_beside() {
        let mut all = Lasting::default();
        let moment = CutMoment::AfterCommit;
        for (way, reissued) in [(WriteWay::Tracked, 2), (WriteWay::Blind, 20)] {
            all.see(&Observation::WriteRound(WriteRound {
                moment,
                way,
                operations: 20,
                known: 20 - reissued,
                reissued,
                refused_by_key: 0,
                unsettled: 0,
                elapsed_us: 2_000_000,
            }));
        }
        let row = |all: &Lasting| {
            let tables = all.tables(StepKind::TrackedWrites);
            tables[0].rows[0].iter().map(Cell::line).collect::<Vec<_>>()
        };
        assert_eq!(
            row(&all)[1],
            "– not counted yet (18 known to the tracker, 2 done again, in 2 s)"
        );
        for (way, doubled) in [(WriteWay::Tracked, 0), (WriteWay::Blind, 18)] {
            all.see(&Observation::WriteCount(WriteCount {
                moment,
                way,
                operations: 20,
                once: 20 - doubled,
                lost: 0,
                doubled,
                unknown: 0,
            }));
        }
        assert_eq!(row(&all)[0], "after COMMIT was sent");
        assert!(
            row(&all)[1].starts_with("✓ 20 of 20 once ("),
            "{:?}",
            row(&all)
        );
        assert!(
            row(&all)[2].starts_with("✕ 2 of 20 once, 18 doubled ("),
            "{:?}",
            row(&all)
        );
    }
}
