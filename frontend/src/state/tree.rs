//! The steps as rows of a tree. Many steps of one kind in a row (twenty addresses) are one row that opens.

use model::{FailureCode, Step, StepId, StepKind, StepState};
use rules::words::{count, step_title};
use std::collections::BTreeSet;

use super::connect::span;
use super::further::is_further;

/// Stands for all further checks together; steps count from 1.
const FURTHER: StepId = StepId(0);

/// Rows of one kind under one parent from which on they are drawn together.
const MANY: usize = 4;

/// What a row stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum RowKey {
    /// One step.
    Step(StepId),
    /// Several of a kind; the first of them.
    Group(StepId),
}

/// One row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub(crate) key: RowKey,
    pub(crate) depth: u8,
    pub(crate) title: String,
    pub(crate) state: StepState,
    pub(crate) code: Option<FailureCode>,
    /// How long, or from–to for several.
    pub(crate) time: String,
    /// The steps it stands for.
    pub(crate) steps: Vec<StepId>,
}

/// The rows, with the members of the groups in `open`.
pub(crate) fn rows(steps: &[Step], open: &BTreeSet<StepId>) -> Vec<Row> {
    let mut rows = Vec::new();
    level(steps, None, 0, open, &mut rows);
    rows
}

fn level(
    steps: &[Step],
    parent: Option<StepId>,
    depth: u8,
    open: &BTreeSet<StepId>,
    rows: &mut Vec<Row>,
) {
    let here = steps.iter().filter(|step| step.parent == parent);
    let (further, here): (Vec<&Step>, Vec<&Step>) =
        here.partition(|step| parent.is_none() && is_further(step.kind));
    alike(steps, here, depth, open, rows);
    if !further.is_empty() {
        rows.push(Row {
            key: RowKey::Group(FURTHER),
            state: beside(&further),
            title: format!("Further checks, {}{}", further.len(), failed(&further)),
            ..group(&further, FURTHER, StepKind::Unknown, depth)
        });
        if open.contains(&FURTHER) {
            alike(steps, further, depth + 1, open, rows);
        }
    }
}

/// Rows of steps beside each other, those of a kind together.
fn alike(
    steps: &[Step],
    mut here: Vec<&Step>,
    depth: u8,
    open: &BTreeSet<StepId>,
    rows: &mut Vec<Row>,
) {
    // Steps of several addresses run at once; a stable order by kind keeps rows where they are.
    here.sort_by_key(|step| (step.kind == StepKind::SqlQuery, step.hop, order(step.kind)));
    for alike in here.chunk_by(|a, b| a.kind == b.kind && a.hop == b.hop) {
        match alike {
            [first, ..] if alike.len() >= MANY && groups(first.kind) => {
                rows.push(group(alike, first.id, first.kind, depth));
                if open.contains(&first.id) {
                    rows.extend(alike.iter().map(|step| single(step, depth + 1)));
                }
            }
            _ => {
                for step in alike {
                    rows.push(single(step, depth));
                    if step.kind == StepKind::TdsRedirect || step.kind == StepKind::Unknown {
                        level(steps, Some(step.id), (depth + 1).min(4), open, rows);
                    }
                }
            }
        }
    }
}

fn order(kind: StepKind) -> u8 {
    match kind {
        StepKind::HostFacts => 0,
        StepKind::InstanceLookup => 1,
        StepKind::DnsLookup => 2,
        StepKind::TcpConnect => 3,
        StepKind::TdsPrelogin => 4,
        StepKind::TlsHandshake => 5,
        StepKind::TokenRequest | StepKind::TicketRequest => 6,
        StepKind::TdsLogin => 7,
        StepKind::TdsRedirect => 8,
        StepKind::DatabaseLookup => 9,
        StepKind::SqlQuery => 10,
        StepKind::LoginAttempt => 11,
        StepKind::GatewayConnect => 12,
        StepKind::RedirectSample => 13,
        StepKind::SignInHost => 14,
        StepKind::TlsVersions => 15,
        StepKind::Revocation => 16,
        StepKind::RouteTrace => 17,
        StepKind::NetworkTrace => 18,
        StepKind::IdleLadder => 19,
        StepKind::Heartbeat => 20,
        StepKind::RetryLoop => 21,
        StepKind::TrackedWrites => 22,
        StepKind::CleanUp => 23,
        StepKind::DataFlow => 24,
        StepKind::Capacity => 25,
        StepKind::PathSurvey => 26,
        StepKind::ReplicaSession => 27,
        StepKind::ReplicaCatalog => 28,
        StepKind::ListenerView => 29,
        StepKind::InstanceLink => 30,
        StepKind::LinkToInstance => 31,
        StepKind::LinkFromInstance => 32,
        StepKind::Unknown => 33,
    }
}

fn groups(kind: StepKind) -> bool {
    !matches!(kind, StepKind::TdsRedirect | StepKind::Unknown)
}

fn single(step: &Step, depth: u8) -> Row {
    Row {
        key: RowKey::Step(step.id),
        depth,
        title: step_title(step),
        state: step.state,
        code: step.code.clone(),
        time: match (step.elapsed_us, step.state) {
            (Some(elapsed), StepState::Ok | StepState::Failed) => {
                connect_times(step).unwrap_or_else(|| rules::words::duration(elapsed))
            }
            _ => String::new(),
        },
        steps: vec![step.id],
    }
}

/// Of connects, how long they took: not how long it took to make them all.
fn connect_times(step: &Step) -> Option<String> {
    let times = || {
        let made = step
            .attempts
            .iter()
            .filter(|attempt| attempt.code.is_none());
        made.map(|attempt| attempt.elapsed_us)
    };
    let connects = step.kind == StepKind::TcpConnect;
    connects.then(|| Some(span(times().min()?, times().max()?)))?
}

/// How checks beside the path stand: one that fails is told of, and does not make them all fail.
fn beside(further: &[&Step]) -> StepState {
    let any = |state: StepState| further.iter().any(|step| step.state == state);
    [StepState::Running, StepState::Ok, StepState::Failed]
        .into_iter()
        .find(|state| any(*state))
        .unwrap_or(StepState::Skipped)
}

fn failed(alike: &[&Step]) -> String {
    let failed = |step: &&&Step| step.state == StepState::Failed;
    match alike.iter().filter(failed).count() {
        0 => String::new(),
        some => format!(", {some} failed"),
    }
}

fn group(alike: &[&Step], first: StepId, kind: StepKind, depth: u8) -> Row {
    let any = |state: StepState| alike.iter().any(|step| step.state == state);
    let state = if any(StepState::Running) {
        StepState::Running
    } else if any(StepState::Failed) {
        StepState::Failed
    } else if any(StepState::Ok) {
        StepState::Ok
    } else {
        StepState::Skipped
    };
    let times = alike
        .iter()
        .filter(|step| step.state != StepState::Skipped)
        .filter_map(|step| step.elapsed_us);
    let time = match (times.clone().min(), times.max()) {
        (Some(least), Some(most)) => span(least, most),
        _ => String::new(),
    };
    let places = match kind {
        StepKind::DnsLookup => count(alike.len(), "source", "sources"),
        StepKind::LoginAttempt => count(alike.len(), "login", "logins"),
        _ => count(alike.len(), "address", "addresses"),
    };
    let what = match kind {
        StepKind::DnsLookup => "Look up the name",
        StepKind::TcpConnect => "TCP connect",
        StepKind::TdsPrelogin => "PRELOGIN",
        StepKind::TlsHandshake => "TLS handshake",
        StepKind::TdsLogin => "Login",
        StepKind::LoginAttempt => "Further logins",
        StepKind::GatewayConnect => "Gateways",
        StepKind::SignInHost => "Sign-in hosts",
        StepKind::Revocation => "Revocation",
        StepKind::RouteTrace => "Routes",
        _ => "Steps",
    };
    let told = failed(alike);
    Row {
        key: RowKey::Group(first),
        depth,
        title: format!("{what}, {places}{told}"),
        state,
        code: None,
        time,
        steps: alike.iter().map(|step| step.id).collect(),
    }
}

/// The groups to open so that all of `wanted` are in view.
pub(crate) fn groups_of(steps: &[Step], wanted: &[StepId]) -> Vec<StepId> {
    rows(steps, &BTreeSet::from([FURTHER]))
        .into_iter()
        .filter(|row| row.steps.iter().any(|step| wanted.contains(step)))
        .filter_map(|row| match row.key {
            RowKey::Group(first) => Some(first),
            RowKey::Step(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::Story;

    #[test]
    fn a_redirect_holds_its_steps() {
        let log = Story::redirect_blocked().log();
        let rows = rows(log.steps(), &BTreeSet::new());
        let redirect = rows
            .iter()
            .position(|row| row.title.starts_with("Redirect"))
            .expect("a redirect");
        assert_eq!(rows[redirect].depth, 0);
        assert_eq!(rows[redirect + 1].depth, 1);
        let blocked = &rows[redirect + 2];
        assert_eq!(blocked.code, Some(FailureCode::TcpTimeout));
        assert_eq!(blocked.state, StepState::Failed);
    }

    #[test]
    fn further_checks_stand_below_the_path_and_open() {
        let log = Story::with_further_checks().log();
        let closed = rows(log.steps(), &BTreeSet::new());
        let last = closed.last().expect("a row");
        assert_eq!(last.title, "Further checks, 6, 1 failed");
        assert_eq!(
            (last.state, last.key),
            (StepState::Ok, RowKey::Group(FURTHER))
        );
        let opened = rows(log.steps(), &BTreeSet::from([FURTHER]));
        assert_eq!(opened.len(), closed.len() + 6);
        let gateway = log
            .steps()
            .iter()
            .find(|step| step.kind == StepKind::GatewayConnect);
        let gateway = gateway.expect("a gateway").id;
        assert_eq!(groups_of(log.steps(), &[gateway]), [FURTHER]);
    }

    #[test]
    fn many_addresses_are_one_row_that_opens() {
        let log = Story::many_addresses(20).log();
        let closed = rows(log.steps(), &BTreeSet::new());
        assert_eq!(closed.len(), 1);
        assert_eq!(closed[0].title, "TCP connect, 20 addresses, 1 failed");
        assert_eq!(closed[0].state, StepState::Failed);
        let first = log.steps()[0].id;
        let opened = rows(log.steps(), &BTreeSet::from([first]));
        assert_eq!(opened.len(), 21);
        assert_eq!(groups_of(log.steps(), &[log.steps()[7].id]), [first]);
    }
}
