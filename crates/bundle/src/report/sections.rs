//! The parts of the transcript, in the order that support engineers know.

use model::{Step, StepId, StepKind};
use std::collections::BTreeMap;

/// A part of the transcript that steps belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    Host,
    Names,
    Instance,
    Gateways,
    SignIn,
    Login,
    Advanced,
    Tls,
    Route,
    Lasting,
    Replicas,
    Link,
    Writes,
    Other,
}

impl Section {
    pub(crate) const ALL: [Self; 14] = [
        Self::Host,
        Self::Names,
        Self::Instance,
        Self::Gateways,
        Self::SignIn,
        Self::Login,
        Self::Advanced,
        Self::Tls,
        Self::Route,
        Self::Lasting,
        Self::Replicas,
        Self::Link,
        Self::Writes,
        Self::Other,
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Host => "LOCAL NETWORK CONFIGURATION",
            Self::Names => "DNS COMPARISON",
            Self::Instance => "NAMED INSTANCE",
            Self::Gateways => "GATEWAYS",
            Self::SignIn => "MICROSOFT ENTRA SIGN-IN ADDRESSES AND TOKENS",
            Self::Login => "CONNECTION AND LOGIN",
            Self::Advanced => "ADVANCED CONNECTIVITY: ATTEMPTS AND REDIRECTS",
            Self::Tls => "TLS AND CERTIFICATES",
            Self::Route => "ROUTE AND NETWORK TRACE",
            Self::Lasting => "WHAT LASTS: HELD CONNECTIONS, LOOPS, CAPACITY, SIZES",
            Self::Replicas => "AVAILABILITY REPLICAS",
            Self::Link => "LINK WITH A MANAGED INSTANCE",
            Self::Writes => "WRITES THAT ARE CUT OFF, AND CLEAN-UP",
            Self::Other => "OTHER STEPS",
        }
    }

    fn of_kind(kind: StepKind) -> Self {
        match kind {
            StepKind::HostFacts => Self::Host,
            StepKind::DnsLookup => Self::Names,
            StepKind::InstanceLookup => Self::Instance,
            StepKind::GatewayConnect => Self::Gateways,
            StepKind::SignInHost | StepKind::TokenRequest => Self::SignIn,
            StepKind::TcpConnect
            | StepKind::TdsPrelogin
            | StepKind::TlsHandshake
            | StepKind::TicketRequest
            | StepKind::TdsLogin
            | StepKind::TdsRedirect
            | StepKind::SqlQuery
            | StepKind::DatabaseLookup => Self::Login,
            StepKind::LoginAttempt | StepKind::RedirectSample => Self::Advanced,
            StepKind::TlsVersions | StepKind::Revocation => Self::Tls,
            StepKind::RouteTrace | StepKind::NetworkTrace => Self::Route,
            StepKind::IdleLadder
            | StepKind::Heartbeat
            | StepKind::RetryLoop
            | StepKind::DataFlow
            | StepKind::Capacity
            | StepKind::PathSurvey => Self::Lasting,
            StepKind::ReplicaSession | StepKind::ReplicaCatalog | StepKind::ListenerView => {
                Self::Replicas
            }
            StepKind::InstanceLink | StepKind::LinkToInstance | StepKind::LinkFromInstance => {
                Self::Link
            }
            StepKind::TrackedWrites | StepKind::CleanUp => Self::Writes,
            StepKind::Unknown => Self::Other,
        }
    }
}

/// Where each step stands: with the step it is part of, or else by what it is. Parents come before children.
pub(crate) fn places(steps: &[Step]) -> BTreeMap<StepId, Section> {
    let mut places = BTreeMap::new();
    for step in steps {
        let above = step.parent.and_then(|above| places.get(&above)).copied();
        let section = match above {
            Some(section) => section,
            None if step.hop > 0 && step.kind == StepKind::DnsLookup => Section::Login,
            None => Section::of_kind(step.kind),
        };
        places.insert(step.id, section);
    }
    places
}
