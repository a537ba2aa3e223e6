//! What the way to a server carries, and how many connections at once: over the lab, where nothing is in the way.

use crate::bench::{lab, lab_context, make, options, plan};
use crate::story::Story;
use lab::Scenario;
use model::lasting::{Capacity, Lasting, PathSurvey, RampEnd, SizeAnswer, SizedMessage};
use model::{Observation, Options, StepKind};

fn asks(lasting: Lasting) -> Options {
    Options {
        query: false,
        lasting,
        ..options()
    }
}

fn sizes(story: &Story) -> Vec<&SizeAnswer> {
    story
        .facts()
        .filter_map(|fact| match fact {
            Observation::SizeAnswer(answer) => Some(answer),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn every_size_passes_both_ways_over_usual_and_small_segments() {
    let lab = lab(&[Scenario::Healthy]).await;
    let port = lab.port(Scenario::Healthy).expect("a port");
    let lasting = Lasting {
        path: Some(PathSurvey {
            sizes: vec![1_200, 16_000],
            syns: 5,
            ..PathSurvey::default()
        }),
        ..Lasting::default()
    };
    let story = make(
        &plan("localhost", port, true, asks(lasting)),
        &lab_context(&lab),
    )
    .await;
    assert_eq!(story.code(StepKind::PathSurvey), "ok");
    let syns = story.facts().find_map(|fact| match fact {
        Observation::SynTimes(times) => Some((times.tried, times.established)),
        _ => None,
    });
    assert_eq!(syns, Some((5, 5)));
    if !cfg!(target_os = "linux") {
        return;
    }
    let sizes = sizes(&story);
    assert!(
        sizes.iter().all(|answer| answer.code.is_none()),
        "{sizes:?}"
    );
    let count = |message, segment: Option<u32>| {
        let alike = |answer: &&&SizeAnswer| answer.message == message && answer.segment == segment;
        sizes.iter().filter(alike).count()
    };
    assert_eq!(count(SizedMessage::Handshake, None), 2);
    assert_eq!(count(SizedMessage::Handshake, Some(536)), 1);
    for message in [SizedMessage::Request, SizedMessage::Answer] {
        for segment in [None, Some(536)] {
            assert_eq!(count(message, segment), 2, "{message:?}");
        }
    }
}

#[tokio::test]
async fn without_a_login_the_handshake_alone_is_large() {
    let lab = lab(&[Scenario::Healthy]).await;
    let port = lab.port(Scenario::Healthy).expect("a port");
    let lasting = Lasting {
        path: Some(PathSurvey {
            syns: 0,
            ..PathSurvey::default()
        }),
        ..Lasting::default()
    };
    let story = make(
        &plan("localhost", port, false, asks(lasting)),
        &lab_context(&lab),
    )
    .await;
    let sizes = sizes(&story);
    assert!(
        sizes
            .iter()
            .all(|answer| answer.message == SizedMessage::Handshake)
    );
}

#[tokio::test]
async fn connections_are_opened_held_and_closed() {
    let lab = lab(&[Scenario::Healthy]).await;
    let port = lab.port(Scenario::Healthy).expect("a port");
    let lasting = Lasting {
        capacity: Some(Capacity {
            connections: 30,
            per_second: 200,
            hold_ms: 1,
        }),
        ..Lasting::default()
    };
    let story = make(
        &plan("localhost", port, false, asks(lasting)),
        &lab_context(&lab),
    )
    .await;
    assert_eq!(story.code(StepKind::Capacity), "ok");
    let end: &RampEnd = story
        .facts()
        .find_map(|fact| match fact {
            Observation::RampEnd(end) => Some(end),
            _ => None,
        })
        .expect("an end");
    assert_eq!(
        (end.tried, end.most_open, end.failed, end.lost),
        (30, 30, 0, 0)
    );
    assert_eq!(end.worked_after, None, "nothing had failed");
    let established: u32 = story
        .facts()
        .filter_map(|fact| match fact {
            Observation::RampStage(stage) => Some(stage.established),
            _ => None,
        })
        .sum();
    assert_eq!(established, 30);
}

#[tokio::test]
async fn a_server_that_is_not_reached_is_not_looked_at() {
    let lab = lab(&[Scenario::Refused]).await;
    let port = lab.port(Scenario::Refused).expect("a port");
    let lasting = Lasting {
        path: Some(PathSurvey::default()),
        capacity: Some(Capacity::default()),
        ..Lasting::default()
    };
    let story = make(
        &plan("localhost", port, false, asks(lasting)),
        &lab_context(&lab),
    )
    .await;
    for kind in [StepKind::PathSurvey, StepKind::Capacity] {
        assert_eq!(story.code(kind), "not_reached");
    }
}
