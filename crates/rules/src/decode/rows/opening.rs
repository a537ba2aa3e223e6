//! Opening a connection: name, connect, PRELOGIN, and the driver's own patience.

use super::Kind::{Port, Server, Waited};
use super::Means::{By, In, Is, Names, Near, Take};
use super::{Row, r};
use crate::decode::Driver::{FreeTds, Go, Jdbc, Odbc, SqlClient, Tedious};
use crate::decode::Phase::{Command, Connect, Login, PostLogin, Prelogin, Resolve};
use crate::decode::Sign::{
    BrowserSilent, LocalDenied, NameNotFound, NoEncryption, NotAccessible, NotSql, OpenTimeout,
    PortsUsedUp, ProxyRefused, Refused, ResolverFailed, Silent, Unreachable, WrongProtocol,
};

pub(super) const ROWS: &[Row] = &[
    // SqlClient
    r(
        "connection timeout expired",
        &[By(SqlClient), Is(OpenTimeout)],
    ),
    r(
        "verbindungstimeout abgelaufen",
        &[By(SqlClient), Is(OpenTimeout)],
    ),
    r(
        "timeout f*r verbindung abgelaufen",
        &[By(SqlClient), Is(OpenTimeout)],
    ),
    r(
        "consume the pre-login handshake acknowledgement",
        &[By(SqlClient), Is(OpenTimeout), In(Prelogin)],
    ),
    r(
        "timeout period elapsed during the post-login phase",
        &[By(SqlClient), Is(OpenTimeout), In(PostLogin)],
    ),
    r(
        "timeout period elapsed during the login phase",
        &[By(SqlClient), Is(OpenTimeout), In(Login)],
    ),
    r(
        "error occurred during the pre-login handshake",
        &[By(SqlClient), In(Prelogin)],
    ),
    r(
        "handshakes vor der anmeldung",
        &[By(SqlClient), In(Prelogin)],
    ),
    r(
        "error occurred during the login process",
        &[By(SqlClient), In(Login)],
    ),
    r("w*hrend des anmeldevorgangs", &[By(SqlClient), In(Login)]),
    r("w*hrend des anmeldeprozesses", &[By(SqlClient), In(Login)]),
    r(
        "network-related or instance-specific error occurred while establishing a connection",
        &[By(SqlClient), Is(NotAccessible), In(Connect)],
    ),
    r(
        "network-related or instance-specific error has occurred",
        &[By(Odbc), Is(NotAccessible), In(Connect)],
    ),
    r(
        "netzwerkbezogener oder instanzspezifischer fehler",
        &[By(SqlClient), Is(NotAccessible), In(Connect)],
    ),
    r(
        "erreur li*e au r*seau ou sp*cifique * l'instance",
        &[By(SqlClient), Is(NotAccessible), In(Connect)],
    ),
    r(
        "error relacionado con la red o espec*fico de la instancia",
        &[By(SqlClient), Is(NotAccessible), In(Connect)],
    ),
    r(
        "server was not found or was not accessible",
        &[Is(NotAccessible)],
    ),
    r("error: 26 - error locating server", &[Is(BrowserSilent)]),
    r(
        "error locating server/instance specified",
        &[Is(BrowserSilent)],
    ),
    r("named pipes provider", &[Is(WrongProtocol)]),
    r("shared memory provider", &[Is(WrongProtocol)]),
    r("network path was not found", &[Is(WrongProtocol)]),
    r(
        "instance of sql server you attempted to connect to does not support encryption",
        &[Is(NoEncryption), In(Prelogin)],
    ),
    r("login timeout expired", &[By(Odbc), Is(OpenTimeout)]),
    r("anmeldetimeout abgelaufen", &[By(Odbc), Is(OpenTimeout)]),
    r(
        "unable to complete login process due to delay in prelogin response",
        &[By(Odbc), Is(OpenTimeout), In(Prelogin)],
    ),
    r(
        "unable to complete login process due to delay in login response",
        &[By(Odbc), Is(OpenTimeout), In(Login)],
    ),
    r(
        "unable to complete login process due to delay in opening server connection",
        &[By(Odbc), Is(OpenTimeout), In(Connect)],
    ),
    r(
        "client unable to establish connection",
        &[By(Odbc), Near(Prelogin)],
    ),
    r("unable to connect to data source", &[Is(NotAccessible)]),
    r(
        "adaptive server is unavailable or does not exist",
        &[Names(FreeTds), Is(NotAccessible), In(Connect)],
    ),
    r(
        "adaptive server connection failed",
        &[Names(FreeTds), Is(NotAccessible), Near(Login)],
    ),
    r(
        "sql server does not exist or access denied",
        &[By(Odbc), Is(NotAccessible), In(Connect)],
    ),
    // Names
    r("no such host is known", &[Is(NameNotFound), In(Resolve)]),
    r("no such host", &[Is(NameNotFound), In(Resolve)]),
    r(
        "unknownhostexception",
        &[By(Jdbc), Is(NameNotFound), In(Resolve)],
    ),
    r(
        "name or service not known",
        &[Is(NameNotFound), In(Resolve)],
    ),
    r(
        "nodename nor servname provided",
        &[Is(NameNotFound), In(Resolve)],
    ),
    r("name does not resolve", &[Is(NameNotFound), In(Resolve)]),
    r(
        "no address associated with hostname",
        &[Is(NameNotFound), In(Resolve)],
    ),
    r(
        "der angegebene host ist unbekannt",
        &[Is(NameNotFound), In(Resolve)],
    ),
    r(
        "es ist kein derartiger host bekannt",
        &[Is(NameNotFound), In(Resolve)],
    ),
    r(
        "temporary failure in name resolution",
        &[Is(ResolverFailed), In(Resolve)],
    ),
    r(
        "server misbehaving",
        &[By(Go), Is(ResolverFailed), In(Resolve)],
    ),
    r(
        "failed to lookup address information",
        &[Is(NameNotFound), In(Resolve)],
    ),
    // Connects
    r(
        "party did not properly respond after a period of time",
        &[Is(Silent)],
    ),
    r("hat *nach einer bestimmten zeitspanne nicht", &[Is(Silent)]),
    r(
        "gegenstelle nach einer bestimmten zeitspanne nicht",
        &[Is(Silent)],
    ),
    r(
        "target machine actively refused it",
        &[Is(Refused), In(Connect)],
    ),
    r(
        "zielcomputer die verbindung verweigerte",
        &[Is(Refused), In(Connect)],
    ),
    r("connection refused", &[Is(Refused), In(Connect)]),
    r("no route to host", &[Is(Unreachable), In(Connect)]),
    r("network is unreachable", &[Is(Unreachable), In(Connect)]),
    r("network unreachable", &[Is(Unreachable), In(Connect)]),
    r("unreachable network", &[Is(Unreachable), In(Connect)]),
    r("unreachable host", &[Is(Unreachable), In(Connect)]),
    r(
        "cannot assign requested address",
        &[Is(PortsUsedUp), In(Connect)],
    ),
    r(
        "only one usage of each socket address",
        &[Is(PortsUsedUp), In(Connect)],
    ),
    r(
        "lacked sufficient buffer space",
        &[Is(PortsUsedUp), In(Connect)],
    ),
    r("address already in use", &[Is(PortsUsedUp), In(Connect)]),
    r(
        "access a socket in a way forbidden by its access permissions",
        &[Is(LocalDenied), In(Connect)],
    ),
    r(
        "tcp/ip connection to the host",
        &[Names(Jdbc), In(Connect), Is(NotAccessible)],
    ),
    r("connect timed out", &[By(Jdbc), Is(Silent), In(Connect)]),
    r(
        "verify the connection properties",
        &[By(Jdbc), Is(NotAccessible)],
    ),
    r("sockettimeoutexception", &[By(Jdbc)]),
    r(
        "failed to connect to *in #ms",
        &[By(Tedious), Is(Silent), In(Connect), Take(Waited)],
    ),
    r(
        "failed to connect to *could not connect",
        &[By(Tedious), Is(NotAccessible), In(Connect)],
    ),
    r(
        "could not connect (sequence)",
        &[By(Tedious), Is(NotAccessible), In(Connect)],
    ),
    r("failed to cancel request in", &[By(Tedious), Near(Command)]),
    r("port for * not found in", &[By(Tedious), Is(BrowserSilent)]),
    r(
        "failed to get response from sql server browser",
        &[By(Tedious), Is(BrowserSilent)],
    ),
    r(
        "unable to open tcp connection with host",
        &[Names(Go), In(Connect)],
    ),
    r(
        "unable to get instances from sql server browser",
        &[Names(Go), Is(BrowserSilent)],
    ),
    r("no instance matching", &[Names(Go), Is(BrowserSilent)]),
    r(
        "dial tcp @:#: i/o timeout",
        &[By(Go), Is(Silent), In(Connect), Take(Server), Take(Port)],
    ),
    r("deadline has elapsed", &[Is(OpenTimeout)]),
    r("p1001", &[Is(NotAccessible), In(Connect)]),
    r("p1002", &[Is(OpenTimeout)]),
    r(
        "can't reach database server at",
        &[Is(NotAccessible), In(Connect)],
    ),
    r("tunnel connection failed", &[Is(ProxyRefused), In(Connect)]),
    r(
        "proxy authentication required",
        &[Is(ProxyRefused), In(Connect)],
    ),
    // What is no SQL Server
    r(
        "did not return a valid prelogin response",
        &[By(Jdbc), Is(NotSql), In(Prelogin)],
    ),
    r(
        "sql server returned an incomplete response",
        &[By(Jdbc), Is(NotSql)],
    ),
    r("invalid tds", &[Is(NotSql)]),
    r("tds protocol error", &[Is(NotSql)]),
    r("protocol error in tds stream", &[By(Odbc), Is(NotSql)]),
    r("protocol error in the tds stream", &[By(Jdbc), Is(NotSql)]),
    r("unknown token type", &[Is(NotSql)]),
    r("invalid token type", &[Is(NotSql)]),
    r(
        "server does not support encryption",
        &[Is(NoEncryption), In(Prelogin)],
    ),
    r(
        "server requires encryption",
        &[Is(NoEncryption), In(Prelogin)],
    ),
    r(
        "encryption not supported",
        &[Is(NoEncryption), In(Prelogin)],
    ),
];
