//! Where the probe's events go: scrubbed, then towards the keeper of the log (a disk, or memory). Never waits.

use crate::scrub::Scrubber;
use crate::skew::Skew;
use model::{AgentEvent, EventBody};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc;

/// Events on their way, at most. A keeper that falls this far behind truncates the log.
pub(crate) const BACKLOG: usize = 16_384;

/// Secrets of one run, at most: its own, and what a token service gives.
const MOST_SECRETS: usize = 8;

/// One run's sink.
pub(crate) struct RunSink {
    queue: mpsc::Sender<AgentEvent>,
    skew: Skew,
    /// One for each secret; a run that gets an access token has a second.
    scrubbers: Mutex<Vec<Scrubber>>,
    taken: AtomicU64,
    overflowed: AtomicBool,
    complete: AtomicBool,
}

impl RunSink {
    pub(crate) fn new(queue: mpsc::Sender<AgentEvent>, skew: Skew, secret: Option<&str>) -> Self {
        Self {
            queue,
            skew,
            scrubbers: Mutex::new(secret.and_then(Scrubber::new).into_iter().collect()),
            taken: AtomicU64::new(0),
            overflowed: AtomicBool::new(false),
            complete: AtomicBool::new(false),
        }
    }

    fn put(&self, event: AgentEvent) {
        if self.overflowed.load(Ordering::Relaxed) {
            return;
        }
        let last = event.body.is_last();
        match self.queue.try_send(self.skew.tell(event)) {
            Ok(()) => {
                self.taken.fetch_add(1, Ordering::Relaxed);
                self.complete.fetch_or(last, Ordering::Relaxed);
            }
            Err(_) => self.overflowed.store(true, Ordering::Relaxed),
        }
    }

    /// The probe is over. Should it have ended without a last word, or events have been dropped, `last` makes
    /// the events that say so, and they are waited for.
    pub(crate) async fn end(&self, last: impl Fn(EventBody) -> AgentEvent, cancelled: bool) {
        if self.overflowed.load(Ordering::Relaxed) {
            let kept = self.taken.load(Ordering::Relaxed);
            // A closed queue means that the keeper failed, which is told elsewhere.
            let _ = self
                .queue
                .send(self.skew.tell(last(EventBody::LogTruncated { kept })))
                .await;
        }
        if !self.complete.swap(true, Ordering::Relaxed) {
            let _ = self
                .queue
                .send(self.skew.tell(last(EventBody::RunFinished { cancelled })))
                .await;
        }
    }
}

impl probe::Sink for RunSink {
    fn emit(&self, event: AgentEvent) {
        let mut scrubbers = self
            .scrubbers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let events = scrubbers.iter_mut().fold(vec![event], |events, scrubber| {
            events
                .into_iter()
                .flat_map(|event| scrubber.scrub(event).collect::<Vec<_>>())
                .collect()
        });
        for event in events {
            self.put(event);
        }
    }

    fn hide(&self, secret: &str) {
        let mut scrubbers = self
            .scrubbers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if scrubbers.len() < MOST_SECRETS {
            scrubbers.extend(Scrubber::new(secret));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RunSink;
    use crate::skew::Skew;
    use chrono::Utc;
    use model::{AgentEvent, EventBody};
    use probe::Sink as _;
    use tokio::sync::mpsc;

    fn event(body: EventBody) -> AgentEvent {
        AgentEvent {
            at: Utc::now(),
            elapsed_us: 1,
            body,
        }
    }

    #[tokio::test]
    async fn what_does_not_fit_is_told_of_and_the_last_word_comes_through() {
        let (queue, mut events) = mpsc::channel(2);
        let sink = RunSink::new(queue, Skew::default(), None);
        for _ in 0..3 {
            sink.emit(event(EventBody::CancelRequested));
        }
        sink.emit(event(EventBody::RunFinished { cancelled: false }));
        let read = async {
            let mut bodies = Vec::new();
            while bodies.len() < 4 {
                bodies.push(events.recv().await.expect("an event").body);
            }
            bodies
        };
        let ((), bodies) = tokio::join!(sink.end(event, false), read);
        assert_eq!(bodies[2], EventBody::LogTruncated { kept: 2 });
        assert_eq!(bodies[3], EventBody::RunFinished { cancelled: false });
        drop(sink);
        assert!(events.recv().await.is_none());
    }

    #[tokio::test]
    async fn what_is_hidden_later_is_scrubbed_from_then_on() {
        let (queue, mut events) = mpsc::channel(8);
        let sink = RunSink::new(queue, Skew::default(), Some("Passw0rd-42"));
        sink.hide("token-from-a-service");
        sink.emit(event(EventBody::StepFinished {
            step: model::StepId(1),
            state: model::StepState::Failed,
            code: None,
            detail: Some("token-from-a-service, Passw0rd-42".to_owned()),
            elapsed_us: 1,
        }));
        drop(sink);
        let mut told = String::new();
        while let Some(event) = events.recv().await {
            told.push_str(&serde_json::to_string(&event).expect("written"));
        }
        assert!(told.contains("[secret], [secret]"), "{told}");
        assert!(
            !told.contains("token-from") && !told.contains("Passw0rd"),
            "{told}"
        );
    }

    #[tokio::test]
    async fn a_probe_that_said_its_last_word_needs_no_other() {
        let (queue, mut events) = mpsc::channel(8);
        let sink = RunSink::new(queue, Skew::default(), None);
        sink.emit(event(EventBody::RunFinished { cancelled: true }));
        sink.end(event, false).await;
        drop(sink);
        let last = events.recv().await.expect("an event").body;
        assert_eq!(last, EventBody::RunFinished { cancelled: true });
        assert!(events.recv().await.is_none());
    }
}
