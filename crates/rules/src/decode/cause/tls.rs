//! What keeps a connection from being secure.

use super::cause;
use crate::decode::Trial::{Logins, NetworkTrace, Plain, Revocation};

cause!(
    INTERCEPTED,
    "F25",
    "tls_intercepted",
    Network,
    "A device on the way opens TLS with a certificate of its own, or breaks what it cannot open",
    [
        "Exempt the server and its port from inspection.",
        "Compare the certificate that this host is shown with what another network is shown."
    ],
    [Plain]
);
cause!(
    TLS_VERSIONS,
    "F26",
    "tls_versions",
    App,
    "Client and server have no version or cipher of TLS in common",
    [
        "Update the driver and the run-time that it uses; Azure takes TLS 1.2 or newer.",
        "On Linux, compare OpenSSL's MinProtocol and security level with what the server offers."
    ],
    [Plain]
);
cause!(
    CERTIFICATE,
    "F27",
    "certificate_not_verified",
    Dba,
    "The server's certificate is not one that this client trusts for this name",
    [
        "Connect by the name that stands in the certificate; newer drivers encrypt and verify by default.",
        "Give the server a certificate of a trusted authority, or install its root at the client; TrustServerCertificate only to try."
    ],
    [Plain]
);
cause!(
    CLOCK,
    "F28",
    "clock_wrong",
    ThisHost,
    "This host's clock is wrong, so what is valid seems not to be",
    ["Set the clock by a time service; Kerberos allows 5 minutes, tokens about as much."],
    [Plain]
);
cause!(
    REVOCATION,
    "F29",
    "revocation_unreachable",
    Network,
    "The addresses at which revocation is asked cannot be reached, which costs seconds or the connection",
    ["Allow the addresses of the certificate's revocation lists and OCSP on port 80."],
    [Revocation, Logins(10)]
);
cause!(
    ENCRYPTION,
    "B3",
    "encryption_not_offered",
    Dba,
    "One side insists on encryption and the other does not offer it",
    [
        "Set Encrypt in the connection string to what the server has; give the server a certificate.",
        "See that no proxy answers in the server's place."
    ],
    [Plain]
);
cause!(
    HANDSHAKE_CUT,
    "B4",
    "handshake_cut",
    Network,
    "The connection is cut during the handshakes: by the server's settings, its load, or a device on the way",
    [
        "See in a run which of PRELOGIN and TLS is cut, and with what: silence, a close or a reset.",
        "Ask the DBA for the server's log of that second."
    ],
    [Logins(10), NetworkTrace]
);
