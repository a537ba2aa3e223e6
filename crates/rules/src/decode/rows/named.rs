//! Names, addresses, ids and times that stand in the text.

use super::Kind::{
    Address, Authentication, ConnectionId, Database, Handshake, IdleMinutes, IdleSeconds,
    LoginStart, Port, PostLogin, PreloginStart, Routed, RoutedPort, Server, TracingId, Waited,
    WaitedSeconds,
};
use super::Means::{Is, Take};
use super::{Row, r};
use crate::decode::Sign::{BrowserSilent, Redirected};

pub(super) const ROWS: &[Row] = &[
    r("server=tcp:@,#", &[Take(Server), Take(Port)]),
    r("server=tcp:@", &[Take(Server)]),
    r("server=@,#", &[Take(Server), Take(Port)]),
    r("server=@", &[Take(Server)]),
    r("server:@,#", &[Take(Server), Take(Port)]),
    r("data source=tcp:@,#", &[Take(Server), Take(Port)]),
    r("data source=tcp:@", &[Take(Server)]),
    r("data source=@,#", &[Take(Server), Take(Port)]),
    r("data source=@", &[Take(Server)]),
    r("jdbc:sqlserver://@:#", &[Take(Server), Take(Port)]),
    r("jdbc:sqlserver://@", &[Take(Server)]),
    r("to the host @, port #", &[Take(Server), Take(Port)]),
    r(
        "to the host @, named instance",
        &[Take(Server), Is(BrowserSilent)],
    ),
    r("with host '@:#'", &[Take(Server), Take(Port)]),
    r("dial tcp @:#", &[Take(Server), Take(Port)]),
    r("dial tcp: lookup @", &[Take(Server)]),
    r("failed to connect to @:#", &[Take(Server), Take(Port)]),
    r(
        "failed to connect to @:# in #ms",
        &[Take(Server), Take(Port), Take(Waited)],
    ),
    r("connect econnrefused @:#", &[Take(Server), Take(Port)]),
    r("connect etimedout @:#", &[Take(Server), Take(Port)]),
    r("enotfound @", &[Take(Server)]),
    r("eai_again @", &[Take(Server)]),
    r("cannot open server '@'", &[Take(Server)]),
    r("on server '@'", &[Take(Server)]),
    r("on server @ executing", &[Take(Server)]),
    r("database '%' on server", &[Take(Database)]),
    r("cannot open database \"%\"", &[Take(Database)]),
    r("cannot open database '%'", &[Take(Database)]),
    r("initial catalog=@", &[Take(Database)]),
    r("database=@", &[Take(Database)]),
    r("databasename=@", &[Take(Database)]),
    r(
        "routing destination:@,#",
        &[Take(Routed), Take(RoutedPort), Is(Redirected)],
    ),
    r(
        "routed to @:#",
        &[Take(Routed), Take(RoutedPort), Is(Redirected)],
    ),
    r(
        "routing { host: \"@\", port: #",
        &[Take(Routed), Take(RoutedPort), Is(Redirected)],
    ),
    r("client with ip address '@'", &[Take(Address)]),
    r("clientconnectionid:@", &[Take(ConnectionId)]),
    r("clientconnectionid: @", &[Take(ConnectionId)]),
    r("client connection id: @", &[Take(ConnectionId)]),
    r("clientconnectionid before routing:@", &[Take(ConnectionId)]),
    r("tracing id of '%'", &[Take(TracingId)]),
    r(
        "[pre-login] initialization=#; handshake=#",
        &[Take(PreloginStart), Take(Handshake)],
    ),
    r(
        "[login] initialization=#; authentication=#",
        &[Take(LoginStart), Take(Authentication)],
    ),
    r("[post-login] complete=#", &[Take(PostLogin)]),
    r("request failed to complete in #ms", &[Take(Waited)]),
    r("timed out after #ms", &[Take(Waited)]),
    r("timed out after # ms", &[Take(Waited)]),
    r("timed out after # seconds", &[Take(WaitedSeconds)]),
    r("idle for # min", &[Take(IdleMinutes)]),
    r("idle for # s", &[Take(IdleSeconds)]),
    r("after # minutes idle", &[Take(IdleMinutes)]),
    r("after # minutes of", &[Take(IdleMinutes)]),
    r("idle time: #s", &[Take(IdleSeconds)]),
];
