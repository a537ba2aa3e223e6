//! Why a server string or a connection string cannot be used.

/// Why it cannot be used. Carries nothing of what was typed, which may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Error {
    /// Nothing was given.
    #[error("Name a server, for example contoso.database.windows.net.")]
    Empty,
    /// Longer than any server string can be.
    #[error("This is longer than a server name can be (253 characters).")]
    TooLong,
    /// Control, bidirectional or invisible characters.
    #[error(
        "The server name holds a control or invisible character. Type it anew, without copying."
    )]
    ControlCharacter,
    /// A key such as `password=` stands in the server.
    #[error(
        "This holds a password or another secret. Put it into its own field; the server field takes only the \
         server's name."
    )]
    SecretInTarget,
    /// The port is not 1 to 65535.
    #[error("The port must be a number from 1 to 65535, after a comma: host,1433.")]
    BadPort,
    /// Named pipes, shared memory, LocalDB, the dedicated admin connection.
    #[error(
        "Only TCP is tried. Named pipes, shared memory, LocalDB and admin: cannot be used: give host,port or \
         host\\instance."
    )]
    NotTcp,
    /// Letters outside ASCII.
    #[error(
        "The server name holds letters outside a to z. Give it in its ASCII form, which begins with xn--."
    )]
    NotAscii,
    /// Digits and dots, but no address.
    #[error("This looks like an IP address but is none. IPv4 is four numbers from 0 to 255.")]
    BadAddress,
    /// A connection string where a server is wanted.
    #[error("This is a connection string. The server field takes only its Server part.")]
    ConnectionString,
    /// Anything else.
    #[error(
        "This cannot be read as a server. Use host, host,port, tcp:host,port or host\\instance."
    )]
    Unparsable,
    /// A connection string without a server.
    #[error("This connection string names no server: it has no Server or Data Source.")]
    NoServer,
    /// A connection string that breaks its grammar.
    #[error(
        "This connection string cannot be read: every part is key=value, parts are separated by a semicolon, and \
         a value that holds a semicolon stands in quotes."
    )]
    BadConnectionString,
}

impl Error {
    /// The stable key.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_server",
            Self::TooLong => "server_too_long",
            Self::ControlCharacter => "control_character",
            Self::SecretInTarget => "secret_in_target",
            Self::BadPort => "bad_port",
            Self::NotTcp => "not_tcp",
            Self::NotAscii => "not_ascii",
            Self::BadAddress => "bad_address",
            Self::ConnectionString => "connection_string_in_server",
            Self::Unparsable => "unparsable_server",
            Self::NoServer => "no_server",
            Self::BadConnectionString => "bad_connection_string",
        }
    }
}
