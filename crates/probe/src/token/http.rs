//! One HTTP exchange with a token service: bounded in size and time, no redirects followed, the agent's own roots.

use crate::context::Context;
use crate::failure::Failure;
use crate::record::bounded;
use chrono::{DateTime, Utc};
use model::FailureCode;
use reqwest::redirect::Policy;
use rustls::ClientConfig;
use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Longest answer that is read.
const MOST_BYTES: usize = 256 * 1024;

/// What came, whatever it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The service's clock.
    pub(super) date: Option<DateTime<Utc>>,
    pub(super) body: Vec<u8>,
}

/// Why nothing came that could be read.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("the token service did not answer in time")]
    TimedOut,
    #[error("{0}")]
    Unreachable(String),
    #[error("{0}")]
    Malformed(String),
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        let code = match broken {
            Broken::TimedOut => FailureCode::TokenTimeout,
            Broken::Unreachable(_) => FailureCode::TokenUnreachable,
            Broken::Malformed(_) => FailureCode::TokenMalformed,
        };
        Self::new(code, broken.to_string())
    }
}

/// A client, and the last answer it got; without its body when that was a success.
pub(super) struct Http {
    client: reqwest::Client,
    last: Mutex<Answer>,
}

impl Http {
    /// Through the host's proxy, if it has one, to a service out there; never to one on this host's own link.
    pub(super) fn new(context: &Context, limit: Duration, proxy: bool) -> Result<Self, Failure> {
        let internal = |error: String| Failure::new(FailureCode::Internal, error);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| internal(error.to_string()))?
            .with_root_certificates(Arc::clone(&context.trust))
            .with_no_client_auth();
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .http1_only()
            .timeout(limit)
            .user_agent("Linecheck");
        let builder = if proxy { builder } else { builder.no_proxy() };
        Ok(Self {
            client: builder
                .build()
                .map_err(|error| internal(error.to_string()))?,
            last: Mutex::default(),
        })
    }

    /// The last answer.
    pub(super) fn last(&self) -> Answer {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Asks, as `oauth2` wants it.
    pub(super) async fn send(
        &self,
        request: oauth2::HttpRequest,
    ) -> Result<oauth2::HttpResponse, Broken> {
        let request = reqwest::Request::try_from(request).map_err(broken)?;
        let mut response = self.client.execute(request).await.map_err(broken)?;
        let mut answer = Answer {
            status: response.status().as_u16(),
            date: response
                .headers()
                .get("date")
                .and_then(|value| DateTime::parse_from_rfc2822(value.to_str().ok()?).ok())
                .map(|date| date.to_utc()),
            body: Vec::new(),
        };
        let mut whole = http::Response::builder().status(response.status());
        if let Some(kind) = response.headers().get("content-type") {
            whole = whole.header("content-type", kind);
        }
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if answer.body.len().saturating_add(chunk.len()) > MOST_BYTES {
                let why = format!("the answer is over {MOST_BYTES} bytes");
                return Err(Broken::Malformed(why));
            }
            answer.body.extend_from_slice(&chunk);
        }
        let whole = whole
            .body(answer.body.clone())
            .map_err(|error| Broken::Malformed(error.to_string()))?;
        if answer.status < 400 {
            // It may hold the token.
            answer.body.clear();
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = answer;
        Ok(whole)
    }
}

/// The innermost reason says most; the address is a fact elsewhere.
fn broken(error: reqwest::Error) -> Broken {
    if error.is_timeout() {
        return Broken::TimedOut;
    }
    let reaches = !(error.is_body() || error.is_decode() || error.is_builder());
    let error = error.without_url();
    let mut why = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        why = inner.to_string();
        cause = inner.source();
    }
    let why = bounded(&why, 300);
    if reaches {
        Broken::Unreachable(why)
    } else {
        Broken::Malformed(why)
    }
}
