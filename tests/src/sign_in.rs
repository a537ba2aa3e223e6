//! Stand-ins for what gives access tokens: the token service of Microsoft Entra, a virtual machine's metadata service
//! and App Service's, all on one port of loopback.
//!
//! It gives tokens that the lab accepts, and remembers what it was asked. It is no token service: nothing is signed.

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio_util::task::AbortOnDropHandle;

/// What App Service wants to be told in a header.
pub const APP_SERVICE_HEADER: &str = "app-service-header-5151";
/// The code that people would type in.
pub const USER_CODE: &str = "LINE-CHCK";

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Gives tokens; a code is typed in after the first question.
    Gives,
    /// Gives tokens whose time has not come: its clock is an hour ahead.
    ClockAhead,
    /// Does not know the application.
    WrongClient,
    /// Does not take the secret, and repeats it.
    Refuses,
    /// Never answers.
    Silent,
    /// Answers with something else.
    Babbles,
    /// Gives a code that nobody types in.
    NobodySignsIn,
}

/// One question.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its path.
    pub path: String,
    /// Its form, or its query.
    pub form: BTreeMap<String, String>,
}

struct Shared {
    manner: Manner,
    asked: Mutex<Vec<Asked>>,
}

/// A stand-in that serves until it is dropped.
pub struct SignIn {
    address: SocketAddr,
    shared: Arc<Shared>,
    _serving: AbortOnDropHandle<()>,
}

impl SignIn {
    /// On a free port.
    ///
    /// # Panics
    /// When there is none.
    pub async fn start(manner: Manner) -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = listener.await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            manner,
            asked: Mutex::default(),
        });
        let router = Router::new()
            .route("/{tenant}/oauth2/v2.0/{what}", post(service))
            .route("/metadata/identity/oauth2/token", get(virtual_machine))
            .route("/msi/token", get(app_service))
            .with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serves");
        });
        Self {
            address,
            shared,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    /// Its address, without a path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every question so far.
    ///
    /// # Panics
    /// When another test panicked meanwhile.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("not poisoned").clone()
    }
}

/// A token with these claims, as the lab accepts them.
#[must_use]
pub fn token(claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("{header}.{claims}.{}", lab::TOKEN_SIGNATURE)
}

impl Shared {
    /// Notes a question; how many were there before at the same path.
    fn note(&self, path: &str, form: &[u8]) -> (usize, BTreeMap<String, String>) {
        let form: BTreeMap<String, String> =
            url::form_urlencoded::parse(form).into_owned().collect();
        let mut asked = self.asked.lock().expect("not poisoned");
        let before = asked.iter().filter(|one| one.path == path).count();
        asked.push(Asked {
            path: path.to_owned(),
            form: form.clone(),
        });
        (before, form)
    }

    fn now(&self) -> DateTime<Utc> {
        match self.manner {
            Manner::ClockAhead => Utc::now() + TimeDelta::hours(1),
            _ => Utc::now(),
        }
    }

    fn answer(&self, status: u16, body: &Value) -> Response {
        let date = self.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let status = StatusCode::from_u16(status).expect("a status");
        let headers = [
            ("date", date),
            ("content-type", "application/json".to_owned()),
        ];
        (status, headers, body.to_string()).into_response()
    }

    /// A token for a resource.
    fn gives(&self, tenant: &str, application: &str, resource: &str) -> Response {
        let now = self.now();
        let claims = json!({
            "aud": resource,
            "tid": tenant,
            "appid": application,
            "nbf": now.timestamp() - 60,
            "exp": now.timestamp() + 3_600,
        });
        let body = json!({
            "token_type": "Bearer",
            "expires_in": 3_600,
            "access_token": token(&claims),
            "refresh_token": "refresh-token-that-nobody-needs",
        });
        self.answer(200, &body)
    }

    fn refuses(&self, status: u16, error: &str, number: u32, text: &str) -> Response {
        let description =
            format!("AADSTS{number}: {text}\r\nTrace ID: trace-1\r\nCorrelation ID: correlation-1");
        let body = json!({
            "error": error,
            "error_description": description,
            "error_codes": [number],
            "trace_id": "trace-1",
            "correlation_id": "correlation-1",
        });
        self.answer(status, &body)
    }
}

async fn service(
    State(shared): State<Arc<Shared>>,
    Path((tenant, what)): Path<(String, String)>,
    body: axum::body::Bytes,
) -> Response {
    let path = format!("/{tenant}/oauth2/v2.0/{what}");
    let (before, form) = shared.note(&path, &body);
    let of = |name: &str| form.get(name).cloned().unwrap_or_default();
    match shared.manner {
        Manner::Silent => return std::future::pending().await,
        Manner::Babbles => {
            return (StatusCode::OK, "<html>a page of somebody's proxy</html>").into_response();
        }
        Manner::WrongClient => {
            let text = format!(
                "Application with identifier '{}' was not found.",
                of("client_id")
            );
            return shared.refuses(400, "unauthorized_client", 700_016, &text);
        }
        Manner::Refuses if of("grant_type") == "client_credentials" => {
            let text = format!("Invalid client secret '{}' provided.", of("client_secret"));
            return shared.refuses(401, "invalid_client", 7_000_215, &text);
        }
        Manner::Refuses if what == "token" => {
            let text = format!(
                "Error validating credentials, password '{}'.",
                of("password")
            );
            return shared.refuses(400, "invalid_grant", 50_126, &text);
        }
        _ => {}
    }
    if what == "devicecode" {
        let good_for = if shared.manner == Manner::NobodySignsIn {
            2
        } else {
            900
        };
        let body = json!({
            "device_code": "device-code-4242",
            "user_code": USER_CODE,
            "verification_uri": "https://microsoft.com/devicelogin",
            "expires_in": good_for,
            "interval": 1,
            "message": "Type it in.",
        });
        return shared.answer(200, &body);
    }
    let by_code = of("grant_type").ends_with("device_code");
    if by_code && (before == 0 || shared.manner == Manner::NobodySignsIn) {
        return shared.refuses(400, "authorization_pending", 70_016, "Still pending.");
    }
    let resource = of("scope");
    let resource = resource
        .strip_suffix("/.default")
        .unwrap_or("https://database.windows.net/");
    shared.gives(&tenant, &of("client_id"), resource)
}

async fn virtual_machine(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let asks = headers.get("metadata").is_some_and(|value| value == "true");
    metadata(&shared, "/metadata/identity/oauth2/token", query, asks).await
}

async fn app_service(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let header = headers.get("x-identity-header");
    let asks = header.is_some_and(|value| value == APP_SERVICE_HEADER);
    metadata(&shared, "/msi/token", query, asks).await
}

async fn metadata(shared: &Shared, path: &str, query: Option<String>, asks: bool) -> Response {
    let (_, form) = shared.note(path, query.unwrap_or_default().as_bytes());
    let of = |name: &str| form.get(name).cloned().unwrap_or_default();
    match shared.manner {
        Manner::Silent => std::future::pending().await,
        Manner::Babbles => StatusCode::NOT_FOUND.into_response(),
        Manner::WrongClient | Manner::Refuses => {
            let body =
                json!({"error": "invalid_request", "error_description": "Identity not found"});
            shared.answer(400, &body)
        }
        _ if !asks => StatusCode::FORBIDDEN.into_response(),
        _ => shared.gives("tenant-of-the-host", &of("client_id"), &of("resource")),
    }
}
