//! The events of a shared run as they come, redacted.
//!
//! The log is always read from its first event, so that whoever comes back in the middle meets the pseudonyms
//! that everybody else has; what the reader has already is read and not told. The link is looked at before
//! each page, and whenever the run changes or a link of it is revoked.

use super::open::{Opened, again};
use crate::app::App;
use crate::runs::Waiter;
use crate::store::StoreResult;
use bundle::redact::Redactor;
use model::{EventBody, RunEvent, RunId, RunState};
use std::collections::VecDeque;
use std::sync::Arc;

const PAGE: u32 = 200;

/// What a reader is told next.
#[derive(Debug)]
pub enum Told {
    /// An event.
    Event(Box<RunEvent>),
    /// The link shows no more than this.
    End(RunState),
    /// The link is over.
    Gone,
    /// The portal goes away, or cannot go on: come back.
    ComeBack,
}

/// A reader of a link, between two events.
pub struct Follower {
    app: Arc<App>,
    opened: Opened,
    /// Events up to here are not told.
    after: u64,
    /// How far it has read.
    read: u64,
    page: VecDeque<RunEvent>,
    redactor: Redactor,
    state: RunState,
    changes: Waiter<RunId>,
    over: bool,
}

impl Follower {
    /// Tells what comes after this number.
    #[must_use]
    pub fn new(app: Arc<App>, opened: Opened, after: u64) -> Self {
        Self {
            changes: app.wake.reader(opened.share.run),
            redactor: Redactor::new(opened.share.redact),
            app,
            opened,
            after,
            read: 0,
            page: VecDeque::new(),
            state: RunState::Queued,
            over: false,
        }
    }

    /// What is told next; nothing after its end.
    pub async fn next(&mut self) -> Option<Told> {
        while !self.over {
            if self.app.closing.is_cancelled() {
                return Some(self.end(Told::ComeBack));
            }
            if self.is_expired() {
                return Some(self.end(Told::Gone));
            }
            // Somebody may have revoked the link: a page that waits for a slow reader is not told to its end.
            if !self.changes.is_due()
                && let Some(event) = self.page.pop_front()
            {
                if let Some(event) = self.take(&event) {
                    return Some(Told::Event(Box::new(event)));
                }
                continue;
            }
            match self.look().await {
                Ok(None) => {}
                Ok(Some(told)) => return Some(self.end(told)),
                Err(error) => {
                    let share = &self.opened.share;
                    tracing::error!(run.id = %share.run, share.id = %share.id, error = %error, "a shared stream could not go on");
                    return Some(self.end(Told::ComeBack));
                }
            }
        }
        None
    }

    fn end(&mut self, told: Told) -> Told {
        self.over = true;
        told
    }

    fn is_expired(&self) -> bool {
        self.opened.share.expires_at <= self.app.now()
    }

    /// Redacts the next event; gives it when the reader does not have it.
    fn take(&mut self, event: &RunEvent) -> Option<RunEvent> {
        self.read = event.seq;
        match &event.body {
            EventBody::RunSettled { state, .. } => self.state = *state,
            EventBody::RunClaimed { .. } => self.state = RunState::Running,
            _ => {}
        }
        let redacted = self.redactor.event(event);
        (event.seq > self.after).then_some(redacted)
    }

    /// Looks at the link, then fills the page, or says that it is over, or waits for a change.
    async fn look(&mut self) -> StoreResult<Option<Told>> {
        self.changes.seen();
        let Some(opened) = again(&self.app, &self.opened.share.token_hash).await? else {
            return Ok(Some(Told::Gone));
        };
        self.opened = opened;
        if !self.page.is_empty() {
            return Ok(None);
        }
        let last_seq = self.opened.last_seq;
        if self.read < last_seq {
            let run = self.opened.share.run;
            let mut page = self.app.store.events(run, self.read, PAGE).await?;
            page.retain(|event| event.seq <= last_seq);
            if page.is_empty() {
                return Ok(Some(Told::Gone));
            }
            self.page = page.into();
            return Ok(None);
        }
        if self.opened.share.last_seq.is_some() {
            return Ok(Some(Told::End(self.state)));
        }
        let check = self.app.timing.share_check;
        while !self.is_expired() {
            tokio::select! {
                () = self.changes.changed() => break,
                () = self.app.closing.cancelled() => break,
                () = tokio::time::sleep(check) => {}
            }
        }
        Ok(None)
    }
}
