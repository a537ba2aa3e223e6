//! What an unsteady server answers one login after the other: by their count, never by a clock, and over and over.
//!
//! ```text
//!  12 in │ 8 × 40613 │ 8 in │ 2 × 40501 │ 6 in │ 2 × 10928 │ 6 in │ 2 × RST │ 2 in │ from the start
//! ```

/// What one login gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is let in.
    In,
    /// 40613: the database moves.
    Unavailable,
    /// 40501: too much is asked.
    Busy,
    /// 10928: a limit of the database.
    Limited,
    /// RST.
    Reset,
}

const TURNS: [(Turn, u32); 9] = [
    (Turn::In, 12),
    (Turn::Unavailable, 8),
    (Turn::In, 8),
    (Turn::Busy, 2),
    (Turn::In, 6),
    (Turn::Limited, 2),
    (Turn::In, 6),
    (Turn::Reset, 2),
    (Turn::In, 2),
];
const ROUND: u32 = 48;

/// What the login gets before which there were so many of the same client.
pub(crate) fn turn(before: u32) -> Turn {
    let mut left = before % ROUND;
    for (turn, times) in TURNS {
        match left.checked_sub(times) {
            None => return turn,
            Some(rest) => left = rest,
        }
    }
    Turn::In
}

#[cfg(test)]
mod tests {
    use super::{ROUND, TURNS, Turn, turn};

    #[test]
    fn every_login_has_its_turn() {
        assert_eq!(TURNS.iter().map(|(_, times)| times).sum::<u32>(), ROUND);
        let failed = (0..ROUND).filter(|login| turn(*login) != Turn::In).count();
        assert_eq!(failed, 14);
        for (login, expected) in [
            (0, Turn::In),
            (11, Turn::In),
            (12, Turn::Unavailable),
            (19, Turn::Unavailable),
            (28, Turn::Busy),
            (36, Turn::Limited),
            (44, Turn::Reset),
            (47, Turn::In),
        ] {
            assert_eq!(turn(login), expected, "{login}");
            assert_eq!(turn(login + 3 * ROUND), expected, "{login}");
        }
    }
}
