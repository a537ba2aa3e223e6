//! The parts of a run's page for what lasts: which there are, and how each stands.

use super::log::RunLog;
use bundle::lasting::KINDS;
use model::lasting::{Lasting as Asked, LinkDirection};
use model::{FailureCode, Finding, Step, StepKind, StepState};
use rules::words::code_sentence;

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Part {
    pub(crate) kind: StepKind,
    pub(crate) title: &'static str,
    /// Names it in addresses.
    pub(crate) key: &'static str,
    /// The colour of its sign: a state of steps, where it has one.
    pub(crate) state: Option<StepState>,
    /// How it stands, in a sentence or a word.
    pub(crate) stands: String,
}

fn asked(plan: &Asked, kind: StepKind) -> bool {
    match kind {
        StepKind::IdleLadder => plan.idle_ladder.is_some(),
        StepKind::Heartbeat => plan.heartbeat.is_some(),
        StepKind::RetryLoop => plan.retry_loop.is_some(),
        StepKind::TrackedWrites => plan.tracked_writes.is_some(),
        StepKind::DataFlow => plan.data_flow.is_some(),
        StepKind::Capacity => plan.capacity.is_some(),
        StepKind::PathSurvey => plan.path.is_some(),
        StepKind::InstanceLink => plan.instance_link.is_some(),
        StepKind::LinkToInstance => goes(plan, LinkDirection::ToInstance),
        StepKind::LinkFromInstance => goes(plan, LinkDirection::FromInstance),
        StepKind::ReplicaSession | StepKind::ReplicaCatalog => plan.replica_session.is_some(),
        StepKind::ListenerView => plan.listener.is_some(),
        _ => false,
    }
}

fn goes(plan: &Asked, direction: LinkDirection) -> bool {
    let link = plan.instance_link.as_ref();
    link.is_some_and(|link| !link.dry_run && link.goes(direction))
}

fn words(kind: StepKind) -> (&'static str, &'static str) {
    match kind {
        StepKind::IdleLadder => ("idle", "Idle connections"),
        StepKind::Heartbeat => ("heartbeat", "Heartbeat"),
        StepKind::RetryLoop => ("retry", "Operations in a loop, and retry"),
        StepKind::TrackedWrites => ("writes", "Writes that are cut off"),
        StepKind::DataFlow => ("flow", "While data flows"),
        StepKind::Capacity => ("capacity", "Many connections at once"),
        StepKind::InstanceLink => ("link", "Link with a managed instance"),
        StepKind::LinkToInstance => ("to-instance", "From the SQL Server to the instance"),
        StepKind::LinkFromInstance => ("from-instance", "From the instance to the SQL Server"),
        StepKind::ReplicaSession => ("replica", "Connects to the other replica"),
        StepKind::ReplicaCatalog => ("catalog", "What the server says of its replicas"),
        StepKind::ListenerView => ("listener", "Logins at the listener"),
        _ => ("path", "What the way carries"),
    }
}

fn steps(log: &RunLog, kind: StepKind) -> impl Iterator<Item = &Step> {
    log.steps().iter().filter(move |step| step.kind == kind)
}

/// The parts that a run has: what was asked for, and what was made whatever was asked for.
pub(crate) fn parts(plan: &Asked, log: &RunLog, is_settled: bool) -> Vec<Part> {
    let has = |kind: &&StepKind| asked(plan, **kind) || steps(log, **kind).next().is_some();
    let part = |kind: &StepKind| {
        let (key, title) = words(*kind);
        let step = steps(log, *kind).last();
        Part {
            kind: *kind,
            title,
            key,
            state: step.map(|step| step.state),
            stands: stands(step, log, is_settled),
        }
    };
    KINDS.iter().filter(has).map(part).collect()
}

fn stands(step: Option<&Step>, log: &RunLog, is_settled: bool) -> String {
    let Some(step) = step else {
        let text = if is_settled {
            "Not begun: the run ended before its turn came."
        } else {
            "Begins once the run's own login has gone well."
        };
        return text.to_owned();
    };
    let seen = match (step.kind, log.lasting().progress) {
        (StepKind::IdleLadder, Some(progress)) => {
            format!(", {} of {} over", progress.over, progress.of)
        }
        _ => String::new(),
    };
    match (&step.code, step.state) {
        (_, StepState::Running) if is_settled => "cut off; what was seen until then".to_owned(),
        (_, StepState::Running) => format!("goes on{seen}"),
        (Some(FailureCode::Cancelled), _) => "cancelled; what was seen until then".to_owned(),
        (Some(code), _) => code_sentence(code),
        (None, _) => "over".to_owned(),
    }
}

/// What to say of a part that shows nothing yet.
pub(crate) fn empty(part: &Part) -> Option<&'static str> {
    match (part.kind, part.state) {
        (_, Some(StepState::Running)) => Some(match part.kind {
            StepKind::IdleLadder => "Each connection shows here when its time is over.",
            StepKind::Heartbeat => "Drawn a minute at a time; a loss shows at once.",
            StepKind::RetryLoop => "Drawn a minute at a time.",
            StepKind::DataFlow => "Each query shows here when it ends.",
            StepKind::TrackedWrites => "Each moment shows here when its writes are settled.",
            _ => "Shows here as it comes.",
        }),
        (StepKind::TrackedWrites, Some(StepState::Ok)) => Some(
            "Nothing was sent: the statements that would be stand under “Statements sent” and in the transcript.",
        ),
        (StepKind::InstanceLink | StepKind::LinkToInstance | StepKind::LinkFromInstance, _) => None,
        (_, Some(_)) => Some("Nothing was seen."),
        (_, None) => None,
    }
}

/// What the rules found in it.
pub(crate) fn findings(found: &[Finding], log: &RunLog, kind: StepKind) -> Vec<Finding> {
    let of = |finding: &&Finding| {
        let mut steps = finding.steps.iter();
        steps.any(|id| log.folded().step(*id).is_some_and(|step| step.kind == kind))
    };
    found.iter().filter(of).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::Story;

    #[test]
    fn what_was_asked_for_has_a_part_before_it_begins_and_after_it_never_did() {
        let plan: Asked =
            serde_json::from_str(r#"{"heartbeat": {}, "idle_ladder": {}}"#).expect("a plan");
        let log = Story::redirect_blocked().log();
        let keys = |parts: Vec<Part>| {
            parts
                .into_iter()
                .map(|part| (part.key, part.state))
                .collect::<Vec<_>>()
        };
        let all = parts(&plan, &log, false);
        assert!(all[0].stands.starts_with("Begins once"));
        assert_eq!(empty(&all[0]), None);
        assert_eq!(keys(all), [("idle", None), ("heartbeat", None)]);
        assert!(parts(&plan, &log, true)[1].stands.starts_with("Not begun"));
        assert!(parts(&Asked::default(), &log, true).is_empty());
    }

    #[test]
    fn how_each_stands() {
        for (code, is_over, is_settled, stands) in [
            (None, false, false, "goes on"),
            (None, false, true, "cut off; what was seen until then"),
            (None, true, true, "over"),
            (
                Some(FailureCode::Cancelled),
                true,
                true,
                "cancelled; what was seen until then",
            ),
        ] {
            let log = Story::lasts(StepKind::Heartbeat, is_over.then_some(code)).log();
            let all = parts(&Asked::default(), &log, is_settled);
            assert_eq!((all[0].key, all[0].stands.as_str()), ("heartbeat", stands));
        }
    }
}
