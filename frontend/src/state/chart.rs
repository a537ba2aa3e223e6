//! A picture of things in time: tracks under each other on one clock. Numbers and classes only; who draws it decides
//! on size and colour. However long the time, the picture stays as large as its buckets.

use rules::words::duration;

/// Parts of the time that are told apart.
pub(crate) const BUCKETS: usize = 240;
/// Marks of one track: nearer ones become one.
const MOST_MARKS: u64 = 400;

/// A stretch of time, in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Clock {
    pub(crate) from_us: u64,
    pub(crate) until_us: u64,
}

impl Clock {
    fn span(self) -> u64 {
        self.until_us.saturating_sub(self.from_us).max(1)
    }

    /// Where a moment is, from 0 to 1,000.
    pub(crate) fn at(self, us: u64) -> f64 {
        let since = us.clamp(self.from_us, self.until_us.max(self.from_us)) - self.from_us;
        (since as f64 / self.span() as f64 * 10_000.0).round() / 10.0
    }

    /// Where the clock is marked, in percent, and what stands there.
    pub(crate) fn ticks(self) -> Vec<(f64, String)> {
        let step = nice(self.span() / 4);
        (0..)
            .map(|count| count * step)
            .take_while(|since| *since < self.span())
            .map(|since| {
                let text = if since == 0 {
                    "0".to_owned()
                } else {
                    duration(since)
                };
                (since as f64 / self.span() as f64 * 100.0, text)
            })
            .collect()
    }
}

/// The next length that people count in: 1, 2, 5, 10, 15 or 30 of a unit.
fn nice(us: u64) -> u64 {
    const SECOND: u64 = 1_000_000;
    let units = [
        (1, &[1, 2, 5, 10, 20, 50, 100, 200, 500][..]),
        (1_000, &[1, 2, 5, 10, 20, 50, 100, 200, 500]),
        (SECOND, &[1, 2, 5, 10, 15, 30]),
        (60 * SECOND, &[1, 2, 5, 10, 15, 30]),
        (3_600 * SECOND, &[1, 2, 3, 6, 12]),
    ];
    let mut steps = units
        .into_iter()
        .flat_map(|(unit, factors)| factors.iter().map(move |factor| factor * unit));
    let day = 24 * 3_600 * SECOND;
    steps
        .find(|step| *step >= us)
        .unwrap_or_else(|| us.div_ceil(day).max(1) * day)
}

/// A line or an area, as SVG writes it, in a field of 1,000 by 100.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Shape {
    pub(crate) class: &'static str,
    pub(crate) path: String,
}

/// Something with a beginning and an end, drawn over the shapes, never too small to be seen.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Mark {
    pub(crate) class: &'static str,
    pub(crate) from_us: u64,
    pub(crate) until_us: u64,
    /// What it is, in words.
    pub(crate) said: String,
}

/// One line of the picture.
#[derive(Clone, Default, PartialEq, Debug)]
pub(crate) struct Track {
    pub(crate) name: String,
    /// What it came to, at its right.
    pub(crate) note: String,
    pub(crate) is_tall: bool,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) marks: Vec<Mark>,
    /// Labels of its heights, in percent from below.
    pub(crate) heights: Vec<(f64, String)>,
}

/// The picture.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Chart {
    pub(crate) clock: Clock,
    pub(crate) tracks: Vec<Track>,
    /// What each class stands for.
    pub(crate) legend: Vec<(&'static str, &'static str)>,
    /// The whole of it in words.
    pub(crate) said: String,
}

/// Heights on which each step is ten times the one below, so that 1 ms and 10 s are both to be seen.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Decades {
    low: f64,
    high: f64,
}

impl Decades {
    /// Whole decades that hold all of these.
    pub(crate) fn of(values: impl IntoIterator<Item = u64>) -> Self {
        let (mut least, mut most) = (f64::MAX, 1.0_f64);
        for value in values {
            let value = value.max(1) as f64;
            (least, most) = (least.min(value), most.max(value));
        }
        let low = least.min(most).log10().floor();
        let high = most.log10().ceil().max(low + 1.0);
        Self { low, high }
    }

    /// How high a value stands, from 0 to 100.
    pub(crate) fn height(self, value: u64) -> f64 {
        let log = (value.max(1) as f64).log10();
        let part = (log - self.low) / (self.high - self.low);
        (part.clamp(0.0, 1.0) * 1_000.0).round() / 10.0
    }

    /// The lowest and the highest of times.
    pub(crate) fn labels(self) -> Vec<(f64, String)> {
        let name = |log: f64| duration(10_f64.powf(log).round() as u64);
        vec![(0.0, name(self.low)), (100.0, name(self.high))]
    }
}

/// An area from one height to another, both from 0 to 100 from below.
pub(crate) fn area(clock: Clock, (from, until): (u64, u64), (low, high): (f64, f64)) -> String {
    let (left, right) = (clock.at(from), clock.at(until));
    let right = right.max(left + 2.0);
    format!("M{left} {}H{right}V{}H{left}Z", 100.0 - low, 100.0 - high)
}

/// A line of levels: whole where one follows on the other.
pub(crate) fn steps(clock: Clock, levels: impl Iterator<Item = ((u64, u64), f64)>) -> String {
    let mut path = String::new();
    let mut ended = None;
    for ((from, until), height) in levels {
        let (left, right) = (clock.at(from), clock.at(until));
        let join = if ended == Some(from) { 'L' } else { 'M' };
        let level = 100.0 - height;
        path += &format!("{join}{left} {level}H{}", right.max(left + 1.0));
        ended = Some(until);
    }
    path
}

/// Marks that lie too near each other to be told apart become one, with the words of the first and how many more.
pub(crate) fn apart(clock: Clock, marks: Vec<Mark>) -> Vec<Mark> {
    let near = clock.span() / MOST_MARKS;
    let mut out: Vec<(Mark, usize)> = Vec::new();
    for mark in marks {
        match out.last_mut() {
            Some((last, more)) if mark.from_us <= last.from_us.saturating_add(near) => {
                last.until_us = last.until_us.max(mark.until_us);
                *more += 1;
            }
            _ => out.push((mark, 0)),
        }
    }
    let told = |(mark, more): (Mark, usize)| match more {
        0 => mark,
        more => Mark {
            said: format!("{}, and {more} more", mark.said),
            ..mark
        },
    };
    out.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000;

    #[test]
    fn a_clock_is_marked_as_people_count() {
        for (until_us, expected) in [
            (4_900_000, &["0", "2 s", "4 s"][..]),
            (120_000_000, &["0", "30 s", "60 s", "90 s"]),
            (HOUR, &["0", "15 min", "30 min", "45 min"]),
            (24 * HOUR, &["0", "6 h", "12 h", "18 h"]),
            (7 * 24 * HOUR, &["0", "2 d", "4 d", "6 d"]),
            (0, &["0"]),
        ] {
            let clock = Clock {
                from_us: 0,
                until_us,
            };
            let words: Vec<String> = clock.ticks().into_iter().map(|tick| tick.1).collect();
            assert_eq!(words, expected, "{until_us}");
        }
    }

    #[test]
    fn a_moment_stays_on_the_clock() {
        let clock = Clock {
            from_us: 100,
            until_us: 300,
        };
        for (us, place) in [
            (0, 0.0),
            (100, 0.0),
            (200, 500.0),
            (300, 1_000.0),
            (9_999, 1_000.0),
        ] {
            assert_eq!(clock.at(us), place, "{us}");
        }
        assert_eq!(
            area(clock, (200, 300), (0.0, 40.0)),
            "M500 100H1000V60H500Z"
        );
    }

    #[test]
    fn levels_that_follow_on_each_other_are_one_line() {
        let clock = Clock {
            from_us: 0,
            until_us: 400,
        };
        let levels = [((0, 100), 20.0), ((100, 200), 40.0), ((300, 400), 40.0)];
        assert_eq!(
            steps(clock, levels.into_iter()),
            "M0 80H250L250 60H500M750 60H1000"
        );
        assert_eq!(steps(clock, std::iter::empty()), "");
    }

    #[test]
    fn short_and_long_times_are_both_to_be_seen() {
        let heights = Decades::of([900, 12_000_000]);
        assert_eq!(
            heights.labels(),
            [(0.0, "100 µs".to_owned()), (100.0, "1 min 40 s".to_owned())]
        );
        assert!(heights.height(900) > 10.0 && heights.height(12_000_000) < 90.0);
        assert_eq!(heights.height(0), 0.0);
        assert_eq!(Decades::of([]).height(5_000_000), 100.0);
    }

    #[test]
    fn a_thousand_marks_become_a_few() {
        let clock = Clock {
            from_us: 0,
            until_us: 4_000_000,
        };
        let mark = |from_us: u64| Mark {
            class: "hard",
            from_us,
            until_us: from_us + 10,
            said: format!("at {from_us}"),
        };
        let marks = apart(clock, (0..4_000).map(|n| mark(n * 1_000)).collect());
        assert!(marks.len() <= 400, "{}", marks.len());
        assert_eq!(marks[0].said, "at 0, and 10 more");
        assert_eq!(apart(clock, vec![mark(5)]), [mark(5)]);
    }
}
