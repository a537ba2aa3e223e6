//! What a run makes on a server, and that has to go again.

use serde::{Deserialize, Serialize};

/// An object on a server that a run makes. Its name holds the run's id, so that nothing else is ever taken for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerObject {
    /// Counts from 1 within the run, in the order of making; they go in reverse.
    pub number: u32,
    /// `table`, `procedure`, `job`…
    pub kind: String,
    /// Server on which it is made, as the plan names it.
    pub server: String,
    /// Database in which it is made.
    pub database: String,
    /// Its name, quoted.
    pub name: String,
    /// T-SQL that takes it away if it is there, and does nothing if it is not.
    pub drop: String,
    /// T-SQL whose first value is NULL, or that has no row, once it is gone.
    pub look: String,
}

/// Where an object is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ObjectState {
    /// About to be made, and written down in the agent's journal.
    Announced,
    /// The server says that it is made.
    Made,
    /// Not made: something of that name was there, and is left alone.
    NotOurs,
    /// Taken away, and read back as gone.
    Gone,
    /// Could not be taken away yet.
    Left,
    /// A state this reader does not know.
    #[serde(other)]
    Unknown,
}

impl ObjectState {
    /// Whether something may be on the server.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Announced | Self::Made | Self::Left)
    }
}

/// An object, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectFact {
    /// Which.
    pub object: ServerObject,
    /// Where it is in its life.
    pub state: ObjectState,
    /// Why it is left, in the server's or the system's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
