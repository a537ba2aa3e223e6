//! Who may call what: one table of every route, and what keeps it.
//!
//! The router is not built when a route is missing here, or when something stands here that is no route. What
//! matches no line all the same (another method of a known address) is for the operator only.

use super::Shared;
use super::extract::bearer;
use super::problem::ApiError;
use crate::access::{self, Operator};
use crate::agents;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use std::collections::BTreeSet;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio_util::sync::WaitForCancellationFutureOwned;
use utoipa::openapi::{OpenApi, PathItem};

/// Who may make a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Everybody; or whoever has what the call itself asks for: a password, a share's or an enrolment's token.
    Open,
    /// An agent, by its token.
    Agent,
    /// The operator, or whoever has the metrics token.
    Metrics,
    /// The operator.
    Operator,
}

use Class::{Agent, Open, Operator as Op};

/// Every route.
const TABLE: &[(&str, &str, Class)] = &[
    ("GET", "/", Open),
    ("GET", "/runs", Open),
    ("GET", "/runs/{id}", Open),
    ("GET", "/groups/{id}", Open),
    ("GET", "/agents", Open),
    ("GET", "/patterns", Open),
    ("GET", "/decode", Open),
    ("GET", "/replicas", Open),
    ("GET", "/link", Open),
    ("GET", "/open", Open),
    ("GET", "/login", Open),
    ("GET", "/s/{token}", Open),
    ("GET", "/healthz", Open),
    ("GET", "/readyz", Open),
    ("GET", "/api/openapi.json", Open),
    ("GET", "/metrics", Class::Metrics),
    ("GET", "/api/docs", Open),
    ("GET", "/api/docs.css", Open),
    ("GET", "/api/session", Open),
    ("POST", "/api/login", Open),
    ("POST", "/api/logout", Op),
    ("POST", "/api/runs", Op),
    ("GET", "/api/runs", Op),
    ("GET", "/api/runs/{id}", Op),
    ("DELETE", "/api/runs/{id}", Op),
    ("POST", "/api/runs/{id}/cancel", Op),
    ("GET", "/api/runs/{id}/events", Op),
    ("GET", "/api/runs/{id}/AllFiles.zip", Op),
    ("GET", "/api/runs/{id}/artifacts/{name}", Op),
    ("GET", "/api/runs/{id}/report.md", Op),
    ("GET", "/api/runs/{id}/report.html", Op),
    ("POST", "/api/runs/{id}/shares", Op),
    ("GET", "/api/runs/{id}/shares", Op),
    ("GET", "/api/runs/{id}/shares/preview", Op),
    ("DELETE", "/api/shares/{token}", Op),
    ("GET", "/api/shares/{token}", Open),
    ("GET", "/api/shares/{token}/events", Open),
    ("GET", "/api/shares/{token}/AllFiles.zip", Open),
    ("GET", "/api/shares/{token}/report.md", Open),
    ("GET", "/api/shares/{token}/report.html", Open),
    ("POST", "/api/groups", Op),
    ("GET", "/api/groups/{id}", Op),
    ("GET", "/api/groups/{id}/events", Op),
    ("POST", "/api/groups/{id}/cancel", Op),
    ("GET", "/api/patterns", Op),
    ("GET", "/api/practice", Op),
    ("GET", "/api/agents", Op),
    ("POST", "/api/agents/enrolments", Op),
    ("DELETE", "/api/agents/{id}", Op),
    ("POST", "/api/agent/enrol", Open),
    ("POST", "/api/agent/poll", Agent),
    ("POST", "/api/agent/heartbeat", Agent),
    ("POST", "/api/agent/runs/{id}/events", Agent),
    ("POST", "/api/agent/runs/{id}/cleaning", Agent),
    ("POST", "/api/agent/runs/{id}/artifacts/{name}", Agent),
];

fn class(method: &str, path: &str) -> Class {
    let method = if method == "HEAD" { "GET" } else { method };
    TABLE
        .iter()
        .find(|(with, at, _)| *with == method && *at == path)
        .map_or(Op, |(_, _, class)| *class)
}

/// Every route, as `METHOD /path`: those described, and the plain ones.
pub(super) fn routes<'a>(
    document: &OpenApi,
    plain: impl Iterator<Item = &'a str>,
) -> BTreeSet<String> {
    let described = document.paths.paths.iter();
    described
        .flat_map(|(path, item)| methods(item).map(move |method| format!("{method} {path}")))
        .chain(plain.map(|path| format!("GET {path}")))
        .collect()
}

/// What the table and the routes do not have in common.
pub(super) fn differences(routes: &BTreeSet<String>) -> Vec<String> {
    let table: BTreeSet<String> = TABLE
        .iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    routes.symmetric_difference(&table).cloned().collect()
}

fn methods(item: &PathItem) -> impl Iterator<Item = &'static str> {
    [
        ("GET", &item.get),
        ("POST", &item.post),
        ("DELETE", &item.delete),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_ref().map(|_| method))
}

/// Lets a call through to its handler, or answers 401. Handlers find the [`Operator`] or the agent's row among
/// the request's extensions.
pub(super) async fn keep(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let class = request
        .extensions()
        .get::<MatchedPath>()
        // What is no route is a file of the page, or nothing.
        .map_or(Open, |path| class(request.method().as_str(), path.as_str()));
    match admit(&app, class, &mut request).await {
        Ok(Some(operator)) => {
            request.extensions_mut().insert(operator.clone());
            ending(next.run(request).await, &operator)
        }
        Ok(None) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn admit(
    app: &Shared,
    class: Class,
    request: &mut Request,
) -> Result<Option<Operator>, ApiError> {
    let headers = request.headers();
    match class {
        Open => Ok(None),
        Agent => {
            let token = bearer(headers).ok_or_else(ApiError::unauthorized)?;
            let agent = agents::by_token(app, token).await?;
            let agent = agent.ok_or_else(ApiError::unauthorized)?;
            request.extensions_mut().insert(agent);
            Ok(None)
        }
        Class::Metrics if bearer(headers).is_some_and(|token| app.gate.reads_metrics(token)) => {
            Ok(None)
        }
        Class::Metrics | Op => operator(app, headers)
            .await?
            .map(Some)
            .ok_or_else(login_required),
    }
}

/// The operator, when the call carries a good login or needs none.
pub(super) async fn operator(
    app: &Shared,
    headers: &HeaderMap,
) -> Result<Option<Operator>, ApiError> {
    let cookie = cookie(headers, cookie_name(app.gate.reach.is_secure));
    Ok(access::of_cookie(app, cookie).await?)
}

fn login_required() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "login_required", "Log in first.")
}

/// The cookie's name. Browsers take the longer one only as ours alone: over TLS, for this host and all of it.
pub(super) fn cookie_name(is_secure: bool) -> &'static str {
    if is_secure {
        "__Host-linecheck"
    } else {
        "linecheck"
    }
}

/// The value of a cookie that is there once.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(of, _)| *of == name)
        .map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

/// An answer that is still being written ends with the login it is given under.
fn ending(response: Response, operator: &Operator) -> Response {
    let Some(ended) = operator.ended() else {
        return response;
    };
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    let is_stream = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    let operator = operator.clone();
    response.map(|body| {
        Body::new(Ending {
            body,
            ended: Box::pin(ended),
            is_stream,
            _operator: operator,
        })
    })
}

/// A body that ends with a login. A download then breaks off, so that nobody takes a part for the whole.
struct Ending {
    body: Body,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
    is_stream: bool,
    /// Held for as long as the answer lasts: it is what makes the login looked at.
    _operator: Operator,
}

impl HttpBody for Ending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.ended.as_mut().poll(context).is_ready() {
            let broken = || axum::Error::new(io::Error::other("the login ended"));
            return Poll::Ready((!self.is_stream).then(|| Err(broken())));
        }
        Pin::new(&mut self.body).poll_frame(context)
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Ending, TABLE, class, cookie, differences};
    use crate::access::Operator;
    use axum::body::{Body, Bytes};
    use axum::http::{HeaderMap, HeaderValue, header};
    use futures::{FutureExt, StreamExt, stream};
    use std::collections::BTreeSet;
    use std::io;
    use tokio_util::sync::CancellationToken;

    #[test]
    fn every_route_stands_in_the_table_once_and_nothing_else_does() {
        assert_eq!(differences(&crate::http::routes()), [""; 0]);
        let lines: BTreeSet<_> = TABLE.iter().map(|(with, at, _)| (with, at)).collect();
        assert_eq!(lines.len(), TABLE.len());
    }

    #[test]
    fn a_route_that_is_missing_on_either_side_is_named() {
        let mut routes = crate::http::routes();
        assert!(routes.remove("GET /healthz"));
        routes.insert("GET /health".to_owned());
        assert_eq!(differences(&routes), ["GET /health", "GET /healthz"]);
        assert_eq!(class("GET", "/health"), Class::Operator);
        assert_eq!(class("HEAD", "/healthz"), Class::Open);
        assert_eq!(class("PUT", "/healthz"), Class::Operator);
    }

    #[tokio::test]
    async fn an_answer_ends_with_its_login_and_a_download_breaks_off() {
        for is_stream in [true, false] {
            let login = CancellationToken::new();
            let first = stream::once(async { Ok::<_, io::Error>(Bytes::from_static(b"one")) });
            let mut body = Body::new(Ending {
                body: Body::from_stream(first.chain(stream::pending())),
                ended: Box::pin(login.clone().cancelled_owned()),
                is_stream,
                _operator: Operator::anyone(),
            })
            .into_data_stream();
            let one = body.next().await.expect("a piece").expect("no error");
            assert_eq!(one, "one");
            assert!(body.next().now_or_never().is_none(), "it goes on");
            login.cancel();
            match body.next().await {
                None => assert!(is_stream),
                Some(piece) => assert!(!is_stream && piece.is_err()),
            }
        }
    }

    #[test]
    fn a_cookie_counts_when_it_is_there_once() {
        let of = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, HeaderValue::from_static(line));
            }
            cookie(&headers, "linecheck").map(str::to_owned)
        };
        assert_eq!(of(&["a=b; linecheck=1; c=d"]).as_deref(), Some("1"));
        assert_eq!(of(&["a=b", "linecheck=1=2"]).as_deref(), Some("1=2"));
        assert_eq!(of(&["linecheck=1; linecheck=2"]), None);
        assert_eq!(of(&["linecheck=1", "linecheck=2"]), None);
        assert_eq!(of(&["xlinecheck=1; Linecheck=1; linecheck"]), None);
        assert_eq!(of(&[]), None);
    }
}
