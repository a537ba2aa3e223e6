//! Takes the secret out of every event before anything is written or sent.
//!
//! A hostile or careless server may repeat a password in an error, a banner, a certificate. Each string of each
//! event is searched for the secret in every form in which it may come back (see `forms`); what is found becomes
//! `[secret]`. When the text came from the peer, one more fact says that the server repeated it. Words that are
//! ours alone (kinds, codes, times) are left as they are.

mod forms;

use forms::Forms;
use model::{AgentEvent, EventBody, Observation, StepId};
use serde_json::Value;
use std::collections::BTreeSet;

/// Stands where the secret was.
const MASK: &str = "[secret]";

/// Names of fields whose values are our own words, never a peer's.
const OUR_WORDS: &[&str] = &[
    "kind",
    "fact",
    "step_kind",
    "state",
    "code",
    "phase",
    "last_phase",
    "closer",
    "at",
    "not_before",
    "not_after",
];

/// Searches the events of one run for one secret.
#[derive(Debug)]
pub(crate) struct Scrubber {
    forms: Forms,
    /// Where the peer's repeating was already told of.
    told: BTreeSet<(StepId, &'static str)>,
}

impl Scrubber {
    /// `None` when the secret is too short to be told from ordinary text.
    pub(crate) fn new(secret: &str) -> Option<Self> {
        Some(Self {
            forms: Forms::of(secret)?,
            told: BTreeSet::new(),
        })
    }

    /// The event without the secret, after the fact that the peer repeated it, when that is news.
    pub(crate) fn scrub(&mut self, event: AgentEvent) -> impl Iterator<Item = AgentEvent> {
        let place = place(&event.body);
        let (event, found) = self.clean(event, place.is_some());
        let told = match (found, place, event.body.step()) {
            (true, Some(place), Some(step)) if self.told.insert((step, place)) => {
                Some(AgentEvent {
                    at: event.at,
                    elapsed_us: event.elapsed_us,
                    body: EventBody::Observed {
                        step,
                        attempt: attempt(&event.body),
                        observation: Observation::SecretEchoed {
                            place: place.to_owned(),
                        },
                    },
                })
            }
            _ => None,
        };
        told.into_iter().chain([event])
    }

    fn clean(&self, event: AgentEvent, from_peer: bool) -> (AgentEvent, bool) {
        let Ok(mut body) = serde_json::to_value(&event.body) else {
            // Only maps with odd keys cannot be written, and an event has none.
            return (blank(event), false);
        };
        if !self.clean_value(&mut body, from_peer) {
            return (event, false);
        }
        // Should the masked event not read back, it stays raw: without the secret all the same.
        let body = serde_json::from_value(body.clone()).unwrap_or(EventBody::Unknown(body));
        (AgentEvent { body, ..event }, true)
    }

    fn clean_value(&self, value: &mut Value, from_peer: bool) -> bool {
        match value {
            Value::String(text) => match self.forms.mask(text, MASK, from_peer) {
                Some(masked) => {
                    *text = masked;
                    true
                }
                None => false,
            },
            Value::Array(items) => items.iter_mut().fold(false, |found, item| {
                self.clean_value(item, from_peer) | found
            }),
            Value::Object(fields) => fields
                .iter_mut()
                .filter(|(name, _)| !OUR_WORDS.contains(&name.as_str()))
                .fold(false, |found, (_, item)| {
                    self.clean_value(item, from_peer) | found
                }),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
}

fn blank(event: AgentEvent) -> AgentEvent {
    AgentEvent {
        body: EventBody::Unknown(Value::Null),
        ..event
    }
}

fn attempt(body: &EventBody) -> Option<u32> {
    match body {
        EventBody::Observed { attempt, .. } => *attempt,
        EventBody::AttemptFinished { attempt, .. } => Some(attempt.number),
        _ => None,
    }
}

/// Where in what the peer said, for bodies that hold the peer's text.
fn place(body: &EventBody) -> Option<&'static str> {
    match body {
        EventBody::Observed { observation, .. } => match observation {
            Observation::ServerError(_) => Some("error_text"),
            Observation::ServerInfo(_) => Some("info_text"),
            Observation::NotTds { .. } => Some("banner"),
            Observation::OddToken { .. } => Some("odd_token"),
            Observation::EnvChange { .. } => Some("env_change"),
            Observation::PreloginReply { .. } => Some("prelogin_reply"),
            Observation::TlsChain { .. } => Some("certificate"),
            Observation::TlsAlert { .. } => Some("tls_alert"),
            Observation::LoginAck { .. } => Some("login_ack"),
            Observation::Routing(_) => Some("routing"),
            Observation::FeatureAck { .. } => Some("feature_ack"),
            Observation::FedAuthInfo { .. } => Some("fed_auth_info"),
            Observation::QueryResult { .. }
            | Observation::LinkReadiness(_)
            | Observation::InstanceAddresses(_)
            | Observation::LegEnd(_) => Some("query_result"),
            Observation::DnsAnswer { .. } => Some("dns_answer"),
            Observation::TokenRefused(_) => Some("token_refusal"),
            Observation::LoopFailure(_)
            | Observation::LinkChange(_)
            | Observation::FreshLoginFailed(_) => Some("failure_text"),
            _ => None,
        },
        EventBody::AttemptFinished { .. } | EventBody::StepFinished { .. } => Some("failure_text"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
