//! What servers say of themselves, worded; the numbers beside it are read by `numbers`.

use super::Means::{In, Is, Nr};
use super::{Row, r};
use crate::decode::Phase::Command;
use crate::decode::Sign::{
    DatabaseAway, DatabaseDown, Deadlock, LockWait, NotReadable, ReadOnly, ReplicaLost, Resuming,
    ServerLimit, SessionKilled, Throttled,
};

pub(super) const ROWS: &[Row] = &[
    r(
        "is not currently available. please retry the connection later",
        &[Is(DatabaseAway), Nr(40613)],
    ),
    r("ist zurzeit nicht verf*gbar", &[Is(DatabaseAway)]),
    r("ist derzeit nicht verf*gbar", &[Is(DatabaseAway)]),
    r(
        "service has encountered an error processing your request",
        &[Is(DatabaseAway), Nr(40197)],
    ),
    r(
        "service is currently busy. retry the request after",
        &[Is(Throttled), Nr(40501)],
    ),
    r(
        "the request limit for the database is",
        &[Is(Throttled), Nr(10928)],
    ),
    r(
        "the session limit for the database is",
        &[Is(Throttled), Nr(10928)],
    ),
    r(
        "server is currently too busy to support requests greater than",
        &[Is(Throttled), Nr(10929)],
    ),
    r(
        "request limit for the elastic pool is",
        &[Is(Throttled), Nr(10936)],
    ),
    r(
        "not enough resources to process request",
        &[Is(Throttled), Nr(49918)],
    ),
    r(
        "maximum number of *user connections* has been reached",
        &[Is(ServerLimit), Nr(17809)],
    ),
    r(
        "maximum limit for connections has been reached",
        &[Is(ServerLimit), Nr(17809)],
    ),
    r(
        "login to read-secondary failed due to long wait",
        &[Is(DatabaseAway), Nr(4221)],
    ),
    r(
        "hadr_database_wait_for_transition_to_versioning",
        &[Is(DatabaseAway), Nr(4221)],
    ),
    r(
        "participating in an availability group and is currently not accessible for queries",
        &[Is(NotReadable), Nr(976)],
    ),
    r(
        "is currently not accessible for queries",
        &[Is(NotReadable)],
    ),
    r(
        "unable to access availability database",
        &[Is(DatabaseAway), Nr(983)],
    ),
    r(
        "replica is not in the primary or secondary role",
        &[Is(DatabaseAway), Nr(983)],
    ),
    r(
        "is accessible for connections when the application intent is set to read only",
        &[Is(NotReadable), Nr(978)],
    ),
    r(
        "cannot be opened. it is in the middle of a restore",
        &[Is(DatabaseDown), Nr(927)],
    ),
    r(
        "cannot be opened because it is offline",
        &[Is(DatabaseDown), Nr(942)],
    ),
    r(
        "is being recovered. waiting until recovery is finished",
        &[Is(DatabaseAway), Nr(922)],
    ),
    r("it has been marked suspect", &[Is(DatabaseDown), Nr(926)]),
    r(
        "server is in script upgrade mode",
        &[Is(DatabaseAway), Nr(18401)],
    ),
    r(
        "sql server is not ready to accept new client connections",
        &[Is(DatabaseAway), Nr(17187)],
    ),
    r(
        "because the database is read-only",
        &[Is(ReadOnly), Nr(3906)],
    ),
    r("was deadlocked on", &[Is(Deadlock), Nr(1205)]),
    r("chosen as the deadlock victim", &[Is(Deadlock), Nr(1205)]),
    r("als deadlockopfer ausgew*hlt", &[Is(Deadlock), Nr(1205)]),
    r(
        "lock request time out period exceeded",
        &[Is(LockWait), Nr(1222)],
    ),
    r(
        "session is in the kill state",
        &[Is(SessionKilled), Nr(596), In(Command)],
    ),
    r(
        "session has been terminated because",
        &[Is(SessionKilled), In(Command)],
    ),
    r("shutdown is in progress", &[Is(DatabaseAway), Nr(6005)]),
    r("sql pool is paused", &[Is(Resuming), Nr(42108)]),
    r("sql pool is warming up", &[Is(Resuming), Nr(42109)]),
    r("monthly free amount allowance", &[Is(Resuming), Nr(42119)]),
    r(
        "connection timeout has occurred on a previously established connection to availability replica",
        &[Is(ReplicaLost), Nr(35206)],
    ),
    r(
        "connection to the primary replica is not active",
        &[Is(ReplicaLost), Nr(35250)],
    ),
    r(
        "connection with secondary database terminated for",
        &[Is(ReplicaLost), Nr(35267)],
    ),
    r(
        "connection with primary database terminated for",
        &[Is(ReplicaLost), Nr(35267)],
    ),
];
