//! Small parts that several pages use.

mod announcer;
mod copy;
mod failed;
mod keys;
mod outcome;
mod tabs;
mod when;

pub(crate) use announcer::Announcer;
pub(crate) use copy::CopyButton;
pub(crate) use failed::{Failed, Loaded};
pub(crate) use keys::Keys;
pub(crate) use outcome::OutcomeTag;
pub(crate) use tabs::{Tab, Tabs};
pub(crate) use when::When;
