//! Time left, as it ticks on the page.

use chrono::{DateTime, Utc};

/// `14:59`, `0:07`; nothing once it is over.
pub(crate) fn left(until: DateTime<Utc>, now: DateTime<Utc>) -> Option<String> {
    // A second that has begun is still there.
    let seconds = (until - now).num_milliseconds().saturating_add(999) / 1000;
    (seconds > 0).then(|| format!("{}:{:02}", seconds / 60, seconds % 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;

    #[test]
    fn it_counts_down_and_ends() {
        let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().expect("a time");
        let after = |milliseconds| left(now + Duration::milliseconds(milliseconds), now);
        assert_eq!(after(900_000).as_deref(), Some("15:00"));
        assert_eq!(after(899_001).as_deref(), Some("15:00"));
        assert_eq!(after(7_000).as_deref(), Some("0:07"));
        assert_eq!(after(1).as_deref(), Some("0:01"));
        assert_eq!(after(0), None);
        assert_eq!(after(-5_000), None);
    }
}
