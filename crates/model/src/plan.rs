//! What a run is to do: its target, how it signs in, and its limits.

use crate::RunId;
use crate::lasting::Lasting;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest user name that SQL Server knows.
const LONGEST_NAME: usize = 128;

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
    /// LOGIN7 with a made-up user and no secret: shows how far a login gets, and costs the server a failed one.
    Dummy,
    /// Microsoft Entra, an access token that a person pasted.
    EntraToken,
    /// Microsoft Entra, user name and password.
    EntraPassword {
        /// User principal name.
        user: String,
    },
    /// Microsoft Entra, an application and its secret.
    EntraServicePrincipal {
        /// Tenant id or domain.
        tenant: String,
        /// Application (client) id.
        client_id: String,
    },
    /// Microsoft Entra, the managed identity of the agent's host.
    EntraManagedIdentity {
        /// Of a user-assigned one; absent for the system's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
    },
    /// Microsoft Entra, a person signs in on another device with a code that the run shows.
    EntraDeviceCode {
        /// Tenant id or domain; absent for any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tenant: Option<String>,
    },
    /// Windows authentication (Kerberos or NTLM) as the account that the agent runs as.
    Integrated,
}

impl PlanLogin {
    /// Whom a sealed secret is for, when this way of signing in has one: the login name, the application, or
    /// `token`.
    #[must_use]
    pub fn sealed_for(&self) -> Option<&str> {
        match self {
            Self::Sql { user } | Self::EntraPassword { user } => Some(user),
            Self::EntraServicePrincipal { client_id, .. } => Some(client_id),
            Self::EntraToken => Some("token"),
            Self::None
            | Self::Dummy
            | Self::EntraManagedIdentity { .. }
            | Self::EntraDeviceCode { .. }
            | Self::Integrated => None,
        }
    }

    /// Why nobody can sign in so, as a stable code and a sentence; `None` when somebody may.
    #[must_use]
    pub fn reason_refused(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Sql { user } | Self::EntraPassword { user } if !is_name(user) => Some((
                "bad_user",
                "A user name has 1 to 128 characters and no control characters.",
            )),
            Self::EntraServicePrincipal { client_id, .. }
            | Self::EntraManagedIdentity {
                client_id: Some(client_id),
            } if Uuid::try_parse(client_id).is_err() => {
                Some(("bad_client_id", "A client id is a GUID."))
            }
            Self::EntraServicePrincipal { tenant, .. }
            | Self::EntraDeviceCode {
                tenant: Some(tenant),
            } if !is_tenant(tenant) => Some((
                "bad_tenant",
                "A tenant is a GUID or a domain name: letters, digits, dots and hyphens.",
            )),
            _ => None,
        }
    }

    /// Whether Microsoft Entra gives a token for it.
    #[must_use]
    pub fn is_entra(&self) -> bool {
        matches!(
            self,
            Self::EntraToken
                | Self::EntraPassword { .. }
                | Self::EntraServicePrincipal { .. }
                | Self::EntraManagedIdentity { .. }
                | Self::EntraDeviceCode { .. }
        )
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST_NAME && !text.chars().any(char::is_control)
}

/// It becomes part of an address that is asked.
fn is_tenant(text: &str) -> bool {
    (1..=253).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        && !text.starts_with('.')
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

impl Plan {
    /// When the whole run ends at last: its limit, and the waits that it makes on purpose, which do not count
    /// towards that limit (between further logins, for a person who signs in with a code, and for what lasts).
    #[must_use]
    pub fn deadline_ms(&self) -> u64 {
        let person = match self.login {
            PlanLogin::EntraDeviceCode { .. } => DEVICE_CODE_MS,
            _ => 0,
        };
        self.options
            .deadline_ms
            .saturating_add(self.options.waits_ms())
            .saturating_add(person)
            .saturating_add(self.options.lasting.lasts_ms())
    }
}

/// How long a person has to sign in with a code.
const DEVICE_CODE_MS: u64 = 900_000;
/// No run lasts longer, but for what [`Lasting`] adds.
const LONGEST_RUN_MS: u64 = 3_600_000;

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
    /// The version of TLS that logins are made with.
    pub encryption: Encryption,
    /// Logins in all, each with its own clocks: the first is the path's own, further ones follow it.
    pub connection_attempts: u32,
    /// End of one login to the start of the next.
    pub attempt_delay_ms: u64,
    /// Connect to every gateway of the target's region.
    pub gateways: bool,
    /// Ask the agent's external resolver for names under a public cloud's suffix.
    pub external_resolver: bool,
    /// Reach the addresses that Microsoft Entra sign-in needs, although the run signs in otherwise.
    pub sign_in_hosts: bool,
    /// Try each version of TLS at the first endpoint that answers PRELOGIN.
    pub tls_versions: bool,
    /// Ask the addresses in the certificates about their revocation.
    pub revocation: bool,
    /// Follow the route to addresses that fail.
    pub route_trace: bool,
    /// Connect to some ports of the range that redirects go to.
    pub redirect_sample: bool,
    /// Record the run's own packets.
    pub network_trace: bool,
    /// Count the run's findings in the portal's patterns.
    pub usage_data: bool,
    /// Go on, and send a password, although the certificate was not verified.
    pub trust_server_certificate: bool,
    /// Go on, and send a password, although the server offers no encryption.
    pub allow_clear_text: bool,
    /// The whole run ends after this; waits between further logins are added to it ([`Plan::deadline_ms`]).
    pub deadline_ms: u64,
    /// What goes on for longer, once the run's own login has gone well; its time is added to the deadline.
    #[serde(skip_serializing_if = "Lasting::is_empty")]
    pub lasting: Lasting,
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
            encryption: Encryption::Auto,
            connection_attempts: 1,
            attempt_delay_ms: 1_000,
            gateways: true,
            external_resolver: true,
            sign_in_hosts: false,
            tls_versions: true,
            revocation: false,
            route_trace: true,
            redirect_sample: false,
            network_trace: false,
            usage_data: true,
            trust_server_certificate: false,
            allow_clear_text: false,
            deadline_ms: 180_000,
            lasting: Lasting::default(),
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
            (
                "connection_attempts",
                u64::from(self.connection_attempts),
                1,
                100,
            ),
            ("attempt_delay_ms", self.attempt_delay_ms, 0, 600_000),
            ("slow_phase_ms", self.slow_phase_ms, 1, 120_000),
            ("deadline_ms", self.deadline_ms, 1_000, LONGEST_RUN_MS),
        ];
        for (name, value, least, most) in bounds {
            if value < least || value > most {
                return Some(format!(
                    "{name} is {value}; it must be between {least} and {most}"
                ));
            }
        }
        if self.retry_delays_ms.iter().any(|delay| *delay > 60_000) {
            return Some("retry_delays_ms holds a delay over 60000".to_owned());
        }
        if let Some(reason) = self.lasting.reason_refused() {
            return Some(reason);
        }
        let (waits, limit) = (self.waits_ms(), self.deadline_ms);
        (waits.saturating_add(limit) > LONGEST_RUN_MS).then(|| {
            format!(
                "connection_attempts and attempt_delay_ms wait {waits} ms in all; with deadline_ms ({limit}) that is over \
                 {LONGEST_RUN_MS}: fewer attempts, or a shorter delay"
            )
        })
    }

    /// The waits between further logins, in all.
    #[must_use]
    pub fn waits_ms(&self) -> u64 {
        u64::from(self.connection_attempts.saturating_sub(1)).saturating_mul(self.attempt_delay_ms)
    }
}

/// The version of TLS that logins are made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Encryption {
    /// The newest that both speak.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// TLS 1.0; needs an agent built with `legacy-tls` to log in.
    #[serde(rename = "tls1.0")]
    Tls10,
    /// TLS 1.1; likewise.
    #[serde(rename = "tls1.1")]
    Tls11,
    /// TLS 1.2.
    #[serde(rename = "tls1.2")]
    Tls12,
    /// TLS 1.3, inside TDS packets.
    #[serde(rename = "tls1.3")]
    Tls13,
    /// TDS 8: TLS before the first TDS packet.
    #[serde(rename = "strict")]
    Strict,
}

/// Driver settings read from a pasted connection string. They do not change what the run does: they let the
/// report say what that driver would have done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DriverSettings {
    /// Sort of string they were read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<Dialect>,
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
    /// `ConnectRetryCount`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_retry_count: Option<u32>,
    /// `ConnectRetryInterval`, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_retry_interval_s: Option<u32>,
}

/// A sort of connection string; the keys are those of the crate `target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Dialect {
    /// ADO.NET.
    #[serde(rename = "ado_net")]
    AdoNet,
    /// ODBC Driver 18 or newer.
    #[serde(rename = "odbc_18")]
    Odbc18,
    /// ODBC Driver 17.
    #[serde(rename = "odbc_17")]
    Odbc17,
    /// An older ODBC driver of Microsoft's.
    #[serde(rename = "odbc_old")]
    OdbcOld,
    /// Another maker's ODBC driver.
    #[serde(rename = "odbc_other")]
    OdbcOther,
    /// JDBC.
    #[serde(rename = "jdbc")]
    Jdbc,
    /// A URL for go-mssqldb.
    #[serde(rename = "go")]
    Go,
    /// A block of PowerShell parameters.
    #[serde(rename = "powershell")]
    PowerShell,
}

impl Dialect {
    const KEYS: [(&'static str, Self); 8] = [
        ("ado_net", Self::AdoNet),
        ("odbc_18", Self::Odbc18),
        ("odbc_17", Self::Odbc17),
        ("odbc_old", Self::OdbcOld),
        ("odbc_other", Self::OdbcOther),
        ("jdbc", Self::Jdbc),
        ("go", Self::Go),
        ("powershell", Self::PowerShell),
    ];

    /// The one with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        let found = Self::KEYS.iter().find(|(known, _)| *known == key);
        found.map(|(_, dialect)| *dialect)
    }

    /// Its key.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let found = Self::KEYS.iter().find(|(_, dialect)| *dialect == self);
        found.map_or("", |(key, _)| key)
    }
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

#[cfg(test)]
mod tests {
    use super::{Options, Plan, PlanLogin, Target};
    use crate::RunId;
    use uuid::Uuid;

    fn plan(login: PlanLogin, connection_attempts: u32, attempt_delay_ms: u64) -> Plan {
        Plan {
            run: RunId(Uuid::nil()),
            target: Target {
                server: "tcp:h,1433".to_owned(),
                host: "h".to_owned(),
                port: Some(1433),
                instance: None,
                database: "master".to_owned(),
                kind: "sql_server".to_owned(),
            },
            login,
            options: Options {
                connection_attempts,
                attempt_delay_ms,
                ..Options::default()
            },
        }
    }

    #[test]
    fn waits_on_purpose_are_added_to_the_limit() {
        let code = PlanLogin::EntraDeviceCode { tenant: None };
        let table = [
            (plan(PlanLogin::None, 1, 600_000), 180_000),
            (plan(PlanLogin::Dummy, 100, 1_000), 279_000),
            (plan(code, 1, 1_000), 1_080_000),
        ];
        for (plan, expected) in table {
            assert_eq!(plan.deadline_ms(), expected);
            assert_eq!(plan.options.reason_refused(), None);
        }
    }

    #[test]
    fn attempts_that_fit_into_no_run_are_refused() {
        let refused = plan(PlanLogin::Dummy, 100, 60_000).options.reason_refused();
        assert!(refused.is_some_and(|why| why.contains("attempt_delay_ms")));
    }
}
