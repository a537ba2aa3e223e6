//! How far a run got, and where it stopped.
//!
//! ```text
//!  name ─▶ (port of an instance) ─▶ connect ─▶ PRELOGIN ─▶ TLS ─▶ login ─▶ query
//!   ▲                                                               │
//!   └───────────────────────── redirect ◀───────────────────────────┘   (next hop)
//! ```
//!
//! The stop is the furthest stage at the furthest hop at which every address failed. One address that worked
//! is enough to have got there; one that is still being tried, or whose try was cut off, is enough to say
//! nothing yet.

use crate::case::StepRef;
use crate::state::{State, fails};
use model::{FailureCode, Observation, StepKind, StepState};

/// The stages of one hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Name,
    /// SQL Browser asked for the port of an instance.
    Instance,
    Connect,
    Prelogin,
    Tls,
    Login,
    Redirect,
    Query,
}

/// Where a run stopped.
#[derive(Clone, Debug)]
pub(crate) struct Stop<'a> {
    pub(crate) stage: Stage,
    pub(crate) hop: u32,
    /// The code of most of the failed steps.
    pub(crate) code: FailureCode,
    /// Every step that failed at this stage and hop, whatever its code.
    pub(crate) steps: Vec<StepRef<'a>>,
    /// They do not all have the same code.
    pub(crate) mixed: bool,
}

impl<'a> Stop<'a> {
    /// The steps that have the stop's own code.
    pub(crate) fn alike(&self) -> impl Iterator<Item = StepRef<'a>> {
        self.steps.iter().filter(|s| s.is(&self.code)).copied()
    }

    /// The first of them.
    pub(crate) fn step(&self) -> Option<StepRef<'a>> {
        self.alike().next()
    }
}

/// A run's way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path<'a> {
    /// Where it stopped; `None` when it did not, or when that cannot be said.
    pub(crate) stop: Option<Stop<'a>>,
    /// The furthest hop.
    pub(crate) hop: u32,
    /// The login that was accepted at the furthest hop, and not routed on.
    pub(crate) login: Option<StepRef<'a>>,
    /// Not tried, because there were no credentials.
    pub(crate) no_credentials: Option<StepRef<'a>>,
    /// TLS handshakes that worked at the furthest hop; PRELOGINs where clear text is allowed.
    pub(crate) reached: Vec<StepRef<'a>>,
}

impl<'a> Path<'a> {
    pub(crate) fn of(state: &'a State) -> Self {
        let hop = state.steps().iter().map(|step| step.hop).max().unwrap_or(0);
        let mut path = Self {
            hop,
            ..Self::default()
        };
        let walk = Walk { state, hop };
        path.stop = walk.redirect();
        if path.stop.is_none() {
            walk.hop(&mut path);
        }
        path
    }
}

struct Walk<'a> {
    state: &'a State,
    hop: u32,
}

impl<'a> Walk<'a> {
    fn at(&self, kind: StepKind) -> Vec<StepRef<'a>> {
        let hop = self.hop;
        self.state
            .with_trails()
            .map(StepRef::new)
            .filter(|step| step.hop == hop && step.kind == kind && !step.is_external())
            .collect()
    }

    /// A redirect that was not followed.
    fn redirect(&self) -> Option<Stop<'a>> {
        let all = || self.state.with_trails().map(StepRef::new);
        let steps = || all().filter(|step| !step.is_beside());
        let codes = [FailureCode::RedirectLoop, FailureCode::TooManyRedirects];
        let step = steps()
            .find(|s| s.code.as_ref().is_some_and(|code| codes.contains(code)))
            .or_else(|| {
                steps()
                    .find(|s| s.kind == StepKind::TdsRedirect && s.is(&FailureCode::PolicyRefused))
            })?;
        Some(Stop {
            stage: Stage::Redirect,
            hop: step.hop,
            code: step.code.clone()?,
            steps: vec![step],
            mixed: false,
        })
    }

    fn hop(&self, path: &mut Path<'a>) {
        let logins = self.at(StepKind::TdsLogin);
        let tried: Vec<_> = logins
            .iter()
            .copied()
            .filter(|s| s.state != StepState::Skipped)
            .collect();
        path.no_credentials = logins
            .iter()
            .copied()
            .find(|step| step.is(&FailureCode::NoCredentials));
        path.reached = self.reached();
        if let Some(login) = tried.iter().copied().find(|s| s.state == StepState::Ok) {
            self.logged_in(login, path);
        } else if tried.iter().any(|s| s.state == StepState::Running) {
            // Not known yet, or never.
        } else if let Some(login) = logins.iter().copied().rfind(|step| fails(step)) {
            path.stop = self.stop(Stage::Login, vec![login]);
        } else if path.reached.is_empty() {
            path.stop = self.before_login();
        }
    }

    fn logged_in(&self, login: StepRef<'a>, path: &mut Path<'a>) {
        let routed = login.find(|seen| matches!(seen, Observation::Routing(_)).then_some(()));
        if routed.is_some() {
            return;
        }
        path.login = Some(login);
        // The query belongs to no hop.
        let query = self
            .state
            .with_trails()
            .map(StepRef::new)
            .rfind(|step| step.kind == StepKind::SqlQuery);
        if let Some(query) = query.filter(|step| fails(step)) {
            path.stop = self.stop(Stage::Query, vec![query]);
        }
    }

    /// Handshakes that worked; where there was none to make, PRELOGINs.
    fn reached(&self) -> Vec<StepRef<'a>> {
        let ok = |kind| {
            let mut steps = self.at(kind);
            steps.retain(|step| step.state == StepState::Ok);
            steps
        };
        let tls = ok(StepKind::TlsHandshake);
        let clear_text = self
            .state
            .plan()
            .is_some_and(|plan| plan.options.allow_clear_text);
        let handshakes = self.at(StepKind::TlsHandshake);
        let none_made = handshakes.iter().all(|s| s.state == StepState::Skipped);
        if clear_text && none_made {
            return ok(StepKind::TdsPrelogin);
        }
        tls
    }

    /// The furthest stage before the login at which every address failed.
    fn before_login(&self) -> Option<Stop<'a>> {
        let stages = [
            (Stage::Tls, StepKind::TlsHandshake),
            (Stage::Prelogin, StepKind::TdsPrelogin),
            (Stage::Connect, StepKind::TcpConnect),
            (Stage::Instance, StepKind::InstanceLookup),
            (Stage::Name, StepKind::DnsLookup),
        ];
        let kinds: Vec<StepKind> = stages.iter().map(|(_, kind)| *kind).collect();
        let open = |step: &StepRef<'_>| step.state == StepState::Running;
        if !self.state.is_over() && kinds.iter().any(|kind| self.at(*kind).iter().any(open)) {
            return None;
        }
        for (stage, kind) in stages {
            let steps = self.at(kind);
            if steps.iter().any(got_there) {
                return None;
            }
            // The hosts file knows few names; that it does not know this one is no failure.
            let failed: Vec<_> = steps
                .iter()
                .copied()
                .filter(|step| fails(step) && step.subject.source.as_deref() != Some("hosts_file"))
                .collect();
            // An address that was not tried to its end leaves the question open.
            let cut_off = |step: &StepRef<'_>| {
                step.state == StepState::Running
                    || step.is(&FailureCode::Cancelled)
                    || step.is(&FailureCode::DeadlinePassed)
            };
            if steps.iter().any(cut_off) {
                return None;
            }
            if !failed.is_empty() {
                return self.stop(stage, failed);
            }
        }
        self.redirect_not_followed()
    }

    /// A redirect to what is no place at all: no name of it was looked up.
    fn redirect_not_followed(&self) -> Option<Stop<'a>> {
        if !self.at(StepKind::DnsLookup).is_empty() || !self.at(StepKind::TcpConnect).is_empty() {
            return None;
        }
        let mut redirects = self.at(StepKind::TdsRedirect);
        redirects.retain(|step| fails(step));
        self.stop(Stage::Redirect, redirects)
    }

    fn stop(&self, stage: Stage, steps: Vec<StepRef<'a>>) -> Option<Stop<'a>> {
        let code = most_telling(&steps)?;
        let mixed = steps.iter().any(|step| !step.is(&code));
        Some(Stop {
            stage,
            hop: self.hop,
            code,
            steps,
            mixed,
        })
    }
}

/// Whether a step worked: a look-up only when it brought an address.
fn got_there(step: &StepRef<'_>) -> bool {
    let addresses = || {
        step.find(|seen| match seen {
            Observation::DnsAnswer { addresses, .. } => Some(!addresses.is_empty()),
            _ => None,
        })
    };
    step.state == StepState::Ok
        && (step.kind != StepKind::DnsLookup || addresses().is_none_or(|(_, any)| any))
}

/// The code of most steps. A missing route says little where another address says more.
fn most_telling(steps: &[StepRef<'_>]) -> Option<FailureCode> {
    let codes: Vec<&FailureCode> = steps.iter().filter_map(|s| s.code.as_ref()).collect();
    let weight = |code: &FailureCode| match code {
        FailureCode::Cancelled | FailureCode::DeadlinePassed => 0,
        FailureCode::TcpUnreachable | FailureCode::PolicyRefused => 1,
        // A source that says no knows more than one that says nothing.
        FailureCode::NameNotFound | FailureCode::NameNoAddress => 3,
        _ => 2,
    };
    let mut best: Option<(&FailureCode, (u8, usize))> = None;
    for code in &codes {
        let count = codes.iter().filter(|other| *other == code).count();
        let rank = (weight(code), count);
        if best.is_none_or(|(_, most)| rank > most) {
            best = Some((code, rank));
        }
    }
    best.map(|(code, _)| code.clone())
}
