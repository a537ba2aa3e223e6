//! What the way to the endpoint carries. One after another, so that none disturbs the next: lost SYNs, every address
//! in turn and at once, sizes of messages. Also where the run's own path failed, for it may tell why.

mod addresses;
mod sizes;
mod syns;

use super::skip;
use crate::failure::Failure;
use crate::hop::Hop;
use crate::login::attempts::own_purpose;
use crate::record::Place;
use model::lasting::PathSurvey;
use model::{FailureCode, StepKind};

/// Makes them all.
pub(super) async fn make(first: &Hop<'_>, asked: &PathSurvey) {
    let run = first.run;
    let Some(endpoint) = run.course.reached() else {
        return skip(
            first,
            StepKind::PathSurvey,
            &Failure::bare(FailureCode::NotReached),
        );
    };
    let hop = Hop {
        port: Some(endpoint.port()),
        purpose: own_purpose(first),
        ..first.clone()
    };
    let subject = hop.subject(Some(endpoint));
    let step = run
        .recorder
        .start(StepKind::PathSurvey, Place::default(), subject);
    syns::make(endpoint, asked, step).await;
    addresses::make(&hop, endpoint.port(), asked, step).await;
    sizes::make(&hop, endpoint, asked, step).await;
    step.ok();
}
