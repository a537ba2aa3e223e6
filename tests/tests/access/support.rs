//! A portal with a password, a clock that is set by hand, and certificates of the test's own.

use chrono::{DateTime, Duration as Span, Utc};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header};
use rustls::pki_types::CertificateDer;
use serde_json::{Value, json};
use server::access::Password;
use server::config::{Access, Tls};
use server::{Clock, Config, Timing};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Longer than anything here takes; only a failing test waits for it.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// The operator's.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Its hash, made once.
pub(crate) fn hash() -> String {
    static MADE: OnceLock<String> = OnceLock::new();
    let made = MADE.get_or_init(|| Password::hash(PASSWORD).expect("hashed"));
    made.clone()
}

/// A wall clock that is set by hand.
pub(crate) struct Hands(Mutex<DateTime<Utc>>);

impl Hands {
    pub(crate) fn forward(&self, by: Span) {
        *self.0.lock().expect("not poisoned") += by;
    }
}

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("not poisoned")
    }
}

/// A portal with a password; without an agent of its own unless that is changed.
pub(crate) struct Portal {
    pub(crate) server: server::Portal,
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<Hands>,
    pub(crate) http: Client,
}

impl Portal {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tests::folder();
        let clock = Arc::new(Hands(Mutex::new(Utc::now())));
        let server = serve(folder.path(), &clock, change).await;
        Self {
            server,
            folder,
            clock,
            http: Client::new(),
        }
    }

    /// Ends it and starts another on the same folder.
    pub(crate) async fn restarted(self, change: impl FnOnce(&mut Config)) -> Self {
        self.server.shutdown().await;
        let server = serve(self.folder.path(), &self.clock, change).await;
        Self { server, ..self }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    /// A call as the page makes it.
    pub(crate) fn call(&self, method: Method, path: &str, cookie: Option<&str>) -> RequestBuilder {
        let mut request = self.http.request(method.clone(), self.url(path));
        if method != Method::GET {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        match cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str, cookie: Option<&str>) -> Response {
        let request = self.call(Method::GET, path, cookie);
        request.send().await.expect("an answer")
    }

    pub(crate) async fn post(&self, path: &str, cookie: Option<&str>, body: &Value) -> Response {
        let request = self.call(Method::POST, path, cookie);
        request.json(body).send().await.expect("an answer")
    }

    pub(crate) async fn try_password(&self, password: &str) -> Response {
        self.post("/api/login", None, &json!({ "password": password }))
            .await
    }

    /// Logs in; answers what to send as `Cookie`.
    pub(crate) async fn log_in(&self) -> String {
        let response = self.try_password(PASSWORD).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        cookie(&response)
    }

    /// A run that stays queued: its stream stays open.
    pub(crate) async fn queued_run(&self, cookie: &str) -> String {
        let agent = self.server.admit("one", "a-key", "a-fingerprint").await;
        let agent = agent.expect("admitted").id;
        let run = json!({ "server": "tcp:db.example.test,1433", "agents": [agent] });
        let response = self.post("/api/runs", Some(cookie), &run).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        let created: Value = response.json().await.expect("JSON");
        created["runs"][0]["id"].as_str().expect("an id").to_owned()
    }
}

async fn serve(
    folder: &Path,
    clock: &Arc<Hands>,
    change: impl FnOnce(&mut Config),
) -> server::Portal {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut config = Config {
        agent: false,
        access: Access {
            password_hash: Some(hash()),
            ..Access::default()
        },
        timing: Timing {
            login_looked_at: Duration::from_millis(20),
            certificate: Duration::from_millis(20),
            drain: Duration::from_secs(2),
            ..Timing::default()
        },
        clock: Arc::<Hands>::clone(clock),
        ..Config::new(folder.join("data"))
    };
    change(&mut config);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    server::start(config, listener).await.expect("it starts")
}

/// `name=value` of the cookie that an answer sets.
pub(crate) fn cookie(response: &Response) -> String {
    let set = set_cookie(response);
    set.split(';').next().expect("a pair").to_owned()
}

pub(crate) fn set_cookie(response: &Response) -> String {
    let mut all = response.headers().get_all(header::SET_COOKIE).iter();
    let set = all.next().expect("a cookie").to_str().expect("text");
    assert!(all.next().is_none(), "only one");
    set.to_owned()
}

/// Asserts a problem's status and code, and that people can look it up.
pub(crate) async fn problem(response: Response, status: u16, code: &str) {
    assert_eq!(response.status(), status);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let problem: Value = response.json().await.expect("JSON");
    assert_eq!(problem["code"], code, "{problem}");
    let documented = include_str!("../../../docs/API.md").contains(&format!("`{code}`"));
    assert!(documented, "{code} is not in docs/API.md");
}

/// A root of the test's own, and certificates under it as PEM files.
pub(crate) struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Ca {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a root");
        Self { issuer }
    }

    pub(crate) fn root(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    /// A client that trusts it and nobody else.
    pub(crate) fn client(&self) -> Client {
        let root = reqwest::Certificate::from_der(&self.root()).expect("a root");
        let builder = Client::builder().tls_certs_only([root]);
        builder.build().expect("a client")
    }

    /// Writes a certificate for loopback, and its key; answers how the portal is told.
    pub(crate) fn files(&self, folder: &Path) -> Tls {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let params = CertificateParams::new(names).expect("names");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        let (cert, file) = (folder.join("cert.pem"), folder.join("key.pem"));
        // The key first: a portal that looks in between finds two that do not fit, and waits.
        std::fs::write(&file, key.serialize_pem()).expect("written");
        std::fs::write(&cert, certificate.pem()).expect("written");
        Tls::Own { cert, key: file }
    }
}
