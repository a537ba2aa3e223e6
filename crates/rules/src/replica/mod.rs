//! Availability replicas: what a run saw of them, folded; would a session have been lost; what has to be there before
//! two replicas can connect; and what each way to lose them looks like on the port.
//!
//! Pure functions of the facts, so that whoever shows them may change the session time-out and ask again.

mod checklist;
mod fold;
mod port;
mod trips;

pub use checklist::{Check, CheckState, checklist};
pub use fold::{Listener, Replicas};
pub use port::{PORT_LOOKS, PortLook, seen_on_port};
pub use trips::{Trip, trips};

/// What nobody can see from a port and a catalog.
pub const LIMITS: [&str; 5] = [
    "A connect is answered by the operating system of the other host: a server that hangs while its host answers is not seen here, and its own session time-out would be.",
    "Only the session is watched, and with it the primary's databases: that a database fails while its server goes on, the session does not notice.",
    "A data disk that fails quietly is not noticed either, until the database restarts.",
    "A primary that commits synchronously stops waiting for a replica once that is DISCONNECTED, and goes on alone: what it commits then is lost with it until the other has caught up.",
    "Clients reach the servers by other addresses, and perhaps by other adapters, than the replicas reach each other: the one says nothing of the other.",
];
