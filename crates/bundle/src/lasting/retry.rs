//! The retry loop: how its operations failed, and what each policy would have made of them.

use super::{Cell, Lasting, Table, Tone};
use rules::replay::{Failed, Policy, Replay, Transients, replay};
use rules::words::{count, duration, one_line};

/// Operations that ended alike.
struct Alike {
    times: u64,
    first_us: u64,
    last_us: u64,
}

/// By how they ended: those that worked, then each way to fail.
pub(super) fn operations(all: &Lasting) -> Table {
    let head = ["Operations", "Times", "First", "Last", "Transient"];
    let mut table = Table::new("operations", "How the operations ended", &head);
    let kinds = all.timeline.kinds();
    let mut ends: Vec<Option<Alike>> = (0..=kinds.len()).map(|_| None).collect();
    for one in all.timeline.operations() {
        // Those that worked stand first.
        let place = one.failed.map_or(0, |kind| kind as usize + 1);
        let at = one.started_us;
        if let Some(end) = ends.get_mut(place) {
            let end = end.get_or_insert(Alike {
                times: 0,
                first_us: at,
                last_us: at,
            });
            end.times += 1;
            end.first_us = end.first_us.min(at);
            end.last_us = end.last_us.max(at);
        }
    }
    let names = std::iter::once(None).chain(kinds.iter().map(Some));
    let rows = names.zip(ends).filter_map(|(kind, end)| Some((kind, end?)));
    table.rows = rows.map(|(kind, end)| ended(kind, &end)).collect();
    if all.passed_over > 0 {
        let more = count(
            usize::try_from(all.passed_over).unwrap_or(usize::MAX),
            "operation was",
            "operations were",
        );
        table.notes.push(format!(
            "{more} not begun, because as many as allowed were under way."
        ));
    }
    if all.timeline.left_out() > 0 {
        table.notes.push(format!(
            "{} more were too many to keep.",
            all.timeline.left_out()
        ));
    }
    table
}

fn ended(kind: Option<&Failed>, end: &Alike) -> Vec<Cell> {
    let (name, again) = match kind {
        None => (Cell::of(Tone::Ok, "worked"), Cell::none()),
        Some(kind) => {
            let code = one_line(&kind.code.as_str().replace('_', " "), 100);
            let name = match kind.number {
                Some(number) => Cell::of(Tone::Bad, number.to_string()).with(code),
                None => Cell::of(Tone::Bad, code),
            };
            let listed = kind
                .number
                .is_some_and(|number| Transients::Any.has(number));
            (name, Cell::text(if listed { "yes" } else { "no" }))
        }
    };
    vec![
        name,
        Cell::num(end.times.to_string()),
        Cell::num(format!("+{}", duration(end.first_us))),
        Cell::num(format!("+{}", duration(end.last_us))),
        again,
    ]
}

/// What the usual policies would have come to.
pub(super) fn replays(all: &Lasting) -> Table {
    let usual = Policy::usual(&all.kind);
    let named = usual.iter().map(|(name, policy)| (*name, policy));
    policies(all, named)
}

/// What these policies, each with its name, would have come to.
#[must_use]
pub fn policies<'a>(
    all: &Lasting,
    policies: impl IntoIterator<Item = (&'a str, &'a Policy)>,
) -> Table {
    let head = [
        "Policy",
        "Would have succeeded",
        "Rescued",
        "Attempts",
        "Doubled retries",
        "Added, median",
        "Added, worst",
    ];
    let mut table = Table::new(
        "policies",
        "What a retry policy would have made of it",
        &head,
    );
    if all.timeline.operations().is_empty() {
        return table;
    }
    for (name, policy) in policies {
        table
            .rows
            .push(came_to(name, &replay(&all.timeline, policy)));
    }
    table
}

fn came_to(name: &str, played: &Replay) -> Vec<Cell> {
    let tone = match (played.failed, played.undecided) {
        (0, 0) => Tone::Ok,
        (failed, _) if failed == played.not_transient => Tone::Warn,
        _ => Tone::Bad,
    };
    let mut more = Vec::new();
    if played.not_transient > 0 {
        more.push(format!("{} never tried again", played.not_transient));
    }
    if played.undecided > 0 {
        more.push(format!(
            "{} undecided at the record's end",
            played.undecided
        ));
    }
    let came = format!("{} of {}", played.succeeded, played.operations);
    let time = |us: Option<u64>| Cell::num(us.map_or(String::new(), duration));
    vec![
        Cell::text(name),
        Cell::of(tone, came).with(more.join(", ")),
        Cell::num(played.rescued.to_string()),
        Cell::num(played.attempts.to_string()),
        Cell::num(played.doubled.to_string()),
        time(played.added.map(|added| added.median_us)),
        time(played.added.map(|added| added.worst_us)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::FailureCode;
    use model::StepKind;

    #[test]
    fn what_a_policy_would_have_rescued_and_at_what_price() {
        let mut all = Lasting::default();
        for second in 0..120 {
            let failed = (40..48).contains(&second).then_some(Failed {
                code: FailureCode::LoginRejected,
                number: Some(40_613),
            });
            all.timeline.push(second * 1_000_000, 20_000, failed);
        }
        let tables = all.tables(StepKind::RetryLoop);
        let line = |table: usize, row: usize| {
            let row = &tables[table].rows[row];
            row.iter().map(Cell::line).collect::<Vec<_>>()
        };
        assert_eq!(line(0, 0), ["✓ worked", "112", "+0 µs", "+1 min 59 s", ""]);
        assert_eq!(
            line(0, 1),
            ["✕ 40613 (login rejected)", "8", "+40 s", "+47 s", "yes"]
        );
        assert_eq!(line(1, 0)[..4], ["No retry", "✕ 112 of 120", "0", "120"]);
        assert_eq!(line(1, 1)[..3], ["SqlClient as it is", "✓ 120 of 120", "8"]);
        assert_eq!(tables[1].rows.len(), 5);
        let mine = Policy {
            attempts: 2,
            first_delay_ms: 1_000,
            longest_delay_ms: 1_000,
            ..Policy::none()
        };
        let table = policies(&all, [("Mine", &mine)]);
        assert_eq!(table.rows[0][1].line(), "✕ 113 of 120");
        assert!(Lasting::default().tables(StepKind::RetryLoop).is_empty());
    }
}
