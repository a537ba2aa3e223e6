//! The events of a run, or of a group of runs, as they come.

use crate::Error;
use crate::follow::{self, Follow, read};
use crate::http::Http;
use futures::Stream;
use model::api::GroupEvent;
use model::{GroupId, RunEvent, RunId};
use std::collections::HashMap;

/// What came of listening.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// The next event.
    Event(Box<RunEvent>),
    /// The stream was cut off, or cannot be opened now.
    CutOff,
    /// The run has settled and all was given.
    End,
}

/// Events in order, none twice, none missing. Comes back where it was cut off.
#[derive(Debug)]
pub struct EventStream {
    follow: Follow,
    after: u64,
}

impl EventStream {
    /// `path` is the stream's, under the portal.
    pub(crate) fn new(http: Http, path: String, after: u64) -> Self {
        Self {
            follow: Follow::new(http, path),
            after,
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
        self.follow.reconnects()
    }

    /// Opens the stream, once: for callers who want to know that it can be.
    ///
    /// # Errors
    /// When the portal is not reached or says no.
    pub async fn connect(&mut self) -> Result<(), Error> {
        self.follow.connect(&self.after).await
    }

    /// The next event; `None` once the run has settled and all was given.
    ///
    /// # Errors
    /// When the portal says no, or sends what no portal sends. Being cut off is not an error.
    pub async fn next(&mut self) -> Result<Option<RunEvent>, Error> {
        loop {
            match self.heard().await? {
                Heard::Event(event) => return Ok(Some(*event)),
                Heard::End => return Ok(None),
                Heard::CutOff => {}
            }
        }
    }

    /// The next event, or that the stream was cut off: the next call waits a while and comes back.
    ///
    /// # Errors
    /// See [`Self::next`].
    pub async fn heard(&mut self) -> Result<Heard, Error> {
        loop {
            let event: RunEvent = match self.follow.heard(&self.after).await? {
                follow::Heard::Event(event) => read(&event)?,
                follow::Heard::CutOff => return Ok(Heard::CutOff),
                follow::Heard::End => return Ok(Heard::End),
            };
            if event.seq > self.after {
                self.after = event.seq;
                return Ok(Heard::Event(Box::new(event)));
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
}

/// The events of a group's runs: each run's in order, none twice, none missing. Comes back where it was cut off.
#[derive(Debug)]
pub struct GroupStream {
    follow: Follow,
    cursor: String,
    read: HashMap<RunId, u64>,
}

impl GroupStream {
    pub(crate) fn new(http: Http, group: GroupId, cursor: String) -> Self {
        Self {
            follow: Follow::new(http, format!("api/groups/{group}/events")),
            cursor,
            read: HashMap::new(),
        }
    }

    /// The cursor of the last event that was given.
    #[must_use]
    pub fn cursor(&self) -> &str {
        &self.cursor
    }

    /// How often it was cut off and came back.
    #[must_use]
    pub fn reconnects(&self) -> u32 {
        self.follow.reconnects()
    }

    /// The next event; `None` once every run has settled and all was given.
    ///
    /// # Errors
    /// As [`EventStream::next`].
    pub async fn next(&mut self) -> Result<Option<GroupEvent>, Error> {
        while let Some(message) = self.follow.next(&self.cursor).await? {
            let event: GroupEvent = read(&message)?;
            self.cursor = message.id;
            let read = self.read.entry(event.run).or_default();
            if event.event.seq > *read {
                *read = event.event.seq;
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}
