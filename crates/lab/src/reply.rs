//! What the lab answers to PRELOGIN and LOGIN7: pure functions from what it received to what it sends.

use crate::script::{Encryption as Offer, Sts};
use tds::TdsVersion;
use tds::login7::{Feature, FeatureId, Received};
use tds::prelogin::{Encryption, Prelogin, Reply, Version};
use tds::token::{Body, Done, DoneStatus, EnvChange, FedAuthInfo, LoginAck, ServerMessage};

/// Name under which the lab signs its messages.
pub(crate) const SERVER_NAME: &str = "linecheck-lab";
/// Version that the lab claims, in PRELOGIN and LOGINACK.
pub(crate) const VERSION: Version = Version {
    major: 16,
    minor: 0,
    build: 1000,
    sub_build: 0,
};
/// Language of every login.
const LANGUAGE: &str = "us_english";
/// SQL_Latin1_General_CP1_CI_AS.
const COLLATION: [u8; 5] = [0x09, 0x04, 0xD0, 0x00, 0x34];
/// The client's address as 40615 names it: one that documentation may use and nobody has.
const BLOCKED_ADDRESS: &str = "203.0.113.7";
/// Characters of a client's text that a message repeats.
const REPEATED_CHARS: usize = 128;

/// What client and lab agree on about encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreed {
    /// Everything in clear.
    Clear,
    /// LOGIN7 through TLS, everything after it in clear.
    LoginOnly,
    /// Everything through TLS.
    All,
    /// Nothing: the lab insists and the client cannot.
    Nothing,
}

/// The ENCRYPTION byte to answer, and what follows from it. A client that says nothing has no encryption.
pub(crate) fn agree(offer: Offer, client: Option<Encryption>) -> (Encryption, Agreed) {
    // 0x80 marks a client certificate, which changes nothing here.
    let wish = client.map_or(Encryption::NOT_SUPPORTED, |wish| Encryption(wish.0 & 0x7F));
    match (offer, wish) {
        (Offer::Unsupported, _) | (Offer::Optional, Encryption::NOT_SUPPORTED) => {
            (Encryption::NOT_SUPPORTED, Agreed::Clear)
        }
        (Offer::Optional, Encryption::OFF) => (Encryption::OFF, Agreed::LoginOnly),
        (Offer::Required, Encryption::OFF) => (Encryption::REQUIRED, Agreed::All),
        (Offer::Required, Encryption::NOT_SUPPORTED) => (Encryption::REQUIRED, Agreed::Nothing),
        (Offer::Optional | Offer::Required, _) => (Encryption::ON, Agreed::All),
    }
}

/// The PRELOGIN reply. `federated`: the server takes access tokens.
pub(crate) fn prelogin(request: &Prelogin, encryption: Encryption, federated: bool) -> Reply {
    Reply {
        version: Some(VERSION),
        encryption: Some(encryption),
        instance_matches: Some(true),
        thread_id: true,
        mars: Some(false),
        trace_id: request.trace_id().is_some(),
        fed_auth_required: request.fed_auth_required().map(|asked| asked && federated),
        nonce: None,
    }
}

/// The database that a login asked for; `master` when it named none.
pub(crate) fn database(login: &Received) -> String {
    match repeated(&login.database) {
        name if name.is_empty() => "master".to_owned(),
        name => name,
    }
}

/// Let in.
pub(crate) fn accepted(login: &Received) -> Vec<Body> {
    let database = database(login);
    vec![
        Body::EnvChange(EnvChange::database(&database, "master")),
        info(
            5701,
            2,
            &format!("Changed database context to '{database}'."),
        ),
        Body::EnvChange(EnvChange::collation(COLLATION)),
        Body::EnvChange(EnvChange::language(LANGUAGE, "")),
        info(5703, 1, &format!("Changed language setting to {LANGUAGE}.")),
        acknowledged(login),
        Body::EnvChange(EnvChange::packet_size(4096, 4096)),
        Body::Done(Done::new(DoneStatus::empty())),
    ]
}

/// Let in by an access token.
pub(crate) fn accepted_by_token(login: &Received) -> Vec<Body> {
    let mut tokens = accepted(login);
    let last = tokens.len().saturating_sub(1);
    let acknowledged = Feature {
        id: FeatureId::FED_AUTH,
        data: Vec::new(),
    };
    tokens.insert(last, Body::FeatureExtAck(vec![acknowledged]));
    tokens
}

/// Where to get an access token.
pub(crate) fn wants_token(sts: &Sts) -> Vec<Body> {
    vec![Body::FedAuthInfo(FedAuthInfo::new(sts.url, sts.spn))]
}

/// 18456 for an access token.
pub(crate) fn token_rejected() -> Vec<Body> {
    let text = "Login failed for user '<token-identified principal>'.";
    refused(vec![error(18456, 132, 14, text.to_owned())])
}

/// Sent elsewhere.
pub(crate) fn routed(login: &Received, host: &str, port: u16) -> Vec<Body> {
    vec![
        Body::EnvChange(EnvChange::database(&database(login), "master")),
        acknowledged(login),
        Body::EnvChange(EnvChange::routing(host, port)),
        Body::Done(Done::new(DoneStatus::empty())),
    ]
}

/// 18456.
pub(crate) fn rejected(login: &Received) -> Vec<Body> {
    let user = repeated(&login.user_name);
    refused(vec![error(
        18456,
        8,
        14,
        format!("Login failed for user '{user}'."),
    )])
}

/// 18452.
#[cfg(feature = "integrated")]
pub(crate) fn untrusted_domain() -> Vec<Body> {
    let text = "Login failed. The login is from an untrusted domain and cannot be used with Integrated authentication.";
    refused(vec![error(18452, 1, 14, text.to_owned())])
}

/// 18456 with a text that no server should send.
pub(crate) fn secret_echoed(login: &Received) -> Vec<Body> {
    let user = repeated(&login.user_name);
    let password = repeated(&login.password.0);
    refused(vec![error(
        18456,
        8,
        14,
        format!("Login failed for user '{user}': the password '{password}' is wrong."),
    )])
}

/// 40615.
pub(crate) fn firewall_blocked(login: &Received) -> Vec<Body> {
    let server = server(login);
    refused(vec![error(
        40615,
        1,
        14,
        format!(
            "Cannot open server '{server}' requested by the login. Client with IP address '{BLOCKED_ADDRESS}' is not \
             allowed to access the server."
        ),
    )])
}

/// 40613.
pub(crate) fn unavailable(login: &Received) -> Vec<Body> {
    let (database, server) = (database(login), server(login));
    refused(vec![error(
        40613,
        1,
        17,
        format!(
            "Database '{database}' on server '{server}' is not currently available. Please retry the connection later."
        ),
    )])
}

/// 40501.
pub(crate) fn busy() -> Vec<Body> {
    refused(vec![error(
        40501,
        3,
        20,
        "The service is currently busy. Retry the request after 10 seconds. Code: 131075."
            .to_owned(),
    )])
}

/// 10928.
pub(crate) fn limited() -> Vec<Body> {
    refused(vec![error(
        10928,
        1,
        20,
        "Resource ID : 1. The request limit for the database is 30 and has been reached."
            .to_owned(),
    )])
}

/// 4060, and 18456 after it, as servers do.
pub(crate) fn database_missing(login: &Received) -> Vec<Body> {
    let (database, user) = (database(login), repeated(&login.user_name));
    refused(vec![
        error(
            4060,
            1,
            11,
            format!(
                "Cannot open database \"{database}\" requested by the login. The login failed."
            ),
        ),
        error(18456, 1, 14, format!("Login failed for user '{user}'.")),
    ])
}

/// The server that a login names, without the port or instance that some drivers add.
fn server(login: &Received) -> String {
    let name = login.server_name.split([',', '\\']).next();
    repeated(name.unwrap_or_default())
}

/// An ERROR token.
pub(crate) fn error(number: i32, state: u8, class: u8, text: String) -> Body {
    Body::Error(message(number, state, class, text))
}

/// An INFO token.
pub(crate) fn info(number: i32, state: u8, text: &str) -> Body {
    Body::Info(message(number, state, 0, text.to_owned()))
}

/// A client's text, as far as a message repeats it.
pub(crate) fn repeated(text: &str) -> String {
    text.chars().take(REPEATED_CHARS).collect()
}

fn message(number: i32, state: u8, class: u8, text: String) -> ServerMessage {
    ServerMessage {
        number,
        state,
        class,
        text,
        server: SERVER_NAME.to_owned(),
        procedure: String::new(),
        line: 1,
    }
}

fn refused(mut errors: Vec<Body>) -> Vec<Body> {
    errors.push(Body::Done(Done::new(DoneStatus::ERROR)));
    errors
}

/// LOGINACK with the version the client asked for, 7.4 at most.
fn acknowledged(login: &Received) -> Body {
    Body::LoginAck(LoginAck {
        interface: 1,
        tds_version: login.tds_version.min(TdsVersion::V7_4),
        program: "Microsoft SQL Server".to_owned(),
        major: VERSION.major,
        minor: VERSION.minor,
        build: VERSION.build,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the protocol: offer, what the client says, what is answered, what follows.
    #[test]
    fn encryption_is_agreed_on_as_the_protocol_says() {
        use Agreed::{All, Clear, LoginOnly, Nothing};
        let table = [
            (Offer::Optional, Some(0), 0, LoginOnly),
            (Offer::Optional, Some(1), 1, All),
            (Offer::Optional, Some(2), 2, Clear),
            (Offer::Optional, Some(3), 1, All),
            (Offer::Optional, None, 2, Clear),
            (Offer::Optional, Some(0x81), 1, All),
            (Offer::Required, Some(0), 3, All),
            (Offer::Required, Some(1), 1, All),
            (Offer::Required, Some(2), 3, Nothing),
            (Offer::Required, Some(3), 1, All),
            (Offer::Required, None, 3, Nothing),
            (Offer::Unsupported, Some(0), 2, Clear),
            (Offer::Unsupported, Some(1), 2, Clear),
            (Offer::Unsupported, Some(2), 2, Clear),
        ];
        for (offer, client, answer, agreed) in table {
            assert_eq!(
                agree(offer, client.map(Encryption)),
                (Encryption(answer), agreed),
                "{offer:?} {client:?}"
            );
        }
    }

    #[test]
    fn a_message_repeats_a_bounded_part() {
        assert_eq!(
            repeated(&"é".repeat(1_000_000)).chars().count(),
            REPEATED_CHARS
        );
    }
}
