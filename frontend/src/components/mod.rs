//! Small parts that several pages use.

mod agent;
mod announcer;
mod cleaning;
mod clock;
mod confirm;
mod copy;
mod dialog;
mod driver;
mod failed;
mod keys;
mod listing;
mod meter;
mod outcome;
mod tabs;
mod when;

pub(crate) use agent::AgentTag;
pub(crate) use announcer::Announcer;
pub(crate) use cleaning::CleaningTag;
pub(crate) use clock::{every, ticking};
pub(crate) use confirm::Confirm;
pub(crate) use copy::CopyButton;
pub(crate) use dialog::Dialog;
pub(crate) use driver::driver_advice;
pub(crate) use failed::{Failed, Loaded};
pub(crate) use keys::Keys;
pub(crate) use listing::Listing;
pub(crate) use meter::Meter;
pub(crate) use outcome::{OutcomeTag, severity_sign, standing};
pub(crate) use tabs::{Tab, Tabs};
pub(crate) use when::When;
