//! What speaks against a cause, or is missing for it.

use super::cause::*;
use super::{Phase, Sign};

/// When it speaks.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// The server is on Azure, by its name or its numbers.
    Azure,
    /// The server that is named is not.
    NotAzure,
    /// This happened too.
    Seen(Sign),
    /// This did not, though it would be expected.
    Missing(Sign),
    /// It happened there.
    At(&'static [Phase]),
    /// The driver counts time behind the connect: it did come about.
    Connected,
    /// The text does not say how long the connection had been idle.
    IdleUnknown,
}

/// Cause, when, what is left of its weight in per cent, words.
pub(super) type Against = (&'static Cause, When, u8, &'static str);

const NO_TIME: &str = "The text does not say how long the connection had been idle.";
const NOT_AZURE: &str = "The server that is named is not one of Azure SQL.";
const BUSY: &[Phase] = &[Phase::Command, Phase::Transaction];

#[rustfmt::skip]
pub(super) const AGAINST: &[Against] = &[
    (&GATEWAY_IDLE, When::NotAzure, 15, NOT_AZURE),
    (&SERVERLESS, When::NotAzure, 20, NOT_AZURE),
    (&REDIRECT_BLOCKED, When::NotAzure, 40, NOT_AZURE),
    (&GATEWAYS_PARTLY, When::NotAzure, 15, NOT_AZURE),
    (&LOCKED_OUT, When::NotAzure, 30, NOT_AZURE),
    (&FIREWALL_RULE, When::NotAzure, 60, NOT_AZURE),
    (&PRIVATE_LINK, When::NotAzure, 30, NOT_AZURE),
    (&OUTBOUND_IDLE, When::NotAzure, 75, "The server is not one of Azure SQL; it matters then only if the client runs there."),
    (&WRONG_PORT, When::Azure, 50, "Azure SQL's gateways always listen at 1433."),
    (&BROWSER, When::Azure, 30, "Azure SQL has no SQL Browser; no instance may be named."),
    (&REPLICAS, When::Azure, 50, "Azure SQL looks after its replicas itself."),
    (&CERTIFICATE, When::Azure, 60, "Azure SQL's certificates are from authorities that every current system trusts."),
    (&KERBEROS, When::Azure, 60, "Azure SQL takes no Kerberos but for managed instances set up for it."),
    (&ENCRYPTION, When::Azure, 50, "Azure SQL always offers encryption."),
    (&OUTBOUND_IDLE, When::IdleUnknown, 100, NO_TIME),
    (&GATEWAY_IDLE, When::IdleUnknown, 100, NO_TIME),
    (&FIREWALL_IDLE, When::IdleUnknown, 100, NO_TIME),
    (&BALANCER_IDLE, When::IdleUnknown, 100, NO_TIME),
    (&FIREWALL_IDLE, When::Seen(Sign::Reset), 70, "A device that forgets silently sends no reset."),
    (&OUTBOUND_IDLE, When::Seen(Sign::Semaphore), 70, "The outbound translation of Azure sends a reset; here was silence."),
    (&FAILOVER, When::Missing(Sign::DatabaseAway), 100, "No other error of a failover (40613, 40197) stands beside it."),
    (&DEAD_IN_POOL, When::Seen(Sign::DatabaseAway), 70, "The database itself was away at that time."),
    (&OUTBOUND_IDLE, When::Seen(Sign::DatabaseAway), 50, "The database itself was away at that time."),
    (&GATEWAY_IDLE, When::Seen(Sign::DatabaseAway), 50, "The database itself was away at that time."),
    (&BALANCER_IDLE, When::Seen(Sign::DatabaseAway), 50, "The database itself was away at that time."),
    (&GATEWAY_IDLE, When::At(BUSY), 100, "It happened in a command; the rule ends connections that have none."),
    (&CONNECT_FILTERED, When::Connected, 30, "The driver counts time after the connect, so that came about."),
    (&WRONG_PORT, When::Connected, 20, "The driver counts time after the connect, so that came about."),
    (&NAME_WRONG, When::Connected, 20, "The driver counts time after the connect, so the name was found."),
    (&CONNECT_FILTERED, When::Seen(Sign::Refused), 100, "A filter is silent as a rule; this was an answer."),
    (&NAME_WRONG, When::Seen(Sign::DatabaseAway), 50, "Other connections reached the server."),
    (&SLOW_QUERY, When::Seen(Sign::Semaphore), 60, "Windows reported the network, not the command."),
    (&SLOW_QUERY, When::Seen(Sign::Starved), 70, "The program itself stood still at that time."),
    (&MTU, When::At(&[Phase::Connect]), 40, "Nothing large is sent before the connect is done."),
    (&TLS_VERSIONS, When::At(&[Phase::Command, Phase::Idle]), 20, "The connection had been secure before."),
    (&LOCKED_OUT, When::Missing(Sign::DatabaseAway), 100, "A single failed login locks nobody out."),
    (&TIMEOUT_SHORT, When::Seen(Sign::Refused), 40, "The refusal came at once, not after a wait."),
    (&POOL_EXHAUSTED, When::Seen(Sign::Refused), 70, "New connections were refused at that time, so the pool could not grow."),
    (&POOL_EXHAUSTED, When::Seen(Sign::Silent), 70, "New connections got no answer at that time, so the pool could not grow."),
    (&STARVED, When::Missing(Sign::Starved), 100, "Nothing in the text shows that the program stood still."),
];
