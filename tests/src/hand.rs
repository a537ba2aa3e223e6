//! An agent played by hand: claims a run and posts events that the test made up.

use crate::eventually;
use chrono::{DateTime, Utc};
use client::{AgentPortal, Error};
use model::agent_api::{Claim, EventAck, EventBatch, Heartbeat, Poll};
use model::{
    AgentEvent, AgentId, Attempt, EventBody, FailureCode, RunEvent, StepId, StepKind, StepState,
    Subject,
};
use std::time::Duration;

/// Longest wait for a claim.
const PATIENCE: Duration = Duration::from_secs(30);

/// Events of one made-up step: its start, eight attempts, its end.
const STEP: u64 = 10;

/// An agent played by hand.
pub struct Hand {
    /// Who it is.
    pub id: AgentId,
    portal: AgentPortal,
}

impl Hand {
    /// At the portal's address, with the token that it was admitted under.
    ///
    /// # Panics
    /// When either cannot be used.
    #[must_use]
    pub fn new(url: &str, id: AgentId, token: &str) -> Self {
        Self {
            id,
            portal: AgentPortal::new(url, token).expect("an address and a token"),
        }
    }

    /// Polls until it is given a run.
    ///
    /// # Panics
    /// When there is none.
    pub async fn claim(&self) -> Claim {
        let poll = Poll {
            version: "by hand".to_owned(),
            free: 1,
            known: Vec::new(),
            cancelled: Vec::new(),
        };
        eventually("a claim", PATIENCE, async || {
            let reply = self.portal.poll(&poll, PATIENCE).await.ok()?;
            reply.claims.into_iter().next()
        })
        .await
    }

    /// Renews the lease of a claim.
    ///
    /// # Errors
    /// The portal's.
    pub async fn renew(&self, claim: &Claim) -> Result<(), Error> {
        let heartbeat = Heartbeat {
            version: "by hand".to_owned(),
            leases: vec![claim.lease],
        };
        self.portal.heartbeat(&heartbeat).await.map(drop)
    }

    /// Posts events of a claim, the first being number `first_n`.
    ///
    /// # Errors
    /// The portal's.
    pub async fn post(
        &self,
        claim: &Claim,
        first_n: u64,
        events: &[AgentEvent],
    ) -> Result<EventAck, Error> {
        let batch = EventBatch {
            lease: claim.lease,
            first_n,
            events: events.to_vec(),
        };
        self.portal.events(claim.run, &batch).await
    }
}

/// The log of a made-up run with so many events: connects that all time out.
#[must_use]
pub fn made_up(count: u64) -> Vec<AgentEvent> {
    let mut bodies = vec![EventBody::RunStarted {
        agent_version: "by hand".to_owned(),
        clock_ahead_ms: None,
    }];
    bodies.extend((0..count.saturating_sub(2)).map(body));
    bodies.push(EventBody::RunFinished { cancelled: false });
    bodies
        .into_iter()
        .zip(0..)
        .map(|(body, number)| AgentEvent {
            at: start() + chrono::Duration::microseconds(number * 100),
            elapsed_us: number.unsigned_abs() * 100,
            body,
        })
        .collect()
}

/// A fixed moment, so that two made-up logs are the same.
fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).unwrap_or_default()
}

/// Event `index` of the steps: each is started, tried eight times and finished.
fn body(index: u64) -> EventBody {
    let step = StepId(u32::try_from(index / STEP).unwrap_or(u32::MAX - 1) + 1);
    let place = index % STEP;
    match place {
        0 => EventBody::StepStarted {
            step,
            parent: None,
            step_kind: StepKind::TcpConnect,
            hop: 0,
            subject: Subject {
                endpoint: Some(format!("192.0.2.{}:1433", step.0 % 250)),
                ..Subject::default()
            },
        },
        9 => EventBody::StepFinished {
            step,
            state: StepState::Failed,
            code: Some(FailureCode::TcpTimeout),
            detail: None,
            elapsed_us: 5_000_000,
        },
        number => EventBody::AttemptFinished {
            step,
            attempt: Attempt {
                number: u32::try_from(number).unwrap_or_default(),
                started_us: index * 100,
                elapsed_us: 5_000_000,
                code: Some(FailureCode::TcpTimeout),
                local: None,
                detail: None,
            },
        },
    }
}

/// Asserts that a log's numbers have no gap, and that its agent's events are exactly these, in this order.
///
/// # Panics
/// When something was lost, doubled, changed or moved.
pub fn assert_holds(log: &[RunEvent], posted: &[AgentEvent]) {
    assert_contiguous(log);
    let kept: Vec<&RunEvent> = log
        .iter()
        .filter(|event| event.elapsed_us.is_some())
        .collect();
    assert_eq!(kept.len(), posted.len(), "events of the agent");
    for (kept, posted) in kept.iter().zip(posted) {
        assert_eq!(kept.body, posted.body, "seq {}", kept.seq);
        assert_eq!(kept.elapsed_us, Some(posted.elapsed_us), "seq {}", kept.seq);
    }
}

/// Asserts that a log counts from 1 without gaps.
///
/// # Panics
/// When it does not.
pub fn assert_contiguous(log: &[RunEvent]) {
    for (event, wanted) in log.iter().zip(1..) {
        assert_eq!(event.seq, wanted, "seq has a gap or a repetition");
    }
}

#[cfg(test)]
mod tests {
    use super::made_up;
    use model::EventBody;

    #[test]
    fn a_made_up_log_has_its_length_and_its_ends() {
        for count in [2, 3, 12, 500] {
            let log = made_up(count);
            assert_eq!(log.len() as u64, count);
            assert!(matches!(log[0].body, EventBody::RunStarted { .. }));
            assert!(log.last().is_some_and(|event| event.body.is_last()));
        }
    }
}
