//! What a retry policy would have made of a recorded timeline. A pure function, so that whoever changes the policy
//! sees the answer at once.
//!
//! Each operation of the record is one that an application begins at that moment. Its first attempt meets what was
//! recorded; an attempt that was never made meets what the operation met that began nearest to its moment. That the
//! further attempts would have been load of their own is not known here.
//!
//! ```text
//! first attempt ──worked──────────────────────────────▶ succeeded
//!    │ failed ──no number, or one that is on no list──▶ failed (never tried again)
//!    │        ──attempts or time used up──────────────▶ failed
//!    └─ wait ─▶ next attempt ──after the record's end─▶ undecided
//! ```

mod policy;
#[cfg(test)]
mod tests;
mod timeline;
mod transient;

pub use policy::Policy;
pub use timeline::{Failed, MOST_OPERATIONS, Operation, Timeline};
pub use transient::{Transients, is_throttling, number_of};

/// What a policy would have come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// Every operation: the sum of the next three.
    pub operations: u64,
    /// Succeeded, at the first attempt or a later one.
    pub succeeded: u64,
    /// Failed all the same.
    pub failed: u64,
    /// Still being tried when the record ended.
    pub undecided: u64,
    /// Of those that succeeded: not at the first attempt.
    pub rescued: u64,
    /// Of those that failed: the number they ended with is one that the policy does not try again.
    pub not_transient: u64,
    /// Attempts sent in all.
    pub attempts: u64,
    /// Of these: retries that the layer beneath made within a retry of the layer above.
    pub doubled: u64,
    /// What waiting cost those that were rescued.
    pub added: Option<Added>,
    /// Longest that an operation took to fail.
    pub worst_failure_us: Option<u64>,
}

/// Time from an operation's start to the start of the attempt that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// Half of the rescued operations lost at most so much.
    pub median_us: u64,
    /// 95 of 100 did.
    pub p95_us: u64,
    /// All of them did.
    pub worst_us: u64,
}

impl Added {
    fn of(mut lost: Vec<u64>) -> Option<Self> {
        lost.sort_unstable();
        let at = |percent: usize| {
            let rank = lost.len().saturating_mul(percent).div_ceil(100);
            lost.get(rank.saturating_sub(1)).copied()
        };
        Some(Self {
            median_us: at(50)?,
            p95_us: at(95)?,
            worst_us: at(100)?,
        })
    }
}

/// Plays every operation of the record under a policy.
#[must_use]
pub fn replay(timeline: &Timeline, policy: &Policy) -> Replay {
    let mut all = Replay::default();
    let mut lost = Vec::new();
    for operation in timeline.operations() {
        let tried = layer(timeline, policy, operation.started_us, Some(operation));
        all.operations += 1;
        all.attempts += tried.attempts;
        all.doubled += tried.doubled;
        match tried.end {
            End::Worked { began_us } => {
                all.succeeded += 1;
                if tried.attempts > 1 {
                    all.rescued += 1;
                    lost.push(began_us.saturating_sub(operation.started_us));
                }
            }
            End::Undecided => all.undecided += 1,
            End::Failed { number } => {
                all.failed += 1;
                all.not_transient += u64::from(!policy.retries(number));
                let took = tried.ended_us.saturating_sub(operation.started_us);
                all.worst_failure_us = all.worst_failure_us.max(Some(took));
            }
        }
    }
    all.added = Added::of(lost);
    all
}

/// How an operation ended under a policy.
#[derive(Clone, Copy)]
enum End {
    /// At the attempt that began then.
    Worked {
        began_us: u64,
    },
    Failed {
        number: Option<i32>,
    },
    Undecided,
}

#[derive(Clone, Copy)]
struct Tried {
    end: End,
    ended_us: u64,
    attempts: u64,
    doubled: u64,
}

/// One operation of a layer; `first` is what its very first attempt is known to meet.
fn layer(timeline: &Timeline, policy: &Policy, begun_us: u64, first: Option<&Operation>) -> Tried {
    let latest_us = begun_us.saturating_add(policy.limit_us());
    let (mut attempts, mut doubled) = (0, 0);
    let mut at_us = begun_us;
    let mut number = 1;
    loop {
        let known = first.filter(|_| number == 1);
        let tried = match &policy.beneath {
            Some(beneath) => layer(timeline, beneath, at_us, known),
            None => attempt(timeline, at_us, known),
        };
        attempts += tried.attempts;
        doubled += tried.doubled;
        if number > 1 {
            doubled += tried
                .attempts
                .saturating_sub(1)
                .saturating_sub(tried.doubled);
        }
        let ended = |end, ended_us| Tried {
            end,
            ended_us,
            attempts,
            doubled,
        };
        if tried.ended_us > latest_us && !matches!(tried.end, End::Undecided) {
            return ended(
                End::Failed {
                    number: Some(TIMED_OUT),
                },
                latest_us,
            );
        }
        let End::Failed { number: why } = tried.end else {
            return ended(tried.end, tried.ended_us);
        };
        let next_us = tried.ended_us.saturating_add(policy.wait_us(number, why));
        if number >= policy.most_attempts() || next_us > latest_us || !policy.retries(why) {
            return ended(tried.end, tried.ended_us);
        }
        at_us = next_us;
        number += 1;
    }
}

/// What applications see when their own limit ends a wait.
const TIMED_OUT: i32 = -2;

/// One attempt.
fn attempt(timeline: &Timeline, at_us: u64, known: Option<&Operation>) -> Tried {
    let Some(met) = known.or_else(|| timeline.met_at(at_us)) else {
        return Tried {
            end: End::Undecided,
            ended_us: at_us,
            attempts: 1,
            doubled: 0,
        };
    };
    let end = match timeline.failure(met) {
        None => End::Worked { began_us: at_us },
        Some(failed) => End::Failed {
            number: failed.number,
        },
    };
    Tried {
        end,
        ended_us: at_us.saturating_add(met.elapsed_us),
        attempts: 1,
        doubled: 0,
    }
}
