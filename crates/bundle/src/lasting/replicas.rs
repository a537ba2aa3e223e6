//! Availability replicas as tables: times when nothing was established and whether a session would have been lost, what
//! has to be there before two replicas connect, what each way to lose one looks like on the port, the own server's words
//! on the run's clock, and logins at a listener.

use super::table::{Cell, Table, Tone};
use model::lasting::{Loss, SessionGap};
use rules::replica::{CheckState, Listener, PORT_LOOKS, Replicas, checklist, seen_on_port, trips};
use rules::words::{duration, one_line};

/// Session time-outs that are compared beside the one in force.
const COMMON_US: [u64; 2] = [10_000_000, 20_000_000];
/// Rows of one table.
const MOST: usize = 200;

fn us(value: u64) -> String {
    duration(value)
}

/// A time on the run's clock that may lie before its start.
fn at(us: i64) -> String {
    let told = duration(us.unsigned_abs());
    if us < 0 {
        format!("{told} before")
    } else {
        told
    }
}

/// Times when nothing was established, and what each session time-out would have made of them.
pub(super) fn gaps(seen: &Replicas) -> Table {
    let mut timeouts_us: Vec<u64> = seen.timeout_us().into_iter().collect();
    timeouts_us.extend(
        COMMON_US
            .into_iter()
            .filter(|one| !timeouts_us.contains(one))
            .collect::<Vec<_>>(),
    );
    let mut head = vec!["From", "For", "Why", "Host late"];
    let named: Vec<String> = timeouts_us
        .iter()
        .map(|timeout| format!("Session time-out {}", duration(*timeout)))
        .collect();
    head.extend(named.iter().map(String::as_str));
    let mut table = Table::new(
        "replica_gaps",
        "Times without a connect to the replica",
        &head,
    );
    table.told = format!(
        "{} of {} connects were established.",
        seen.established,
        seen.tried()
    );
    for (_, gap) in seen.gaps.iter().take(MOST) {
        let mut row = vec![
            Cell::num(us(gap.from_us)),
            Cell::num(us(gap.until_us.saturating_sub(gap.from_us))),
            why(gap),
            Cell::num(us(gap.lag_whole_us)),
        ];
        row.extend(timeouts_us.iter().map(|timeout| tripped(gap, *timeout)));
        table.rows.push(row);
    }
    table
}

fn why(gap: &SessionGap) -> Cell {
    let code = gap
        .code
        .as_ref()
        .map(|code| code.as_str().replace('_', " "));
    let code = code.unwrap_or_else(|| "no connect failed".to_owned());
    match gap.said_us {
        Some(_) => Cell::text(code).with("hard: somebody said so"),
        None => Cell::text(code).with("soft: nobody said why"),
    }
}

fn tripped(gap: &SessionGap, timeout_us: u64) -> Cell {
    match trips(std::slice::from_ref(gap), timeout_us).first() {
        None => Cell::of(Tone::Ok, "kept"),
        Some(trip) => {
            let how = match trip.loss {
                Loss::Hard => "hard",
                Loss::Soft => "soft",
            };
            let length = trip.lasts_us().map_or_else(
                || "not back".to_owned(),
                |us| format!("for {}", duration(us)),
            );
            Cell::of(Tone::Bad, format!("lost at {}", us(trip.at_us)))
                .with(format!("{how}, {length}"))
        }
    }
}

/// What has to be there before two replicas connect, as each side has it.
#[must_use]
pub fn list(sides: &[(&str, &Replicas)]) -> Table {
    let mut table = Table::new(
        "replica_list",
        "Before two replicas connect (35250)",
        &heads(&["What has to be there"], sides),
    );
    let lists: Vec<_> = sides.iter().map(|(_, seen)| checklist(seen)).collect();
    let longest = lists.iter().max_by_key(|list| list.len());
    for (place, check) in longest.into_iter().flatten().enumerate() {
        let mut row = vec![Cell::text(format!("{}. {}", place + 1, check.title))];
        row.extend(lists.iter().map(|list| {
            let found = list.iter().find(|one| one.key == check.key);
            found.map_or_else(Cell::none, |one| {
                let tone = match one.state {
                    CheckState::Passed => Tone::Ok,
                    CheckState::Failed => Tone::Bad,
                    CheckState::NotAllowed => Tone::Warn,
                    CheckState::NotLooked => Tone::Idle,
                };
                Cell::of(tone, one.state.word()).with(one.told.clone())
            })
        }));
        table.rows.push(row);
    }
    table
}

fn heads<'a>(fixed: &[&'a str], sides: &[(&'a str, &Replicas)]) -> Vec<&'a str> {
    let names = sides.iter().map(|(name, _)| *name);
    fixed.iter().copied().chain(names).collect()
}

/// What each way to lose a replica looks like on the port, and which of them each side saw.
#[must_use]
pub fn looks(sides: &[(&str, &Replicas)]) -> Table {
    let fixed = ["What happened", "On the port", "The session"];
    let mut table = Table::new(
        "replica_port",
        "What it looks like on the port",
        &heads(&fixed, sides),
    );
    if sides.iter().all(|(_, seen)| seen.step.is_none()) {
        return table;
    }
    for look in PORT_LOOKS {
        let mut row = vec![
            Cell::text(look.what),
            Cell::text(look.looks),
            Cell::text(look.session),
        ];
        row.extend(
            sides
                .iter()
                .map(|(_, seen)| match seen_on_port(&look, seen) {
                    Some(told) => Cell::of(Tone::Warn, told),
                    None => Cell::of(Tone::Idle, "not seen"),
                }),
        );
        table.rows.push(row);
    }
    table.notes.push(
        "Several look alike: which of them it was, only whoever owns the host or the device knows."
            .to_owned(),
    );
    table
}

/// What the own server says, on the run's clock: states and lines of its error log.
pub(super) fn server(seen: &Replicas) -> Table {
    let head = ["At", "Number", "What the server says"];
    let mut table = Table::new(
        "replica_server",
        "The own server, on this run's clock",
        &head,
    );
    let mut rows: Vec<(i64, Vec<Cell>)> = Vec::new();
    for (_, row) in &seen.states {
        let when = i64::try_from(row.at_us).unwrap_or(i64::MAX);
        let word = |text: &Option<String>| {
            text.as_deref()
                .map_or_else(|| "not told".to_owned(), |text| one_line(text, 60))
        };
        let told = format!(
            "{} is {}, {}, {}",
            one_line(&row.replica, 128),
            word(&row.role),
            word(&row.connected),
            word(&row.health)
        );
        rows.push((
            when,
            vec![Cell::num(at(when)), Cell::none(), Cell::text(told)],
        ));
    }
    for (_, line) in &seen.log {
        let when = line.at_us.unwrap_or(i64::MIN);
        let shown = match line.at_us {
            Some(us) => Cell::num(at(us)),
            None => Cell::num(one_line(&line.at, 40)),
        };
        let number = line
            .number
            .map_or_else(Cell::none, |number| Cell::num(number.to_string()));
        rows.push((
            when,
            vec![shown, number, Cell::text(one_line(&line.text, 400))],
        ));
    }
    rows.sort_by_key(|(when, _)| *when);
    table.rows = rows.into_iter().map(|(_, row)| row).take(MOST).collect();
    if let Some((_, clock)) = &seen.clock {
        table.told = format!(
            "The server's clock is {} ms ahead of this host's.",
            clock.ahead_ms
        );
    }
    table
}

/// Logins at a listener, with `MultiSubnetFailover` and without.
pub(super) fn listener(seen: &Replicas) -> Table {
    let head = [
        "MultiSubnetFailover",
        "Worked",
        "Failed",
        "Slowest",
        "Out for",
        "Numbers",
        "Where",
    ];
    let mut table = Table::new("listener", "Logins at the listener", &head);
    for (name, listener) in [("off", &seen.in_turn), ("on", &seen.at_once)] {
        if listener.worked + listener.failures() > 0 {
            table.rows.push(row(name, listener));
        }
    }
    table
}

fn row(name: &str, listener: &Listener) -> Vec<Cell> {
    let outages = listener.outages_ms().into_iter();
    let out: Vec<String> = outages
        .take(10)
        .map(|(from, until)| match until {
            Some(until) => us(until.saturating_sub(from).saturating_mul(1_000)),
            None => "to the end".to_owned(),
        })
        .collect();
    let numbers: Vec<String> = listener
        .failed
        .iter()
        .filter(|one| one.count > 0)
        .map(|one| match one.number {
            Some(number) => format!("{number} ({})", one.count),
            None => format!("{} ({})", one.code.as_str().replace('_', " "), one.count),
        })
        .collect();
    let places: Vec<String> = listener
        .endpoints
        .iter()
        .map(|(place, times)| format!("{} ({times})", one_line(place, 60)))
        .collect();
    let failures = listener.failures();
    vec![
        Cell::text(name),
        Cell::num(listener.worked.to_string()),
        match failures {
            0 => Cell::num("0"),
            some => Cell::of(Tone::Bad, some.to_string()),
        },
        Cell::num(us(listener.slowest_us)),
        Cell::text(out.join(", ")),
        Cell::text(numbers.join(", ")),
        Cell::text(places.join(", ")),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Lasting;
    use chrono::DateTime;
    use model::lasting::{
        Clocked, ListenerMinute, LoopMinute, ReplicaFact, ReplicaMinute, ReplicaWatch, SessionGap,
        TimeoutFrom,
    };
    use model::{EventBody, FailureCode, Observation, RunEvent, StepId, StepKind};

    #[test]
    fn every_table_of_a_lost_replica() {
        let mut times = Clocked::default();
        times.push(0, 500);
        let facts = [
            ReplicaFact::Watch(ReplicaWatch {
                at_us: 0,
                every_ms: 1_000,
                timeout_ms: 10_000,
                timeout_from: TimeoutFrom::Usual,
            }),
            ReplicaFact::Gap(SessionGap {
                from_us: 5_000_000,
                until_us: 20_000_000,
                open: false,
                failed: 14,
                code: Some(FailureCode::TcpTimeout),
                said_us: None,
                lag_max_us: 0,
                lag_whole_us: 0,
            }),
            ReplicaFact::Minute(ReplicaMinute {
                established: times.clone(),
                ..ReplicaMinute::default()
            }),
            ReplicaFact::ListenerMinute(ListenerMinute {
                at_once: true,
                logins: LoopMinute {
                    worked: times,
                    ..LoopMinute::default()
                },
                endpoints: vec![("10.0.0.5:1433".into(), 1)],
            }),
        ];
        let mut lasting = Lasting::default();
        for (fact, seq) in facts.into_iter().zip(1..) {
            lasting.take(&RunEvent {
                seq,
                at: DateTime::UNIX_EPOCH,
                elapsed_us: Some(1),
                body: EventBody::Observed {
                    step: StepId(1),
                    attempt: None,
                    observation: Observation::Replica(fact),
                },
            });
        }
        let tables = lasting.tables(StepKind::ReplicaSession);
        let keys: Vec<_> = tables.iter().map(|table| table.key).collect();
        assert_eq!(keys, ["replica_gaps", "replica_list", "replica_port"]);
        let gap: Vec<String> = tables[0].rows[0].iter().map(super::Cell::line).collect();
        assert_eq!(gap[1], "15 s");
        assert!(gap[4].contains("lost at 15 s (soft, for 5 s)"), "{gap:?}");
        assert!(gap[5].contains("kept"), "{gap:?}");
        let dropped = tables[2]
            .rows
            .iter()
            .find(|row| row[0].text == "a firewall drops");
        assert!(dropped.expect("a row")[3].text.starts_with("for 15 s"));
        let listener = lasting.tables(StepKind::ListenerView);
        assert_eq!(listener[0].rows[0][0].text, "on");
        for table in tables.iter().chain(&listener) {
            assert!(
                table.rows.iter().all(|row| row.len() == table.head.len()),
                "{}",
                table.key
            );
        }
    }
}
