//! Facts of connections that are held: idle for a while, or returning data.

use super::{Lane, Standing, TcpCounters};
use crate::ServerMessage;
use serde::{Deserialize, Serialize};

/// One connection of the idle ladder: how long it was idle, how it stood then, and what came of using it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdleRung {
    /// How it was kept.
    pub lane: Lane,
    /// How long it was to be idle.
    pub rung_ms: u64,
    /// `ip:port`.
    pub endpoint: String,
    /// Local `ip:port`.
    pub local: String,
    /// Whether somebody was logged in on it. If not, it was past TLS.
    pub logged_in: bool,
    /// How long it was idle: until it was looked at, or ended by itself.
    pub idle_us: u64,
    /// Whether it ended by itself, before anybody used it.
    pub ended_idle: bool,
    /// Answers that came meanwhile, in the lane that asks.
    pub beats: u32,
    /// How it stood then, seen without a round trip; in the lane that asks, how its last question ended it.
    pub looked: Standing,
    /// What came of using it; absent when it had ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Standing>,
    /// From its use to the answer, the error, or the limit. Absent when it was not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_us: Option<u64>,
    /// The system's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When its time began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<TcpCounters>,
    /// When it was over; absent once the system has forgotten the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<TcpCounters>,
}

impl IdleRung {
    /// Whether it was still good at the end.
    #[must_use]
    pub fn survived(&self) -> bool {
        !self.ended_idle && self.used == Some(Standing::Alive)
    }

    /// How it died; `None` for a survivor.
    #[must_use]
    pub fn death(&self) -> Option<Standing> {
        if self.survived() {
            return None;
        }
        Some(self.used.unwrap_or(self.looked))
    }

    /// Whether a look said that nothing speaks against it, and its use said otherwise.
    #[must_use]
    pub fn deceived(&self) -> bool {
        !self.ended_idle
            && self.looked == Standing::Alive
            && self.used.is_some_and(|used| used != Standing::Alive)
    }
}

/// How far the idle ladder has got, at most once a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdleProgress {
    /// Connections whose time is over.
    pub over: u32,
    /// All of them.
    pub of: u32,
    /// Until the last rung is over.
    pub left_ms: u64,
}

/// What a connection returned while it was watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Flow {
    /// Rows, a few a second, without end.
    Rows,
    /// Nothing, until a long wait on the server is over.
    Wait,
}

/// How a query ended that was held open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlowEnd {
    /// What it returned.
    pub flow: Flow,
    /// `ip:port`.
    pub endpoint: String,
    /// Local `ip:port`.
    pub local: String,
    /// From the question to its end.
    pub lasted_us: u64,
    /// Bytes that came in answer, as the wire carried them.
    pub bytes: u64,
    /// From the last byte, or the question, to the end.
    pub quiet_us: u64,
    /// How it died; absent when it went on for as long as it was to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub died: Option<Standing>,
    /// The server's last ERROR, if it said one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ServerMessage>,
    /// The system's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<TcpCounters>,
    /// When it was over; absent once the system has forgotten the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<TcpCounters>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rung(ended_idle: bool, looked: Standing, used: Option<Standing>) -> IdleRung {
        IdleRung {
            lane: Lane::Bare,
            rung_ms: 60_000,
            endpoint: "10.0.0.4:1433".into(),
            local: "10.0.0.5:50000".into(),
            logged_in: true,
            idle_us: 60_000_000,
            ended_idle,
            beats: 0,
            looked,
            used,
            used_us: used.map(|_| 1),
            detail: None,
            before: None,
            after: None,
        }
    }

    #[test]
    fn how_a_rung_came_out() {
        use Standing::{Alive, Fin, Reset, Silent, Unasked};
        for (rung, death, deceived) in [
            (rung(false, Alive, Some(Alive)), None, false),
            (rung(false, Unasked, Some(Alive)), None, false),
            (rung(false, Alive, Some(Silent)), Some(Silent), true),
            (rung(false, Alive, Some(Reset)), Some(Reset), true),
            (rung(true, Fin, None), Some(Fin), false),
            (rung(true, Silent, None), Some(Silent), false),
        ] {
            assert_eq!(rung.death(), death, "{rung:?}");
            assert_eq!(rung.survived(), death.is_none());
            assert_eq!(rung.deceived(), deceived, "{rung:?}");
        }
    }
}
