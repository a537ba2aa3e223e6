//! The same in real time: the full idle ladder with its keep-alive and its queries as an agent makes them, for 31 minutes,
//! all of them at once.

use super::drill::{AZURE, DRILL, Drill};
use super::gate::By;
use model::lasting::{Heartbeat, IdleLadder, Lasting};
use std::time::Duration;

const HALF_HOUR: Duration = Duration::from_secs(1_800);

/// With a heartbeat beside it, as long as it lasts.
fn full() -> Lasting {
    Lasting {
        idle_ladder: Some(IdleLadder {
            rungs_ms: IdleLadder::FULL_MS.to_vec(),
            ..IdleLadder::default()
        }),
        heartbeat: Some(Heartbeat {
            lasts_ms: 1_850_000,
            ..Heartbeat::default()
        }),
        ..Lasting::default()
    }
}

const TWIN: Drill = Drill {
    host: AZURE,
    lasting: full,
    beside: &["session_held"],
    proven: &["session_held", "pool_dead_connection"],
    ..DRILL
};

/// All of them.
pub(super) fn drills() -> Vec<Drill> {
    vec![
        Drill {
            name: "real time: no timer",
            beside: &["session_held", "idle_survived"],
            proven: &["session_held", "idle_survived"],
            ..TWIN
        },
        Drill {
            name: "real time: idle NAT of 4 minutes, silent",
            before: |ground| ground.translate(240, "drop"),
            verdict: "idle_timer",
            says: &["between 3 min 50 s and 4 min 10 s", "keep-alive cures it"],
            ..TWIN
        },
        Drill {
            name: "real time: idle NAT of 5 minutes, reset",
            before: |ground| ground.translate(300, "reject with tcp reset"),
            verdict: "idle_timer",
            says: &["between 4 min 50 s and 5 min 10 s", "keep-alive cures it"],
            ..TWIN
        },
        Drill {
            name: "real time: Azure's gateway, half an hour, FIN",
            gate_idle: Some((HALF_HOUR, By::Fin)),
            verdict: "gateway_idle",
            says: &["30 minutes"],
            ..TWIN
        },
        Drill {
            name: "real time: Azure's gateway, half an hour, RST",
            gate_idle: Some((HALF_HOUR, By::Rst)),
            verdict: "gateway_idle",
            says: &["30 minutes"],
            ..TWIN
        },
    ]
}
