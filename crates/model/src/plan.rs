//! What a run is to do: its target, how it signs in, and its limits.

use crate::RunId;
use serde::{Deserialize, Serialize};

/// What the person named, understood. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Target {
    /// The canonical server string, for example `tcp:host,1433` or `host\instance`.
    pub server: String,
    /// Host name or address literal, lower case, without brackets.
    pub host: String,
    /// The port to connect to; absent when only SQL Browser can tell (`host\instance`).
    pub port: Option<u16>,
    /// Named instance, when one was given.
    pub instance: Option<String>,
    /// Database name, `master` when none was given.
    pub database: String,
    /// Kind of endpoint, in the words of the crate `target` (`sql_database`, `sql_server`, …).
    pub kind: String,
}

/// How the run signs in. Carries no secret: that travels sealed, beside the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PlanLogin {
    /// No LOGIN7 is sent.
    #[default]
    None,
    /// SQL Server authentication.
    Sql {
        /// Login name.
        user: String,
    },
}

/// The ordered steps follow from the target, the login and these options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Plan {
    /// The run this plan belongs to; LOGIN7 carries it in the application name (`Linecheck/<run>`).
    pub run: RunId,
    /// What to reach.
    pub target: Target,
    /// How to sign in.
    pub login: PlanLogin,
    /// Limits and choices.
    pub options: Options,
}

/// Limits and choices of a run. Every one has a default; requests refuse unknown ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Options {
    /// Connects to each address.
    pub tcp_attempts: u32,
    /// Start of one connect to the start of the next, whatever the earlier ones do.
    pub tcp_spacing_ms: u64,
    /// Longest wait for one connect.
    pub tcp_timeout_ms: u64,
    /// Longest wait for one answer from one resolver.
    pub dns_timeout_ms: u64,
    /// Longest wait for the PRELOGIN reply.
    pub prelogin_timeout_ms: u64,
    /// Longest wait for the TLS handshake.
    pub tls_timeout_ms: u64,
    /// Longest wait for the answer to LOGIN7.
    pub login_timeout_ms: u64,
    /// Longest wait for the query's answer.
    pub query_timeout_ms: u64,
    /// Hops followed before the run gives up (SqlClient stops after 10).
    pub max_redirects: u32,
    /// Waits before each retry of a login that was refused by a transient error number.
    pub retry_delays_ms: Vec<u64>,
    /// A phase that took longer is a finding (the checker's own threshold is 5 s).
    pub slow_phase_ms: u64,
    /// Run a query after a login that worked.
    pub query: bool,
    /// Go on, and send a password, although the certificate was not verified.
    pub trust_server_certificate: bool,
    /// Go on, and send a password, although the server offers no encryption.
    pub allow_clear_text: bool,
    /// The whole run ends after this.
    pub deadline_ms: u64,
    /// What the person's own driver was told to do; kept, and explained.
    pub driver: DriverSettings,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tcp_attempts: 5,
            tcp_spacing_ms: 100,
            tcp_timeout_ms: 5_000,
            dns_timeout_ms: 5_000,
            prelogin_timeout_ms: 15_000,
            tls_timeout_ms: 15_000,
            login_timeout_ms: 30_000,
            query_timeout_ms: 30_000,
            max_redirects: 10,
            retry_delays_ms: vec![1_000, 2_000, 4_000],
            slow_phase_ms: 5_000,
            query: true,
            trust_server_certificate: false,
            allow_clear_text: false,
            deadline_ms: 180_000,
            driver: DriverSettings::default(),
        }
    }
}

impl Options {
    /// Why these options cannot be run, in a sentence; `None` when they can.
    #[must_use]
    pub fn reason_refused(&self) -> Option<String> {
        let bounds = [
            ("tcp_attempts", u64::from(self.tcp_attempts), 1, 100),
            ("tcp_spacing_ms", self.tcp_spacing_ms, 0, 60_000),
            ("tcp_timeout_ms", self.tcp_timeout_ms, 1, 120_000),
            ("dns_timeout_ms", self.dns_timeout_ms, 1, 60_000),
            ("prelogin_timeout_ms", self.prelogin_timeout_ms, 1, 120_000),
            ("tls_timeout_ms", self.tls_timeout_ms, 1, 120_000),
            ("login_timeout_ms", self.login_timeout_ms, 1, 120_000),
            ("query_timeout_ms", self.query_timeout_ms, 1, 120_000),
            ("max_redirects", u64::from(self.max_redirects), 0, 10),
            ("retry_delays_ms", self.retry_delays_ms.len() as u64, 0, 10),
            ("slow_phase_ms", self.slow_phase_ms, 1, 120_000),
            ("deadline_ms", self.deadline_ms, 1_000, 3_600_000),
        ];
        for (name, value, least, most) in bounds {
            if value < least || value > most {
                return Some(format!(
                    "{name} is {value}; it must be between {least} and {most}"
                ));
            }
        }
        self.retry_delays_ms
            .iter()
            .any(|delay| *delay > 60_000)
            .then(|| "retry_delays_ms holds a delay over 60000".to_owned())
    }
}

/// Driver settings read from a pasted connection string. They do not change what the run does: they let the
/// report say what that driver would have done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DriverSettings {
    /// `Encrypt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypt: Option<Encrypt>,
    /// `TrustServerCertificate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_server_certificate: Option<bool>,
    /// `Connect Timeout`, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_timeout_s: Option<u32>,
    /// `MultiSubnetFailover`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multi_subnet_failover: Option<bool>,
    /// `ApplicationIntent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_intent: Option<ApplicationIntent>,
}

/// `Encrypt` of a connection string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Encrypt {
    /// `false`, `no`, `optional`.
    Optional,
    /// `true`, `yes`, `mandatory`.
    Mandatory,
    /// `strict`: TDS 8.
    Strict,
}

/// `ApplicationIntent` of a connection string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ApplicationIntent {
    /// The default.
    ReadWrite,
    /// May be routed to a readable secondary.
    ReadOnly,
}
