//! A whole reply, and the questions people ask it.

use super::{
    Body, Change, Done, DoneStatus, EnvChange, FedAuthInfo, LoginAck, Routing, ServerMessage, Token,
};
use crate::Error;
use crate::login7::Feature;
use crate::rows::{Column, Value};

/// A reply, read as far as it can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Every token that could be read.
    pub tokens: Vec<Token>,
    /// Absent when the last token ends where the bytes end; else why and where reading stopped.
    pub stopped: Option<Error>,
    /// The bytes from there on.
    pub rest: Vec<u8>,
}

impl Reply {
    /// Whether all was read and the last token is a DONE after which nothing follows.
    ///
    /// A reply with FEDAUTHINFO or SSPI ends without a DONE: the server waits for the client's next message.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.stopped.is_none()
            && matches!(
                self.tokens.last().map(|token| &token.body),
                Some(Body::Done(done)) if !done.status.contains(DoneStatus::MORE)
            )
    }

    /// Every ERROR.
    pub fn errors(&self) -> impl Iterator<Item = &ServerMessage> {
        self.tokens.iter().filter_map(|token| match &token.body {
            Body::Error(message) => Some(message),
            _ => None,
        })
    }

    /// Every INFO.
    pub fn infos(&self) -> impl Iterator<Item = &ServerMessage> {
        self.tokens.iter().filter_map(|token| match &token.body {
            Body::Info(message) => Some(message),
            _ => None,
        })
    }

    /// Every ENVCHANGE.
    pub fn env_changes(&self) -> impl Iterator<Item = &EnvChange> {
        self.tokens.iter().filter_map(|token| match &token.body {
            Body::EnvChange(change) => Some(change),
            _ => None,
        })
    }

    /// Every DONE.
    pub fn dones(&self) -> impl Iterator<Item = &Done> {
        self.tokens.iter().filter_map(|token| match &token.body {
            Body::Done(done) => Some(done),
            _ => None,
        })
    }

    /// The columns of the first result set.
    #[must_use]
    pub fn columns(&self) -> Option<&[Column]> {
        self.tokens.iter().find_map(|token| match &token.body {
            Body::Columns(columns) => Some(columns.as_slice()),
            _ => None,
        })
    }

    /// Every row.
    pub fn rows(&self) -> impl Iterator<Item = &[Value]> {
        self.tokens.iter().filter_map(|token| match &token.body {
            Body::Row(values) => Some(values.as_slice()),
            _ => None,
        })
    }

    /// LOGINACK.
    #[must_use]
    pub fn login_ack(&self) -> Option<&LoginAck> {
        self.tokens.iter().find_map(|token| match &token.body {
            Body::LoginAck(ack) => Some(ack),
            _ => None,
        })
    }

    /// Where to go, if elsewhere.
    #[must_use]
    pub fn routing(&self) -> Option<&Routing> {
        self.env_changes().find_map(|env| match &env.change {
            Change::Routing(routing) => Some(routing),
            _ => None,
        })
    }

    /// Every feature acknowledged.
    pub fn features(&self) -> impl Iterator<Item = &Feature> {
        self.tokens
            .iter()
            .filter_map(|token| match &token.body {
                Body::FeatureExtAck(features) => Some(features),
                _ => None,
            })
            .flatten()
    }

    /// FEDAUTHINFO.
    #[must_use]
    pub fn fed_auth_info(&self) -> Option<&FedAuthInfo> {
        self.tokens.iter().find_map(|token| match &token.body {
            Body::FedAuthInfo(info) => Some(info),
            _ => None,
        })
    }

    /// Tokens that are unknown or not as they should be.
    pub fn odd(&self) -> impl Iterator<Item = &Token> {
        self.tokens
            .iter()
            .filter(|token| token.odd.is_some() || matches!(token.body, Body::Unknown { .. }))
    }
}
