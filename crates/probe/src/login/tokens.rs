//! Tokens of a login reply as observations, every text and every byte string bounded.

use crate::record::bounded;
use model::{HopTarget, Observation, ServerMessage};
use tds::token::{Body, Change, Done, DoneStatus, EnvChange, LoginAck, Reply, Routing, Token};

const MESSAGE_CHARS: usize = 4_000;
const NAME_CHARS: usize = 256;
const RAW_BYTES: usize = 256;

/// Every token in order, then what could not be read.
pub(super) fn observations(reply: &Reply) -> impl Iterator<Item = Observation> {
    let rest = reply.stopped.map(|error| Observation::OddToken {
        token: reply.rest.first().copied().unwrap_or_default(),
        offset: match error {
            tds::Error::Incomplete { offset, .. } | tds::Error::Malformed { offset, .. } => {
                offset as u64
            }
        },
        bytes: hexed(&reply.rest),
        why: error.to_string(),
    });
    reply.tokens.iter().flat_map(of_token).chain(rest)
}

/// The server's part of Windows authentication.
pub(super) fn sspi(reply: &Reply) -> Option<&[u8]> {
    reply.tokens.iter().find_map(|token| match &token.body {
        Body::Sspi(bytes) => Some(bytes.as_slice()),
        _ => None,
    })
}

/// A token's fact, and what is odd about it.
fn of_token(token: &Token) -> impl Iterator<Item = Observation> {
    let odd = token.odd.map(|(_, reason)| reason.to_string());
    let (fact, odd) = match fact(token) {
        // Part of a handshake, and nothing to read.
        None if matches!(token.body, Body::Sspi(_)) => (None, odd),
        Some(fact) => (Some(fact), odd),
        None => (
            None,
            odd.or_else(|| Some("not usual in a login reply".to_owned())),
        ),
    };
    let odd = odd.map(|why| Observation::OddToken {
        token: token.id.0,
        offset: token.at as u64,
        bytes: hexed(&token.raw),
        why,
    });
    fact.into_iter().chain(odd)
}

fn fact(token: &Token) -> Option<Observation> {
    Some(match &token.body {
        Body::Error(message) => Observation::ServerError(server_message(message)),
        Body::Info(message) => Observation::ServerInfo(server_message(message)),
        Body::LoginAck(ack) => login_ack(ack),
        Body::EnvChange(change) => env_change(change),
        Body::FeatureExtAck(features) => Observation::FeatureAck {
            features: features
                .iter()
                .map(|feature| (feature.id.0, hexed(&feature.data)))
                .collect(),
        },
        Body::FedAuthInfo(info) => Observation::FedAuthInfo {
            sts_url: info.sts_url().map(|text| bounded(&text, MESSAGE_CHARS)),
            spn: info.spn().map(|text| bounded(&text, MESSAGE_CHARS)),
        },
        Body::Done(done) => of_done(done),
        _ => return None,
    })
}

/// A message of the server's, bounded.
pub(crate) fn server_message(message: &tds::token::ServerMessage) -> ServerMessage {
    ServerMessage {
        number: message.number,
        state: message.state,
        class: message.class,
        message: bounded(&message.text, MESSAGE_CHARS),
        server: bounded(&message.server, NAME_CHARS),
        procedure: bounded(&message.procedure, NAME_CHARS),
        line: message.line,
    }
}

fn login_ack(ack: &LoginAck) -> Observation {
    Observation::LoginAck {
        program: bounded(&ack.program, NAME_CHARS),
        version: format!("{}.{}.{}", ack.major, ack.minor, ack.build),
        tds_version: ack.tds_version.to_string(),
    }
}

fn env_change(change: &EnvChange) -> Observation {
    if let Change::Routing(routing) = &change.change {
        return Observation::Routing(hop_target(routing));
    }
    Observation::EnvChange {
        change: change.kind.0,
        name: change.kind.name().to_owned(),
        new: bounded(&change.new_text(), MESSAGE_CHARS),
        old: bounded(&change.old_text(), MESSAGE_CHARS),
    }
}

/// Where a routing sends us.
pub(super) fn hop_target(routing: &Routing) -> HopTarget {
    let host = bounded(routing.host(), NAME_CHARS);
    HopTarget {
        raw: (host != routing.server).then(|| bounded(&routing.server, MESSAGE_CHARS)),
        host,
        port: routing.port,
        database: routing
            .database
            .as_deref()
            .map(|name| bounded(name, NAME_CHARS)),
    }
}

fn of_done(done: &Done) -> Observation {
    Observation::Done {
        status: done.status.bits(),
        rows: done.status.contains(DoneStatus::COUNT).then_some(done.rows),
    }
}

fn hexed(bytes: &[u8]) -> String {
    hex::encode(bytes.get(..RAW_BYTES).unwrap_or(bytes))
}
