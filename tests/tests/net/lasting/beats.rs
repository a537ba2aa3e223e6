//! Drills of the heartbeat: what strikes the held connection, how its loss is classified, what is said to be behind
//! it, and whether it comes back.

use super::drill::{AZURE, DRILL, Drill, Program};
use super::gate::By;
use super::ground::{Ground, until};
use super::heard::Heard;
use crate::drills::faketime;
use futures::FutureExt as _;
use model::lasting::{BeatMinute, Heartbeat, Lasting, LinkChange, LinkState, Loss};
use model::{Confidence, FailureCode, Observation, Options, Owner};
use std::time::Duration;

const TIMEOUT_MS: u64 = 2_000;
/// Beats before the blow.
const FIRST: u64 = 5;
/// A server that is away for so long is not back at once.
const AWAY: Duration = Duration::from_secs(4);

fn beats(lasts_ms: u64, session_timeout_ms: u64) -> Lasting {
    Lasting {
        heartbeat: Some(Heartbeat {
            every_ms: 200,
            lasts_ms,
            login_every: 0,
            session_timeout_ms,
        }),
        ..Lasting::default()
    }
}

fn beating() -> Lasting {
    beats(12_000, TIMEOUT_MS)
}

/// With a time-out that loss alone does not reach.
fn patient() -> Lasting {
    beats(8_000, 10_000)
}

/// With a fresh login every second.
fn with_logins() -> Lasting {
    let beats = beats(8_000, 10_000).heartbeat;
    Lasting {
        heartbeat: beats.map(|beats| Heartbeat {
            login_every: 5,
            ..beats
        }),
        ..Lasting::default()
    }
}

/// New connections are given up soon.
fn brief() -> Options {
    Options {
        tcp_timeout_ms: 1_000,
        prelogin_timeout_ms: 1_000,
        ..Options::default()
    }
}

fn changes(heard: &Heard) -> Vec<LinkChange> {
    heard.facts(|fact| match fact {
        Observation::LinkChange(change) => Some(change.clone()),
        _ => None,
    })
}

async fn noticed(heard: &Heard) {
    until("the loss is noticed", || !changes(heard).is_empty()).await;
}

/// Lost once, like this, and back.
fn once(heard: &Heard, loss: Loss) -> Option<String> {
    let changes = changes(heard);
    let seen: Vec<_> = changes.iter().map(|one| (one.now, one.loss)).collect();
    let expected = [
        (LinkState::Disconnected, loss),
        (LinkState::Connected, loss),
    ];
    (seen != expected).then(|| format!("{changes:?}"))
}

/// Lost once at the session time-out, and back.
fn soft(heard: &Heard) -> Option<String> {
    let early = |change: &LinkChange| change.detect_us < TIMEOUT_MS * 1_000;
    let early = changes(heard).into_iter().find(early);
    let early = early.map(|change| format!("too early: {change:?}"));
    once(heard, Loss::Soft).or(early)
}

fn hard(heard: &Heard) -> Option<String> {
    once(heard, Loss::Hard)
}

/// Does this to every packet once it beats, until the loss was noticed.
async fn strike(ground: &Ground, heard: &Heard, what: &str) {
    ground.asked(FIRST).await;
    ground.between(what);
    noticed(heard).await;
    ground.calm();
}

const STRUCK: Drill = Drill {
    lasting: beating,
    verdict: "session_lost",
    sure: Some(Confidence::Likely),
    ..DRILL
};

/// All of them.
pub(super) fn drills() -> Vec<Drill> {
    let mut all = on_the_way();
    all.extend(at_the_server());
    all.extend(not_lost());
    if faketime().is_none() {
        tests::skip("net_lasting_clock", "faketime is missing");
        all.retain(|drill| !drill.name.contains("clock"));
    }
    all
}

fn on_the_way() -> Vec<Drill> {
    vec![
        Drill {
            name: "heartbeat: a firewall drops",
            act: |ground, heard| strike(ground, heard, "drop").boxed(),
            owner: Some(Owner::Network),
            says: &["1 soft", "not acknowledged"],
            check: soft,
            ..STRUCK
        },
        Drill {
            name: "heartbeat: a firewall resets",
            act: |ground, heard| strike(ground, heard, "reject with tcp reset").boxed(),
            says: &["1 hard"],
            check: |heard| {
                let code = changes(heard).first().map(|change| change.code.clone());
                let other = (code != Some(FailureCode::QueryReset)).then(|| format!("{code:?}"));
                hard(heard).or(other)
            },
            ..STRUCK
        },
        Drill {
            name: "heartbeat: a firewall resets, recorded: whose RST it was",
            trace: true,
            act: |ground, heard| strike(ground, heard, "reject with tcp reset").boxed(),
            beside: &["reset_from_between"],
            proven: &["reset_from_between"],
            ..STRUCK
        },
        Drill {
            name: "heartbeat: the server resets, recorded: whose RST it was",
            trace: true,
            act: |ground, _| {
                async move {
                    ground.asked(FIRST).await;
                    ground.gate.end_all(By::Rst);
                }
                .boxed()
            },
            says: &["1 hard", "worked at once"],
            check: hard,
            ..STRUCK
        },
        Drill {
            name: "heartbeat: administratively prohibited",
            options: brief,
            act: |ground, heard| {
                prohibited(ground, heard, "reject with icmp admin-prohibited").boxed()
            },
            owner: Some(Owner::Network),
            says: &["cannot be reached"],
            ..STRUCK
        },
        Drill {
            name: "heartbeat: host unreachable",
            options: brief,
            act: |ground, heard| {
                prohibited(ground, heard, "reject with icmp host-unreachable").boxed()
            },
            owner: Some(Owner::Network),
            says: &["cannot be reached"],
            ..STRUCK
        },
    ]
}

/// The same, until new connections were refused so as well.
async fn prohibited(ground: &Ground, heard: &Heard, what: &str) {
    ground.asked(FIRST).await;
    ground.between(what);
    let failed = || {
        heard.facts(|fact| match fact {
            Observation::FreshLoginFailed(failed) => Some(failed.code.clone()),
            _ => None,
        })
    };
    until("a login fails, too", || !failed().is_empty()).await;
    ground.calm();
}

fn at_the_server() -> Vec<Drill> {
    vec![
        Drill {
            name: "heartbeat: the server is down for some seconds",
            act: |ground, _| {
                async move {
                    ground.asked(FIRST).await;
                    ground.gate.close();
                    tokio::time::sleep(AWAY).await;
                    ground.gate.reopen();
                }
                .boxed()
            },
            owner: Some(Owner::Dba),
            says: &["1 hard", "was down"],
            check: hard,
            ..STRUCK
        },
        Drill {
            name: "heartbeat: failover with 40613",
            host: AZURE,
            act: |ground, _| {
                async move {
                    ground.asked(FIRST).await;
                    ground.move_database();
                    ground.gate.end_all(By::Rst);
                }
                .boxed()
            },
            owner: Some(Owner::Azure),
            says: &["1 hard", "40613", "a database that moves"],
            check: hard,
            ..STRUCK
        },
        Drill {
            name: "heartbeat: the server stalls",
            act: |ground, heard| {
                async move {
                    ground.asked(FIRST).await;
                    ground.gate.stall(true);
                    noticed(heard).await;
                    ground.gate.stall(false);
                }
                .boxed()
            },
            owner: Some(Owner::Dba),
            says: &["1 soft", "did not get to its work"],
            check: soft,
            ..STRUCK
        },
        Drill {
            name: "heartbeat: half-open, the other end comes back and knows nothing",
            act: |ground, _| {
                async move {
                    ground.asked(FIRST).await;
                    ground.between("drop");
                    ground.gate.end_all(By::Rst);
                    // Until its reset was sent, and lost; shorter than the session time-out.
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    ground.calm();
                }
                .boxed()
            },
            says: &["1 hard"],
            check: hard,
            ..STRUCK
        },
    ]
}

const HELD: Drill = Drill {
    lasting: patient,
    beside: &["session_held"],
    proven: &["session_held"],
    ..DRILL
};

/// What the program as it is shipped is asked for.
const PROGRAM: &[&str] = &["--heartbeat", "10s/200ms", "--session-timeout", "2s"];

const CLOCK: Drill = Drill {
    program: Some(Program {
        before: |ground| {
            let library = faketime().expect("asked before");
            let clock = ground.clock();
            ground.set_clock("+0");
            vec![
                format!("LD_PRELOAD={}", library.display()),
                format!("FAKETIME_TIMESTAMP_FILE={}", clock.display()),
                "FAKETIME_NO_CACHE=1".to_owned(),
                "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
            ]
        },
        arguments: PROGRAM,
    }),
    ..HELD
};

async fn jump(ground: &Ground, off: &str) {
    ground.asked(FIRST).await;
    ground.set_clock(off);
}

fn not_lost() -> Vec<Drill> {
    vec![
        Drill {
            name: "heartbeat: a timer that it is too busy for",
            lasting: beating,
            before: |ground| ground.translate(3, "drop"),
            ..HELD
        },
        Drill {
            name: "heartbeat: a firewall drops what is new",
            options: brief,
            lasting: with_logins,
            act: |ground, _| {
                async move {
                    ground.asked(FIRST).await;
                    ground.between("tcp flags & (syn | ack) == syn drop");
                }
                .boxed()
            },
            verdict: "fresh_logins_failed",
            owner: Some(Owner::Network),
            says: &["tcp timeout"],
            ..HELD
        },
        Drill {
            name: "heartbeat: one packet of ten is lost",
            act: |ground, _| {
                async move {
                    ground.asked(FIRST).await;
                    ground.between("numgen random mod 100 < 10 drop");
                }
                .boxed()
            },
            check: |heard| {
                let minutes: Vec<BeatMinute> = heard.facts(|fact| match fact {
                    Observation::BeatMinute(minute) => Some(minute.clone()),
                    _ => None,
                });
                // By this end, or by the other: then an answer came late.
                let again = minutes.iter().any(|minute| {
                    let slowest = minute.answers.map_or(0, |answers| answers.max_us);
                    minute.retransmitted > Some(0) || slowest >= 200_000
                });
                (!again).then(|| format!("nothing was sent again: {minutes:?}"))
            },
            ..HELD
        },
        Drill {
            name: "heartbeat: the agent's host stands still for two time-outs",
            lasting: beating,
            act: |ground, _| {
                async move {
                    ground.asked(FIRST).await;
                    ground.starve(Duration::from_millis(2 * TIMEOUT_MS));
                }
                .boxed()
            },
            verdict: "host_starved",
            sure: Some(Confidence::Likely),
            owner: Some(Owner::ThisHost),
            ..HELD
        },
        Drill {
            name: "heartbeat: busy loops on the agent's core",
            program: Some(Program {
                // Whoever is nice gets what the others leave.
                before: |_| {
                    ["taskset", "-c", "0", "nice", "-n", "19"]
                        .map(str::to_owned)
                        .to_vec()
                },
                arguments: PROGRAM,
            }),
            act: |ground, _| {
                async move {
                    ground.asked(FIRST).await;
                    let busy = ground.keep_busy();
                    tokio::time::sleep(Duration::from_secs(3)).await;
                    drop(busy);
                }
                .boxed()
            },
            or: Some("host_starved"),
            proven: &["session_held", "phase_slow"],
            ..HELD
        },
        Drill {
            name: "heartbeat: the agent's clock jumps two hours ahead",
            act: |ground, _| jump(ground, "+7200").boxed(),
            ..CLOCK
        },
        Drill {
            name: "heartbeat: the agent's clock jumps two hours back",
            act: |ground, _| jump(ground, "-7200").boxed(),
            ..CLOCK
        },
    ]
}
