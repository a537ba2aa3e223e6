//! Times for people: the viewer's zone on the page, UTC on hover and in everything that is copied.

use chrono::{DateTime, Duration, FixedOffset, Utc};

/// Minutes east of UTC of the viewer's clock at a time.
pub(crate) type OffsetAt = fn(DateTime<Utc>) -> i32;

fn local(at: DateTime<Utc>, offset: OffsetAt) -> Option<DateTime<FixedOffset>> {
    FixedOffset::east_opt(offset(at) * 60).map(|zone| at.with_timezone(&zone))
}

/// `12:11:24` today, `20 Nov, 12:11:24` on another day, with the year in another year.
pub(crate) fn stamp(at: DateTime<Utc>, now: DateTime<Utc>, offset: OffsetAt) -> String {
    let (Some(there), Some(today)) = (local(at, offset), local(now, offset)) else {
        return utc(at);
    };
    let format = if there.date_naive() == today.date_naive() {
        "%H:%M:%S"
    } else if there.format("%Y").to_string() == today.format("%Y").to_string() {
        "%-d %b, %H:%M:%S"
    } else {
        "%-d %b %Y, %H:%M:%S"
    };
    there.format(format).to_string()
}

/// `12:11:24.271` in the viewer's zone.
pub(crate) fn clock(at: DateTime<Utc>, offset: OffsetAt) -> String {
    local(at, offset).map_or_else(|| utc(at), |there| there.format("%H:%M:%S%.3f").to_string())
}

/// `2026-11-20 12:11:24.271 UTC`.
pub(crate) fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S%.3f UTC").to_string()
}

/// `just now`, `4 min ago`, `3 h ago`; nothing after a day.
pub(crate) fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> Option<String> {
    let past = now - at;
    if past < Duration::seconds(45) {
        Some("just now".into())
    } else if past < Duration::minutes(60) {
        Some(format!("{} min ago", past.num_minutes().max(1)))
    } else if past < Duration::hours(24) {
        Some(format!("{} h ago", past.num_hours()))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn a_stamp_says_no_more_than_is_needed() {
        let now = at("2026-11-20T23:30:00Z");
        let east: OffsetAt = |_| 60;
        assert_eq!(stamp(at("2026-11-20T23:11:24Z"), now, east), "00:11:24");
        assert_eq!(
            stamp(at("2026-11-20T12:11:24Z"), now, east),
            "20 Nov, 13:11:24"
        );
        assert_eq!(
            stamp(at("2025-01-02T12:11:24Z"), now, |_| 0),
            "2 Jan 2025, 12:11:24"
        );
        assert_eq!(clock(at("2026-11-20T12:11:24.271Z"), east), "13:11:24.271");
        assert_eq!(
            utc(at("2026-11-20T12:11:24.271Z")),
            "2026-11-20 12:11:24.271 UTC"
        );
    }

    #[test]
    fn how_long_ago() {
        let now = at("2026-11-20T12:00:00Z");
        assert_eq!(
            ago(at("2026-11-20T11:59:50Z"), now).as_deref(),
            Some("just now")
        );
        assert_eq!(
            ago(at("2026-11-20T11:56:00Z"), now).as_deref(),
            Some("4 min ago")
        );
        assert_eq!(
            ago(at("2026-11-20T09:00:00Z"), now).as_deref(),
            Some("3 h ago")
        );
        assert_eq!(ago(at("2026-11-18T09:00:00Z"), now), None);
    }
}
