//! What a plan may ask for that lasts: minutes to days, in the background, beside each other, once the run's own
//! login has gone well. Off unless asked for. Limits are in milliseconds, so that tests scale them.

mod choices;
mod heartbeat;
mod idle;
mod instance_link;
mod path;
mod replica;
mod retry;
mod standing;
mod writes;

pub use choices::{
    Capacity, CutMoment, DataFlow, Heartbeat, IdleLadder, Lane, PathSurvey, RetryLoop,
    TrackedWrites,
};
pub use heartbeat::{BeatMinute, FreshLoginFailed, LinkChange, LinkState, Loss, Spread};
pub use idle::{Flow, FlowEnd, IdleProgress, IdleRung};
pub use instance_link::{
    InstanceAddresses, InstanceLink, LegBy, LegEnd, LinkDirection, LinkLeg, LinkReadiness,
    LinkSide, LinkWay, MirroringEndpoint, is_host,
};
pub use path::{
    AddressAnswer, AddressOrder, AddressesTried, LocalPorts, RampEnd, RampFailure, RampStage,
    SizeAnswer, SizedMessage, SynTimes,
};
pub use replica::{
    CatalogPart, ConnectFailed, EndpointRow, LastConnectError, ListenerFailure, ListenerMinute,
    ListenerView, LogLine, PeerName, ReplicaFact, ReplicaMinute, ReplicaRow, ReplicaServer,
    ReplicaSession, ReplicaWatch, ServerClock, SessionGap, TimeoutFrom, Untold,
};
pub use retry::{Clocked, ErrorNumber, FailedAlike, LoopFailure, LoopMinute};
pub use standing::{Standing, TcpCounters};
pub use writes::{OddWrite, PlannedStatement, StatementPurpose, WriteCount, WriteRound, WriteWay};

use crate::StepKind;
use serde::{Deserialize, Serialize};

/// Nothing lasts longer: seven days.
pub const LONGEST_LASTING_MS: u64 = 7 * 24 * 3_600_000;

/// A choice that is out of its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfBounds {
    /// Where it stands: `heartbeat.every_ms`.
    pub name: &'static str,
    /// What was asked for.
    pub value: u64,
    /// It must not be less.
    pub least: u64,
    /// It must not be more.
    pub most: u64,
}

/// Which of them are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lasting {
    /// Connections that are idle for longer and longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_ladder: Option<IdleLadder>,
    /// A query every second over one held connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Heartbeat>,
    /// Logins or queries in a loop, each outcome kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_loop: Option<RetryLoop>,
    /// Writes whose connection is cut on purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracked_writes: Option<TrackedWrites>,
    /// Connections that return data, held open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_flow: Option<DataFlow>,
    /// More and more connections at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Capacity>,
    /// What the way to the target carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathSurvey>,
    /// Connects to the endpoint of another availability replica.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replica_session: Option<ReplicaSession>,
    /// Logins at a listener, its addresses in turn and at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listener: Option<ListenerView>,
    /// Connects between a SQL Server and a managed instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_link: Option<InstanceLink>,
}

impl Lasting {
    /// How long they take in all, their answers' limits included; 0 when none is asked for.
    #[must_use]
    pub fn lasts_ms(&self) -> u64 {
        let each = [
            self.idle_ladder.as_ref().map(IdleLadder::lasts_ms),
            self.heartbeat.as_ref().map(Heartbeat::lasts_ms),
            self.retry_loop.as_ref().map(RetryLoop::lasts_ms),
            self.tracked_writes.as_ref().map(TrackedWrites::lasts_ms),
            self.data_flow.as_ref().map(DataFlow::lasts_ms),
            self.path.as_ref().map(PathSurvey::lasts_ms),
            self.replica_session.as_ref().map(ReplicaSession::lasts_ms),
            self.listener.as_ref().map(ListenerView::lasts_ms),
            self.instance_link.as_ref().map(InstanceLink::lasts_ms),
        ];
        let longest = each.into_iter().flatten().max().unwrap_or(0);
        // It comes after the others.
        let last = self.capacity.as_ref().map_or(0, Capacity::lasts_ms);
        longest.saturating_add(last)
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How long a step of this kind goes on, but for its last answers; `None` when that is not asked for, or depends
    /// on what it meets.
    #[must_use]
    pub fn planned_ms(&self, kind: StepKind) -> Option<u64> {
        match kind {
            StepKind::IdleLadder => self.idle_ladder.as_ref()?.rungs_ms.iter().copied().max(),
            StepKind::Heartbeat => Some(self.heartbeat.as_ref()?.lasts_ms),
            StepKind::RetryLoop => Some(self.retry_loop.as_ref()?.lasts_ms),
            StepKind::DataFlow => Some(self.data_flow.as_ref()?.lasts_ms),
            StepKind::Capacity => Some(self.capacity.as_ref()?.planned_ms()),
            StepKind::ReplicaSession => Some(self.replica_session.as_ref()?.lasts_ms),
            StepKind::ListenerView => Some(self.listener.as_ref()?.lasts_ms),
            _ => None,
        }
    }

    /// Every choice that is out of its bounds.
    pub fn out_of_bounds(&self) -> impl Iterator<Item = OutOfBounds> {
        let bounds = self
            .idle_ladder
            .iter()
            .flat_map(IdleLadder::bounds)
            .chain(self.heartbeat.iter().flat_map(Heartbeat::bounds))
            .chain(self.retry_loop.iter().flat_map(RetryLoop::bounds))
            .chain(self.tracked_writes.iter().flat_map(TrackedWrites::bounds))
            .chain(self.data_flow.iter().flat_map(DataFlow::bounds))
            .chain(self.capacity.iter().flat_map(Capacity::bounds))
            .chain(self.path.iter().flat_map(PathSurvey::bounds))
            .chain(self.replica_session.iter().flat_map(ReplicaSession::bounds))
            .chain(self.listener.iter().flat_map(ListenerView::bounds))
            .chain(self.instance_link.iter().flat_map(InstanceLink::bounds));
        bounds
            .filter(|(_, value, least, most)| value < least || value > most)
            .map(|(name, value, least, most)| OutOfBounds {
                name,
                value,
                least,
                most,
            })
    }

    /// Why these cannot be done, in a sentence; `None` when they can.
    #[must_use]
    pub fn reason_refused(&self) -> Option<String> {
        if let Some(OutOfBounds {
            name,
            value,
            least,
            most,
        }) = self.out_of_bounds().next()
        {
            return Some(format!(
                "lasting.{name} is {value}; it must be between {least} and {most}"
            ));
        }
        if self
            .replica_session
            .as_ref()
            .is_some_and(|asked| !asked.has_host())
        {
            return Some(
                "lasting.replica_session.peer must be a host name or an address".to_owned(),
            );
        }
        if let Some(reason) = self
            .instance_link
            .as_ref()
            .and_then(InstanceLink::reason_refused)
        {
            return Some(format!("lasting.instance_link: {reason}"));
        }
        if self.instance_link.is_some() && self.tracked_writes.is_some() {
            // Each takes away all that the run made.
            return Some(
                "lasting.instance_link and lasting.tracked_writes cannot be in one run".to_owned(),
            );
        }
        let schema = self.tracked_writes.as_ref().map(|writes| &writes.schema);
        schema.filter(|name| !is_name(name)).map(|_| {
            "lasting.tracked_writes.schema must be 1 to 128 characters without control characters"
                .to_owned()
        })
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= 128 && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_asked_for_unless_it_is() {
        let none = Lasting::default();
        assert!(none.is_empty() && none.lasts_ms() == 0 && none.reason_refused().is_none());
        assert_eq!(serde_json::to_string(&none).expect("JSON"), "{}");
    }

    #[test]
    fn defaults_can_be_done_and_take_what_they_take() {
        let all: Lasting = serde_json::from_str(
            r#"{"idle_ladder": {}, "heartbeat": {}, "retry_loop": {}, "tracked_writes": {"schema": "dbo"},
                "data_flow": {}, "capacity": {}, "path": {}}"#,
        )
        .expect("defaults");
        assert_eq!(all.reason_refused(), None);
        assert!(all.lasts_ms() >= 300_000);
        let planned = |kind| all.planned_ms(kind);
        assert_eq!(planned(StepKind::IdleLadder), Some(120_000));
        assert_eq!(planned(StepKind::Capacity), Some(10_000));
        assert_eq!(planned(StepKind::PathSurvey), None);
        assert_eq!(Lasting::default().planned_ms(StepKind::Heartbeat), None);
    }

    #[test]
    fn what_is_out_of_bounds_is_named() {
        for (asked, named) in [
            (
                r#"{"idle_ladder": {"rungs_ms": []}}"#,
                "idle_ladder.rungs_ms",
            ),
            (
                r#"{"idle_ladder": {"rungs_ms": [0]}}"#,
                "idle_ladder.rungs_ms",
            ),
            (r#"{"idle_ladder": {"lanes": []}}"#, "idle_ladder.lanes"),
            (r#"{"heartbeat": {"every_ms": 0}}"#, "heartbeat.every_ms"),
            (
                r#"{"heartbeat": {"lasts_ms": 604800001}}"#,
                "heartbeat.lasts_ms",
            ),
            (r#"{"retry_loop": {"at_once": 11}}"#, "retry_loop.at_once"),
            (
                r#"{"tracked_writes": {"schema": ""}}"#,
                "tracked_writes.schema",
            ),
            (
                r#"{"tracked_writes": {"schema": "s", "operations": 1001}}"#,
                "tracked_writes.operations",
            ),
            (
                r#"{"capacity": {"connections": 201}}"#,
                "capacity.connections",
            ),
            (r#"{"path": {"sizes": [70000]}}"#, "path.sizes"),
        ] {
            let asked: Lasting = serde_json::from_str(asked).expect(asked);
            let reason = asked.reason_refused().expect(named);
            assert!(reason.contains(named), "{reason}");
        }
    }
}
