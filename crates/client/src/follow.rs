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

/// What came of listening.
pub(crate) enum Heard {
    /// The next event.
    Event(Event),
    /// The stream was cut off, or cannot be opened now.
    CutOff,
    /// `end` came.
    End,
}

/// A stream of events at an address, opened at the first read.
#[derive(Debug)]
pub(crate) struct Follow {
    http: Http,
    path: String,
    open: Option<(Response, Parser)>,
    ready: VecDeque<Event>,
    wait: Duration,
    /// Before it comes back.
    pause: Option<Duration>,
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
            pause: None,
            over: false,
            reconnects: 0,
        }
    }

    /// How often it was cut off and came back.
    pub(crate) fn reconnects(&self) -> u32 {
        self.reconnects
    }

    /// Opens the stream, once.
    pub(crate) async fn connect(&mut self, after: &(dyn Display + Sync)) -> Result<(), Error> {
        if self.open.is_none() {
            self.advance(after).await?;
        }
        Ok(())
    }

    /// The next event but `end`; `None` once that came. Comes back after the id `after`.
    pub(crate) async fn next(
        &mut self,
        after: &(dyn Display + Sync),
    ) -> Result<Option<Event>, Error> {
        loop {
            match self.heard(after).await? {
                Heard::Event(event) => return Ok(Some(event)),
                Heard::CutOff => {}
                Heard::End => return Ok(None),
            }
        }
    }

    /// As [`Self::next`], but tells when the stream was cut off; the next call waits a while and comes back.
    pub(crate) async fn heard(&mut self, after: &(dyn Display + Sync)) -> Result<Heard, Error> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                if event.name != "end" {
                    return Ok(Heard::Event(event));
                }
                self.over = true;
            }
            if self.over {
                return Ok(Heard::End);
            }
            if let Some(pause) = self.pause.take() {
                tokio::time::sleep(pause).await;
            }
            match self.advance(after).await {
                Ok(true) => {}
                Ok(false) => return Ok(self.cut_off()),
                Err(error) if error.is_passing() => return Ok(self.cut_off()),
                Err(error) => {
                    self.over = true;
                    return Err(error);
                }
            }
        }
    }

    fn cut_off(&mut self) -> Heard {
        self.open = None;
        self.pause = Some(self.wait);
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        self.reconnects = self.reconnects.saturating_add(1);
        Heard::CutOff
    }

    /// Connects when it is not connected; reads one piece when it is. `false` when the portal closed it without
    /// `end`: it will be back.
    async fn advance(&mut self, after: &(dyn Display + Sync)) -> Result<bool, Error> {
        let Some((response, parser)) = &mut self.open else {
            let mut request = self
                .http
                .get(&self.path)?
                .header(reqwest::header::ACCEPT, "text/event-stream");
            let after = after.to_string();
            if !after.is_empty() {
                request = request.header("Last-Event-ID", after);
            }
            self.open = Some((answer(request).await?, Parser::default()));
            return Ok(true);
        };
        let Some(bytes) = response.chunk().await.map_err(Error::Transport)? else {
            return Ok(false);
        };
        let events = parser.push(&bytes).map_err(|_| Error::Unexpected {
            status: 200,
            text: "an event without an end".to_owned(),
        })?;
        self.wait = FIRST_WAIT;
        self.ready.extend(events);
        Ok(true)
    }
}

/// What an event carries.
pub(crate) fn read<T: DeserializeOwned>(event: &Event) -> Result<T, Error> {
    serde_json::from_str(&event.data).map_err(|_| Error::Unexpected {
        status: 200,
        text: event.data.chars().take(200).collect(),
    })
}
