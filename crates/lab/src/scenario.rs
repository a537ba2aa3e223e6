//! Every scenario by name.

mod facts;

use crate::script::Door;
use std::fmt;
use std::str::FromStr;

/// A way to behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scenario {
    /// All is fine.
    Healthy,
    /// 18456 for everyone.
    LoginRejected,
    /// 40615 for everyone.
    FirewallBlocked,
    /// 40613 twice for each application name, then fine.
    Failover,
    /// In, 40613, 40501, 10928 and RST by turns.
    Unsteady,
    /// 4060.
    DatabaseMissing,
    /// Routed to a second port that answers.
    Redirect,
    /// Routed to a port where a SYN gets no answer.
    RedirectBlocked,
    /// Routed in a circle.
    RedirectLoop,
    /// FIN after LOGIN7.
    CloseAfterLogin,
    /// 18456 whose text repeats the password.
    EchoSecret,
    /// RST to every SYN.
    Refused,
    /// No answer to any SYN.
    Blackhole,
    /// Accepts and says nothing.
    SilentAfterConnect,
    /// An SSH banner.
    NotSql,
    /// Silence once TLS should start.
    SilentAfterPrelogin,
    /// RST once TLS should start.
    ResetAfterPrelogin,
    /// A certificate for another name.
    TlsWrongName,
    /// A certificate that is over.
    TlsExpired,
    /// A certificate by a CA that nobody trusts.
    TlsUntrusted,
    /// PRELOGIN says that there is no encryption.
    EncryptionNotSupported,
    /// PRELOGIN is answered after 6 s.
    Slow,
    /// One byte per millisecond.
    Drip,
    /// Has a small database that can be written to.
    Writable,
    /// Has an availability group.
    Replica,
    /// Has one, and its endpoint is stopped.
    ReplicaStopped,
    /// Has one, and nobody may connect to its endpoint.
    ReplicaNoPermission,
    /// Has one, and its time-outs contradict each other.
    ReplicaTimeouts,
    /// Has one whose other replica is disconnected.
    ReplicaDisconnected,
    /// Has one that its login may not see.
    ReplicaBlind,
    /// Wants an access token, and says where to get one.
    FederatedLogin,
    /// The same, but it wants one for something that is not its own, from a service of its own.
    FederatedGreedy,
    /// The SQL Server of a link.
    LinkServer,
    /// The managed instance of a link.
    LinkInstance,
    /// A SQL Server without a master key.
    LinkNoMasterKey,
    /// A SQL Server whose SQL Server Agent is stopped.
    LinkAgentStopped,
    /// A SQL Server where the login may make nothing.
    LinkNoPermission,
    /// A SQL Server that has a job of any name already.
    LinkNameTaken,
    /// A SQL Server whose jobs never end.
    LinkNeverEnds,
    /// A SQL Server that has a mirroring endpoint.
    LinkEndpointExists,
    /// A SQL Server where not all can be made.
    LinkHalfWay,
    /// A SQL Server that goes away between making and cleaning.
    LinkConnectionLost,
    /// A SQL Server whose endpoint the instance does not reach.
    LinkServerBlocked,
    /// A managed instance whose node is not reached.
    LinkInstanceBlocked,
    /// TDS 8 and nothing else.
    Strict,
    /// TLS 1.3 inside packets and nothing else.
    Tls13Only,
    /// Lets whoever brings a Kerberos ticket in.
    #[cfg(feature = "integrated")]
    WindowsLogin,
    /// All is fine, over TLS 1.0.
    #[cfg(feature = "legacy-tls")]
    Tls10,
    /// All is fine, over TLS 1.1.
    #[cfg(feature = "legacy-tls")]
    Tls11,
}

impl Scenario {
    /// All that people practise with, in the order they are shown.
    pub const ALL: [Self; 42] = [
        Self::Healthy,
        Self::Writable,
        Self::LoginRejected,
        Self::FirewallBlocked,
        Self::Failover,
        Self::Unsteady,
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
        Self::LinkServer,
        Self::LinkInstance,
        Self::LinkNoMasterKey,
        Self::LinkAgentStopped,
        Self::LinkNoPermission,
        Self::LinkNameTaken,
        Self::LinkNeverEnds,
        Self::LinkEndpointExists,
        Self::LinkHalfWay,
        Self::LinkConnectionLost,
        Self::LinkServerBlocked,
        Self::LinkInstanceBlocked,
        Self::Replica,
        Self::ReplicaStopped,
        Self::ReplicaNoPermission,
        Self::ReplicaTimeouts,
        Self::ReplicaDisconnected,
        Self::ReplicaBlind,
    ];

    /// Not offered for practice: they need a token service, or another choice of TLS than the usual.
    pub const FURTHER: &'static [Self] = &[
        Self::FederatedLogin,
        Self::FederatedGreedy,
        Self::Strict,
        Self::Tls13Only,
        #[cfg(feature = "integrated")]
        Self::WindowsLogin,
        #[cfg(feature = "legacy-tls")]
        Self::Tls10,
        #[cfg(feature = "legacy-tls")]
        Self::Tls11,
    ];

    /// Its key: `healthy`, `login_rejected`…
    #[must_use]
    pub fn as_str(self) -> &'static str {
        facts::of(self).key
    }

    /// A few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        facts::of(self).title
    }

    /// What it does, in plain words.
    #[must_use]
    pub fn explains(self) -> &'static str {
        facts::of(self).explains
    }

    /// What stands behind the port that people name.
    pub(crate) fn door(self) -> Door {
        facts::of(self).door
    }

    /// What stands behind the port that it routes to.
    pub(crate) fn second_door(self) -> Option<Door> {
        facts::second_door(self)
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
            .chain(Self::FURTHER.iter().copied())
            .find(|scenario| scenario.as_str() == key)
            .ok_or_else(|| format!("there is no scenario {key:?}; --list names them"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{Encryption, Identity, Login};
    use std::collections::BTreeSet;

    #[test]
    fn keys_are_unique_and_lead_back() {
        let all = || {
            Scenario::ALL
                .into_iter()
                .chain(Scenario::FURTHER.iter().copied())
        };
        let keys: BTreeSet<_> = all().map(|s| s.as_str()).collect();
        assert_eq!(keys.len(), all().count());
        for scenario in all() {
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
