//! A heartbeat as a picture: how long answers took, when the connection was lost and how, fresh logins, and beside
//! them, on the same clock, how late this host's own timers were and what had to be sent again.

use super::chart::{BUCKETS, Chart, Clock, Decades, Mark, Shape, Track, apart, area, steps};
use bundle::lasting::{Lasting, merged, span_us};
use model::lasting::{BeatMinute, LinkChange, LinkState, Loss, Spread};
use rules::words::{count, duration};

/// A timer that is later than this belongs to a host that does not get to its work.
const LATE_US: u64 = 500_000;

const LEGEND: [(&str, &str); 7] = [
    ("median", "median"),
    ("band", "to 95 %"),
    ("peak", "to the longest"),
    ("held", "connected"),
    ("hard", "hard: an error was reported"),
    ("soft", "soft: no answer until the time-out"),
    ("late", "this host was late"),
];

/// The stretch that a heartbeat is known of; `None` before there is anything.
pub(crate) fn clock(all: &Lasting) -> Option<Clock> {
    let changes = all.changes.iter();
    let first = changes.clone().map(|change| change.lost_us).min();
    let last = changes.map(|change| change.at_us).max();
    let (from, until) = span_us(&all.minutes);
    let beaten = (!all.minutes.is_empty()).then_some(from);
    Some(Clock {
        from_us: first.into_iter().chain(beaten).min()?,
        until_us: last.unwrap_or(0).max(until),
    })
}

/// The picture of one agent's.
pub(crate) fn chart(all: &Lasting) -> Option<Chart> {
    let clock = clock(all)?;
    let minutes = merged(&all.minutes, BUCKETS);
    let mut tracks = vec![answers(clock, &minutes, "Answers"), link(clock, all, 0)];
    tracks.extend(logins(clock, &minutes, all));
    tracks.push(lag(clock, &minutes));
    tracks.extend(again(clock, &minutes));
    let legend = used(&tracks, &LEGEND);
    Some(Chart {
        clock,
        tracks,
        legend,
        said: said(all, clock),
    })
}

/// Several agents' heartbeats under each other. Each stands with its name and with how much later than the first it
/// began.
pub(crate) fn together(agents: &[(String, u64, &Lasting)]) -> Option<Chart> {
    let clocks = agents.iter().filter_map(|(_, later, all)| {
        let clock = clock(all)?;
        Some((clock.from_us + later, clock.until_us + later))
    });
    let (from_us, until_us) =
        clocks.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))?;
    let clock = Clock { from_us, until_us };
    let mut tracks = Vec::new();
    let mut told = Vec::new();
    for (name, later, all) in agents {
        let mut minutes = merged(&all.minutes, BUCKETS);
        for one in &mut minutes {
            one.from_us = one.from_us.saturating_add(*later);
            one.until_us = one.until_us.saturating_add(*later);
        }
        tracks.push(answers(clock, &minutes, name));
        tracks.push(link(clock, all, *later));
        let lost = losses(all).count();
        told.push(format!("{name}: {}", count(lost, "outage", "outages")));
    }
    let legend = used(&tracks, &LEGEND);
    Some(Chart {
        clock,
        tracks,
        legend,
        said: format!("Heartbeats of {}", told.join("; ")),
    })
}

fn losses(all: &Lasting) -> impl Iterator<Item = &LinkChange> {
    let changes = all.changes.iter();
    changes.filter(|change| change.now == LinkState::Disconnected)
}

/// The part of the legend that occurs.
pub(crate) fn used(
    tracks: &[Track],
    all: &[(&'static str, &'static str)],
) -> Vec<(&'static str, &'static str)> {
    let occurs = |class: &str| {
        tracks.iter().any(|track| {
            let shapes = track
                .shapes
                .iter()
                .any(|one| one.class == class && !one.path.is_empty());
            shapes || track.marks.iter().any(|one| one.class == class)
        })
    };
    let all = all.iter().copied();
    all.filter(|(class, _)| occurs(class)).collect()
}

fn shape(class: &'static str, parts: impl Iterator<Item = String>) -> Shape {
    Shape {
        class,
        path: parts.collect(),
    }
}

/// The median's line.
fn line(clock: Clock, levels: impl Iterator<Item = ((u64, u64), f64)>) -> Shape {
    Shape {
        class: "median",
        path: steps(clock, levels),
    }
}

fn span(one: &BeatMinute) -> (u64, u64) {
    (one.from_us, one.until_us)
}

/// How long answers took.
fn answers(clock: Clock, minutes: &[BeatMinute], name: &str) -> Track {
    let known = || {
        minutes
            .iter()
            .filter_map(|one| Some((span(one), one.answers?)))
    };
    let heights = Decades::of(known().flat_map(|(_, all)| [all.median_us, all.max_us]));
    let of = |class, low: fn(&Spread) -> u64, high: fn(&Spread) -> u64| {
        let part = |(span, all): ((u64, u64), Spread)| {
            let reach = (heights.height(low(&all)), heights.height(high(&all)));
            area(clock, span, reach)
        };
        shape(class, known().map(part))
    };
    let median = |(span, all): ((u64, u64), Spread)| (span, heights.height(all.median_us));
    let mut middles: Vec<u64> = known().map(|(_, all)| all.median_us).collect();
    middles.sort_unstable();
    let middle = middles.get(middles.len() / 2).map(|us| duration(*us));
    Track {
        name: name.to_owned(),
        note: middle.unwrap_or_else(|| "no answer".to_owned()),
        is_tall: true,
        shapes: vec![
            of("peak", |all| all.p95_us, |all| all.max_us),
            of("band", |all| all.median_us, |all| all.p95_us),
            line(clock, known().map(median)),
        ],
        heights: if middles.is_empty() {
            Vec::new()
        } else {
            heights.labels()
        },
        ..Track::default()
    }
}

/// When it was connected, and when not.
fn link(clock: Clock, all: &Lasting, later: u64) -> Track {
    let mut marks = Vec::new();
    let mut changes = all.changes.iter().peekable();
    while let Some(lost) = changes.next() {
        if lost.now == LinkState::Connected {
            continue;
        }
        let back = changes.next_if(|next| next.now == LinkState::Connected);
        let (class, how) = match lost.loss {
            Loss::Hard => ("hard", "hard"),
            Loss::Soft => ("soft", "soft"),
        };
        let length = back.and_then(|back| back.outage_us);
        let said = match length {
            Some(us) => format!("{how}, out of use for {}", duration(us)),
            None => format!("{how}, not connected again"),
        };
        let from_us = lost.lost_us.saturating_add(later);
        marks.push(Mark {
            class,
            from_us,
            until_us: length.map_or(clock.until_us, |us| from_us.saturating_add(us)),
            said: format!("At +{}: {said}", duration(lost.lost_us)),
        });
    }
    let now = match all.changes.last().map(|change| change.now) {
        Some(LinkState::Disconnected) => "DISCONNECTED",
        _ => "CONNECTED",
    };
    let known = super::beats::clock(all);
    let held = known.map(|known| {
        let span = (
            known.from_us.saturating_add(later),
            known.until_us.saturating_add(later),
        );
        area(clock, span, (15.0, 85.0))
    });
    Track {
        name: "Connection".to_owned(),
        note: now.to_owned(),
        shapes: vec![shape("held", held.into_iter())],
        marks: apart(clock, marks),
        ..Track::default()
    }
}

/// Fresh logins; nothing where none was made.
fn logins(clock: Clock, minutes: &[BeatMinute], all: &Lasting) -> Option<Track> {
    let made: u32 = minutes
        .iter()
        .map(|one| one.logins)
        .fold(0, u32::saturating_add);
    let known = || {
        minutes
            .iter()
            .filter_map(|one| Some((span(one), one.logins_worked?)))
    };
    let worked: u32 = known()
        .map(|(_, all)| all.count)
        .fold(0, u32::saturating_add);
    if made == 0 && all.logins_failed.is_empty() {
        return None;
    }
    let heights = Decades::of(known().flat_map(|(_, all)| [all.median_us, all.max_us]));
    let band = |(span, all): ((u64, u64), Spread)| {
        area(
            clock,
            span,
            (heights.height(all.median_us), heights.height(all.max_us)),
        )
    };
    let median = |(span, all): ((u64, u64), Spread)| (span, heights.height(all.median_us));
    let failed = all.logins_failed.iter().map(|one| Mark {
        class: "hard",
        from_us: one.started_us,
        until_us: one.started_us.saturating_add(one.elapsed_us),
        said: format!("At +{}: a login failed", duration(one.started_us)),
    });
    Some(Track {
        name: "Fresh logins".to_owned(),
        note: format!("{worked} of {made}"),
        shapes: vec![
            shape("peak", known().map(band)),
            line(clock, known().map(median)),
        ],
        marks: apart(clock, failed.collect()),
        ..Track::default()
    })
}

/// How late this host's own timers were.
pub(crate) fn lag(clock: Clock, minutes: &[BeatMinute]) -> Track {
    let heights = Decades::of([1_000, 10_000_000]);
    let bars = |late: bool| {
        let of = minutes
            .iter()
            .filter(move |one| (one.lag_max_us >= LATE_US) == late);
        of.map(|one| {
            area(
                clock,
                span(one),
                (0.0, heights.height(one.lag_max_us).max(3.0)),
            )
        })
    };
    let most = minutes.iter().map(|one| one.lag_max_us).max().unwrap_or(0);
    Track {
        name: "Timers late".to_owned(),
        note: duration(most),
        shapes: vec![shape("bars", bars(false)), shape("late", bars(true))],
        ..Track::default()
    }
}

/// What had to be sent again; nothing where the system does not tell.
fn again(clock: Clock, minutes: &[BeatMinute]) -> Option<Track> {
    let known = || {
        minutes
            .iter()
            .filter_map(|one| Some((span(one), one.retransmitted?)))
    };
    let most = known().map(|(_, again)| again).max()?.max(1);
    let bars = known()
        .filter(|(_, again)| *again > 0)
        .map(|(span, again)| {
            area(
                clock,
                span,
                (0.0, f64::from(again) / f64::from(most) * 100.0),
            )
        });
    let all = known().map(|(_, again)| u64::from(again)).sum::<u64>();
    Some(Track {
        name: "Sent again".to_owned(),
        note: all.to_string(),
        shapes: vec![shape("bars", bars)],
        ..Track::default()
    })
}

fn said(all: &Lasting, clock: Clock) -> String {
    let sum = |of: fn(&BeatMinute) -> u32| {
        all.minutes
            .iter()
            .map(|one| u64::from(of(one)))
            .sum::<u64>()
    };
    let hard = losses(all)
        .filter(|change| change.loss == Loss::Hard)
        .count();
    let soft = losses(all).count() - hard;
    format!(
        "Heartbeat over {}: {} of {} queries answered, {hard} hard and {soft} soft outages.",
        duration(clock.until_us.saturating_sub(clock.from_us)),
        sum(|one| one.answered),
        sum(|one| one.beats)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{FailureCode, Observation};

    fn minute(number: u64) -> Observation {
        Observation::BeatMinute(BeatMinute {
            from_us: number * 60_000_000,
            until_us: (number + 1) * 60_000_000,
            beats: 60,
            answered: 60,
            answers: Some(Spread {
                count: 60,
                min_us: 500,
                median_us: 900,
                p95_us: 2_000,
                max_us: 40_000,
            }),
            logins: 6,
            logins_worked: Some(Spread {
                count: 6,
                min_us: 20_000,
                median_us: 30_000,
                p95_us: 40_000,
                max_us: 50_000,
            }),
            lag_max_us: if number == 1 { 900_000 } else { 2_000 },
            retransmitted: Some(u32::from(number == 1)),
            ..BeatMinute::default()
        })
    }

    fn change(now: LinkState, loss: Loss) -> Observation {
        let is_back = now == LinkState::Connected;
        Observation::LinkChange(LinkChange {
            at_us: 70_000_000,
            now,
            last_answer_us: None,
            lost_us: 61_000_000,
            loss,
            code: FailureCode::QueryReset,
            detail: None,
            detect_us: 0,
            recover_us: None,
            outage_us: is_back.then_some(12_000_000),
            tries: 1,
            endpoint: None,
            local: None,
            lag_max_us: 0,
            counters: None,
        })
    }

    fn beaten(minutes: u64, changes: &[(LinkState, Loss)]) -> Lasting {
        let mut all = Lasting::default();
        for number in 0..minutes {
            all.see(&minute(number));
        }
        for (now, loss) in changes {
            all.see(&change(*now, *loss));
        }
        all
    }

    #[test]
    fn everything_stands_on_one_clock_and_outages_by_their_kind() {
        use LinkState::{Connected, Disconnected};
        for (changes, class, note, until_us) in [
            (
                &[(Disconnected, Loss::Hard), (Connected, Loss::Hard)][..],
                "hard",
                "CONNECTED",
                73_000_000,
            ),
            (
                &[(Disconnected, Loss::Soft)],
                "soft",
                "DISCONNECTED",
                180_000_000,
            ),
        ] {
            let chart = chart(&beaten(3, changes)).expect("a picture");
            let names: Vec<_> = chart
                .tracks
                .iter()
                .map(|track| track.name.as_str())
                .collect();
            assert_eq!(
                names,
                [
                    "Answers",
                    "Connection",
                    "Fresh logins",
                    "Timers late",
                    "Sent again"
                ]
            );
            let link = &chart.tracks[1];
            assert_eq!(link.note, note);
            let mark = &link.marks[0];
            assert_eq!(
                (mark.class, mark.from_us, mark.until_us),
                (class, 61_000_000, until_us)
            );
            assert!(chart.legend.iter().any(|(one, _)| *one == class));
            assert!(chart.legend.iter().any(|(one, _)| *one == "late"));
        }
        let healthy = chart(&beaten(3, &[])).expect("a picture");
        assert_eq!(healthy.tracks[2].note, "18 of 18");
        assert!(healthy.legend.iter().all(|(one, _)| *one != "hard"));
        assert_eq!(
            healthy.said,
            "Heartbeat over 3 min: 180 of 180 queries answered, 0 hard and 0 soft outages."
        );
        assert_eq!(chart(&Lasting::default()), None);
    }

    #[test]
    fn a_week_is_no_larger_than_an_hour() {
        let chart = chart(&beaten(10_080, &[])).expect("a picture");
        for track in &chart.tracks {
            for shape in &track.shapes {
                assert!(
                    shape.path.len() < 12_000,
                    "{}: {}",
                    track.name,
                    shape.path.len()
                );
            }
        }
    }

    #[test]
    fn several_agents_stand_under_each_other() {
        let (one, other) = (
            beaten(3, &[]),
            beaten(2, &[(LinkState::Disconnected, Loss::Hard)]),
        );
        let chart = together(&[
            ("Oslo".into(), 0, &one),
            ("Bergen".into(), 30_000_000, &other),
        ]);
        let chart = chart.expect("a picture");
        assert_eq!(chart.tracks.len(), 4);
        assert_eq!(
            (chart.clock.from_us, chart.clock.until_us),
            (0, 180_000_000)
        );
        assert_eq!(chart.tracks[3].marks[0].from_us, 91_000_000);
        assert_eq!(
            chart.said,
            "Heartbeats of Oslo: 0 outages; Bergen: 1 outage"
        );
    }
}
