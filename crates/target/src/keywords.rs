//! The keywords of ADO.NET, ODBC and JDBC connection strings that are understood.

/// Driver settings that a connection string carries. They explain what that driver does; a run is not
/// changed by them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Driver {
    /// `Encrypt`.
    pub encrypt: Option<Encrypt>,
    /// `TrustServerCertificate`.
    pub trust_server_certificate: Option<bool>,
    /// `Connect Timeout`, in seconds.
    pub connect_timeout_s: Option<u32>,
    /// `MultiSubnetFailover`.
    pub multi_subnet_failover: Option<bool>,
    /// `ApplicationIntent`.
    pub application_intent: Option<Intent>,
}

/// `Encrypt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encrypt {
    /// `false`, `no`, `optional`.
    Optional,
    /// `true`, `yes`, `mandatory`.
    Mandatory,
    /// `strict`: TDS 8.
    Strict,
}

/// `ApplicationIntent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// The default.
    ReadWrite,
    /// May be routed to a readable secondary.
    ReadOnly,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Server,
    Port,
    Instance,
    Database,
    User,
    Password,
    Encrypt,
    Trust,
    Timeout,
    MultiSubnet,
    Intent,
    Integrated,
    Authentication,
    /// ODBC's `Driver`.
    Driver,
    /// A known keyword that says nothing about reaching a server.
    Ignored,
}

/// Keywords that say nothing about reaching a server, without spaces.
const IGNORED: &[&str] = &[
    "app",
    "applicationname",
    "asyncmode",
    "attachdbfilename",
    "attestationprotocol",
    "columnencryptionsetting",
    "commandtimeout",
    "connectionlifetime",
    "connectionreset",
    "connectretrycount",
    "connectretryinterval",
    "contextconnection",
    "currentlanguage",
    "description",
    "enclaveattestationurl",
    "enlist",
    "failoverpartner",
    "failoverpartnerspn",
    "hostnameincertificate",
    "initialfilename",
    "ipaddresspreference",
    "language",
    "loadbalancetimeout",
    "mars_connection",
    "marsconnection",
    "maxpoolsize",
    "minpoolsize",
    "multipleactiveresultsets",
    "net",
    "network",
    "networklibrary",
    "packetsize",
    "persistsecurityinfo",
    "poolblockingperiod",
    "pooling",
    "provider",
    "replication",
    "servercertificate",
    "serverspn",
    "transactionbinding",
    "transparentnetworkipresolution",
    "typesystemversion",
    "userinstance",
    "workstationid",
    "wsid",
];

/// The keyword a key stands for, in any case and with any spaces; `None` when it is not known.
pub(crate) fn keyword(key: &str) -> Option<Keyword> {
    let key: String = key
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    Some(match key.as_str() {
        "server" | "datasource" | "addr" | "address" | "networkaddress" | "servername" => {
            Keyword::Server
        }
        "port" | "portnumber" => Keyword::Port,
        "instance" | "instancename" => Keyword::Instance,
        "database" | "initialcatalog" | "databasename" => Keyword::Database,
        "userid" | "uid" | "user" | "username" => Keyword::User,
        "password" | "pwd" => Keyword::Password,
        "encrypt" => Keyword::Encrypt,
        "trustservercertificate" => Keyword::Trust,
        "connecttimeout" | "connectiontimeout" | "timeout" | "logintimeout" => Keyword::Timeout,
        "multisubnetfailover" => Keyword::MultiSubnet,
        "applicationintent" => Keyword::Intent,
        "integratedsecurity" | "trusted_connection" | "trustedconnection" => Keyword::Integrated,
        "authentication" => Keyword::Authentication,
        "driver" => Keyword::Driver,
        key if IGNORED.contains(&key) => Keyword::Ignored,
        _ => return None,
    })
}

/// `true`/`yes`, `false`/`no`.
pub(crate) fn boolean(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" | "sspi" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// `Encrypt`'s values.
pub(crate) fn encrypt(value: &str) -> Option<Encrypt> {
    match value.trim().to_ascii_lowercase().as_str() {
        "optional" => Some(Encrypt::Optional),
        "mandatory" => Some(Encrypt::Mandatory),
        "strict" => Some(Encrypt::Strict),
        other => boolean(other).map(|on| {
            if on {
                Encrypt::Mandatory
            } else {
                Encrypt::Optional
            }
        }),
    }
}

/// `ApplicationIntent`'s values.
pub(crate) fn intent(value: &str) -> Option<Intent> {
    match value.trim().to_ascii_lowercase().as_str() {
        "readonly" => Some(Intent::ReadOnly),
        "readwrite" => Some(Intent::ReadWrite),
        _ => None,
    }
}
