//! The client's own host, and the program on it.

use super::cause;
use crate::decode::Trial::{Capacity, Logins, Plain, RetryLoop};

cause!(
    LOCAL_SECURITY,
    "F24",
    "local_security_software",
    ThisHost,
    "Security software, a VPN client or a filter on this host broke the connection off",
    [
        "Try once without it, or from another host in the same network.",
        "Ask for an exception for the program and the server's port."
    ],
    [Plain]
);
cause!(
    OUTBOUND_PORTS,
    "F30",
    "outbound_ports_exhausted",
    Network,
    "The outbound translation has no port left for this destination (SNAT), so new connects are dropped under load",
    [
        "Use a pool, and close what is not needed; give the network a NAT gateway with more addresses.",
        "A private endpoint needs no translation."
    ],
    [Capacity]
);
cause!(
    LOCAL_PORTS,
    "F31",
    "local_ports_exhausted",
    ThisHost,
    "This host has no local port left: connections are opened and closed too fast",
    [
        "Use a pool, so that connections are reused; look for code that opens one for each request.",
        "Widen the range of ephemeral ports, once the reason is known."
    ],
    [Capacity]
);
cause!(
    FILES,
    "B5",
    "too_many_files",
    ThisHost,
    "The program has reached its limit of open files and sockets",
    ["Look for connections that are never closed; then raise the limit (ulimit -n)."],
    [Plain]
);
cause!(
    STARVED,
    "F32",
    "host_starved",
    ThisHost,
    "The client's host or program stood still (CPU, garbage collection, blocked threads) while the answer lay ready",
    [
        "Look at CPU limits and throttling of the container, pauses of the collector, and threads that block.",
        "Do not wait synchronously on asynchronous calls."
    ],
    [Logins(10), RetryLoop]
);
cause!(
    TIMEOUT_SHORT,
    "B6",
    "timeout_too_short",
    App,
    "The driver waits for less time than opening a connection takes here",
    [
        "Give opening a connection 30 s or more, 60 s for a serverless database.",
        "See in a run which phase takes the time."
    ],
    [Logins(10)]
);
cause!(
    SHARED_CONNECTION,
    "B7",
    "connection_misused",
    App,
    "The application uses a connection that is closed, or from several threads at once",
    [
        "Open a connection for each piece of work, and close it there; pools make that cheap.",
        "Look further up in the log: the first error on this connection is the one to explain."
    ],
    [RetryLoop]
);
cause!(
    CANCELLED,
    "B8",
    "cancelled_by_application",
    App,
    "The application broke the call off itself: a cancellation, a shutdown, a shorter time-out of its own",
    ["Look who cancels: a request that ended, a deadline, a deployment."],
    [Plain]
);
cause!(
    SLOW_QUERY,
    "B9",
    "query_slow_or_blocked",
    Dba,
    "The command itself takes longer than the driver waits: a slow plan, a blocked session, or a limit of the database",
    [
        "Look what it waits for while it runs: sys.dm_exec_requests, blocking_session_id and wait_type.",
        "Raise the command's time-out only once its usual duration is known."
    ],
    [RetryLoop]
);
