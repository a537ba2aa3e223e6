//! On which side each run stands: it works, it fails at some place, or it tells nothing.

use super::Vantage;
use crate::State;
use crate::beats::Beats;
use crate::case::{Case, StepRef};
use crate::findings::resolvers_disagree::system_lookup;
use crate::judge;
use crate::path::{Stage, Stop};
use crate::state::forced_outcome;
use crate::words::one_line;
use model::{FailureCode, Finding, Outcome, RunId};

/// Longest agent name that is repeated.
const LONGEST_NAME: usize = 64;

/// A run that says something: its agent, and what its log holds.
pub(super) struct One<'a> {
    pub(super) run: RunId,
    pub(super) name: String,
    pub(super) case: &'a Case<'a>,
    /// Its own verdict.
    pub(super) verdict: Finding,
}

impl One<'_> {
    /// It works, but takes too long.
    pub(super) fn is_slow(&self) -> bool {
        self.verdict.code == "phase_slow"
    }
}

/// A run that fails, and where.
pub(super) struct Failing<'a> {
    pub(super) one: One<'a>,
    pub(super) stop: Stop<'a>,
}

impl Failing<'_> {
    /// What failures are told apart by.
    pub(super) fn place(&self) -> (Stage, u32, &FailureCode) {
        (self.stop.stage, self.stop.hop, &self.stop.code)
    }
}

/// A run with a heartbeat that told something.
pub(super) struct Beating<'a> {
    pub(super) run: RunId,
    pub(super) name: String,
    pub(super) state: &'a State,
    pub(super) beats: &'a Beats,
}

/// A run that tells nothing, and why.
pub(super) struct Silent {
    pub(super) name: String,
    pub(super) why: &'static str,
}

/// The runs of a group, by what they say.
#[derive(Default)]
pub(super) struct Sides<'a> {
    pub(super) working: Vec<One<'a>>,
    pub(super) failing: Vec<Failing<'a>>,
    pub(super) silent: Vec<Silent>,
    /// Also those of one of the other sides.
    pub(super) beating: Vec<Beating<'a>>,
    /// Every run with the start of its log, for what rests on no more than that.
    pub(super) starts: Vec<(RunId, u64)>,
    /// Every run is over.
    pub(super) over: bool,
}

impl<'a> Sides<'a> {
    pub(super) fn of(cases: &'a [(Vantage<'a>, Case<'a>)]) -> Self {
        let mut sides = Self {
            over: true,
            ..Self::default()
        };
        for (vantage, case) in cases {
            sides.starts.push((vantage.run, case.state.first_seq()));
            sides.over &= case.state.is_over();
            let beats = case.state.heartbeat();
            if beats.beats > 0 || !beats.outages.is_empty() {
                sides.beating.push(Beating {
                    run: vantage.run,
                    name: name(case),
                    state: case.state,
                    beats,
                });
            }
            sides.put(vantage.run, case);
        }
        sides
    }

    fn put(&mut self, run: RunId, case: &'a Case<'a>) {
        let name = name(case);
        if let Some(why) = silence(case) {
            self.silent.push(Silent { name, why });
            return;
        }
        let judgement = judge(case.state);
        let one = One {
            run,
            name,
            case,
            verdict: judgement.verdict,
        };
        let works = judgement.outcome == Outcome::Ok || one.is_slow();
        match stop(case) {
            Some(stop) => self.failing.push(Failing { one, stop }),
            None if works => self.working.push(one),
            None => self.silent.push(Silent {
                name: one.name,
                why: "its own run has no clear verdict",
            }),
        }
    }

    /// Whether all that fail do so at the same place with the same code.
    pub(super) fn fail_alike(&self) -> bool {
        self.failing.windows(2).all(|pair| match pair {
            [one, other] => one.place() == other.place(),
            _ => true,
        })
    }

    /// Runs that say something.
    pub(super) fn telling(&self) -> impl Iterator<Item = &One<'a>> {
        self.working
            .iter()
            .chain(self.failing.iter().map(|failing| &failing.one))
    }
}

/// What people call where it runs from, quoted.
fn name(case: &Case<'_>) -> String {
    let name = case.state.agent_name().unwrap_or("an agent");
    format!("“{}”", one_line(name.trim(), LONGEST_NAME))
}

/// Why a run tells nothing, when that is so whatever its steps are.
fn silence(case: &Case<'_>) -> Option<&'static str> {
    if !case.state.is_over() {
        return Some("its run is not over");
    }
    match forced_outcome(case.state) {
        Some(Outcome::Cancelled) => Some("its run was cancelled"),
        Some(_) => Some("its run was interrupted"),
        None => None,
    }
}

/// Where a run stopped. A name that this host's own way does not find stops its programs, though the run went on.
fn stop<'a>(case: &Case<'a>) -> Option<Stop<'a>> {
    if let Some(stop) = &case.path.stop {
        return Some(stop.clone());
    }
    let lookup: StepRef<'a> = system_lookup(case)?;
    Some(Stop {
        stage: Stage::Name,
        hop: 0,
        code: lookup.code.clone()?,
        steps: vec![lookup],
        mixed: false,
    })
}
