//! The server's clock against the run's, so that what the server dates stands beside what was seen from here.

use chrono::{NaiveDateTime, TimeDelta, Utc};
use model::lasting::ServerClock;

/// The server's own time of day when the run's clock stood at 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    zero: NaiveDateTime,
}

impl Clock {
    /// From the server's answer: UTC, and its zone in minutes.
    pub(super) fn read(
        utc: &str,
        zone_min: &str,
        asked_us: u64,
        answered_us: u64,
    ) -> Option<(Self, ServerClock)> {
        let zone_min: i64 = zone_min.trim().parse().ok()?;
        let server = parsed(utc)?;
        let middle = asked_us.midpoint(answered_us);
        let back = TimeDelta::microseconds(i64::try_from(answered_us.checked_sub(middle)?).ok()?);
        let own = Utc::now().naive_utc().checked_sub_signed(back)?;
        let since = TimeDelta::microseconds(i64::try_from(middle).ok()?);
        let zone = TimeDelta::try_minutes(zone_min)?;
        let zero = server.checked_add_signed(zone)?.checked_sub_signed(since)?;
        let fact = ServerClock {
            asked_us,
            answered_us,
            ahead_ms: server.signed_duration_since(own).num_milliseconds(),
            zone_min,
        };
        Some((Self { zero }, fact))
    }

    /// When something was that the server dates, since the run's start.
    pub(super) fn at_us(&self, local: &str) -> Option<i64> {
        parsed(local)?
            .signed_duration_since(self.zero)
            .num_microseconds()
    }
}

fn parsed(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%dT%H:%M:%S%.f").ok()
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn what_the_server_dates_stands_on_the_run_s_clock() {
        let read = Clock::read("2026-11-21T12:00:10.0000000", "60", 9_000_000, 11_000_000);
        let (clock, fact) = read.expect("a clock");
        assert_eq!(fact.zone_min, 60);
        // 12:00:10 UTC is 13:00:10 there, and 10 s on the run's clock.
        for (local, expected) in [
            ("2026-11-21T13:00:10", Some(10_000_000)),
            ("2026-11-21T13:00:00.25", Some(250_000)),
            ("2026-11-21T12:59:59.997", Some(-3_000)),
            ("yesterday", None),
        ] {
            assert_eq!(clock.at_us(local), expected, "{local}");
        }
        for (utc, zone) in [("now", "0"), ("2026-11-21T12:00:10", "east")] {
            assert!(Clock::read(utc, zone, 0, 1).is_none());
        }
    }
}
