//! The server, the database, and the service around them.

use super::cause;
use crate::decode::Trial::{DataFlow, Heartbeat, Logins, Plain, RetryLoop};

cause!(
    FAILOVER,
    "F34",
    "failover",
    Azure,
    "The database moved (failover, update, scaling): every connection to it was cut, and new ones fail for some seconds",
    [
        "Retry on a new connection: first after 5 s, then with growing waits up to a minute.",
        "Open a case when it lasts for more than a minute, or comes several times a day; give the tracing id."
    ],
    [RetryLoop, Heartbeat]
);
cause!(
    THROTTLED,
    "F35",
    "throttled",
    Dba,
    "A limit of the database or pool on workers, sessions or requests is reached",
    [
        "Look for blocking, and for parallel plans; sys.dm_db_resource_stats shows which limit.",
        "Retry after 10 s or more; a larger tier if it comes back every day."
    ],
    [RetryLoop, Logins(10)]
);
cause!(
    SESSION_KILLED,
    "F36",
    "session_killed",
    Dba,
    "The server ended this one session: KILL, a limit on its transaction, or an error in the middle of a request",
    [
        "Ask the DBA for the server's log of that second, and for what the session did.",
        "Make transactions smaller; other sessions of the same second that lived prove it was this one."
    ],
    [DataFlow]
);
cause!(
    SERVERLESS,
    "F39",
    "serverless_resume",
    App,
    "The serverless database or SQL pool is paused and wakes up",
    [
        "Give opening a connection 60 s or more, and retry for two minutes.",
        "Switch auto-pause off where the first caller must not wait; a paused pool has to be resumed by hand."
    ],
    [Logins(10), RetryLoop]
);
cause!(
    SERVER_BUSY,
    "F40",
    "server_overloaded",
    Dba,
    "The server is short of workers, memory or connections, and answers late or not at all",
    [
        "Look at the server's log and waits of that minute (THREADPOOL), and at its limit of user connections.",
        "See in a run whether the connect is fast while PRELOGIN and login are slow."
    ],
    [Logins(10), RetryLoop]
);
cause!(
    DATABASE_MISSING,
    "B10",
    "database_missing",
    Dba,
    "The database does not exist under this name on this server, or the login may not open it",
    [
        "Check name and server; then that the user exists in the database.",
        "If it is known to exist, retry: right after a move it may be missing for seconds."
    ],
    [Plain]
);
cause!(
    DATABASE_DOWN,
    "B11",
    "database_down",
    Dba,
    "The database is in a state that takes no connections: restoring, offline, suspect",
    ["Look at sys.databases.state_desc and the server's log."],
    [Plain]
);
cause!(
    NOT_READABLE,
    "B12",
    "replica_not_readable",
    App,
    "The connection reached a replica that does not take it",
    [
        "Connect to the listener, or add ApplicationIntent=ReadOnly where only reading is meant.",
        "Check that the replica is a readable secondary, and that its data movement is not suspended."
    ],
    [Plain]
);
cause!(
    READ_ONLY,
    "F16",
    "stale_after_failover",
    App,
    "The connection leads to a read-only copy: after a failover the old address or pool is still used",
    [
        "Write through the read-write endpoint of the failover group, or the listener.",
        "Clear the pools, and honour the name's short time to live."
    ],
    [Plain]
);
cause!(
    DEADLOCK,
    "B13",
    "deadlock",
    App,
    "Two transactions locked each other out, and the server ended one",
    [
        "Run the whole transaction again; touch tables in the same order everywhere.",
        "Read the deadlock graph (system_health)."
    ],
    [RetryLoop]
);
cause!(
    BLOCKED,
    "B14",
    "blocked",
    App,
    "Another session holds the lock that this one needs",
    ["Find it while it lasts: sys.dm_exec_requests, column blocking_session_id."],
    [RetryLoop]
);
cause!(
    SERVER_ERROR,
    "B15",
    "server_error",
    Dba,
    "The server answered, and its number says what is wrong",
    ["Go by the number's own line above."],
    [Plain]
);
cause!(
    UNKNOWN_OUTCOME,
    "B16",
    "outcome_unknown",
    App,
    "The connection was lost around a commit: nobody can tell from here whether it was done",
    [
        "Do not simply send it again. Give each operation an id, written in the same transaction, and ask for it first.",
        "A run with tracked writes shows how that behaves here, in a schema that you name."
    ],
    [RetryLoop, Heartbeat]
);
