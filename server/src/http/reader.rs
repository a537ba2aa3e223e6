//! A reader of one run's log, or of several at once, as server-sent events.
//!
//! ```text
//!            events after the cursors?
//!      ┌──────── yes ──▶ send a page of one run, as fast as the reader takes it; then the next run's turn ──┐
//!   ──▶│                                                                                                    │
//!      │◀───────────────────────────────────────────────────────────────────────────────────────────────────┘
//!      ├── no, and every run is settled ──▶ `end`, close
//!      ├── no, and the portal goes away ──▶ `retry:`, close
//!      └── no ──▶ wait for a change of any of them
//! ```
//!
//! There is no queue: the only state of a reader are its cursors, and all it reads comes from the store. A slow
//! reader costs one page of events, and misses nothing. Runs take turns page by page, so a long log does not keep
//! a short one waiting.

use super::Shared;
use crate::metrics::OpenStream;
use crate::runs::Waiter;
use crate::store::{StoreResult, Tail};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::future::select_all;
use futures::stream::{self, Stream};
use model::{RunEvent, RunId};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

/// Events that a reader holds at most; with what a connection buffers, that is what one costs.
const PAGE: usize = 64;

/// How a stream writes what it reads.
pub(super) trait Voice: Send + 'static {
    /// An event of a run; `read` says how far each run has now been read, in their order.
    fn event(&self, run: RunId, event: RunEvent, read: &[u64]) -> Event;
    /// All is told; where each run's log ends, nothing when the run was deleted.
    fn end(&self, tails: &[(RunId, Option<Tail>)]) -> Event;
}

/// One of the logs that are read.
struct Source {
    run: RunId,
    changes: Waiter<RunId>,
}

/// A reader, between two events.
pub(super) struct Reader<V> {
    app: Shared,
    voice: V,
    sources: Vec<Source>,
    /// How far each has been read.
    read: Vec<u64>,
    /// Which is next in turn.
    turn: usize,
    /// What was read of one of them and not yet sent.
    page: VecDeque<RunEvent>,
    /// Which one.
    paged: usize,
    /// The page was full and is of the only log that is read: more is there without asking how far it goes.
    more: bool,
    over: bool,
    _open: OpenStream,
}

impl<V: Voice> Reader<V> {
    /// Reads these runs, each after a number. From now on no change of them is missed.
    pub(super) fn new(app: Shared, voice: V, runs: &[(RunId, u64)]) -> Self {
        let source = |(run, _): &(RunId, u64)| Source {
            run: *run,
            changes: app.wake.reader(*run),
        };
        Self {
            _open: app.metrics.stream(),
            sources: runs.iter().map(source).collect(),
            read: runs.iter().map(|(_, after)| *after).collect(),
            app,
            voice,
            turn: 0,
            page: VecDeque::new(),
            paged: 0,
            more: false,
            over: false,
        }
    }

    /// As an answer that lasts until all is told.
    pub(super) fn answer(self) -> Response {
        let keep_alive = KeepAlive::new().interval(self.app.timing.keep_alive);
        let mut response = Sse::new(self.stream())
            .keep_alive(keep_alive)
            .into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-cache, no-transform"),
        );
        headers.insert(
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        );
        response
    }

    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut reader| async move {
            let event = reader.next().await?;
            Some((Ok(event), reader))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        while !self.over {
            if self.app.closing.is_cancelled() {
                return Some(self.come_back());
            }
            if let Some(event) = self.paged() {
                return Some(event);
            }
            match self.look().await {
                Ok(Some(event)) => return Some(event),
                Ok(None) => {}
                Err(error) => {
                    let run = self.sources.first().map(|source| source.run);
                    tracing::error!(run.id = ?run, error = %error, "a stream could not go on");
                    return Some(self.come_back());
                }
            }
        }
        None
    }

    /// The next event of the page.
    fn paged(&mut self) -> Option<Event> {
        let event = self.page.pop_front()?;
        if self.page.is_empty() {
            // Most readers wait most of the time: they keep no room for what is not there.
            self.page = VecDeque::new();
        }
        let source = self.sources.get(self.paged)?;
        if let Some(read) = self.read.get_mut(self.paged) {
            *read = event.seq;
        }
        Some(self.voice.event(source.run, event, &self.read))
    }

    /// Fills the page from whoever is next in turn and has news, or says that it is over, or waits for a change.
    async fn look(&mut self) -> StoreResult<Option<Event>> {
        let app = Arc::clone(&self.app);
        // Never closed; held until the answer is there, not while waiting for a change.
        let turn = app.reading.acquire().await;
        let count = self.sources.len();
        if std::mem::take(&mut self.more) {
            self.fill(self.paged).await?;
            return Ok(None);
        }
        let mut tails = Vec::with_capacity(count);
        for (place, (source, read)) in self.sources.iter().zip(&self.read).enumerate() {
            let tail = self.app.store.tail(source.run).await?;
            let news = tail.is_some_and(|tail| tail.last_seq > *read);
            // How many turns away it is.
            let away = (place + count - self.turn) % count;
            tails.push((source.run, tail, news.then_some((away, place))));
        }
        let next = tails.iter().filter_map(|(_, _, news)| *news).min();
        if let Some((_, place)) = next {
            self.fill(place).await?;
            return Ok(None);
        }
        let tails: Vec<_> = tails
            .into_iter()
            .map(|(run, tail, _)| (run, tail))
            .collect();
        let settled = |tail: &Option<Tail>| tail.is_none_or(|tail| tail.state.is_settled());
        if tails.iter().all(|(_, tail)| settled(tail)) {
            self.over = true;
            return Ok(Some(self.voice.end(&tails)));
        }
        drop(turn);
        let changes = self
            .sources
            .iter_mut()
            .map(|source| Box::pin(source.changes.changed()));
        tokio::select! {
            _ = select_all(changes) => {}
            () = self.app.closing.cancelled() => {}
        }
        Ok(None)
    }

    async fn fill(&mut self, place: usize) -> StoreResult<()> {
        let count = self.sources.len();
        let (Some(source), Some(read)) = (self.sources.get(place), self.read.get(place)) else {
            return Ok(());
        };
        let most = u32::try_from(PAGE / count).unwrap_or(1);
        let page = self.app.store.events(source.run, *read, most).await?;
        self.more = count == 1 && page.len() == PAGE;
        self.page = page.into();
        self.paged = place;
        self.turn = (place + 1) % count;
        Ok(())
    }

    /// Tells the reader to come back soon; it then says how far it has read.
    fn come_back(&mut self) -> Event {
        self.over = true;
        Event::default().retry(self.app.timing.come_back)
    }
}
