//! Drills of the idle ladder: timers of devices and of ends, ends that vanish, hosts that stand still.

use super::drill::{AZURE, DRILL, Drill};
use super::gate::By;
use super::heard::Heard;
use futures::FutureExt as _;
use model::lasting::{IdleLadder, IdleRung, Lane, Lasting, Standing};
use model::{Confidence, Owner, StepKind};
use std::time::Duration;

/// What a device keeps in mind of a connection, in seconds.
const TIMER_S: u32 = 3;
const LANES: [Lane; 3] = [Lane::Bare, Lane::KeepAlive, Lane::Heartbeat];

/// Two rungs that a device's timer lets through, the second after the first keep-alive, and two that it does not, with
/// room for a busy host.
fn ladder() -> Lasting {
    rungs(&[500, 1_500, 6_500, 7_000])
}

fn rungs(rungs_ms: &[u64]) -> Lasting {
    Lasting {
        idle_ladder: Some(IdleLadder {
            rungs_ms: rungs_ms.to_vec(),
            lanes: LANES.to_vec(),
            keep_alive_idle_ms: 1_000,
            keep_alive_interval_ms: 1_000,
            heartbeat_ms: 1_000,
            answer_timeout_ms: 3_000,
        }),
        ..Lasting::default()
    }
}

/// Keep-alive that comes too late for any timer here.
fn late_keep_alive() -> Lasting {
    Lasting {
        idle_ladder: ladder().idle_ladder.map(|ladder| IdleLadder {
            keep_alive_idle_ms: 60_000,
            ..ladder
        }),
        ..Lasting::default()
    }
}

/// 500 ms, and around the half hour, 120 times as fast.
fn half_hour() -> Lasting {
    rungs(&[500, 14_580, 15_417])
}

/// The same around 40 minutes, 240 times as fast.
fn forty_minutes() -> Lasting {
    rungs(&[500, 7_300, 10_500])
}

/// All rungs end while nothing is at rest any more.
fn long() -> Lasting {
    rungs(&[6_500, 7_000, 7_500])
}

/// Each lane's longest connection ended like this.
fn ends(heard: &Heard, expected: [Option<Standing>; 3]) -> Option<String> {
    let ends = LANES.map(|lane| heard.end_of(lane));
    (ends != expected).then(|| format!("{ends:?} instead of {expected:?}"))
}

fn all_lived(heard: &Heard) -> Option<String> {
    let dead: Vec<IdleRung> = heard.rungs();
    let dead: Vec<_> = dead.iter().filter(|rung| !rung.survived()).collect();
    (!dead.is_empty()).then(|| format!("{dead:?}"))
}

const TIMER: Drill = Drill {
    lasting: ladder,
    verdict: "idle_timer",
    owner: Some(Owner::Network),
    // What a pool would have handed out was looked at and used.
    proven: &["pool_dead_connection"],
    ..DRILL
};

const HALF_HOUR: Drill = Drill {
    host: AZURE,
    scale: 120,
    lasting: half_hour,
    verdict: "gateway_idle",
    says: &["30 minutes"],
    owner: Some(Owner::App),
    ..TIMER
};

/// All of them.
pub(super) fn drills() -> Vec<Drill> {
    let mut all = timers();
    all.extend(ends_of_sessions());
    all.extend(ends_that_vanish());
    all
}

fn timers() -> Vec<Drill> {
    vec![
        Drill {
            name: "ladder: no timer",
            lasting: ladder,
            beside: &["idle_survived"],
            proven: &["idle_survived"],
            check: all_lived,
            ..DRILL
        },
        Drill {
            name: "ladder: idle NAT, silent; keep-alive cures it",
            before: |ground| ground.translate(TIMER_S, "drop"),
            says: &["without a word", "keep-alive cures it"],
            check: |heard| ends(heard, [Some(Standing::Silent), None, None]),
            ..TIMER
        },
        Drill {
            name: "ladder: idle NAT, reset; keep-alive cures it",
            before: |ground| ground.translate(TIMER_S, "reject with tcp reset"),
            says: &["keep-alive cures it"],
            check: |heard| ends(heard, [Some(Standing::Reset), None, None]),
            ..TIMER
        },
        Drill {
            name: "ladder: idle NAT, reset, recorded: whose RST it was",
            trace: true,
            before: |ground| ground.translate(TIMER_S, "reject with tcp reset"),
            says: &["something between sent it"],
            beside: &["reset_from_between"],
            proven: &["pool_dead_connection", "reset_from_between"],
            ..TIMER
        },
        Drill {
            name: "ladder: idle NAT, silent; keep-alive comes too late",
            lasting: late_keep_alive,
            before: |ground| ground.translate(TIMER_S, "drop"),
            verdict: "keep_alive_too_late",
            sure: Some(Confidence::Likely),
            check: |heard| {
                let silent = Some(Standing::Silent);
                ends(heard, [silent, silent, None])
            },
            ..TIMER
        },
        Drill {
            name: "ladder: a device that counts data only, reset",
            before: |ground| ground.count_data_only(TIMER_S, "reject with tcp reset"),
            verdict: "keep_alive_ignored",
            check: |heard| {
                let reset = Some(Standing::Reset);
                ends(heard, [reset, reset, None])
            },
            ..TIMER
        },
        Drill {
            name: "ladder: a device that counts data only, silent",
            before: |ground| ground.count_data_only(TIMER_S, "drop"),
            verdict: "keep_alive_ignored",
            ..TIMER
        },
    ]
}

fn ends_of_sessions() -> Vec<Drill> {
    vec![
        Drill {
            name: "ladder: the server closes idle sessions",
            session_idle: Duration::from_secs(TIMER_S as u64),
            verdict: "idle_session_closed",
            owner: Some(Owner::Dba),
            check: |heard| {
                let fin = Some(Standing::Fin);
                ends(heard, [fin, fin, None])
            },
            ..TIMER
        },
        Drill {
            name: "ladder: an end that resets idle sessions, recorded",
            trace: true,
            gate_idle: Some((Duration::from_secs(TIMER_S as u64), By::Rst)),
            verdict: "idle_session_closed",
            sure: Some(Confidence::Likely),
            owner: Some(Owner::Dba),
            says: &["as the server's data did"],
            ..TIMER
        },
        Drill {
            name: "ladder: Azure's gateway, half an hour, FIN (120 × as fast)",
            gate_idle: Some((Duration::from_secs(15), By::Fin)),
            ..HALF_HOUR
        },
        Drill {
            name: "ladder: Azure's gateway, half an hour, RST (120 × as fast)",
            gate_idle: Some((Duration::from_secs(15), By::Rst)),
            ..HALF_HOUR
        },
        Drill {
            name: "ladder: 40 minutes on Azure are not the gateway's (240 × as fast)",
            scale: 240,
            lasting: forty_minutes,
            gate_idle: Some((Duration::from_secs(10), By::Fin)),
            verdict: "idle_session_closed",
            says: &[],
            owner: Some(Owner::Dba),
            ..HALF_HOUR
        },
    ]
}

const LOST: Drill = Drill {
    lasting: long,
    verdict: "held_connections_lost",
    sure: Some(Confidence::Likely),
    ..TIMER
};

fn ends_that_vanish() -> Vec<Drill> {
    vec![
        Drill {
            name: "ladder: half-open, nobody says a word",
            act: |ground, heard| {
                async move {
                    ground.held(heard, StepKind::IdleLadder, 9).await;
                    ground.between("drop");
                }
                .boxed()
            },
            says: &["None got a word"],
            check: |heard| {
                let deceived = heard.rungs().iter().any(IdleRung::deceived);
                (!deceived).then(|| "none looked alive".to_owned())
            },
            ..LOST
        },
        Drill {
            name: "ladder: half-open, the other end comes back and knows nothing",
            owner: Some(Owner::Dba),
            act: |ground, heard| {
                async move {
                    ground.held(heard, StepKind::IdleLadder, 9).await;
                    ground.between("drop");
                    ground.gate.end_all(By::Rst);
                    // Until its reset was sent, and lost.
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    ground.calm();
                }
                .boxed()
            },
            says: &["ended by somebody's word"],
            check: |heard| {
                let reset = Some(Standing::Reset);
                ends(heard, [reset, reset, reset])
            },
            ..LOST
        },
        Drill {
            name: "ladder: the server goes down",
            owner: Some(Owner::Dba),
            act: |ground, heard| {
                async move {
                    ground.held(heard, StepKind::IdleLadder, 9).await;
                    ground.gate.close();
                }
                .boxed()
            },
            says: &["ended by somebody's word"],
            check: |heard| {
                let fin = Some(Standing::Fin);
                ends(heard, [fin, fin, fin])
            },
            ..LOST
        },
        Drill {
            name: "ladder: the agent's host stands still for longer than an answer may take",
            lasting: ladder,
            beside: &["idle_survived"],
            proven: &["idle_survived"],
            act: |ground, heard| {
                async move {
                    ground.held(heard, StepKind::IdleLadder, 9).await;
                    ground.starve(Duration::from_secs(4));
                }
                .boxed()
            },
            check: all_lived,
            ..DRILL
        },
    ]
}
