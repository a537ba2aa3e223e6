//! What time it is where the portal runs, from the `Date` of its answers.

use chrono::{DateTime, Utc};
use reqwest::Response;
use reqwest::header::DATE;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The portal's clock as it was last heard, and when that was on our own.
#[derive(Debug, Default)]
pub(crate) struct PortalClock {
    heard: Mutex<Option<(DateTime<Utc>, Instant)>>,
}

impl PortalClock {
    pub(crate) fn hear(&self, response: &Response) {
        let date = response.headers().get(DATE);
        let Some(date) = date.and_then(|date| parse(date.to_str().ok()?)) else {
            return;
        };
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        *heard = Some((date, Instant::now()));
    }

    /// Now, to the second; `None` before the first answer.
    pub(crate) fn now(&self) -> Option<DateTime<Utc>> {
        let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let (date, since) = heard?;
        date.checked_add_signed(chrono::TimeDelta::from_std(since.elapsed()).ok()?)
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn parse(date: &str) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_rfc2822(date).ok()?;
    Some(date.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_form_of_http_dates_is_read() {
        let date = parse("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        assert_eq!(date.to_rfc3339(), "1994-11-06T08:49:37+00:00");
        assert!(parse("yesterday").is_none());
    }
}
