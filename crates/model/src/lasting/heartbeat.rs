//! Facts of a heartbeat: one aggregate a minute, and every change of its connection in full.

use super::TcpCounters;
use crate::FailureCode;
use serde::{Deserialize, Serialize};

/// The beats of one minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BeatMinute {
    /// Its start, since the run's start.
    pub from_us: u64,
    /// Its end; less than a minute later when the heartbeat ended.
    pub until_us: u64,
    /// Queries that were sent over the held connection.
    pub beats: u32,
    /// Answers that came, in time or late.
    pub answered: u32,
    /// Beats that were not sent, because an answer was waited for or there was no connection.
    pub passed_over: u32,
    /// Query to answer; absent without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Spread>,
    /// Fresh logins beside it.
    pub logins: u32,
    /// Name to the end of the login; of those that worked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logins_worked: Option<Spread>,
    /// How late a timer of this process was at most: what a beat may have been delayed here.
    pub lag_max_us: u64,
    /// Segments that were sent again on the held connection, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retransmitted: Option<u32>,
    /// Changes that are not told, because there were too many before.
    pub changes_left_out: u32,
}

/// Durations, in a few numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Spread {
    /// How many.
    pub count: u32,
    /// Least.
    pub min_us: u64,
    /// Median.
    pub median_us: u64,
    /// 95 of 100 are at most so long.
    pub p95_us: u64,
    /// Most.
    pub max_us: u64,
}

impl Spread {
    /// Of durations in any order; `None` without any.
    #[must_use]
    pub fn of(durations: &mut [u64]) -> Option<Self> {
        durations.sort_unstable();
        let rank = |percent: usize| durations.len().saturating_mul(percent).div_ceil(100);
        let at = |percent| durations.get(rank(percent).saturating_sub(1)).copied();
        Some(Self {
            count: u32::try_from(durations.len()).unwrap_or(u32::MAX),
            min_us: durations.first().copied()?,
            median_us: at(50)?,
            p95_us: at(95)?,
            max_us: at(100)?,
        })
    }
}

/// How a held session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LinkState {
    /// It answers.
    Connected,
    /// It is lost, and no other has answered since.
    Disconnected,
}

/// How a loss was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Loss {
    /// Somebody reported an error: RST, FIN, unreachable, refused.
    Hard,
    /// Nobody did: there was no answer until the session time-out.
    Soft,
}

/// A held session was lost, or there is one again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkChange {
    /// When it was noticed, since the run's start.
    pub at_us: u64,
    /// How it stands from then on.
    pub now: LinkState,
    /// When it last answered before the loss; absent when it never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_answer_us: Option<u64>,
    /// First sign of the loss: the query that was not answered, or the error itself.
    pub lost_us: u64,
    /// How it was noticed.
    pub loss: Loss,
    /// What the error was; of a soft loss, what the wait came to.
    pub code: FailureCode,
    /// The system's or the peer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// First sign to notice.
    pub detect_us: u64,
    /// Notice to the first answer of the next session; absent while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recover_us: Option<u64>,
    /// First sign to that answer, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outage_us: Option<u64>,
    /// Tries to get another session, the one that worked included.
    pub tries: u32,
    /// `ip:port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Local `ip:port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<String>,
    /// How late a timer of this process was at most, in the session time-out before it was noticed.
    pub lag_max_us: u64,
    /// What the system counted of the lost connection, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counters: Option<TcpCounters>,
}

/// A fresh login beside a heartbeat came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FreshLoginFailed {
    /// The beat that it went with.
    pub beat: u64,
    /// Start, since the run's start.
    pub started_us: u64,
    /// To its end.
    pub elapsed_us: u64,
    /// How it failed.
    pub code: FailureCode,
    /// The server's first number; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i32>,
    /// `ip:port`; absent without a connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The server's or the system's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn durations_in_a_few_numbers() {
        assert_eq!(Spread::of(&mut []), None);
        let one = Spread {
            count: 1,
            min_us: 7,
            median_us: 7,
            p95_us: 7,
            max_us: 7,
        };
        assert_eq!(Spread::of(&mut [7]), Some(one));
        let mut many: Vec<u64> = (1..=100).rev().collect();
        let spread = Spread {
            count: 100,
            min_us: 1,
            median_us: 50,
            p95_us: 95,
            max_us: 100,
        };
        assert_eq!(Spread::of(&mut many), Some(spread));
    }
}
