//! A log with a fact of every kind, and the run that follows from it.

use chrono::{DateTime, TimeDelta, Utc};
use model::{
    AgentId, Attempt, Certificate, ChainVerdict, Closer, Closing, DnsRecord, DnsSource, EventBody,
    FailureCode, HopTarget, Interface, LeaseId, Observation, Options, Outcome, Phase, PhaseTime,
    Plan, PlanLogin, PreloginOption, RunEvent, RunId, RunState, RunView, ServerMessage, StepId,
    StepKind, StepState, Subject, Target,
};
use rules::{RULES_VERSION, State, judge};
use uuid::Uuid;

pub(crate) fn start() -> DateTime<Utc> {
    "2026-11-20T12:11:24.271Z".parse().expect("a time")
}

/// Every text that a person, a host or a peer chose is `text`.
pub(crate) fn plan(text: &str) -> Plan {
    Plan {
        run: RunId(Uuid::from_u128(7)),
        target: Target {
            server: format!("tcp:{text},1433"),
            host: text.to_owned(),
            port: Some(1433),
            instance: None,
            database: text.to_owned(),
            kind: "sql_server".to_owned(),
        },
        login: PlanLogin::Sql {
            user: text.to_owned(),
        },
        options: Options::default(),
    }
}

#[derive(Default)]
struct Writer {
    events: Vec<RunEvent>,
    steps: u32,
}

impl Writer {
    fn put(&mut self, elapsed_us: Option<u64>, body: EventBody) {
        let seq = self.events.len() as u64 + 1;
        self.events.push(RunEvent {
            seq,
            at: start() + TimeDelta::milliseconds(seq as i64),
            elapsed_us,
            body,
        });
    }

    fn step(
        &mut self,
        kind: StepKind,
        subject: Subject,
        code: Option<FailureCode>,
        detail: &str,
        facts: Vec<Observation>,
    ) {
        self.steps += 1;
        let step = StepId(self.steps);
        let at = Some(u64::from(self.steps) * 1_000);
        self.put(
            at,
            EventBody::StepStarted {
                step,
                parent: None,
                step_kind: kind,
                hop: 0,
                subject,
            },
        );
        for observation in facts {
            self.put(
                at,
                EventBody::Observed {
                    step,
                    attempt: Some(1),
                    observation,
                },
            );
        }
        self.put(
            at,
            EventBody::AttemptFinished {
                step,
                attempt: Attempt {
                    number: 1,
                    started_us: 1_000,
                    elapsed_us: 700,
                    code: code.clone(),
                    local: Some("127.0.0.1:50001".to_owned()),
                    detail: Some(detail.to_owned()),
                },
            },
        );
        self.put(
            at,
            EventBody::StepFinished {
                step,
                state: if code.is_some() {
                    StepState::Failed
                } else {
                    StepState::Ok
                },
                code,
                detail: Some(detail.to_owned()),
                elapsed_us: 800,
            },
        );
    }
}

/// A whole run that ends with a login refused in the server's own words: `text`.
pub(crate) fn events(text: &str) -> Vec<RunEvent> {
    let t = || text.to_owned();
    let endpoint = || Subject {
        host: Some(t()),
        port: Some(1433),
        endpoint: Some("127.0.0.1:1433".to_owned()),
        source: None,
    };
    let mut log = Writer::default();
    log.put(
        None,
        EventBody::RunCreated {
            plan: Box::new(plan(text)),
            agent: AgentId(Uuid::from_u128(8)),
            agent_name: t(),
        },
    );
    log.put(
        None,
        EventBody::RunClaimed {
            lease: LeaseId(Uuid::from_u128(9)),
        },
    );
    log.put(
        Some(0),
        EventBody::RunStarted {
            agent_version: t(),
            clock_ahead_ms: None,
        },
    );
    log.step(
        StepKind::HostFacts,
        Subject::default(),
        None,
        "",
        vec![host(text)],
    );
    let looked_up = Subject {
        host: Some(t()),
        source: Some("system".to_owned()),
        ..Subject::default()
    };
    log.step(StepKind::DnsLookup, looked_up, None, "", vec![dns(text)]);
    let times = Observation::ConnectTimes {
        endpoint: t(),
        attempts: 1,
        established: 1,
        min_us: Some(700),
        median_us: Some(700),
        max_us: Some(700),
    };
    log.step(StepKind::TcpConnect, endpoint(), None, "", vec![times]);
    log.step(StepKind::TdsPrelogin, endpoint(), None, "", prelogin(text));
    log.step(StepKind::TlsHandshake, endpoint(), None, "", tls(text));
    let rejected = Some(FailureCode::LoginRejected);
    log.step(StepKind::TdsLogin, endpoint(), rejected, text, login(text));
    log.step(
        StepKind::Unknown,
        Subject {
            endpoint: Some(t()),
            source: Some(t()),
            ..Subject::default()
        },
        Some(FailureCode::Other(t())),
        text,
        vec![Observation::Unknown(
            serde_json::json!({"fact": t(), "more": [t()]}),
        )],
    );
    log.put(
        Some(20_000),
        EventBody::Unknown(serde_json::json!({"kind": "later", "text": t()})),
    );
    log.put(Some(20_000), EventBody::RunFinished { cancelled: false });
    log.put(
        None,
        EventBody::RunSettled {
            state: RunState::Completed,
            outcome: Outcome::Problem,
            interruption: None,
        },
    );
    log.events
}

fn host(text: &str) -> Observation {
    let t = || text.to_owned();
    Observation::Host {
        hostname: t(),
        os: t(),
        arch: t(),
        interfaces: vec![Interface {
            name: t(),
            addresses: vec![t()],
            mtu: Some(1_500),
        }],
        resolvers: vec![t()],
        proxy_variables: vec![t()],
        trusted_roots: 3,
        ephemeral_ports: Some((32_768, 60_999)),
        tls_versions: Vec::new(),
        tls_suites: Vec::new(),
    }
}

fn dns(text: &str) -> Observation {
    let t = || text.to_owned();
    Observation::DnsAnswer {
        source: DnsSource::Resolver { server: t() },
        name: t(),
        records: vec![DnsRecord {
            name: t(),
            kind: t(),
            ttl_s: Some(5),
            data: t(),
        }],
        addresses: vec![t()],
        code: None,
        rcode: Some(t()),
        elapsed_us: 5,
    }
}

fn prelogin(text: &str) -> Vec<Observation> {
    let t = || text.to_owned();
    vec![
        Observation::TraceId {
            connection_id: t(),
            activity_id: t(),
            at: start(),
            endpoint: t(),
            local: t(),
        },
        Observation::PreloginReply {
            version: Some(t()),
            encryption: Some(1),
            instance_matches: None,
            fed_auth_required: Some(false),
            mars: Some(true),
            options: vec![PreloginOption {
                id: 9,
                offset: 1,
                length: 2,
                bytes: t(),
            }],
            packet_type: 4,
        },
        Observation::NotTds {
            first_bytes: t(),
            looks_like: Some(t()),
            text: t(),
        },
        Observation::FragmentedReply {
            phase: Phase::Prelogin,
            reads: 40,
            bytes: 43,
            elapsed_us: 90,
        },
    ]
}

fn tls(text: &str) -> Vec<Observation> {
    let t = || text.to_owned();
    vec![
        Observation::TlsChain {
            server_name: t(),
            certificates: vec![Certificate {
                subject: t(),
                issuer: t(),
                names: vec![t()],
                not_before: start(),
                not_after: start(),
                serial: t(),
                sha256: t(),
                is_ca: false,
            }],
            verdict: ChainVerdict::Refused {
                code: FailureCode::Other(t()),
                detail: t(),
            },
            overridden: true,
        },
        Observation::TlsSession {
            protocol: t(),
            cipher: t(),
            wrapper_type: Some(0x12),
        },
        Observation::TlsAlert {
            number: Some(40),
            name: t(),
        },
    ]
}

fn login(text: &str) -> Vec<Observation> {
    let t = || text.to_owned();
    let message = || ServerMessage {
        number: 18456,
        state: 8,
        class: 14,
        message: t(),
        server: t(),
        procedure: t(),
        line: 1,
    };
    vec![
        Observation::LoginSent {
            endpoint: t(),
            server_name: t(),
            database: t(),
            user: t(),
            application: t(),
            encrypted: true,
        },
        Observation::ServerInfo(message()),
        Observation::ServerError(message()),
        Observation::LoginAck {
            program: t(),
            version: t(),
            tds_version: t(),
        },
        Observation::EnvChange {
            change: 1,
            name: t(),
            new: t(),
            old: t(),
        },
        Observation::Routing(HopTarget {
            host: t(),
            port: 11_042,
            raw: Some(t()),
            database: Some(t()),
        }),
        Observation::FeatureAck {
            features: vec![(2, t())],
        },
        Observation::FedAuthInfo {
            sts_url: Some(t()),
            spn: Some(t()),
        },
        Observation::OddToken {
            token: 0x42,
            offset: 7,
            bytes: t(),
            why: t(),
        },
        Observation::Done {
            status: 2,
            rows: Some(1),
        },
        Observation::RetryScheduled {
            number: 40613,
            delay_ms: 1_000,
        },
        Observation::StatementSent { sql: t() },
        Observation::QueryResult {
            columns: vec![t()],
            rows: vec![vec![t()]],
        },
        Observation::SecretEchoed { place: t() },
        Observation::Closed(Closing {
            endpoint: t(),
            local: t(),
            closer: Closer::PeerFin,
            sent: 1,
            received: 2,
            last_phase: Phase::Login,
            phases: vec![PhaseTime {
                phase: Phase::Tcp,
                started_us: 1,
                elapsed_us: 2,
            }],
        }),
    ]
}

/// The run as the portal would show it.
pub(crate) fn view(events: &[RunEvent]) -> RunView {
    let mut state = State::default();
    for event in events {
        state.apply(event);
    }
    let judgement = judge(&state);
    let Some(EventBody::RunCreated {
        plan,
        agent,
        agent_name,
    }) = events.first().map(|event| &event.body)
    else {
        panic!("event 1 creates the run");
    };
    RunView {
        id: plan.run,
        group: None,
        state: RunState::Completed,
        interruption: None,
        outcome: Some(judgement.outcome),
        cancelling: false,
        cleaning: false,
        target: plan.target.clone(),
        login: plan.login.clone(),
        options: plan.options.clone(),
        agent: *agent,
        agent_name: agent_name.clone(),
        created_at: start(),
        started_at: Some(start()),
        settled_at: Some(start() + TimeDelta::seconds(1)),
        last_seq: events.len() as u64,
        steps: state.steps().to_vec(),
        findings: judgement.findings,
        verdict: Some(judgement.verdict),
        rules_version: RULES_VERSION,
        artifacts: Vec::new(),
    }
}

/// The archive of a log.
pub(crate) fn archive(events: &Vec<RunEvent>) -> Vec<u8> {
    let mut out = Vec::new();
    bundle::write(&mut out, &view(events), events).expect("written");
    out
}
