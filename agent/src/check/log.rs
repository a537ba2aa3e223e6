//! A run's log in memory, folded as it grows: one that is kept here, or one that is followed.

use chrono::{DateTime, Utc};
use model::{AgentId, Artifact, EventBody, Interruption, Outcome, RunEvent, RunState, RunView};
use rules::State;
use std::io::Read;

/// A log is not kept beyond this; the same caps as a portal's.
const MOST_EVENTS: u64 = 50_000;
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// How and when it settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Settled {
    at: DateTime<Utc>,
    state: RunState,
    outcome: Outcome,
    interruption: Option<Interruption>,
}

/// The events so far, and what they come to.
#[derive(Clone, Debug, Default)]
pub struct RunLog {
    events: Vec<RunEvent>,
    state: State,
    settled: Option<Settled>,
    cancelling: bool,
    bytes: u64,
    truncated: bool,
    beside: Vec<(Artifact, Vec<u8>)>,
}

impl bundle::Log for RunLog {
    fn each(
        &self,
        visit: &mut dyn FnMut(&RunEvent) -> Result<(), bundle::Error>,
    ) -> Result<(), bundle::Error> {
        self.events.iter().try_for_each(visit)
    }

    fn artifact(&self, artifact: &Artifact) -> Result<Box<dyn Read + '_>, bundle::Error> {
        let mut all = self.beside.iter();
        let found = all.find(|(of, _)| of == artifact);
        let missing = || bundle::Error::Log("no such file".into());
        let (_, bytes) = found.ok_or_else(missing)?;
        Ok(Box::new(bytes.as_slice()))
    }
}

impl RunLog {
    /// The events, from number 1.
    #[must_use]
    pub fn events(&self) -> &[RunEvent] {
        &self.events
    }

    /// Their fold.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// In one word, once it settled.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.settled.map(|settled| settled.outcome)
    }

    /// Puts the run's files beside it.
    pub fn put_beside(&mut self, files: Vec<(Artifact, Vec<u8>)>) {
        self.beside = files;
    }

    /// Takes an event that another keeper numbered. One that is here already changes nothing.
    pub fn take(&mut self, event: RunEvent) {
        if event.seq <= self.state.last_seq() {
            return;
        }
        self.state.apply(&event);
        match &event.body {
            EventBody::CancelRequested => self.cancelling = true,
            EventBody::RunSettled {
                state,
                outcome,
                interruption,
            } => {
                self.settled = Some(Settled {
                    at: event.at,
                    state: *state,
                    outcome: *outcome,
                    interruption: *interruption,
                });
            }
            // An agent that was lost came back.
            _ if event.elapsed_us.is_some() => self.settled = None,
            _ => {}
        }
        self.events.push(event);
    }

    /// Keeps an event under the next number. Beyond the caps only the last word is kept, after one event that
    /// says so. Answers whether there is news.
    pub(super) fn append(
        &mut self,
        at: DateTime<Utc>,
        elapsed_us: Option<u64>,
        body: EventBody,
    ) -> bool {
        let kept = self.events.len() as u64;
        let last = body.is_last();
        if self.truncated && !last {
            return false;
        }
        self.bytes += serde_json::to_vec(&body).map_or(0, |text| text.len() as u64);
        let full = kept >= MOST_EVENTS || self.bytes > MOST_BYTES;
        let body = if full && !last {
            self.truncated = true;
            EventBody::LogTruncated { kept }
        } else {
            body
        };
        self.take(RunEvent {
            seq: kept + 1,
            at,
            elapsed_us,
            body,
        });
        true
    }

    /// Says how the run ended: the log's last event.
    pub(super) fn settle(
        &mut self,
        at: DateTime<Utc>,
        state: RunState,
        interruption: Option<Interruption>,
    ) {
        let outcome = rules::settle(&self.state, state, interruption).outcome;
        self.take(RunEvent {
            seq: self.events.len() as u64 + 1,
            at,
            elapsed_us: None,
            body: EventBody::RunSettled {
                state,
                outcome,
                interruption,
            },
        });
    }

    /// The run as its readers see it; `None` before its first event.
    #[must_use]
    pub fn view(&self) -> Option<RunView> {
        let first = self.events.first()?;
        let EventBody::RunCreated {
            plan,
            agent,
            agent_name,
        } = &first.body
        else {
            return None;
        };
        let settled = self.settled;
        let started_at = self.started_at();
        let findings = rules::judge(&self.state).findings;
        Some(RunView {
            id: plan.run,
            group: None,
            state: settled.map_or_else(
                || match started_at {
                    Some(_) => RunState::Running,
                    None => RunState::Queued,
                },
                |settled| settled.state,
            ),
            interruption: settled.and_then(|settled| settled.interruption),
            outcome: settled.map(|settled| settled.outcome),
            cancelling: self.cancelling && settled.is_none(),
            cleaning: self.state.is_cleaning(),
            target: plan.target.clone(),
            login: plan.login.clone(),
            options: plan.options.clone(),
            agent: AgentId(agent.0),
            agent_name: agent_name.clone(),
            created_at: first.at,
            started_at,
            settled_at: settled.map(|settled| settled.at),
            last_seq: self.state.last_seq(),
            steps: self.state.steps().to_vec(),
            verdict: findings.first().filter(|_| settled.is_some()).cloned(),
            findings,
            rules_version: rules::RULES_VERSION,
            artifacts: self.beside.iter().map(|(one, _)| one.clone()).collect(),
        })
    }

    /// When an agent began: a portal says so, else the agent itself.
    fn started_at(&self) -> Option<DateTime<Utc>> {
        let begun = |event: &&RunEvent| {
            matches!(
                event.body,
                EventBody::RunClaimed { .. } | EventBody::RunStarted { .. }
            )
        };
        self.events.iter().find(begun).map(|event| event.at)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_EVENTS, RunLog};
    use chrono::Utc;
    use model::{AgentId, EventBody, Options, Outcome, Plan, PlanLogin, RunId, RunState, Target};
    use uuid::Uuid;

    fn created() -> EventBody {
        EventBody::RunCreated {
            plan: Box::new(Plan {
                run: RunId(Uuid::nil()),
                target: Target {
                    server: "tcp:db.example.net,1433".to_owned(),
                    host: "db.example.net".to_owned(),
                    port: Some(1433),
                    instance: None,
                    database: "master".to_owned(),
                    kind: "sql_server".to_owned(),
                },
                login: PlanLogin::None,
                options: Options::default(),
            }),
            agent: AgentId(Uuid::nil()),
            agent_name: "here".to_owned(),
        }
    }

    #[test]
    fn a_log_counts_from_one_without_gaps_and_always_ends_with_a_verdict() {
        let mut log = RunLog::default();
        assert!(log.view().is_none());
        log.append(Utc::now(), None, created());
        assert_eq!(log.view().expect("a run").state, RunState::Queued);
        let started = EventBody::RunStarted {
            agent_version: "1".to_owned(),
            clock_ahead_ms: None,
        };
        log.append(Utc::now(), Some(1), started);
        let running = log.view().expect("a run");
        assert_eq!((running.state, running.verdict), (RunState::Running, None));
        log.append(Utc::now(), None, EventBody::CancelRequested);
        log.append(
            Utc::now(),
            Some(2),
            EventBody::RunFinished { cancelled: true },
        );
        log.settle(Utc::now(), RunState::Cancelled, None);
        let run = log.view().expect("a run");
        assert_eq!(run.outcome, Some(Outcome::Cancelled));
        assert_eq!(run.verdict.expect("a verdict").code, "cancelled");
        assert!(!run.cancelling && run.last_seq == 5);
        assert!(
            log.events()
                .iter()
                .zip(1..)
                .all(|(event, seq)| event.seq == seq)
        );
    }

    #[test]
    fn a_log_without_end_is_cut_and_still_has_its_last_word() {
        let mut log = RunLog::default();
        log.append(Utc::now(), None, created());
        for n in 0..MOST_EVENTS + 10 {
            log.append(Utc::now(), Some(n), EventBody::CancelRequested);
        }
        log.append(
            Utc::now(),
            Some(9),
            EventBody::RunFinished { cancelled: false },
        );
        log.settle(Utc::now(), RunState::Completed, None);
        let bodies: Vec<_> = log
            .events()
            .iter()
            .rev()
            .take(3)
            .map(|event| &event.body)
            .collect();
        assert!(matches!(bodies[0], EventBody::RunSettled { .. }));
        assert!(bodies[1].is_last());
        assert_eq!(*bodies[2], EventBody::LogTruncated { kept: MOST_EVENTS });
    }
}
