//! Who may come in.

use super::cause;
use crate::decode::Trial::{Plain, SignInHosts};

cause!(
    LOGIN_REJECTED,
    "B17",
    "login_rejected",
    Dba,
    "The server knows the user or password otherwise, or the login is not allowed in",
    [
        "Check user, password and database once by hand; state 1 means that only the server's log says more.",
        "Stop what repeats it: many failures can lock the client out."
    ],
    [Plain]
);
cause!(
    LOCKED_OUT,
    "F37",
    "client_locked_out",
    App,
    "After many failed logins the service refuses this client's address for a while, even with the right password",
    ["Find and stop whatever repeats the wrong password, then wait a quarter of an hour."],
    [Plain]
);
cause!(
    FIREWALL_RULE,
    "F38",
    "firewall_blocked",
    Dba,
    "The server's own firewall has no rule for this client: the network as such works",
    [
        "Add a rule for the address that the message names, or a virtual network rule; allow 5 minutes.",
        "Or connect through a private endpoint."
    ],
    [Plain]
);
cause!(
    PUBLIC_DENIED,
    "F38",
    "public_access_denied",
    Dba,
    "The server takes no connections from public networks, and this client came from one",
    [
        "Connect through the private endpoint: see that the name leads to its private address here.",
        "Or allow public access for selected networks."
    ],
    [Plain]
);
cause!(
    WRONG_SERVER,
    "B18",
    "server_name_wrong",
    App,
    "The gateway cannot tell which server is meant: the name or the part after @ in the user is not the server's own",
    [
        "Connect by the server's full name, not by an address or an alias.",
        "Write the user without @, or exactly user@server."
    ],
    [Plain]
);
cause!(
    KERBEROS,
    "B19",
    "kerberos",
    Dba,
    "Windows sign-in failed: service principal name, clock, or trust between domains",
    [
        "Check the SPN of the service's account for the name that is used, and the clock of both hosts.",
        "Connect by the host's own name; an alias or address has no SPN."
    ],
    [Plain]
);
cause!(
    TOKEN,
    "B20",
    "token_refused",
    App,
    "Microsoft Entra gave no token, or the server does not take it",
    [
        "Go by the AADSTS number; compare the token's audience, tenant and time with the server's.",
        "Create the user for this identity in the database: CREATE USER … FROM EXTERNAL PROVIDER."
    ],
    [SignInHosts]
);
cause!(
    MASTER_ADMIN,
    "F11",
    "admin_connection",
    Dba,
    "The one connection for administrators is taken, or its ports are closed",
    ["Use an ordinary connection; end the other administrator's."],
    [Plain]
);
