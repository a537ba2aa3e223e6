//! What the idle ladder came to, lane by lane: who survived how long, who did not, and how they died.

use crate::case::{Case, StepRef};
use crate::words::{duration, standing_name};
use model::lasting::{IdleRung, Lane};
use model::{Observation, StepKind, StepState};
use std::collections::BTreeSet;

/// A connection of the ladder, and the event that told of it.
#[derive(Clone, Copy)]
pub(crate) struct Rung<'a> {
    pub(crate) seq: u64,
    pub(crate) fact: &'a IdleRung,
}

/// The ladder of a run.
pub(crate) struct Ladder<'a> {
    pub(crate) step: StepRef<'a>,
    pub(crate) rungs: Vec<Rung<'a>>,
}

impl<'a> Ladder<'a> {
    /// Of a run that has one with anything in it.
    pub(crate) fn of(case: &Case<'a>) -> Option<Self> {
        let step = case.of(StepKind::IdleLadder).next()?;
        let mut rungs: Vec<_> = step
            .facts()
            .filter_map(|fact| match &fact.seen {
                Observation::IdleRung(rung) => Some(Rung {
                    seq: fact.seq,
                    fact: rung,
                }),
                _ => None,
            })
            .collect();
        rungs.sort_by_key(|rung| (rung.fact.rung_ms, rung.fact.lane));
        (!rungs.is_empty()).then_some(Self { step, rungs })
    }

    /// Whether every connection's time is over.
    pub(crate) fn is_over(&self) -> bool {
        self.step.state != StepState::Running
    }

    pub(crate) fn lane(&self, lane: Lane) -> impl DoubleEndedIterator<Item = Rung<'a>> {
        self.rungs
            .iter()
            .copied()
            .filter(move |rung| rung.fact.lane == lane)
    }

    pub(crate) fn has(&self, lane: Lane) -> bool {
        self.lane(lane).next().is_some()
    }

    /// The connection that lived longest.
    pub(crate) fn survivor(&self, lane: Lane) -> Option<Rung<'a>> {
        self.lane(lane).rfind(|rung| rung.fact.survived())
    }

    /// The connection that died after the shortest time.
    pub(crate) fn casualty(&self, lane: Lane) -> Option<Rung<'a>> {
        self.lane(lane)
            .filter(|rung| !rung.fact.survived())
            .min_by_key(|rung| rung.fact.idle_us)
    }

    /// How many connections of a lane died.
    pub(crate) fn casualties(&self, lane: Lane) -> usize {
        self.lane(lane).filter(|rung| !rung.fact.survived()).count()
    }

    /// The shortest rung at which a connection of one lane died and one of the other lived: all else was the same.
    pub(crate) fn contrast(&self, died: Lane, lived: Lane) -> Option<(Rung<'a>, Rung<'a>)> {
        let mut dead = self.lane(died).filter(|rung| !rung.fact.survived());
        dead.find_map(|dead| {
            let mut living = self.lane(lived).filter(|rung| rung.fact.survived());
            let alive = living.find(|alive| alive.fact.rung_ms >= dead.fact.rung_ms)?;
            Some((dead, alive))
        })
    }

    /// Whether a timer explains a lane: nobody in it lived longer than the one that died first.
    pub(crate) fn is_timer(&self, lane: Lane) -> bool {
        let survived = self.survivor(lane).map_or(0, |rung| rung.fact.idle_us);
        self.casualty(lane)
            .is_some_and(|rung| rung.fact.idle_us >= survived)
    }

    /// Between which idle times the timer of a lane lies.
    pub(crate) fn bracket(&self, lane: Lane) -> Option<Bracket<'a>> {
        let died = self.casualty(lane)?;
        let lived = self.survivor(lane);
        self.is_timer(lane).then_some(Bracket { lived, died })
    }

    /// How the connections of a lane died, in words: `silence`, `RST or FIN`.
    pub(crate) fn deaths(&self, lane: Lane) -> String {
        let kinds: BTreeSet<_> = self
            .lane(lane)
            .filter_map(|rung| rung.fact.death())
            .collect();
        let kinds: Vec<_> = kinds.into_iter().map(standing_name).collect();
        kinds.join(" or ")
    }
}

/// A timer on the way, as connections of one lane bracket it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdleTimer {
    /// `after 12 s without use`, or between which times.
    pub when: String,
    /// Whose timers lie there, in a sentence; empty for a time that nobody is known for.
    pub suspects: String,
    /// The rung of the first that died.
    pub rung_ms: u64,
    /// Oldest that a pooled connection should get.
    pub safe_age_s: u64,
}

/// The timer that explains how connections of one lane died; `None` where none did, or one lived for longer.
pub fn idle_timer<'a>(rungs: impl IntoIterator<Item = &'a IdleRung>) -> Option<IdleTimer> {
    let rungs = rungs.into_iter().map(|fact| Rung { seq: 0, fact });
    let (living, dead): (Vec<_>, Vec<_>) = rungs.partition(|rung| rung.fact.survived());
    let died = dead.into_iter().min_by_key(|rung| rung.fact.idle_us)?;
    let lived = living.into_iter().max_by_key(|rung| rung.fact.rung_ms);
    let bracket = Bracket { lived, died };
    (died.fact.idle_us >= bracket.lived_us()).then(|| IdleTimer {
        when: bracket.when(),
        suspects: bracket.suspects(),
        rung_ms: died.fact.rung_ms,
        safe_age_s: bracket.safe_age_s(),
    })
}

/// The longest survivor and the shortest casualty of a lane.
#[derive(Clone, Copy)]
pub(crate) struct Bracket<'a> {
    pub(crate) lived: Option<Rung<'a>>,
    pub(crate) died: Rung<'a>,
}

impl Bracket<'_> {
    pub(crate) fn lived_us(&self) -> u64 {
        self.lived.map_or(0, |rung| rung.fact.idle_us)
    }

    /// `after 12 s`, or `between 60 s and 2 min`.
    pub(crate) fn when(&self) -> String {
        let died = self.died.fact;
        if died.ended_idle {
            return format!("after {} without use", duration(died.idle_us));
        }
        match self.lived {
            Some(_) => format!(
                "somewhere between {} and {} without use",
                duration(self.lived_us()),
                duration(died.idle_us)
            ),
            None => format!("within {} without use", duration(died.idle_us)),
        }
    }

    /// Whose timers lie there.
    pub(crate) fn suspects(&self) -> String {
        let died_s = self.died.fact.idle_us / 1_000_000;
        let lived_s = if self.died.fact.ended_idle {
            died_s
        } else {
            self.lived_us() / 1_000_000
        };
        let suspects: Vec<_> = target::facts::idle_timers(lived_s, died_s)
            .map(|timer| timer.suspect.as_str())
            .collect();
        if suspects.is_empty() {
            return String::new();
        }
        format!("Known for such a time: {}.", suspects.join("; "))
    }

    /// Oldest that a pooled connection may get, in seconds: four fifths of what was survived.
    pub(crate) fn safe_age_s(&self) -> u64 {
        let base = match self.lived {
            Some(_) => self.lived_us() / 5 * 4,
            None => self.died.fact.idle_us / 2,
        };
        (base / 1_000_000).max(1)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use crate::testing::Log;
    use model::lasting::{IdleRung, Lane, Standing};
    use model::{Observation, StepKind};

    /// A connection that was idle for so many seconds, and came out like this; `None`: it lived.
    pub(crate) fn rung(lane: Lane, seconds: u64, death: Option<Standing>) -> IdleRung {
        IdleRung {
            lane,
            rung_ms: seconds * 1_000,
            endpoint: "20.61.99.193:1433".into(),
            local: "10.0.0.5:50000".into(),
            logged_in: true,
            idle_us: seconds * 1_000_000,
            ended_idle: false,
            beats: 0,
            looked: Standing::Alive,
            used: Some(death.unwrap_or(Standing::Alive)),
            used_us: Some(if death.is_some() { 10_000_000 } else { 900 }),
            detail: None,
            before: None,
            after: None,
        }
    }

    /// One that ended by itself.
    pub(crate) fn ended(lane: Lane, seconds: u64, after: u64, how: Standing) -> IdleRung {
        IdleRung {
            idle_us: after * 1_000_000,
            ended_idle: true,
            looked: how,
            used: None,
            used_us: None,
            ..rung(lane, seconds, None)
        }
    }

    /// A run that logged in and then climbed this ladder.
    pub(crate) fn climbed(log: Log, rungs: impl IntoIterator<Item = IdleRung>) -> Log {
        let endpoint = "20.61.99.193:1433";
        let mut log = log
            .signed_in()
            .dns("system", Ok(&["20.61.99.193"]))
            .tcp(endpoint, None)
            .prelogin(endpoint, None)
            .tls(endpoint, None)
            .login(endpoint, None)
            .running(StepKind::IdleLadder, endpoint);
        for rung in rungs {
            log = log.seen(Observation::IdleRung(rung));
        }
        log.ends(None).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::idle_timer;
    use super::testing::{ended, rung};
    use model::lasting::Lane::Bare;
    use model::lasting::Standing::{Reset, Silent};

    #[test]
    fn a_lane_brackets_its_timer() {
        let four = [
            rung(Bare, 120, None),
            rung(Bare, 230, None),
            rung(Bare, 250, Some(Silent)),
            rung(Bare, 600, Some(Silent)),
        ];
        let timer = idle_timer(&four).expect("a timer");
        assert_eq!((timer.rung_ms, timer.safe_age_s), (250_000, 184));
        assert!(timer.suspects.contains("4 minutes"), "{timer:?}");
        assert!(timer.when.starts_with("somewhere between"), "{timer:?}");
        let seen = idle_timer(&[ended(Bare, 600, 350, Reset)]).expect("a timer");
        assert!(seen.suspects.contains("AWS"), "{seen:?}");
        assert_eq!(idle_timer(&four[..2]), None);
        let odd = [rung(Bare, 60, Some(Reset)), rung(Bare, 120, None)];
        assert_eq!(idle_timer(&odd), None);
    }
}
