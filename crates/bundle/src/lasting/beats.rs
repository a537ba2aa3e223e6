//! A heartbeat: its outages, and its minutes drawn together to as many rows as somebody wants.

use super::{Cell, Lasting, Table, Tone};
use model::lasting::{BeatMinute, LinkChange, LinkState, Loss, Spread};
use rules::words::{code_sentence, duration, one_line};

/// Rows of a table of minutes.
const MOST_ROWS: usize = 30;
/// Outages in a table.
const MOST_OUTAGES: usize = 200;
/// A timer that is later than this belongs to a host that does not get to its work.
const LATE_US: u64 = 500_000;

/// From the first minute's start to the last one's end.
#[must_use]
pub fn span_us(minutes: &[BeatMinute]) -> (u64, u64) {
    let from = minutes.iter().map(|one| one.from_us).min().unwrap_or(0);
    let until = minutes.iter().map(|one| one.until_us).max().unwrap_or(0);
    (from, until)
}

/// Minutes drawn together, in equal lengths of time, to at most so many. Of medians the middle one is taken, of
/// everything else the sum or the worst.
#[must_use]
pub fn merged(minutes: &[BeatMinute], most: usize) -> Vec<BeatMinute> {
    if minutes.len() <= most {
        return minutes.to_vec();
    }
    let (from, until) = span_us(minutes);
    let most = u64::try_from(most.max(1)).unwrap_or(1);
    let width = until.saturating_sub(from).div_ceil(most).max(1);
    let place = |one: &BeatMinute| (one.from_us.saturating_sub(from) / width).min(most - 1);
    let mut sorted: Vec<&BeatMinute> = minutes.iter().collect();
    sorted.sort_by_key(|one| one.from_us);
    let alike = sorted.chunk_by(|one, next| place(one) == place(next));
    alike.map(together).collect()
}

fn together(minutes: &[&BeatMinute]) -> BeatMinute {
    let mut all = BeatMinute {
        from_us: minutes.first().map_or(0, |one| one.from_us),
        ..BeatMinute::default()
    };
    for one in minutes {
        all.until_us = all.until_us.max(one.until_us);
        all.beats = all.beats.saturating_add(one.beats);
        all.answered = all.answered.saturating_add(one.answered);
        all.passed_over = all.passed_over.saturating_add(one.passed_over);
        all.logins = all.logins.saturating_add(one.logins);
        all.lag_max_us = all.lag_max_us.max(one.lag_max_us);
        all.changes_left_out = all.changes_left_out.saturating_add(one.changes_left_out);
        if let Some(again) = one.retransmitted {
            let so_far = all.retransmitted.unwrap_or(0);
            all.retransmitted = Some(so_far.saturating_add(again));
        }
    }
    all.answers = spread(minutes.iter().filter_map(|one| one.answers));
    all.logins_worked = spread(minutes.iter().filter_map(|one| one.logins_worked));
    all
}

fn spread(all: impl Iterator<Item = Spread>) -> Option<Spread> {
    let mut all: Vec<Spread> = all.collect();
    all.sort_by_key(|one| one.median_us);
    let middle = all.get(all.len() / 2)?;
    Some(Spread {
        count: all.iter().map(|one| one.count).fold(0, u32::saturating_add),
        min_us: all.iter().map(|one| one.min_us).min()?,
        median_us: middle.median_us,
        p95_us: all.iter().map(|one| one.p95_us).max()?,
        max_us: all.iter().map(|one| one.max_us).max()?,
    })
}

/// Each loss and what came after it.
pub(super) fn outages(all: &Lasting) -> Table {
    let head = [
        "Lost at",
        "How",
        "Noticed after",
        "Back after",
        "Outage",
        "Tries",
        "Timers late",
        "Sent again",
    ];
    let mut table = Table::new("outages", "Outages", &head);
    let losses = || {
        let changes = all.changes.iter().enumerate();
        changes.filter(|(_, change)| change.now == LinkState::Disconnected)
    };
    let back = |place: usize| {
        let next = all.changes.get(place + 1)?;
        (next.now == LinkState::Connected).then_some(next)
    };
    table.rows = losses()
        .take(MOST_OUTAGES)
        .map(|(place, lost)| outage(lost, back(place), all.clock(lost.lost_us)))
        .collect();
    let more = losses().count().saturating_sub(MOST_OUTAGES);
    if more > 0 {
        table.notes.push(format!("… and {more} more"));
    }
    table
}

fn outage(lost: &LinkChange, back: Option<&LinkChange>, clock: String) -> Vec<Cell> {
    let how = match lost.loss {
        Loss::Hard => Cell::of(Tone::Bad, "hard").with(one_line(&code_sentence(&lost.code), 200)),
        Loss::Soft => Cell::of(Tone::Warn, "soft").with("no answer until the session time-out"),
    };
    let time = |us: Option<u64>| Cell::num(us.map_or("not yet".to_owned(), duration));
    let late = if lost.lag_max_us >= LATE_US {
        Cell::of(Tone::Warn, duration(lost.lag_max_us)).with("this host did not get to its work")
    } else {
        Cell::num(duration(lost.lag_max_us))
    };
    let again = lost
        .counters
        .map(|counted| counted.retransmitted.to_string());
    vec![
        Cell::text(format!("+{}", duration(lost.lost_us))).with(clock),
        how,
        Cell::num(duration(lost.detect_us)),
        time(back.and_then(|back| back.recover_us)),
        time(back.and_then(|back| back.outage_us)),
        Cell::num(back.map_or(String::new(), |back| back.tries.to_string())),
        late,
        Cell::num(again.unwrap_or_default()),
    ]
}

/// Latency over time.
pub(super) fn spans(all: &Lasting) -> Table {
    let head = [
        "From",
        "Answered",
        "Median",
        "95 %",
        "Longest",
        "Fresh logins",
        "Median login",
        "Timers late",
        "Sent again",
    ];
    let mut table = Table::new("beats", "Answers over time", &head);
    let merged = merged(&all.minutes, MOST_ROWS);
    let time = |us: Option<u64>| Cell::num(us.map_or(String::new(), duration));
    table.rows = merged
        .iter()
        .map(|one| {
            let worked = one.logins_worked.map_or(0, |worked| worked.count);
            let of = |part: u32, all: u32| {
                let tone = if part == all { Tone::Ok } else { Tone::Bad };
                Cell::of(tone, format!("{part} of {all}"))
            };
            let logins = match one.logins {
                0 => Cell::none(),
                logins => of(worked, logins),
            };
            vec![
                Cell::num(format!("+{}", duration(one.from_us))),
                of(one.answered, one.beats),
                time(one.answers.map(|all| all.median_us)),
                time(one.answers.map(|all| all.p95_us)),
                time(one.answers.map(|all| all.max_us)),
                logins,
                time(one.logins_worked.map(|all| all.median_us)),
                time(Some(one.lag_max_us)),
                Cell::num(
                    one.retransmitted
                        .map_or(String::new(), |again| again.to_string()),
                ),
            ]
        })
        .collect();
    if merged.len() < all.minutes.len() {
        let (from, until) = span_us(&all.minutes);
        let each = until.saturating_sub(from) / (merged.len() as u64).max(1);
        table.told = format!("A row for some {}.", duration(each));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{FailureCode, Observation, StepKind};

    fn minute(number: u64, median_us: u64) -> BeatMinute {
        BeatMinute {
            from_us: number * 60_000_000,
            until_us: (number + 1) * 60_000_000,
            beats: 60,
            answered: 60,
            answers: Some(Spread {
                count: 60,
                min_us: 1,
                median_us,
                p95_us: median_us * 2,
                max_us: median_us * 3,
            }),
            lag_max_us: number,
            retransmitted: Some(1),
            ..BeatMinute::default()
        }
    }

    #[test]
    fn a_week_becomes_a_few_rows_and_loses_nothing_that_was_bad() {
        let mut minutes: Vec<_> = (0..10_080).map(|n| minute(n, 1_000)).collect();
        minutes[5_000] = minute(5_000, 900_000);
        for most in [1, 7, 240] {
            let merged = merged(&minutes, most);
            assert_eq!(merged.len(), most);
            let sum = |of: fn(&BeatMinute) -> u64| merged.iter().map(of).sum::<u64>();
            assert_eq!(sum(|one| u64::from(one.beats)), 604_800);
            assert_eq!(sum(|one| u64::from(one.retransmitted.unwrap())), 10_080);
            let max = merged
                .iter()
                .filter_map(|one| one.answers)
                .map(|all| all.max_us);
            assert_eq!(max.max(), Some(2_700_000));
            assert_eq!(span_us(&merged), span_us(&minutes));
        }
        assert_eq!(merged(&minutes[..3], 5).len(), 3);
        assert!(merged(&[], 5).is_empty());
    }

    fn change(now: LinkState) -> LinkChange {
        let back = now == LinkState::Connected;
        LinkChange {
            at_us: 70_000_000,
            now,
            last_answer_us: None,
            lost_us: 61_000_000,
            loss: Loss::Soft,
            code: FailureCode::QueryTimeout,
            detail: None,
            detect_us: 10_000_000,
            recover_us: back.then_some(2_000_000),
            outage_us: back.then_some(12_000_000),
            tries: u32::from(back),
            endpoint: None,
            local: None,
            lag_max_us: 3_000,
            counters: None,
        }
    }

    #[test]
    fn an_outage_is_told_from_its_first_sign_to_the_next_answer() {
        let mut all = Lasting::default();
        let row = |all: &Lasting| {
            let tables = all.tables(StepKind::Heartbeat);
            tables[0].rows[0].iter().map(Cell::line).collect::<Vec<_>>()
        };
        all.see(&Observation::LinkChange(change(LinkState::Disconnected)));
        assert_eq!(row(&all)[3..5], ["not yet", "not yet"]);
        all.see(&Observation::LinkChange(change(LinkState::Connected)));
        assert_eq!(
            row(&all),
            [
                "+61 s",
                "! soft (no answer until the session time-out)",
                "10 s",
                "2 s",
                "12 s",
                "1",
                "3 ms",
                ""
            ]
        );
    }
}
