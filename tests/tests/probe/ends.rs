//! How runs end: by cancel, by the deadline, by the agent's policy and by its budget.

use crate::bench::{V4, context, lab, lab_context, make, names, options, plan, secret};
use crate::hostile::accepted;
use crate::story::Recording;
use lab::Scenario;
use model::{Closer, EventBody, FailureCode, Observation, Options, StepKind, StepState};
use probe::{LoginBudget, Policy};
use rustls::RootCertStore;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tds::prelogin::Encryption;
use tds::token::{Body, EnvChange};
use tests::peer::{Act, Peer, prelogin_reply, tokens};
use tokio_util::sync::CancellationToken;

/// Cancels as soon as an event is seen.
struct CancelAt<'a> {
    recording: &'a Recording,
    token: CancellationToken,
    when: fn(&EventBody) -> bool,
}

impl probe::Sink for CancelAt<'_> {
    fn emit(&self, event: model::AgentEvent) {
        if (self.when)(&event.body) {
            self.token.cancel();
        }
        self.recording.emit(event);
    }
}

#[tokio::test]
async fn a_cancel_closes_every_socket_and_ends_every_step() {
    let moments: [fn(&EventBody) -> bool; 4] = [
        |body| matches!(body, EventBody::RunStarted { .. }),
        |body| {
            matches!(
                body,
                EventBody::StepStarted {
                    step_kind: StepKind::TcpConnect,
                    ..
                }
            )
        },
        |body| {
            matches!(
                body,
                EventBody::Observed {
                    observation: Observation::TraceId { .. },
                    ..
                }
            )
        },
        |body| {
            matches!(
                body,
                EventBody::StepStarted {
                    step_kind: StepKind::TlsHandshake,
                    ..
                }
            )
        },
    ];
    for (moment, when) in moments.into_iter().enumerate() {
        // Holds every connection, so that only the cancel can end it.
        let peer = Peer::start(|_| {
            vec![
                Act::Hear,
                Act::Say(prelogin_reply(Encryption::ON)),
                Act::Hold,
            ]
        })
        .await;
        let context = context([peer.address], RootCertStore::empty());
        let plan = plan("db.example", peer.address.port(), true, options());
        let recording = Recording::default();
        let token = CancellationToken::new();
        let sink = CancelAt {
            recording: &recording,
            token: token.clone(),
            when,
        };
        let started = Instant::now();
        probe::run(&plan, secret(&plan), &context, &sink, token).await;
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "moment {moment}"
        );
        let story = recording.story();
        assert!(story.cancelled);
        for step in story.steps.values() {
            let fine = step.code.is_none() || step.code == Some(FailureCode::Cancelled);
            assert!(fine, "moment {moment}: {step:?}");
        }
        if moment >= 2 {
            let cancelled = story
                .closings()
                .filter(|end| end.closer == Closer::Cancelled);
            assert!(cancelled.count() >= 1, "moment {moment}");
        }
    }
}

#[tokio::test]
async fn the_deadline_ends_a_run_that_would_go_on() {
    let peer = Peer::start(|_| vec![Act::Hold]).await;
    let context = context([peer.address], RootCertStore::empty());
    let late = Options {
        deadline_ms: 1_000,
        ..options()
    };
    let story = make(
        &plan("db.example", peer.address.port(), true, late),
        &context,
    )
    .await;
    assert!(!story.cancelled);
    assert_eq!(story.code(StepKind::TdsPrelogin), "deadline_passed");
}

#[tokio::test]
async fn what_the_policy_refuses_gets_no_packet() {
    let peer = Peer::start(|_| vec![Act::Hold]).await;
    let mut context = context([], RootCertStore::empty());
    context.policy = Policy::default();
    let port = peer.address.port();
    for host in ["db.example", "127.0.0.1", "localhost", "::ffff:127.0.0.1"] {
        let story = make(&plan(host, port, true, options()), &context).await;
        assert_eq!(story.code(StepKind::TcpConnect), "policy_refused", "{host}");
        assert!(
            story
                .of(StepKind::TcpConnect)
                .iter()
                .all(|step| step.state == StepState::Skipped)
        );
        assert!(story.of(StepKind::TdsPrelogin).is_empty());
        assert_eq!(story.code(StepKind::TdsLogin), "not_reached");
    }
    assert_eq!(peer.accepted(), 0);
}

#[tokio::test]
async fn the_policy_is_asked_again_at_a_redirect() {
    let inner = Peer::start(|_| vec![Act::Hold]).await;
    let inner_port = inner.address.port();
    let gateway = gateway("db.example", inner_port).await;
    // Only the gateway is exempt.
    let context = context([gateway.address], RootCertStore::empty());
    let clear = Options {
        allow_clear_text: true,
        ..options()
    };
    let story = make(
        &plan("db.example", gateway.address.port(), true, clear),
        &context,
    )
    .await;
    assert_eq!(story.code(StepKind::TdsRedirect), "policy_refused");
    assert_eq!(
        story.at_hop(StepKind::TcpConnect, 1)[0].code,
        Some(FailureCode::PolicyRefused)
    );
    assert_eq!(inner.accepted(), 0);
}

/// A gateway in clear text that routes everybody to one place.
async fn gateway(host: &'static str, port: u16) -> Peer {
    Peer::start(move |_| {
        let routed = tokens(&[Body::EnvChange(EnvChange::routing(host, port))]);
        vec![
            Act::Hear,
            Act::Say(prelogin_reply(Encryption::NOT_SUPPORTED)),
            Act::Hear,
            Act::Say(routed),
        ]
    })
    .await
}

#[tokio::test]
async fn a_redirect_s_certificate_must_be_for_the_redirect_s_name() {
    let lab = lab(&[Scenario::Healthy]).await;
    let port = lab.port(Scenario::Healthy).expect("available");
    let clear = Options {
        allow_clear_text: true,
        ..options()
    };
    // The certificate is for `localhost`; the gateway sends us to the same place by another name.
    for (host, code, logins) in [
        ("localhost", "ok", 2),
        ("db.example", "tls_name_mismatch", 2),
    ] {
        let gateway = gateway(host, port).await;
        let mut context = lab_context(&lab);
        context.policy = context.policy.exempt(gateway.address);
        let plan = plan("db.example", gateway.address.port(), true, clear.clone());
        let story = make(&plan, &context).await;
        let codes: Vec<_> = story
            .at_hop(StepKind::TlsHandshake, 1)
            .iter()
            .map(|step| {
                step.code
                    .as_ref()
                    .map_or("ok".to_owned(), ToString::to_string)
            })
            .collect();
        assert!(
            !codes.is_empty() && codes.iter().all(|seen| seen == code),
            "{codes:?}"
        );
        // Two of the first way; none by the second.
        assert_eq!(lab.counter(Scenario::Healthy).logins, logins);
    }
}

#[tokio::test]
async fn when_the_connection_fails_the_next_address_logs_in() {
    let bad = tokio::net::TcpListener::bind((V4, 0))
        .await
        .expect("a port");
    let endpoint = bad.local_addr().expect("an address");
    let Ok(good) = tokio::net::TcpListener::bind((DEAD, endpoint.port())).await else {
        return tests::skip("next_address", "127.0.0.2 cannot be bound here");
    };
    let mut context = context(
        [endpoint, good.local_addr().expect("an address")],
        RootCertStore::empty(),
    );
    context.names = names(&[("two.example", &[V4, DEAD])]);
    let failed = Arc::new(tokio::sync::Notify::new());
    let opening = || {
        vec![
            Act::Hear,
            Act::Say(prelogin_reply(Encryption::NOT_SUPPORTED)),
            Act::Hear,
        ]
    };
    let signal = Arc::clone(&failed);
    let _bad = Peer::serve(bad, move |_| {
        let mut script = opening();
        script.push(Act::Signal(Arc::clone(&signal)));
        script
    });
    // Answers PRELOGIN only when the other has had its LOGIN7.
    let _good = Peer::serve(good, move |_| {
        let mut script = opening();
        script.insert(1, Act::Await(Arc::clone(&failed)));
        script.push(Act::Say(tokens(&accepted())));
        script
    });
    let clear = Options {
        allow_clear_text: true,
        query: false,
        tcp_attempts: 1,
        ..options()
    };
    let story = make(&plan("two.example", endpoint.port(), true, clear), &context).await;
    assert_eq!(
        story.codes(StepKind::TdsLogin),
        ["closed_during_login", "ok"]
    );
    assert_eq!(story.logins_sent(), 2);
    assert_eq!(story.code(StepKind::SqlQuery), "not_asked");
}

/// So many failures are allowed, whoever and wherever.
struct Few {
    left: Mutex<u32>,
    seen: Mutex<Vec<(SocketAddr, String)>>,
}

impl LoginBudget for Few {
    fn may_try(&self, _endpoint: SocketAddr, _user: &str) -> bool {
        *self.left.lock().expect("not poisoned") > 0
    }

    fn failed(&self, endpoint: SocketAddr, user: &str) {
        *self.left.lock().expect("not poisoned") -= 1;
        self.seen
            .lock()
            .expect("not poisoned")
            .push((endpoint, user.to_owned()));
    }
}

#[tokio::test]
async fn a_spent_budget_sends_no_login() {
    let lab = lab(&[Scenario::LoginRejected]).await;
    let port = lab.port(Scenario::LoginRejected).expect("available");
    let budget = Arc::new(Few {
        left: Mutex::new(1),
        seen: Mutex::default(),
    });
    let mut context = lab_context(&lab);
    context.budget = Arc::clone(&budget) as Arc<dyn LoginBudget>;
    let plan = plan("localhost", port, true, options());

    let story = make(&plan, &context).await;
    assert!(
        story
            .codes(StepKind::TdsLogin)
            .contains(&"login_rejected".to_owned())
    );
    assert_eq!(lab.counter(Scenario::LoginRejected).logins, 1);
    let seen = budget.seen.lock().expect("not poisoned").clone();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].0.port(), seen[0].1.as_str()), (port, lab::USER));

    let story = make(&plan, &context).await;
    assert!(
        story
            .codes(StepKind::TdsLogin)
            .contains(&"login_budget_spent".to_owned())
    );
    assert_eq!(
        lab.counter(Scenario::LoginRejected).logins,
        1,
        "no second LOGIN7"
    );
}

#[tokio::test]
async fn one_dead_address_does_not_delay_another() {
    let lab = lab(&[Scenario::Healthy, Scenario::Blackhole]).await;
    let (Some(healthy), Some(_)) = (lab.port(Scenario::Healthy), lab.port(Scenario::Blackhole))
    else {
        return tests::skip("one_dead_address", "this system answers a full backlog");
    };
    // The healthy port at an address where nobody listens is refused at once; the one that holds its
    // breath is ours: a peer that never answers PRELOGIN, at 127.0.0.2.
    let mut context = lab_context(&lab);
    context.names = names(&[("db.example", &[V4, DEAD]), ("localhost", &[V4, DEAD])]);
    let silent = tokio::net::TcpListener::bind((DEAD, healthy)).await;
    let Ok(silent) = silent else {
        return tests::skip("one_dead_address", "127.0.0.2 cannot be bound here");
    };
    context.policy = context
        .policy
        .exempt(silent.local_addr().expect("an address"));
    let waiting = Options {
        prelogin_timeout_ms: 3_000,
        ..options()
    };
    let recording = Recording::default();
    let plan = plan("localhost", healthy, true, waiting);
    probe::run(
        &plan,
        secret(&plan),
        &context,
        &recording,
        CancellationToken::new(),
    )
    .await;
    let events = recording.so_far();
    let when = |found: &dyn Fn(&EventBody) -> bool| {
        events
            .iter()
            .position(|event| found(&event.body))
            .expect("the event")
    };
    let queried = when(&|body| {
        matches!(
            body,
            EventBody::Observed {
                observation: Observation::QueryResult { .. },
                ..
            }
        )
    });
    let dead = when(&|body| {
        matches!(
            body,
            EventBody::StepFinished {
                code: Some(FailureCode::PreloginNoReply),
                ..
            }
        )
    });
    assert!(
        queried < dead,
        "the query was answered before the dead address was given up"
    );
    recording.story();
}

const DEAD: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));
