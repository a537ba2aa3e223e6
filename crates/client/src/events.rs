//! A run's events as they come.
//!
//! ```text
//! waiting ──connect──▶ open ──event──▶ open
//!    ▲                   │ ├──`end`──▶ over
//!    └──────cut off──────┘ └──the portal says no──▶ over, with its error
//! ```

use crate::Error;
use crate::http::{Http, answer};
use crate::sse::{Event, Parser};
use futures::Stream;
use model::{RunEvent, RunId};
use reqwest::Response;
use std::collections::VecDeque;
use std::time::Duration;

/// First wait before coming back; doubled with each vain try.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Events in order, none twice, none missing. Comes back where it was cut off.
#[derive(Debug)]
pub struct EventStream {
    http: Http,
    run: RunId,
    after: u64,
    open: Option<(Response, Parser)>,
    ready: VecDeque<Event>,
    wait: Duration,
    over: bool,
    reconnects: u32,
}

impl EventStream {
    pub(crate) fn new(http: Http, run: RunId, after: u64) -> Self {
        Self {
            http,
            run,
            after,
            open: None,
            ready: VecDeque::new(),
            wait: FIRST_WAIT,
            over: false,
            reconnects: 0,
        }
    }

    /// `seq` of the last event that was given.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.after
    }

    /// How often it was cut off and came back.
    #[must_use]
    pub fn reconnects(&self) -> u32 {
        self.reconnects
    }

    /// The next event; `None` once the run has settled and all was given.
    ///
    /// # Errors
    /// When the portal says no, or sends what no portal sends. Being cut off is not an error.
    pub async fn next(&mut self) -> Result<Option<RunEvent>, Error> {
        loop {
            while let Some(event) = self.ready.pop_front() {
                if event.name == "end" {
                    self.over = true;
                    return Ok(None);
                }
                let event = read(&event)?;
                if event.seq > self.after {
                    self.after = event.seq;
                    return Ok(Some(event));
                }
            }
            if self.over {
                return Ok(None);
            }
            if let Err(error) = self.advance().await {
                self.open = None;
                if !error.is_passing() {
                    self.over = true;
                    return Err(error);
                }
                tokio::time::sleep(self.wait).await;
                self.wait = (self.wait * 2).min(LONGEST_WAIT);
                self.reconnects = self.reconnects.saturating_add(1);
            }
        }
    }

    /// As a stream that ends after its first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<RunEvent, Error>> {
        futures::stream::unfold(Some(self), |state| async {
            let mut events = state?;
            match events.next().await {
                Ok(Some(event)) => Some((Ok(event), Some(events))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// Connects when it is not connected; reads one piece when it is.
    async fn advance(&mut self) -> Result<(), Error> {
        let Some((response, parser)) = &mut self.open else {
            let path = format!("api/runs/{}/events?after={}", self.run, self.after);
            let request = self
                .http
                .get(&path)?
                .header(reqwest::header::ACCEPT, "text/event-stream");
            self.open = Some((answer(request).await?, Parser::default()));
            return Ok(());
        };
        match response.chunk().await.map_err(Error::Transport)? {
            Some(bytes) => {
                let events = parser.push(&bytes).map_err(|_| Error::Unexpected {
                    status: 200,
                    text: "an event without an end".to_owned(),
                })?;
                self.wait = FIRST_WAIT;
                self.ready.extend(events);
            }
            None => {
                // The portal closed it without `end`: it will be back.
                self.open = None;
                tokio::time::sleep(self.wait).await;
                self.reconnects = self.reconnects.saturating_add(1);
            }
        }
        Ok(())
    }
}

fn read(event: &Event) -> Result<RunEvent, Error> {
    serde_json::from_str(&event.data).map_err(|_| Error::Unexpected {
        status: 200,
        text: event.data.chars().take(200).collect(),
    })
}
