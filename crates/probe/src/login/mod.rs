//! LOGIN7 and its reply: every token a fact, and what they come to.

pub(crate) mod attempts;
mod reach;
mod tokens;

pub(crate) use reach::{Reached, reach};

use crate::connection::{Broken, Connection};
use crate::failure::Failure;
use crate::hop::{Hop, Ready};
use crate::message::{self, Partial, Why};
use crate::record::StepLog;
use crate::signer::Signer;
use model::{Closer, FailureCode, HopTarget, Observation, Phase};
use std::net::SocketAddr;
use tds::limits::{LOGIN_NAME_CHARS, MESSAGE_BEFORE_LOGIN, PACKET_DEFAULT};
use tds::login7::{self, FLAGS3_EXTENSION, Feature, FeatureId, Login};
use tds::packet::PacketType;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// SQL Server's number for "login failed".
pub(crate) const LOGIN_FAILED: i32 = 18_456;

/// What goes into LOGIN7, and where.
struct Request<'a> {
    pub(crate) server_name: &'a str,
    pub(crate) database: &'a str,
    pub(crate) signer: &'a Signer,
    pub(crate) application: &'a str,
    pub(crate) encrypted: bool,
}

/// What the server decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It let us in, perhaps only to send us elsewhere.
    Accepted(Option<HopTarget>),
    /// It did not; number and state of its ERROR tokens, in order.
    Rejected {
        errors: Vec<(i32, u8)>,
        failure: Failure,
    },
}

/// One login on one connection, which is closed after it; answers with its local end.
pub(crate) async fn sign_in<'a>(
    hop: &Hop<'a>,
    signer: &Signer,
    step: StepLog<'a>,
    number: u32,
    ready: Ready<'a>,
) -> (Option<String>, Result<Decision, Failure>) {
    let mut connection = ready.connection;
    connection.used_by(step, number);
    let request = Request {
        server_name: &hop.host,
        database: &hop.database,
        signer,
        application: &hop.run.application,
        encrypted: ready.encrypted,
    };
    let deadline = Instant::now() + hop.run.limits.login;
    let decision = exchange(&mut connection, &request, deadline).await;
    let local = connection.local().to_owned();
    connection.close(Closer::Us).await;
    (Some(local), decision)
}

/// How it failed, if it did.
pub(crate) fn failure(decision: &Result<Decision, Failure>) -> Option<Failure> {
    match decision {
        Ok(Decision::Accepted(_)) => None,
        Ok(Decision::Rejected { failure, .. }) | Err(failure) => Some(failure.clone()),
    }
}

/// Counts a refusal of the user or the password. Behind another number, 18456 only says that the login came to
/// nothing.
pub(crate) fn count(hop: &Hop<'_>, signer: &Signer, endpoint: SocketAddr, errors: &[(i32, u8)]) {
    if errors.first().map(|(number, _)| *number) == Some(LOGIN_FAILED) {
        hop.run.context.budget.failed(endpoint, signer.user());
    }
}

/// Why no further login is made.
pub(crate) fn spent() -> Failure {
    Failure::new(
        FailureCode::LoginBudgetSpent,
        "too many logins failed here lately; another could lock the account",
    )
}

/// Sends LOGIN7 and reads the reply. The caller has made sure that the secret may go this way.
///
/// # Errors
/// When there is no reply that decides anything.
async fn exchange(
    connection: &mut Connection<'_>,
    request: &Request<'_>,
    deadline: Instant,
) -> Result<Decision, Failure> {
    let bytes = encode(request)?;
    connection.observe(Observation::LoginSent {
        endpoint: connection.endpoint().to_string(),
        server_name: request.server_name.to_owned(),
        database: request.database.to_owned(),
        user: request.signer.user().to_owned(),
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
    let (user_name, password) = match request.signer {
        Signer::Sql { user, secret } => (user.as_str(), secret.expose()),
    };
    let features = [
        feature(FeatureId::AZURE_SQL_SUPPORT, &[1]),
        feature(FeatureId::UTF8, &[]),
        feature(FeatureId::ENHANCED_ROUTING, &[]),
    ];
    let login = Login {
        client_pid: std::process::id(),
        flags3: FLAGS3_EXTENSION,
        host_name: &crate::record::bounded(&host, LOGIN_NAME_CHARS),
        user_name,
        password,
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
    let errors: Vec<_> = reply
        .errors()
        .map(|error| (error.number, error.state))
        .collect();
    if let Some(first) = reply.errors().next() {
        let text = format!("{} (state {}): {}", first.number, first.state, first.text);
        let failure = Failure::new(FailureCode::LoginRejected, text);
        return Ok(Decision::Rejected { errors, failure });
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
