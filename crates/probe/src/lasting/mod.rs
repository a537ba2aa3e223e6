//! What goes on for longer once the run's own login has gone well: minutes to days, all of it beside each other,
//! each a step of its own at hop 0.
//!
//! ```text
//! own login over ─┬─ idle_ladder      connections idle for longer and longer
//!                 ├─ heartbeat        a query every second
//!                 ├─ retry_loop       logins in a loop
//!                 ├─ tracked_writes   writes whose connection is cut
//!                 ├─ data_flow        connections that return data
//!                 ├─ capacity         more and more connections
//!                 └─ path_probes      sizes, loss, families
//! ```
//! One that cannot be done says why; none ends another.

use crate::hop::Hop;
use crate::record::Place;
use model::{FailureCode, StepKind};

/// Makes what the plan asks for, and returns when the last has ended.
pub(crate) async fn make(first: &Hop<'_>) {
    let asked = &first.run.plan.options.lasting;
    let not_built = [
        (asked.idle_ladder.is_some(), StepKind::IdleLadder),
        (asked.heartbeat.is_some(), StepKind::Heartbeat),
        (asked.retry_loop.is_some(), StepKind::RetryLoop),
        (asked.tracked_writes.is_some(), StepKind::TrackedWrites),
        (asked.data_flow.is_some(), StepKind::DataFlow),
        (asked.capacity.is_some(), StepKind::Capacity),
        (asked.path.is_some(), StepKind::PathProbes),
    ];
    for (_, kind) in not_built.into_iter().filter(|(asked, _)| *asked) {
        skip(first, kind, FailureCode::NotBuiltIn, None);
    }
}

/// Says why one of them is not done.
fn skip(first: &Hop<'_>, kind: StepKind, code: FailureCode, why: Option<&str>) {
    let recorder = first.run.recorder;
    recorder.skip(kind, Place::default(), first.subject(None), code, why);
}
