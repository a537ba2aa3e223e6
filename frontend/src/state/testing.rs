//! A run's log, told in a few words, for tests.

use super::log::RunLog;
use model::*;

/// Events in the making.
pub(crate) struct Story {
    pub(crate) events: Vec<RunEvent>,
    at: u64,
}

fn id(last: u8) -> uuid::Uuid {
    uuid::Uuid::from_bytes([
        1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, last,
    ])
}

fn target() -> Target {
    Target {
        server: "tcp:contoso.database.windows.net,1433".into(),
        host: "contoso.database.windows.net".into(),
        port: Some(1433),
        instance: None,
        database: "orders".into(),
        kind: "sql_database".into(),
    }
}

/// What the portal would answer.
pub(crate) fn view(state: RunState, last_seq: u64) -> RunView {
    RunView {
        id: RunId(id(1)),
        group: None,
        state,
        interruption: None,
        outcome: None,
        cancelling: false,
        cleaning: false,
        target: target(),
        login: PlanLogin::None,
        options: Options::default(),
        agent: AgentId(id(2)),
        agent_name: "here".into(),
        created_at: "2026-11-20T12:11:24.271Z".parse().expect("a time"),
        started_at: None,
        settled_at: None,
        last_seq,
        steps: Vec::new(),
        findings: Vec::new(),
        verdict: None,
        rules_version: 1,
        artifacts: Vec::new(),
    }
}

impl Story {
    fn new() -> Self {
        Self {
            events: Vec::new(),
            at: 0,
        }
    }

    fn tell(&mut self, body: EventBody) {
        let start: chrono::DateTime<chrono::Utc> =
            "2026-11-20T12:11:24.271Z".parse().expect("a time");
        let portal = matches!(
            body,
            EventBody::RunCreated { .. }
                | EventBody::RunClaimed { .. }
                | EventBody::RunSettled { .. }
                | EventBody::CleaningReported { .. }
        );
        self.events.push(RunEvent {
            seq: self.events.len() as u64 + 1,
            at: start + chrono::Duration::microseconds(self.at as i64),
            elapsed_us: (!portal).then_some(self.at),
            body,
        });
    }

    fn created(&mut self, options: Options) {
        self.tell(EventBody::RunCreated {
            plan: Box::new(Plan {
                run: RunId(id(1)),
                target: target(),
                login: PlanLogin::Sql { user: "app".into() },
                options,
            }),
            agent: AgentId(id(2)),
            agent_name: "here".into(),
        });
        self.tell(EventBody::RunClaimed {
            lease: LeaseId(id(3)),
        });
        self.tell(EventBody::RunStarted {
            agent_version: "0.1.0".into(),
            clock_ahead_ms: None,
        });
    }

    fn begin(
        &mut self,
        step: u32,
        parent: Option<u32>,
        step_kind: StepKind,
        hop: u32,
        subject: Subject,
    ) {
        self.tell(EventBody::StepStarted {
            step: StepId(step),
            parent: parent.map(StepId),
            step_kind,
            hop,
            subject,
        });
    }

    fn end(&mut self, step: u32, elapsed_us: u64, code: Option<FailureCode>) {
        self.at += elapsed_us;
        self.tell(EventBody::StepFinished {
            step: StepId(step),
            state: if code.is_some() {
                StepState::Failed
            } else {
                StepState::Ok
            },
            code,
            detail: None,
            elapsed_us,
        });
    }

    fn tries(&mut self, step: u32, times_ms: &[u64], code: Option<FailureCode>) {
        for (number, time) in (1..).zip(times_ms) {
            self.tell(EventBody::AttemptFinished {
                step: StepId(step),
                attempt: Attempt {
                    number,
                    started_us: self.at + u64::from(number - 1) * 100_000,
                    elapsed_us: time * 1_000,
                    code: code.clone(),
                    local: Some("10.0.0.9:50000".into()),
                    detail: None,
                },
            });
        }
    }

    fn see(&mut self, step: u32, observation: Observation) {
        self.tell(EventBody::Observed {
            step: StepId(step),
            attempt: Some(1),
            observation,
        });
    }

    /// A gateway that answers and sends on to a node that does not.
    pub(crate) fn redirect_blocked() -> Self {
        let mut story = Self::new();
        let gateway = at("20.61.99.193:1433");
        let node = at("20.61.104.17:11042");
        let named = |host: &str, source: Option<&str>| Subject {
            host: Some(host.into()),
            source: source.map(Into::into),
            ..Subject::default()
        };
        story.created(Options::default());
        story.begin(
            1,
            None,
            StepKind::DnsLookup,
            0,
            named("contoso.database.windows.net", Some("system")),
        );
        story.end(1, 12_000, None);
        story.begin(2, None, StepKind::TcpConnect, 0, gateway.clone());
        story.tries(2, &[22, 21, 24, 22, 22], None);
        story.end(2, 424_000, None);
        story.begin(3, None, StepKind::TdsPrelogin, 0, gateway.clone());
        story.end(3, 23_000, None);
        story.begin(4, None, StepKind::TlsHandshake, 0, gateway.clone());
        story.see(
            4,
            Observation::TlsSession {
                protocol: "TLSv1.2".into(),
                cipher: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384".into(),
                wrapper_type: Some(0x12),
            },
        );
        story.end(4, 46_000, None);
        story.begin(5, None, StepKind::TdsLogin, 0, gateway);
        story.see(
            5,
            Observation::Routing(HopTarget {
                host: "tr1123.westeurope1-a.worker.database.windows.net".into(),
                port: 11042,
                raw: None,
                database: None,
            }),
        );
        story.end(5, 61_000, None);
        story.begin(
            6,
            None,
            StepKind::TdsRedirect,
            1,
            Subject {
                host: Some("tr1123.westeurope1-a.worker.database.windows.net".into()),
                port: Some(11042),
                ..Subject::default()
            },
        );
        story.begin(
            7,
            Some(6),
            StepKind::DnsLookup,
            1,
            named(
                "tr1123.westeurope1-a.worker.database.windows.net",
                Some("system"),
            ),
        );
        story.end(7, 8_000, None);
        story.begin(8, Some(6), StepKind::TcpConnect, 1, node);
        story.tries(8, &[5_000; 5], Some(FailureCode::TcpTimeout));
        story.end(8, 5_400_000, Some(FailureCode::TcpTimeout));
        story.end(6, 0, Some(FailureCode::RedirectFailed));
        story.tell(EventBody::RunFinished { cancelled: false });
        story.tell(EventBody::RunSettled {
            state: RunState::Completed,
            outcome: Outcome::Problem,
            interruption: None,
        });
        story
    }

    /// Connects to many addresses, of which the first fails.
    pub(crate) fn many_addresses(number: u32) -> Self {
        let mut story = Self::new();
        for step in 1..=number {
            story.begin(
                step,
                None,
                StepKind::TcpConnect,
                0,
                at(&format!("10.0.0.{step}:1433")),
            );
            let code = (step == 1).then_some(FailureCode::TcpRefused);
            story.tries(step, &[20], code.clone());
            story.end(step, 20_000, code);
        }
        story
    }

    /// A login that worked, and what was looked at beside it.
    pub(crate) fn with_further_checks() -> Self {
        let mut story = Self::new();
        let gateway = |n: u32| at(&format!("20.61.99.{n}:1433"));
        story.begin(1, None, StepKind::TdsLogin, 0, gateway(193));
        story.end(1, 61_000, None);
        story.begin(2, None, StepKind::GatewayConnect, 0, gateway(193));
        story.see(
            2,
            Observation::GatewayRegion(GatewayRegion {
                region: "West Europe".into(),
                cloud: "public".into(),
                by: RegionSource::Address,
                told_by: "20.61.99.193".into(),
                gateways: vec!["20.61.99.193".into(), "20.61.99.194".into()],
                as_of: "2026-11-01".into(),
            }),
        );
        story.tries(2, &[21, 24], None);
        story.end(2, 121_000, None);
        story.begin(3, None, StepKind::GatewayConnect, 0, gateway(194));
        story.tries(3, &[5_000; 2], Some(FailureCode::TcpTimeout));
        story.end(3, 5_000_000, Some(FailureCode::TcpTimeout));
        story.begin(4, None, StepKind::TlsVersions, 0, gateway(193));
        story.see(
            4,
            Observation::TlsOffer(TlsOffer {
                endpoint: "20.61.99.193:1433".into(),
                version: "TLSv1.2".into(),
                accepted: true,
                cipher: Some("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384".into()),
                code: None,
                detail: None,
            }),
        );
        story.end(4, 40_000, None);
        story.begin(5, None, StepKind::RouteTrace, 0, gateway(194));
        story.see(
            5,
            Observation::RouteHop(RouteHop {
                ttl: 1,
                from: Some("10.0.0.1".into()),
                answer: "time_exceeded".into(),
                elapsed_us: 400,
            }),
        );
        story.end(5, 400, None);
        story.begin(6, None, StepKind::LoginAttempt, 0, gateway(193));
        story.see(
            6,
            Observation::TraceId {
                connection_id: id(9).to_string(),
                activity_id: id(8).to_string(),
                at: chrono::DateTime::UNIX_EPOCH,
                endpoint: "20.61.99.193:1433".into(),
                local: "10.0.0.9:50001".into(),
            },
        );
        let phase = |phase, elapsed_us| PhaseTime {
            phase,
            started_us: 0,
            elapsed_us,
        };
        story.see(
            6,
            Observation::Closed(Closing {
                endpoint: "20.61.99.193:1433".into(),
                local: "10.0.0.9:50001".into(),
                closer: Closer::Us,
                sent: 1,
                received: 1,
                last_phase: Phase::Login,
                phases: vec![phase(Phase::Tcp, 21_000), phase(Phase::Login, 60_000)],
            }),
        );
        story.end(6, 81_000, None);
        story.tell(EventBody::StepStarted {
            step: StepId(7),
            parent: None,
            step_kind: StepKind::NetworkTrace,
            hop: 0,
            subject: Subject::default(),
        });
        story.tell(EventBody::StepFinished {
            step: StepId(7),
            state: StepState::Skipped,
            code: Some(FailureCode::NotPermitted),
            detail: None,
            elapsed_us: 0,
        });
        story
    }

    /// Something that lasts; how it ended, where it did.
    pub(crate) fn lasts(kind: StepKind, end: Option<Option<FailureCode>>) -> Self {
        let mut story = Self::new();
        story.begin(1, None, kind, 0, Subject::default());
        if let Some(code) = end {
            story.end(1, 60_000_000, code);
        }
        story
    }

    /// A run that waits for somebody to sign in with a code.
    pub(crate) fn device_code() -> Self {
        let mut story = Self::new();
        story.begin(1, None, StepKind::TokenRequest, 0, Subject::default());
        story.see(
            1,
            Observation::DeviceCode(DeviceCode {
                user_code: "ABC-DEF".into(),
                verification_url: "https://microsoft.com/devicelogin".into(),
                expires_at: chrono::DateTime::UNIX_EPOCH,
            }),
        );
        story
    }

    /// Somebody did.
    pub(crate) fn token_came(&mut self) {
        self.end(1, 9_000_000, None);
    }

    /// A run in the middle of what lasts: a heartbeat, and the second round of writes.
    pub(crate) fn lasting(asked: &lasting::Lasting) -> Self {
        let mut story = Self::new();
        story.created(Options {
            lasting: asked.clone(),
            ..Options::default()
        });
        story.begin(1, None, StepKind::TdsLogin, 0, at("20.61.99.193:1433"));
        story.end(1, 61_000, None);
        story.begin(2, None, StepKind::Heartbeat, 0, Subject::default());
        story.begin(3, None, StepKind::TrackedWrites, 0, Subject::default());
        story.see(
            3,
            Observation::WriteRound(lasting::WriteRound {
                moment: lasting::CutMoment::BeforeSend,
                way: lasting::WriteWay::Tracked,
                operations: 20,
                known: 0,
                reissued: 20,
                refused_by_key: 0,
                unsettled: 0,
                elapsed_us: 1,
            }),
        );
        story
    }

    /// A run that made tables, and what became of them.
    pub(crate) fn objects(states: &[ObjectState]) -> Self {
        let mut story = Self::new();
        story.created(Options::default());
        story.begin(1, None, StepKind::TrackedWrites, 0, Subject::default());
        for (number, state) in (1..).zip(states) {
            story.see(
                1,
                Observation::ServerObject(ObjectFact {
                    object: ServerObject {
                        number,
                        kind: "table".into(),
                        server: "tcp:contoso.database.windows.net,1433".into(),
                        database: "orders".into(),
                        name: format!("[dbo].[t{number}]"),
                        drop: format!("DROP TABLE [dbo].[t{number}];"),
                        look: String::new(),
                    },
                    state: *state,
                    why: None,
                }),
            );
        }
        story
    }

    /// It ends here.
    pub(crate) fn settled(mut self) -> Self {
        self.end(1, 1_000, None);
        self.tell(EventBody::RunFinished { cancelled: false });
        self.tell(EventBody::RunSettled {
            state: RunState::Completed,
            outcome: Outcome::Ok,
            interruption: None,
        });
        self
    }

    /// Its agent no longer tries to take away what it made.
    pub(crate) fn given_up(mut self) -> Self {
        self.tell(EventBody::CleaningReported {
            gone: Vec::new(),
            given_up: true,
        });
        self
    }

    /// The log up to now.
    pub(crate) fn so_far(&self) -> RunLog {
        let mut log = RunLog::default();
        for event in &self.events {
            log.take(event.clone());
        }
        log
    }

    /// The log that they make.
    pub(crate) fn log(self) -> RunLog {
        let mut log = RunLog::default();
        for event in self.events {
            log.take(event);
        }
        log
    }
}

fn at(endpoint: &str) -> Subject {
    Subject {
        endpoint: Some(endpoint.into()),
        ..Subject::default()
    }
}

/// What lasts, of a step that saw these.
pub(crate) fn seen(
    facts: impl IntoIterator<Item = lasting::ReplicaFact>,
) -> bundle::lasting::Lasting {
    let mut all = bundle::lasting::Lasting::default();
    for (seq, fact) in (1..).zip(facts) {
        all.take(&RunEvent {
            seq,
            at: chrono::DateTime::UNIX_EPOCH,
            elapsed_us: Some(seq),
            body: EventBody::Observed {
                step: StepId(1),
                attempt: None,
                observation: Observation::Replica(fact),
            },
        });
    }
    all
}
