//! What happened second by second, as pictures: the operations of a loop, and connections that were opened.

use super::chart::{BUCKETS, Chart, Clock, Decades, Shape, Track, area, steps};
use bundle::lasting::Lasting;
use rules::replay::Operation;
use rules::words::{count, duration};

/// So many of one kind in a part of the time.
#[derive(Clone, Copy, Default)]
struct Part {
    worked: u32,
    failed: u32,
    longest_us: u64,
    sum_us: u64,
}

impl Part {
    fn of(operations: &[Operation]) -> Self {
        let mut part = Self::default();
        for one in operations {
            if one.failed.is_some() {
                part.failed += 1;
            } else {
                part.worked += 1;
                part.longest_us = part.longest_us.max(one.elapsed_us);
                part.sum_us = part.sum_us.saturating_add(one.elapsed_us);
            }
        }
        part
    }
}

/// Areas that stand upon each other: what worked, and above it what did not.
pub(crate) fn stacked(clock: Clock, parts: &[((u64, u64), u32, u32)]) -> Vec<Shape> {
    let most = parts
        .iter()
        .map(|(_, worked, failed)| worked + failed)
        .max();
    let most = f64::from(most.unwrap_or(1).max(1));
    let high = |number: u32| (f64::from(number) / most * 1_000.0).round() / 10.0;
    let (mut worked, mut failed) = (String::new(), String::new());
    for (span, good, bad) in parts {
        if *good > 0 {
            worked += &area(clock, *span, (0.0, high(*good)));
        }
        if *bad > 0 {
            failed += &area(clock, *span, (high(*good), high(good + bad)));
        }
    }
    vec![
        Shape {
            class: "good",
            path: worked,
        },
        Shape {
            class: "failed",
            path: failed,
        },
    ]
}

/// The operations of a retry loop over time; `None` before the first minute.
pub(crate) fn operations(all: &Lasting) -> Option<Chart> {
    let operations = all.timeline.operations();
    let clock = Clock {
        from_us: operations.first()?.started_us,
        until_us: all.timeline.until_us(),
    };
    let span = clock.until_us.saturating_sub(clock.from_us).max(1);
    // As many in each part, so that a part is as high as the next; it ends early where nothing was begun.
    let usual = span.div_ceil(operations.len() as u64);
    let starts = operations
        .chunks(operations.len().div_ceil(BUCKETS))
        .map(|part| {
            let first = part.first().map_or(0, |one| one.started_us);
            let last = part.last().map_or(0, |one| one.started_us);
            (part, first, last)
        });
    let parts: Vec<_> = starts.collect();
    let nexts = parts.iter().skip(1).map(|(_, first, _)| *first);
    let counted: Vec<((u64, u64), Part)> = parts
        .iter()
        .zip(nexts.chain([clock.until_us]))
        .map(|((part, first, last), next)| {
            let is_gap = next.saturating_sub(*last) > usual.saturating_mul(3);
            let until = if is_gap {
                last.saturating_add(usual)
            } else {
                next
            };
            ((*first, until), Part::of(part))
        })
        .collect();
    let stack: Vec<_> = counted
        .iter()
        .map(|(span, part)| (*span, part.worked, part.failed))
        .collect();
    let known = || {
        let worked = counted.iter().filter(|(_, part)| part.worked > 0);
        worked.map(|(span, part)| (*span, part.sum_us / u64::from(part.worked), part.longest_us))
    };
    let heights = Decades::of(known().flat_map(|(_, mean, longest)| [mean, longest]));
    let peak = known().map(|(span, mean, longest)| {
        area(clock, span, (heights.height(mean), heights.height(longest)))
    });
    let mean = known().map(|(span, mean, _)| (span, heights.height(mean)));
    let took = vec![
        Shape {
            class: "peak",
            path: peak.collect(),
        },
        Shape {
            class: "median",
            path: steps(clock, mean),
        },
    ];
    let (worked, failed) = counted
        .iter()
        .fold((0_u64, 0_u64), |(worked, failed), (_, part)| {
            (
                worked + u64::from(part.worked),
                failed + u64::from(part.failed),
            )
        });
    let many = worked + failed;
    let has_worked = worked > 0;
    Some(Chart {
        clock,
        tracks: vec![
            Track {
                name: "Operations".into(),
                note: format!("{worked} of {many}"),
                is_tall: true,
                shapes: stacked(clock, &stack),
                ..Track::default()
            },
            Track {
                name: "Took".into(),
                note: known()
                    .map(|(.., longest)| longest)
                    .max()
                    .map_or(String::new(), duration),
                is_tall: true,
                shapes: took,
                heights: if has_worked {
                    heights.labels()
                } else {
                    Vec::new()
                },
                ..Track::default()
            },
        ],
        legend: [
            ("good", "worked", has_worked),
            ("failed", "failed", failed > 0),
            ("median", "mean of those that worked", has_worked),
            ("peak", "to the longest", has_worked),
        ]
        .into_iter()
        .filter_map(|(class, word, occurs)| occurs.then_some((class, word)))
        .collect(),
        said: format!(
            "{} over {}: {worked} worked, {failed} failed.",
            count(operations.len(), "operation", "operations"),
            duration(span)
        ),
    })
}

/// Connections that were opened, second by second, and how many were open; `None` before the first.
pub(crate) fn ramp(all: &Lasting) -> Option<Chart> {
    const SECOND: u64 = 1_000_000;
    let stages = &all.stages;
    let (first, last) = (stages.first()?, stages.last()?);
    let clock = Clock {
        from_us: first.from_us,
        until_us: last.from_us.saturating_add(SECOND),
    };
    let spans: Vec<(u64, u64)> = stages
        .iter()
        .map(|stage| (stage.from_us, stage.from_us.saturating_add(SECOND * 9 / 10)))
        .collect();
    let counted: Vec<_> = stages
        .iter()
        .zip(&spans)
        .map(|(stage, span)| {
            let failed = stage.failed.iter().map(|(_, times)| *times).sum();
            (*span, stage.established, failed)
        })
        .collect();
    let most = stages.iter().map(|stage| stage.open).max().unwrap_or(0);
    let high = |open: u32| f64::from(open) / f64::from(most.max(1)) * 100.0;
    let open = stages.iter().zip(&spans);
    let open = open.map(|(stage, span)| area(clock, *span, (0.0, high(stage.open))));
    let asked: u32 = stages.iter().map(|stage| stage.tried).sum();
    let (connected, failed) = counted
        .iter()
        .fold((0, 0), |(good, bad), (_, worked, failed)| {
            (good + worked, bad + failed)
        });
    Some(Chart {
        clock,
        tracks: vec![
            Track {
                name: "Opened".into(),
                note: format!("{connected} of {asked}"),
                is_tall: true,
                shapes: stacked(clock, &counted),
                ..Track::default()
            },
            Track {
                name: "Open at once".into(),
                note: most.to_string(),
                is_tall: true,
                shapes: vec![Shape {
                    class: "bars",
                    path: open.collect(),
                }],
                ..Track::default()
            },
        ],
        legend: if failed > 0 {
            vec![("good", "connected"), ("failed", "not connected")]
        } else {
            vec![("good", "connected")]
        },
        said: format!(
            "{asked} connections asked for, {connected} connected, {failed} not; at most {most} open at once."
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::lasting::RampStage;
    use model::{FailureCode, Observation};
    use rules::replay::Failed;

    fn looped(many: u64) -> Lasting {
        let mut all = Lasting::default();
        for number in 0..many {
            let failed = (number % 10 == 3).then_some(Failed {
                code: FailureCode::LoginRejected,
                number: Some(40_613),
            });
            all.timeline.push(number * 1_000_000, 20_000, failed);
        }
        all
    }

    #[test]
    fn operations_over_time_whatever_their_number() {
        assert_eq!(operations(&looped(0)), None);
        for (many, note) in [(1, "1 of 1"), (10, "9 of 10"), (5_000, "4500 of 5000")] {
            let chart = operations(&looped(many)).expect("a picture");
            assert_eq!(chart.tracks[0].note, note);
            let shapes = &chart.tracks[0].shapes;
            assert!(shapes.iter().all(|shape| shape.path.len() < 12_000));
            assert_eq!(shapes[1].path.is_empty(), many == 1);
        }
    }

    #[test]
    fn a_ramp_shows_where_it_stopped() {
        let mut all = Lasting::default();
        assert_eq!(ramp(&all), None);
        for (second, open, failed) in [(0, 20, 0), (1, 38, 2)] {
            all.see(&Observation::RampStage(RampStage {
                from_us: second * 1_000_000,
                tried: 20,
                established: 20 - failed,
                open,
                median_us: None,
                max_us: None,
                failed: vec![(FailureCode::TcpTimeout, failed)],
            }));
        }
        let chart = ramp(&all).expect("a picture");
        assert_eq!(
            (chart.tracks[0].note.as_str(), chart.tracks[1].note.as_str()),
            ("38 of 40", "38")
        );
        assert_eq!(chart.legend.len(), 2);
        assert!(
            chart
                .said
                .starts_with("40 connections asked for, 38 connected, 2 not")
        );
    }
}
