//! The words for connections that are held.

use model::lasting::{Lane, Standing};

/// How a held connection stands, or how it died.
#[must_use]
pub fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::Alive => "alive",
        Standing::Fin => "FIN",
        Standing::Reset => "RST",
        Standing::Silent => "silence",
        Standing::GivenUp => "given up by the system, nobody acknowledged",
        Standing::Unasked => "bytes that nobody asked for",
    }
}

/// How a connection of the idle ladder is kept.
#[must_use]
pub fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Bare => "no keep-alive",
        Lane::KeepAlive => "keep-alive",
        Lane::Heartbeat => "query heartbeat",
    }
}
