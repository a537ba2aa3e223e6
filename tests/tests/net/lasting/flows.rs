//! Drills of connections that return data while something happens, and of logins in a loop.

use super::drill::{AZURE, DRILL, Drill};
use super::gate::By;
use super::ground::{Ground, until};
use super::heard::Heard;
use futures::FutureExt as _;
use model::lasting::{DataFlow, Flow, Lasting, RetryLoop, Standing};
use model::{Confidence, Observation, Options, Owner, StepKind};
use std::time::Duration;

fn lasting(lasts_ms: u64) -> Lasting {
    Lasting {
        data_flow: Some(DataFlow {
            lasts_ms,
            silence_ms: 3_000,
        }),
        ..Lasting::default()
    }
}

fn flow() -> Lasting {
    lasting(4_000)
}

/// Longer than a device's timer, and with room for a silence.
fn long_flow() -> Lasting {
    lasting(8_000)
}

/// Each query ended like this.
fn died(heard: &Heard, expected: [Option<Standing>; 2]) -> Option<String> {
    let mut flows = heard.facts(|fact| match fact {
        Observation::FlowEnd(end) => Some((end.flow, end.died)),
        _ => None,
    });
    flows.sort();
    let [rows, wait] = expected;
    let expected = [(Flow::Rows, rows), (Flow::Wait, wait)];
    (flows != expected).then(|| format!("{flows:?} instead of {expected:?}"))
}

const CUT: Drill = Drill {
    lasting: flow,
    verdict: "flow_cut",
    ..DRILL
};

/// Does this once both queries are under way.
async fn meanwhile(ground: &Ground, heard: &Heard, act: fn(&Ground)) {
    ground.held(heard, StepKind::DataFlow, 2).await;
    act(ground);
}

/// The server is away for a second.
async fn restart(ground: &Ground) {
    ground.gate.close();
    tokio::time::sleep(Duration::from_secs(1)).await;
    ground.gate.reopen();
}

/// All of them.
pub(super) fn drills() -> Vec<Drill> {
    let mut all = flows();
    all.extend(loops());
    all
}

fn flows() -> Vec<Drill> {
    vec![
        Drill {
            name: "data: nothing happens",
            lasting: flow,
            check: |heard| died(heard, [None, None]),
            ..DRILL
        },
        Drill {
            name: "data: a device resets, recorded: whose RST it was",
            trace: true,
            act: |ground, heard| {
                meanwhile(ground, heard, |ground| {
                    ground.between("iifname \"to1\" reject with tcp reset")
                })
                .boxed()
            },
            // The first acknowledgement that the agent sends is answered; who only waits sends none.
            check: |heard| died(heard, [Some(Standing::Reset), None]),
            beside: &["reset_from_between"],
            proven: &["reset_from_between"],
            ..CUT
        },
        Drill {
            name: "data: packets vanish",
            lasting: long_flow,
            act: |ground, heard| meanwhile(ground, heard, |ground| ground.between("drop")).boxed(),
            check: |heard| died(heard, [Some(Standing::Silent), Some(Standing::Silent)]),
            ..CUT
        },
        Drill {
            name: "data: administratively prohibited",
            lasting: long_flow,
            act: |ground, heard| {
                meanwhile(ground, heard, |ground| {
                    ground.between("reject with icmp admin-prohibited")
                })
                .boxed()
            },
            check: |heard| died(heard, [Some(Standing::Silent), Some(Standing::Silent)]),
            ..CUT
        },
        Drill {
            name: "data: the server closes in the middle (FIN)",
            act: |ground, heard| {
                meanwhile(ground, heard, |ground| ground.gate.end_all(By::Fin)).boxed()
            },
            owner: Some(Owner::Dba),
            check: |heard| died(heard, [Some(Standing::Fin), Some(Standing::Fin)]),
            ..CUT
        },
        Drill {
            name: "data: the server resets in the middle",
            act: |ground, heard| {
                meanwhile(ground, heard, |ground| ground.gate.end_all(By::Rst)).boxed()
            },
            check: |heard| died(heard, [Some(Standing::Reset), Some(Standing::Reset)]),
            ..CUT
        },
        Drill {
            name: "data: the server goes down",
            act: |ground, heard| meanwhile(ground, heard, |ground| ground.gate.close()).boxed(),
            owner: Some(Owner::Dba),
            check: |heard| died(heard, [Some(Standing::Fin), Some(Standing::Fin)]),
            ..CUT
        },
        Drill {
            name: "data: idle NAT, silent: the quiet query dies, the busy one lives",
            lasting: long_flow,
            before: |ground| ground.translate(3, "drop"),
            verdict: "flow_silent_wait",
            check: |heard| died(heard, [None, Some(Standing::Silent)]),
            ..CUT
        },
        Drill {
            name: "data: the agent's host stands still for longer than a silence",
            act: |ground, heard| {
                meanwhile(ground, heard, |ground| {
                    ground.starve(Duration::from_secs(5))
                })
                .boxed()
            },
            lasting: long_flow,
            check: |heard| died(heard, [None, None]),
            ..DRILL
        },
    ]
}

fn looping() -> Lasting {
    Lasting {
        retry_loop: Some(RetryLoop {
            every_ms: 100,
            lasts_ms: 8_000,
            at_once: 4,
            query: true,
        }),
        ..Lasting::default()
    }
}

/// Connects are given up soon.
fn brief() -> Options {
    Options {
        tcp_timeout_ms: 700,
        prelogin_timeout_ms: 1_000,
        tls_timeout_ms: 1_000,
        login_timeout_ms: 1_000,
        query_timeout_ms: 1_000,
        ..Options::default()
    }
}

/// Operations that came to nothing so far.
fn failed(heard: &Heard) -> usize {
    let failed = heard.facts(|fact| match fact {
        Observation::LoopFailure(failure) => Some(failure.operation),
        _ => None,
    });
    failed.len()
}

const LOOP: Drill = Drill {
    lasting: looping,
    verdict: "transient_faults",
    ..DRILL
};

fn loops() -> Vec<Drill> {
    vec![
        Drill {
            name: "loop: nothing happens",
            beside: &["operations_worked"],
            proven: &["operations_worked"],
            verdict: "healthy",
            ..LOOP
        },
        Drill {
            name: "loop: failover with 40613",
            host: AZURE,
            act: |ground, _| {
                async move {
                    ground.asked(10).await;
                    ground.move_database();
                }
                .boxed()
            },
            says: &["2 of ", "40613 (2)"],
            ..LOOP
        },
        Drill {
            name: "loop: the server is down for a second",
            // Refused is on no list.
            owner: Some(Owner::Dba),
            verdict: "operations_failed",
            sure: Some(Confidence::Likely),
            // What was under way met a number that is.
            proven: &["transient_faults"],
            says: &["refused"],
            act: |ground, _| {
                async move {
                    ground.asked(10).await;
                    restart(ground).await;
                }
                .boxed()
            },
            ..LOOP
        },
        Drill {
            name: "loop: a firewall drops for two seconds",
            options: brief,
            act: |ground, _| {
                async move {
                    ground.asked(10).await;
                    ground.between("drop");
                    tokio::time::sleep(Duration::from_secs(2)).await;
                    ground.calm();
                }
                .boxed()
            },
            ..LOOP
        },
        Drill {
            name: "loop: administratively prohibited for a while",
            // So is unreachable.
            verdict: "operations_failed",
            sure: Some(Confidence::Likely),
            owner: Some(Owner::Network),
            // What was under way met a number that is.
            proven: &["transient_faults"],
            says: &["unreachable"],
            act: |ground, heard| {
                async move {
                    ground.asked(10).await;
                    ground.between("reject with icmp admin-prohibited");
                    until("an operation fails", || failed(heard) > 0).await;
                    ground.calm();
                }
                .boxed()
            },
            ..LOOP
        },
        Drill {
            name: "loop: the agent's host stands still for longer than any limit",
            options: brief,
            act: |ground, _| {
                async move {
                    ground.asked(10).await;
                    ground.starve(Duration::from_secs(3));
                }
                .boxed()
            },
            beside: &["operations_worked"],
            proven: &["operations_worked"],
            verdict: "healthy",
            or: Some("operations_starved"),
            owner: Some(Owner::Nobody),
            sure: Some(Confidence::Proven),
            ..LOOP
        },
    ]
}
