//! One event of each kind and one fact of each kind, with a text of the caller's in every place that takes one.

use chrono::{DateTime, Utc};
use model::lasting::{
    AddressAnswer, AddressOrder, AddressesTried, BeatMinute, Clocked, FailedAlike, Flow, FlowEnd,
    FreshLoginFailed, IdleProgress, IdleRung, InstanceAddresses, Lane, LegBy, LegEnd, LinkChange,
    LinkLeg, LinkReadiness, LinkSide, LinkState, LocalPorts, LoopFailure, LoopMinute, Loss,
    MirroringEndpoint, PlannedStatement, RampEnd, RampFailure, RampStage, SizeAnswer, SizedMessage,
    Standing, StatementPurpose, SynTimes, TcpCounters,
};
use model::{
    AgentId, Attempt, Certificate, ChainVerdict, Closer, Closing, DatabaseEntry, DeviceCode,
    DnsRecord, DnsSource, EventBody, FailureCode, GatewayRegion, HopTarget, Interface, ObjectFact,
    ObjectState, Observation, Options, Phase, Plan, PlanLogin, PreloginOption, RegionSource,
    RevocationAnswer, Route, RouteHop, RunEvent, RunId, ServerMessage, ServerObject, SignInHost,
    SqlInstance, StepId, StepKind, StepState, Subject, Target, TlsOffer, TokenFacts, TokenRefusal,
    TokenSource, TraceFile, TracedConnection,
};
use serde_json::json;

pub(super) const TIME: DateTime<Utc> = DateTime::UNIX_EPOCH;

pub(super) fn event(seq: u64, body: EventBody) -> RunEvent {
    RunEvent {
        seq,
        at: TIME,
        elapsed_us: Some(1),
        body,
    }
}

pub(super) fn observed(observation: Observation) -> EventBody {
    EventBody::Observed {
        step: StepId(1),
        attempt: None,
        observation,
    }
}

/// Event 1: what a person named.
pub(super) fn created(
    server: &str,
    host: &str,
    database: &str,
    user: &str,
    agent: &str,
) -> EventBody {
    EventBody::RunCreated {
        plan: Box::new(Plan {
            run: RunId::NIL,
            target: Target {
                server: server.into(),
                host: host.into(),
                port: Some(1433),
                instance: None,
                database: database.into(),
                kind: "sql_database".into(),
            },
            login: PlanLogin::Sql { user: user.into() },
            options: Options::default(),
        }),
        agent: AgentId::NIL,
        agent_name: agent.into(),
    }
}

pub(super) fn bodies(text: &mut dyn FnMut() -> String) -> Vec<EventBody> {
    let mut bodies = vec![
        EventBody::RunStarted {
            agent_version: text(),
            clock_ahead_ms: Some(7_200_000),
        },
        EventBody::StepStarted {
            step: StepId(1),
            parent: None,
            step_kind: StepKind::TcpConnect,
            hop: 0,
            subject: Subject {
                host: Some(text()),
                port: Some(1433),
                endpoint: Some(text()),
                source: Some(text()),
            },
        },
        EventBody::AttemptFinished {
            step: StepId(1),
            attempt: Attempt {
                number: 1,
                started_us: 1,
                elapsed_us: 1,
                code: Some(FailureCode::Other(text())),
                local: Some(text()),
                detail: Some(text()),
            },
        },
        EventBody::StepFinished {
            step: StepId(1),
            state: StepState::Failed,
            code: Some(FailureCode::TcpTimeout),
            detail: Some(text()),
            elapsed_us: 1,
        },
        EventBody::Unknown(json!({
            "kind": text(), text(): text(), "host": text(), "local_user": text(), "password": text(),
            "interfaces": [{"name": text(), "mac": text(), text(): [text()]}],
            "resolvers": [text()], "user": text(), "addresses": [text()], "database": text(), "raw": text(),
        })),
    ];
    bodies.extend(facts(text).into_iter().map(observed));
    bodies
}

fn facts(text: &mut dyn FnMut() -> String) -> Vec<Observation> {
    let mut facts = super::every_replica::facts(text);
    facts.extend(usual(text));
    facts
}

fn usual(text: &mut dyn FnMut() -> String) -> Vec<Observation> {
    vec![
        Observation::Host {
            hostname: text(),
            os: text(),
            arch: text(),
            interfaces: vec![Interface {
                name: text(),
                addresses: vec![text()],
                mtu: Some(1500),
            }],
            resolvers: vec![text()],
            proxy_variables: vec![text()],
            trusted_roots: 1,
            ephemeral_ports: Some((1, 2)),
            tls_versions: vec![text()],
            tls_suites: vec![text()],
        },
        Observation::Route(Route {
            destination: text(),
            gateway: Some(text()),
            interface: Some(text()),
            source: Some(text()),
            mtu: Some(1_500),
        }),
        Observation::Instances {
            instances: vec![SqlInstance {
                server: text(),
                instance: text(),
                port: Some(1_433),
                version: Some(text()),
                clustered: Some(false),
            }],
        },
        Observation::GatewayRegion(GatewayRegion {
            region: text(),
            cloud: text(),
            by: RegionSource::Alias,
            told_by: text(),
            gateways: vec![text()],
            as_of: text(),
        }),
        Observation::SignInHost(SignInHost {
            host: text(),
            addresses: vec![text()],
            phases: Vec::new(),
            issuer: Some(text()),
        }),
        Observation::TlsOffer(TlsOffer {
            endpoint: text(),
            version: text(),
            accepted: false,
            cipher: Some(text()),
            code: Some(FailureCode::Other(text())),
            detail: Some(text()),
        }),
        Observation::RevocationAnswer(RevocationAnswer {
            kind: text(),
            url: text(),
            subject: text(),
            status: Some(text()),
            http_status: Some(200),
            bytes: 1,
            elapsed_us: 1,
        }),
        Observation::IdleRung(IdleRung {
            lane: Lane::Bare,
            rung_ms: 1,
            endpoint: text(),
            local: text(),
            logged_in: true,
            idle_us: 1,
            ended_idle: false,
            beats: 0,
            looked: Standing::Alive,
            used: Some(Standing::Reset),
            used_us: Some(1),
            detail: Some(text()),
            before: Some(TcpCounters::default()),
            after: None,
        }),
        Observation::IdleProgress(IdleProgress {
            over: 1,
            of: 2,
            left_ms: 3,
        }),
        Observation::FlowEnd(FlowEnd {
            flow: Flow::Rows,
            endpoint: text(),
            local: text(),
            lasted_us: 1,
            bytes: 1,
            quiet_us: 1,
            died: Some(Standing::Silent),
            error: Some(ServerMessage {
                number: 596,
                state: 1,
                class: 21,
                message: text(),
                server: text(),
                procedure: text(),
                line: 1,
            }),
            detail: Some(text()),
            before: None,
            after: None,
        }),
        Observation::RouteHop(RouteHop {
            ttl: 1,
            from: Some(text()),
            answer: text(),
            elapsed_us: 1,
        }),
        Observation::DatabaseEntry(DatabaseEntry {
            name: text(),
            found: true,
            state: Some(text()),
        }),
        Observation::Token(TokenFacts {
            source: TokenSource::Pasted,
            authority: Some(text()),
            audience: Some(text()),
            tenant: Some(text()),
            application: Some(text()),
            not_before: None,
            expires_at: None,
        }),
        Observation::TokenRefused(TokenRefusal {
            authority: text(),
            error: text(),
            numbers: vec![7_000_215],
            description: text(),
            trace_id: Some(text()),
            correlation_id: Some(text()),
            service_time: None,
        }),
        Observation::DeviceCode(DeviceCode {
            user_code: text(),
            verification_url: text(),
            expires_at: TIME,
        }),
        Observation::TraceFile(TraceFile {
            name: text(),
            packets: 1,
            bytes: 1,
            dropped: 0,
        }),
        Observation::TracedConnection(TracedConnection {
            endpoint: text(),
            local: text(),
            syns: 1,
            answered: true,
            retransmitted: 0,
            peer_retransmitted: 0,
            ended_by: None,
            rst_ttl: None,
            data_ttl: None,
            icmp: vec![text()],
        }),
        Observation::LoopFailure(LoopFailure {
            operation: 1,
            started_us: 1,
            elapsed_us: 1,
            phase: Phase::Login,
            code: FailureCode::Other(text()),
            endpoint: Some(text()),
            local: Some(text()),
            errors: Vec::new(),
            lag_max_us: 1,
            detail: Some(text()),
        }),
        Observation::LoopMinute(LoopMinute {
            failed: vec![FailedAlike {
                code: FailureCode::Other(text()),
                number: None,
                times: Clocked::default(),
            }],
            ..LoopMinute::default()
        }),
        Observation::BeatMinute(BeatMinute::default()),
        Observation::LinkChange(LinkChange {
            at_us: 2,
            now: LinkState::Disconnected,
            last_answer_us: None,
            lost_us: 1,
            loss: Loss::Hard,
            code: FailureCode::Other(text()),
            detail: Some(text()),
            detect_us: 1,
            recover_us: None,
            outage_us: None,
            tries: 0,
            endpoint: Some(text()),
            local: Some(text()),
            lag_max_us: 0,
            counters: None,
        }),
        Observation::FreshLoginFailed(FreshLoginFailed {
            beat: 1,
            started_us: 1,
            elapsed_us: 1,
            code: FailureCode::Other(text()),
            number: None,
            endpoint: Some(text()),
            detail: Some(text()),
        }),
        Observation::LocalPorts(LocalPorts {
            range: Some((1, 2)),
            connections: 1,
            waiting: 1,
            to_endpoint: 1,
        }),
        Observation::RampStage(RampStage {
            from_us: 1,
            tried: 1,
            established: 1,
            open: 1,
            median_us: None,
            max_us: None,
            failed: vec![(FailureCode::Other(text()), 1)],
        }),
        Observation::RampEnd(RampEnd {
            endpoint: text(),
            tried: 1,
            most_open: 1,
            failed: 1,
            first_failure: Some(RampFailure {
                open: 1,
                code: FailureCode::Other(text()),
                detail: Some(text()),
            }),
            lost: 0,
            worked_after: None,
        }),
        Observation::SynTimes(SynTimes {
            endpoint: text(),
            tried: 1,
            established: 1,
            again: 0,
            median_us: None,
            max_us: None,
        }),
        Observation::AddressesTried(AddressesTried {
            order: AddressOrder::InTurn,
            first_us: None,
            answers: vec![AddressAnswer {
                endpoint: text(),
                elapsed_us: 1,
                code: Some(FailureCode::Other(text())),
            }],
        }),
        Observation::SizeAnswer(SizeAnswer {
            message: SizedMessage::Request,
            bytes: 1,
            segment: None,
            elapsed_us: 1,
            code: Some(FailureCode::Other(text())),
            counters: None,
        }),
        Observation::DnsAnswer {
            source: DnsSource::Resolver { server: text() },
            name: text(),
            records: vec![DnsRecord {
                name: text(),
                kind: text(),
                ttl_s: Some(1),
                data: text(),
            }],
            addresses: vec![text()],
            code: Some(FailureCode::Other(text())),
            rcode: Some(text()),
            elapsed_us: 1,
        },
        Observation::ConnectTimes {
            endpoint: text(),
            attempts: 1,
            established: 1,
            min_us: None,
            median_us: None,
            max_us: None,
        },
        Observation::TraceId {
            connection_id: text(),
            activity_id: text(),
            at: TIME,
            endpoint: text(),
            local: text(),
        },
        Observation::PreloginReply {
            version: Some(text()),
            encryption: None,
            instance_matches: None,
            fed_auth_required: None,
            mars: None,
            options: vec![PreloginOption {
                id: 1,
                offset: 1,
                length: 1,
                bytes: text(),
            }],
            packet_type: 4,
        },
        Observation::NotTds {
            first_bytes: text(),
            looks_like: Some(text()),
            text: text(),
        },
        Observation::TlsSession {
            protocol: text(),
            cipher: text(),
            wrapper_type: None,
        },
        Observation::TlsChain {
            server_name: text(),
            certificates: vec![Certificate {
                subject: text(),
                issuer: format!("CN={}, O={}", text(), text()),
                names: vec![text()],
                not_before: TIME,
                not_after: TIME,
                serial: text(),
                sha256: text(),
                is_ca: false,
            }],
            verdict: ChainVerdict::Refused {
                code: FailureCode::Other(text()),
                detail: text(),
            },
            overridden: false,
        },
        Observation::TlsAlert {
            number: None,
            name: text(),
        },
        Observation::LoginSent {
            endpoint: text(),
            server_name: text(),
            database: text(),
            user: text(),
            application: text(),
            encrypted: true,
        },
        Observation::ServerError(message(text)),
        Observation::ServerInfo(message(text)),
        Observation::LoginAck {
            program: text(),
            version: text(),
            tds_version: text(),
        },
        Observation::EnvChange {
            change: 1,
            name: text(),
            new: text(),
            old: text(),
        },
        Observation::EnvChange {
            change: 2,
            name: text(),
            new: text(),
            old: text(),
        },
        Observation::EnvChange {
            change: 13,
            name: text(),
            new: text(),
            old: text(),
        },
        Observation::Routing(HopTarget {
            host: text(),
            port: 1,
            raw: Some(text()),
            database: Some(text()),
        }),
        Observation::FeatureAck {
            features: vec![(1, text())],
        },
        Observation::FedAuthInfo {
            sts_url: Some(text()),
            spn: Some(text()),
        },
        Observation::OddToken {
            token: 1,
            offset: 1,
            bytes: text(),
            why: text(),
        },
        Observation::StatementSent { sql: text() },
        Observation::QueryResult {
            columns: vec![text()],
            rows: vec![vec![text()]],
        },
        Observation::PlannedStatement(PlannedStatement {
            purpose: StatementPurpose::Create,
            sql: text(),
            times: Some(1),
            server: Some(text()),
        }),
        Observation::LinkReadiness(LinkReadiness {
            side: LinkSide::Server,
            version: Some(text()),
            edition: Some(8),
            platform: Some(text()),
            sysadmin: Some(true),
            may_make_jobs: Some(true),
            agent_service: Some(text()),
            master_key: Some(true),
            endpoint: Some(MirroringEndpoint {
                name: text(),
                port: 5022,
                state: text(),
            }),
            port_taken_by: Some(text()),
        }),
        Observation::InstanceAddresses(InstanceAddresses {
            dns_name: text(),
            node: text(),
            hadr_port: 11_002,
        }),
        Observation::LegEnd(LegEnd {
            leg: LinkLeg::ToNode,
            by: LegBy::ServerJob,
            host: text(),
            port: 11_002,
            reached: Some(false),
            remote_address: Some(text()),
            in_subnet: Some(false),
            words: Some(text()),
        }),
        Observation::ServerObject(ObjectFact {
            object: ServerObject {
                number: 1,
                kind: text(),
                server: text(),
                database: text(),
                name: text(),
                drop: text(),
                look: text(),
            },
            state: ObjectState::Left,
            why: Some(text()),
        }),
        Observation::Closed(Closing {
            endpoint: text(),
            local: text(),
            closer: Closer::Us,
            sent: 1,
            received: 1,
            last_phase: Phase::Tcp,
            phases: Vec::new(),
        }),
        Observation::SecretEchoed { place: text() },
        Observation::Unknown(json!({
            "fact": text(), text(): {text(): text()}, "server": text(), "local_user": text(),
        })),
    ]
}

fn message(text: &mut dyn FnMut() -> String) -> ServerMessage {
    ServerMessage {
        number: 18456,
        state: 1,
        class: 14,
        message: text(),
        server: text(),
        procedure: text(),
        line: 1,
    }
}
