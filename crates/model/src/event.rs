//! The append-only log of a run.
//!
//! An agent numbers its own events from 1 within its lease and posts them in order; the keeper of the log
//! gives each its `seq` when it stores it. The keeper's own events (created, claimed, settled…) stand in the
//! same log under the same numbering.

use crate::{
    AgentId, Attempt, FailureCode, Interruption, LeaseId, Observation, Outcome, Plan, RunState,
    StepId, StepKind, StepState, Subject,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An event as an agent sends it. Its number is its place: `first_n` of the batch, plus its index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentEvent {
    /// The agent's wall clock.
    pub at: DateTime<Utc>,
    /// Since the run's start, on the agent's monotonic clock.
    pub elapsed_us: u64,
    /// What happened.
    pub body: EventBody,
}

/// One entry of a run's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunEvent {
    /// From 1, without gaps.
    pub seq: u64,
    /// The wall clock of whoever made the event: the agent, or the portal for its own.
    pub at: DateTime<Utc>,
    /// Since the run's start, on the agent's monotonic clock; absent on the portal's own events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed_us: Option<u64>,
    /// What happened.
    pub body: EventBody,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EventBody {
    /// Event 1 of every log. Portal.
    RunCreated {
        /// What is to be done.
        plan: Box<Plan>,
        /// Where from.
        agent: AgentId,
        /// That agent's name.
        agent_name: String,
    },
    /// An agent holds the run now. Portal.
    RunClaimed {
        /// The claim.
        lease: LeaseId,
    },
    /// Probing begins. The agent's first event.
    RunStarted {
        /// Version of the agent.
        agent_version: String,
        /// The agent's wall clock is ahead of the portal's by so much, and the times of its events are the portal's.
        /// Absent when the two are near enough.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clock_ahead_ms: Option<i64>,
    },
    /// A step begins.
    StepStarted {
        /// Its id.
        step: StepId,
        /// The step it is part of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<StepId>,
        /// What is being done.
        step_kind: StepKind,
        /// Redirects followed before it.
        hop: u32,
        /// To what.
        subject: Subject,
    },
    /// One try of a step ended.
    AttemptFinished {
        /// The step.
        step: StepId,
        /// The try.
        attempt: Attempt,
    },
    /// A step saw a fact.
    Observed {
        /// The step.
        step: StepId,
        /// The try that saw it, when it belongs to one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<u32>,
        /// The fact.
        observation: Observation,
    },
    /// A step ended, or was not tried.
    StepFinished {
        /// The step.
        step: StepId,
        /// `ok`, `failed` or `skipped`.
        state: StepState,
        /// Why it failed or was skipped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<FailureCode>,
        /// The operating system's or the peer's words about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
        /// How long it took.
        elapsed_us: u64,
    },
    /// A person asked for the end. Portal.
    CancelRequested,
    /// The log reached its cap; what follows is not kept.
    LogTruncated {
        /// How many events are kept.
        kept: u64,
    },
    /// Probing is over. The agent's last event.
    RunFinished {
        /// Ended by cancel.
        cancelled: bool,
    },
    /// The agent came back as a new process and gives up the run. The agent's last event.
    AgentRestarted,
    /// The agent took objects away after the run. Portal, in the agent's words; for a run with no portal, whoever keeps
    /// its log.
    CleaningReported {
        /// Numbers of the objects that were read back as gone.
        gone: Vec<u32>,
        /// What is left is not tried again.
        given_up: bool,
    },
    /// The run settled, or settled anew after late batches. Portal.
    RunSettled {
        /// `completed`, `cancelled` or `interrupted`.
        state: RunState,
        /// In one word.
        outcome: Outcome,
        /// Why it was interrupted, when it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        interruption: Option<Interruption>,
    },
    /// A kind this reader does not know, kept raw.
    #[serde(untagged)]
    Unknown(serde_json::Value),
}

impl EventBody {
    /// Whether this is an agent's last word on a run.
    #[must_use]
    pub fn is_last(&self) -> bool {
        matches!(self, Self::RunFinished { .. } | Self::AgentRestarted)
    }

    /// The step it belongs to.
    #[must_use]
    pub fn step(&self) -> Option<StepId> {
        match self {
            Self::StepStarted { step, .. }
            | Self::AttemptFinished { step, .. }
            | Self::Observed { step, .. }
            | Self::StepFinished { step, .. } => Some(*step),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EventBody, RunEvent};

    #[test]
    fn an_unknown_kind_is_kept_raw_and_written_back_unchanged() {
        let text = r#"{"seq":7,"at":"2026-11-20T12:11:24.271Z","elapsed_us":5,"body":{"kind":"aurora_seen","colour":"green"}}"#;
        let event: RunEvent = serde_json::from_str(text).expect("reads");
        assert!(matches!(event.body, EventBody::Unknown(_)));
        let back: serde_json::Value = serde_json::to_value(&event).expect("writes");
        assert_eq!(back["body"]["kind"], "aurora_seen");
        assert_eq!(back["body"]["colour"], "green");
    }

    #[test]
    fn a_known_kind_reads_back() {
        let text = r#"{"seq":2,"at":"2026-11-20T12:11:24Z","elapsed_us":9,"body":{"kind":"step_started","step":1,"step_kind":"tcp_connect","hop":0,"subject":{"endpoint":"127.0.0.1:1433"}}}"#;
        let event: RunEvent = serde_json::from_str(text).expect("reads");
        assert!(matches!(event.body, EventBody::StepStarted { .. }));
        let again: RunEvent =
            serde_json::from_str(&serde_json::to_string(&event).expect("writes")).expect("reads");
        assert_eq!(again, event);
    }
}
