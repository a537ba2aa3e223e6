//! Connections that stood and died: while idle, in a command, around a commit; and pools.

use super::Kind::{Passed, Waited};
use super::Means::{By, In, Is, Names, Near, Nr, Take, Via};
use super::{Row, r};
use crate::decode::Driver::{FreeTds, Go, Jdbc, Odbc, SqlClient, Tedious};
use crate::decode::Phase::{Command, Idle, Pool, Transaction};
use crate::decode::Sign::{
    AbortedHere, Cancelled, Closed, CommandTimeout, DeadInPool, NetNameGone, NoProcess,
    OutcomeUnknown, PoolTimeout, Reset, Semaphore, Silent, Starved, UsedClosed, WriteAfterClose,
};

pub(super) const ROWS: &[Row] = &[
    // SqlClient
    r(
        "transport-level error has occurred when receiving results",
        &[By(SqlClient), In(Command)],
    ),
    r(
        "transport-level error has occurred when sending the request",
        &[By(SqlClient), In(Idle), Is(DeadInPool)],
    ),
    r(
        "transport-level error has occurred during connection clean-up",
        &[By(SqlClient), In(Idle)],
    ),
    r(
        "transport-level error has occurred during ssl",
        &[By(SqlClient)],
    ),
    r(
        "fehler auf *bertragungsebene beim empfangen von ergebnissen",
        &[By(SqlClient), In(Command)],
    ),
    r(
        "fehler auf *bertragungsebene beim senden der anforderung",
        &[By(SqlClient), In(Idle), Is(DeadInPool)],
    ),
    r(
        "erreur au niveau du transport s'est produite lors de la r*ception",
        &[By(SqlClient), In(Command)],
    ),
    r(
        "erreur au niveau du transport s'est produite lors de l'envoi",
        &[By(SqlClient), In(Idle), Is(DeadInPool)],
    ),
    r(
        "error de nivel de transporte al recibir los resultados",
        &[By(SqlClient), In(Command)],
    ),
    r(
        "error en el nivel de transporte al recibir los resultados",
        &[By(SqlClient), In(Command)],
    ),
    r(
        "error en el nivel de transporte al enviar la solicitud",
        &[By(SqlClient), In(Idle), Is(DeadInPool)],
    ),
    r(
        "physical connection is not usable",
        &[By(SqlClient), Is(DeadInPool), In(Idle)],
    ),
    r(
        "connection is broken and recovery is not possible",
        &[By(SqlClient), Is(DeadInPool), In(Idle)],
    ),
    r(
        "execution timeout expired",
        &[By(SqlClient), Is(CommandTimeout), In(Command)],
    ),
    r(
        "timeout expired. the timeout period elapsed prior to completion of the operation",
        &[By(SqlClient), Is(CommandTimeout), In(Command)],
    ),
    r(
        "ausf*hrungstimeout ist abgelaufen",
        &[By(SqlClient), Is(CommandTimeout), In(Command)],
    ),
    r(
        "ausf*hrungszeitlimit abgelaufen",
        &[By(SqlClient), Is(CommandTimeout), In(Command)],
    ),
    r(
        "expiration du d*lai d'ex*cution",
        &[By(SqlClient), Is(CommandTimeout), In(Command)],
    ),
    r(
        "timeout period elapsed prior to obtaining a connection from the pool",
        &[By(SqlClient), Is(PoolTimeout), In(Pool)],
    ),
    r("pool has been exhausted", &[Is(PoolTimeout), In(Pool)]),
    r("max pool size was reached", &[Is(PoolTimeout), In(Pool)]),
    r(
        "bevor eine verbindung aus dem pool",
        &[By(SqlClient), Is(PoolTimeout), In(Pool)],
    ),
    r(
        "this sqltransaction has completed; it is no longer usable",
        &[By(SqlClient), Is(OutcomeUnknown), In(Transaction)],
    ),
    r(
        "transaction is in doubt",
        &[Is(OutcomeUnknown), In(Transaction)],
    ),
    r(
        "transactionindoubtexception",
        &[Is(OutcomeUnknown), In(Transaction)],
    ),
    r("connection has been disabled", &[Is(DeadInPool), In(Idle)]),
    r(
        "executereader requires an open and available connection",
        &[By(SqlClient), Is(UsedClosed), In(Command)],
    ),
    r(
        "executenonquery requires an open and available connection",
        &[By(SqlClient), Is(UsedClosed), In(Command)],
    ),
    r("operation cancelled by user", &[Is(Cancelled)]),
    r("a task was canceled", &[Is(Cancelled)]),
    // What operating systems say, in several tongues
    r(
        "connection was forcibly closed by the remote host",
        &[Is(Reset)],
    ),
    r(
        "vorhandene verbindung wurde vom remotehost geschlossen",
        &[Is(Reset)],
    ),
    r(
        "connexion existante a d* *tre ferm*e par l'h*te distant",
        &[Is(Reset)],
    ),
    r("interrupci*n forzada por el host remoto", &[Is(Reset)]),
    r("connection reset by peer", &[Is(Reset)]),
    r("connection reset", &[Is(Reset)]),
    r("connection was reset", &[Is(Reset)]),
    r("software caused connection abort", &[Is(AbortedHere)]),
    r(
        "connection was aborted by the software in your host machine",
        &[Is(AbortedHere)],
    ),
    r(
        "software auf dem hostcomputer abgebrochen",
        &[Is(AbortedHere)],
    ),
    r("semaphore timeout period has expired", &[Is(Semaphore)]),
    r("zeitlimit f*r die semaphore", &[Is(Semaphore)]),
    r(
        "specified network name is no longer available",
        &[Is(NetNameGone)],
    ),
    r(
        "no process is on the other end of the pipe",
        &[Is(NoProcess)],
    ),
    r("broken pipe", &[Is(WriteAfterClose)]),
    r("connection timed out", &[Is(Silent)]),
    r("no longer usable", &[Near(Idle)]),
    // JDBC and its pools
    r(
        "sqlserverexception: connection reset",
        &[Names(Jdbc), Is(Reset)],
    ),
    r(
        "sqlserverexception: the connection is closed",
        &[Names(Jdbc), Is(UsedClosed)],
    ),
    r(
        "sqlserverexception: connection is closed",
        &[Names(Jdbc), Is(UsedClosed)],
    ),
    r(
        "sqlserverexception: read timed out",
        &[Names(Jdbc), Is(CommandTimeout), In(Command)],
    ),
    r(
        "sqlserverexception: the query has timed out",
        &[Names(Jdbc), Is(CommandTimeout), In(Command)],
    ),
    r("read timed out", &[By(Jdbc), Is(CommandTimeout)]),
    r(
        "failed to validate connection",
        &[By(Jdbc), Via("HikariCP"), Is(DeadInPool), In(Idle)],
    ),
    r(
        "shorter maxlifetime value",
        &[By(Jdbc), Is(DeadInPool), In(Idle)],
    ),
    r(
        "marked as broken because of sqlstate",
        &[By(Jdbc), Via("HikariCP"), Near(Command)],
    ),
    r(
        "connection is not available, request timed out after #ms",
        &[
            By(Jdbc),
            Via("HikariCP"),
            Is(PoolTimeout),
            In(Pool),
            Take(Waited),
        ],
    ),
    r(
        "cannot get a connection, pool error timeout waiting for idle object",
        &[By(Jdbc), Is(PoolTimeout), In(Pool)],
    ),
    r(
        "an attempt by a client to checkout a connection has timed out",
        &[By(Jdbc), Is(PoolTimeout), In(Pool)],
    ),
    r(
        "thread starvation or clock leap detected",
        &[By(Jdbc), Via("HikariCP"), Is(Starved)],
    ),
    r(
        "apparent connection leak detected",
        &[By(Jdbc), Via("HikariCP"), Is(PoolTimeout)],
    ),
    r("the connection is closed.", &[By(Jdbc), Is(UsedClosed)]),
    r(
        "sql server did not return a response",
        &[By(Jdbc), Is(Closed)],
    ),
    r("socket closed", &[By(Jdbc), Is(UsedClosed)]),
    // ODBC
    r("communication link failure", &[By(Odbc), Is(Closed)]),
    r(
        "query timeout expired",
        &[By(Odbc), Is(CommandTimeout), In(Command)],
    ),
    r(
        "connectionwrite (send()).",
        &[By(Odbc), Is(DeadInPool), In(Idle)],
    ),
    r(
        "connectionread (recv()).",
        &[By(Odbc), Is(Reset), In(Command)],
    ),
    r("general network error", &[By(Odbc), Is(Reset)]),
    r(
        "connection is busy with results",
        &[Is(UsedClosed), In(Command)],
    ),
    r(
        "queuepool limit of size # overflow # reached, connection timed out",
        &[
            Via("SQLAlchemy"),
            Is(PoolTimeout),
            In(Pool),
            Take(Passed),
            Take(Passed),
        ],
    ),
    r(
        "server connection timed out",
        &[By(FreeTds), Is(CommandTimeout)],
    ),
    r(
        "write to the server failed",
        &[By(FreeTds), Is(DeadInPool), In(Idle)],
    ),
    r(
        "read from the server failed",
        &[By(FreeTds), Is(Closed), In(Command)],
    ),
    r(
        "dbprocess is dead or not enabled",
        &[By(FreeTds), Is(DeadInPool), In(Idle)],
    ),
    r(
        "not connected to any ms sql server",
        &[By(FreeTds), Is(DeadInPool), In(Idle)],
    ),
    // tedious and node-mssql
    r("connection lost -", &[By(Tedious), Near(Command)]),
    r(
        "timeout: request failed to complete in",
        &[By(Tedious), Is(CommandTimeout), In(Command)],
    ),
    r("socket hang up", &[By(Tedious), Is(Closed)]),
    r(
        "requests can only be made in the loggedin state",
        &[By(Tedious), Is(UsedClosed)],
    ),
    r("connection is closed", &[Is(UsedClosed)]),
    r("connection not yet open", &[By(Tedious), Is(UsedClosed)]),
    r(
        "operation timed out for an unknown reason",
        &[By(Tedious), Via("node-mssql"), Is(PoolTimeout), In(Pool)],
    ),
    r(
        "resourcerequest timed out",
        &[By(Tedious), Via("node-mssql"), Is(PoolTimeout), In(Pool)],
    ),
    r(
        "sequelizeconnectionacquiretimeouterror",
        &[By(Tedious), Via("Sequelize"), Is(PoolTimeout), In(Pool)],
    ),
    // Go
    r("bad connection", &[By(Go), Is(DeadInPool), In(Idle)]),
    r(
        "failed to send sql batch",
        &[By(Go), In(Idle), Is(DeadInPool)],
    ),
    r("failed to send rpc", &[By(Go), In(Idle), Is(DeadInPool)]),
    r("context deadline exceeded", &[By(Go), Is(CommandTimeout)]),
    r("context canceled", &[By(Go), Is(Cancelled)]),
    r("unexpected eof", &[Is(Closed)]),
    r(
        "use of closed network connection",
        &[By(Go), Is(UsedClosed)],
    ),
    // Servers' logs
    r(
        "fatal error occurred while reading the input stream from the network",
        &[Nr(4014)],
    ),
    r("connection was closed by the remote host", &[Is(Closed)]),
    r("connection closed by peer", &[Is(Closed)]),
];
