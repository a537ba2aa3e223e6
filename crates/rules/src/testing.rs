//! Writing a run's log in a few words, and checking what is found in it. For tests only.

use crate::{Judgement, State, judge};
use chrono::{DateTime, TimeDelta, Utc};
use model::{
    AgentId, Attempt, Certificate, ChainVerdict, Confidence, DnsRecord, DnsSource, EventBody,
    FailureCode, Finding, HopTarget, LeaseId, Observation, Options, Outcome, Plan, PlanLogin,
    RunEvent, RunId, RunState, ServerMessage, StepId, StepKind, StepState, Subject, Target,
};

/// Start of every log: 2026-11-20 12:00 UTC.
pub(crate) fn epoch() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_176_000, 0).expect("a time")
}

/// A log being written. Steps take 10 ms unless [`Log::taking`] says otherwise.
pub(crate) struct Log {
    state: State,
    plan: Plan,
    created: bool,
    seq: u64,
    us: u64,
    takes: u64,
    next_step: u32,
    last_step: StepId,
    redirect: Option<StepId>,
    hop: u32,
    events: Vec<RunEvent>,
    agent_name: String,
    claimed_ms: u64,
    late_ms: u64,
    clock_off_s: i64,
}

impl Log {
    /// `tcp:contoso.database.windows.net,1433`, database `orders`, no credentials.
    pub(crate) fn new() -> Self {
        Self::to("contoso.database.windows.net")
    }

    pub(crate) fn to(server: &str) -> Self {
        let parsed = target::parse(server).expect("a server");
        let plan = Plan {
            run: RunId(uuid::Uuid::nil()),
            target: Target {
                server: parsed.server,
                host: parsed.host,
                port: parsed.port,
                instance: parsed.instance,
                database: "orders".into(),
                kind: parsed.kind.as_str().into(),
            },
            login: PlanLogin::None,
            options: Options::default(),
        };
        Self {
            state: State::default(),
            plan,
            created: false,
            seq: 0,
            us: 0,
            takes: 10_000,
            next_step: 1,
            last_step: StepId(0),
            redirect: None,
            hop: 0,
            events: Vec::new(),
            agent_name: "built-in".into(),
            claimed_ms: 0,
            late_ms: 0,
            clock_off_s: 0,
        }
    }

    /// From an agent of this name; said of a log that is replayed.
    pub(crate) fn by_agent(mut self, name: &str) -> Self {
        self.agent_name = name.into();
        self
    }

    /// Claimed so much later than other logs; said of a log that is replayed.
    pub(crate) fn claimed_after(mut self, ms: u64) -> Self {
        self.claimed_ms = ms;
        self
    }

    /// Its last events reached the portal so much later than they were made; said of a log that is replayed.
    pub(crate) fn settled_late(mut self, ms: u64) -> Self {
        self.late_ms = ms;
        self
    }

    /// Its agent's wall clock is off; said of a log that is replayed.
    pub(crate) fn clock_off(mut self, seconds: i64) -> Self {
        self.clock_off_s = seconds;
        self
    }

    /// The log as one portal would have written it: claimed at once, by its own clock.
    pub(crate) fn replayed(&self) -> State {
        let begin =
            epoch() + TimeDelta::milliseconds(i64::try_from(self.claimed_ms).expect("small"));
        let late = TimeDelta::milliseconds(i64::try_from(self.late_ms).expect("small"));
        let off = TimeDelta::seconds(self.clock_off_s);
        let mut state = State::default();
        for event in &self.events {
            let mut event = event.clone();
            let made = begin + (event.at - epoch());
            event.at = match &mut event.body {
                EventBody::RunCreated { agent_name, .. } => {
                    agent_name.clone_from(&self.agent_name);
                    begin
                }
                EventBody::RunSettled { .. } => made + late,
                _ if event.elapsed_us.is_none() => made,
                _ => made + off,
            };
            state.apply(&event);
        }
        state
    }

    /// Settled.
    pub(crate) fn settled(self, state: RunState, outcome: Outcome) -> Self {
        let interruption =
            (state == RunState::Interrupted).then_some(model::Interruption::AgentLost);
        self.event(EventBody::RunSettled {
            state,
            outcome,
            interruption,
        })
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.state.settled.is_some()
    }

    /// The last step ends.
    pub(crate) fn ends(mut self, code: Option<FailureCode>) -> Self {
        let state = if code.is_some() {
            StepState::Failed
        } else {
            StepState::Ok
        };
        self.end(state, code);
        self
    }

    /// A connect that the agent's own rules forbid.
    pub(crate) fn refused_by_policy(mut self, endpoint: &str) -> Self {
        self.start(StepKind::TcpConnect, self.subject(endpoint));
        self.takes = 0;
        self.end(StepState::Skipped, Some(FailureCode::PolicyRefused));
        self
    }

    /// With the login `reader`.
    pub(crate) fn signed_in(mut self) -> Self {
        self.plan.login = PlanLogin::Sql {
            user: "reader".into(),
        };
        self
    }

    /// Signing in like this.
    pub(crate) fn signs_in(mut self, login: PlanLogin) -> Self {
        self.plan.login = login;
        self
    }

    pub(crate) fn options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.plan.options);
        self
    }

    /// The next step, and attempts in it, take this long.
    pub(crate) fn taking(mut self, ms: u64) -> Self {
        self.takes = ms * 1_000;
        self
    }

    pub(crate) fn event(mut self, body: EventBody) -> Self {
        self.push(body);
        self
    }

    fn push(&mut self, body: EventBody) {
        if !self.created {
            self.created = true;
            let created = EventBody::RunCreated {
                plan: Box::new(self.plan.clone()),
                agent: AgentId(uuid::Uuid::nil()),
                agent_name: "built-in".into(),
            };
            self.store(None, created);
            let lease = LeaseId(uuid::Uuid::nil());
            self.store(None, EventBody::RunClaimed { lease });
        }
        let ours = matches!(
            body,
            EventBody::RunSettled { .. } | EventBody::CancelRequested
        );
        self.store((!ours).then_some(self.us), body);
    }

    fn store(&mut self, elapsed_us: Option<u64>, body: EventBody) {
        self.seq += 1;
        let event = RunEvent {
            seq: self.seq,
            at: epoch() + TimeDelta::microseconds(i64::try_from(self.us).expect("small")),
            elapsed_us,
            body,
        };
        self.state.apply(&event);
        self.events.push(event);
    }

    fn start(&mut self, kind: StepKind, subject: Subject) {
        self.last_step = StepId(self.next_step);
        self.next_step += 1;
        self.push(EventBody::StepStarted {
            step: self.last_step,
            parent: self.redirect,
            step_kind: kind,
            hop: self.hop,
            subject,
        });
    }

    fn end(&mut self, state: StepState, code: Option<FailureCode>) {
        self.us += self.takes;
        self.push(EventBody::StepFinished {
            step: self.last_step,
            state,
            code,
            detail: None,
            elapsed_us: self.takes,
        });
        self.takes = 10_000;
    }

    fn subject(&self, endpoint: &str) -> Subject {
        Subject {
            host: Some(self.plan.target.host.clone()),
            port: self.plan.target.port,
            endpoint: Some(endpoint.into()),
            source: None,
        }
    }

    /// A whole step at an endpoint.
    fn step(mut self, kind: StepKind, endpoint: &str, code: Option<FailureCode>) -> Self {
        self.start(kind, self.subject(endpoint));
        let state = if code.is_some() {
            StepState::Failed
        } else {
            StepState::Ok
        };
        self.end(state, code);
        self
    }

    /// A step that began and has not ended.
    pub(crate) fn running(mut self, kind: StepKind, endpoint: &str) -> Self {
        self.start(kind, self.subject(endpoint));
        self
    }

    /// A step that was not tried.
    pub(crate) fn skipped(mut self, kind: StepKind, code: FailureCode) -> Self {
        self.start(kind, self.subject("20.61.99.193:1433"));
        self.takes = 0;
        self.end(StepState::Skipped, Some(code));
        self
    }

    pub(crate) fn dns(self, source: &str, answer: Result<&[&str], FailureCode>) -> Self {
        self.dns_by(source, &[], answer)
    }

    /// An answer by way of these names, one CNAME after another.
    pub(crate) fn dns_by(
        mut self,
        source: &str,
        chain: &[&str],
        answer: Result<&[&str], FailureCode>,
    ) -> Self {
        let host = self.plan.target.host.clone();
        self.start(
            StepKind::DnsLookup,
            Subject {
                host: Some(host.clone()),
                source: Some(source.into()),
                ..Subject::default()
            },
        );
        let addresses: Vec<String> = match &answer {
            Ok(addresses) => addresses.iter().map(|a| (*a).to_owned()).collect(),
            Err(_) => Vec::new(),
        };
        let code = answer.err();
        let owners = std::iter::once(host.as_str()).chain(chain.iter().copied());
        let records = owners
            .zip(chain)
            .map(|(owner, next)| DnsRecord {
                name: owner.to_owned(),
                kind: "CNAME".to_owned(),
                ttl_s: Some(60),
                data: (*next).to_owned(),
            })
            .collect();
        self.see(
            None,
            Observation::DnsAnswer {
                source: match source {
                    "system" => DnsSource::System,
                    "hosts_file" => DnsSource::HostsFile,
                    server => match server.strip_prefix("outside ") {
                        Some(server) => DnsSource::External {
                            server: server.into(),
                        },
                        None => DnsSource::Resolver {
                            server: server.into(),
                        },
                    },
                },
                name: host,
                records,
                addresses,
                code: code.clone(),
                rcode: None,
                elapsed_us: self.takes,
            },
        );
        let state = if code.is_some() {
            StepState::Failed
        } else {
            StepState::Ok
        };
        self.end(state, code);
        self
    }

    /// Five connects, all alike.
    pub(crate) fn tcp(mut self, endpoint: &str, code: Option<FailureCode>) -> Self {
        self.start(StepKind::TcpConnect, self.subject(endpoint));
        let takes = self.takes;
        for number in 1..=5 {
            self.attempt_numbered(number, takes, code.clone());
        }
        let state = if code.is_some() {
            StepState::Failed
        } else {
            StepState::Ok
        };
        self.takes = takes;
        self.end(state, code);
        self
    }

    fn attempt_numbered(&mut self, number: u32, elapsed_us: u64, code: Option<FailureCode>) {
        self.push(EventBody::AttemptFinished {
            step: self.last_step,
            attempt: Attempt {
                number,
                started_us: self.us,
                elapsed_us,
                code,
                local: None,
                detail: None,
            },
        });
    }

    /// An attempt of the last step.
    pub(crate) fn attempt(mut self, number: u32, code: Option<FailureCode>) -> Self {
        self.attempt_numbered(number, self.takes, code);
        self.takes = 10_000;
        self
    }

    pub(crate) fn prelogin(self, endpoint: &str, code: Option<FailureCode>) -> Self {
        self.step(StepKind::TdsPrelogin, endpoint, code)
    }

    pub(crate) fn tls(self, endpoint: &str, code: Option<FailureCode>) -> Self {
        self.step(StepKind::TlsHandshake, endpoint, code)
    }

    pub(crate) fn login(self, endpoint: &str, code: Option<FailureCode>) -> Self {
        self.step(StepKind::TdsLogin, endpoint, code)
    }

    pub(crate) fn query(self, code: Option<FailureCode>) -> Self {
        self.step(StepKind::SqlQuery, "20.61.99.193:1433", code)
    }

    /// TCP, PRELOGIN and TLS that work.
    pub(crate) fn secured(self, endpoint: &str) -> Self {
        self.tcp(endpoint, None)
            .prelogin(endpoint, None)
            .tls(endpoint, None)
    }

    /// A fact of the last step.
    pub(crate) fn seen(mut self, observation: Observation) -> Self {
        self.see(None, observation);
        self
    }

    /// A fact of an attempt of the last step.
    pub(crate) fn seen_in(mut self, attempt: u32, observation: Observation) -> Self {
        self.see(Some(attempt), observation);
        self
    }

    fn see(&mut self, attempt: Option<u32>, observation: Observation) {
        self.push(EventBody::Observed {
            step: self.last_step,
            attempt,
            observation,
        });
    }

    /// The last step's login reply routes on; what follows belongs to the next hop.
    pub(crate) fn routed_to(mut self, host: &str, port: u16) -> Self {
        self.see(
            None,
            Observation::Routing(HopTarget {
                host: host.into(),
                port,
                raw: None,
                database: None,
            }),
        );
        self.hop += 1;
        self.redirect = None;
        self.start(
            StepKind::TdsRedirect,
            Subject {
                host: Some(host.into()),
                port: Some(port),
                ..Subject::default()
            },
        );
        self.redirect = Some(self.last_step);
        self
    }

    /// The redirect itself ends.
    pub(crate) fn redirect_ends(mut self, code: Option<FailureCode>) -> Self {
        self.last_step = self.redirect.expect("a redirect");
        let state = if code.is_some() {
            StepState::Failed
        } else {
            StepState::Ok
        };
        self.end(state, code);
        self
    }

    /// An ERROR token of the last step.
    pub(crate) fn error(self, number: i32, state: u8, text: &str) -> Self {
        self.seen(error(number, state, text))
    }

    pub(crate) fn finish(self) -> Self {
        self.event(EventBody::RunFinished { cancelled: false })
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn events(&self) -> &[RunEvent] {
        &self.events
    }

    pub(crate) fn judge(&self) -> Judgement {
        let judgement = judge(&self.state);
        check(&judgement, &self.state);
        judgement
    }
}

pub(crate) fn error(number: i32, state: u8, text: &str) -> Observation {
    Observation::ServerError(ServerMessage {
        number,
        state,
        class: 14,
        message: text.into(),
        server: "contoso".into(),
        procedure: String::new(),
        line: 65_536,
    })
}

/// A chain of one certificate, valid from `from_days` to `to_days` around the log's start.
pub(crate) fn chain(name: &str, from_days: i64, to_days: i64, code: FailureCode) -> Observation {
    Observation::TlsChain {
        server_name: "contoso.database.windows.net".into(),
        certificates: vec![Certificate {
            subject: format!("CN={name}"),
            issuer: "CN=Example Issuing CA".into(),
            names: vec![name.into()],
            not_before: epoch() + TimeDelta::days(from_days),
            not_after: epoch() + TimeDelta::days(to_days),
            serial: "01".into(),
            sha256: "ab".repeat(32),
            is_ca: false,
        }],
        verdict: ChainVerdict::Refused {
            code,
            detail: "refused".into(),
        },
        overridden: false,
    }
}

/// What holds of every judgement.
pub(crate) fn check(judgement: &Judgement, state: &State) {
    assert_eq!(judgement.findings.first(), Some(&judgement.verdict));
    for finding in &judgement.findings {
        let code = &finding.code;
        assert!(!finding.evidence.is_empty(), "{code} has no evidence");
        assert!(finding.evidence.is_sorted_by(|a, b| a < b), "{code}");
        let last = state.last_seq().max(1);
        assert!(
            finding.evidence.iter().all(|seq| (1..=last).contains(seq)),
            "{code}"
        );
        assert!(finding.steps.is_sorted_by(|a, b| a < b), "{code}");
        assert!(
            finding.steps.iter().all(|id| state.step(*id).is_some()),
            "{code}"
        );
        assert!(!finding.links.is_empty(), "{code} has no link");
        assert!(
            finding
                .links
                .iter()
                .all(|l| l.url.starts_with("https://learn.microsoft.com/"))
        );
        assert!(!finding.recommendation.is_empty(), "{code} advises nothing");
        for text in finding
            .recommendation
            .iter()
            .chain([&finding.title, &finding.explanation])
        {
            assert!(!text.is_empty(), "{code} has an empty text");
            assert!(!text.contains("  "), "{code}: {text}");
            assert!(!text.contains('!'), "{code}: {text}");
            assert!(text.ends_with(['.', '”', '?']), "{code}: {text}");
            assert!(!text.chars().any(char::is_control), "{code}: {text}");
        }
        let same = judgement
            .findings
            .iter()
            .filter(|other| other.code == finding.code);
        assert_eq!(same.count(), 1, "{code} stands twice");
    }
}

/// Judges, and expects this verdict and outcome. Answers the verdict.
#[track_caller]
pub(crate) fn expect(log: &Log, code: &str, confidence: Confidence, outcome: Outcome) -> Finding {
    let judgement = log.judge();
    let found: Vec<&str> = judgement.findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(judgement.verdict.code, code, "found {found:?}");
    assert_eq!(
        judgement.verdict.confidence, confidence,
        "{}",
        judgement.verdict.title
    );
    assert_eq!(judgement.outcome, outcome);
    judgement.verdict
}

/// Judges, and expects this finding beside the verdict.
#[track_caller]
pub(crate) fn expect_beside(log: &Log, code: &str) -> Finding {
    let judgement = log.judge();
    let found: Vec<&str> = judgement.findings.iter().map(|f| f.code.as_str()).collect();
    let finding = judgement.findings.iter().skip(1).find(|f| f.code == code);
    finding
        .unwrap_or_else(|| panic!("{code} is not beside: {found:?}"))
        .clone()
}

/// Judges, and expects that this is not found.
#[track_caller]
pub(crate) fn expect_no(log: &Log, code: &str) {
    let judgement = log.judge();
    let found = judgement
        .findings
        .iter()
        .any(|finding| finding.code == code);
    assert!(!found, "{code} was found: {:?}", judgement.findings);
}
