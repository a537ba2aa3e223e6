//! Sessions between availability replicas as a picture: each direction with its connects, its gaps, what a session would
//! have made of them, what the server there said, and how late that host was; and logins at a listener.
//!
//! The session time-out is whoever looks' to choose: the answer is the rules', at once.

use super::beats::{lag, used};
use super::chart::{BUCKETS, Chart, Clock, Mark, Shape, Track, apart, area};
use super::ramp::stacked;
use super::span;
use bundle::lasting::{Lasting, merged};
use model::lasting::{BeatMinute, Clocked, Loss};
use model::{FailureCode, RunView, StepKind};
use rules::replica::{Listener, Replicas, Trip, trips};
use rules::words::{code_sentence, count, duration, one_line};

const LEGEND: [(&str, &str); 8] = [
    ("good", "worked"),
    ("failed", "failed"),
    ("hard", "hard: an error was reported"),
    ("soft", "soft: silence"),
    ("held", "session there, replica CONNECTED"),
    ("away", "replica not CONNECTED"),
    ("line", "line of the error log"),
    ("late", "this host was late"),
];
/// Replicas whose states are drawn.
const MOST_REPLICAS: usize = 3;

/// One run of the picture.
pub(crate) struct Way<'a> {
    /// `sql-a → sql-b`.
    pub(crate) name: String,
    /// How much later than the first it began.
    pub(crate) later: u64,
    pub(crate) all: &'a Lasting,
}

/// What a run looks at: `sql-a:1433 → sql-b:5022`, or the listener.
pub(crate) fn name(view: &RunView) -> String {
    let target = &view.target;
    let own = match target.port {
        Some(port) => format!("{}:{port}", target.host),
        None => target.host.clone(),
    };
    match &view.options.lasting.replica_session {
        Some(asked) => format!("{own} → {}:{}", asked.peer, asked.port),
        None => own,
    }
}

/// A session time-out as somebody types it: nothing for the one in force, or what cannot be read.
pub(crate) fn typed(text: &str) -> Result<Option<u64>, ()> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    match span::read(text) {
        Some(ms) if ms > 0 => Ok(Some(ms.saturating_mul(1_000))),
        _ => Err(()),
    }
}

fn timeout_us(seen: &Replicas, typed: Option<u64>) -> u64 {
    typed.or(seen.timeout_us()).unwrap_or(10_000_000)
}

/// The stretch of time that is known of a run's connects and logins.
fn clock(all: &Lasting) -> Option<Clock> {
    let spans = || {
        let connects = all.connects.iter().map(|one| (one.from_us, one.until_us));
        let logins = all.listener.iter();
        let logins = logins.map(|one| (one.logins.from_us, one.logins.until_us));
        let gaps = all.replica.gaps.iter();
        let gaps = gaps.map(|(_, gap)| (gap.from_us, gap.until_us));
        connects.chain(logins).chain(gaps)
    };
    Some(Clock {
        from_us: spans().map(|(from, _)| from).min()?,
        until_us: spans().map(|(_, until)| until).max()?,
    })
}

/// The picture, or only the part of it that one kind of step saw, and in `said` all of it in words; `None` before there
/// is anything.
pub(crate) fn chart(ways: &[Way<'_>], only: Option<StepKind>, typed: Option<u64>) -> Option<Chart> {
    let known = ways.iter().filter_map(|way| {
        let clock = clock(way.all)?;
        Some((clock.from_us + way.later, clock.until_us + way.later))
    });
    let (from_us, until_us) =
        known.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))?;
    let clock = Clock { from_us, until_us };
    let mut tracks = Vec::new();
    for way in ways {
        if only != Some(StepKind::ListenerView) {
            tracks.extend(session(clock, way, typed));
        }
        if only != Some(StepKind::ReplicaSession) {
            tracks.extend(logins(clock, way));
        }
    }
    if tracks.is_empty() {
        return None;
    }
    let legend = used(&tracks, &LEGEND);
    let said: Vec<String> = ways.iter().map(|way| told(way, typed)).collect();
    Some(Chart {
        clock,
        tracks,
        legend,
        said: said.join(" "),
    })
}

/// The lanes of one direction; none where nothing was connected to.
fn session(clock: Clock, way: &Way<'_>, typed: Option<u64>) -> Vec<Track> {
    let Way { name, later, all } = way;
    let seen = &all.replica;
    if seen.step.is_none() || all.connects.is_empty() && seen.gaps.is_empty() {
        return Vec::new();
    }
    let worked = all.connects.iter().map(|one| &one.established);
    let failed = all.connects.iter().flat_map(|one| &one.failed);
    let failed = failed.map(|alike| &alike.times);
    let (tried, established) = (seen.tried(), seen.established);
    let mut tracks = vec![Track {
        name: name.clone(),
        note: format!("{established} of {tried}"),
        shapes: bars(clock, *later, worked, failed),
        ..Track::default()
    }];
    tracks.push(gaps(clock, way));
    tracks.push(held(clock, way, typed));
    tracks.extend(states(clock, way));
    tracks.extend(log(clock, way));
    let minutes: Vec<BeatMinute> = all
        .connects
        .iter()
        .map(|one| BeatMinute {
            from_us: one.from_us.saturating_add(*later),
            until_us: one.until_us.saturating_add(*later),
            lag_max_us: one.lag_max_us,
            ..BeatMinute::default()
        })
        .collect();
    tracks.push(lag(clock, &merged(&minutes, BUCKETS)));
    tracks
}

/// What worked and what did not, in the order it began: as many in each part, which reaches to the next, but for a time
/// in which nothing was begun.
fn bars<'a>(
    clock: Clock,
    later: u64,
    worked: impl Iterator<Item = &'a Clocked>,
    failed: impl Iterator<Item = &'a Clocked>,
) -> Vec<Shape> {
    let begun = |all: &'a Clocked, good: bool| {
        let starts = all.started_ms.iter();
        starts.map(move |ms| (ms.saturating_mul(1_000).saturating_add(later), good))
    };
    let mut all: Vec<(u64, bool)> = worked
        .flat_map(|one| begun(one, true))
        .chain(failed.flat_map(|one| begun(one, false)))
        .collect();
    all.sort_unstable();
    let first = all.first().map_or(0, |(us, _)| *us);
    let last = all.last().map_or(0, |(us, _)| *us);
    let between = u64::try_from(all.len().saturating_sub(1)).unwrap_or(1);
    let usual = last.saturating_sub(first).div_ceil(between.max(1)).max(1);
    let size = all.len().div_ceil(BUCKETS).max(1);
    let nexts = all.iter().step_by(size).skip(1).map(|(us, _)| *us);
    let parts: Vec<_> = all
        .chunks(size)
        .zip(nexts.chain([u64::MAX]))
        .map(|(part, next)| {
            let from = part.first().map_or(0, |(us, _)| *us);
            let own = part.last().map_or(0, |(us, _)| *us);
            let until = if next.saturating_sub(own) > usual.saturating_mul(3) {
                own.saturating_add(usual)
            } else {
                next
            };
            // Shares, so that a part with fewer is as high as the others.
            let share = |good: bool| {
                let count = part.iter().filter(|(_, it)| *it == good).count();
                u32::try_from(count.saturating_mul(1_000) / part.len().max(1)).unwrap_or(0)
            };
            ((from, until), share(true), share(false))
        })
        .collect();
    stacked(clock, &parts)
}

/// Times without a connect, by whether somebody said why.
fn gaps(clock: Clock, way: &Way<'_>) -> Track {
    let all = &way.all.replica.gaps;
    let length = |(from, until): (u64, u64)| until.saturating_sub(from);
    let marks = all.iter().map(|(_, gap)| {
        let (class, word) = match gap.said_us {
            Some(_) => ("hard", "hard"),
            None => ("soft", "soft"),
        };
        let how = gap.code.as_ref().map_or_else(
            || "no connect failed".to_owned(),
            |code| one_line(&code_sentence(code), 120),
        );
        Mark {
            class,
            from_us: gap.from_us.saturating_add(way.later),
            until_us: gap.until_us.saturating_add(way.later),
            said: format!(
                "At +{}: nothing for {}, {} failed, {word}: {how}",
                duration(gap.from_us),
                duration(length((gap.from_us, gap.until_us))),
                gap.failed
            ),
        }
    });
    let longest = all
        .iter()
        .map(|(_, gap)| length((gap.from_us, gap.until_us)));
    let longest = longest.max().map(duration);
    Track {
        name: "Gaps".to_owned(),
        note: longest.unwrap_or_else(|| "none".to_owned()),
        marks: apart(clock, marks.collect()),
        ..Track::default()
    }
}

/// When a session with this time-out would have been there.
fn held(clock: Clock, way: &Way<'_>, typed: Option<u64>) -> Track {
    let seen = &way.all.replica;
    let timeout = timeout_us(seen, typed);
    let lost = trips(&seen.all_gaps(), timeout);
    let own = self::clock(way.all).unwrap_or(clock);
    let end = own.until_us.saturating_add(way.later);
    let span = (own.from_us.saturating_add(way.later), end);
    let marks = lost.iter().map(|trip| Mark {
        class: match trip.loss {
            Loss::Hard => "hard",
            Loss::Soft => "soft",
        },
        from_us: trip.at_us.saturating_add(way.later),
        until_us: trip.until_us.map_or(end, |us| us.saturating_add(way.later)),
        said: format!("At +{}: lost by {}", duration(trip.at_us), by(trip)),
    });
    let has_any = seen.established > 0;
    Track {
        name: format!("Session, {}", duration(timeout)),
        note: match (has_any, lost.len()) {
            (false, _) => "never there".to_owned(),
            (true, 0) => "stays".to_owned(),
            (true, times) => format!("lost {times} ×"),
        },
        shapes: vec![Shape {
            class: "held",
            path: if has_any {
                area(clock, span, (15.0, 85.0))
            } else {
                String::new()
            },
        }],
        marks: apart(clock, marks.collect()),
        ..Track::default()
    }
}

fn by(trip: &Trip) -> String {
    let how = match trip.loss {
        Loss::Hard => "an error that was reported",
        Loss::Soft => "silence",
    };
    match trip.lasts_us() {
        Some(us) => format!("{how}, back after {}", duration(us)),
        None => format!("{how}, not back"),
    }
}

/// How the own server saw the others.
fn states(clock: Clock, way: &Way<'_>) -> Vec<Track> {
    let seen = &way.all.replica;
    let end = clock.until_us;
    let one = |(group, replica): (&String, &String)| {
        let told = seen.states.iter().map(|(_, row)| row);
        let told: Vec<_> = told
            .filter(|row| row.group == *group && row.replica == *replica)
            .collect();
        let nexts = told
            .iter()
            .skip(1)
            .map(|row| row.at_us.saturating_add(way.later));
        let (mut there, mut away) = (String::new(), String::new());
        for (row, until) in told.iter().zip(nexts.chain([end])) {
            let from = row.at_us.saturating_add(way.later).max(clock.from_us);
            let word = row.connected.as_deref().unwrap_or_default();
            let path = area(clock, (from, until.max(from)), (15.0, 85.0));
            match word.eq_ignore_ascii_case("CONNECTED") {
                true => there += &path,
                false => away += &path,
            }
        }
        let last = told.last().and_then(|row| row.connected.as_deref());
        let shape = |class, path| Shape { class, path };
        Track {
            name: format!("Says of {}", one_line(replica, 40)),
            note: one_line(last.unwrap_or("not told"), 20),
            shapes: vec![shape("held", there), shape("away", away)],
            ..Track::default()
        }
    };
    let others = seen.others().take(MOST_REPLICAS);
    others
        .map(|(_, row)| one((&row.group, &row.replica)))
        .collect()
}

/// Lines of its error log that fall into the time; nothing where it was not read.
fn log(clock: Clock, way: &Way<'_>) -> Option<Track> {
    let all = &way.all.replica.log;
    if all.is_empty() {
        return None;
    }
    let placed = all.iter().filter_map(|(_, line)| {
        let at = u64::try_from(line.at_us?).ok()?.saturating_add(way.later);
        (at >= clock.from_us && at <= clock.until_us).then_some((at, line))
    });
    let marks: Vec<Mark> = placed
        .map(|(at, line)| {
            let number = line
                .number
                .map_or(String::new(), |number| format!("{number}: "));
            Mark {
                class: "line",
                from_us: at,
                until_us: at,
                said: format!("{number}{}", one_line(&line.text, 200)),
            }
        })
        .collect();
    let before = all.len().saturating_sub(marks.len());
    Some(Track {
        name: "Error log".to_owned(),
        note: match (marks.len(), before) {
            (0, before) => format!("{before} before"),
            (now, 0) => now.to_string(),
            (now, before) => format!("{now}, {before} before"),
        },
        marks: apart(clock, marks),
        ..Track::default()
    })
}

/// Logins at a listener, in turn and at once, and the numbers that stood in their way.
fn logins(clock: Clock, way: &Way<'_>) -> Vec<Track> {
    let seen = &way.all.replica;
    let both = [("off", false, &seen.in_turn), ("on", true, &seen.at_once)];
    let made = both.into_iter().filter(|(_, at_once, _)| {
        let mut minutes = way.all.listener.iter();
        minutes.any(|one| one.at_once == *at_once)
    });
    made.flat_map(|(word, at_once, one)| lane(clock, way, (word, at_once), one))
        .collect()
}

fn lane(clock: Clock, way: &Way<'_>, (word, at_once): (&str, bool), one: &Listener) -> Vec<Track> {
    let minutes = || way.all.listener.iter().filter(|one| one.at_once == at_once);
    let worked = minutes().map(|one| &one.logins.worked);
    let failed = minutes().flat_map(|one| &one.logins.failed);
    let failed = failed.map(|alike| &alike.times);
    let mut tracks = vec![Track {
        name: format!("{}, MultiSubnetFailover {word}", way.name),
        note: format!(
            "{} of {}",
            one.worked,
            one.worked.saturating_add(one.failures())
        ),
        shapes: bars(clock, way.later, worked, failed),
        ..Track::default()
    }];
    let failures: Vec<_> = one.failed.iter().filter(|one| one.count > 0).collect();
    if failures.is_empty() {
        return tracks;
    }
    let named = |number: Option<i32>, code: &FailureCode| {
        number.map_or_else(
            || code.as_str().replace('_', " "),
            |number| number.to_string(),
        )
    };
    let us = |ms: u64| ms.saturating_mul(1_000).saturating_add(way.later);
    let mut marks: Vec<Mark> = failures
        .iter()
        .map(|failed| Mark {
            class: if failed.number.is_some() {
                "hard"
            } else {
                "soft"
            },
            from_us: us(failed.first_ms),
            until_us: us(failed.last_ms),
            said: format!(
                "{}: {}",
                named(failed.number, &failed.code),
                count(failed.count as usize, "login", "logins")
            ),
        })
        .collect();
    marks.sort_by_key(|mark| mark.from_us);
    let names: Vec<String> = failures
        .iter()
        .map(|one| named(one.number, &one.code))
        .collect();
    tracks.push(Track {
        name: "Numbers".to_owned(),
        note: one_line(&names.join(", "), 40),
        marks: apart(clock, marks),
        ..Track::default()
    });
    tracks
}

/// What one direction comes to with this time-out, in a sentence.
pub(crate) fn told(way: &Way<'_>, typed: Option<u64>) -> String {
    let seen = &way.all.replica;
    if seen.is_empty() {
        return format!("{}: nothing is known yet.", way.name);
    }
    if seen.step.is_none() {
        let outages = |one: &Listener| count(one.outages_ms().len(), "outage", "outages");
        return format!(
            "{}: {} with MultiSubnetFailover off, {} with it on.",
            way.name,
            outages(&seen.in_turn),
            outages(&seen.at_once)
        );
    }
    let timeout = timeout_us(seen, typed);
    let gaps = seen.all_gaps();
    let lost = trips(&gaps, timeout);
    let with = duration(timeout);
    if seen.established == 0 {
        return format!("{}: no connect was established yet.", way.name);
    }
    match lost.first() {
        None => {
            let lengths = gaps
                .iter()
                .map(|gap| gap.until_us.saturating_sub(gap.from_us));
            let longest = lengths.max().map_or_else(
                || "none was missed".to_owned(),
                |us| format!("the longest time without one was {}", duration(us)),
            );
            let (tried, name) = (seen.tried(), &way.name);
            format!(
                "{name}: with {with} a session stays; {} of {tried} connects were established, {longest}.",
                seen.established
            )
        }
        Some(first) => {
            let times = count(lost.len(), "time", "times");
            format!(
                "{}: with {with} a session would have been lost {times}, first at +{} by {}.",
                way.name,
                duration(first.at_us),
                by(first)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::seen;
    use model::lasting::{
        FailedAlike, ListenerMinute, LogLine, LoopMinute, ReplicaFact, ReplicaMinute, ReplicaRow,
        ReplicaWatch, SessionGap, TimeoutFrom,
    };

    const S: u64 = 1_000_000;

    fn times(seconds: std::ops::Range<u64>) -> Clocked {
        let mut all = Clocked::default();
        seconds.for_each(|second| all.push(second * S, 900));
        all
    }

    fn row(at_us: u64, connected: &str) -> ReplicaFact {
        ReplicaFact::Replica(Box::new(ReplicaRow {
            at_us,
            group: "ag1".into(),
            replica: "SQL-B".into(),
            connected: Some(connected.into()),
            ..ReplicaRow::default()
        }))
    }

    /// Silence from 20 s to 34 s of a minute.
    fn lost() -> Lasting {
        seen([
            ReplicaFact::Watch(ReplicaWatch {
                at_us: 0,
                every_ms: 1_000,
                timeout_ms: 10_000,
                timeout_from: TimeoutFrom::Server,
            }),
            row(0, "CONNECTED"),
            ReplicaFact::Gap(SessionGap {
                from_us: 20 * S,
                until_us: 34 * S,
                open: false,
                failed: 13,
                code: Some(FailureCode::TcpTimeout),
                said_us: None,
                lag_max_us: 2_000,
                lag_whole_us: 0,
            }),
            row(31 * S, "DISCONNECTED"),
            row(40 * S, "CONNECTED"),
            ReplicaFact::Minute(ReplicaMinute {
                from_us: 0,
                until_us: 60 * S,
                established: times(0..20),
                failed: vec![FailedAlike {
                    code: FailureCode::TcpTimeout,
                    number: None,
                    times: times(21..34),
                }],
                lag_max_us: 2_000,
                ..ReplicaMinute::default()
            }),
            ReplicaFact::Log(LogLine {
                at: "2026-11-21T12:00:31".into(),
                at_us: Some(31_000_000),
                number: Some(35_206),
                text: "A connection timeout has occurred".into(),
            }),
            ReplicaFact::Log(LogLine {
                at: "2026-11-21T11:00:00".into(),
                at_us: Some(-3_600_000_000),
                number: None,
                text: "Something before".into(),
            }),
        ])
    }

    fn way(name: &str, later: u64, all: &Lasting) -> Chart {
        let way = Way {
            name: name.to_owned(),
            later,
            all,
        };
        chart(&[way], None, None).expect("a picture")
    }

    #[test]
    fn everything_of_one_direction_stands_on_one_clock() {
        let all = lost();
        let picture = way("a → b", 0, &all);
        let lanes: Vec<_> = picture
            .tracks
            .iter()
            .map(|track| (track.name.as_str(), track.note.as_str()))
            .collect();
        assert_eq!(
            lanes,
            [
                ("a → b", "20 of 33"),
                ("Gaps", "14 s"),
                ("Session, 10 s", "lost 1 ×"),
                ("Says of SQL-B", "CONNECTED"),
                ("Error log", "1, 1 before"),
                ("Timers late", "2 ms"),
            ]
        );
        let mark = |place: usize| {
            let mark = &picture.tracks[place].marks[0];
            (mark.class, mark.from_us, mark.until_us)
        };
        assert_eq!(mark(1), ("soft", 20 * S, 34 * S));
        assert_eq!(mark(2), ("soft", 30 * S, 34 * S));
        assert_eq!(mark(4), ("line", 31 * S, 31 * S));
        let classes: Vec<_> = picture.legend.iter().map(|(class, _)| *class).collect();
        assert_eq!(classes, ["good", "failed", "soft", "held", "away", "line"]);
    }

    #[test]
    fn another_session_time_out_is_answered_at_once() {
        let all = lost();
        let way = || Way {
            name: "a → b".into(),
            later: 0,
            all: &all,
        };
        for (text, said) in [
            (
                "",
                "a → b: with 10 s a session would have been lost 1 time, first at +30 s by silence, back after 4 s.",
            ),
            (
                "20 s",
                "a → b: with 20 s a session stays; 20 of 33 connects were established, the longest time without one was 14 s.",
            ),
        ] {
            let typed = typed(text).expect("a time");
            assert_eq!(told(&way(), typed), said);
            let picture = chart(&[way()], None, typed).expect("a picture");
            assert_eq!(picture.tracks[2].marks.is_empty(), !text.is_empty());
            assert_eq!(picture.said, said);
        }
        for wrong in ["soon", "0", "-1 s"] {
            assert!(typed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn both_directions_and_a_listener_share_the_clock() {
        let (there, none) = (lost(), Lasting::default());
        let listener = seen([ReplicaFact::ListenerMinute(ListenerMinute {
            at_once: false,
            logins: LoopMinute {
                from_us: 0,
                until_us: 60 * S,
                worked: times(0..30),
                failed: vec![FailedAlike {
                    code: FailureCode::LoginRejected,
                    number: Some(983),
                    times: times(30..40),
                }],
                ..LoopMinute::default()
            },
            endpoints: Vec::new(),
        })]);
        let of = |name: &str, later, all| Way {
            name: name.to_owned(),
            later,
            all,
        };
        let ways = [
            of("a → b", 0, &there),
            of("b → a", 5 * S, &there),
            of("c", 5 * S, &none),
            of("listener", 0, &listener),
        ];
        let picture = chart(&ways, None, None).expect("a picture");
        assert_eq!((picture.clock.from_us, picture.clock.until_us), (0, 65 * S));
        assert_eq!(picture.tracks.len(), 14);
        assert_eq!(picture.tracks[7].marks[0].from_us, 25 * S);
        let numbers = &picture.tracks[13];
        assert_eq!(
            (numbers.name.as_str(), numbers.note.as_str()),
            ("Numbers", "983")
        );
        assert_eq!(numbers.marks[0].said, "983: 10 logins");
        assert!(picture.said.contains("c: nothing is known yet."));
        assert!(
            picture
                .said
                .contains("listener: 1 outage with MultiSubnetFailover off")
        );
        let only = |kind| chart(&ways[3..], Some(kind), None).map(|chart| chart.tracks.len());
        assert_eq!(only(StepKind::ListenerView), Some(2));
        assert_eq!(only(StepKind::ReplicaSession), None);
        assert_eq!(chart(&ways[2..3], None, None), None);
    }

    #[test]
    fn what_begins_a_little_early_or_late_leaves_no_hole() {
        let mut uneven = Clocked::default();
        for number in 0..20_u64 {
            uneven.push(number * 200_000 + (number % 3) * 60_000, 900);
        }
        let clock = Clock {
            from_us: 0,
            until_us: 4_000_000,
        };
        let good = |all: &Clocked| bars(clock, 0, std::iter::once(all), std::iter::empty());
        let path = good(&uneven).swap_remove(0).path;
        let parts: Vec<&str> = path.split('M').skip(1).collect();
        assert_eq!(parts.len(), 20);
        let ends = |part: &&str| -> (f64, f64) {
            let left = part.split(' ').next().expect("a start");
            let right = part.split('H').nth(1).expect("an end");
            let right = right.split('V').next().expect("an end");
            (
                left.parse().expect("a number"),
                right.parse().expect("a number"),
            )
        };
        for (one, next) in parts.iter().zip(parts.iter().skip(1)) {
            assert!(ends(one).1 >= ends(next).0, "{one} {next}");
        }
        // Where nothing was begun there is one.
        let mut broken = uneven.clone();
        broken.started_ms.drain(5..12);
        broken.elapsed_us.drain(5..12);
        let path = good(&broken).swap_remove(0).path;
        let parts: Vec<&str> = path.split('M').skip(1).collect();
        assert!(ends(&parts[4]).1 + 100.0 < ends(&parts[5]).0, "{path}");
    }

    #[test]
    fn a_day_is_no_larger_than_two_minutes() {
        let minutes = (0..1_440).map(|minute| {
            let from = minute * 60;
            ReplicaFact::Minute(ReplicaMinute {
                from_us: from * S,
                until_us: (from + 60) * S,
                established: times(from..from + 60),
                ..ReplicaMinute::default()
            })
        });
        let all = seen(minutes);
        for track in way("a → b", 0, &all).tracks {
            for shape in track.shapes {
                assert!(shape.path.len() < 12_000, "{}", track.name);
            }
        }
    }
}
