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
mod tests;
