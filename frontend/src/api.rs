//! The portal's API, as the page asks it, and what is said when that fails.

use gloo_net::http::{Request, RequestBuilder, Response};
use model::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;

/// The code of a refusal for want of a login.
const LOGIN_REQUIRED: &str = "login_required";

thread_local! {
    /// What is done when the portal wants a login first.
    static SHUT: RefCell<Option<Box<dyn Fn()>>> = RefCell::default();
}

/// From now on `lead` is called whenever an answer says that a login is required.
pub(crate) fn when_shut(lead: impl Fn() + 'static) {
    SHUT.set(Some(Box::new(lead)));
}

/// Why the portal gave no answer that can be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Failure {
    /// It refused, and said why.
    Refused {
        /// In its words.
        problem: Box<Problem>,
        /// When it may be asked again, if it said so.
        after_s: Option<u32>,
    },
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
            Self::Refused { problem, .. } => match &problem.detail {
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
            Self::Refused { problem, .. } => Some(problem.code.clone()),
            _ => None,
        }
    }

    /// As it stands in the portal's log.
    pub(crate) fn request_id(&self) -> Option<String> {
        match self {
            Self::Refused { problem, .. } => problem.request_id.clone(),
            _ => None,
        }
    }

    /// The status of the answer, when there was one.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { problem, .. } => Some(problem.status),
            Self::Status(status) => Some(*status),
            _ => None,
        }
    }

    /// Seconds until the portal may be asked again, when it said so.
    pub(crate) fn after_s(&self) -> Option<u32> {
        match self {
            Self::Refused { after_s, .. } => *after_s,
            _ => None,
        }
    }

    /// Whether there is nothing under this address.
    pub(crate) fn is_not_found(&self) -> bool {
        self.status() == Some(404)
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

/// The body of a call that has nothing to say: `{}`.
#[derive(Serialize)]
pub(crate) struct Empty {}

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
    read(send(path, body).await?).await
}

/// `POST` of JSON, of which only matters that it worked.
pub(crate) async fn tell(path: &str, content: &impl Serialize) -> Result<(), Failure> {
    body(send(path, content).await?).await.map(drop)
}

async fn send(path: &str, body: &impl Serialize) -> Result<Response, Failure> {
    let request = ask(Request::post(path)).json(body);
    let sent = request.map_err(|_| Failure::Unreadable)?.send().await;
    sent.map_err(|_| Failure::Unreachable)
}

/// `DELETE`.
pub(crate) async fn delete(path: &str) -> Result<(), Failure> {
    // Whatever changes something says that it is JSON, so that no other site's form can send it.
    let request = ask(Request::delete(path)).header("content-type", "application/json");
    let response = request.send().await;
    body(response.map_err(|_| Failure::Unreachable)?)
        .await
        .map(drop)
}

fn ask(request: RequestBuilder) -> RequestBuilder {
    request.header("accept", "application/json, application/problem+json")
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Failure> {
    let body = body(response).await?;
    // An empty answer is the JSON `null`.
    let body = if body.is_empty() { "null" } else { &body };
    serde_json::from_str(body).map_err(|_| Failure::Unreadable)
}

/// The body of an answer that is no refusal.
async fn body(response: Response) -> Result<String, Failure> {
    let body = response.text().await.map_err(|_| Failure::Unreachable)?;
    if response.ok() {
        return Ok(body);
    }
    let after = response.headers().get("retry-after");
    let failure = refusal(response.status(), &body, after.as_deref());
    if failure.code().as_deref() == Some(LOGIN_REQUIRED) {
        SHUT.with_borrow(|lead| lead.as_ref().map(|lead| lead()));
    }
    Err(failure)
}

fn refusal(status: u16, body: &str, after: Option<&str>) -> Failure {
    serde_json::from_str(body).map_or(Failure::Status(status), |problem| Failure::Refused {
        problem: Box::new(problem),
        after_s: after.and_then(|seconds| seconds.trim().parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_in_its_own_words() {
        let body = r#"{"type":"about:blank","title":"This run is not known","status":404,"code":"unknown_run",
            "detail":"It may have been deleted.","request_id":"r-1"}"#;
        let failure = refusal(404, body, None);
        assert_eq!(
            failure.sentence(),
            "This run is not known. It may have been deleted."
        );
        assert_eq!(failure.code().as_deref(), Some("unknown_run"));
        assert_eq!(failure.request_id().as_deref(), Some("r-1"));
        assert!(failure.is_not_found());
    }

    #[test]
    fn a_refusal_says_when_to_try_again() {
        let body = r#"{"type":"about:blank","title":"Too many tries","status":429,"code":"too_many_logins"}"#;
        assert_eq!(refusal(429, body, Some("42")).after_s(), Some(42));
        assert_eq!(refusal(429, body, Some("Wed, 21 Oct")).after_s(), None);
        assert_eq!(refusal(429, body, None).status(), Some(429));
    }

    #[test]
    fn anything_else_is_told_by_its_status() {
        let failure = refusal(502, "<html>", None);
        assert_eq!(failure, Failure::Status(502));
        assert!(failure.sentence().contains("502"));
    }
}
