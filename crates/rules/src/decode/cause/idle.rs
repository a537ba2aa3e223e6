//! What ends connections that nobody uses, and what hands them out dead.

use super::cause;
use crate::decode::Trial::{Heartbeat, Ladder, RetryLoop};

cause!(
    OUTBOUND_IDLE,
    "F1",
    "outbound_idle",
    Network,
    "Azure's outbound translation (NAT gateway, load balancer) forgot a connection that was idle for 4 minutes",
    [
        "Let the driver send keep-alives after 30 s of silence, as current SqlClient and JDBC do.",
        "Keep idle connections in the pool for less than 4 minutes, or use a private endpoint, which needs no translation."
    ],
    [Ladder(310_000)]
);
cause!(
    GATEWAY_IDLE,
    "F2",
    "gateway_idle",
    App,
    "Azure SQL's gateway ended a connection without a query for 30 minutes, as it does under the proxy policy",
    [
        "Use the redirect policy, which takes the gateway out of the way after the login.",
        "Or let the pool drop what was idle for less than 30 minutes; keep-alives do not count for this rule."
    ],
    [Ladder(1_850_000)]
);
cause!(
    FIREWALL_IDLE,
    "F3",
    "firewall_idle",
    Network,
    "A firewall, VPN or other device on the way dropped the idle connection from its table without a word",
    [
        "Send keep-alives more often than the device's idle limit.",
        "Ask whoever runs it for the limit, and for a reset in place of silence when it is reached."
    ],
    [Ladder(600_000)]
);
cause!(
    BALANCER_IDLE,
    "F4",
    "balancer_idle",
    Network,
    "A load balancer or proxy reset the connection after its idle limit",
    [
        "Keep idle connections in the pool for at most 80 % of that limit.",
        "Send keep-alives more often than the limit, if the device counts them."
    ],
    [Ladder(600_000)]
);
cause!(
    KEEP_ALIVE_IGNORED,
    "F5",
    "keep_alive_ignored",
    Network,
    "A device on the way does not count keep-alives, and ends connections that only send those",
    ["Send a light query now and then on connections that must stay, until the device is mended."],
    [Ladder(600_000), Heartbeat]
);
cause!(
    KEEP_ALIVE_OFF,
    "F6",
    "keep_alive_off",
    App,
    "The driver sends no keep-alives, so nobody notices a dead connection before it is used",
    [
        "Switch keep-alive on in the driver or pool: 30 s of silence, then every second.",
        "Where the driver cannot, let the pool drop idle connections after 3 minutes."
    ],
    [Ladder(310_000)]
);
cause!(
    DEAD_IN_POOL,
    "F33",
    "pool_dead_connection",
    App,
    "The pool handed out a connection that had died while it was idle; only its use showed it",
    [
        "Let the pool check connections when it hands them out, and drop those idle for more than 3 minutes.",
        "Open a new connection and do the work again; for a write, only after asking whether it was done."
    ],
    [Ladder(310_000), RetryLoop]
);
cause!(
    POOL_EXHAUSTED,
    "F33",
    "pool_exhausted",
    App,
    "Every connection of the pool was in use: they are not given back, or are held by slow work",
    [
        "Look for connections that are never closed: each must be in a using, try-with-resources or defer.",
        "Compare the pool's size with the longest work done while one is held; a larger pool only hides a leak."
    ],
    [RetryLoop]
);
cause!(
    HALF_OPEN,
    "F21",
    "half_open",
    Network,
    "The other end was gone (a crash, a move of the machine) without having said so",
    [
        "Use keep-alives and a limit for unacknowledged data, so that it is noticed in seconds.",
        "Give commands a time-out, and open a new connection after it."
    ],
    [Ladder(310_000), Heartbeat]
);
