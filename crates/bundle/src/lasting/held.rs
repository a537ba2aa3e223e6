//! Connections that were held: idle, checked as a pool does, or returning data.

use super::{Cell, Lasting, Table, Tone};
use model::lasting::{Flow, FlowEnd, IdleRung, Lane, Standing};
use rules::idle_timer;
use rules::pool::{Validation, handed};
use rules::words::{bytes, capital, driver_words, duration, lane_name, one_line, standing_name};

const LANES: [Lane; 3] = [Lane::Bare, Lane::KeepAlive, Lane::Heartbeat];
/// Oldest that a pooled connection should get where nothing else is known, in seconds.
const USUAL_AGE_S: u64 = 180;
/// Longest text of a peer in a cell.
const LONGEST: usize = 200;

fn ms(ms: u64) -> String {
    duration(ms.saturating_mul(1_000))
}

/// Rungs by lanes.
pub(super) fn ladder(all: &Lasting) -> Table {
    let has = |lane: &Lane| all.rungs.iter().any(|rung| rung.lane == *lane);
    let lanes: Vec<Lane> = LANES.into_iter().filter(has).collect();
    let mut table = Table::new("idle", "Connections that nobody used", &["Idle for"]);
    table
        .head
        .extend(lanes.iter().map(|lane| capital(lane_name(*lane))));
    let mut steps: Vec<u64> = all.rungs.iter().map(|rung| rung.rung_ms).collect();
    steps.sort_unstable();
    steps.dedup();
    let at = |step: u64, lane: Lane| {
        let mut rungs = all.rungs.iter();
        rungs.find(|rung| rung.rung_ms == step && rung.lane == lane)
    };
    table.rows = steps
        .iter()
        .map(|step| {
            let cells = lanes.iter().map(|lane| match at(*step, *lane) {
                Some(rung) => how(rung),
                None => Cell::of(Tone::Idle, "not over yet"),
            });
            std::iter::once(Cell::num(ms(*step))).chain(cells).collect()
        })
        .collect();
    let mut timers: Vec<(usize, String, String)> = Vec::new();
    for lane in &lanes {
        let rungs = all.rungs.iter().filter(|rung| rung.lane == *lane);
        let Some(timer) = idle_timer(rungs) else {
            continue;
        };
        let dead = |step: &u64| at(*step, *lane).is_some_and(|rung| !rung.survived());
        let place = steps.iter().position(dead).unwrap_or_default();
        let said = format!("dead {}. {}", timer.when, timer.suspects);
        let name = lane_name(*lane);
        match timers
            .iter_mut()
            .find(|one| one.0 == place && one.2 == said)
        {
            Some((_, names, _)) => *names += &format!(" and {name}"),
            None => timers.push((place, capital(name), said)),
        }
    }
    let sentence = |(place, names, said): (usize, String, String)| {
        (place, format!("{names}: {}", said.trim_end()))
    };
    table.beside = timers.into_iter().map(sentence).collect();
    if all.rungs.iter().any(|rung| !rung.logged_in) {
        let note = "Nobody was logged in: the connections were held past TLS.";
        table.notes.push(note.to_owned());
    }
    table
}

/// How a rung came out, by whom, and after how long.
fn how(rung: &IdleRung) -> Cell {
    let Some(death) = rung.death() else {
        let took = rung.used_us.map(duration);
        let more = took.map(|took| format!("answered in {took}"));
        return Cell::of(Tone::Ok, "alive").with(more.unwrap_or_default());
    };
    let (word, who) = (word(death), who(death));
    if rung.deceived() {
        let took = duration(rung.used_us.unwrap_or(0));
        let more = match death {
            Standing::Silent => format!("silence for {took}"),
            _ => format!("{word} {took} after its use, {who}"),
        };
        return Cell::of(Tone::Bad, "looked alive, died on use").with(more);
    }
    let when = duration(rung.idle_us);
    Cell::of(Tone::Bad, format!("{word} after {when}")).with(who)
}

fn word(death: Standing) -> &'static str {
    match death {
        Standing::GivenUp => "given up",
        Standing::Unasked => "unasked bytes",
        other => standing_name(other),
    }
}

fn who(death: Standing) -> &'static str {
    match death {
        Standing::Alive => "",
        Standing::Fin => "closed by the other end",
        Standing::Reset => "reset by the other end or by a device between",
        Standing::Silent => "nobody answered",
        Standing::GivenUp => "nobody acknowledged, so this host gave up",
        Standing::Unasked => "the other end spoke first",
    }
}

/// What each way to check would have handed out.
pub(super) fn pool(all: &Lasting) -> Table {
    // A pool asks nothing while a connection is idle.
    let idle: Vec<&IdleRung> = all
        .rungs
        .iter()
        .filter(|rung| rung.lane != Lane::Heartbeat)
        .collect();
    let head = [
        "Check before use",
        "Handed out dead",
        "Good ones thrown away",
        "Round trips",
        "Noticed after",
    ];
    let mut table = Table::new("pool", "What a connection pool would have done", &head);
    if idle.is_empty() {
        return table;
    }
    let of = |lane| idle_timer(idle.iter().copied().filter(move |rung| rung.lane == lane));
    let ages = [Lane::Bare, Lane::KeepAlive].map(of);
    let age_s = ages.into_iter().flatten().map(|timer| timer.safe_age_s);
    let age_s = age_s.min().unwrap_or(USUAL_AGE_S);
    let checks = [
        ("None".to_owned(), Validation::None),
        ("State of the socket".to_owned(), Validation::Socket),
        ("SELECT 1".to_owned(), Validation::Query),
        (
            format!(
                "Age of at most {}",
                duration(age_s.saturating_mul(1_000_000))
            ),
            Validation::Age {
                ms: age_s.saturating_mul(1_000),
            },
        ),
    ];
    table.rows = checks
        .into_iter()
        .map(|(name, check)| {
            let came = handed(idle.iter().copied(), check);
            let tone = if came.failed == 0 {
                Tone::Ok
            } else {
                Tone::Bad
            };
            let wait = match came.longest_wait_us {
                0 => String::new(),
                us => duration(us),
            };
            vec![
                Cell::text(name),
                Cell::of(tone, format!("{} of {}", came.failed, came.wanted)),
                Cell::num(came.wasted.to_string()),
                Cell::num(came.round_trips.to_string()),
                Cell::num(wait),
            ]
        })
        .collect();
    table
}

/// Queries that were cut while they returned data.
pub(super) fn flows(all: &Lasting) -> Table {
    let head = [
        "The query",
        "How it ended",
        "After",
        "Bytes",
        "Silent before",
    ];
    let mut table = Table::new("flow", "While data flowed", &head);
    table.rows = all.flows.iter().map(flow).collect();
    let mut deaths: Vec<Standing> = all.flows.iter().filter_map(|flow| flow.died).collect();
    deaths.sort_unstable();
    deaths.dedup();
    for death in deaths {
        let words = driver_words(death).iter();
        table
            .notes
            .extend(words.map(|words| format!("{}: {words}", capital(word(death)))));
    }
    table
}

fn flow(end: &FlowEnd) -> Vec<Cell> {
    let name = match end.flow {
        Flow::Rows => "Rows without end",
        Flow::Wait => "A long wait",
    };
    let how = match end.died {
        None => Cell::of(Tone::Ok, "went on to its end"),
        Some(death) => Cell::of(Tone::Bad, word(death)).with(who(death)),
    };
    let how = match &end.error {
        Some(error) => how.with(format!(
            "{}: {}",
            error.number,
            one_line(&error.message, LONGEST)
        )),
        None => how,
    };
    vec![
        Cell::text(name),
        how,
        Cell::num(duration(end.lasted_us)),
        Cell::num(bytes(end.bytes)),
        Cell::num(duration(end.quiet_us)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Observation, StepKind};

    fn rung(lane: Lane, seconds: u64, used: Standing) -> IdleRung {
        IdleRung {
            lane,
            rung_ms: seconds * 1_000,
            endpoint: "10.0.0.4:1433".into(),
            local: "10.0.0.5:50000".into(),
            logged_in: true,
            idle_us: seconds * 1_000_000,
            ended_idle: false,
            beats: 0,
            looked: Standing::Alive,
            used: Some(used),
            used_us: Some(if used == Standing::Alive {
                900
            } else {
                10_000_000
            }),
            detail: None,
            before: None,
            after: None,
        }
    }

    fn lines(table: &Table) -> Vec<Vec<String>> {
        let row = |row: &Vec<Cell>| row.iter().map(Cell::line).collect();
        table.rows.iter().map(row).collect()
    }

    #[test]
    fn lanes_side_by_side_with_who_and_when_and_the_suspects() {
        let mut all = Lasting::default();
        for one in [
            rung(Lane::Bare, 230, Standing::Alive),
            rung(Lane::KeepAlive, 230, Standing::Alive),
            rung(Lane::KeepAlive, 250, Standing::Alive),
            rung(Lane::Bare, 250, Standing::Silent),
            IdleRung {
                ended_idle: true,
                looked: Standing::Reset,
                used: None,
                used_us: None,
                idle_us: 241_000_000,
                ..rung(Lane::Bare, 600, Standing::Reset)
            },
        ] {
            all.see(&Observation::IdleRung(one));
        }
        let tables = all.tables(StepKind::IdleLadder);
        assert_eq!(tables[0].head, ["Idle for", "No keep-alive", "Keep-alive"]);
        assert_eq!(
            lines(&tables[0]),
            [
                [
                    "3 min 50 s",
                    "✓ alive (answered in 900 µs)",
                    "✓ alive (answered in 900 µs)"
                ],
                [
                    "4 min 10 s",
                    "✕ looked alive, died on use (silence for 10 s)",
                    "✓ alive (answered in 900 µs)"
                ],
                [
                    "10 min",
                    "✕ RST after 4 min 1 s (reset by the other end or by a device between)",
                    "– not over yet"
                ],
            ]
        );
        let beside = &tables[0].beside;
        assert_eq!((beside.len(), beside[0].0), (1, 1), "{beside:?}");
        assert!(beside[0].1.contains("4 minutes"), "{beside:?}");
        let pool = lines(&tables[1]);
        assert_eq!(pool[0][..2], ["None", "✕ 2 of 5"]);
        assert_eq!(pool[1][..2], ["State of the socket", "✕ 1 of 5"]);
        assert_eq!(pool[2][..4], ["SELECT 1", "✓ 0 of 5", "0", "5"]);
        assert_eq!(pool[3][..3], ["Age of at most 3 min 4 s", "✓ 0 of 5", "3"]);
    }

    #[test]
    fn a_cut_query_says_what_each_driver_makes_of_it() {
        let mut all = Lasting::default();
        assert!(all.all_tables().is_empty());
        all.see(&Observation::FlowEnd(FlowEnd {
            flow: Flow::Rows,
            endpoint: String::new(),
            local: String::new(),
            lasted_us: 31_000_000,
            bytes: 2_048,
            quiet_us: 100_000,
            died: Some(Standing::Reset),
            error: None,
            detail: None,
            before: None,
            after: None,
        }));
        let tables = all.tables(StepKind::DataFlow);
        assert_eq!(
            lines(&tables[0])[0],
            [
                "Rows without end",
                "✕ RST (reset by the other end or by a device between)",
                "31 s",
                "2 KiB",
                "100 ms"
            ]
        );
        assert!(tables[0].notes[0].contains("tedious"));
    }
}
