//! Connects to another replica's endpoint, what the own server says of it, and logins at a listener: against the lab,
//! and against a port that comes and goes.

use crate::bench::{V4, context, lab, lab_context, make, options, plan, secret};
use crate::story::{Recording, Story};
use lab::{Lab, Scenario};
use model::lasting::{
    CatalogPart, Lasting, LinkChange, LinkState, ListenerView, Loss, PeerName, ReplicaFact,
    ReplicaMinute, ReplicaSession, ReplicaWatch, SessionGap, TimeoutFrom,
};
use model::{
    AgentId, Confidence, EventBody, FailureCode, Observation, Options, Plan, RunEvent, StepKind,
};
use probe::{Context, NameSources, Policy};
use rules::replica::{CheckState, checklist, trips};
use rules::{Judgement, State};
use rustls::RootCertStore;
use sqlparser::dialect::MsSqlDialect;
use sqlparser::parser::Parser;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tests::eventually;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(60);

fn session(port: u16, lasts_ms: u64) -> ReplicaSession {
    ReplicaSession {
        port,
        every_ms: 20,
        lasts_ms,
        session_timeout_ms: Some(300),
        ..ReplicaSession::with("127.0.0.1")
    }
}

fn asking(asked: ReplicaSession) -> Options {
    Options {
        lasting: Lasting {
            replica_session: Some(asked),
            ..Lasting::default()
        },
        ..options()
    }
}

fn facts<T>(story: &Story, pick: impl Fn(&ReplicaFact) -> Option<T>) -> Vec<T> {
    let all = story.steps.values().flat_map(|step| &step.facts);
    all.filter_map(|fact| match fact {
        Observation::Replica(fact) => pick(fact),
        _ => None,
    })
    .collect()
}

fn minutes(story: &Story) -> Vec<ReplicaMinute> {
    facts(story, |fact| match fact {
        ReplicaFact::Minute(minute) => Some(minute.clone()),
        _ => None,
    })
}

fn changes(story: &Story) -> Vec<LinkChange> {
    facts(story, |fact| match fact {
        ReplicaFact::Change(change) => Some(change.clone()),
        _ => None,
    })
}

fn gaps(story: &Story) -> Vec<SessionGap> {
    facts(story, |fact| match fact {
        ReplicaFact::Gap(gap) => Some(gap.clone()),
        _ => None,
    })
}

fn watches(story: &Story) -> Vec<ReplicaWatch> {
    facts(story, |fact| match fact {
        ReplicaFact::Watch(watch) => Some(watch.clone()),
        _ => None,
    })
}

fn names(story: &Story) -> Vec<PeerName> {
    facts(story, |fact| match fact {
        ReplicaFact::Named(name) => Some(name.clone()),
        _ => None,
    })
}

/// Makes the run and judges it.
async fn judged(plan: &Plan, context: &Context) -> (Story, State, Judgement) {
    let sink = Recording::default();
    let cancel = CancellationToken::new();
    probe::run(plan, secret(plan), context, &sink, cancel).await;
    let mut state = State::default();
    let created = EventBody::RunCreated {
        plan: Box::new(plan.clone()),
        agent: AgentId(Uuid::nil()),
        agent_name: "a".to_owned(),
    };
    let agent = sink.so_far().into_iter();
    let bodies = agent.map(|event| (Some(event.elapsed_us), event.body));
    for ((elapsed_us, body), seq) in [(None, created)].into_iter().chain(bodies).zip(1..) {
        state.apply(&RunEvent {
            seq,
            at: chrono::Utc::now(),
            elapsed_us,
            body,
        });
    }
    let judgement = rules::judge(&state);
    (sink.story(), state, judgement)
}

fn codes(judgement: &Judgement) -> Vec<&str> {
    let found = judgement.findings.iter();
    found.map(|finding| finding.code.as_str()).collect()
}

fn port(lab: &Lab, scenario: Scenario) -> u16 {
    lab.port(scenario).expect("it is offered here")
}

#[tokio::test]
async fn without_credentials_the_port_is_looked_at_all_the_same() {
    let lab = lab(&[Scenario::Healthy]).await;
    let port = port(&lab, Scenario::Healthy);
    let plan = plan("localhost", port, false, asking(session(port, 500)));
    let (story, state, judgement) = judged(&plan, &lab_context(&lab)).await;
    assert_eq!(story.code(StepKind::ReplicaSession), "ok");
    assert_eq!(story.code(StepKind::ReplicaCatalog), "no_credentials");
    let established: usize = minutes(&story).iter().map(|m| m.established.len()).sum();
    assert!(established >= 5, "{established}");
    assert_eq!(watches(&story)[0].timeout_from, TimeoutFrom::Entered);
    assert_eq!(names(&story)[0].addresses, ["127.0.0.1"]);
    assert_eq!(judgement.verdict.code, "reachable_login_not_tried");
    assert!(
        codes(&judgement).contains(&"replica_held"),
        "{:?}",
        codes(&judgement)
    );
    assert!(codes(&judgement).contains(&"replica_limits"));
    let list = checklist(state.replica());
    let of = |key: &str| list.iter().find(|check| check.key == key).expect(key).state;
    assert_eq!(of("tcp"), CheckState::Passed);
    assert_eq!(of("endpoint"), CheckState::NotLooked);
}

#[tokio::test]
async fn a_run_whose_own_server_is_gone_still_looks_at_the_other() {
    let lab = lab(&[Scenario::Healthy, Scenario::Refused]).await;
    let (own, peer) = (port(&lab, Scenario::Refused), port(&lab, Scenario::Healthy));
    let plan = plan("localhost", own, true, asking(session(peer, 300)));
    let (story, _, judgement) = judged(&plan, &lab_context(&lab)).await;
    assert_eq!(story.code(StepKind::ReplicaSession), "ok");
    assert_eq!(judgement.verdict.code, "tcp_refused");
    assert!(codes(&judgement).contains(&"replica_held"));
}

#[tokio::test]
async fn an_endpoint_that_refuses_is_hard_and_one_that_drops_is_soft() {
    let lab = lab(&[Scenario::Healthy, Scenario::Refused, Scenario::Blackhole]).await;
    let own = port(&lab, Scenario::Healthy);
    for (scenario, loss, code) in [
        (Scenario::Refused, Loss::Hard, FailureCode::TcpRefused),
        (Scenario::Blackhole, Loss::Soft, FailureCode::TcpTimeout),
    ] {
        let Some(peer) = lab.port(scenario) else {
            continue;
        };
        let plan = plan("localhost", own, false, asking(session(peer, 1_500)));
        let (story, _, judgement) = judged(&plan, &lab_context(&lab)).await;
        let lost = &changes(&story)[0];
        assert_eq!((lost.now, lost.loss), (LinkState::Disconnected, loss));
        assert_eq!(judgement.verdict.code, "replica_unreachable");
        let gap = &gaps(&story)[0];
        assert!(gap.open && gap.failed > 0, "{gap:?}");
        assert_eq!(gap.code, Some(code));
        assert_eq!(gap.said_us.is_some(), loss == Loss::Hard);
        let tripped = trips(std::slice::from_ref(gap), 300_000);
        assert_eq!(tripped[0].loss, loss);
    }
}

#[tokio::test]
async fn a_port_that_goes_and_comes_is_lost_and_found() {
    let own = lab(&[Scenario::Healthy]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let peer = listener.local_addr().expect("its address");
    let asked = session(peer.port(), 60_000);
    let plan = plan(
        "localhost",
        port(&own, Scenario::Healthy),
        false,
        asking(asked),
    );
    let mut context = lab_context(&own);
    context.policy = context.policy.exempt(peer);
    let sink = Recording::default();
    let cancel = CancellationToken::new();
    let run = probe::run(&plan, None, &context, &sink, cancel.clone());
    let told = |wanted: LinkState| {
        let events = sink.so_far();
        events.iter().any(|event| match &event.body {
            EventBody::Observed {
                observation: Observation::Replica(ReplicaFact::Change(change)),
                ..
            } => change.now == wanted,
            _ => false,
        })
    };
    let blow = async {
        // One connect came, so it is established.
        drop(listener.accept().await.expect("a connect"));
        drop(listener);
        eventually("it is lost", PATIENCE, async || {
            told(LinkState::Disconnected).then_some(())
        })
        .await;
        let again = TcpListener::bind(peer).await.expect("the port again");
        eventually("it is back", PATIENCE, async || {
            told(LinkState::Connected).then_some(())
        })
        .await;
        cancel.cancel();
        again
    };
    tokio::join!(run, blow);
    let events = sink.so_far();
    let all: Vec<LinkChange> = events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::Observed {
                observation: Observation::Replica(ReplicaFact::Change(change)),
                ..
            } => Some(change.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(
        (all[0].loss, all[0].code.clone()),
        (Loss::Hard, FailureCode::TcpRefused)
    );
    let back = &all[1];
    assert_eq!(back.now, LinkState::Connected);
    assert!(back.tries > 0 && back.outage_us > Some(0), "{back:?}");
}

#[tokio::test]
async fn a_name_that_moves_or_goes_is_told_and_connects_go_on() {
    let lab = lab(&[Scenario::Healthy]).await;
    let peer = port(&lab, Scenario::Healthy);
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let names_of = move |host: &str| -> io::Result<Vec<IpAddr>> {
        match host {
            "sql-b" => match count.fetch_add(1, Ordering::Relaxed) {
                0..5 => Ok(vec![V4]),
                5..10 => Err(io::Error::other("Name or service not known")),
                _ => Ok(vec![IpAddr::V4(Ipv4Addr::new(127, 0, 0, 1)), V4]),
            },
            _ => Ok(vec![V4]),
        }
    };
    let session = ReplicaSession {
        peer: "sql-b".to_owned(),
        ..session(peer, 1_500)
    };
    let plan = plan("localhost", peer, false, asking(session));
    let context = Context {
        names: NameSources {
            system: Arc::new(names_of),
            ..NameSources::none()
        },
        ..lab_context(&lab)
    };
    let story = make(&plan, &context).await;
    let told = names(&story);
    assert_eq!(told[0].code, None);
    assert!(
        told[1].code.is_some() && told[1].addresses.is_empty(),
        "{told:?}"
    );
    assert_eq!(told[2].code, None);
    // A session that is there needs no name.
    assert!(changes(&story).is_empty(), "{:?}", changes(&story));
}

#[tokio::test]
async fn what_the_agent_may_not_reach_ends_the_connects() {
    let lab = lab(&[Scenario::Healthy]).await;
    let own = port(&lab, Scenario::Healthy);
    let plan = plan("localhost", own, false, asking(session(9, 600_000)));
    let own_only = lab.endpoints();
    let context = Context {
        policy: own_only.into_iter().fold(Policy::default(), Policy::exempt),
        ..context(Vec::<SocketAddr>::new(), RootCertStore::empty())
    };
    let story = make(&plan, &context).await;
    assert_eq!(story.code(StepKind::ReplicaSession), "policy_refused");
}

#[tokio::test]
async fn what_the_own_server_says_has_its_finding() {
    let table: [(Scenario, &str, Option<&str>); 6] = [
        (Scenario::Replica, "healthy", Some("replica_held")),
        (
            Scenario::ReplicaStopped,
            "replica_endpoint_stopped",
            Some("replica_disconnected"),
        ),
        (
            Scenario::ReplicaNoPermission,
            "healthy",
            Some("replica_no_connect_permission"),
        ),
        (
            Scenario::ReplicaTimeouts,
            "healthy",
            Some("replica_timeouts_contradict"),
        ),
        (Scenario::ReplicaDisconnected, "replica_disconnected", None),
        (Scenario::ReplicaBlind, "healthy", Some("replica_held")),
    ];
    let scenarios = table.map(|(scenario, _, _)| scenario);
    let lab = lab(&scenarios).await;
    let context = lab_context(&lab);
    for (scenario, verdict, beside) in table {
        let own = port(&lab, scenario);
        let asked = ReplicaSession {
            session_timeout_ms: None,
            ..session(own, 400)
        };
        let plan = plan("localhost", own, true, asking(asked));
        let (story, state, judgement) = judged(&plan, &context).await;
        assert_eq!(story.code(StepKind::ReplicaCatalog), "ok", "{scenario}");
        let found = codes(&judgement);
        assert_eq!(judgement.verdict.code, verdict, "{scenario}: {found:?}");
        assert!(
            beside.is_none_or(|code| found.contains(&code)),
            "{scenario}: {found:?}"
        );
        if let Some(finding) = judgement
            .findings
            .iter()
            .find(|one| one.code.starts_with("replica_") && one.code != "replica_held")
        {
            assert_ne!(finding.confidence, Confidence::Proven, "{scenario}");
        }
        let seen = state.replica();
        let watch = &watches(&story)[0];
        let list = checklist(state.replica());
        let of = |key: &str| list.iter().find(|check| check.key == key).expect(key).state;
        if scenario == Scenario::ReplicaBlind {
            assert_eq!(
                (watch.timeout_ms, watch.timeout_from),
                (10_000, TimeoutFrom::Usual)
            );
            let untold: Vec<CatalogPart> = seen.untold.iter().map(|(_, one)| one.what).collect();
            assert_eq!(untold, [CatalogPart::Replicas, CatalogPart::ErrorLog]);
            for key in ["endpoint", "connected", "last_error"] {
                assert_eq!(of(key), CheckState::NotAllowed, "{key}");
            }
            continue;
        }
        assert_eq!(watch.timeout_from, TimeoutFrom::Server, "{scenario}");
        assert_eq!(seen.rows.len(), 2);
        let (_, clock) = seen.clock.as_ref().expect("its clock");
        // The lab's clock is this host's.
        assert!(
            clock.ahead_ms.abs() < 5_000 && clock.zone_min == 60,
            "{clock:?}"
        );
        let (_, line) = seen.log.first().expect("a line");
        let ago = line.at_us.expect("on the run's clock");
        assert!((-3_660_000_000..-3_540_000_000).contains(&ago), "{line:?}");
        assert_eq!(line.number, Some(19_406));
        assert_eq!(of("enabled"), CheckState::Passed);
    }
}

#[tokio::test]
async fn logins_at_a_listener_are_made_both_ways_and_their_failures_have_windows() {
    let lab = lab(&[Scenario::Unsteady, Scenario::Healthy]).await;
    for (scenario, code) in [
        (Scenario::Unsteady, "listener_outage"),
        (Scenario::Healthy, "listener_steady"),
    ] {
        let options = Options {
            lasting: Lasting {
                listener: Some(ListenerView {
                    every_ms: 25,
                    lasts_ms: 2_000,
                }),
                ..Lasting::default()
            },
            ..options()
        };
        let plan = plan("localhost", port(&lab, scenario), true, options);
        let (story, state, judgement) = judged(&plan, &lab_context(&lab)).await;
        assert_eq!(story.code(StepKind::ListenerView), "ok");
        let seen = state.replica();
        assert!(
            seen.in_turn.worked > 0 && seen.at_once.worked > 0,
            "{seen:?}"
        );
        let found = codes(&judgement);
        assert!(found.contains(&code), "{found:?}");
        if scenario == Scenario::Unsteady {
            let numbers: Vec<_> = seen
                .in_turn
                .failed
                .iter()
                .chain(&seen.at_once.failed)
                .filter_map(|one| one.number)
                .collect();
            assert!(numbers.contains(&40_613), "{numbers:?}");
        }
    }
}

#[test]
fn another_s_parser_reads_every_question() {
    let questions = probe::replica_questions();
    assert!(questions.len() >= 7);
    for sql in questions {
        let read = Parser::parse_sql(&MsSqlDialect {}, &sql);
        // It does not know rows that come from a procedure: the two such statements are read without.
        let read = read.or_else(|_| {
            let rest: Vec<&str> = sql
                .split_inclusive(';')
                .filter(|one| !one.trim_start().starts_with("INSERT @log EXEC "))
                .collect();
            assert!(rest.len() < sql.split_inclusive(';').count(), "{sql}");
            Parser::parse_sql(&MsSqlDialect {}, &rest.concat())
        });
        assert!(read.is_ok(), "{read:?}: {sql}");
        assert!(
            Parser::parse_sql(&MsSqlDialect {}, &sql.replacen('(', "", 1)).is_err(),
            "{sql}"
        );
    }
}
