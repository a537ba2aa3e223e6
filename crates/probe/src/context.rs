//! What a run is given besides its plan: the secret, the agent's policy, its trusted roots, its name
//! sources, and its budget of failed logins. Tests give their own.

use crate::files::Keep;
use crate::identity::IdentityEndpoints;
use crate::journal::{Journal, NoJournal};
use crate::names::NameSources;
use crate::policy::Policy;
use crate::trace::Trace;
use model::lasting::Lasting;
use model::{Options, Plan, PlanLogin, Target};
use rustls::RootCertStore;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use target::facts::Gateways;
use zeroize::Zeroizing;

/// A password, wiped when it is dropped and never shown.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the password over.
    #[must_use]
    pub fn new(password: String) -> Self {
        Self(Zeroizing::new(password))
    }

    /// The password itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a run signs in with.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// At the run's own target.
    pub own: Option<Secret>,
    /// At the managed instance of its link.
    pub instance: Option<Secret>,
}

impl From<Option<Secret>> for Secrets {
    fn from(own: Option<Secret>) -> Self {
        Self {
            own,
            instance: None,
        }
    }
}

/// The same plan for the managed instance of its link: another target, another sign-in, and nothing that lasts.
#[must_use]
pub fn instance_plan(plan: &Plan) -> Option<Plan> {
    let link = plan.options.lasting.instance_link.as_ref()?;
    let parsed = target::parse(&link.instance).ok()?;
    Some(Plan {
        run: plan.run,
        target: Target {
            server: parsed.server,
            host: parsed.host,
            port: parsed.port,
            instance: parsed.instance,
            database: "master".to_owned(),
            kind: parsed.kind.as_str().to_owned(),
        },
        login: PlanLogin::Sql {
            user: link.user.clone(),
        },
        options: Options {
            lasting: Lasting::default(),
            ..plan.options.clone()
        },
    })
}

/// Keeps an agent from tripping a server's lock-out: counts failed logins by endpoint and user.
pub trait LoginBudget: Send + Sync {
    /// Whether another login may be tried now.
    fn may_try(&self, endpoint: SocketAddr, user: &str) -> bool;
    /// A login was rejected for its user or password (18456 kind).
    fn failed(&self, endpoint: SocketAddr, user: &str);
}

/// A budget without an end, for peers that lock nobody out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

impl LoginBudget for Unlimited {
    fn may_try(&self, _endpoint: SocketAddr, _user: &str) -> bool {
        true
    }

    fn failed(&self, _endpoint: SocketAddr, _user: &str) {}
}

/// Everything that a run takes from its agent.
#[derive(Clone)]
pub struct Context {
    /// What may be reached.
    pub policy: Policy,
    /// Roots that may sign a server's certificate.
    pub trust: Arc<RootCertStore>,
    /// Whom to ask about names.
    pub names: NameSources,
    /// Failed logins that are still allowed.
    pub budget: Arc<dyn LoginBudget>,
    /// Where it is written down what is about to be made on a server.
    pub journal: Arc<dyn Journal>,
    /// Who keeps files of the run beside its log; absent, none are written.
    pub keep: Option<Arc<dyn Keep>>,
    /// How runs are recorded that ask for it.
    pub trace: Trace,
    /// Where access tokens are asked for.
    pub identity: IdentityEndpoints,
    /// Regions and their gateways.
    pub gateways: Arc<Cow<'static, Gateways>>,
    /// UDP port where SQL Browser is asked.
    pub browser_port: u16,
    /// Where hosts of Microsoft Entra, and those that certificates name, are reached instead of where their names
    /// lead. For stand-ins; whoever is named here is reached whatever the policy says.
    pub stand_ins: BTreeMap<String, SocketAddr>,
}

/// Where SQL Browser listens.
const BROWSER_PORT: u16 = 1434;

impl Context {
    /// This host's own: the design's policy, the system's roots, resolvers and hosts file, no budget.
    #[must_use]
    pub fn of_this_host() -> Self {
        Self {
            policy: Policy::default(),
            trust: Arc::new(system_roots()),
            names: NameSources::of_this_host(),
            identity: IdentityEndpoints::of_this_host(),
            ..Self::offline()
        }
    }

    /// Asks nobody, trusts nobody, and reaches what the design's policy allows: a beginning for one's own.
    #[must_use]
    pub fn offline() -> Self {
        Self {
            policy: Policy::default(),
            trust: Arc::new(RootCertStore::empty()),
            names: NameSources::none(),
            budget: Arc::new(Unlimited),
            journal: Arc::new(NoJournal),
            keep: None,
            trace: Trace::default(),
            identity: IdentityEndpoints::default(),
            gateways: Arc::new(Cow::Borrowed(Gateways::built_in())),
            browser_port: BROWSER_PORT,
            stand_ins: BTreeMap::new(),
        }
    }
}

/// The system's trusted roots; Mozilla's where the system has none. Certificates that cannot be read are left
/// out.
#[must_use]
pub fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "a trusted root could not be loaded");
    }
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}
