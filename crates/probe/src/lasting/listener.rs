//! Logins at a listener, once every so often, twice side by side: as a driver connects with `MultiSubnetFailover`, and
//! as it does without. What an application meets of a failover, and for how long.
//!
//! ```text
//!  off  name ─▶ address ─╳─▶ next address ─▶ login      one dead address delays every login
//!  on   name ─▶ all addresses ─▶ the first that connects ─▶ login
//! ```

use super::retry_loop::{Voice, go_round};
use super::{skip, trying_ground};
use crate::hop::Hop;
use crate::record::Place;
use futures::future::{Either, select};
use model::StepKind;
use model::lasting::{ListenerView, RetryLoop};
use std::pin::pin;

/// Logins that may be under way at once, in each of the two.
const AT_ONCE: u32 = 10;

/// Makes the step.
pub(super) async fn make(first: &Hop<'_>, asked: &ListenerView) {
    let kind = StepKind::ListenerView;
    let in_turn = match trying_ground(first) {
        Ok(hop) => hop,
        Err(failure) => return skip(first, kind, &failure),
    };
    let at_once = Hop {
        at_once: true,
        ..in_turn.clone()
    };
    let recorder = first.run.recorder;
    let step = recorder.start(kind, Place::default(), in_turn.subject(None));
    let pace = RetryLoop {
        every_ms: asked.every_ms,
        lasts_ms: asked.lasts_ms,
        at_once: AT_ONCE,
        query: false,
    };
    let off = go_round(&in_turn, step, &pace, Voice::Listener { at_once: false });
    let on = go_round(&at_once, step, &pace, Voice::Listener { at_once: true });
    // A login that is refused for its user or password ends both: the next could lock the account.
    let failure = match select(pin!(off), pin!(on)).await {
        Either::Left((None, other)) | Either::Right((None, other)) => other.await,
        Either::Left((failure, _)) | Either::Right((failure, _)) => failure,
    };
    step.end(failure.as_ref());
}
