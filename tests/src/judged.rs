//! A run made by the engine and judged by the rules in this very process: a plan goes in, a verdict comes out.

use model::{
    AgentEvent, AgentId, Confidence, EventBody, Finding, Options, Plan, PlanLogin, RunEvent, RunId,
    Target,
};
use probe::{Context, Secret, Secrets};
use rules::{Judgement, State};
use std::sync::Mutex;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A run that ended, and what the rules say of it.
pub struct Judged {
    /// What they say at the end.
    pub judgement: Judgement,
    /// Every event.
    pub log: Vec<RunEvent>,
    /// The verdict's code after each event.
    pub verdicts: Vec<String>,
}

impl Judged {
    /// A finding by its code, the verdict included.
    #[must_use]
    pub fn finding(&self, code: &str) -> Option<&Finding> {
        self.judgement.findings.iter().find(|one| one.code == code)
    }

    /// Codes of all that was found, the verdict first.
    #[must_use]
    pub fn codes(&self) -> Vec<&str> {
        let found = self.judgement.findings.iter();
        found.map(|one| one.code.as_str()).collect()
    }

    /// Codes of all that is called proven.
    #[must_use]
    pub fn proven(&self) -> Vec<&str> {
        let found = self.judgement.findings.iter();
        found
            .filter(|one| one.confidence == Confidence::Proven)
            .map(|one| one.code.as_str())
            .collect()
    }

    /// From the start of the run until the verdict was the last one, and stayed so.
    #[must_use]
    pub fn verdict_after(&self) -> Duration {
        let last = &self.judgement.verdict.code;
        let early = self.verdicts.iter().rposition(|one| one != last);
        let first = early.map_or(0, |place| place + 1);
        time_of(self.log.get(first))
    }

    /// From the start of the run to its end.
    #[must_use]
    pub fn lasted(&self) -> Duration {
        time_of(self.log.last())
    }
}

fn time_of(event: Option<&RunEvent>) -> Duration {
    Duration::from_micros(event.and_then(|event| event.elapsed_us).unwrap_or(0))
}

/// Numbers an agent's events as the keeper of a log does, and folds them.
struct Keeper(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    state: State,
    log: Vec<RunEvent>,
    verdicts: Vec<String>,
}

impl Keeper {
    fn of(plan: &Plan) -> Self {
        let keeper = Self(Mutex::default());
        let created = EventBody::RunCreated {
            plan: Box::new(plan.clone()),
            agent: AgentId(Uuid::new_v4()),
            agent_name: "built-in".to_owned(),
        };
        keeper.keep(None, created);
        keeper
    }

    fn keep(&self, elapsed_us: Option<u64>, body: EventBody) {
        let mut kept = self.0.lock().expect("not poisoned");
        let event = RunEvent {
            seq: kept.log.len() as u64 + 1,
            at: chrono::Utc::now(),
            elapsed_us,
            body,
        };
        kept.state.apply(&event);
        kept.log.push(event);
        let verdict = rules::judge(&kept.state).verdict.code;
        kept.verdicts.push(verdict);
    }
}

impl probe::Sink for Keeper {
    fn emit(&self, event: AgentEvent) {
        self.keep(Some(event.elapsed_us), event.body);
    }
}

/// Makes a run and judges it.
///
/// # Panics
/// When the engine does.
pub async fn make(plan: &Plan, secret: impl Into<Secrets>, context: &Context) -> Judged {
    let keeper = Keeper::of(plan);
    probe::run(plan, secret, context, &keeper, CancellationToken::new()).await;
    let kept = keeper.0.into_inner().expect("not poisoned");
    Judged {
        judgement: rules::judge(&kept.state),
        log: kept.log,
        verdicts: kept.verdicts,
    }
}

/// The plan for a server string; with the lab's own user, or without a login.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn plan(server: &str, options: Options, login: bool) -> Plan {
    let parsed = target::parse(server).expect("a server string");
    Plan {
        run: RunId(Uuid::new_v4()),
        target: Target {
            server: parsed.server,
            host: parsed.host,
            port: parsed.port,
            instance: parsed.instance,
            database: "master".to_owned(),
            kind: parsed.kind.as_str().to_owned(),
        },
        login: if login {
            PlanLogin::Sql {
                user: lab::USER.to_owned(),
            }
        } else {
            PlanLogin::None
        },
        options,
    }
}

/// The lab's password, for a plan that brings a secret.
#[must_use]
pub fn secret(plan: &Plan) -> Option<Secret> {
    let brings = plan.login.sealed_for().is_some();
    brings.then(|| Secret::new(lab::PASSWORD.to_owned()))
}
