//! Connections that are held: idle for a while and then used, or returning data.

use crate::bench::{context, lab, lab_context, make, options, plan, secret};
use crate::story::{Recording, Story};
use lab::Scenario;
use model::lasting::{DataFlow, Flow, FlowEnd, IdleLadder, IdleRung, Lane, Lasting, Standing};
use model::{Closer, EventBody, Observation, Options, PlanLogin, StepKind};
use rustls::RootCertStore;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tests::peer::{Act, Peer, prelogin_reply, tokens};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Rungs that a test can wait for; the answer's limit is what a busy host keeps.
fn ladder(rungs_ms: &[u64], lanes: &[Lane]) -> Options {
    Options {
        query: false,
        lasting: Lasting {
            idle_ladder: Some(IdleLadder {
                rungs_ms: rungs_ms.to_vec(),
                lanes: lanes.to_vec(),
                heartbeat_ms: 100,
                ..IdleLadder::default()
            }),
            ..Lasting::default()
        },
        ..options()
    }
}

fn rungs(story: &Story) -> Vec<&IdleRung> {
    story
        .facts()
        .filter_map(|fact| match fact {
            Observation::IdleRung(rung) => Some(rung),
            _ => None,
        })
        .collect()
}

const LANES: [Lane; 3] = [Lane::Bare, Lane::KeepAlive, Lane::Heartbeat];

#[tokio::test]
async fn a_healthy_server_keeps_every_rung() {
    let lab = lab(&[Scenario::Healthy]).await;
    let port = lab.port(Scenario::Healthy).expect("a port");
    let plan = plan("localhost", port, true, ladder(&[50, 350], &LANES));
    let story = make(&plan, &lab_context(&lab)).await;
    assert_eq!(story.code(StepKind::IdleLadder), "ok");
    let rungs = rungs(&story);
    assert_eq!(rungs.len(), 6);
    for rung in &rungs {
        assert!(rung.logged_in && rung.survived(), "{rung:?}");
        assert!(rung.idle_us >= rung.rung_ms * 1_000, "{rung:?}");
        let asks = rung.lane == Lane::Heartbeat && rung.rung_ms == 350;
        assert_eq!(rung.beats > 0, asks, "{rung:?}");
    }
    // The path's own login, and one for each.
    assert_eq!(lab.counter(Scenario::Healthy).logins, 7);
    let held = story.of(StepKind::IdleLadder);
    let closings: Vec<_> = held[0]
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Observation::Closed(closing) => Some(closing.closer),
            _ => None,
        })
        .collect();
    assert_eq!(closings, [Closer::Us; 6]);
}

#[tokio::test]
async fn without_a_login_connections_are_held_past_tls() {
    let lab = lab(&[Scenario::Healthy]).await;
    let port = lab.port(Scenario::Healthy).expect("a port");
    for login in [PlanLogin::None, PlanLogin::Dummy] {
        let mut plan = plan("localhost", port, false, ladder(&[50], &LANES));
        plan.login = login;
        let story = make(&plan, &lab_context(&lab)).await;
        assert_eq!(story.code(StepKind::IdleLadder), "ok");
        let rungs = rungs(&story);
        assert_eq!(rungs.len(), 3);
        for rung in rungs {
            assert!(!rung.logged_in && rung.survived(), "{rung:?}");
        }
    }
    assert_eq!(lab.counter(Scenario::Healthy).logins, 1, "the dummy one");
}

/// A server in clear that lets everybody in, then does as it is told: the path's own login gets one of its own.
async fn server(then: impl Fn() -> Vec<Act> + Send + 'static) -> Peer {
    Peer::start(move |_| {
        let mut script = vec![
            Act::Hear,
            Act::Say(prelogin_reply(tds::prelogin::Encryption::NOT_SUPPORTED)),
            Act::Hear,
            Act::Say(tokens(&[
                tds::token::Body::LoginAck(tds::token::LoginAck::default()),
                tds::token::Body::Done(tds::token::Done::new(tds::token::DoneStatus::empty())),
            ])),
        ];
        script.extend(then());
        script
    })
    .await
}

fn in_clear(options: Options) -> Options {
    Options {
        allow_clear_text: true,
        ..options
    }
}

async fn meet(peer: &Peer, options: Options) -> Story {
    let context = context([peer.address], RootCertStore::empty());
    let plan = plan("db.example", peer.address.port(), true, in_clear(options));
    make(&plan, &context).await
}

#[tokio::test]
async fn an_end_while_idle_has_its_kind_and_moment() {
    for (end, standing, closer) in [
        (vec![], Standing::Fin, Closer::PeerFin),
        (vec![Act::Reset], Standing::Reset, Closer::PeerRst),
    ] {
        let peer = server(move || end.clone()).await;
        // An hour: what ends by itself is not waited for.
        let story = meet(&peer, ladder(&[3_600_000], &[Lane::Bare, Lane::KeepAlive])).await;
        let rungs = rungs(&story);
        assert_eq!(rungs.len(), 2);
        for rung in rungs {
            assert!(rung.ended_idle && rung.used.is_none(), "{rung:?}");
            assert_eq!((rung.looked, rung.death()), (standing, Some(standing)));
            assert!(rung.idle_us < 60_000_000, "{rung:?}");
        }
        let step = &story.of(StepKind::IdleLadder)[0];
        let closers = step.facts.iter().filter_map(|fact| match fact {
            Observation::Closed(closing) => Some(closing.closer),
            _ => None,
        });
        assert!(closers.eq([closer, closer]));
    }
}

#[tokio::test]
async fn a_connection_that_looks_alive_and_never_answers_is_silence() {
    let peer = server(|| vec![Act::Hold]).await;
    let mut options = ladder(&[20], &[Lane::Bare]);
    if let Some(ladder) = &mut options.lasting.idle_ladder {
        ladder.answer_timeout_ms = 100;
    }
    let story = meet(&peer, options).await;
    let rungs = rungs(&story);
    assert!(rungs.len() == 1 && rungs[0].deceived(), "{rungs:?}");
    assert_eq!(rungs[0].death(), Some(Standing::Silent));
}

#[tokio::test]
async fn a_cancel_ends_idle_connections_at_once() {
    let lab = lab(&[Scenario::Healthy]).await;
    let port = lab.port(Scenario::Healthy).expect("a port");
    let plan = plan("localhost", port, true, ladder(&[3_600_000], &LANES));
    let recording = Arc::new(Recording::default());
    let token = CancellationToken::new();
    let (context, cancel) = (lab_context(&lab), token.clone());
    let run = {
        let recording = Arc::clone(&recording);
        async move { probe::run(&plan, secret(&plan), &context, &*recording, token).await }
    };
    let canceller = async {
        // All three are open: each attempt of the step says so.
        tests::eventually("three are held", Duration::from_secs(60), async || {
            let events = recording.so_far();
            let ladder = events.iter().find_map(|event| match event.body {
                EventBody::StepStarted {
                    step,
                    step_kind: StepKind::IdleLadder,
                    ..
                } => Some(step),
                _ => None,
            })?;
            let opened = events.iter().filter(|event| {
                matches!(event.body, EventBody::AttemptFinished { step, .. } if step == ladder)
            });
            (opened.count() == 3).then_some(())
        })
        .await;
        cancel.cancel();
        Instant::now()
    };
    let ((), cancelled) = tokio::join!(run, canceller);
    assert!(cancelled.elapsed() < Duration::from_secs(3));
    assert_eq!(recording.story().code(StepKind::IdleLadder), "cancelled");
}

#[tokio::test]
async fn a_ladder_that_cannot_be_climbed_says_why() {
    let lab = lab(&[Scenario::LoginRejected]).await;
    let port = lab.port(Scenario::LoginRejected).expect("a port");
    let plan = plan("localhost", port, true, ladder(&[50], &LANES));
    let story = make(&plan, &lab_context(&lab)).await;
    assert_eq!(story.code(StepKind::IdleLadder), "not_reached");
}

fn flow(lasts_ms: u64, silence_ms: u64) -> Options {
    Options {
        query: false,
        lasting: Lasting {
            data_flow: Some(DataFlow {
                lasts_ms,
                silence_ms,
            }),
            ..Lasting::default()
        },
        ..options()
    }
}

fn ends(story: &Story) -> Vec<&FlowEnd> {
    let mut ends: Vec<_> = story
        .facts()
        .filter_map(|fact| match fact {
            Observation::FlowEnd(end) => Some(end),
            _ => None,
        })
        .collect();
    ends.sort_by_key(|end| end.flow);
    ends
}

#[tokio::test]
async fn rows_and_a_wait_go_on_for_as_long_as_they_are_to() {
    let lab = lab(&[Scenario::Healthy]).await;
    let port = lab.port(Scenario::Healthy).expect("a port");
    let plan = plan("localhost", port, true, flow(700, 10_000));
    let story = make(&plan, &lab_context(&lab)).await;
    assert_eq!(story.code(StepKind::DataFlow), "ok");
    let ends = ends(&story);
    let flows: Vec<_> = ends.iter().map(|end| end.flow).collect();
    assert_eq!(flows, [Flow::Rows, Flow::Wait]);
    for end in ends {
        assert_eq!((end.died, &end.error), (None, &None), "{end:?}");
        assert!(end.bytes > 0, "{end:?}");
    }
}

#[tokio::test]
async fn data_that_is_cut_off_says_how_and_after_how_many_bytes() {
    let some = tokens(&[tds::token::Body::Done(tds::token::Done::new(
        tds::token::DoneStatus::MORE,
    ))]);
    // The same packet, but not the last of its message.
    let mut some = some;
    some[1] = 0;
    let length = some.len() as u64;
    for (end, died) in [
        (vec![], Standing::Fin),
        (vec![Act::Reset], Standing::Reset),
        (vec![Act::Hold], Standing::Silent),
    ] {
        let said = some.clone();
        let peer = server(move || {
            let mut script = vec![Act::Hear, Act::Say(said.clone())];
            script.extend(end.clone());
            script
        })
        .await;
        let story = meet(&peer, flow(300, 200)).await;
        for flow in ends(&story) {
            assert_eq!(flow.died, Some(died), "{flow:?}");
            assert!(flow.bytes == length || died == Standing::Reset, "{flow:?}");
        }
        assert_eq!(ends(&story).len(), 2);
    }
}

#[tokio::test]
async fn an_error_before_the_end_is_kept() {
    let notify = Arc::new(Notify::new());
    let error = tds::token::ServerMessage {
        number: 596,
        class: 21,
        text: "Cannot continue the execution because the session is in the kill state.".into(),
        ..tds::token::ServerMessage::default()
    };
    let said = tokens(&[
        tds::token::Body::Error(error),
        tds::token::Body::Done(tds::token::Done::new(tds::token::DoneStatus::ERROR)),
    ]);
    let peer = server(move || {
        vec![
            Act::Hear,
            Act::Say(said.clone()),
            Act::Await(notify.clone()),
        ]
    })
    .await;
    let story = meet(&peer, flow(60_000, 60_000)).await;
    for end in ends(&story) {
        let number = end.error.as_ref().map(|error| error.number);
        assert_eq!((number, end.died), (Some(596), None));
    }
}
