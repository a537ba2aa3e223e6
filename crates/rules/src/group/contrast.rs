//! When the contrast proves it: the same address, tried from both sides at the same time.
//!
//! Agents' wall clocks are not trusted. A run began after its claim, and before it was settled less the time it
//! took, both by the portal's clock; two steps overlap only when they do for every beginning in between:
//!
//! ```text
//!   claimed                              settled − elapsed
//!      ├── the run began somewhere here ──┤
//! ```

use super::side::{Failing, One};
use crate::State;
use crate::case::StepRef;
use crate::path::Stage;
use chrono::{DateTime, TimeDelta, Utc};
use model::{FailureCode, Observation, StepKind, StepState};
use std::net::IpAddr;

/// A single try says too little.
const LEAST_TRIES: usize = 2;

/// What was done at a stage.
pub(super) fn kind(stage: Stage) -> StepKind {
    match stage {
        Stage::Name => StepKind::DnsLookup,
        Stage::Instance => StepKind::InstanceLookup,
        Stage::Connect => StepKind::TcpConnect,
        Stage::Prelogin => StepKind::TdsPrelogin,
        Stage::Tls => StepKind::TlsHandshake,
        Stage::Login => StepKind::TdsLogin,
        Stage::Redirect => StepKind::TdsRedirect,
        Stage::Query => StepKind::SqlQuery,
    }
}

/// The step that works from one agent where it fails from another: at the same address.
pub(super) fn counterpart<'a>(failing: &Failing<'_>, working: &One<'a>) -> Option<StepRef<'a>> {
    failing
        .stop
        .alike()
        .find_map(|step| same_place(&step, working))
}

/// Whether it is neither the address nor the moment that tells the two agents apart.
pub(super) fn proves(failing: &Failing<'_>, working: &One<'_>) -> bool {
    let stop = &failing.stop;
    match (stop.stage, &stop.code) {
        // Its own rule, which it states.
        (Stage::Connect, FailureCode::PolicyRefused) => {
            !stop.mixed && counterpart(failing, working).is_some()
        }
        (
            Stage::Connect,
            FailureCode::TcpTimeout | FailureCode::TcpRefused | FailureCode::TcpUnreachable,
        ) => {
            !stop.mixed
                && stop
                    .alike()
                    .any(|step| one_address_both_ways(&step, failing, working))
        }
        // Not when a certificate's time is over: it cannot be told whose clock is right.
        (Stage::Tls, FailureCode::TlsUntrusted) => {
            !stop.mixed && stop.alike().any(|step| same_certificate(&step, working))
        }
        _ => false,
    }
}

/// Whether both saw the same certificate at the same address, so that only their trust or their clock differs.
pub(super) fn same_certificate(step: &StepRef<'_>, working: &One<'_>) -> bool {
    let there = same_place(step, working);
    match (leaf(step), there.as_ref().and_then(leaf)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

fn leaf<'a>(step: &StepRef<'a>) -> Option<&'a str> {
    let (_, certificates) = step.find(|seen| match seen {
        Observation::TlsChain { certificates, .. } => Some(certificates),
        _ => None,
    })?;
    certificates
        .first()
        .map(|certificate| certificate.sha256.as_str())
}

/// All connects of the one fail, all of the other are established, at one address, at the same time.
fn one_address_both_ways(step: &StepRef<'_>, failing: &Failing<'_>, working: &One<'_>) -> bool {
    let Some(there) = same_place(step, working) else {
        return false;
    };
    let all_fail = step
        .attempts()
        .all(|(_, attempt)| attempt.code.as_ref() == Some(&failing.stop.code));
    let all_work = there.attempts().all(|(_, attempt)| attempt.code.is_none());
    let enough = |step: &StepRef<'_>| step.attempts().count() >= LEAST_TRIES;
    let told_apart = step.subject.endpoint.as_deref().is_some_and(is_one_place);
    let end = last_sign_of_life(&there, working);
    all_fail
        && all_work
        && enough(step)
        && enough(&there)
        && told_apart
        && overlap(
            (failing.one.case.state, step.started_us, ended(step)),
            (working.case.state, there.started_us, end),
        )
}

fn same_place<'a>(step: &StepRef<'_>, working: &One<'a>) -> Option<StepRef<'a>> {
    let endpoint = step.subject.endpoint.as_deref()?;
    working.case.steps().find(|there| {
        there.kind == step.kind
            && there.state == StepState::Ok
            && there.subject.endpoint.as_deref() == Some(endpoint)
    })
}

fn ended(step: &StepRef<'_>) -> u64 {
    step.started_us
        .saturating_add(step.elapsed_us.unwrap_or_default())
}

/// The end of the last step that worked at the same address.
fn last_sign_of_life(there: &StepRef<'_>, working: &One<'_>) -> u64 {
    working
        .case
        .steps()
        .filter(|step| step.state == StepState::Ok)
        .filter(|step| step.subject.endpoint == there.subject.endpoint)
        .map(|step| ended(&step))
        .max()
        .unwrap_or_else(|| ended(there))
}

/// Whether an `ip:port` is the same place wherever it is asked for. Loopback is another host on each host.
fn is_one_place(endpoint: &str) -> bool {
    let Some((ip, _)) = endpoint.rsplit_once(':') else {
        return false;
    };
    match ip.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(ip) => match ip.to_canonical() {
            IpAddr::V4(ip) => !(ip.is_loopback() || ip.is_link_local() || ip.is_unspecified()),
            IpAddr::V6(ip) => {
                !(ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unspecified())
            }
        },
        Err(_) => false,
    }
}

/// When a run began at the earliest and at the latest.
fn began(state: &State) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let earliest = state.claimed_at?;
    let latest = state
        .settled?
        .at?
        .checked_sub_signed(span(state.elapsed_us())?)?;
    (earliest <= latest).then_some((earliest, latest))
}

fn span(us: u64) -> Option<TimeDelta> {
    i64::try_from(us).ok().map(TimeDelta::microseconds)
}

/// Whether two spans of two runs certainly overlap.
pub(super) fn overlap(one: (&State, u64, u64), other: (&State, u64, u64)) -> bool {
    // The one begins before the other ends, even when the one run began late and the other early.
    let begins_before_end = |a: (&State, u64, u64), b: (&State, u64, u64)| {
        let begin = began(a.0)?.1.checked_add_signed(span(a.1)?)?;
        let end = began(b.0)?.0.checked_add_signed(span(b.2)?)?;
        Some(begin <= end)
    };
    begins_before_end(one, other) == Some(true) && begins_before_end(other, one) == Some(true)
}
