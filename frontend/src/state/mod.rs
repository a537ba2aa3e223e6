//! What the pages know, as plain structs: no DOM, no signals, tested natively.

pub(crate) mod form;
pub(crate) mod history;
pub(crate) mod limits;
pub(crate) mod recent;
pub(crate) mod time;
