//! Drills of what lasts: held connections, a heartbeat, data, logins in a loop and the way itself, between hosts, while
//! something happens to them. Each time the rules have to name the cause, and prove nothing that is not so.
//!
//! | What is done | Idle ladder | Heartbeat | Data, loops | Path, capacity |
//! |---|---|---|---|---|
//! | nothing | ● | – | ● ● | ● ● |
//! | packets dropped | half-open | soft loss; new ones only | data, loop | SYNs |
//! | RST by a device | timer | hard loss | data | – |
//! | prohibited, unreachable | – | both | data, loop | – |
//! | NAT that forgets: silent, reset, keep-alive too late or for nothing | ● ● ● ● ● | lives | quiet query | – |
//! | Azure's gateway: FIN, RST, and an end of 40 minutes | ● ● ● | – | – | – |
//! | half-open, and back without memory | ● | ● | – | – |
//! | server: closes, resets, goes down, stalls, fails over | ● ● ● | ● ● ● ● | ● ● ● ● ● | – |
//! | MTU black hole, and a small MTU that is told | – | – | – | ● ● |
//! | packet loss | – | one in ten | – | a third of SYNs |
//! | translated or own ports run out | – | – | – | ● ● |
//! | the agent's host stands still | ● | ● | ● ● | – |
//! | its clock jumps | – | ● | – | – |
//!
//! Twice each as a test, many at a time, for they mostly wait. `cargo xtask bench drills` does each 30 times, and
//! `cargo xtask bench drills --real-time` those of [`twins`] with timers as they are in the field.

#[path = "lasting/beats.rs"]
mod beats;
#[path = "lasting/drill.rs"]
mod drill;
#[path = "lasting/flows.rs"]
mod flows;
#[path = "lasting/gate.rs"]
mod gate;
#[path = "lasting/ground.rs"]
mod ground;
#[path = "lasting/heard.rs"]
mod heard;
#[path = "lasting/idle.rs"]
mod idle;
#[path = "lasting/twins.rs"]
mod twins;
#[path = "lasting/ways.rs"]
mod ways;

use drill::{Came, Drill};
use futures::stream::{self, StreamExt as _};
use std::fmt::Write as _;
use std::sync::Arc;

/// Repeats of each as a test.
const TWICE: u32 = 2;
/// Networks at a time.
const AT_ONCE: u32 = 12;
/// Right verdicts of a hundred.
const ENOUGH_PERCENT: u32 = 95;

fn number(variable: &str) -> Option<u32> {
    std::env::var(variable).ok()?.parse().ok()
}

/// How the repeats of one drill came out.
struct Row {
    drill: Arc<Drill>,
    done: u32,
    right: u32,
    wrong: Vec<String>,
    wrong_proven: Vec<String>,
}

impl Row {
    fn count(&mut self, came: Came) {
        self.done += 1;
        self.right += u32::from(came.wrong.is_none());
        self.wrong.extend(came.wrong);
        self.wrong_proven.extend(came.wrong_proven);
    }

    fn holds(&self) -> bool {
        self.right * 100 >= self.done * ENOUGH_PERCENT && self.wrong_proven.is_empty()
    }
}

/// Makes each so often, and so many at a time.
async fn rows(drills: Vec<Drill>, repeats: u32, at_once: u32) -> Vec<Row> {
    let mut rows: Vec<Row> = drills
        .into_iter()
        .map(|drill| Row {
            drill: Arc::new(drill),
            done: 0,
            right: 0,
            wrong: Vec::new(),
            wrong_proven: Vec::new(),
        })
        .collect();
    let each = (0..repeats).flat_map(|_| rows.iter().enumerate());
    let each: Vec<_> = each.map(|(at, row)| (at, Arc::clone(&row.drill))).collect();
    let made = stream::iter(each).map(|(at, drill)| async move {
        // On a thread of its own: making a network blocks, and no other drill may be late for it. One that panics did
        // not come out right; the others go on.
        let here = tokio::runtime::Handle::current();
        let made = tokio::task::spawn_blocking(move || here.block_on(drill.make())).await;
        let came = made.unwrap_or_else(|error| Came {
            wrong: Some(error.to_string()),
            wrong_proven: Vec::new(),
        });
        (at, came)
    });
    let mut made = made.buffer_unordered(at_once.max(1) as usize);
    while let Some((at, came)) = made.next().await {
        let row = &mut rows[at];
        if let Some(why) = &came.wrong {
            println!("{}: {why}", row.drill.name);
        }
        row.count(came);
    }
    drop(made);
    rows
}

fn table(rows: &[Row]) -> String {
    let mut text =
        String::from("\n| Drill | Verdict | Right | Wrong proven |\n|---|---|---|---|\n");
    for row in rows {
        let Row {
            drill,
            done,
            right,
            wrong_proven,
            ..
        } = row;
        let proven = wrong_proven.len();
        let _ = writeln!(
            text,
            "| {} | {} | {right} of {done} | {proven} |",
            drill.name, drill.verdict
        );
    }
    text
}

/// Those that are asked for, and how often.
fn chosen() -> (Vec<Drill>, u32) {
    if std::env::var_os("LINECHECK_REAL_TIME").is_some() {
        return (twins::drills(), 1);
    }
    let only = std::env::var("LINECHECK_DRILLS_ONLY").unwrap_or_default();
    let all = [
        idle::drills(),
        beats::drills(),
        flows::drills(),
        ways::drills(),
    ];
    let mut chosen: Vec<Drill> = all.into_iter().flatten().collect();
    chosen.retain(|drill| drill.name.contains(&only));
    (chosen, number("LINECHECK_DRILLS_REPEATS").unwrap_or(TWICE))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_what_lasts_is_told_and_nothing_is_proven_that_is_not_so() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_lasting", &reason);
    }
    let (drills, repeats) = chosen();
    let at_once = number("LINECHECK_DRILLS_AT_ONCE").unwrap_or(AT_ONCE);
    let rows = rows(drills, repeats, at_once).await;
    println!("{}", table(&rows));
    let failed: Vec<String> = rows
        .iter()
        .filter(|row| !row.holds())
        .map(|row| format!("{}: {:?} {:?}", row.drill.name, row.wrong, row.wrong_proven))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
