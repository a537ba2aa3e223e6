//! What is known about each scenario: its words for people, and what stands behind its ports. Data; the words are shown as they are.

use super::Scenario;
use crate::link::{Fault, Part};
use crate::replicas::Replicas;
use crate::script::{Door, Encryption, Identity, Login, Opening, Script, Speaks, Sts, Tls};
use std::time::Duration;

/// What is known about a scenario.
pub(crate) struct Facts {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    pub(crate) explains: &'static str,
    pub(crate) door: Door,
}

/// Of this one.
pub(crate) fn of(scenario: Scenario) -> Facts {
    match scenario {
        Scenario::Healthy => facts(
            "healthy",
            "A healthy server",
            "Everything works: it answers, its certificate is good, practice credentials log in and a query runs.",
            Script::HEALTHY,
        ),
        Scenario::Writable => facts(
            "writable",
            "A database to write to",
            "Everything works, and there is a small database in memory for writes whose connection is cut: in the schemas dbo and scratch, not in forbidden.",
            Script {
                writable: true,
                ..Script::HEALTHY
            },
        ),
        Scenario::LoginRejected => facts(
            "login_rejected",
            "Login rejected",
            "Network and TLS work, but every login is refused with error 18456, as with a wrong password.",
            login(Login::Reject),
        ),
        Scenario::FirewallBlocked => facts(
            "firewall_blocked",
            "Blocked by the server's firewall",
            "Network and TLS work, but the login is refused with error 40615, because no firewall rule allows the client's address.",
            azure(Login::FirewallBlocked),
        ),
        Scenario::Failover => facts(
            "failover",
            "A database that fails over",
            "The first two logins get error 40613, as while a database moves to another node; the third gets in.",
            azure(Login::Unavailable { times: 2 }),
        ),
        Scenario::Unsteady => facts(
            "unsteady",
            "A service that comes and goes",
            "Of 48 logins in a row, 14 fail in a fixed order: eight with error 40613, two each with 40501 and 10928, two by a reset. For loops of logins, and for what a retry policy makes of them.",
            azure(Login::Unsteady),
        ),
        Scenario::DatabaseMissing => facts(
            "database_missing",
            "A database that is not there",
            "The server takes the credentials, but cannot open the database: error 4060.",
            login(Login::DatabaseMissing),
        ),
        Scenario::Redirect => facts(
            "redirect",
            "Redirected, and it works",
            "The server sends the client to a second port, as Azure does with the redirect policy, and that port answers.",
            ROUTE,
        ),
        Scenario::RedirectBlocked => facts(
            "redirect_blocked",
            "Redirected to a blocked port",
            "The server sends the client to a second port where nothing is answered, as when a firewall allows 1433 but not 11000–11999.",
            ROUTE,
        ),
        Scenario::RedirectLoop => facts(
            "redirect_loop",
            "Redirected in a circle",
            "Two ports send the client to each other, for ever.",
            ROUTE,
        ),
        Scenario::CloseAfterLogin => facts(
            "close_after_login",
            "Closed during login",
            "The server reads the login and closes the connection without a word.",
            login(Login::Close),
        ),
        Scenario::EchoSecret => facts(
            "echo_secret",
            "A server that repeats the password",
            "The login is refused with a text that contains the password. It must not be shown or stored.",
            login(Login::EchoSecret),
        ),
        Scenario::Refused => bare(
            "refused",
            "Nothing listens",
            "No program listens on the port, so the host refuses every connection at once.",
            Door::Refusing,
        ),
        Scenario::Blackhole => bare(
            "blackhole",
            "No answer at all",
            "Connection attempts get no answer, as when a firewall drops them.",
            Door::Unanswering,
        ),
        Scenario::SilentAfterConnect => facts(
            "silent_after_connect",
            "Accepts, then says nothing",
            "The connection is accepted, but the first message is never answered, as behind a proxy that has lost its server.",
            Script {
                opening: Opening::Silence,
                ..Script::HEALTHY
            },
        ),
        Scenario::NotSql => facts(
            "not_sql",
            "Not a SQL server",
            "Something else listens there: it introduces itself as an SSH server.",
            Script {
                opening: Opening::Banner(b"SSH-2.0-OpenSSH_9.6\r\n"),
                ..Script::HEALTHY
            },
        ),
        Scenario::SilentAfterPrelogin => facts(
            "silent_after_prelogin",
            "Silent when TLS starts",
            "The first message is answered, the TLS handshake is not, as when a device drops the larger packets.",
            Script {
                tls: Tls::Silence,
                ..Script::AZURE
            },
        ),
        Scenario::ResetAfterPrelogin => facts(
            "reset_after_prelogin",
            "Reset when TLS starts",
            "The first message is answered, then the connection is reset as soon as TLS starts, as some security devices do.",
            Script {
                tls: Tls::Reset,
                ..Script::AZURE
            },
        ),
        Scenario::TlsWrongName => facts(
            "tls_wrong_name",
            "Certificate for another name",
            "The certificate is valid and trusted, but made out to another name.",
            certificate(Identity::WrongName),
        ),
        Scenario::TlsExpired => facts(
            "tls_expired",
            "Certificate out of date",
            "The certificate has the right name, but its time is over.",
            certificate(Identity::Expired),
        ),
        Scenario::TlsUntrusted => facts(
            "tls_untrusted",
            "Certificate that nobody vouches for",
            "The certificate has the right name, but was issued by an authority that the client does not trust.",
            certificate(Identity::Untrusted),
        ),
        Scenario::EncryptionNotSupported => facts(
            "encryption_not_supported",
            "No encryption offered",
            "The server says that it does not support encryption, so a login would send its password in clear.",
            Script {
                encryption: Encryption::Unsupported,
                ..Script::HEALTHY
            },
        ),
        Scenario::Slow => facts(
            "slow",
            "Slow to answer",
            "The first message is answered after six seconds; then everything works.",
            Script {
                prelogin_delay: Duration::from_secs(6),
                ..Script::HEALTHY
            },
        ),
        Scenario::Drip => facts(
            "drip",
            "Byte by byte",
            "Everything works, but answers arrive one byte per millisecond, as over a badly broken path.",
            Script {
                pace: Some(Duration::from_millis(1)),
                ..Script::HEALTHY
            },
        ),
        Scenario::Replica => replica(
            "replica",
            "An availability replica",
            "Everything works, and the server has an availability group whose other replica is connected; its error log has an outage of some minutes ago.",
            Replicas::Fine,
        ),
        Scenario::ReplicaStopped => replica(
            "replica_stopped",
            "A replica whose endpoint is stopped",
            "The server has an availability group, but its endpoint takes no connection from the other replica.",
            Replicas::Stopped,
        ),
        Scenario::ReplicaNoPermission => replica(
            "replica_no_permission",
            "A replica that nobody may connect to",
            "The server has an availability group, but nobody has CONNECT permission on its endpoint.",
            Replicas::NoPermission,
        ),
        Scenario::ReplicaTimeouts => replica(
            "replica_timeouts",
            "Replicas whose time-outs contradict each other",
            "The replicas of the group have session time-outs of 5 and 40 s, and a health check of 15 s.",
            Replicas::Contradicting,
        ),
        Scenario::ReplicaDisconnected => replica(
            "replica_disconnected",
            "A replica that is disconnected",
            "The server says that the other replica is disconnected, with the error of its last connect.",
            Replicas::Disconnected,
        ),
        Scenario::ReplicaBlind => replica(
            "replica_blind",
            "A replica that hides its state",
            "The server has an availability group, but practice credentials may see neither its state nor the error log.",
            Replicas::Blind,
        ),
        Scenario::FederatedLogin => facts(
            "federated_login",
            "Microsoft Entra sign-in",
            "The server wants an access token, says where to get one, and takes those that end in the practice signature.",
            azure(Login::Federated(&Sts::AZURE)),
        ),
        Scenario::FederatedGreedy => facts(
            "federated_greedy",
            "A server that wants somebody else's token",
            "The server asks for an access token for another service, from a token service of its own. Nobody should give it one.",
            azure(Login::Federated(&Sts::GREEDY)),
        ),
        Scenario::LinkServer => facts(
            "link_server",
            "Link: a SQL Server",
            "The SQL Server of a link with a managed instance: its jobs connect, it has a master key, and it takes a certificate and an endpoint.",
            part(Part::Server(Fault::None)),
        ),
        Scenario::LinkInstance => facts(
            "link_instance",
            "Link: a managed instance",
            "The managed instance of a link: it says where its node is, and its jobs connect.",
            part(Part::Instance("mi.localhost", Fault::None)),
        ),
        Scenario::LinkNoMasterKey => facts(
            "link_no_master_key",
            "Link: a SQL Server without a master key",
            "The SQL Server of a link whose master database has no master key, so that it takes no certificate.",
            part(Part::Server(Fault::NoMasterKey)),
        ),
        Scenario::LinkAgentStopped => facts(
            "link_agent_stopped",
            "Link: SQL Server Agent is stopped",
            "The SQL Server of a link whose SQL Server Agent does not run, so that no job connects.",
            part(Part::Server(Fault::AgentStopped)),
        ),
        Scenario::LinkNoPermission => facts(
            "link_no_permission",
            "Link: a login that may make nothing",
            "The SQL Server of a link where the login is no sysadmin and may make no jobs.",
            part(Part::Server(Fault::NoPermission)),
        ),
        Scenario::LinkNameTaken => facts(
            "link_name_taken",
            "Link: the job's name is taken",
            "The SQL Server of a link that has a job of the same name already. It has to stay.",
            part(Part::Server(Fault::NameTaken)),
        ),
        Scenario::LinkNeverEnds => facts(
            "link_never_ends",
            "Link: a job that never ends",
            "The SQL Server of a link whose jobs begin and do not end.",
            part(Part::Server(Fault::NeverEnds)),
        ),
        Scenario::LinkEndpointExists => facts(
            "link_endpoint_exists",
            "Link: an endpoint is there already",
            "The SQL Server of a link that has a mirroring endpoint, which is used and has to stay.",
            part(Part::Server(Fault::EndpointExists)),
        ),
        Scenario::LinkHalfWay => facts(
            "link_half_way",
            "Link: making fails half-way",
            "The SQL Server of a link that makes jobs without steps and certificates without endpoints: its disk is full.",
            part(Part::Server(Fault::HalfWay)),
        ),
        Scenario::LinkConnectionLost => facts(
            "link_connection_lost",
            "Link: the connection is lost on the way",
            "The SQL Server of a link that resets the connection once something was made. What was made has to go all the same.",
            part(Part::Server(Fault::ConnectionLost)),
        ),
        Scenario::LinkServerBlocked => facts(
            "link_server_blocked",
            "Link: the instance does not reach the SQL Server",
            "The SQL Server of a link that reaches its own endpoint, while a firewall keeps the instance from it.",
            part(Part::Server(Fault::Blocked)),
        ),
        Scenario::LinkInstanceBlocked => facts(
            "link_instance_blocked",
            "Link: the instance's node is not reached",
            "The managed instance of a link whose endpoint is reached, and the node of its primary is not.",
            part(Part::Instance("mi-blocked.localhost", Fault::Blocked)),
        ),
        Scenario::Strict => facts(
            "strict",
            "Strict encryption only",
            "The server speaks TDS 8 only: TLS comes before the first message, and clients that begin otherwise are cut off.",
            Script {
                opening: Opening::TlsFirst,
                speaks: Speaks::Tds8,
                ..Script::AZURE
            },
        ),
        Scenario::Tls13Only => facts(
            "tls13_only",
            "TLS 1.3 only",
            "The server takes TLS 1.3 inside its messages and no older version, which most drivers offer with strict encryption only.",
            Script {
                speaks: Speaks::Tls13,
                ..Script::AZURE
            },
        ),
        #[cfg(feature = "integrated")]
        Scenario::WindowsLogin => facts(
            "windows_login",
            "Windows authentication",
            "Whoever brings a Kerberos ticket for this server is let in; its keys are those of KRB5_KTNAME.",
            login(Login::Ticket),
        ),
        #[cfg(feature = "legacy-tls")]
        Scenario::Tls10 => old(
            "tls_1_0",
            "An old server: TLS 1.0",
            crate::old_tls::Old::Tls10,
        ),
        #[cfg(feature = "legacy-tls")]
        Scenario::Tls11 => old(
            "tls_1_1",
            "An old server: TLS 1.1",
            crate::old_tls::Old::Tls11,
        ),
    }
}

/// What stands behind the port that a scenario routes to.
pub(crate) fn second_door(scenario: Scenario) -> Option<Door> {
    match scenario {
        Scenario::Redirect => Some(Door::Listening(Script::AZURE)),
        Scenario::RedirectBlocked => Some(Door::Unanswering),
        Scenario::RedirectLoop => Some(Door::Listening(ROUTE)),
        _ => None,
    }
}

/// Routes to the scenario's other port.
const ROUTE: Script = azure(Login::Route);

#[cfg(feature = "legacy-tls")]
const fn old(key: &'static str, title: &'static str, version: crate::old_tls::Old) -> Facts {
    let script = Script {
        tls: Tls::Old(version),
        ..Script::AZURE
    };
    facts(
        key,
        title,
        "Everything works, over a version of TLS that clients of today refuse.",
        script,
    )
}

const fn replica(
    key: &'static str,
    title: &'static str,
    explains: &'static str,
    replicas: Replicas,
) -> Facts {
    let script = Script {
        replicas: Some(replicas),
        ..Script::HEALTHY
    };
    facts(key, title, explains, script)
}

const fn login(login: Login) -> Script {
    Script {
        login,
        ..Script::HEALTHY
    }
}

const fn part(part: Part) -> Script {
    Script {
        link: Some(part),
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
