//! One write: begun, cut at its moment, and settled over a new connection.
//!
//! ```text
//! tracked: ask ──known──▶ done already
//!           └──not there──▶ write, commit ──2627──▶ done already, by the first attempt after all
//! blind:   write, commit, whatever happened before
//! ```

use super::statements::COMMIT;
use super::{Drill, WAITS};
use crate::lasting::held_connection::HeldConnection;
use model::lasting::CutMoment;
use std::time::Duration;
use tokio::time::{sleep, timeout_at};
use uuid::Uuid;

/// Error: the unique key has that value.
const DUPLICATE: i32 = 2627;
/// Before a write is settled again.
const AGAIN: Duration = Duration::from_millis(50);

/// One write.
pub(super) struct Operation {
    pub(super) number: u32,
    /// Made before the first attempt; none without the tracker.
    pub(super) id: Option<Uuid>,
}

/// How a write was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    Known,
    Reissued,
    RefusedByKey,
    /// Given up.
    Open,
}

impl<'a> Drill<'a> {
    /// Begins it, cuts it, settles it; the connection that it was settled over is for the next.
    pub(super) async fn do_once(
        &self,
        operation: &Operation,
        moment: CutMoment,
        held: Option<HeldConnection<'a>>,
    ) -> (Settled, Option<HeldConnection<'a>>) {
        let session = match held {
            Some(session) => Some(session),
            None => self.connect().await.ok(),
        };
        if let Some(session) = session {
            self.begin_and_cut(operation, moment, session).await;
        }
        let mut held = None;
        for wait in [AGAIN].into_iter().chain(WAITS) {
            if let Some(settled) = self.settle(operation, &mut held).await {
                return (settled, held);
            }
            if let Some(session) = held.take() {
                session.cut().await;
            }
            sleep(wait).await;
        }
        (Settled::Open, held)
    }

    fn write(&self, operation: &Operation) -> String {
        match operation.id {
            Some(id) => self.tables.write_tracked(operation.number, id),
            None => self.tables.write_blind(operation.number),
        }
    }

    /// What goes wrong here is one more write of unknown outcome. After bytes were handed over the end is FIN, so that
    /// they arrive; else it is RST.
    async fn begin_and_cut(
        &self,
        operation: &Operation,
        moment: CutMoment,
        mut session: HeldConnection<'a>,
    ) {
        let write = self.write(operation);
        match moment {
            CutMoment::BeforeSend => return session.cut().await,
            CutMoment::AfterSend => {
                let _ = session.send(&write, self.deadline()).await;
                return session.close().await;
            }
            CutMoment::BeforeCommit | CutMoment::AfterCommit | CutMoment::ReplyLost => {}
        }
        let written = session.ask(&write, self.deadline()).await.is_ok();
        if !written || moment == CutMoment::BeforeCommit {
            return session.cut().await;
        }
        let _ = session.send(COMMIT, self.deadline()).await;
        if moment == CutMoment::AfterCommit {
            return session.close().await;
        }
        // It has come when there is something to read, and nobody reads it.
        let _ = timeout_at(self.deadline(), session.stirs()).await;
        session.cut().await;
    }

    /// One try; none when its outcome is unknown, too.
    async fn settle(
        &self,
        operation: &Operation,
        held: &mut Option<HeldConnection<'a>>,
    ) -> Option<Settled> {
        let mut session = self.open().await.ok()?;
        if let Some(id) = operation.id {
            let asked = session.ask(&self.tables.ask(id), self.deadline()).await;
            let Ok(reply) = asked else {
                session.cut().await;
                return None;
            };
            if reply.rows().next().is_some() {
                *held = Some(session);
                return Some(Settled::Known);
            }
        }
        let reply = session.query(&self.write(operation), self.deadline()).await;
        let numbers: Vec<i32> = match &reply {
            Ok(reply) => reply.errors().map(|error| error.number).collect(),
            Err(_) => Vec::new(),
        };
        let written = reply.is_ok() && numbers.is_empty();
        if written && session.ask(COMMIT, self.deadline()).await.is_ok() {
            *held = Some(session);
            return Some(Settled::Reissued);
        }
        if operation.id.is_some() && numbers.contains(&DUPLICATE) {
            *held = Some(session);
            return Some(Settled::RefusedByKey);
        }
        session.cut().await;
        None
    }
}
