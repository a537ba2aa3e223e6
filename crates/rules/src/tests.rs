//! What holds of the fold and of every judgement, whatever the log.

use crate::testing::{Log, check, error};
use crate::{State, judge, settle};
use chrono::DateTime;
use model::{
    Attempt, EventBody, FailureCode, Interruption, Observation, RunEvent, RunState, StepId,
    StepKind, StepState, Subject,
};
use proptest::prelude::*;

const EP: &str = "20.61.99.193:1433";

fn story() -> Log {
    Log::new()
        .signed_in()
        .dns("system", Ok(&["20.61.99.193"]))
        .secured(EP)
        .login(EP, Some(FailureCode::LoginRejected))
        .attempt(1, Some(FailureCode::LoginRejected))
        .seen_in(1, error(18456, 8, "Login failed for user 'reader'."))
        .finish()
}

#[test]
fn the_same_event_again_changes_nothing() {
    let log = story();
    let mut twice = State::default();
    for event in log.events() {
        twice.apply(event);
        twice.apply(event);
    }
    for event in log.events() {
        twice.apply(event);
    }
    assert_eq!(twice.steps(), log.state().steps());
    assert_eq!(judge(&twice), log.judge());
}

#[test]
fn a_step_that_never_started_is_kept_and_judged() {
    let log = story();
    let mut headless = State::default();
    for event in log.events() {
        if !matches!(event.body, EventBody::StepStarted { .. }) {
            headless.apply(event);
        }
    }
    assert_eq!(headless.steps().len(), log.state().steps().len());
    assert!(
        headless
            .steps()
            .iter()
            .all(|step| step.kind == StepKind::Unknown)
    );
    let judged = judge(&headless);
    check(&judged, &headless);
    assert_eq!(judged.verdict.code, "inconclusive");
}

#[test]
fn a_second_start_does_not_undo_the_first() {
    let mut log = story();
    let first = log.state().steps()[0].clone();
    log = log.event(EventBody::StepStarted {
        step: first.id,
        parent: None,
        step_kind: StepKind::SqlQuery,
        hop: 7,
        subject: Subject::default(),
    });
    assert_eq!(log.state().steps()[0], first);
}

#[test]
fn kinds_that_are_not_known_are_passed_over() {
    let odd = serde_json::json!({"kind": "aurora_seen", "colour": "green"});
    let log = Log::new()
        .event(EventBody::Unknown(odd.clone()))
        .dns("system", Err(FailureCode::NameNotFound))
        .seen(Observation::Unknown(odd))
        .finish();
    assert_eq!(log.judge().verdict.code, "name_not_found");
}

#[test]
fn memory_is_bounded() {
    let mut state = State::default();
    let mut seq = 0;
    let mut put = |body: EventBody| {
        seq += 1;
        state.apply(&RunEvent {
            seq,
            at: DateTime::UNIX_EPOCH,
            elapsed_us: Some(seq),
            body,
        });
    };
    for step in 1..10_000 {
        put(EventBody::StepStarted {
            step: StepId(step),
            parent: None,
            step_kind: StepKind::TcpConnect,
            hop: 0,
            subject: Subject::default(),
        });
    }
    for number in 1..1_000 {
        put(EventBody::AttemptFinished {
            step: StepId(1),
            attempt: Attempt {
                number,
                started_us: 0,
                elapsed_us: 1,
                code: None,
                local: None,
                detail: None,
            },
        });
        put(EventBody::Observed {
            step: StepId(1),
            attempt: None,
            observation: error(1, 1, &"x".repeat(100_000)),
        });
    }
    assert_eq!(state.steps().len(), 4_000);
    assert_eq!(state.steps()[0].attempts.len(), 200);
    let kept: usize = state
        .with_trails()
        .map(|(_, trail)| trail.facts.len())
        .sum();
    assert_eq!(kept, 64);
    check(&judge(&state), &state);
}

#[test]
fn the_log_s_own_word_and_a_run_that_is_about_to_settle_agree() {
    let log = Log::new().dns("system", Ok(&["20.61.99.193"]));
    let why = Some(Interruption::AgentLost);
    let before = settle(log.state(), RunState::Interrupted, why);
    let after = log
        .event(EventBody::RunSettled {
            state: RunState::Interrupted,
            outcome: before.outcome,
            interruption: why,
        })
        .judge();
    assert_eq!(before.verdict.title, after.verdict.title);
    assert_eq!(before.outcome, after.outcome);
}

fn code() -> impl Strategy<Value = Option<FailureCode>> {
    prop::option::of(prop::sample::select(FailureCode::KNOWN.to_vec()))
}

fn kind() -> impl Strategy<Value = StepKind> {
    prop::sample::select(vec![
        StepKind::DnsLookup,
        StepKind::TcpConnect,
        StepKind::TdsPrelogin,
        StepKind::TlsHandshake,
        StepKind::TdsLogin,
        StepKind::TdsRedirect,
        StepKind::SqlQuery,
        StepKind::HostFacts,
        StepKind::InstanceLookup,
        StepKind::GatewayConnect,
        StepKind::SignInHost,
        StepKind::TokenRequest,
        StepKind::TicketRequest,
        StepKind::DatabaseLookup,
        StepKind::LoginAttempt,
        StepKind::RedirectSample,
        StepKind::TlsVersions,
        StepKind::Revocation,
        StepKind::RouteTrace,
        StepKind::NetworkTrace,
        StepKind::IdleLadder,
        StepKind::Heartbeat,
        StepKind::RetryLoop,
        StepKind::TrackedWrites,
        StepKind::DataFlow,
        StepKind::Capacity,
        StepKind::CleanUp,
        StepKind::PathSurvey,
        StepKind::ReplicaSession,
        StepKind::ReplicaCatalog,
        StepKind::ListenerView,
        StepKind::InstanceLink,
        StepKind::LinkToInstance,
        StepKind::LinkFromInstance,
        StepKind::Unknown,
    ])
}

fn observation() -> impl Strategy<Value = Observation> {
    prop_oneof![
        (any::<i32>(), any::<u8>(), "\\PC{0,20}").prop_map(|(n, s, text)| error(n, s, &text)),
        prop::sample::select(vec![40613, 40615, 18456, 4060, 916, 10928])
            .prop_map(|n| error(n, 1, "known")),
        "\\PC{0,20}".prop_map(|place| Observation::SecretEchoed { place }),
        ("\\PC{0,20}", any::<u16>()).prop_map(|(host, port)| Observation::Routing(
            model::HopTarget {
                host,
                port,
                raw: None,
                database: None,
            }
        )),
        "\\PC{0,40}".prop_map(|text| Observation::NotTds {
            first_bytes: String::new(),
            looks_like: Some(text.clone()),
            text,
        }),
        (any::<u64>(), any::<u32>()).prop_map(|(elapsed_us, reads)| Observation::FragmentedReply {
            phase: model::Phase::Tls,
            reads,
            bytes: elapsed_us,
            elapsed_us,
        }),
    ]
}

/// Facts of the further checks, of whatever text and numbers.
fn further() -> impl Strategy<Value = Observation> {
    let at = DateTime::UNIX_EPOCH;
    (
        any::<i32>(),
        "\\PC{0,20}",
        any::<bool>(),
        any::<u64>(),
        0..9_u8,
    )
        .prop_map(move |(number, text, yes, us, which)| match which {
            0 => Observation::RouteHop(model::RouteHop {
                ttl: number as u8,
                from: yes.then(|| text.clone()),
                answer: if yes { "prohibited".into() } else { text },
                elapsed_us: us,
            }),
            1 => Observation::TlsOffer(model::TlsOffer {
                endpoint: text.clone(),
                version: if yes { "TLSv1.0".into() } else { text },
                accepted: yes,
                cipher: None,
                code: None,
                detail: None,
            }),
            2 => Observation::TracedConnection(model::TracedConnection {
                endpoint: text.clone(),
                local: text.clone(),
                syns: number as u32,
                answered: yes,
                retransmitted: us as u32,
                peer_retransmitted: number as u32,
                ended_by: yes.then_some(model::TracedEnd::PeerRst),
                rst_ttl: yes.then_some(number as u8),
                data_ttl: Some(us as u8),
                icmp: vec![text],
            }),
            3 => Observation::TokenRefused(model::TokenRefusal {
                authority: text.clone(),
                error: text.clone(),
                numbers: vec![number as u32, 50126],
                description: text.clone(),
                trace_id: Some(text),
                correlation_id: None,
                service_time: yes.then_some(at),
            }),
            4 => Observation::SignInHost(model::SignInHost {
                host: text.clone(),
                addresses: vec![text.clone()],
                phases: Vec::new(),
                issuer: yes.then_some(text),
            }),
            5 => Observation::GatewayRegion(model::GatewayRegion {
                region: text.clone(),
                cloud: text.clone(),
                by: model::RegionSource::Alias,
                told_by: text.clone(),
                gateways: vec![text.clone()],
                as_of: text,
            }),
            6 => Observation::RevocationAnswer(model::RevocationAnswer {
                kind: text.clone(),
                url: text.clone(),
                subject: text,
                status: yes.then(|| "revoked".into()),
                http_status: None,
                bytes: us,
                elapsed_us: us,
            }),
            7 => Observation::DatabaseEntry(model::DatabaseEntry {
                name: text.clone(),
                found: yes,
                state: Some(text),
            }),
            _ => Observation::Instances {
                instances: vec![model::SqlInstance {
                    server: text.clone(),
                    instance: text,
                    port: yes.then_some(1433),
                    version: None,
                    clustered: None,
                }],
            },
        })
}

fn body() -> impl Strategy<Value = EventBody> {
    let step = || (1..12_u32).prop_map(StepId);
    let state = prop::sample::select(vec![StepState::Ok, StepState::Failed, StepState::Skipped]);
    prop_oneof![
        4 => (step(), kind(), 0..3_u32, "\\PC{0,12}", prop::option::of(any::<u16>())).prop_map(
            |(step, step_kind, hop, host, port)| EventBody::StepStarted {
                step,
                parent: None,
                step_kind,
                hop,
                subject: Subject { host: Some(host.clone()), port, endpoint: Some(host), source: None },
            }
        ),
        4 => (step(), state, code(), any::<u64>()).prop_map(|(step, state, code, elapsed_us)| {
            EventBody::StepFinished { step, state, code, detail: Some("words".into()), elapsed_us }
        }),
        2 => (step(), any::<u32>(), code(), any::<u64>()).prop_map(|(step, number, code, elapsed_us)| {
            EventBody::AttemptFinished {
                step,
                attempt: Attempt { number, started_us: elapsed_us, elapsed_us, code, local: None, detail: None },
            }
        }),
        3 => (step(), prop::option::of(any::<u32>()), observation()).prop_map(|(step, attempt, observation)| {
            EventBody::Observed { step, attempt, observation }
        }),
        3 => (step(), prop::option::of(any::<u32>()), further()).prop_map(|(step, attempt, observation)| {
            EventBody::Observed { step, attempt, observation }
        }),
        1 => any::<bool>().prop_map(|cancelled| EventBody::RunFinished { cancelled }),
        1 => Just(EventBody::AgentRestarted),
        1 => Just(EventBody::CancelRequested),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Any log at all: no panic, one verdict, evidence that exists, a code at most once.
    #[test]
    fn any_log_has_a_verdict(bodies in prop::collection::vec(body(), 0..60), with_plan: bool) {
        let log = Log::new().signed_in().finish();
        let mut state = State::default();
        let mut seq = 0;
        if with_plan {
            state.apply(&log.events()[0]);
            seq = 1;
        }
        for body in bodies {
            seq += 1;
            state.apply(&RunEvent { seq, at: DateTime::UNIX_EPOCH, elapsed_us: Some(seq), body });
            let judged = judge(&state);
            prop_assert_eq!(judged.findings.first(), Some(&judged.verdict));
            let mut codes: Vec<&str> = judged.findings.iter().map(|f| f.code.as_str()).collect();
            let all = codes.len();
            codes.sort_unstable();
            codes.dedup();
            prop_assert_eq!(codes.len(), all);
            for finding in &judged.findings {
                prop_assert!(!finding.evidence.is_empty());
                prop_assert!(finding.evidence.iter().all(|s| (1..=seq).contains(s)));
                prop_assert!(!finding.links.is_empty() && !finding.recommendation.is_empty());
                prop_assert!(!finding.title.is_empty() && !finding.explanation.is_empty(), "{}", finding.code);
                let texts = finding.recommendation.iter().chain([&finding.title, &finding.explanation]);
                for text in texts {
                    prop_assert!(!text.chars().any(char::is_control), "{}", text);
                }
            }
        }
    }
}
