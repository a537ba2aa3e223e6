//! Access tokens of Microsoft Entra: one for a run, asked for when its first login needs it.
//!
//! ```text
//!  login ──FEDAUTHINFO──▶ known? ──yes──▶ the token, or why there is none
//!                           └─no──▶ token_request: pasted │ service (password, application, code) │ metadata
//! ```
//! A refusal is remembered like a token, so it never counts twice against an account. What lasts longer than a token
//! asks for another before its end, where no person is needed for that. The token
//! itself is handed to the sink, which keeps it out of every event; what it says of itself is a fact.

mod claims;
mod http;
mod managed;
mod place;
mod refusal;
mod service;

use crate::context::Secret;
use crate::failure::Failure;
use crate::hop::Hop;
use crate::record::{Place as StepPlace, StepLog, Try};
use ::http::Uri;
use chrono::{DateTime, TimeDelta, Utc};
use http::Http;
use model::{
    FailureCode, Observation, PlanLogin, StepId, StepKind, Subject, TokenRefusal, TokenSource,
};
use place::Place;
use service::Service;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tds::fedauth::Workflow;
use tds::token::FedAuthInfo;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How a token is come by.
enum Source {
    Pasted(Secret),
    Password {
        user: String,
        secret: Secret,
    },
    Application {
        tenant: String,
        client_id: String,
        secret: Secret,
    },
    ManagedIdentity {
        client_id: Option<String>,
    },
    DeviceCode {
        tenant: Option<String>,
    },
}

/// A token younger than this is not asked for again, whatever it says of its end.
const YOUNG: Duration = Duration::from_secs(300);
/// Another is asked for so long before the end.
const BEFORE_END: TimeDelta = TimeDelta::minutes(2);

/// The run's token, or the way to it.
pub(crate) struct Tokens {
    source: Source,
    got: Mutex<Option<Got>>,
}

/// What asking came to, and when.
struct Got {
    at: Instant,
    result: Result<Secret, Failure>,
}

/// Why there is no token.
struct Refused {
    failure: Failure,
    said: Option<Box<TokenRefusal>>,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            said: None,
        }
    }
}

impl Tokens {
    /// For a plan that signs in by Microsoft Entra; `None` when its secret is missing, or for other plans.
    pub(crate) fn of(login: &PlanLogin, secret: Option<Secret>) -> Option<Self> {
        let source = match (login.clone(), secret) {
            (PlanLogin::EntraToken, Some(token)) => Source::Pasted(token),
            (PlanLogin::EntraPassword { user }, Some(secret)) => Source::Password { user, secret },
            (PlanLogin::EntraServicePrincipal { tenant, client_id }, Some(secret)) => {
                Source::Application {
                    tenant,
                    client_id,
                    secret,
                }
            }
            (PlanLogin::EntraManagedIdentity { client_id }, _) => {
                Source::ManagedIdentity { client_id }
            }
            (PlanLogin::EntraDeviceCode { tenant }, _) => Source::DeviceCode { tenant },
            _ => return None,
        };
        Some(Self {
            source,
            got: Mutex::default(),
        })
    }

    /// For whom failed logins are counted, in a word.
    pub(crate) fn user(&self) -> &str {
        match &self.source {
            Source::Pasted(_) => "token",
            Source::Password { user, .. } => user,
            Source::Application { client_id, .. } => client_id,
            Source::ManagedIdentity { client_id } => {
                client_id.as_deref().unwrap_or("managed identity")
            }
            Source::DeviceCode { .. } => "device code",
        }
    }

    /// How LOGIN7 announces the token; `None` when it goes along in LOGIN7.
    pub(crate) fn workflow(&self) -> Option<Workflow> {
        match self.source {
            Source::Pasted(_) => None,
            Source::Password { .. } | Source::Application { .. } => Some(Workflow::PASSWORD),
            Source::ManagedIdentity { .. } | Source::DeviceCode { .. } => {
                Some(Workflow::INTERACTIVE)
            }
        }
    }

    /// The token, when it is there.
    pub(crate) async fn known(&self) -> Option<Secret> {
        let got = self.got.lock().await;
        got.as_ref()?.result.as_ref().ok().cloned()
    }

    /// Whether asking for it would keep a server waiting for longer than it does.
    pub(crate) async fn waits_for_person(&self) -> bool {
        matches!(self.source, Source::DeviceCode { .. }) && self.got.lock().await.is_none()
    }

    /// The token; asked for the first time only, as a step under `parent`. `told` is what the server said of it.
    pub(crate) async fn get(
        &self,
        hop: &Hop<'_>,
        endpoint: SocketAddr,
        parent: StepId,
        told: Option<&FedAuthInfo>,
    ) -> Result<Secret, Failure> {
        let mut got = self.got.lock().await;
        if let Some(got) = got.as_ref().filter(|got| !self.is_over(got)) {
            return got.result.clone();
        }
        let run = hop.run;
        let place = self.place(hop, told);
        let authority = self.authority(hop, &place);
        let step = run.recorder.start(
            StepKind::TokenRequest,
            StepPlace {
                hop: hop.place.hop,
                parent: Some(parent),
            },
            subject(authority.as_deref()),
        );
        let started = Instant::now();
        let result = self.ask(hop, &place, step).await;
        if let Err(Refused {
            said: Some(said), ..
        }) = &result
        {
            step.observe(
                Some(1),
                Observation::TokenRefused(TokenRefusal::clone(said)),
            );
        }
        if let Ok(token) = &result {
            run.recorder.hide(token.expose());
            let facts = claims::facts(token.expose(), self.kind(), authority);
            step.observe(Some(1), Observation::Token(facts));
        }
        let failure = result.as_ref().err().map(|refused| refused.failure.clone());
        step.attempt(Try::over(1, started, None, failure.as_ref()));
        match failure {
            None => step.ok(),
            Some(failure) => {
                if failure.code == FailureCode::TokenRefused {
                    run.context.budget.failed(endpoint, self.user());
                }
                step.failed(failure.code, failure.detail.as_deref());
            }
        }
        let result = result.map_err(|refused| refused.failure);
        let refused = |failure: &Failure| failure.code == FailureCode::TokenRefused;
        // A service that is away for a moment takes nothing from a run that has a token.
        if got.is_none() || result.as_ref().err().is_none_or(refused) {
            *got = Some(Got {
                at: started,
                result: result.clone(),
            });
        }
        result
    }

    /// Whether another has to be asked for, and nobody needs to sign in for that.
    fn is_over(&self, got: &Got) -> bool {
        let alone = !matches!(self.source, Source::Pasted(_) | Source::DeviceCode { .. });
        let ends = got.result.as_ref().ok();
        let ends =
            ends.and_then(|token| claims::facts(token.expose(), self.kind(), None).expires_at);
        alone && ends.is_some_and(|ends| ends_soon(ends, got.at.elapsed(), Utc::now()))
    }

    async fn ask(
        &self,
        hop: &Hop<'_>,
        place: &Place,
        step: StepLog<'_>,
    ) -> Result<Secret, Refused> {
        let context = hop.run.context;
        let metadata = &context.identity.metadata;
        if let Source::Pasted(token) = &self.source {
            return Ok(token.clone());
        }
        let near = matches!(self.source, Source::ManagedIdentity { .. });
        let http = Http::new(context, hop.run.limits.login, !near)?;
        let http = Arc::new(http);
        let service = Service {
            place: place.clone(),
            http: Arc::clone(&http),
        };
        match &self.source {
            Source::Pasted(token) => Ok(token.clone()),
            Source::Password { user, secret } => {
                service.of_user(user.clone(), secret.clone()).await
            }
            Source::Application {
                client_id, secret, ..
            } => {
                let asked = service.of_application(client_id.clone(), secret.clone());
                asked.await
            }
            Source::ManagedIdentity { client_id } => {
                managed::ask(metadata, client_id.as_deref(), &place.resource, &http).await
            }
            Source::DeviceCode { .. } => {
                let code = service.clone().code().await?;
                step.recorder().hide(code.device_code().secret());
                let shown = service::shown(&code);
                step.observe(Some(1), Observation::DeviceCode(shown));
                service.of_person(code).await
            }
        }
    }

    fn place(&self, hop: &Hop<'_>, told: Option<&FedAuthInfo>) -> Place {
        let tenant = match &self.source {
            Source::Application { tenant, .. } => Some(tenant.as_str()),
            Source::DeviceCode { tenant } => tenant.as_deref(),
            _ => None,
        };
        let target = &hop.run.plan.target.host;
        Place::of(target, tenant, &hop.run.context.identity, told)
    }

    /// Whom it is asked of; `None` when nobody is.
    fn authority(&self, hop: &Hop<'_>, place: &Place) -> Option<String> {
        match &self.source {
            Source::Pasted(_) => None,
            Source::ManagedIdentity { .. } => {
                let url = hop.run.context.identity.metadata.address();
                url.ok().map(|url| managed::place(&url))
            }
            _ => Some(format!("{}/{}", place.authority, place.tenant)),
        }
    }

    fn kind(&self) -> TokenSource {
        match self.source {
            Source::Pasted(_) => TokenSource::Pasted,
            Source::Password { .. } => TokenSource::Password,
            Source::Application { .. } => TokenSource::ServicePrincipal,
            Source::ManagedIdentity { .. } => TokenSource::ManagedIdentity,
            Source::DeviceCode { .. } => TokenSource::DeviceCode,
        }
    }
}

/// Of a token with this end, held for so long.
fn ends_soon(ends: DateTime<Utc>, held: Duration, now: DateTime<Utc>) -> bool {
    held >= YOUNG && ends <= now + BEFORE_END
}

fn subject(authority: Option<&str>) -> Subject {
    let uri: Option<Uri> = authority.and_then(|authority| authority.parse().ok());
    let usual = |uri: &Uri| match uri.scheme_str() {
        Some("http") => 80,
        _ => 443,
    };
    Subject {
        host: uri.as_ref().and_then(|uri| uri.host()).map(str::to_owned),
        port: uri
            .as_ref()
            .map(|uri| uri.port_u16().unwrap_or_else(|| usual(uri))),
        ..Subject::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{YOUNG, ends_soon};
    use chrono::{DateTime, TimeDelta};
    use std::time::Duration;

    #[test]
    fn a_token_is_asked_for_again_before_its_end_and_not_while_it_is_young() {
        let now = DateTime::UNIX_EPOCH;
        let ends = |seconds| now + TimeDelta::seconds(seconds);
        assert!(ends_soon(ends(119), YOUNG, now));
        assert!(ends_soon(ends(-5), YOUNG, now));
        assert!(!ends_soon(ends(121), YOUNG, now));
        // Whoever gives tokens that are over already is not asked at every login.
        assert!(!ends_soon(ends(-5), YOUNG - Duration::from_secs(1), now));
    }
}
