//! A run as it was when its log ended at some number: what a share link shows, whatever came after.

use crate::store::{RunRow, Store, StoreResult};
use chrono::{DateTime, Utc};
use model::{EventBody, Interruption, Outcome, RunEvent, RunState, RunView};

const PAGE: u32 = 500;

/// Where the run was in its life, read from its log alone.
struct Life {
    state: RunState,
    interruption: Option<Interruption>,
    outcome: Option<Outcome>,
    cancelling: bool,
    claimed: bool,
    settled_at: Option<DateTime<Utc>>,
}

impl Life {
    const NEW: Self = Self {
        state: RunState::Queued,
        interruption: None,
        outcome: None,
        cancelling: false,
        claimed: false,
        settled_at: None,
    };

    fn see(&mut self, event: &RunEvent) {
        match &event.body {
            EventBody::RunClaimed { .. } => {
                self.claimed = true;
                self.runs();
            }
            EventBody::CancelRequested => self.cancelling = true,
            EventBody::RunSettled {
                state,
                outcome,
                interruption,
            } => {
                self.state = *state;
                self.outcome = Some(*outcome);
                self.interruption = *interruption;
                self.cancelling = false;
                self.settled_at = Some(event.at);
            }
            // Late batches make an interrupted run run again.
            _ if event.elapsed_us.is_some() && self.state == RunState::Interrupted => self.runs(),
            _ => {}
        }
    }

    fn runs(&mut self) {
        self.state = RunState::Running;
        self.outcome = None;
        self.interruption = None;
        self.settled_at = None;
    }
}

/// The run as of its event `last_seq`; `each` is shown every event up to it, in order.
///
/// # Errors
/// The store's.
pub(crate) async fn as_of(
    store: &dyn Store,
    row: &RunRow,
    last_seq: u64,
    mut each: impl FnMut(&RunEvent) + Send,
) -> StoreResult<RunView> {
    let mut state = rules::State::default();
    let mut life = Life::NEW;
    let mut read = 0;
    while read < last_seq {
        let page = store.events(row.id(), read, PAGE).await?;
        let Some(last) = page.last() else { break };
        let until = last.seq;
        for event in page.iter().filter(|event| event.seq <= last_seq) {
            read = event.seq;
            state.apply(event);
            life.see(event);
            each(event);
        }
        if until > last_seq {
            break;
        }
    }
    Ok(RunView {
        artifacts: store.artifacts(row.id()).await?,
        ..view(row, &state, &life, read)
    })
}

fn view(row: &RunRow, state: &rules::State, life: &Life, last_seq: u64) -> RunView {
    // What was found when it settled stays, whatever newer rules would find.
    let kept = row.state.is_settled() && row.last_seq == last_seq;
    let (findings, rules_version) = if kept {
        (row.findings.clone(), row.rules_version)
    } else {
        (rules::judge(state).findings, rules::RULES_VERSION)
    };
    RunView {
        id: row.id(),
        group: row.group,
        state: life.state,
        interruption: life.interruption,
        outcome: life.outcome,
        cancelling: life.cancelling && life.state == RunState::Running,
        cleaning: state.is_cleaning(),
        target: row.plan.target.clone(),
        login: row.plan.login.clone(),
        options: row.plan.options.clone(),
        agent: row.agent,
        agent_name: row.agent_name.clone(),
        created_at: row.created_at,
        started_at: row.started_at.filter(|_| life.claimed),
        settled_at: life.settled_at,
        last_seq,
        steps: state.steps().to_vec(),
        verdict: findings
            .first()
            .filter(|_| life.state.is_settled())
            .cloned(),
        findings,
        rules_version,
        artifacts: Vec::new(),
    }
}
