//! Typed facts that steps saw. Never advice.

use crate::lasting::{
    AddressesTried, BeatMinute, FlowEnd, FreshLoginFailed, IdleProgress, IdleRung,
    InstanceAddresses, LegEnd, LinkChange, LinkReadiness, LocalPorts, LoopFailure, LoopMinute,
    OddWrite, PlannedStatement, RampEnd, RampStage, ReplicaFact, SizeAnswer, SynTimes, WriteCount,
    WriteRound,
};
use crate::{
    DatabaseEntry, DeviceCode, FailureCode, GatewayRegion, ObjectFact, RevocationAnswer, Route,
    RouteHop, SignInHost, SqlInstance, TlsOffer, TokenFacts, TokenRefusal, TraceFile,
    TracedConnection,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A fact. Text from a peer is kept as it came, bounded in length; whoever shows it escapes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Observation {
    /// The agent's host.
    Host {
        /// Host name.
        hostname: String,
        /// `linux`, `windows`, `macos`.
        os: String,
        /// `x86_64`, `aarch64`…
        arch: String,
        /// Addresses by interface.
        interfaces: Vec<Interface>,
        /// Configured resolvers, `ip:port`.
        resolvers: Vec<String>,
        /// Names only, of the proxy variables that are set.
        proxy_variables: Vec<String>,
        /// Trusted roots that were loaded.
        trusted_roots: u32,
        /// Ephemeral port range, where the system tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ephemeral_ports: Option<(u16, u16)>,
        /// Versions of TLS that this agent speaks: `TLSv1.2`, `TLSv1.3`…
        tls_versions: Vec<String>,
        /// Cipher suites that this agent offers, IANA names.
        tls_suites: Vec<String>,
    },
    /// How this host would send to an address of the target.
    Route(Route),
    /// What SQL Browser told.
    Instances {
        /// As they came, at most 100.
        instances: Vec<SqlInstance>,
    },
    /// The region that the connection enters by.
    GatewayRegion(GatewayRegion),
    /// One of the addresses that Microsoft Entra sign-in needs.
    SignInHost(SignInHost),
    /// What a version of TLS is worth at an endpoint.
    TlsOffer(TlsOffer),
    /// What was answered about a certificate's revocation.
    RevocationAnswer(RevocationAnswer),
    /// What answered a probe with a limited number of hops.
    RouteHop(RouteHop),
    /// A database in the server's own list.
    DatabaseEntry(DatabaseEntry),
    /// An access token was got; the token itself is nowhere.
    Token(TokenFacts),
    /// A token service gave none.
    TokenRefused(TokenRefusal),
    /// A person is to sign in with a code.
    DeviceCode(DeviceCode),
    /// The network trace is complete.
    TraceFile(TraceFile),
    /// One connection as the network trace shows it.
    TracedConnection(TracedConnection),
    /// An operation of the retry loop came to nothing.
    LoopFailure(LoopFailure),
    /// What the retry loop did in one minute.
    LoopMinute(LoopMinute),
    /// What the heartbeat did in one minute.
    BeatMinute(BeatMinute),
    /// The heartbeat's connection was lost, or there is one again.
    LinkChange(LinkChange),
    /// A fresh login beside the heartbeat came to nothing.
    FreshLoginFailed(FreshLoginFailed),
    /// One connection of the idle ladder, once its time is over.
    IdleRung(IdleRung),
    /// How far the idle ladder has got.
    IdleProgress(IdleProgress),
    /// How a query ended that was held open.
    FlowEnd(FlowEnd),
    /// The host's own ports, before connections were opened.
    LocalPorts(LocalPorts),
    /// One second of opening connections.
    RampStage(RampStage),
    /// What opening more and more connections came to.
    RampEnd(RampEnd),
    /// Connects one after another, to count lost SYNs.
    SynTimes(SynTimes),
    /// Every address of the name, tried in one order.
    AddressesTried(AddressesTried),
    /// One message of a known size.
    SizeAnswer(SizeAnswer),
    /// Something about availability replicas.
    Replica(ReplicaFact),
    /// What one source says about one name.
    DnsAnswer {
        /// Who was asked.
        source: DnsSource,
        /// The name asked for.
        name: String,
        /// Records in the order they came: CNAME chain first.
        records: Vec<DnsRecord>,
        /// Addresses, in the order they came.
        addresses: Vec<String>,
        /// Absent when fine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<FailureCode>,
        /// `NOERROR`, `NXDOMAIN`, `SERVFAIL`…, where the source tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rcode: Option<String>,
        /// How long it took.
        elapsed_us: u64,
    },
    /// Connect times at one endpoint, over all its attempts.
    ConnectTimes {
        /// `ip:port`.
        endpoint: String,
        /// How many were tried.
        attempts: u32,
        /// How many were established.
        established: u32,
        /// Over the established ones; absent when there are none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_us: Option<u64>,
        /// Median.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        median_us: Option<u64>,
        /// Largest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_us: Option<u64>,
    },
    /// The id that Microsoft support asks for; noted before it was sent.
    TraceId {
        /// Connection id, as a GUID in the field's usual text form.
        connection_id: String,
        /// Activity id, likewise.
        activity_id: String,
        /// The agent's wall clock.
        at: DateTime<Utc>,
        /// `ip:port`.
        endpoint: String,
        /// Local `ip:port`.
        local: String,
    },
    /// The PRELOGIN reply, read leniently.
    PreloginReply {
        /// `major.minor.build.sub`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// Raw ENCRYPTION byte: 0 off, 1 on, 2 not supported, 3 required. Absent when the option is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        encryption: Option<u8>,
        /// INSTOPT: whether the instance name matched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance_matches: Option<bool>,
        /// FEDAUTHREQUIRED.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fed_auth_required: Option<bool>,
        /// MARS.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mars: Option<bool>,
        /// Every option as it came, known or not.
        options: Vec<PreloginOption>,
        /// Packet type the reply came in; 4 is usual.
        packet_type: u8,
    },
    /// What answered does not speak TDS.
    NotTds {
        /// First bytes, hex, at most 64.
        first_bytes: String,
        /// `ssh`, `http`, `tls`, `smtp`…, when recognised.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        looks_like: Option<String>,
        /// The same bytes as text, unprintable ones replaced.
        text: String,
    },
    /// A reply came in unusually many pieces.
    FragmentedReply {
        /// In which phase.
        phase: Phase,
        /// Reads it took.
        reads: u32,
        /// Bytes in all.
        bytes: u64,
        /// First byte to last.
        elapsed_us: u64,
    },
    /// What a TLS handshake agreed on.
    TlsSession {
        /// `TLSv1.2`, `TLSv1.3`.
        protocol: String,
        /// IANA name.
        cipher: String,
        /// Packet type of the server's wrapped records; 0x12 is usual.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wrapper_type: Option<u8>,
    },
    /// The server's certificates, recorded before the verifier decided.
    TlsChain {
        /// The name they were checked against.
        server_name: String,
        /// As sent, the server's own first.
        certificates: Vec<Certificate>,
        /// What the verifier said.
        verdict: ChainVerdict,
        /// Whether the handshake went on although the verifier said no ("trust server certificate").
        overridden: bool,
    },
    /// The server ended TLS with an alert.
    TlsAlert {
        /// Number, when known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u8>,
        /// Name.
        name: String,
    },
    /// LOGIN7 is about to be sent.
    LoginSent {
        /// `ip:port`.
        endpoint: String,
        /// Server name in LOGIN7.
        server_name: String,
        /// Database.
        database: String,
        /// Login name.
        user: String,
        /// Application name.
        application: String,
        /// Inside TLS.
        encrypted: bool,
    },
    /// An ERROR token.
    ServerError(ServerMessage),
    /// An INFO token.
    ServerInfo(ServerMessage),
    /// LOGINACK: the login is accepted.
    LoginAck {
        /// Program name.
        program: String,
        /// `major.minor.build`.
        version: String,
        /// TDS version, hex, as in LOGINACK.
        tds_version: String,
    },
    /// An ENVCHANGE other than routing.
    EnvChange {
        /// Type number.
        change: u8,
        /// `database`, `language`, `packet_size`…, or `unknown`.
        name: String,
        /// New value as text, or hex.
        new: String,
        /// Old value likewise.
        old: String,
    },
    /// The server routes us elsewhere.
    Routing(HopTarget),
    /// FEATUREEXTACK.
    FeatureAck {
        /// Feature ids, with their data in hex.
        features: Vec<(u8, String)>,
    },
    /// FEDAUTHINFO.
    FedAuthInfo {
        /// STS URL.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sts_url: Option<String>,
        /// SPN.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spn: Option<String>,
    },
    /// A token that is not known, or was not as declared.
    OddToken {
        /// Token byte.
        token: u8,
        /// Where in the reply.
        offset: u64,
        /// Its bytes, hex, at most 256 of them.
        bytes: String,
        /// What is odd.
        why: String,
    },
    /// DONE.
    Done {
        /// Status bits.
        status: u16,
        /// Row count, when the status says it counts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<u64>,
    },
    /// A login that a transient error number refused will be tried again.
    RetryScheduled {
        /// The number.
        number: i32,
        /// The wait.
        delay_ms: u64,
    },
    /// A statement that was sent.
    StatementSent {
        /// T-SQL.
        sql: String,
    },
    /// What a query returned.
    QueryResult {
        /// Column names.
        columns: Vec<String>,
        /// Rows as text, at most 10, cells at most 1,000 characters.
        rows: Vec<Vec<String>>,
    },
    /// A statement, sent or, in a dry run, not.
    PlannedStatement(PlannedStatement),
    /// What became of an object that the run makes on the server.
    ServerObject(ObjectFact),
    /// One way of writing was cut at one moment.
    WriteRound(WriteRound),
    /// How often the writes of a round were done, counted in the database.
    WriteCount(WriteCount),
    /// A write that was not done exactly once.
    OddWrite(OddWrite),
    /// What one server of a link says of itself before anything is made.
    LinkReadiness(LinkReadiness),
    /// Where the managed instance of a link says that it is.
    InstanceAddresses(InstanceAddresses),
    /// What came of one connect of a link.
    LegEnd(LegEnd),
    /// A connection ended.
    Closed(Closing),
    /// The server repeated the secret; it was scrubbed before it was written anywhere.
    SecretEchoed {
        /// In what: `error_text`, `info_text`, `banner`…
        place: String,
    },
    /// A fact this reader does not know, kept raw.
    #[serde(untagged)]
    Unknown(serde_json::Value),
}

/// An interface of the agent's host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Interface {
    /// Name.
    pub name: String,
    /// Addresses.
    pub addresses: Vec<String>,
    /// MTU, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
}

/// Who was asked about a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DnsSource {
    /// The operating system, as applications ask it.
    System,
    /// The hosts file, read directly.
    HostsFile,
    /// One configured resolver, asked directly.
    Resolver {
        /// `ip:port`.
        server: String,
    },
    /// A public resolver of the agent's configuration, asked only for names under a public cloud's suffix.
    External {
        /// `ip:port`.
        server: String,
    },
    /// The target is a literal; nobody was asked.
    Literal,
}

/// A DNS record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DnsRecord {
    /// Owner name.
    pub name: String,
    /// `A`, `AAAA`, `CNAME`…
    pub kind: String,
    /// Time to live, where the source tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_s: Option<u32>,
    /// Address or name.
    pub data: String,
}

/// A PRELOGIN option as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreloginOption {
    /// Token byte.
    pub id: u8,
    /// Declared offset.
    pub offset: u16,
    /// Declared length.
    pub length: u16,
    /// Bytes that were really there, hex, at most 256.
    pub bytes: String,
}

/// A certificate of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Certificate {
    /// Distinguished name.
    pub subject: String,
    /// Distinguished name.
    pub issuer: String,
    /// Subject alternative names: DNS names and addresses.
    pub names: Vec<String>,
    /// Start of validity.
    pub not_before: DateTime<Utc>,
    /// End of validity.
    pub not_after: DateTime<Utc>,
    /// Serial number, hex.
    pub serial: String,
    /// SHA-256 of the certificate, hex.
    pub sha256: String,
    /// Whether it may sign others.
    pub is_ca: bool,
}

/// What the verifier said of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ChainVerdict {
    /// A trusted root signs it, for this name, today.
    Verified,
    /// It does not hold.
    Refused {
        /// Why.
        code: FailureCode,
        /// The verifier's words.
        detail: String,
    },
}

/// An ERROR or INFO token, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerMessage {
    /// Error number.
    pub number: i32,
    /// State.
    pub state: u8,
    /// Class (severity).
    pub class: u8,
    /// Text, at most 4,000 characters.
    pub message: String,
    /// Server name.
    pub server: String,
    /// Procedure.
    pub procedure: String,
    /// Line.
    pub line: u32,
}

/// Where a login reply routes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HopTarget {
    /// Host name or literal, without an instance.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The server text as it came, when it differs from `host`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// Database, with enhanced routing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
}

/// A part of a connection's life with its own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Phase {
    /// Name asked to addresses known.
    Dns,
    /// SYN to established.
    Tcp,
    /// PRELOGIN sent to its reply read.
    Prelogin,
    /// ClientHello to Finished.
    Tls,
    /// LOGIN7 sent to the end of its reply.
    Login,
    /// Token asked for to the end of the reply that it brought.
    FedAuth,
    /// Statement sent to the end of its reply.
    Query,
}

/// How long a phase took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PhaseTime {
    /// Which.
    pub phase: Phase,
    /// Start, since the run's start.
    pub started_us: u64,
    /// How long.
    pub elapsed_us: u64,
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Closer {
    /// We did, being done with it.
    Us,
    /// The peer sent FIN.
    PeerFin,
    /// The peer, or something between, sent RST.
    PeerRst,
    /// We did, because nothing came in time.
    Timeout,
    /// We did, because the run was cancelled or its deadline passed.
    Cancelled,
}

/// The end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Closing {
    /// `ip:port`.
    pub endpoint: String,
    /// Local `ip:port`.
    pub local: String,
    /// Who.
    pub closer: Closer,
    /// Bytes we sent.
    pub sent: u64,
    /// Bytes we received.
    pub received: u64,
    /// The phase it was in.
    pub last_phase: Phase,
    /// Its phases, with their clocks.
    pub phases: Vec<PhaseTime>,
}
