//! LOGIN7 and its reply: every token a fact, and what they come to.

pub(crate) mod attempts;
mod fed_auth;
mod reach;
mod sspi;
mod tokens;
mod walk;

pub(crate) use reach::{Reached, reach};
pub(crate) use tokens::server_message;
pub(crate) use walk::{NotThere, walk};

use crate::connection::{Broken, Connection};
use crate::context::Secret;
use crate::failure::Failure;
use crate::hop::{Hop, Ready};
use crate::message::{self, Partial, Why};
use crate::record::StepLog;
use crate::signer::Signer;
use model::{Closer, FailureCode, HopTarget, Observation, Phase};
use std::net::SocketAddr;
use tds::TdsVersion;
use tds::limits::{LOGIN_NAME_CHARS, MESSAGE_BEFORE_LOGIN, PACKET_DEFAULT};
use tds::login7::{
    self, FLAGS2_INTEGRATED, FLAGS2_USUAL, FLAGS3_EXTENSION, Feature, FeatureId, Login,
};
use tds::packet::{Message, PacketType};
use tds::token::FedAuthInfo;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// SQL Server's number for "login failed".
pub(crate) const LOGIN_FAILED: i32 = 18_456;

/// What is wrong with FEDAUTHINFO in answer to a login that brings no token.
const WANTS_TOKEN: &str = "the server asks for federated authentication";

/// What goes into LOGIN7, and where.
struct Request<'a> {
    server_name: &'a str,
    database: &'a str,
    signer: &'a Signer,
    /// The access token, where it goes along in LOGIN7.
    token: Option<&'a Secret>,
    /// The first token of Kerberos; empty for other logins.
    sspi: &'a [u8],
    application: &'a str,
    encrypted: bool,
    /// What the server's PRELOGIN says of federated authentication.
    echo: bool,
    /// 8.0 when TLS came first.
    tds_version: TdsVersion,
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
    /// It says where to get a token.
    WantsToken(FedAuthInfo),
}

/// What a reply comes to.
enum Heard {
    /// The server decided, or wants what only a new message brings.
    Decided(Decision),
    /// It goes on with SSPI.
    Challenge(Vec<u8>),
}

impl Heard {
    /// For a login that has no part in SSPI.
    fn decided(self) -> Result<Decision, Failure> {
        match self {
            Self::Decided(decision) => Ok(decision),
            Self::Challenge(_) => Err(malformed("the server asks for Windows authentication")),
        }
    }
}

/// One login on one connection, which is closed after it; answers with its local end. A login that has to wait for
/// a person begins anew after that, on a second one.
pub(crate) async fn sign_in<'a>(
    hop: &Hop<'a>,
    signer: &Signer,
    step: StepLog<'a>,
    number: u32,
    ready: Ready<'a>,
) -> (Option<String>, Result<Decision, Failure>) {
    let entered = enter(hop, signer, step, number, ready).await;
    if let Some(ready) = entered.ready {
        ready.connection.close(Closer::Us).await;
    }
    (entered.local, entered.decision)
}

/// A login whose connection may go on.
pub(crate) struct Entered<'a> {
    /// Still open, unless there is no second one.
    pub(crate) ready: Option<Ready<'a>>,
    /// Its local end.
    pub(crate) local: Option<String>,
    pub(crate) decision: Result<Decision, Failure>,
}

/// The same, and the connection comes back open.
pub(crate) async fn enter<'a>(
    hop: &Hop<'a>,
    signer: &Signer,
    step: StepLog<'a>,
    number: u32,
    mut ready: Ready<'a>,
) -> Entered<'a> {
    loop {
        let local = Some(ready.connection.local().to_owned());
        let endpoint = ready.connection.endpoint();
        ready.connection.used_by(step, number);
        let decision = once(hop, signer, step, &mut ready).await;
        let (Ok(Decision::WantsToken(told)), Signer::Entra(tokens)) = (&decision, signer) else {
            return Entered {
                ready: Some(ready),
                local,
                decision,
            };
        };
        ready.connection.close(Closer::Us).await;
        let got = tokens.get(hop, endpoint, step.id(), Some(told)).await;
        let again = match got {
            Ok(_) => hop.connect_again(endpoint, step, number).await,
            Err(failure) => Err(failure),
        };
        ready = match again {
            Ok(ready) => ready,
            Err(failure) => {
                return Entered {
                    ready: None,
                    local,
                    decision: Err(failure),
                };
            }
        };
    }
}

/// As far as one connection goes: to the server's decision, or to its wish for a token that takes a person.
async fn once(
    hop: &Hop<'_>,
    signer: &Signer,
    step: StepLog<'_>,
    ready: &mut Ready<'_>,
) -> Result<Decision, Failure> {
    let connection = &mut ready.connection;
    let endpoint = connection.endpoint();
    let token = match signer {
        Signer::Entra(tokens) if tokens.workflow().is_none() => {
            Some(tokens.get(hop, endpoint, step.id(), None).await?)
        }
        _ => None,
    };
    let (handshake, sspi) = match signer {
        Signer::Integrated(tickets) => {
            let (handshake, token) = tickets.begin(hop, step.id()).await?;
            (Some(handshake), token)
        }
        _ => (None, Zeroizing::default()),
    };
    let request = Request {
        server_name: &hop.host,
        database: &hop.database,
        signer,
        token: token.as_ref(),
        sspi: &sspi,
        application: &hop.run.application,
        encrypted: ready.encrypted,
        echo: connection.fed_auth_required() == Some(true),
        tds_version: if hop.is_strict() {
            TdsVersion::V8_0
        } else {
            TdsVersion::V7_4
        },
    };
    let limit = hop.run.limits.login;
    let deadline = Instant::now() + limit;
    let decision = match (exchange(connection, &request, deadline).await?, handshake) {
        (Heard::Challenge(token), Some(handshake)) => {
            sspi::converse(connection, handshake, token, deadline).await?
        }
        (heard, _) => heard.decided()?,
    };
    let (Decision::WantsToken(told), Signer::Entra(tokens)) = (&decision, signer) else {
        return Ok(decision);
    };
    if tokens.waits_for_person().await {
        return Ok(decision);
    }
    connection.begin(Phase::FedAuth);
    let token = tokens.get(hop, endpoint, step.id(), Some(told)).await?;
    match fed_auth::present(connection, &token, Instant::now() + limit).await? {
        Decision::WantsToken(_) => Err(malformed("the server asks for a token twice")),
        decided => Ok(decided),
    }
}

/// There is no connection where there should be one.
fn gone() -> Failure {
    Failure::new(FailureCode::Internal, "the connection is gone")
}

/// How it failed, if it did.
pub(crate) fn failure(decision: &Result<Decision, Failure>) -> Option<Failure> {
    match decision {
        Ok(Decision::Accepted(_)) => None,
        Ok(Decision::Rejected { failure, .. }) | Err(failure) => Some(failure.clone()),
        // Only to a login that brings none.
        Ok(Decision::WantsToken(_)) => Some(malformed(WANTS_TOKEN)),
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
) -> Result<Heard, Failure> {
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
    answered(connection, reply, |why| silence_of(why, "LOGIN7"))
}

/// What a reply decides, or what its absence comes to.
fn answered(
    connection: &Connection<'_>,
    reply: Result<Message, Partial>,
    silence: impl Fn(&Why) -> Failure,
) -> Result<Heard, Failure> {
    match reply {
        Ok(message) => decide(connection, &message.payload),
        // A reply that was cut may still say what the server decided.
        Err(partial) if !partial.raw.is_empty() => match decide(connection, &partial.payload()) {
            Ok(rejected @ Heard::Decided(Decision::Rejected { .. })) => Ok(rejected),
            _ => Err(malformed(&cut(&partial.why))),
        },
        Err(partial) => Err(silence(&partial.why)),
    }
}

fn malformed(why: &str) -> Failure {
    Failure::new(FailureCode::LoginMalformed, why)
}

fn internal(error: tds::EncodeError) -> Failure {
    Failure::new(FailureCode::Internal, error.to_string())
}

fn encode(request: &Request<'_>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let host = hostname::get().map_or_else(|_| String::new(), |name| name.to_string_lossy().into());
    let (user_name, password, workflow) = match request.signer {
        Signer::Sql { user, secret } => (user.as_str(), secret.expose(), None),
        Signer::Entra(tokens) => ("", "", tokens.workflow()),
        Signer::Integrated(_) => ("", "", None),
    };
    let flags2 = match request.sspi {
        [] => FLAGS2_USUAL,
        _ => FLAGS2_USUAL | FLAGS2_INTEGRATED,
    };
    let fed_auth = fed_auth::feature(request.token, workflow, request.echo);
    let features: Vec<_> = [
        feature(FeatureId::AZURE_SQL_SUPPORT, &[1]),
        feature(FeatureId::UTF8, &[]),
        feature(FeatureId::ENHANCED_ROUTING, &[]),
    ]
    .into_iter()
    .chain(fed_auth.map_err(internal)?)
    .collect();
    let login = Login {
        client_pid: std::process::id(),
        flags2,
        flags3: FLAGS3_EXTENSION,
        sspi: request.sspi,
        host_name: &crate::record::bounded(&host, LOGIN_NAME_CHARS),
        user_name,
        password,
        app_name: request.application,
        server_name: request.server_name,
        library: "Linecheck",
        database: request.database,
        features: &features,
        tds_version: request.tds_version,
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

fn decide(connection: &Connection<'_>, payload: &[u8]) -> Result<Heard, Failure> {
    let reply = tds::token::decode(payload);
    for observation in tokens::observations(&reply) {
        connection.observe(observation);
    }
    let routing = reply.routing().map(tokens::hop_target);
    if reply.login_ack().is_some() || routing.is_some() {
        return Ok(Heard::Decided(Decision::Accepted(routing)));
    }
    let errors: Vec<_> = reply
        .errors()
        .map(|error| (error.number, error.state))
        .collect();
    if let Some(first) = reply.errors().next() {
        let text = format!("{} (state {}): {}", first.number, first.state, first.text);
        let failure = Failure::new(FailureCode::LoginRejected, text);
        return Ok(Heard::Decided(Decision::Rejected { errors, failure }));
    }
    if let Some(told) = reply.fed_auth_info() {
        return Ok(Heard::Decided(Decision::WantsToken(told.clone())));
    }
    if let Some(token) = tokens::sspi(&reply) {
        return Ok(Heard::Challenge(token.to_vec()));
    }
    Err(match &reply.stopped {
        Some(error) => malformed(&error.to_string()),
        None => malformed("neither LOGINACK nor ERROR in the reply"),
    })
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

/// Nothing came in answer to what was sent.
fn silence_of(why: &Why, sent: &str) -> Failure {
    match why {
        Why::Broken(Broken::TimedOut) => Failure::new(
            FailureCode::LoginNoReply,
            format!("no answer to {sent} in time"),
        ),
        Why::Broken(Broken::Fin) => Failure::new(
            FailureCode::ClosedDuringLogin,
            format!("FIN in answer to {sent}"),
        ),
        Why::Broken(Broken::Rst) => Failure::new(
            FailureCode::ResetDuringLogin,
            format!("RST in answer to {sent}"),
        ),
        other => malformed(&cut(other)),
    }
}

/// Whether a failure speaks of the connection rather than of the login, so that another address may do.
pub(crate) fn is_connection_failure(code: &FailureCode) -> bool {
    !matches!(
        code,
        FailureCode::LoginRejected
            | FailureCode::LoginMalformed
            | FailureCode::TokenRefused
            | FailureCode::TokenTimeout
            | FailureCode::TokenUnreachable
            | FailureCode::TokenMalformed
            | FailureCode::TicketMissing
            | FailureCode::TicketRefused
            | FailureCode::TicketClockSkew
            | FailureCode::KdcUnreachable
            | FailureCode::TicketError
            | FailureCode::Internal
    )
}
