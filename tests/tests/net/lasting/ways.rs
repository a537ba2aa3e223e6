//! Drills of what the way carries: large packets, lost SYNs, ports that run out.

use super::drill::{DRILL, Drill};
use model::lasting::{Capacity, Lasting, PathSurvey};
use model::{Options, Owner};

fn survey(sizes: &[u32], syns: u32) -> Lasting {
    Lasting {
        path: Some(PathSurvey {
            sizes: sizes.to_vec(),
            syns,
            answer_timeout_ms: 4_000,
        }),
        ..Lasting::default()
    }
}

fn sizes() -> Lasting {
    survey(&[500, 1_200, 1_400, 4_000], 0)
}

fn syns() -> Lasting {
    survey(&[], 20)
}

fn ramp() -> Lasting {
    Lasting {
        capacity: Some(Capacity {
            connections: 30,
            per_second: 100,
            hold_ms: 10,
        }),
        ..Lasting::default()
    }
}

/// A handshake that hangs is given up soon, a connect only after its second try.
fn brief() -> Options {
    Options {
        tcp_timeout_ms: 2_500,
        tls_timeout_ms: 3_000,
        ..Options::default()
    }
}

const SIZES: Drill = Drill {
    options: brief,
    lasting: sizes,
    ..DRILL
};

const RAMP: Drill = Drill {
    options: brief,
    lasting: ramp,
    ..DRILL
};

/// All of them.
pub(super) fn drills() -> Vec<Drill> {
    vec![
        Drill {
            name: "path: nothing is in the way",
            lasting: || survey(&[500, 1_200, 1_400, 4_000], 20),
            ..SIZES
        },
        Drill {
            name: "path: MTU 1300, and ICMP says so",
            before: |ground| {
                ground.narrow(1, 1_300, true);
                ground.narrow(2, 1_300, true);
            },
            ..SIZES
        },
        Drill {
            name: "path: MTU black hole for answers",
            before: |ground| ground.narrow(1, 1_300, false),
            verdict: "large_packets_lost",
            owner: Some(Owner::Network),
            ..SIZES
        },
        Drill {
            name: "path: MTU black hole for requests",
            before: |ground| ground.narrow(2, 1_300, false),
            verdict: "large_packets_lost",
            owner: Some(Owner::Network),
            ..SIZES
        },
        Drill {
            name: "path: every third SYN is lost",
            lasting: syns,
            before: |ground| {
                // The run's own connect is not the third.
                ground.between("tcp flags & (syn | ack) == syn numgen inc mod 3 == 2 drop");
            },
            beside: &["syns_lost"],
            ..SIZES
        },
        Drill {
            name: "capacity: nothing limits it",
            ..RAMP
        },
        Drill {
            name: "capacity: translation runs out of ports",
            before: |ground| ground.few_ports(15),
            verdict: "connections_limited",
            sure: None,
            owner: Some(Owner::Network),
            ..RAMP
        },
        Drill {
            name: "capacity: this host runs out of ports",
            before: |ground| {
                ground
                    .agent
                    .set("net.ipv4.ip_local_port_range", "50000 50014")
            },
            verdict: "local_ports_exhausted",
            owner: Some(Owner::ThisHost),
            ..RAMP
        },
    ]
}
