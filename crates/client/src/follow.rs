//! Following a stream of events, wherever it is cut off.
//!
//! ```text
//! waiting ──connect──▶ open ──event──▶ open
//!    ▲                   │ ├──`end`──▶ over
//!    └──────cut off──────┘ └──the portal says no──▶ over, with its error
//! ```

use crate::Error;
use crate::http::{Http, answer};
use crate::sse::{Event, Parser};
use reqwest::Response;
use serde::de::DeserializeOwned;
use std::collections::VecDeque;
use std::fmt::Display;
use std::time::Duration;

/// First wait before coming back; doubled with each vain try.
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// Longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// A stream of events at an address, opened at the first read.
#[derive(Debug)]
pub(crate) struct Follow {
    http: Http,
    path: String,
    open: Option<(Response, Parser)>,
    ready: VecDeque<Event>,
    wait: Duration,
    over: bool,
    reconnects: u32,
}

impl Follow {
    pub(crate) fn new(http: Http, path: String) -> Self {
        Self {
            http,
            path,
            open: None,
            ready: VecDeque::new(),
            wait: FIRST_WAIT,
            over: false,
            reconnects: 0,
        }
    }

    /// How often it was cut off and came back.
    pub(crate) fn reconnects(&self) -> u32 {
        self.reconnects
    }

    /// The next event but `end`; `None` once that came. Comes back after the id `after`.
    pub(crate) async fn next(&mut self, after: &dyn Display) -> Result<Option<Event>, Error> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                if event.name != "end" {
                    return Ok(Some(event));
                }
                self.over = true;
            }
            if self.over {
                return Ok(None);
            }
            if let Err(error) = self.advance(after).await {
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

    /// Connects when it is not connected; reads one piece when it is.
    async fn advance(&mut self, after: &dyn Display) -> Result<(), Error> {
        let Some((response, parser)) = &mut self.open else {
            let path = format!("{}?after={after}", self.path);
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

/// What an event carries.
pub(crate) fn read<T: DeserializeOwned>(event: &Event) -> Result<T, Error> {
    serde_json::from_str(&event.data).map_err(|_| Error::Unexpected {
        status: 200,
        text: event.data.chars().take(200).collect(),
    })
}
