//! What the pages know, as plain structs: no DOM, no signals, tested natively.

pub(crate) mod agents;
pub(crate) mod announce;
pub(crate) mod beats;
pub(crate) mod brief;
pub(crate) mod case;
pub(crate) mod chart;
pub(crate) mod cleaning;
pub(crate) mod connect;
pub(crate) mod current;
pub(crate) mod decode;
pub(crate) mod evidence;
pub(crate) mod form;
pub(crate) mod further;
pub(crate) mod group;
pub(crate) mod history;
pub(crate) mod lasts;
pub(crate) mod limits;
pub(crate) mod link;
pub(crate) mod log;
pub(crate) mod parts;
pub(crate) mod patterns;
pub(crate) mod place;
pub(crate) mod policy;
pub(crate) mod ramp;
pub(crate) mod recent;
pub(crate) mod share;
pub(crate) mod sign_in;
pub(crate) mod span;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod time;
pub(crate) mod tree;
pub(crate) mod underway;
pub(crate) mod wait;
pub(crate) mod waterfall;
pub(crate) mod window;
