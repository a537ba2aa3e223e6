//! What a rule sees: the folded state, read by step, hop and fact, and the path of the run through it.

use crate::path::{Path, Stage, Stop};
use crate::state::{Fact, State, Trail};
use crate::words::one_line;
use model::{
    Attempt, DnsSource, FailureCode, GatewayRegion, Observation, Options, Plan, PlanLogin,
    ServerMessage, Step, StepKind, StepState,
};
use std::ops::Deref;

/// A step together with its facts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepRef<'a> {
    step: &'a Step,
    trail: &'a Trail,
}

impl Deref for StepRef<'_> {
    type Target = Step;
    fn deref(&self) -> &Step {
        self.step
    }
}

impl<'a> StepRef<'a> {
    pub(crate) fn new((step, trail): (&'a Step, &'a Trail)) -> Self {
        Self { step, trail }
    }

    pub(crate) fn facts(&self) -> impl DoubleEndedIterator<Item = &'a Fact> + use<'a> {
        self.trail.facts.iter()
    }

    /// The first fact that fits, and the event that brought it.
    pub(crate) fn find<T>(&self, pick: impl Fn(&'a Observation) -> Option<T>) -> Option<(u64, T)> {
        self.facts()
            .find_map(|fact| Some((fact.seq, pick(&fact.seen)?)))
    }

    /// ERROR tokens, in order.
    pub(crate) fn errors(&self) -> impl DoubleEndedIterator<Item = (&'a Fact, &'a ServerMessage)> {
        self.facts().filter_map(|fact| match &fact.seen {
            Observation::ServerError(message) => Some((fact, message)),
            _ => None,
        })
    }

    /// Attempts with the events that ended them.
    pub(crate) fn attempts(&self) -> impl DoubleEndedIterator<Item = (u64, &'a Attempt)> {
        let seqs = self.trail.attempt_seqs.iter().copied();
        seqs.zip(self.step.attempts.iter())
    }

    /// The event to cite for the step: its end, or its start while it runs.
    pub(crate) fn seq(&self) -> u64 {
        self.step.finished_seq.unwrap_or(self.step.started_seq)
    }

    /// The events to cite for all of it: its attempts and its end.
    pub(crate) fn seqs(&self) -> impl Iterator<Item = u64> + use<'a> {
        let end = self.seq();
        self.trail.attempt_seqs.iter().copied().chain([end])
    }

    /// `ip:port`, or the name.
    pub(crate) fn place(&self) -> &'a str {
        let subject = &self.step.subject;
        let place = subject.endpoint.as_ref().or(subject.host.as_ref());
        place.map_or("the server", String::as_str)
    }

    pub(crate) fn is(&self, code: &FailureCode) -> bool {
        self.step.code.as_ref() == Some(code)
    }

    /// Whether it is made beside the path of the run's own login, and ends nothing.
    pub(crate) fn is_beside(&self) -> bool {
        let kind = matches!(
            self.step.kind,
            StepKind::HostFacts
                | StepKind::GatewayConnect
                | StepKind::SignInHost
                | StepKind::DatabaseLookup
                | StepKind::LoginAttempt
                | StepKind::RedirectSample
                | StepKind::TlsVersions
                | StepKind::Revocation
                | StepKind::RouteTrace
                | StepKind::NetworkTrace
                | StepKind::CleanUp
        );
        kind || self.step.kind.lasts() || self.is_external()
    }

    /// Whether it asked the agent's public resolver.
    pub(crate) fn is_external(&self) -> bool {
        let external = |seen: &Observation| {
            let source = match seen {
                Observation::DnsAnswer { source, .. } => source,
                _ => return None,
            };
            matches!(source, DnsSource::External { .. }).then_some(())
        };
        self.step.kind == StepKind::DnsLookup && self.find(external).is_some()
    }
}

/// A run, ready to be judged.
pub(crate) struct Case<'a> {
    pub(crate) state: &'a State,
    pub(crate) path: Path<'a>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(state: &'a State) -> Self {
        Self {
            state,
            path: Path::of(state),
        }
    }

    pub(crate) fn plan(&self) -> Option<&'a Plan> {
        self.state.plan()
    }

    pub(crate) fn options(&self) -> Options {
        self.plan()
            .map_or_else(Options::default, |plan| plan.options.clone())
    }

    /// The host that was named.
    pub(crate) fn host(&self) -> &'a str {
        self.plan()
            .map_or("the server", |plan| plan.target.host.as_str())
    }

    /// The port that was named or assumed.
    pub(crate) fn port(&self) -> Option<u16> {
        self.plan().and_then(|plan| plan.target.port)
    }

    pub(crate) fn database(&self) -> &'a str {
        self.plan()
            .map_or("master", |plan| plan.target.database.as_str())
    }

    /// Who signs in: a login name, an application, or a few words.
    pub(crate) fn who(&self) -> String {
        match self.plan().map(|plan| &plan.login) {
            Some(PlanLogin::Sql { user } | PlanLogin::EntraPassword { user }) => {
                one_line(user, 128)
            }
            Some(PlanLogin::EntraServicePrincipal { client_id, .. }) => {
                format!("the application {}", one_line(client_id, 128))
            }
            Some(PlanLogin::EntraManagedIdentity { .. }) => "the managed identity".to_owned(),
            Some(PlanLogin::EntraToken) => "the token's owner".to_owned(),
            Some(PlanLogin::EntraDeviceCode { .. }) => "whoever signed in".to_owned(),
            Some(PlanLogin::Integrated) => "the agent's account".to_owned(),
            Some(PlanLogin::Dummy) => "the made-up user".to_owned(),
            Some(PlanLogin::None) | None => "this login".to_owned(),
        }
    }

    pub(crate) fn kind(&self) -> Option<target::Kind> {
        self.plan()
            .and_then(|plan| target::Kind::from_key(&plan.target.kind))
    }

    pub(crate) fn is_azure(&self) -> bool {
        self.kind().is_some_and(target::Kind::is_azure)
    }

    /// Every step, in the order they began.
    pub(crate) fn steps(&self) -> impl DoubleEndedIterator<Item = StepRef<'a>> + use<'a> {
        self.state.with_trails().map(StepRef::new)
    }

    /// The steps of one kind, at any hop.
    pub(crate) fn of(
        &self,
        kind: StepKind,
    ) -> impl DoubleEndedIterator<Item = StepRef<'a>> + use<'a> {
        self.steps().filter(move |step| step.kind == kind)
    }

    /// What the public resolver was asked.
    pub(crate) fn outside(&self) -> impl DoubleEndedIterator<Item = StepRef<'a>> + use<'a> {
        self.of(StepKind::DnsLookup).filter(StepRef::is_external)
    }

    /// The steps of one kind at one hop, without what the public resolver was asked.
    pub(crate) fn at(
        &self,
        hop: u32,
        kind: StepKind,
    ) -> impl DoubleEndedIterator<Item = StepRef<'a>> + use<'a> {
        self.steps()
            .filter(move |step| step.hop == hop && step.kind == kind && !step.is_external())
    }

    /// The steps of one kind that worked at one hop.
    pub(crate) fn ok_at(&self, hop: u32, kind: StepKind) -> Vec<StepRef<'a>> {
        self.at(hop, kind)
            .filter(|step| step.state == StepState::Ok)
            .collect()
    }

    /// Where the run stopped, when it stopped at this stage with this code, at the endpoint that was named.
    pub(crate) fn stopped_first(&self, stage: Stage, code: &FailureCode) -> Option<&Stop<'a>> {
        self.stopped(stage, code).filter(|stop| stop.hop == 0)
    }

    /// Where the run stopped, when it stopped at this stage with this code, at whatever hop.
    pub(crate) fn stopped(&self, stage: Stage, code: &FailureCode) -> Option<&Stop<'a>> {
        self.path
            .stop
            .as_ref()
            .filter(|stop| stop.stage == stage && stop.code == *code)
    }

    /// The first failed step on the run's path with this code.
    pub(crate) fn failed_with(&self, code: &FailureCode) -> Option<StepRef<'a>> {
        self.steps()
            .find(|step| step.is(code) && !step.is_beside() && crate::state::fails(step))
    }

    /// The name in use at a hop: the one that was named, or the one the redirect gave.
    pub(crate) fn host_at(&self, hop: u32) -> &'a str {
        self.redirect(hop)
            .and_then(|step| step.step.subject.host.as_deref())
            .unwrap_or_else(|| self.host())
    }

    /// The region that the run entered by, as the agent's own table of gateways told it.
    pub(crate) fn region(&self) -> Option<&'a GatewayRegion> {
        self.of(StepKind::GatewayConnect).find_map(|step| {
            let (_, region) = step.find(|seen| match seen {
                Observation::GatewayRegion(region) => Some(region),
                _ => None,
            })?;
            Some(region)
        })
    }

    /// The redirect that led to a hop.
    pub(crate) fn redirect(&self, hop: u32) -> Option<StepRef<'a>> {
        self.at(hop, StepKind::TdsRedirect).next()
    }

    /// The median connect time at a hop's endpoints that were reached, the smallest of them.
    pub(crate) fn connect_time(&self, hop: u32) -> Option<u64> {
        self.at(hop, StepKind::TcpConnect)
            .filter_map(|step| {
                let mut times: Vec<u64> = step
                    .attempts()
                    .filter(|(_, attempt)| attempt.code.is_none())
                    .map(|(_, attempt)| attempt.elapsed_us)
                    .collect();
                times.sort_unstable();
                times.get(times.len() / 2).copied()
            })
            .min()
    }
}
