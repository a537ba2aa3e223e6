//! The token service's grants: application and secret, user and password, and a code that a person types in.

use super::http::{Broken, Http};
use super::place::Place;
use super::{Refused, refusal};
use crate::context::Secret;
use crate::failure::Failure;
use crate::record::bounded;
use chrono::{TimeDelta, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use model::{DeviceCode, FailureCode};
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AuthType, ClientId, ClientSecret, DeviceAuthorizationUrl, ErrorResponse, HttpRequest,
    HttpResponse, RequestTokenError, ResourceOwnerPassword, ResourceOwnerUsername, Scope,
    StandardDeviceAuthorizationResponse, TokenResponse, TokenUrl,
};
use std::sync::Arc;
use std::time::Duration;
use url::ParseError;

/// The application that SQL Server's own drivers sign people in with.
const DRIVERS: &str = "2fd908ad-0664-4344-b9be-cd3e8b574c38";
/// What a service says while nobody has typed the code in: no refusal, even when it was the last word.
const PENDING: [&str; 2] = ["authorization_pending", "slow_down"];
/// Shortest wait between two questions whether the person has signed in.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// Longest code and address that are shown.
const SHOWN_CHARS: usize = 500;
/// Longest that a code is taken to be good for.
const LONGEST_CODE: TimeDelta = TimeDelta::hours(1);

/// What came of asking; owns all it needs.
pub(super) type Asked<T> = BoxFuture<'static, Result<T, Refused>>;

/// A client that asks at one place.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) place: Place,
    pub(super) http: Arc<Http>,
}

impl Service {
    /// An application's own token.
    pub(super) fn of_application(self, client_id: String, secret: Secret) -> Asked<Secret> {
        async move {
            let secret = ClientSecret::new(secret.expose().to_owned());
            let client = BasicClient::new(ClientId::new(client_id))
                .set_client_secret(secret)
                .set_auth_type(AuthType::RequestBody)
                .set_token_uri(self.token_url()?);
            let answer = client
                .exchange_client_credentials()
                .add_scope(self.scope())
                .request_async(&self.asker())
                .await;
            self.token(answer)
        }
        .boxed()
    }

    /// A person's token, by user name and password.
    pub(super) fn of_user(self, user: String, secret: Secret) -> Asked<Secret> {
        async move {
            let client = BasicClient::new(ClientId::new(DRIVERS.to_owned()))
                .set_auth_type(AuthType::RequestBody)
                .set_token_uri(self.token_url()?);
            let user = ResourceOwnerUsername::new(user);
            let password = ResourceOwnerPassword::new(secret.expose().to_owned());
            let answer = client
                .exchange_password(&user, &password)
                .add_scope(self.scope())
                .request_async(&self.asker())
                .await;
            self.token(answer)
        }
        .boxed()
    }

    /// A code for a person to type in elsewhere.
    pub(super) fn code(self) -> Asked<StandardDeviceAuthorizationResponse> {
        async move {
            let url =
                DeviceAuthorizationUrl::new(self.url("devicecode")).map_err(not_an_address)?;
            let client = BasicClient::new(ClientId::new(DRIVERS.to_owned()))
                .set_auth_type(AuthType::RequestBody)
                .set_device_authorization_url(url);
            let answer = client
                .exchange_device_code()
                .add_scope(self.scope())
                .request_async(&self.asker())
                .await;
            answer.map_err(|error| self.refused(error))
        }
        .boxed()
    }

    /// The person's token, once the code was typed in; asked for at the service's own interval until it expires.
    pub(super) fn of_person(self, code: StandardDeviceAuthorizationResponse) -> Asked<Secret> {
        async move {
            let client = BasicClient::new(ClientId::new(DRIVERS.to_owned()))
                .set_auth_type(AuthType::RequestBody)
                .set_token_uri(self.token_url()?);
            let pause = |wait: Duration| tokio::time::sleep(wait.max(SHORTEST_INTERVAL));
            let answer = client
                .exchange_device_access_token(&code)
                .request_async(&self.asker(), pause, None)
                .await;
            self.token(answer)
        }
        .boxed()
    }

    /// Asks, as `oauth2` wants it.
    fn asker(
        &self,
    ) -> impl Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Broken>> + Send + Sync + 'static
    {
        let http = Arc::clone(&self.http);
        move |request| {
            let http = Arc::clone(&http);
            async move { http.send(request).await }.boxed()
        }
    }

    fn url(&self, what: &str) -> String {
        format!(
            "{}/{}/oauth2/v2.0/{what}",
            self.place.authority, self.place.tenant
        )
    }

    fn token_url(&self) -> Result<TokenUrl, Refused> {
        TokenUrl::new(self.url("token")).map_err(not_an_address)
    }

    /// The resource ends in a slash, and so does the audience that servers want: hence two.
    fn scope(&self) -> Scope {
        Scope::new(format!("{}/.default", self.place.resource))
    }

    fn token<T>(
        &self,
        answer: Result<BasicTokenResponse, RequestTokenError<Broken, T>>,
    ) -> Result<Secret, Refused>
    where
        T: ErrorResponse + 'static,
    {
        match answer {
            Ok(answer) => Ok(Secret::new(answer.access_token().secret().clone())),
            Err(error) => Err(self.refused(error)),
        }
    }

    /// What the service really said counts for more than how it was read.
    fn refused<T>(&self, error: RequestTokenError<Broken, T>) -> Refused
    where
        T: ErrorResponse + 'static,
    {
        if let RequestTokenError::Request(broken) = error {
            return Refused::from(Failure::from(broken));
        }
        let said = refusal::read(&self.place.authority, &self.http.last());
        if let Some(said) = said.filter(|said| !PENDING.contains(&said.error.as_str())) {
            return Refused {
                failure: refusal::failure(&said),
                said: Some(Box::new(said)),
            };
        }
        let failure = match error {
            RequestTokenError::ServerResponse(_) => Failure::new(
                FailureCode::TokenTimeout,
                "nobody signed in with the code in time",
            ),
            // The parser's words may repeat what it could not read.
            _ => Failure::new(
                FailureCode::TokenMalformed,
                format!(
                    "the answer (HTTP {}) is none of a token service",
                    self.http.last().status
                ),
            ),
        };
        Refused::from(failure)
    }
}

fn not_an_address(error: ParseError) -> Refused {
    Refused::from(Failure::new(FailureCode::Internal, error.to_string()))
}

/// The code as people are shown it.
pub(super) fn shown(code: &StandardDeviceAuthorizationResponse) -> DeviceCode {
    let good_for = TimeDelta::from_std(code.expires_in()).unwrap_or(LONGEST_CODE);
    DeviceCode {
        user_code: bounded(code.user_code().secret(), SHOWN_CHARS),
        verification_url: bounded(code.verification_uri(), SHOWN_CHARS),
        expires_at: Utc::now() + good_for.min(LONGEST_CODE),
    }
}
