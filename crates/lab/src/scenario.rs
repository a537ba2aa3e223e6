//! Every scenario: its key, its words for people, and what stands behind its ports.

use crate::script::{Door, Encryption, Identity, Login, Opening, Script, Tls};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A way to behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // Their words are data: `title` and `explains`.
pub enum Scenario {
    Healthy,
    LoginRejected,
    FirewallBlocked,
    Failover,
    DatabaseMissing,
    Redirect,
    RedirectBlocked,
    RedirectLoop,
    CloseAfterLogin,
    EchoSecret,
    Refused,
    Blackhole,
    SilentAfterConnect,
    NotSql,
    SilentAfterPrelogin,
    ResetAfterPrelogin,
    TlsWrongName,
    TlsExpired,
    TlsUntrusted,
    EncryptionNotSupported,
    Slow,
    Drip,
}

impl Scenario {
    /// All, in the order people are shown them.
    pub const ALL: [Self; 22] = [
        Self::Healthy,
        Self::LoginRejected,
        Self::FirewallBlocked,
        Self::Failover,
        Self::DatabaseMissing,
        Self::Redirect,
        Self::RedirectBlocked,
        Self::RedirectLoop,
        Self::CloseAfterLogin,
        Self::EchoSecret,
        Self::Refused,
        Self::Blackhole,
        Self::SilentAfterConnect,
        Self::NotSql,
        Self::SilentAfterPrelogin,
        Self::ResetAfterPrelogin,
        Self::TlsWrongName,
        Self::TlsExpired,
        Self::TlsUntrusted,
        Self::EncryptionNotSupported,
        Self::Slow,
        Self::Drip,
    ];

    /// Its key: `healthy`, `login_rejected`…
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.facts().key
    }

    /// A few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.facts().title
    }

    /// What it does, in plain words.
    #[must_use]
    pub fn explains(self) -> &'static str {
        self.facts().explains
    }

    /// What stands behind the port that people name.
    pub(crate) fn door(self) -> Door {
        self.facts().door
    }

    /// What stands behind the port that it routes to.
    pub(crate) fn second_door(self) -> Option<Door> {
        match self {
            Self::Redirect => Some(Door::Listening(Script::AZURE)),
            Self::RedirectBlocked => Some(Door::Unanswering),
            Self::RedirectLoop => Some(Door::Listening(ROUTE)),
            _ => None,
        }
    }

    fn facts(self) -> Facts {
        match self {
            Self::Healthy => facts(
                "healthy",
                "A healthy server",
                "Everything works: it answers, its certificate is good, practice credentials log in and a query runs.",
                Script::HEALTHY,
            ),
            Self::LoginRejected => facts(
                "login_rejected",
                "Login rejected",
                "Network and TLS work, but every login is refused with error 18456, as with a wrong password.",
                login(Login::Reject),
            ),
            Self::FirewallBlocked => facts(
                "firewall_blocked",
                "Blocked by the server's firewall",
                "Network and TLS work, but the login is refused with error 40615, because no firewall rule allows the client's address.",
                azure(Login::FirewallBlocked),
            ),
            Self::Failover => facts(
                "failover",
                "A database that fails over",
                "The first two logins get error 40613, as while a database moves to another node; the third gets in.",
                azure(Login::Unavailable { times: 2 }),
            ),
            Self::DatabaseMissing => facts(
                "database_missing",
                "A database that is not there",
                "The server takes the credentials, but cannot open the database: error 4060.",
                login(Login::DatabaseMissing),
            ),
            Self::Redirect => facts(
                "redirect",
                "Redirected, and it works",
                "The server sends the client to a second port, as Azure does with the redirect policy, and that port answers.",
                ROUTE,
            ),
            Self::RedirectBlocked => facts(
                "redirect_blocked",
                "Redirected to a blocked port",
                "The server sends the client to a second port where nothing is answered, as when a firewall allows 1433 but not 11000–11999.",
                ROUTE,
            ),
            Self::RedirectLoop => facts(
                "redirect_loop",
                "Redirected in a circle",
                "Two ports send the client to each other, for ever.",
                ROUTE,
            ),
            Self::CloseAfterLogin => facts(
                "close_after_login",
                "Closed during login",
                "The server reads the login and closes the connection without a word.",
                login(Login::Close),
            ),
            Self::EchoSecret => facts(
                "echo_secret",
                "A server that repeats the password",
                "The login is refused with a text that contains the password. It must not be shown or stored.",
                login(Login::EchoSecret),
            ),
            Self::Refused => bare(
                "refused",
                "Nothing listens",
                "No program listens on the port, so the host refuses every connection at once.",
                Door::Refusing,
            ),
            Self::Blackhole => bare(
                "blackhole",
                "No answer at all",
                "Connection attempts get no answer, as when a firewall drops them.",
                Door::Unanswering,
            ),
            Self::SilentAfterConnect => facts(
                "silent_after_connect",
                "Accepts, then says nothing",
                "The connection is accepted, but the first message is never answered, as behind a proxy that has lost its server.",
                Script {
                    opening: Opening::Silence,
                    ..Script::HEALTHY
                },
            ),
            Self::NotSql => facts(
                "not_sql",
                "Not a SQL server",
                "Something else listens there: it introduces itself as an SSH server.",
                Script {
                    opening: Opening::Banner(b"SSH-2.0-OpenSSH_9.6\r\n"),
                    ..Script::HEALTHY
                },
            ),
            Self::SilentAfterPrelogin => facts(
                "silent_after_prelogin",
                "Silent when TLS starts",
                "The first message is answered, the TLS handshake is not, as when a device drops the larger packets.",
                Script {
                    tls: Tls::Silence,
                    ..Script::AZURE
                },
            ),
            Self::ResetAfterPrelogin => facts(
                "reset_after_prelogin",
                "Reset when TLS starts",
                "The first message is answered, then the connection is reset as soon as TLS starts, as some security devices do.",
                Script {
                    tls: Tls::Reset,
                    ..Script::AZURE
                },
            ),
            Self::TlsWrongName => facts(
                "tls_wrong_name",
                "Certificate for another name",
                "The certificate is valid and trusted, but made out to another name.",
                certificate(Identity::WrongName),
            ),
            Self::TlsExpired => facts(
                "tls_expired",
                "Certificate out of date",
                "The certificate has the right name, but its time is over.",
                certificate(Identity::Expired),
            ),
            Self::TlsUntrusted => facts(
                "tls_untrusted",
                "Certificate that nobody vouches for",
                "The certificate has the right name, but was issued by an authority that the client does not trust.",
                certificate(Identity::Untrusted),
            ),
            Self::EncryptionNotSupported => facts(
                "encryption_not_supported",
                "No encryption offered",
                "The server says that it does not support encryption, so a login would send its password in clear.",
                Script {
                    encryption: Encryption::Unsupported,
                    ..Script::HEALTHY
                },
            ),
            Self::Slow => facts(
                "slow",
                "Slow to answer",
                "The first message is answered after six seconds; then everything works.",
                Script {
                    prelogin_delay: Duration::from_secs(6),
                    ..Script::HEALTHY
                },
            ),
            Self::Drip => facts(
                "drip",
                "Byte by byte",
                "Everything works, but answers arrive one byte per millisecond, as over a badly broken path.",
                Script {
                    pace: Some(Duration::from_millis(1)),
                    ..Script::HEALTHY
                },
            ),
        }
    }
}

/// What is known about a scenario.
struct Facts {
    key: &'static str,
    title: &'static str,
    explains: &'static str,
    door: Door,
}

/// Routes to the scenario's other port.
const ROUTE: Script = azure(Login::Route);

const fn login(login: Login) -> Script {
    Script {
        login,
        ..Script::HEALTHY
    }
}

const fn azure(login: Login) -> Script {
    Script {
        login,
        ..Script::AZURE
    }
}

const fn certificate(certificate: Identity) -> Script {
    Script {
        certificate,
        ..Script::AZURE
    }
}

const fn facts(
    key: &'static str,
    title: &'static str,
    explains: &'static str,
    script: Script,
) -> Facts {
    bare(key, title, explains, Door::Listening(script))
}

const fn bare(key: &'static str, title: &'static str, explains: &'static str, door: Door) -> Facts {
    Facts {
        key,
        title,
        explains,
        door,
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(key: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|scenario| scenario.as_str() == key)
            .ok_or_else(|| format!("there is no scenario {key:?}; --list names them"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn keys_are_unique_and_lead_back() {
        let keys: BTreeSet<_> = Scenario::ALL.iter().map(|s| s.as_str()).collect();
        assert_eq!(keys.len(), Scenario::ALL.len());
        for scenario in Scenario::ALL {
            assert_eq!(scenario.as_str().parse(), Ok(scenario));
        }
        assert!("nothing".parse::<Scenario>().is_err());
    }

    #[test]
    fn whoever_routes_has_a_second_port() {
        for scenario in Scenario::ALL {
            let routes =
                matches!(scenario.door(), Door::Listening(script) if script.login == Login::Route);
            assert_eq!(routes, scenario.second_door().is_some(), "{scenario}");
        }
    }

    #[test]
    fn a_scenario_about_certificates_never_takes_a_login_in_clear() {
        for scenario in Scenario::ALL {
            if let Door::Listening(script) = scenario.door()
                && script.certificate != Identity::Good
            {
                assert_eq!(script.encryption, Encryption::Required, "{scenario}");
            }
        }
    }
}
