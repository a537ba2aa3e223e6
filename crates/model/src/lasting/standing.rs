//! How a held connection stands, and what the system counted of it.

use serde::{Deserialize, Serialize};

/// What was seen of a connection when it was looked at, or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Standing {
    /// Looked at: nothing speaks against it. Used: it answered.
    Alive,
    /// The peer's FIN.
    Fin,
    /// RST, from the peer or something between.
    Reset,
    /// Used: no answer within the limit, and no error either.
    Silent,
    /// The system gave it up, because nobody acknowledged for too long.
    GivenUp,
    /// Bytes lay there that nobody had asked for.
    Unasked,
}

/// What the system counted of a TCP connection (`TCP_INFO`), where it tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TcpCounters {
    /// Segments sent again, over its life.
    pub retransmitted: u32,
    /// Segments that are sent and not acknowledged.
    pub unacknowledged: u32,
    /// Smoothed round trip.
    pub round_trip_us: u32,
    /// Since the last acknowledgement came.
    pub last_ack_ms: u32,
    /// Largest packet that the path is known to carry.
    pub path_mtu: u32,
}
