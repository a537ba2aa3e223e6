//! What a text says happened, before anybody asks why.

use super::Phase;
use serde::Serialize;

macro_rules! signs {
    ($($name:ident $key:literal $phase:expr, $says:literal;)*) => {
        /// Something that a text says happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Sign {
            $(#[doc = $says] $name,)*
        }

        impl Sign {
            /// Every sign.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Stable key.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }

            /// In plain words.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }

            /// Where it happens when nothing else says so.
            pub(super) const fn usual_phase(self) -> Option<Phase> {
                match self { $(Self::$name => $phase,)* }
            }
        }
    };
}

use Phase::{Command, Connect, Idle, Login, Pool, PostLogin, Prelogin, Resolve, Tls, Transaction};

signs! {
    Reset "reset" Some(Command), "The connection was reset by the other side, or by something between.";
    Closed "closed" Some(Command), "The other side closed the connection.";
    AbortedHere "aborted_here" Some(Command), "This host's own software broke the connection off.";
    Silent "silent" Some(Connect), "No answer came, until a time-out of the operating system ended the wait.";
    Refused "refused" Some(Connect), "The connection was refused at once.";
    Unreachable "unreachable" Some(Connect), "There is no route to the server's address.";
    NameNotFound "name_not_found" Some(Resolve), "The server's name was not found.";
    ResolverFailed "resolver_failed" Some(Resolve), "The name could not be looked up: the resolver failed or was silent.";
    NotAccessible "not_accessible" Some(Connect), "No connection to the server could be opened.";
    BrowserSilent "browser_silent" Some(Connect), "SQL Browser gave no port for the named instance.";
    WrongProtocol "wrong_protocol" Some(Connect), "Named pipes or shared memory were tried, not TCP.";
    Semaphore "semaphore" Some(Command), "Windows gave up waiting for the network (the semaphore time-out).";
    NetNameGone "net_name_gone" Some(Login), "The connection was cut: the network name is no longer available.";
    NoProcess "no_process" Some(Login), "The server's end of the connection went away before the login was done.";
    OpenTimeout "open_timeout" None, "Opening a connection took longer than the driver waits.";
    CommandTimeout "command_timeout" Some(Command), "A command took longer than the driver waits.";
    PoolTimeout "pool_timeout" Some(Pool), "The pool had no free connection for as long as the application waits.";
    DeadInPool "dead_in_pool" Some(Idle), "A pooled connection was found dead when it was used.";
    WriteAfterClose "write_after_close" Some(Idle), "Something was written to a connection that was closed already.";
    UsedClosed "used_closed" Some(Command), "The application used a connection that it, or the driver, had closed.";
    TlsFailed "tls_failed" Some(Tls), "No secure connection could be made.";
    TlsUntrusted "tls_untrusted" Some(Tls), "The server's certificate is not trusted by this client.";
    TlsName "tls_name" Some(Tls), "The server's certificate is for another name.";
    TlsExpired "tls_expired" Some(Tls), "The certificate is not valid at this host's time.";
    TlsVersion "tls_version" Some(Tls), "Client and server share no version or cipher of TLS.";
    TlsRevocation "tls_revocation" Some(Tls), "Whether the certificate is revoked could not be found out.";
    NoEncryption "no_encryption" Some(Prelogin), "One side wants encryption, and the other offers none.";
    NotSql "not_sql" Some(Prelogin), "What answered did not speak the protocol of SQL Server as expected.";
    LoginRejected "login_rejected" Some(Login), "The server refused the login.";
    Kerberos "kerberos" Some(Login), "Windows sign-in (Kerberos or NTLM) failed.";
    TokenRefused "token_refused" Some(Login), "Microsoft Entra gave no token, or the server did not take it.";
    FirewallRule "firewall_rule" Some(Login), "The server's own firewall refuses this client.";
    PublicDenied "public_denied" Some(Login), "The server takes no connections from public networks.";
    WrongServer "wrong_server" Some(Login), "The gateway cannot tell which server is meant.";
    DatabaseMissing "database_missing" Some(Login), "The database that the login asks for cannot be opened.";
    DatabaseAway "database_away" Some(Login), "The database is away for the moment.";
    DatabaseDown "database_down" Some(Login), "The database cannot be opened in the state that it is in.";
    Resuming "resuming" Some(Login), "The database or pool is paused, or wakes up.";
    Throttled "throttled" Some(Login), "A limit on workers, sessions or requests is reached.";
    ServerLimit "server_limit" Some(Login), "The server takes no more connections just now.";
    SessionKilled "session_killed" Some(Command), "The server ended this session.";
    NotReadable "not_readable" Some(Login), "This replica does not take this connection.";
    ReadOnly "read_only" Some(Command), "The database is read-only here.";
    ReplicaLost "replica_lost" None, "Two availability replicas lost each other.";
    Deadlock "deadlock" Some(Command), "Two transactions waited for each other, and this one was ended.";
    LockWait "lock_wait" Some(Command), "A lock was not given in time.";
    OutcomeUnknown "outcome_unknown" Some(Transaction), "The connection was lost around a commit: whether it happened is not known.";
    PortsUsedUp "ports_used_up" Some(Connect), "This host has no local port or buffer left for a connection.";
    FilesUsedUp "files_used_up" Some(Connect), "The program has too many files or sockets open.";
    LocalDenied "local_denied" Some(Connect), "This host does not let the program open the connection.";
    ProxyRefused "proxy_refused" Some(Connect), "A proxy stands in the way.";
    Redirected "redirected" Some(PostLogin), "The gateway had routed the client to another host and port.";
    Starved "starved" None, "The program itself stood still for a while.";
    Cancelled "cancelled" Some(Command), "The program itself broke off what it waited for.";
    ServerSaid "server_said" Some(Command), "The server answered with an error.";
}
