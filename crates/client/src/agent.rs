//! The agents' part of the API. Every call but the enrolment carries the agent's token; none goes over a link that
//! others could read.

use crate::Error;
use crate::clock::PortalClock;
use crate::http::{Http, answer, read};
use chrono::{DateTime, Utc};
use model::agent_api::{
    CleaningReport, Enrol, Enrolled, EventAck, EventBatch, Heartbeat, HeartbeatReply, Poll,
    PollReply,
};
use model::{Artifact, LeaseId, RunId};
use reqwest::header::HeaderValue;
use std::sync::Arc;
use std::time::Duration;

/// How long an answer may take that the portal does not hold open.
const ANSWER: Duration = Duration::from_secs(15);
/// How long a file may take.
const FILE: Duration = Duration::from_secs(15 * 60);

/// Becomes an agent of the portal at `portal` (`https://host:port`), with an enrolment's token.
///
/// # Errors
/// See [`enrol_with_ca`].
pub async fn enrol(portal: &str, asked: &Enrol) -> Result<Enrolled, Error> {
    enrol_with_ca(portal, asked, None).await
}

/// The same, trusting the certificates in `ca` (PEM) beside the usual roots.
///
/// # Errors
/// When the portal is not reached or says no. The token may be spent all the same when no answer came.
pub async fn enrol_with_ca(
    portal: &str,
    asked: &Enrol,
    ca: Option<&[u8]>,
) -> Result<Enrolled, Error> {
    let http = Http::for_secrets(portal, ca)?;
    let request = http.post("api/agent/enrol")?.timeout(ANSWER);
    read(answer(request.json(asked)).await?).await
}

/// A portal as one agent sees it.
#[derive(Clone, Debug)]
pub struct AgentPortal {
    http: Http,
    authorization: HeaderValue,
    clock: Arc<PortalClock>,
}

impl AgentPortal {
    /// A portal at `portal` (`https://host:port`), called with `token`.
    ///
    /// # Errors
    /// When the address or the token cannot be used.
    pub fn new(portal: &str, token: &str) -> Result<Self, Error> {
        Self::with_ca(portal, token, None)
    }

    /// The same, trusting the certificates in `ca` (PEM) beside the usual roots.
    ///
    /// # Errors
    /// When the address, the token or `ca` cannot be used.
    pub fn with_ca(portal: &str, token: &str, ca: Option<&[u8]>) -> Result<Self, Error> {
        let mut authorization =
            HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Error::Token)?;
        // Kept out of every printed request.
        authorization.set_sensitive(true);
        Ok(Self {
            http: Http::for_secrets(portal, ca)?,
            authorization,
            clock: Arc::default(),
        })
    }

    /// What time it is where the portal runs, to the second, by the last answer; `None` before the first.
    #[must_use]
    pub fn time(&self) -> Option<DateTime<Utc>> {
        self.clock.now()
    }

    /// Asks for work. The portal holds the call open, 25 s at most; `longest` bounds the whole wait.
    ///
    /// # Errors
    /// When the portal is not reached or says no.
    pub async fn poll(&self, poll: &Poll, longest: Duration) -> Result<PollReply, Error> {
        self.post("api/agent/poll", poll, longest).await
    }

    /// Renews all leases in one call.
    ///
    /// # Errors
    /// When the portal is not reached or says no.
    pub async fn heartbeat(&self, heartbeat: &Heartbeat) -> Result<HeartbeatReply, Error> {
        self.post("api/agent/heartbeat", heartbeat, ANSWER).await
    }

    /// Hands over events of one lease.
    ///
    /// # Errors
    /// When the portal is not reached or says no; see [`Error::wanted`] for a gap.
    pub async fn events(&self, run: RunId, batch: &EventBatch) -> Result<EventAck, Error> {
        let path = format!("api/agent/runs/{run}/events");
        self.post(&path, batch, ANSWER).await
    }

    /// Says what became, after a run, of objects that it had made on the server. The same again changes nothing.
    ///
    /// # Errors
    /// When the portal is not reached or says no.
    pub async fn cleaning(&self, run: RunId, report: &CleaningReport) -> Result<(), Error> {
        let path = format!("api/agent/runs/{run}/cleaning");
        let request = self
            .http
            .post(&path)?
            .header(reqwest::header::AUTHORIZATION, self.authorization.clone())
            .timeout(ANSWER)
            .json(report);
        let response = answer(request).await?;
        self.clock.hear(&response);
        Ok(())
    }

    /// Hands over a file of a run. The same again changes nothing.
    ///
    /// # Errors
    /// When the portal is not reached or says no.
    pub async fn hand_in(
        &self,
        run: RunId,
        lease: LeaseId,
        name: &str,
        file: impl Into<reqwest::Body>,
    ) -> Result<Artifact, Error> {
        let path = format!("api/agent/runs/{run}/artifacts/{name}?lease={lease}");
        let request = self
            .http
            .post(&path)?
            .header(reqwest::header::AUTHORIZATION, self.authorization.clone())
            .header(reqwest::header::CONTENT_TYPE, "application/octet-stream")
            .timeout(FILE)
            .body(file);
        let response = answer(request).await?;
        self.clock.hear(&response);
        read(response).await
    }

    async fn post<B, T>(&self, path: &str, body: &B, longest: Duration) -> Result<T, Error>
    where
        B: serde::Serialize,
        T: serde::de::DeserializeOwned,
    {
        let request = self
            .http
            .post(path)?
            .header(reqwest::header::AUTHORIZATION, self.authorization.clone())
            .timeout(longest)
            .json(body);
        let response = answer(request).await?;
        self.clock.hear(&response);
        read(response).await
    }
}
