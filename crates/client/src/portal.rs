//! The public part of the API.

use crate::Error;
use crate::events::{EventStream, GroupStream};
use crate::http::{Http, answer, json};
use futures::Stream;
use model::api::{
    AgentView, Enrolment, GroupView, Login, NewEnrolment, NewGroup, NewRun, Practice, RunPage,
    RunsCreated,
};
use model::{AgentId, GroupId, RunId, RunView};
use serde::Serialize;
use std::time::Duration;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(30);

/// A portal.
#[derive(Clone, Debug)]
pub struct Portal {
    http: Http,
}

/// Which runs to list. Absent fields do not filter.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RunFilter {
    /// Server string begins with this, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// `ok`, `problem`…
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Code of a finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// Where it ran from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Asked for at or after, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Asked for before, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// At most so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Portal {
    /// A portal at `portal`, for example `http://127.0.0.1:8080`.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn new(portal: &str) -> Result<Self, Error> {
        Self::with_ca(portal, None)
    }

    /// The same, trusting the certificates in `ca` (PEM) beside the usual roots.
    ///
    /// # Errors
    /// When the address or `ca` cannot be used.
    pub fn with_ca(portal: &str, ca: Option<&[u8]>) -> Result<Self, Error> {
        Ok(Self {
            http: Http::new(portal, ca)?,
        })
    }

    /// Logs in as the operator; every later call of this value is made under that login.
    ///
    /// # Errors
    /// See [`Self::create`]; and when the link is one that others could read.
    pub async fn login(&mut self, password: &str) -> Result<(), Error> {
        self.http.refuse_clear_text()?;
        let body = Login {
            password: password.to_owned(),
        };
        let request = self.http.post("api/login")?.timeout(ANSWER).json(&body);
        let response = answer(request).await?;
        self.http.keep_cookies(response.headers());
        Ok(())
    }

    /// Starts runs.
    ///
    /// # Errors
    /// When the portal is not reached or says no; so for every call here.
    pub async fn create(&self, run: &NewRun) -> Result<RunsCreated, Error> {
        json(self.http.post("api/runs")?.timeout(ANSWER).json(run)).await
    }

    /// One run.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn run(&self, run: RunId) -> Result<RunView, Error> {
        self.read(&format!("api/runs/{run}")).await
    }

    /// Runs, newest first.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn runs(&self, filter: &RunFilter) -> Result<RunPage, Error> {
        json(self.http.get("api/runs")?.timeout(ANSWER).query(filter)).await
    }

    /// The run's events after `after` (0 for all), as they come, until the run has settled. Opened at the
    /// first read.
    #[must_use]
    pub fn events(&self, run: RunId, after: u64) -> EventStream {
        EventStream::new(self.http.clone(), format!("api/runs/{run}/events"), after)
    }

    /// The same of a run that was shared, by the token of its link.
    #[must_use]
    pub fn shared_events(&self, token: &str, after: u64) -> EventStream {
        let path = format!("api/shares/{token}/events");
        EventStream::new(self.http.clone(), path, after)
    }

    /// Starts runs that belong together, each with a target of its own.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn create_group(&self, runs: &NewGroup) -> Result<RunsCreated, Error> {
        json(self.http.post("api/groups")?.timeout(ANSWER).json(runs)).await
    }

    /// Runs that were started together, and what they say together.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn group(&self, group: GroupId) -> Result<GroupView, Error> {
        self.read(&format!("api/groups/{group}")).await
    }

    /// The events of all its runs after a cursor (empty for all), as they come, until every run has settled.
    /// Opened at the first read.
    #[must_use]
    pub fn group_events(&self, group: GroupId, cursor: &str) -> GroupStream {
        GroupStream::new(self.http.clone(), group, cursor.to_owned())
    }

    /// Asks for the end of all runs of a group.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn cancel_group(&self, group: GroupId) -> Result<(), Error> {
        self.ask(&format!("api/groups/{group}/cancel")).await
    }

    /// `AllFiles.zip`, in pieces.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn zip(
        &self,
        run: RunId,
    ) -> Result<impl Stream<Item = Result<Vec<u8>, Error>> + use<>, Error> {
        use futures::StreamExt as _;
        let response = answer(self.http.get(&format!("api/runs/{run}/AllFiles.zip"))?).await?;
        Ok(response
            .bytes_stream()
            .map(|piece| piece.map(Vec::from).map_err(Error::Transport)))
    }

    /// `report.md`.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn report_markdown(&self, run: RunId) -> Result<String, Error> {
        self.text(&format!("api/runs/{run}/report.md")).await
    }

    /// `report.html`.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn report_html(&self, run: RunId) -> Result<String, Error> {
        self.text(&format!("api/runs/{run}/report.html")).await
    }

    /// Asks for the end of a run.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn cancel(&self, run: RunId) -> Result<(), Error> {
        self.ask(&format!("api/runs/{run}/cancel")).await
    }

    /// Removes a run and all that is kept of it.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn delete(&self, run: RunId) -> Result<(), Error> {
        self.remove(&format!("api/runs/{run}")).await
    }

    /// The practice targets.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn practice(&self) -> Result<Vec<Practice>, Error> {
        self.read("api/practice").await
    }

    /// The agents.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn agents(&self) -> Result<Vec<AgentView>, Error> {
        self.read("api/agents").await
    }

    /// Makes a token that admits one agent.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn invite(&self) -> Result<Enrolment, Error> {
        let request = self.http.post("api/agents/enrolments")?.timeout(ANSWER);
        json(request.json(&NewEnrolment {})).await
    }

    /// Removes an agent.
    ///
    /// # Errors
    /// See [`Self::create`].
    pub async fn remove_agent(&self, agent: AgentId) -> Result<(), Error> {
        self.remove(&format!("api/agents/{agent}")).await
    }

    async fn ask(&self, path: &str) -> Result<(), Error> {
        let request = self.http.post(path)?.timeout(ANSWER);
        answer(request.json(&serde_json::json!({}))).await.map(drop)
    }

    async fn remove(&self, path: &str) -> Result<(), Error> {
        let request = self
            .http
            .delete(path)?
            .timeout(ANSWER)
            .header(reqwest::header::CONTENT_TYPE, "application/json");
        answer(request).await.map(drop)
    }

    async fn read<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        json(self.http.get(path)?.timeout(ANSWER)).await
    }

    async fn text(&self, path: &str) -> Result<String, Error> {
        answer(self.http.get(path)?.timeout(ANSWER))
            .await?
            .text()
            .await
            .map_err(Error::Transport)
    }
}
