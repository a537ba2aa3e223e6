//! What kills connections, or keeps them from being: one constant for each cause, with what to do about it and the
//! parts of a run that tell it from the others.

mod host;
mod idle;
mod network;
mod server;
mod sign_in;
mod tls;

pub(super) use host::*;
pub(super) use idle::*;
pub(super) use network::*;
pub(super) use server::*;
pub(super) use sign_in::*;
pub(super) use tls::*;

use super::Trial;
use model::Owner;
use serde::Serialize;

/// A cause, as it is known without any text.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Its number in the list of causes, `F1` to `F42`; `B…` for those that are no fault of a connection.
    pub id: &'static str,
    /// Stable key; that of a finding where a rule looks for the same.
    pub code: &'static str,
    /// In plain words.
    pub title: &'static str,
    /// What to do, in order.
    pub advice: &'static [&'static str],
    /// Whose job it is.
    pub owner: Owner,
    /// What a run does to tell it apart.
    #[serde(skip)]
    pub(super) trials: &'static [Trial],
}

macro_rules! cause {
    ($name:ident, $id:literal, $code:literal, $owner:ident, $title:literal, [$($advice:literal),+], [$($trial:expr),*]) => {
        pub(in crate::decode) const $name: $crate::decode::Cause = $crate::decode::Cause {
            id: $id,
            code: $code,
            title: $title,
            advice: &[$($advice),+],
            owner: ::model::Owner::$owner,
            trials: &[$($trial),*],
        };
    };
}
pub(super) use cause;
