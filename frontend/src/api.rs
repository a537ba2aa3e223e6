//! The portal's API, as the page asks it, and what is said when that fails.

use gloo_net::http::{Request, RequestBuilder, Response};
use model::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why the portal gave no answer that can be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Failure {
    /// It refused, and said why.
    Refused(Box<Problem>),
    /// It answered with a status and nothing that can be read.
    Status(u16),
    /// It was not reached.
    Unreachable,
    /// Its answer cannot be read: page and portal are of different versions.
    Unreadable,
    /// The page itself could not go on.
    Here(String),
}

impl Failure {
    /// One sentence, and what to do.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Refused(problem) => match &problem.detail {
                Some(detail) => format!("{} {detail}", stop(&problem.title)),
                None => stop(&problem.title),
            },
            Self::Status(status) => format!("The portal answered with status {status}."),
            Self::Unreachable => {
                "The portal does not answer. Is it still running, and this device connected to it?"
                    .into()
            }
            Self::Unreadable => {
                "The portal's answer cannot be read. Reload the page: the portal may have been updated."
                    .into()
            }
            Self::Here(sentence) => sentence.clone(),
        }
    }

    /// The stable code, for search.
    pub(crate) fn code(&self) -> Option<String> {
        match self {
            Self::Refused(problem) => Some(problem.code.clone()),
            _ => None,
        }
    }

    /// As it stands in the portal's log.
    pub(crate) fn request_id(&self) -> Option<String> {
        match self {
            Self::Refused(problem) => problem.request_id.clone(),
            _ => None,
        }
    }

    /// Whether there is nothing under this address.
    pub(crate) fn is_not_found(&self) -> bool {
        match self {
            Self::Refused(problem) => problem.status == 404,
            Self::Status(status) => *status == 404,
            _ => false,
        }
    }
}

fn stop(sentence: &str) -> String {
    let sentence = sentence.trim_end();
    if sentence.ends_with(['.', '?', ':']) {
        sentence.to_owned()
    } else {
        format!("{sentence}.")
    }
}

/// `GET`, read as JSON.
pub(crate) async fn get<T: DeserializeOwned>(path: &str) -> Result<T, Failure> {
    let response = ask(Request::get(path)).send().await;
    read(response.map_err(|_| Failure::Unreachable)?).await
}

/// `POST` of JSON, its answer read as JSON.
pub(crate) async fn post<T: DeserializeOwned>(
    path: &str,
    body: &impl Serialize,
) -> Result<T, Failure> {
    let response = ask(Request::post(path))
        .json(body)
        .map_err(|_| Failure::Unreadable)?
        .send()
        .await;
    read(response.map_err(|_| Failure::Unreachable)?).await
}

fn ask(request: RequestBuilder) -> RequestBuilder {
    request.header("accept", "application/json, application/problem+json")
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Failure> {
    let body = response.text().await.map_err(|_| Failure::Unreachable)?;
    if response.ok() {
        // An empty answer is the JSON `null`.
        let body = if body.is_empty() { "null" } else { &body };
        serde_json::from_str(body).map_err(|_| Failure::Unreadable)
    } else {
        Err(refusal(response.status(), &body))
    }
}

fn refusal(status: u16, body: &str) -> Failure {
    serde_json::from_str(body).map_or(Failure::Status(status), |problem| {
        Failure::Refused(Box::new(problem))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_in_its_own_words() {
        let body = r#"{"type":"about:blank","title":"This run is not known","status":404,"code":"unknown_run",
            "detail":"It may have been deleted.","request_id":"r-1"}"#;
        let failure = refusal(404, body);
        assert_eq!(
            failure.sentence(),
            "This run is not known. It may have been deleted."
        );
        assert_eq!(failure.code().as_deref(), Some("unknown_run"));
        assert_eq!(failure.request_id().as_deref(), Some("r-1"));
        assert!(failure.is_not_found());
    }

    #[test]
    fn anything_else_is_told_by_its_status() {
        let failure = refusal(502, "<html>");
        assert_eq!(failure, Failure::Status(502));
        assert!(failure.sentence().contains("502"));
    }
}
