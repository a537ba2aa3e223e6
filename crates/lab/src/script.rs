//! What a port does, step by step, as data. [`crate::conversation`] acts on it.

use crate::link::Part;
use crate::replicas::Replicas;
use std::time::Duration;

/// What stands behind a port.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Door {
    /// A listener that acts by this script.
    Listening(Script),
    /// Bound but not listening: a SYN is answered by RST, and nobody else can have the port.
    Refusing,
    /// A listener whose backlog is kept full: a SYN gets no answer.
    Unanswering,
}

/// What a listener does with a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Script {
    /// What it does first.
    pub(crate) opening: Opening,
    /// Before PRELOGIN is answered; scaled.
    pub(crate) prelogin_delay: Duration,
    /// Between two bytes of everything it says; scaled.
    pub(crate) pace: Option<Duration>,
    /// What PRELOGIN answers.
    pub(crate) encryption: Encryption,
    /// What it does when TLS should start.
    pub(crate) tls: Tls,
    /// Which versions of TLS it speaks.
    pub(crate) speaks: Speaks,
    /// Which certificate it shows.
    pub(crate) certificate: Identity,
    /// What it answers LOGIN7.
    pub(crate) login: Login,
    /// Whether it has tables that can be written to.
    pub(crate) writable: bool,
    /// Which server of a link it plays.
    pub(crate) link: Option<Part>,
    /// Whether it has an availability group, and what is amiss with it.
    pub(crate) replicas: Option<Replicas>,
}

/// What happens once a connection is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// Waits for PRELOGIN and answers it.
    Prelogin,
    /// Never says anything.
    Silence,
    /// TDS 8: a TLS handshake first, PRELOGIN inside it.
    TlsFirst,
    /// Says this, as something that is not a SQL server would, and then nothing.
    Banner(&'static [u8]),
}

/// Which encryption the server offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// As the client likes: all, the login only, none.
    Optional,
    /// All or nothing, as Azure does.
    Required,
    /// None.
    Unsupported,
}

/// Which versions of TLS are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Speaks {
    /// 1.2, as inside packets.
    Tls12,
    /// 1.3 and nothing else.
    Tls13,
    /// 1.2 and 1.3, with the protocol of TDS 8.
    Tds8,
}

/// What happens when the client starts TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    /// A handshake.
    Handshake,
    /// A handshake of an old version.
    #[cfg(feature = "legacy-tls")]
    Old(crate::old_tls::Old),
    /// Nothing.
    Silence,
    /// RST.
    Reset,
}

/// Which certificate is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    /// For `localhost`, 127.0.0.1, ::1 and the lab's host, by its CA, valid now.
    Good,
    /// By the lab's CA, valid, for another name.
    WrongName,
    /// As the good one, but over.
    Expired,
    /// As the good one, but by a CA that nobody is given.
    Untrusted,
}

/// What LOGIN7 is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    /// Practice credentials get in, others get 18456.
    Credentials,
    /// 18456 for everyone.
    Reject,
    /// 18456 for everyone, and the text repeats the password.
    EchoSecret,
    /// 40615 for everyone.
    FirewallBlocked,
    /// 40613 so many times for each application name, then as [`Login::Credentials`].
    Unavailable {
        /// How many times.
        times: u32,
    },
    /// Practice credentials get in or do not, by [`crate::schedule`]; others get 18456.
    Unsteady,
    /// 4060 for practice credentials, 18456 for others. `master` opens once another database was asked for.
    DatabaseMissing,
    /// To the scenario's other port, whoever it is: a gateway routes before it asks who you are.
    Route,
    /// An access token with the practice signature gets in, and practice credentials do; others get 18456.
    Federated(&'static Sts),
    /// Who brings a Kerberos ticket gets in, others get 18452.
    #[cfg(feature = "integrated")]
    Ticket,
    /// FIN.
    Close,
}

/// What FEDAUTHINFO says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sts {
    /// Token service and tenant.
    pub(crate) url: &'static str,
    /// What the token is to be good for.
    pub(crate) spn: &'static str,
}

impl Sts {
    /// As Azure says it.
    pub(crate) const AZURE: Self = Self {
        url: "https://login.microsoftonline.com/6d8f0c1e-0000-4000-8000-00000000c0de",
        spn: "https://database.windows.net/",
    };
    /// As a thief would.
    pub(crate) const GREEDY: Self = Self {
        url: "https://login.elsewhere.example/6d8f0c1e-0000-4000-8000-00000000c0de",
        spn: "https://graph.microsoft.com/",
    };
}

impl Script {
    /// All fine; each scenario changes what it is about.
    pub(crate) const HEALTHY: Self = Self {
        opening: Opening::Prelogin,
        prelogin_delay: Duration::ZERO,
        pace: None,
        encryption: Encryption::Optional,
        tls: Tls::Handshake,
        speaks: Speaks::Tls12,
        certificate: Identity::Good,
        login: Login::Credentials,
        writable: false,
        link: None,
        replicas: None,
    };
    /// As an Azure gateway: all fine, everything encrypted.
    pub(crate) const AZURE: Self = Self {
        encryption: Encryption::Required,
        ..Self::HEALTHY
    };
}
