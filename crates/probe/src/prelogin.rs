//! PRELOGIN: the trace id noted before it is sent, the reply read leniently, and what is not SQL Server told
//! by its first bytes.

use crate::connection::{Broken, Connection};
use crate::failure::Failure;
use crate::message::{self, Partial, Why};
use crate::record::bounded;
use model::{FailureCode, Observation, Phase, PreloginOption};
use tds::limits::MESSAGE_BEFORE_LOGIN;
use tds::packet::{Message, PacketType};
use tds::prelogin::{Encryption, Prelogin, Request, TraceId, Version};
use tds::sniff::{self, Protocol};
use tokio::time::Instant;
use uuid::Uuid;

/// Bytes of an option that are kept.
const OPTION_BYTES: usize = 256;
/// What replies come in; 0x04 is usual.
const TYPES: [PacketType; 2] = [PacketType::REPLY, PacketType::PRELOGIN];

/// What the reply says of encryption, as far as it decides what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// TLS is to follow.
    Tls,
    /// The server says that it cannot.
    NoEncryption,
}

/// Sends PRELOGIN and reads its reply. `fed_auth`: the login is going to bring an access token.
pub(crate) async fn exchange(
    connection: &mut Connection<'_>,
    fed_auth: bool,
    deadline: Instant,
) -> Result<Offer, Failure> {
    ask(connection, Encryption::ON, fed_auth, deadline).await
}

/// The same inside TLS (TDS 8), where nothing is left to agree on.
pub(crate) async fn inside_tls(
    connection: &mut Connection<'_>,
    fed_auth: bool,
    deadline: Instant,
) -> Result<(), Failure> {
    ask(connection, Encryption::NOT_SUPPORTED, fed_auth, deadline).await?;
    Ok(())
}

async fn ask(
    connection: &mut Connection<'_>,
    encryption: Encryption,
    fed_auth: bool,
    deadline: Instant,
) -> Result<Offer, Failure> {
    let trace = TraceId {
        connection: Uuid::new_v4(),
        activity: Uuid::new_v4(),
        sequence: 0,
    };
    connection.begin(Phase::Prelogin);
    connection.observe(Observation::TraceId {
        connection_id: trace.connection.to_string(),
        activity_id: trace.activity.to_string(),
        at: chrono::Utc::now(),
        endpoint: connection.endpoint().to_string(),
        local: connection.local().to_owned(),
    });
    let request = Request {
        version: Version::default(),
        encryption,
        instance: String::new(),
        thread_id: std::process::id(),
        mars: false,
        trace_id: Some(trace),
        fed_auth_required: fed_auth.then_some(true),
        nonce: None,
    };
    let payload = request
        .encode()
        .map_err(|error| Failure::new(FailureCode::Internal, error.to_string()))?;
    let bytes = tds::packet::message(PacketType::PRELOGIN, &payload);
    let reply = match connection.send(&bytes, deadline).await {
        Ok(()) => message::read(connection, MESSAGE_BEFORE_LOGIN, Some(&TYPES), deadline).await,
        Err(broken) => Err(Partial {
            why: Why::Broken(broken),
            raw: Vec::new(),
        }),
    };
    connection.end_phase();
    match reply {
        Ok(message) => understand(connection, &message),
        Err(partial) => Err(explain(connection, &partial)),
    }
}

fn understand(connection: &mut Connection<'_>, message: &Message) -> Result<Offer, Failure> {
    let prelogin = match tds::prelogin::decode(&message.payload) {
        Ok(prelogin) if !prelogin.options.is_empty() => prelogin,
        Ok(_) => return Err(malformed("the reply holds no option")),
        Err(error) => return Err(malformed(&error.to_string())),
    };
    connection.observe(observation(&prelogin, message.kind));
    connection.note_fed_auth(prelogin.fed_auth_required());
    // Bit 7 only adds that a client certificate is wanted.
    match prelogin.encryption().map(|byte| byte.0 & 0x7F) {
        Some(2) => Ok(Offer::NoEncryption),
        _ => Ok(Offer::Tls),
    }
}

fn observation(prelogin: &Prelogin, kind: PacketType) -> Observation {
    Observation::PreloginReply {
        version: prelogin.version().map(|version| {
            format!(
                "{}.{}.{}.{}",
                version.major, version.minor, version.build, version.sub_build
            )
        }),
        encryption: prelogin.encryption().map(|byte| byte.0),
        instance_matches: prelogin.instance_matches(),
        fed_auth_required: prelogin.fed_auth_required(),
        mars: prelogin.mars(),
        options: prelogin
            .options
            .iter()
            .map(|option| PreloginOption {
                id: option.id.0,
                offset: option.offset,
                length: option.length,
                bytes: hex::encode(option.bytes.get(..OPTION_BYTES).unwrap_or(&option.bytes)),
            })
            .collect(),
        packet_type: kind.0,
    }
}

fn malformed(why: &str) -> Failure {
    Failure::new(FailureCode::PreloginMalformed, why)
}

/// Why there is no reply, from what did come.
fn explain(connection: &Connection<'_>, partial: &Partial) -> Failure {
    let came = partial.raw.len();
    if came > 0 && is_stranger(partial) {
        let looks_like = match sniff::classify(&partial.raw) {
            None | Some(Protocol::Unknown | Protocol::Tds) => None,
            Some(protocol) => Some(protocol.as_str().to_owned()),
        };
        let first = partial
            .raw
            .get(..message::GREETING_BYTES)
            .unwrap_or(&partial.raw);
        connection.observe(Observation::NotTds {
            first_bytes: hex::encode(first),
            looks_like: looks_like.clone(),
            text: printable(first),
        });
        let what = looks_like.unwrap_or_else(|| "something that is not TDS".to_owned());
        return Failure::new(FailureCode::NotSqlServer, format!("it speaks {what}"));
    }
    let so_far = format!("{came} bytes of a reply came");
    match &partial.why {
        Why::Stranger => malformed("not a TDS reply"),
        Why::Malformed(error) => malformed(&error.to_string()),
        Why::Broken(Broken::TimedOut) => Failure::new(FailureCode::PreloginNoReply, so_far),
        Why::Broken(Broken::Fin) if came > 0 => malformed("the reply was cut by FIN"),
        Why::Broken(Broken::Fin) => Failure::new(FailureCode::PreloginClosed, so_far),
        Why::Broken(Broken::Rst) => Failure::new(FailureCode::PreloginReset, so_far),
        Why::Broken(Broken::Other(why)) => {
            Failure::new(FailureCode::PreloginReset, bounded(why, 200))
        }
    }
}

/// Whether what came cannot be the beginning of a PRELOGIN reply: another first byte, or the right one and
/// an impossible header, which is a coincidence.
fn is_stranger(partial: &Partial) -> bool {
    match partial.why {
        Why::Stranger => true,
        Why::Malformed(_) => tds::packet::Header::decode(&partial.raw).is_err(),
        Why::Broken(_) => false,
    }
}

fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect()
}
