//! By whose clock a sealed secret's end is judged.
//!
//! Its maker and the portal share a clock, more or less; this host's may be hours off, and then every secret
//! would be too old, or too young. So the portal's clock counts, as far as it can be believed: a portal that lies
//! could make an old secret young again. It gets a day, and used nonces are remembered for longer than that.

use chrono::{DateTime, TimeDelta, Utc};

/// How far the portal's clock may differ from this host's and still be believed.
pub(crate) const BELIEVED: TimeDelta = TimeDelta::days(1);

/// The time to judge by.
pub(super) fn now(own: DateTime<Utc>, portal: Option<DateTime<Utc>>) -> DateTime<Utc> {
    match portal {
        Some(portal) if (portal - own).abs() <= BELIEVED => portal,
        Some(portal) => {
            tracing::warn!(
                off_s = (own - portal).num_seconds(),
                "this host's clock and the portal's are over a day apart; sealed secrets will be refused"
            );
            own
        }
        None => own,
    }
}

#[cfg(test)]
mod tests {
    use super::now;
    use chrono::{TimeDelta, Utc};

    #[test]
    fn the_portal_s_clock_counts_within_a_day() {
        let own = Utc::now();
        for (off, believed) in [(2, true), (-2, true), (24, true), (25, false), (-48, false)] {
            let portal = own + TimeDelta::hours(off);
            let wanted = if believed { portal } else { own };
            assert_eq!(now(own, Some(portal)), wanted, "{off} h");
        }
        assert_eq!(now(own, None), own);
    }
}
