//! Small parts that several pages use.

mod announcer;
mod copy;
mod failed;
mod keys;
mod listing;
mod outcome;
mod tabs;
mod when;

pub(crate) use announcer::Announcer;
pub(crate) use copy::CopyButton;
pub(crate) use failed::{Failed, Loaded};
pub(crate) use keys::Keys;
pub(crate) use listing::Listing;
pub(crate) use outcome::{OutcomeTag, standing};
pub(crate) use tabs::{Tab, Tabs};
pub(crate) use when::When;
