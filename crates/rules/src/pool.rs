//! What a connection pool would have made of the connections of an idle ladder, by how it checks one before it
//! hands it out. Pure: the facts stand in the log, so the page can change its mind as often as it likes.

use model::lasting::{IdleRung, Standing};

/// How a pool decides that an idle connection is good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// Not at all.
    None,
    /// By the state of its socket, without a round trip.
    Socket,
    /// By a query of its own first.
    Query,
    /// By its age: older ones are thrown away, none is looked at.
    Age {
        /// Oldest that is handed out.
        ms: u64,
    },
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handed {
    /// Idle connections that somebody wanted.
    pub wanted: u32,
    /// Dead ones that were handed out: the application's first command failed.
    pub failed: u32,
    /// Good ones that were thrown away.
    pub wasted: u32,
    /// Round trips for checking.
    pub round_trips: u32,
    /// Longest that somebody waited for nothing: for the failure, or for the check that saw it coming.
    pub longest_wait_us: u64,
}

/// What a pool with this check would have made of these connections.
#[must_use]
pub fn handed<'a>(rungs: impl IntoIterator<Item = &'a IdleRung>, check: Validation) -> Handed {
    let mut all = Handed::default();
    for rung in rungs {
        all.wanted = all.wanted.saturating_add(1);
        let is_dead = rung.death().is_some();
        // One that ended by itself fails, or is seen to have, at once.
        let wait = if is_dead {
            rung.used_us.unwrap_or(0)
        } else {
            0
        };
        let is_thrown_away = match check {
            Validation::None => false,
            Validation::Socket => rung.looked != Standing::Alive,
            Validation::Query => is_dead,
            Validation::Age { ms } => rung.rung_ms > ms,
        };
        if check == Validation::Query {
            all.round_trips = all.round_trips.saturating_add(1);
        }
        if is_thrown_away && !is_dead {
            all.wasted = all.wasted.saturating_add(1);
        }
        if is_dead && !is_thrown_away {
            all.failed = all.failed.saturating_add(1);
        }
        if !is_thrown_away || check == Validation::Query {
            all.longest_wait_us = all.longest_wait_us.max(wait);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idle::testing::rung;
    use Standing::{Alive, Fin, Silent};
    use model::lasting::Lane::Bare;

    #[test]
    fn each_check_has_its_price() {
        let rungs = [
            rung(Bare, 30, None),
            rung(Bare, 60, None),
            // Looked alive, died on use after 10 s.
            rung(Bare, 120, Some(Silent)),
            // Ended by itself.
            IdleRung {
                ended_idle: true,
                looked: Fin,
                used: None,
                used_us: None,
                ..rung(Bare, 240, None)
            },
        ];
        assert_eq!(rungs[0].looked, Alive);
        let of = |check| {
            let all = handed(&rungs, check);
            (all.failed, all.wasted, all.round_trips, all.longest_wait_us)
        };
        assert_eq!(of(Validation::None), (2, 0, 0, 10_000_000));
        assert_eq!(of(Validation::Socket), (1, 0, 0, 10_000_000));
        assert_eq!(of(Validation::Query), (0, 0, 4, 10_000_000));
        assert_eq!(of(Validation::Age { ms: 60_000 }), (0, 0, 0, 0));
        assert_eq!(of(Validation::Age { ms: 30_000 }), (0, 1, 0, 0));
        assert_eq!(handed(&[], Validation::Query), Handed::default());
    }
}
