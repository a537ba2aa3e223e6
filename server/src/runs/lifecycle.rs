//! Where a run is in its life, and what comes next: the only place that decides a run's state.
//!
//! A pure function: [`next`] of ([`Life`], [`Input`]) is the life after it and what the portal says in the
//! run's log. It knows no clock, no store and no agent; whoever calls it brings the input when its time has
//! come, and writes the answer down in the same transaction.
//!
//! ```text
//!            claimed                    last event
//!  queued ───────────────▶ running ───────────────────────▶ completed
//!    │ │                   │  │ ▲ │
//!    │ │ cancel            │  │ │ │ cancel, then the last event or 10 s
//!    │ └───────────────────┼──┼─┼─┴───────────────────────▶ cancelled ⟲ late batches
//!    │                     │  │ │
//!    │      lease expired, │  │ │ late batch of the same lease
//!    │     agent restarted ▼  │ │
//!    └────────────────────▶ interrupted ⟲ last event: restarted
//!       15 min, no agent;
//!       agent removed
//! ```
//!
//! A running run whose agent is removed is interrupted, too (or cancelled, when that was asked for), and its lease
//! ends there.
//!
//! Beside every state may stand `cleaning`: what the run made on the server has not been read back as gone. It is no
//! part of the life: the log says it. News of it (`cleaned`) changes no state.
//!
//! Three things always hold. A run is leased once at most. After the agent's last event, or its removal (`ended`),
//! no batch changes anything. `cancelling` is only said of a running run.

use model::{Interruption, RunState};

/// Where a run is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Its state.
    pub state: RunState,
    /// Why it was interrupted; set exactly when it is.
    pub interruption: Option<Interruption>,
    /// A cancel was asked for and has not yet taken effect.
    pub cancelling: bool,
    /// An agent has, or had, a claim on it.
    pub leased: bool,
    /// The agent's last event has come, or the agent was removed.
    pub ended: bool,
}

impl Life {
    /// A new run's.
    pub const NEW: Self = Self {
        state: RunState::Queued,
        interruption: None,
        cancelling: false,
        leased: false,
        ended: false,
    };
}

/// What happened to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Its agent claims it.
    Claimed,
    /// New events of its lease arrived; the agent's last word, when they end with it.
    Batch(Option<LastWord>),
    /// A person asks for the end.
    CancelAsked,
    /// The agent did not end it in time after a cancel.
    CancelOverdue,
    /// No agent claimed it in time.
    NoAgent,
    /// The lease was not renewed in time.
    LeaseExpired,
    /// Its agent was removed.
    AgentRemoved,
    /// Its agent says what became of objects that it had made on the server.
    Cleaned,
}

/// How an agent ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastWord {
    /// `run_finished`.
    Finished {
        /// By cancel.
        cancelled: bool,
    },
    /// `agent_restarted`.
    Restarted,
}

/// What the portal writes into the run's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// `run_claimed`.
    Claimed,
    /// `cancel_requested`.
    CancelRequested,
    /// `run_settled`; the findings are made, or made anew.
    Settled,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// The life after it.
    pub life: Life,
    /// What to write into the log, in order; batches stand before it.
    pub say: Vec<Say>,
}

/// Why an input changes nothing and must be answered so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Claimed, but it does not wait for an agent (any more).
    #[error("the run does not wait for an agent")]
    NotQueued,
    /// Events of a run that nobody claimed.
    #[error("nobody holds a lease on the run")]
    NotLeased,
    /// Events after the agent's last one.
    #[error("the lease has ended")]
    Ended,
    /// A cancel of a run that is over.
    #[error("the run is over")]
    Settled,
}

/// What comes next; a pure function.
///
/// # Errors
/// When the input does not fit the life and whoever brought it must be told. A timer that comes too late is no
/// such case: it changes nothing.
pub fn next(life: Life, input: Input) -> Result<Next, Refused> {
    match input {
        Input::Claimed => claimed(life),
        Input::Batch(_) if !life.leased => Err(Refused::NotLeased),
        Input::Batch(_) if life.ended => Err(Refused::Ended),
        Input::Batch(last) => Ok(batch(life, last)),
        Input::CancelAsked => cancel_asked(life),
        Input::CancelOverdue if life.state == RunState::Running && life.cancelling => {
            Ok(settle(life, RunState::Cancelled, None))
        }
        Input::NoAgent if life.state == RunState::Queued => Ok(settle(
            life,
            RunState::Interrupted,
            Some(Interruption::NoAgent),
        )),
        Input::LeaseExpired if life.state == RunState::Running => {
            Ok(end_or_cancel(life, Interruption::AgentLost))
        }
        Input::AgentRemoved => Ok(agent_removed(life)),
        Input::Cleaned if !life.leased => Err(Refused::NotLeased),
        // Whatever the state, it stays; what is found of a settled run is found anew.
        Input::Cleaned if life.state.is_settled() => {
            Ok(settle(life, life.state, life.interruption))
        }
        Input::Cleaned => Ok(unchanged(life)),
        Input::CancelOverdue | Input::NoAgent | Input::LeaseExpired => Ok(unchanged(life)),
    }
}

fn claimed(life: Life) -> Result<Next, Refused> {
    if life.state != RunState::Queued {
        return Err(Refused::NotQueued);
    }
    let life = Life {
        state: RunState::Running,
        leased: true,
        ..life
    };
    Ok(Next {
        life,
        say: vec![Say::Claimed],
    })
}

fn batch(life: Life, last: Option<LastWord>) -> Next {
    let life = Life {
        ended: last.is_some(),
        ..life
    };
    let cancelled = life.state == RunState::Cancelled;
    match last {
        None if cancelled => unchanged(life),
        None => unchanged(Life {
            state: RunState::Running,
            interruption: None,
            ..life
        }),
        Some(_) if cancelled => settle(life, RunState::Cancelled, None),
        Some(LastWord::Finished { cancelled: true }) => settle(life, RunState::Cancelled, None),
        Some(LastWord::Finished { cancelled: false }) if life.cancelling => {
            settle(life, RunState::Cancelled, None)
        }
        Some(LastWord::Finished { cancelled: false }) => settle(life, RunState::Completed, None),
        Some(LastWord::Restarted) => end_or_cancel(life, Interruption::AgentRestarted),
    }
}

fn cancel_asked(life: Life) -> Result<Next, Refused> {
    match life.state {
        RunState::Queued => {
            let mut next = settle(life, RunState::Cancelled, None);
            next.say.insert(0, Say::CancelRequested);
            Ok(next)
        }
        RunState::Running if life.cancelling => Ok(unchanged(life)),
        RunState::Running => Ok(Next {
            life: Life {
                cancelling: true,
                ..life
            },
            say: vec![Say::CancelRequested],
        }),
        RunState::Cancelled => Ok(unchanged(life)),
        RunState::Completed | RunState::Interrupted => Err(Refused::Settled),
    }
}

/// Nobody is left to say anything about it.
fn agent_removed(life: Life) -> Next {
    let life = Life {
        ended: life.leased,
        ..life
    };
    match life.state {
        RunState::Queued => settle(life, RunState::Interrupted, Some(Interruption::NoAgent)),
        RunState::Running => end_or_cancel(life, Interruption::AgentLost),
        RunState::Completed | RunState::Cancelled | RunState::Interrupted => unchanged(life),
    }
}

/// Ended without its agent's last word on the probing; as cancelled, when that was asked for.
fn end_or_cancel(life: Life, why: Interruption) -> Next {
    if life.cancelling {
        settle(life, RunState::Cancelled, None)
    } else {
        settle(life, RunState::Interrupted, Some(why))
    }
}

fn settle(life: Life, state: RunState, interruption: Option<Interruption>) -> Next {
    Next {
        life: Life {
            state,
            interruption,
            cancelling: false,
            ..life
        },
        say: vec![Say::Settled],
    }
}

fn unchanged(life: Life) -> Next {
    Next {
        life,
        say: Vec::new(),
    }
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;
