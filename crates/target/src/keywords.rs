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
    /// `ConnectRetryCount`.
    pub connect_retry_count: Option<u32>,
    /// `ConnectRetryInterval`, in seconds.
    pub connect_retry_interval_s: Option<u32>,
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
    RetryCount,
    RetryInterval,
    Integrated,
    Authentication,
    /// The client id of a user-assigned managed identity.
    ClientId,
    /// JDBC's ready-made token.
    AccessToken,
    /// One of the PowerShell script's own parameters.
    Script(Parameter),
    /// ODBC's `Driver`.
    Driver,
    /// A known keyword that says nothing about reaching a server.
    Ignored,
}

/// A parameter of the PowerShell script that is no part of a connection string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    Encryption,
    Advanced,
    Attempts,
    Delay,
    Trace,
    UsageData,
}

/// Keywords that say nothing about reaching a server, without spaces.
const IGNORED: &[&str] = &[
    "accesstokencallbackclass",
    "app",
    "applicationname",
    "asyncmode",
    "attachdbfilename",
    "attestationprotocol",
    "authenticationlibrary",
    "authenticationscheme",
    "autotranslate",
    "columnencryption",
    "columnencryptionsetting",
    "commandtimeout",
    "connectionlifetime",
    "connectionreset",
    "contextconnection",
    "currentlanguage",
    "delayloadinglobs",
    "description",
    "disablestatementpooling",
    "enclaveattestationurl",
    "enlist",
    "failoverpartner",
    "failoverpartnerspn",
    "hostname",
    "hostnameincertificate",
    "initialfilename",
    "ipaddresspreference",
    "keepalive",
    "keepaliveinterval",
    "language",
    "loadbalancetimeout",
    "local",
    "localpath",
    "locktimeout",
    "mars_connection",
    "marsconnection",
    "maxpoolsize",
    "minpoolsize",
    "multipleactiveresultset",
    "multipleactiveresultsets",
    "net",
    "network",
    "networklibrary",
    "packetsize",
    "persistsecurityinfo",
    "poolblockingperiod",
    "pooling",
    "preparemethod",
    "provider",
    "querytimeout",
    "quotedid",
    "regional",
    "replication",
    "repositorybranch",
    "responsebuffering",
    "retryexec",
    "selectmethod",
    "sendstringparametersasunicode",
    "servercertificate",
    "serverpreparedstatementdiscardthreshold",
    "serverspn",
    "sockettimeout",
    "sslprotocol",
    "statementpoolingcachesize",
    "tlsmin",
    "transactionbinding",
    "transparentnetworkipresolution",
    "truststore",
    "truststoretype",
    "typesystemversion",
    "usebulkcopyforbatchinsert",
    "usefmtonly",
    "userinstance",
    "workstationid",
    "wsid",
    "xopenstates",
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
        "userid" | "uid" | "user" | "username" | "aadsecureprincipalid" => Keyword::User,
        "password" | "pwd" | "aadsecureprincipalsecret" => Keyword::Password,
        "encrypt" => Keyword::Encrypt,
        "trustservercertificate" => Keyword::Trust,
        "connecttimeout" | "connectiontimeout" | "timeout" | "logintimeout" | "dialtimeout" => {
            Keyword::Timeout
        }
        "connectretrycount" => Keyword::RetryCount,
        "connectretryinterval" => Keyword::RetryInterval,
        "multisubnetfailover" => Keyword::MultiSubnet,
        "applicationintent" => Keyword::Intent,
        "integratedsecurity" | "trusted_connection" | "trustedconnection" => Keyword::Integrated,
        "authentication" | "authenticationtype" | "fedauth" => Keyword::Authentication,
        "userassignedidentityclientid" | "msiclientid" => Keyword::ClientId,
        "accesstoken" => Keyword::AccessToken,
        "encryptionprotocol" => Keyword::Script(Parameter::Encryption),
        "runadvancedconnectivitypolicytests" => Keyword::Script(Parameter::Advanced),
        "connectionattempts" => Keyword::Script(Parameter::Attempts),
        "delaybetweenconnections" => Keyword::Script(Parameter::Delay),
        "collectnetworktrace" => Keyword::Script(Parameter::Trace),
        "sendanonymoususagedata" => Keyword::Script(Parameter::UsageData),
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
