//! Frames of stacks: where the program was. They count only where no words say it.

use super::Kind::{Passed, Port, Server};
use super::Means::{Near, Take, Via};
use super::{Row, r};
use crate::decode::Phase::{
    Command, Connect, Login, PostLogin, Prelogin, Resolve, Tls, Transaction,
};

pub(super) const ROWS: &[Row] = &[
    r("sqlcommand.execute", &[Near(Command)]),
    r("sqlcommand.internalexecute", &[Near(Command)]),
    r("sqlcommand.run", &[Near(Command)]),
    r("sqldatareader.", &[Near(Command)]),
    r("sqlbulkcopy.", &[Near(Command)]),
    r(
        "sqltransaction.commit",
        &[Near(Transaction), Near(Transaction)],
    ),
    r(
        "sqlinternaltransaction.commit",
        &[Near(Transaction), Near(Transaction)],
    ),
    r("completelogin(", &[Near(PostLogin)]),
    r("attemptonelogin", &[Near(Login)]),
    r("consumepreloginhandshake", &[Near(Prelogin)]),
    r("sqlserverstatement.execute", &[Near(Command)]),
    r("sqlserverpreparedstatement.execute", &[Near(Command)]),
    r("sqlserverresultset.", &[Near(Command)]),
    r("tdscommand.execute", &[Near(Command)]),
    r(
        "sqlserverconnection.commit",
        &[Near(Transaction), Near(Transaction)],
    ),
    r("connectioncommand", &[Near(Transaction)]),
    r("tdschannel.enablessl", &[Near(Tls)]),
    r("sqlserverconnection.prelogin", &[Near(Prelogin)]),
    r("sqlserverconnection.sendlogon", &[Near(Login)]),
    r("sqlserverconnection.logon", &[Near(Login)]),
    r("tdschannel.open", &[Near(Connect)]),
    r("socketfinder.findsocket", &[Near(Connect)]),
    r("connecting (sqldriverconnect", &[Near(Login)]),
    r("(sqldriverconnect)", &[Near(Login)]),
    r("(sqlexecdirectw)", &[Near(Command)]),
    r("(sqlexecute)", &[Near(Command)]),
    r("(sqlfetch)", &[Near(Command)]),
    r("(sqlgetdata)", &[Near(Command)]),
    r("(sqlmoreresults)", &[Near(Command)]),
    r("(sqlparamdata)", &[Near(Command)]),
    r("(sqlendtran)", &[Near(Transaction), Near(Transaction)]),
    r("cursor.execute", &[Near(Command)]),
    r("conn.commit", &[Near(Transaction)]),
    r("dialect.do_commit", &[Near(Transaction)]),
    r("in final state of", &[Near(Command)]),
    r("syscall: 'getaddrinfo'", &[Near(Resolve)]),
    r("syscall: 'connect'", &[Near(Connect)]),
    r("syscall: 'read'", &[Near(Command)]),
    r("syscall: 'write'", &[Near(Command)]),
    r("connect econnreset", &[Near(Connect)]),
    r("tcpconnectwrap.afterconnect", &[Near(Connect)]),
    r(
        "read tcp @:#->@:#:",
        &[
            Take(Passed),
            Take(Passed),
            Take(Server),
            Take(Port),
            Near(Command),
        ],
    ),
    r(
        "write tcp @:#->@:#:",
        &[
            Take(Passed),
            Take(Passed),
            Take(Server),
            Take(Port),
            Near(Command),
        ],
    ),
    r("client::connect", &[Near(Login)]),
    r("tcpstream::connect", &[Near(Connect)]),
    r("(*sql.db).", &[Via("database/sql")]),
];
