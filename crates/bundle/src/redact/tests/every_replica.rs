//! One fact of each kind about availability replicas, with a text of the caller's in every place that takes one.

use model::lasting::{
    CatalogPart, Clocked, ConnectFailed, EndpointRow, FailedAlike, LastConnectError, LinkChange,
    LinkState, ListenerFailure, ListenerMinute, LogLine, LoopFailure, LoopMinute, Loss, PeerName,
    ReplicaFact, ReplicaMinute, ReplicaRow, ReplicaServer, ReplicaWatch, ServerClock, SessionGap,
    TimeoutFrom, Untold,
};
use model::{FailureCode, Observation, Phase};

pub(super) fn facts(text: &mut dyn FnMut() -> String) -> Vec<Observation> {
    let alike = |text: &mut dyn FnMut() -> String| FailedAlike {
        code: FailureCode::Other(text()),
        number: None,
        times: Clocked::default(),
    };
    let facts = vec![
        ReplicaFact::Watch(ReplicaWatch {
            at_us: 1,
            every_ms: 1,
            timeout_ms: 1,
            timeout_from: TimeoutFrom::Server,
        }),
        ReplicaFact::Named(PeerName {
            at_us: 1,
            name: text(),
            addresses: vec![text()],
            code: Some(FailureCode::Other(text())),
            elapsed_us: 1,
        }),
        ReplicaFact::Minute(ReplicaMinute {
            failed: vec![alike(text)],
            ..ReplicaMinute::default()
        }),
        ReplicaFact::Failed(ConnectFailed {
            started_us: 1,
            elapsed_us: 1,
            code: FailureCode::Other(text()),
            endpoint: Some(text()),
            detail: Some(text()),
        }),
        ReplicaFact::Gap(SessionGap {
            from_us: 1,
            until_us: 2,
            open: true,
            failed: 1,
            code: Some(FailureCode::Other(text())),
            said_us: Some(1),
            lag_max_us: 0,
            lag_whole_us: 0,
        }),
        ReplicaFact::Change(LinkChange {
            at_us: 2,
            now: LinkState::Disconnected,
            last_answer_us: None,
            lost_us: 1,
            loss: Loss::Soft,
            code: FailureCode::Other(text()),
            detail: Some(text()),
            detect_us: 1,
            recover_us: None,
            outage_us: None,
            tries: 0,
            endpoint: Some(text()),
            local: Some(text()),
            lag_max_us: 0,
            counters: None,
        }),
        ReplicaFact::Server(ReplicaServer {
            name: Some(text()),
            host: Some(text()),
            version: Some(text()),
            enabled: Some(true),
            sees_state: None,
            sees_definitions: Some(false),
        }),
        ReplicaFact::Clock(ServerClock {
            asked_us: 1,
            answered_us: 2,
            ahead_ms: -3,
            zone_min: 60,
        }),
        ReplicaFact::Replica(Box::new(ReplicaRow {
            at_us: 1,
            group: text(),
            replica: text(),
            local: false,
            endpoint_url: Some(format!("TCP://{}:5022", text())),
            availability_mode: Some(text()),
            failover_mode: Some(text()),
            session_timeout_s: Some(10),
            health_check_ms: Some(30_000),
            role: Some(text()),
            connected: Some(text()),
            health: Some(text()),
            joined: Some(text()),
            last_error: Some(LastConnectError {
                number: 10_060,
                text: text(),
                at: Some(text()),
                at_us: Some(-1),
            }),
        })),
        ReplicaFact::Endpoint(Box::new(EndpointRow {
            name: text(),
            state: Some(text()),
            port: Some(5_022),
            address: Some(text()),
            role: Some(text()),
            authentication: Some(text()),
            encryption: Some(text()),
            owner: Some(text()),
            may_connect: Some(vec![text()]),
        })),
        ReplicaFact::Log(LogLine {
            at: text(),
            at_us: Some(-1),
            number: Some(35_206),
            text: text(),
        }),
        ReplicaFact::Untold(Untold {
            what: CatalogPart::ErrorLog,
            number: Some(229),
            text: text(),
        }),
        ReplicaFact::ListenerMinute(ListenerMinute {
            at_once: true,
            logins: LoopMinute {
                failed: vec![alike(text)],
                ..LoopMinute::default()
            },
            endpoints: vec![(text(), 1)],
        }),
        ReplicaFact::ListenerFailure(ListenerFailure {
            at_once: false,
            login: LoopFailure {
                operation: 1,
                started_us: 1,
                elapsed_us: 1,
                phase: Phase::Login,
                code: FailureCode::Other(text()),
                endpoint: Some(text()),
                local: Some(text()),
                errors: Vec::new(),
                lag_max_us: 1,
                detail: Some(text()),
            },
        }),
    ];
    facts.into_iter().map(Observation::Replica).collect()
}
