//! What to post next: a pure state machine, without clock or network.
//!
//! ```text
//!            spooled(n)                    acked(n)
//!  waiting ─────────────▶ posting(from) ───────────────▶ waiting, or done after the last event
//!                           │  ▲
//!                           │  └── gap(wanted): post from there · passing: after a wait, the same again
//!                           └──refused, or an answer that cannot be: given up
//! ```

use crate::spool::Progress;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing, until more is spooled.
    Wait,
    /// Post from this number on.
    Post {
        /// Number of the first event.
        first: u64,
        /// Number of the last event there is.
        last: u64,
    },
    /// All is stored.
    Done,
    /// The portal will not have it.
    GiveUp,
}

/// What came of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Stored up to this number.
    Acked(u64),
    /// The portal wants this number next.
    Gap(u64),
    /// Not reached, or not now.
    Passing,
    /// Never.
    Refused,
}

/// Where one lease's posting stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Posting {
    stored: u64,
    spooled: Progress,
    given_up: bool,
}

impl Posting {
    pub(super) fn next(&self) -> Next {
        if self.given_up {
            Next::GiveUp
        } else if self.stored < self.spooled.events {
            Next::Post {
                first: self.stored + 1,
                last: self.spooled.events,
            }
        } else if self.spooled.complete {
            Next::Done
        } else {
            Next::Wait
        }
    }

    /// More is on disk.
    pub(super) fn spooled(&mut self, progress: Progress) {
        self.spooled = progress;
    }

    /// The portal answered. `true` when a wait should come before the next post.
    pub(super) fn answered(&mut self, answer: Answer) -> bool {
        match answer {
            // An answer may say more than this post held, never more than there is; nor less than before,
            // unless the portal lost what it had said was stored, and then it says so as a gap.
            Answer::Acked(stored) if stored <= self.spooled.events => {
                let forward = stored > self.stored;
                self.stored = self.stored.max(stored);
                !forward
            }
            Answer::Gap(wanted) if wanted >= 1 && wanted <= self.spooled.events + 1 => {
                let moved = wanted - 1 != self.stored;
                self.stored = wanted - 1;
                !moved
            }
            Answer::Passing => true,
            Answer::Acked(_) | Answer::Gap(_) | Answer::Refused => {
                self.given_up = true;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Next, Posting};
    use crate::spool::Progress;
    use proptest::prelude::*;

    fn spooled(events: u64, complete: bool) -> Progress {
        Progress { events, complete }
    }

    #[test]
    fn the_usual_way() {
        let mut posting = Posting::default();
        assert_eq!(posting.next(), Next::Wait);
        posting.spooled(spooled(3, false));
        assert_eq!(posting.next(), Next::Post { first: 1, last: 3 });
        assert!(!posting.answered(Answer::Acked(3)));
        assert_eq!(posting.next(), Next::Wait);
        posting.spooled(spooled(5, true));
        assert_eq!(posting.next(), Next::Post { first: 4, last: 5 });
        assert!(posting.answered(Answer::Passing));
        assert!(!posting.answered(Answer::Gap(2)));
        assert_eq!(posting.next(), Next::Post { first: 2, last: 5 });
        assert!(!posting.answered(Answer::Acked(5)));
        assert_eq!(posting.next(), Next::Done);
    }

    #[test]
    fn a_portal_that_knows_more_than_there_is_or_says_never_is_given_up() {
        for answer in [
            Answer::Acked(4),
            Answer::Gap(5),
            Answer::Gap(0),
            Answer::Refused,
        ] {
            let mut posting = Posting::default();
            posting.spooled(spooled(3, true));
            posting.answered(answer);
            assert_eq!(posting.next(), Next::GiveUp, "{answer:?}");
        }
    }

    /// A portal that stores what it should, loses answers, and once goes back to an older copy of itself.
    #[derive(Debug, Clone, Copy)]
    enum Fate {
        Stored,
        AnswerLost,
        NotReached,
        Restored,
    }

    proptest! {
        #[test]
        fn whatever_the_link_does_all_is_stored_once_in_order(
            total in 1_u64..60,
            most in 1_u64..9,
            fates in proptest::collection::vec(prop_oneof![
                4 => Just(Fate::Stored), 2 => Just(Fate::AnswerLost), 2 => Just(Fate::NotReached), 1 => Just(Fate::Restored)
            ], 0..80),
        ) {
            let mut stored: Vec<u64> = Vec::new();
            let mut posting = Posting::default();
            posting.spooled(spooled(total, true));
            let mut fates = fates.into_iter();
            for _ in 0..2_000 {
                let Next::Post { first, last } = posting.next() else { break };
                let fate = fates.next().unwrap_or(Fate::Stored);
                if matches!(fate, Fate::Restored) {
                    stored.truncate(stored.len() / 2);
                }
                let reached = !matches!(fate, Fate::NotReached);
                let gap = first > stored.len() as u64 + 1;
                if reached && !gap {
                    for number in first..=last.min(first + most - 1) {
                        if number > stored.len() as u64 {
                            stored.push(number);
                        }
                    }
                }
                posting.answered(match fate {
                    Fate::NotReached | Fate::AnswerLost => Answer::Passing,
                    _ if gap => Answer::Gap(stored.len() as u64 + 1),
                    _ => Answer::Acked(stored.len() as u64),
                });
            }
            prop_assert_eq!(posting.next(), Next::Done);
            prop_assert_eq!(stored, (1..=total).collect::<Vec<_>>());
        }
    }
}
