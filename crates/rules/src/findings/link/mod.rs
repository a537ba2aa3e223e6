//! The link between a SQL Server and a managed instance: what was in the way, which connect came to nothing, and what
//! passed. One file for each thing to say; what they share stands here.

pub(crate) mod agent_stopped;
pub(crate) mod creation_failed;
pub(crate) mod instance_port;
pub(crate) mod itself;
pub(crate) mod master_key;
pub(crate) mod name_taken;
pub(crate) mod never_ended;
pub(crate) mod node_port;
pub(crate) mod passed;
pub(crate) mod permission;
pub(crate) mod server_port;
pub(crate) mod subnet;
pub(crate) mod unfit;
pub(crate) mod unreached;

use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{capital, leg_by, one_line};
use model::lasting::{InstanceLink, LegEnd, LinkLeg};
use model::{Confidence, FailureCode, Observation, Owner, StepKind, StepState};

const KINDS: [StepKind; 3] = [
    StepKind::InstanceLink,
    StepKind::LinkToInstance,
    StepKind::LinkFromInstance,
];

/// The steps of the link, in their order.
fn steps<'a>(case: &Case<'a>) -> impl Iterator<Item = StepRef<'a>> + use<'a> {
    case.steps().filter(|step| KINDS.contains(&step.kind))
}

/// What was asked for.
fn asked(case: &Case<'_>) -> Option<InstanceLink> {
    case.options().lasting.instance_link
}

/// The first step of the link that did not get there for this reason.
fn stopped<'a>(case: &Case<'a>, code: &FailureCode) -> Option<StepRef<'a>> {
    steps(case).find(|step| step.is(code) && step.state != StepState::Running)
}

/// What a server said itself, before anything was made or when it was asked how a job stands.
fn told(case: &Case<'_>, code: &FailureCode, name: &str, title: &str, why: &str) -> Option<Draft> {
    let step = stopped(case, code)?;
    let draft = Draft::problem(name, Owner::Dba)
        .title(title)
        .because(why)
        .because(was_read(&step))
        .sure(Confidence::Proven)
        .link(links::INSTANCE_LINK)
        .rests_on(&step);
    Some(draft)
}

/// The words that a step ended with.
fn was_read(step: &StepRef<'_>) -> String {
    let words = one_line(step.detail.as_deref().unwrap_or_default(), 300);
    if words.is_empty() {
        return words;
    }
    format!("What was read: {words}.")
}

/// How a connect ended, where it was seen.
struct Ended<'a> {
    step: StepRef<'a>,
    seq: u64,
    end: &'a LegEnd,
}

/// How each connect ended.
fn ends<'a>(case: &Case<'a>) -> Vec<Ended<'a>> {
    let each = steps(case).flat_map(|step| {
        step.facts().filter_map(move |fact| match &fact.seen {
            Observation::LegEnd(end) => Some(Ended {
                step,
                seq: fact.seq,
                end,
            }),
            _ => None,
        })
    });
    each.collect()
}

fn ended<'a>(case: &Case<'a>, leg: LinkLeg) -> Option<Ended<'a>> {
    ends(case).into_iter().find(|ended| ended.end.leg == leg)
}

/// Where a connect went.
fn place(end: &LegEnd) -> String {
    let host = one_line(&end.host, 253);
    if host.contains(':') {
        return format!("[{host}]:{}", end.port);
    }
    format!("{host}:{}", end.port)
}

/// The range that has to be let through.
fn range(case: &Case<'_>) -> String {
    match asked(case).and_then(|link| link.subnet) {
        Some(subnet) => format!("the instance's subnet, all of {}", one_line(&subnet, 64)),
        None => "the whole range of the instance's subnet".to_owned(),
    }
}

/// A connect that came to nothing; another that worked beside it is the contrast.
fn blocked(case: &Case<'_>, leg: LinkLeg, beside: LinkLeg, code: &str) -> Option<Draft> {
    let failed = ended(case, leg).filter(|ended| ended.end.reached == Some(false))?;
    let mut draft = Draft::problem(code, Owner::Network)
        .because(format!(
            "{}, asked to connect to {}, says that it could not.",
            capital(leg_by(failed.end.by)),
            place(failed.end)
        ))
        .cite(failed.step.id, [failed.seq])
        .link(links::INSTANCE_LINK);
    if let Some(words) = failed.end.words.as_deref() {
        draft = draft.because(format!("Its words: “{}”.", one_line(words.trim(), 300)));
    }
    let contrast = ended(case, beside).filter(|other| other.end.reached == Some(true));
    if let Some(other) = contrast {
        draft = draft
            .because(format!("In the same run {} answered.", place(other.end)))
            .cite(other.step.id, [other.seq])
            .sure(Confidence::Proven);
    }
    Some(draft)
}

#[cfg(test)]
pub(super) mod testing {
    use crate::testing::{Log, expect, expect_no};
    use model::lasting::{InstanceLink, LegBy, LegEnd, LinkLeg};
    use model::{Confidence, FailureCode, Observation, Outcome, StepKind};

    /// A run that logged in, and was asked for a link.
    pub(crate) fn log(more: &str) -> Log {
        let ep = "20.61.99.193:1433";
        let json = format!(
            r#"{{"instance": "mi.example.net", "user": "u", "address": "10.0.0.4", "subnet": "10.1.0.0/24"{more}}}"#
        );
        let link: InstanceLink = serde_json::from_str(&json).expect("a link");
        Log::new()
            .options(|options| options.lasting.instance_link = Some(link))
            .signed_in()
            .secured(ep)
            .login(ep, None)
            .running(StepKind::InstanceLink, ep)
            .ends(None)
    }

    /// A step of the link that ended with this code is told as that, proven and with advice; another is not.
    pub(crate) fn is_told(code: FailureCode, finding: &str) {
        let log = |code| log("").skipped(StepKind::LinkToInstance, code).finish();
        let verdict = expect(&log(code), finding, Confidence::Proven, Outcome::Problem);
        assert!(verdict.recommendation.len() >= 2);
        expect_no(&log(FailureCode::NotReached), finding);
    }

    pub(crate) fn end(leg: LinkLeg, reached: Option<bool>, address: Option<&str>) -> Observation {
        let (host, port) = match leg {
            LinkLeg::ToInstance => ("mi.example.net", 5022),
            LinkLeg::ToNode => ("db1.example.net", 11_002),
            LinkLeg::ServerItself => ("localhost", 5022),
            LinkLeg::ToServer => ("10.0.0.4", 5022),
        };
        Observation::LegEnd(LegEnd {
            leg,
            by: if leg == LinkLeg::ToServer {
                LegBy::InstanceJob
            } else {
                LegBy::ServerJob
            },
            host: host.to_owned(),
            port,
            reached,
            remote_address: address.map(str::to_owned),
            in_subnet: address.map(|address| address.starts_with("10.1.0.")),
            words: Some("TcpTestSucceeded : so".to_owned()),
        })
    }

    /// Both connects of one direction.
    pub(crate) fn direction(log: Log, kind: StepKind, reached: [bool; 2]) -> Log {
        let legs = match kind {
            StepKind::LinkToInstance => [LinkLeg::ToInstance, LinkLeg::ToNode],
            _ => [LinkLeg::ServerItself, LinkLeg::ToServer],
        };
        let address = (kind == StepKind::LinkToInstance).then_some("10.1.0.7");
        let failed = reached.contains(&false).then_some(FailureCode::LegFailed);
        log.running(kind, "20.61.99.193:1433")
            .seen(end(legs[0], Some(reached[0]), address))
            .seen(end(legs[1], Some(reached[1]), address))
            .ends(failed)
    }
}
