//! Every scenario of the lab, and the facts that the engine states of it.

use crate::bench::{lab, lab_at, lab_context, make, meet, options, plan, short};
use lab::Scenario;
use model::{ChainVerdict, Closer, FailureCode, Observation, Options, Phase, StepKind, StepState};

#[tokio::test]
async fn healthy_without_credentials_sends_no_login() {
    let (story, lab) = meet(Scenario::Healthy, false, options()).await;
    assert_eq!(story.codes(StepKind::TcpConnect), ["ok", "ok"]);
    assert_eq!(story.codes(StepKind::TdsPrelogin), ["ok", "ok"]);
    assert_eq!(story.codes(StepKind::TlsHandshake), ["ok", "ok"]);
    assert_eq!(story.code(StepKind::TdsLogin), "no_credentials");
    assert_eq!(story.code(StepKind::SqlQuery), "not_reached");
    assert_eq!(story.code(StepKind::HostFacts), "ok");
    for step in story.of(StepKind::TcpConnect) {
        assert_eq!(step.attempts.len(), 3);
        assert!(step.facts.iter().any(|fact| matches!(
            fact,
            Observation::ConnectTimes {
                attempts: 3,
                established: 3,
                min_us: Some(_),
                ..
            }
        )));
    }
    for step in story.of(StepKind::TlsHandshake) {
        assert!(step.facts.iter().any(|fact| matches!(
            fact,
            Observation::TlsSession { protocol, wrapper_type: Some(0x12), cipher }
                if protocol == "TLSv1.2" && cipher.starts_with("TLS_ECDHE_")
        )));
        assert!(step.facts.iter().any(|fact| matches!(
            fact,
            Observation::TlsChain { verdict: ChainVerdict::Verified, overridden: false, certificates, server_name }
                if server_name == "localhost" && certificates[0].names.iter().any(|name| name == "localhost")
        )));
    }
    for step in story.of(StepKind::TdsPrelogin) {
        assert!(matches!(
            step.facts.first(),
            Some(Observation::TraceId { .. })
        ));
    }
    assert_eq!(lab.counter(Scenario::Healthy).logins, 0);
}

#[tokio::test]
async fn healthy_with_credentials_logs_in_once_and_asks() {
    let (story, lab) = meet(Scenario::Healthy, true, options()).await;
    let mut logins = story.codes(StepKind::TdsLogin);
    logins.sort();
    assert_eq!(logins, ["done_elsewhere", "ok"]);
    assert_eq!(story.code(StepKind::SqlQuery), "ok");
    assert_eq!(story.logins_sent(), 1);
    assert!(
        story
            .facts()
            .any(|fact| matches!(fact, Observation::LoginAck { .. }))
    );
    let answers: Vec<_> = story
        .facts()
        .filter_map(|fact| match fact {
            Observation::QueryResult { rows, .. } => Some(rows.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(answers.len(), 2);
    assert!(!answers[0][0][0].is_empty());
    assert_eq!(answers[1], [["master"]]);
    // Ours, and the driver's.
    assert_eq!(lab.counter(Scenario::Healthy).logins, 2);
    let query = story.of(StepKind::SqlQuery)[0];
    let phases: Vec<_> = query
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Observation::Closed(closing) => {
                Some(closing.phases.iter().map(|p| p.phase).collect::<Vec<_>>())
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        phases,
        [[
            Phase::Tcp,
            Phase::Prelogin,
            Phase::Tls,
            Phase::Login,
            Phase::Query
        ]]
    );
}

#[tokio::test]
async fn the_query_is_left_out_when_the_options_say_so() {
    let options = Options {
        query: false,
        ..options()
    };
    let (story, lab) = meet(Scenario::Healthy, true, options).await;
    assert_eq!(story.code(StepKind::SqlQuery), "not_asked");
    assert_eq!(lab.counter(Scenario::Healthy).logins, 1);
}

/// What a login that is refused looks like, by scenario: number, and attempts.
#[tokio::test]
async fn refused_logins_keep_their_error() {
    let table = [
        (Scenario::LoginRejected, 18_456),
        (Scenario::FirewallBlocked, 40_615),
        (Scenario::DatabaseMissing, 4_060),
        (Scenario::EchoSecret, 18_456),
    ];
    for (scenario, number) in table {
        let (story, lab) = meet(scenario, true, options()).await;
        let logins = story.of(StepKind::TdsLogin);
        let tried = logins.iter().find(|step| step.state == StepState::Failed);
        let tried = tried.expect("a login was tried");
        assert_eq!(tried.code, Some(FailureCode::LoginRejected), "{scenario:?}");
        assert!(
            tried.facts.iter().any(|fact| matches!(
                fact,
                Observation::ServerError(message) if message.number == number
            )),
            "{scenario:?}"
        );
        let attempts = if target::is_transient(number) { 4 } else { 1 };
        assert_eq!(tried.attempts.len(), attempts, "{scenario:?}");
        assert_eq!(
            lab.counter(scenario).logins,
            attempts as u64,
            "{scenario:?}"
        );
        assert_eq!(story.code(StepKind::SqlQuery), "not_reached");
    }
}

#[tokio::test]
async fn a_transient_refusal_is_tried_again_each_time_anew() {
    let (story, _lab) = meet(Scenario::Failover, true, options()).await;
    let logins = story.of(StepKind::TdsLogin);
    let tried = logins
        .iter()
        .find(|step| step.state == StepState::Ok)
        .expect("logged in");
    let codes: Vec<_> = tried
        .attempts
        .iter()
        .map(|attempt| attempt.code.clone())
        .collect();
    let rejected = Some(FailureCode::LoginRejected);
    assert_eq!(codes, [rejected.clone(), rejected, None]);
    let waits: Vec<_> = tried
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Observation::RetryScheduled { number, delay_ms } => Some((*number, *delay_ms)),
            _ => None,
        })
        .collect();
    assert_eq!(waits, [(40_613, 5), (40_613, 10)]);
    let locals: std::collections::HashSet<_> = tried
        .attempts
        .iter()
        .map(|attempt| attempt.local.clone())
        .collect();
    assert_eq!(locals.len(), 3, "each attempt has a connection of its own");
    assert_eq!(story.code(StepKind::SqlQuery), "ok");
}

#[tokio::test]
async fn a_redirect_is_followed_with_steps_of_its_own() {
    let (story, _lab) = meet(Scenario::Redirect, true, options()).await;
    assert_eq!(story.code(StepKind::TdsRedirect), "ok");
    let redirect = story.of(StepKind::TdsRedirect)[0];
    assert_eq!((redirect.hop, redirect.parent), (1, None));
    for kind in [
        StepKind::DnsLookup,
        StepKind::TcpConnect,
        StepKind::TdsPrelogin,
        StepKind::TlsHandshake,
        StepKind::TdsLogin,
    ] {
        let steps = story.at_hop(kind, 1);
        assert!(
            steps.iter().any(|step| step.state == StepState::Ok),
            "{kind:?}"
        );
        assert!(steps.iter().all(|step| step.parent.is_some()), "{kind:?}");
    }
    let query = story.of(StepKind::SqlQuery)[0];
    assert_eq!((query.hop, query.state), (1, StepState::Ok));
    assert_eq!(query.subject.port, redirect.subject.port);
}

#[tokio::test]
async fn a_redirect_into_silence_says_where_it_ended() {
    let limits = Options {
        tcp_timeout_ms: 400,
        ..options()
    };
    let lab = lab(&[Scenario::RedirectBlocked]).await;
    let Some(port) = lab.port(Scenario::RedirectBlocked) else {
        return tests::skip("redirect_blocked", "this system answers a full backlog");
    };
    let story = make(&plan("localhost", port, true, limits), &lab_context(&lab)).await;
    assert_eq!(story.code(StepKind::TdsRedirect), "redirect_failed");
    let tcp = story.at_hop(StepKind::TcpConnect, 1);
    assert!(
        tcp.iter()
            .all(|step| step.code == Some(FailureCode::TcpTimeout))
    );
    assert!(tcp.iter().all(|step| step.attempts.len() == 3));
    assert!(story.at_hop(StepKind::TdsPrelogin, 1).is_empty());
    assert_eq!(story.code(StepKind::SqlQuery), "not_reached");
}

#[tokio::test]
async fn a_circle_of_redirects_is_seen_and_the_limit_holds() {
    let (story, _lab) = meet(Scenario::RedirectLoop, true, options()).await;
    let codes = story.codes(StepKind::TdsRedirect);
    assert_eq!(
        codes.last().map(String::as_str),
        Some("redirect_loop"),
        "{codes:?}"
    );
    assert_eq!(story.code(StepKind::SqlQuery), "not_reached");

    let none = Options {
        max_redirects: 0,
        ..options()
    };
    let (story, _lab) = meet(Scenario::Redirect, true, none).await;
    assert_eq!(story.code(StepKind::TdsRedirect), "too_many_redirects");
    assert!(story.at_hop(StepKind::TcpConnect, 1).is_empty());
}

#[tokio::test]
async fn a_close_after_login_is_a_failed_connection_so_the_next_address_tries() {
    let (story, lab) = meet(Scenario::CloseAfterLogin, true, options()).await;
    assert_eq!(story.code(StepKind::TdsLogin), "closed_during_login");
    assert_eq!(
        lab.counter(Scenario::CloseAfterLogin).logins,
        2,
        "one for each address"
    );
    for step in story.of(StepKind::TdsLogin) {
        assert!(step.facts.iter().any(|fact| matches!(
            fact,
            Observation::Closed(closing)
                if closing.closer == Closer::PeerFin && closing.last_phase == Phase::Login
        )));
    }
}

#[tokio::test]
async fn closed_ports_and_silence_are_told_apart() {
    let (story, _lab) = meet(Scenario::Refused, true, options()).await;
    assert_eq!(story.code(StepKind::TcpConnect), "tcp_refused");
    assert_eq!(story.code(StepKind::TdsLogin), "not_reached");
    assert!(story.of(StepKind::TdsPrelogin).is_empty());

    let lab = lab(&[Scenario::Blackhole]).await;
    let Some(port) = lab.port(Scenario::Blackhole) else {
        return tests::skip("blackhole", "this system answers a full backlog");
    };
    let limits = Options {
        tcp_timeout_ms: 600,
        ..options()
    };
    let story = make(&plan("localhost", port, false, limits), &lab_context(&lab)).await;
    assert_eq!(story.code(StepKind::TcpConnect), "tcp_timeout");
    for step in story.of(StepKind::TcpConnect) {
        let starts: Vec<_> = step
            .attempts
            .iter()
            .map(|attempt| attempt.started_us)
            .collect();
        let spread = starts.iter().max().expect("some") - starts.iter().min().expect("some");
        assert!(
            spread < 600_000,
            "attempts did not wait for each other: {starts:?}"
        );
    }
}

#[tokio::test]
async fn what_does_not_answer_or_is_no_sql_server() {
    let (story, _lab) = meet(Scenario::SilentAfterConnect, true, short()).await;
    assert_eq!(story.code(StepKind::TdsPrelogin), "prelogin_no_reply");
    assert!(story.of(StepKind::TlsHandshake).is_empty());

    let (story, _lab) = meet(Scenario::NotSql, true, options()).await;
    assert_eq!(story.code(StepKind::TdsPrelogin), "not_sql_server");
    assert!(story.facts().any(|fact| matches!(
        fact,
        Observation::NotTds { looks_like: Some(what), text, .. }
            if what == "ssh" && text.starts_with("SSH-")
    )));
}

#[tokio::test]
async fn tls_that_does_not_come_about_sends_no_login() {
    let table = [
        (
            Scenario::SilentAfterPrelogin,
            Options {
                tls_timeout_ms: 300,
                ..options()
            },
            "tls_no_reply",
        ),
        (Scenario::ResetAfterPrelogin, options(), "tls_reset"),
        (Scenario::TlsWrongName, options(), "tls_name_mismatch"),
        (Scenario::TlsExpired, options(), "tls_expired"),
        (Scenario::TlsUntrusted, options(), "tls_untrusted"),
    ];
    for (scenario, options, code) in table {
        let (story, lab) = meet(scenario, true, options).await;
        assert_eq!(story.code(StepKind::TlsHandshake), code, "{scenario:?}");
        assert_eq!(
            story.code(StepKind::TdsLogin),
            "not_reached",
            "{scenario:?}"
        );
        assert_eq!(story.logins_sent(), 0, "{scenario:?}");
        assert_eq!(lab.counter(scenario).logins, 0, "{scenario:?}");
        let chains = story
            .facts()
            .filter(|fact| matches!(fact, Observation::TlsChain { .. }));
        let shown = code != "tls_no_reply" && code != "tls_reset";
        assert_eq!(chains.count(), if shown { 2 } else { 0 }, "{scenario:?}");
    }
}

#[tokio::test]
async fn trusting_the_certificate_is_recorded_and_goes_on() {
    let trusting = Options {
        trust_server_certificate: true,
        ..options()
    };
    for (scenario, code) in [
        (Scenario::TlsWrongName, FailureCode::TlsNameMismatch),
        (Scenario::TlsExpired, FailureCode::TlsExpired),
        (Scenario::TlsUntrusted, FailureCode::TlsUntrusted),
    ] {
        let (story, _lab) = meet(scenario, true, trusting.clone()).await;
        assert_eq!(story.code(StepKind::TlsHandshake), "ok", "{scenario:?}");
        assert_eq!(story.code(StepKind::SqlQuery), "ok", "{scenario:?}");
        assert!(story.facts().any(|fact| matches!(
            fact,
            Observation::TlsChain { overridden: true, verdict: ChainVerdict::Refused { code: why, .. }, .. }
                if *why == code
        )), "{scenario:?}");
    }
}

#[tokio::test]
async fn without_encryption_nothing_secret_leaves_unless_the_plan_says_so() {
    let scenario = Scenario::EncryptionNotSupported;
    let (story, lab) = meet(scenario, true, options()).await;
    assert_eq!(story.code(StepKind::TdsPrelogin), "encryption_not_offered");
    assert_eq!(story.code(StepKind::TdsLogin), "not_reached");
    assert_eq!(lab.counter(scenario).logins, 0);

    let clear = Options {
        allow_clear_text: true,
        ..options()
    };
    let (story, lab) = meet(scenario, true, clear).await;
    assert_eq!(story.code(StepKind::TlsHandshake), "encryption_not_offered");
    assert!(
        story
            .of(StepKind::TlsHandshake)
            .iter()
            .all(|step| step.state == StepState::Skipped)
    );
    assert!(story.facts().any(|fact| matches!(
        fact,
        Observation::LoginSent {
            encrypted: false,
            ..
        }
    )));
    assert_eq!(story.code(StepKind::SqlQuery), "ok");
    assert_eq!(lab.counter(scenario).logins, 2);
}

#[tokio::test]
async fn slow_and_dripping_peers_are_waited_for() {
    let (story, _lab) = meet(Scenario::Slow, true, options()).await;
    assert_eq!(story.code(StepKind::SqlQuery), "ok");
    // 6 s, scaled.
    assert!(story.closings().any(|closing| {
        closing
            .phases
            .iter()
            .any(|phase| phase.phase == Phase::Prelogin && phase.elapsed_us >= 50_000)
    }));

    // One byte per ms in earnest: faster, and the kernel joins them again.
    let lab = lab_at(1.0, &[Scenario::Drip]).await;
    let port = lab.port(Scenario::Drip).expect("available");
    let story = make(
        &plan("db.example", port, false, options()),
        &lab_context(&lab),
    )
    .await;
    assert_eq!(story.code(StepKind::TlsHandshake), "tls_name_mismatch");
    assert!(story.facts().any(|fact| matches!(
        fact,
        Observation::FragmentedReply { phase: Phase::Prelogin, reads, .. } if *reads > 8
    )));
}

#[tokio::test]
async fn other_scenarios_are_not_fragmented() {
    let (story, _lab) = meet(Scenario::Healthy, true, options()).await;
    assert!(
        !story
            .facts()
            .any(|fact| matches!(fact, Observation::FragmentedReply { .. }))
    );
}

#[tokio::test]
async fn the_secret_is_in_no_event() {
    let lab = lab(&[Scenario::Healthy]).await;
    let port = lab.port(Scenario::Healthy).expect("available");
    let plan = plan("localhost", port, true, options());
    let recording = crate::story::Recording::default();
    let secret = crate::bench::secret(&plan);
    probe::run(
        &plan,
        secret,
        &lab_context(&lab),
        &recording,
        Default::default(),
    )
    .await;
    let events = serde_json::to_string(&recording.so_far()).expect("writes");
    assert!(events.contains(lab::USER));
    assert!(!events.contains(lab::PASSWORD));
}
