//! Where the connection was when something happened: the nearest words that say so, or else the nearest frame of
//! a stack that shows it.

use super::rows::Means;
use super::scan::Hit;
use super::{Phase, Sign, Span};

/// Words further away are of something else.
const WORDS_REACH: usize = 2_000;
/// So are frames.
const FRAMES_REACH: usize = 8_000;

/// Every place that says or shows a phase.
pub(super) struct Phases {
    worded: Vec<(Span, Phase)>,
    shown: Vec<(Span, Phase)>,
}

impl Phases {
    pub(super) fn of(hits: &[Hit]) -> Self {
        let mut phases = Self {
            worded: Vec::new(),
            shown: Vec::new(),
        };
        for hit in hits {
            for means in hit.row.means {
                let (list, phase) = match means {
                    Means::In(phase) => (&mut phases.worded, *phase),
                    Means::Near(phase) => (&mut phases.shown, *phase),
                    _ => continue,
                };
                list.extend(hit.places.iter().map(|(place, _)| (*place, phase)));
            }
        }
        phases
    }

    /// Where a sign happened that stands at `place`.
    pub(super) fn at(&self, sign: Sign, place: Span) -> Option<Phase> {
        let worded = nearest(&self.worded, place, WORDS_REACH);
        let shown = nearest(&self.shown, place, FRAMES_REACH);
        match (worded, shown) {
            // A commit is a command too, and only the frames tell.
            (Some(Phase::Command), Some(Phase::Transaction)) => shown,
            _ => worded.or(shown).or(sign.usual_phase()),
        }
    }
}

fn nearest(list: &[(Span, Phase)], place: Span, reach: usize) -> Option<Phase> {
    let near = list
        .iter()
        .map(|(other, phase)| {
            (
                distance(*other, place),
                std::cmp::Reverse(special(*phase)),
                *phase,
            )
        })
        .filter(|(distance, ..)| *distance <= reach);
    near.min().map(|(.., phase)| phase)
}

fn distance(one: Span, other: Span) -> usize {
    one.from
        .saturating_sub(other.to)
        .max(other.from.saturating_sub(one.to))
}

/// Of two that are as near, the one that says more.
fn special(phase: Phase) -> u8 {
    match phase {
        Phase::Transaction | Phase::Resolve => 9,
        Phase::Tls | Phase::Pool => 8,
        Phase::PostLogin => 7,
        Phase::Idle | Phase::Login => 6,
        Phase::Prelogin => 5,
        Phase::Connect => 3,
        Phase::Command => 2,
    }
}
