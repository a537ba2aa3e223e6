//! LOGIN7 and its reply: every token a fact, and what they come to.

mod tokens;

use crate::connection::{Broken, Connection};
use crate::context::Secret;
use crate::failure::Failure;
use crate::message::{self, Partial, Why};
use model::{FailureCode, HopTarget, Observation, Phase};
use tds::limits::{LOGIN_NAME_CHARS, MESSAGE_BEFORE_LOGIN, PACKET_DEFAULT};
use tds::login7::{self, FLAGS3_EXTENSION, Feature, FeatureId, Login};
use tds::packet::PacketType;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// SQL Server's number for "login failed".
pub(crate) const LOGIN_FAILED: i32 = 18_456;

/// What goes into LOGIN7, and where.
pub(crate) struct Request<'a> {
    pub(crate) server_name: &'a str,
    pub(crate) database: &'a str,
    pub(crate) user: &'a str,
    pub(crate) secret: &'a Secret,
    pub(crate) application: &'a str,
    pub(crate) encrypted: bool,
}

/// What the server decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It let us in, perhaps only to send us elsewhere.
    Accepted(Option<HopTarget>),
    /// It did not; the numbers of its ERROR tokens, in order.
    Rejected { numbers: Vec<i32>, failure: Failure },
}

/// Sends LOGIN7 and reads the reply. The caller has made sure that the secret may go this way.
///
/// # Errors
/// When there is no reply that decides anything.
pub(crate) async fn exchange(
    connection: &mut Connection<'_>,
    request: &Request<'_>,
    deadline: Instant,
) -> Result<Decision, Failure> {
    let bytes = encode(request)?;
    connection.observe(Observation::LoginSent {
        endpoint: connection.endpoint().to_string(),
        server_name: request.server_name.to_owned(),
        database: request.database.to_owned(),
        user: request.user.to_owned(),
        application: request.application.to_owned(),
        encrypted: request.encrypted,
    });
    connection.begin(Phase::Login);
    let reply = match connection.send(&bytes, deadline).await {
        Ok(()) => message::read(connection, MESSAGE_BEFORE_LOGIN, None, deadline).await,
        Err(broken) => Err(Partial {
            why: Why::Broken(broken),
            raw: Vec::new(),
        }),
    };
    drop(bytes);
    connection.end_phase();
    match reply {
        Ok(message) => decide(connection, &message.payload),
        // A reply that was cut may still say what the server decided.
        Err(partial) if !partial.raw.is_empty() => match decide(connection, &partial.payload()) {
            Ok(rejected @ Decision::Rejected { .. }) => Ok(rejected),
            _ => Err(Failure::new(FailureCode::LoginMalformed, cut(&partial.why))),
        },
        Err(partial) => Err(silence(&partial.why)),
    }
}

fn encode(request: &Request<'_>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let internal = |error: tds::EncodeError| Failure::new(FailureCode::Internal, error.to_string());
    let host = hostname::get().map_or_else(|_| String::new(), |name| name.to_string_lossy().into());
    let features = [
        feature(FeatureId::AZURE_SQL_SUPPORT, &[1]),
        feature(FeatureId::UTF8, &[]),
        feature(FeatureId::ENHANCED_ROUTING, &[]),
    ];
    let login = Login {
        client_pid: std::process::id(),
        flags3: FLAGS3_EXTENSION,
        host_name: &crate::record::bounded(&host, LOGIN_NAME_CHARS),
        user_name: request.user,
        password: request.secret.expose(),
        app_name: request.application,
        server_name: request.server_name,
        library: "Linecheck",
        database: request.database,
        features: &features,
        ..Login::default()
    };
    let mut payload = Zeroizing::new(Vec::new());
    login7::encode(&login, &mut payload).map_err(internal)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(payload.len().saturating_mul(2)));
    tds::packet::encode(PacketType::LOGIN7, &payload, PACKET_DEFAULT, &mut bytes)
        .map_err(internal)?;
    Ok(bytes)
}

fn feature(id: FeatureId, data: &[u8]) -> Feature {
    Feature {
        id,
        data: data.to_vec(),
    }
}

fn decide(connection: &Connection<'_>, payload: &[u8]) -> Result<Decision, Failure> {
    let reply = tds::token::decode(payload);
    for observation in tokens::observations(&reply) {
        connection.observe(observation);
    }
    let routing = reply.routing().map(tokens::hop_target);
    if reply.login_ack().is_some() || routing.is_some() {
        return Ok(Decision::Accepted(routing));
    }
    let numbers: Vec<i32> = reply.errors().map(|error| error.number).collect();
    if let Some(first) = reply.errors().next() {
        let text = format!("{} (state {}): {}", first.number, first.state, first.text);
        let failure = Failure::new(FailureCode::LoginRejected, text);
        return Ok(Decision::Rejected { numbers, failure });
    }
    let why = match (reply.fed_auth_info(), &reply.stopped) {
        (Some(_), _) => "the server asks for federated authentication".to_owned(),
        (None, Some(error)) => error.to_string(),
        (None, None) => "neither LOGINACK nor ERROR in the reply".to_owned(),
    };
    Err(Failure::new(FailureCode::LoginMalformed, why))
}

fn cut(why: &Why) -> String {
    match why {
        Why::Stranger => "the reply is not TDS".to_owned(),
        Why::Malformed(error) => error.to_string(),
        Why::Broken(Broken::TimedOut) => "the reply stopped before its end".to_owned(),
        Why::Broken(Broken::Fin) => "the reply was cut by FIN".to_owned(),
        Why::Broken(Broken::Rst) => "the reply was cut by RST".to_owned(),
        Why::Broken(Broken::Other(why)) => why.clone(),
    }
}

fn silence(why: &Why) -> Failure {
    match why {
        Why::Broken(Broken::TimedOut) => {
            Failure::new(FailureCode::LoginNoReply, "no answer to LOGIN7 in time")
        }
        Why::Broken(Broken::Fin) => {
            Failure::new(FailureCode::ClosedDuringLogin, "FIN in answer to LOGIN7")
        }
        Why::Broken(Broken::Rst) => {
            Failure::new(FailureCode::ResetDuringLogin, "RST in answer to LOGIN7")
        }
        other => Failure::new(FailureCode::LoginMalformed, cut(other)),
    }
}

/// Whether a failure speaks of the connection rather than of the login, so that another address may do.
pub(crate) fn is_connection_failure(code: &FailureCode) -> bool {
    !matches!(
        code,
        FailureCode::LoginRejected | FailureCode::LoginMalformed | FailureCode::Internal
    )
}
