//! How a held session stands, by what was heard of it: a pure machine without a clock, for whatever is held. Times
//! are microseconds on any one clock.
//!
//! ```text
//!               ┌────────────── answered ──────────────┐
//!               ▼                                      │
//!           CONNECTED ───────── asked ──────────▶ CONNECTED, waiting
//!               │                                      │   │
//!               │ an error                    an error │   │ silent until the session time-out
//!               ▼                                      ▼   ▼
//!        DISCONNECTED (hard) ◀────────────────────── hard  soft ──▶ DISCONNECTED (soft)
//!               │                                                        │
//!               └────────── answered, on another session ──▶ CONNECTED ◀─┘
//! ```
//! **Hard**: somebody reported an error (RST, FIN, unreachable, refused). **Soft**: nobody did, and the time-out passed.
//! While this host itself did not run, the time-out does not run either: what lay unread is no silence.

use model::lasting::{LinkState, Loss};

/// What a change says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) at_us: u64,
    pub(crate) now: LinkState,
    pub(crate) last_answer_us: Option<u64>,
    /// First sign of the loss.
    pub(crate) lost_us: u64,
    pub(crate) loss: Loss,
    /// First sign to notice.
    pub(crate) detect_us: u64,
    /// Notice to the answer of another session.
    pub(crate) recover_us: Option<u64>,
    /// First sign to that answer.
    pub(crate) outage_us: Option<u64>,
    pub(crate) tries: u32,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Connected {
        /// The oldest question without an answer.
        asked_us: Option<u64>,
    },
    Disconnected {
        lost: Change,
    },
}

/// A held session.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    timeout_us: u64,
    state: State,
    last_answer_us: Option<u64>,
}

impl Link {
    /// Connected, as far as anybody knows.
    pub(crate) fn new(timeout_us: u64) -> Self {
        Self {
            timeout_us,
            state: State::Connected { asked_us: None },
            last_answer_us: None,
        }
    }

    /// Whether it answers.
    pub(crate) fn is_connected(&self) -> bool {
        matches!(self.state, State::Connected { .. })
    }

    /// A question went out.
    pub(crate) fn asked(&mut self, at_us: u64) {
        if let State::Connected { asked_us } = &mut self.state {
            asked_us.get_or_insert(at_us);
        }
    }

    /// When silence becomes a loss, if this host did not run for so long since the question.
    pub(crate) fn silent_until(&self, stalled_us: u64) -> Option<u64> {
        match self.state {
            State::Connected {
                asked_us: Some(asked),
            } => Some(
                asked
                    .saturating_add(self.timeout_us)
                    .saturating_add(stalled_us),
            ),
            _ => None,
        }
    }

    /// An answer came, of this session or, when it is lost, of the next.
    pub(crate) fn answered(&mut self, at_us: u64) -> Option<Change> {
        let change = match self.state {
            State::Connected { .. } => None,
            State::Disconnected { lost } => Some(Change {
                at_us,
                now: LinkState::Connected,
                recover_us: Some(at_us.saturating_sub(lost.at_us)),
                outage_us: Some(at_us.saturating_sub(lost.lost_us)),
                ..lost
            }),
        };
        self.state = State::Connected { asked_us: None };
        self.last_answer_us = Some(at_us);
        change
    }

    /// Somebody reported an error.
    pub(crate) fn failed(&mut self, at_us: u64) -> Option<Change> {
        self.lost(at_us, Loss::Hard)
    }

    /// The time-out passed without an answer. Before that it changes nothing.
    pub(crate) fn silent(&mut self, at_us: u64, stalled_us: u64) -> Option<Change> {
        let due = self.silent_until(stalled_us)?;
        if at_us < due {
            return None;
        }
        self.lost(at_us, Loss::Soft)
    }

    /// Another session is tried for.
    pub(crate) fn tried(&mut self) {
        if let State::Disconnected { lost } = &mut self.state {
            lost.tries = lost.tries.saturating_add(1);
        }
    }

    fn lost(&mut self, at_us: u64, loss: Loss) -> Option<Change> {
        let State::Connected { asked_us } = self.state else {
            return None;
        };
        let lost_us = asked_us.unwrap_or(at_us).min(at_us);
        let lost = Change {
            at_us,
            now: LinkState::Disconnected,
            last_answer_us: self.last_answer_us,
            lost_us,
            loss,
            detect_us: at_us.saturating_sub(lost_us),
            recover_us: None,
            outage_us: None,
            tries: 0,
        };
        self.state = State::Disconnected { lost };
        Some(lost)
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Link};
    use model::lasting::{LinkState, Loss};
    use proptest::prelude::*;

    const TIMEOUT: u64 = 10_000;

    #[test]
    fn silence_is_soft_at_the_time_out_and_not_before() {
        let mut link = Link::new(TIMEOUT);
        assert_eq!(link.answered(500), None);
        link.asked(1_000);
        link.asked(2_000);
        assert_eq!(link.silent(10_999, 0), None);
        let lost = link.silent(11_000, 0).expect("a loss");
        assert_eq!(
            (lost.loss, lost.lost_us, lost.detect_us, lost.last_answer_us),
            (Loss::Soft, 1_000, 10_000, Some(500))
        );
        link.tried();
        link.tried();
        let back = link.answered(15_000).expect("back");
        let expected = Change {
            at_us: 15_000,
            now: LinkState::Connected,
            recover_us: Some(4_000),
            outage_us: Some(14_000),
            tries: 2,
            ..lost
        };
        assert_eq!(back, expected);
        assert!(link.is_connected());
    }

    #[test]
    fn an_error_is_hard_at_once_asked_or_not() {
        let mut link = Link::new(TIMEOUT);
        link.asked(1_000);
        let lost = link.failed(4_000).expect("a loss");
        assert_eq!(
            (lost.loss, lost.lost_us, lost.detect_us),
            (Loss::Hard, 1_000, 3_000)
        );
        link.answered(5_000);
        let idle = link.failed(6_000).expect("a loss");
        assert_eq!(
            (idle.lost_us, idle.detect_us, idle.last_answer_us),
            (6_000, 0, Some(5_000))
        );
    }

    #[test]
    fn while_this_host_does_not_run_the_time_out_does_not_either() {
        let mut link = Link::new(TIMEOUT);
        link.asked(0);
        assert_eq!(link.silent(30_000, 25_000), None);
        assert_eq!(link.answered(30_001), None);
        link.asked(40_000);
        assert!(link.silent(75_000, 25_000).is_some());
    }

    #[derive(Clone, Copy, Debug)]
    enum Heard {
        Asked,
        Answered,
        Failed,
        Silent(u64),
        Tried,
    }

    fn heard() -> impl Strategy<Value = Vec<(u64, Heard)>> {
        let one = prop_oneof![
            Just(Heard::Asked),
            Just(Heard::Answered),
            Just(Heard::Failed),
            (0_u64..5_000).prop_map(Heard::Silent),
            Just(Heard::Tried),
        ];
        prop::collection::vec((0_u64..8_000, one), 0..60)
    }

    proptest! {
        #[test]
        fn changes_take_turns_and_add_up(heard in heard()) {
            let mut link = Link::new(TIMEOUT);
            let (mut at, mut connected) = (0, true);
            for (gap, heard) in heard {
                at += gap;
                let change = match heard {
                    Heard::Asked => { link.asked(at); None }
                    Heard::Tried => { link.tried(); None }
                    Heard::Answered => link.answered(at),
                    Heard::Failed => link.failed(at),
                    Heard::Silent(stalled) => link.silent(at, stalled),
                };
                let Some(change) = change else { continue };
                prop_assert_eq!(change.now == LinkState::Disconnected, connected);
                connected = !connected;
                prop_assert_eq!(link.is_connected(), connected);
                prop_assert_eq!(change.at_us, at);
                match change.now {
                    LinkState::Disconnected => {
                        prop_assert_eq!(change.lost_us + change.detect_us, at);
                        prop_assert_eq!(change.outage_us, None);
                        if change.loss == Loss::Soft {
                            prop_assert!(change.detect_us >= TIMEOUT);
                        }
                    }
                    LinkState::Connected => {
                        let all = change.recover_us.map(|recover| recover + change.detect_us);
                        prop_assert_eq!(all, change.outage_us);
                    }
                }
            }
        }
    }
}
