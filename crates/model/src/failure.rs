//! Stable reasons of failed and skipped steps. Absent means fine; free text is never a key.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! failure_codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// Why a step or an attempt failed, or was not tried. States what was seen, not what it means.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum FailureCode {
            $($(#[$doc])* $variant,)*
            /// A code from a newer agent, kept as it came.
            Other(String),
        }

        impl FailureCode {
            /// Every code that this version knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<String> for FailureCode {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)*
                    _ => Self::Other(text),
                }
            }
        }
    };
}

failure_codes! {
    /// The source says that the name does not exist (NXDOMAIN).
    NameNotFound = "name_not_found",
    /// The name exists but has no address.
    NameNoAddress = "name_no_address",
    /// The resolver answered SERVFAIL.
    DnsServerFailure = "dns_server_failure",
    /// The resolver refused to answer.
    DnsRefused = "dns_refused",
    /// The resolver did not answer in time.
    DnsTimeout = "dns_timeout",
    /// Any other failure of a look-up.
    DnsError = "dns_error",
    /// RST, or ICMP port unreachable, in answer to SYN.
    TcpRefused = "tcp_refused",
    /// SYN unanswered.
    TcpTimeout = "tcp_timeout",
    /// No route, or ICMP unreachable.
    TcpUnreachable = "tcp_unreachable",
    /// Reset right after it was established.
    TcpReset = "tcp_reset",
    /// This host has no free port, or no address of this family, to connect from.
    NoLocalPort = "no_local_port",
    /// Any other failure of a connect.
    TcpError = "tcp_error",
    /// PRELOGIN unanswered.
    PreloginNoReply = "prelogin_no_reply",
    /// FIN in answer to PRELOGIN.
    PreloginClosed = "prelogin_closed",
    /// RST in answer to PRELOGIN.
    PreloginReset = "prelogin_reset",
    /// What answered does not speak TDS.
    NotSqlServer = "not_sql_server",
    /// TDS, but a PRELOGIN reply that cannot be read.
    PreloginMalformed = "prelogin_malformed",
    /// The server says that it does not support encryption.
    EncryptionNotOffered = "encryption_not_offered",
    /// ClientHello unanswered, or the handshake stalled.
    TlsNoReply = "tls_no_reply",
    /// FIN during the handshake.
    TlsClosed = "tls_closed",
    /// RST during the handshake.
    TlsReset = "tls_reset",
    /// The server ended the handshake with an alert.
    TlsAlert = "tls_alert",
    /// The certificate is for another name.
    TlsNameMismatch = "tls_name_mismatch",
    /// The certificate's time is over.
    TlsExpired = "tls_expired",
    /// The certificate's time has not come.
    TlsNotYetValid = "tls_not_yet_valid",
    /// No trusted root signs the chain.
    TlsUntrusted = "tls_untrusted",
    /// Any other failure of the handshake.
    TlsError = "tls_error",
    /// LOGIN7 unanswered.
    LoginNoReply = "login_no_reply",
    /// FIN in answer to LOGIN7.
    ClosedDuringLogin = "closed_during_login",
    /// RST in answer to LOGIN7.
    ResetDuringLogin = "reset_during_login",
    /// The reply holds an ERROR token and no LOGINACK.
    LoginRejected = "login_rejected",
    /// A login reply that cannot be read to its end.
    LoginMalformed = "login_malformed",
    /// Routed to where this run has already been.
    RedirectLoop = "redirect_loop",
    /// More hops than the options allow.
    TooManyRedirects = "too_many_redirects",
    /// A step of the redirect failed.
    RedirectFailed = "redirect_failed",
    /// The query got an error from the server.
    QueryFailed = "query_failed",
    /// The query was not answered in time.
    QueryTimeout = "query_timeout",
    /// FIN in answer to a query.
    QueryClosed = "query_closed",
    /// RST in answer to a query, or on a connection that waited for none.
    QueryReset = "query_reset",
    /// Something that the run made on the server could not be taken away, or not be read back as gone.
    ObjectsLeft = "objects_left",
    /// Not tried: it needs a master key in `master`, and none may be made.
    MasterKeyMissing = "master_key_missing",
    /// Not tried: SQL Server Agent does not run.
    AgentServiceStopped = "agent_service_stopped",
    /// Not tried: the login may not do what it needs.
    PermissionMissing = "permission_missing",
    /// Not tried: something else has the port.
    PortTaken = "port_taken",
    /// Not tried: this server cannot do it.
    ServerUnfit = "server_unfit",
    /// Something of the same name was there; it is left alone.
    NameTaken = "name_taken",
    /// A job on the server did not end in time.
    JobNeverEnded = "job_never_ended",
    /// What was read from the server makes no sense.
    OddAnswer = "odd_answer",
    /// A server says that it could not connect to another.
    LegFailed = "leg_failed",
    /// The driver ended in a panic, which was contained.
    DriverPanicked = "driver_panicked",
    /// The agent's own policy forbids this address or port; nothing was sent.
    PolicyRefused = "policy_refused",
    /// The sealed secret was refused (other host, port or user, expired, used before); nothing was sent.
    SecretRefused = "secret_refused",
    /// Three failed logins in ten minutes: the budget is spent, LOGIN7 was not sent.
    LoginBudgetSpent = "login_budget_spent",
    /// SQL Browser did not answer.
    BrowserNoReply = "browser_no_reply",
    /// SQL Browser does not know the instance, or it listens on no TCP port.
    InstanceNotFound = "instance_not_found",
    /// SQL Browser's answer cannot be read.
    BrowserMalformed = "browser_malformed",
    /// `master` does not list the database, for this login.
    DatabaseNotListed = "database_not_listed",
    /// The token service refused to give a token.
    TokenRefused = "token_refused",
    /// The token service, or the person who was to sign in, did not answer in time.
    TokenTimeout = "token_timeout",
    /// The token service could not be reached.
    TokenUnreachable = "token_unreachable",
    /// An answer of the token service that cannot be read.
    TokenMalformed = "token_malformed",
    /// HTTP answered with a status other than success.
    HttpStatus = "http_status",
    /// An answer that cannot be read.
    AnswerMalformed = "answer_malformed",
    /// Connected, but no whole answer in time.
    AnswerTimeout = "answer_timeout",
    /// Nobody has signed in to Kerberos here: no ticket, or one whose time is over.
    TicketMissing = "ticket_missing",
    /// The key distribution centre gave no ticket for the server's SPN.
    TicketRefused = "ticket_refused",
    /// Kerberos says that two clocks differ too much.
    TicketClockSkew = "ticket_clock_skew",
    /// No key distribution centre could be reached.
    KdcUnreachable = "kdc_unreachable",
    /// Any other failure of Kerberos.
    TicketError = "ticket_error",
    /// Not tried: the system does not allow it to this process.
    NotPermitted = "not_permitted",
    /// Not tried: this agent was built without it.
    NotBuiltIn = "not_built_in",
    /// Ended by cancel.
    Cancelled = "cancelled",
    /// Ended by the run's deadline.
    DeadlinePassed = "deadline_passed",
    /// Not tried: no credentials were given.
    NoCredentials = "no_credentials",
    /// Not tried: the step it needs did not get there.
    NotReached = "not_reached",
    /// Not tried: another address already did it.
    DoneElsewhere = "done_elsewhere",
    /// Not tried: the options say so.
    NotAsked = "not_asked",
    /// A source that this host does not have.
    NotAvailable = "not_available",
    /// Our own fault.
    Internal = "internal",
}

impl From<FailureCode> for String {
    fn from(code: FailureCode) -> Self {
        match code {
            FailureCode::Other(text) => text,
            known => known.as_str().to_owned(),
        }
    }
}

impl fmt::Display for FailureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for FailureCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for FailureCode {}

#[cfg(test)]
mod tests {
    use super::FailureCode;

    #[test]
    fn every_code_reads_back_and_an_unknown_one_is_kept() {
        for code in FailureCode::KNOWN {
            let json = serde_json::to_string(code).expect("a string");
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(
                &serde_json::from_str::<FailureCode>(&json).expect("reads back"),
                code
            );
        }
        let newer: FailureCode = serde_json::from_str("\"from_the_future\"").expect("kept");
        assert_eq!(newer, FailureCode::Other("from_the_future".into()));
        assert_eq!(newer.to_string(), "from_the_future");
    }
}
