//! A heartbeat between hosts, and what becomes of it: packets that vanish are a soft loss at the session time-out,
//! resets a hard one at once. Each time the rules have to say so, and the connection has to come back.
//!
//! Two of each here; `cargo xtask bench drills` does more.

use crate::held::{Ground, Heard, PATIENCE, SERVER_NEVER_CLOSES, Score, repeats};
use model::lasting::{Heartbeat, Lasting, LinkChange, LinkState, Loss};
use model::{Confidence, FailureCode, Observation};
use tests::eventually;

const TIMEOUT_MS: u64 = 2_000;

fn beating() -> Lasting {
    Lasting {
        heartbeat: Some(Heartbeat {
            every_ms: 200,
            lasts_ms: 12_000,
            login_every: 0,
            session_timeout_ms: TIMEOUT_MS,
        }),
        ..Lasting::default()
    }
}

fn changes(heard: &Heard) -> Vec<LinkChange> {
    heard.facts(|fact| match fact {
        Observation::LinkChange(change) => Some(change.clone()),
        _ => None,
    })
}

/// Beats, does this to every packet once it beats, and stops doing so once the loss was noticed.
async fn struck(what: &str) -> (Heard, Vec<LinkChange>) {
    let ground = Ground::of(SERVER_NEVER_CLOSES).await;
    let heard = Heard::default();
    let run = ground.start(beating(), heard.clone());
    let blow = async {
        eventually("it beats", PATIENCE, async || {
            (ground.requests() >= 5).then_some(())
        })
        .await;
        ground.between(what);
        eventually("the loss is noticed", PATIENCE, async || {
            (!changes(&heard).is_empty()).then_some(())
        })
        .await;
        ground.calm();
    };
    tokio::join!(run, blow);
    let changes = changes(&heard);
    (heard, changes)
}

#[tokio::test(flavor = "multi_thread")]
async fn packets_that_vanish_are_a_soft_loss_at_the_session_time_out() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_heartbeat_soft", &reason);
    }
    let mut score = Score::default();
    for _ in 0..repeats() {
        let (heard, changes) = struck("drop").await;
        score.count(&heard, "session_lost", Confidence::Likely);
        let lost = &changes[0];
        assert_eq!((lost.now, lost.loss), (LinkState::Disconnected, Loss::Soft));
        assert!(lost.detect_us >= TIMEOUT_MS * 1_000, "{lost:?}");
        assert!(
            lost.counters.is_some_and(|seen| seen.unacknowledged > 0),
            "{lost:?}"
        );
        assert!(heard.verdict().explanation.contains("not acknowledged"));
        assert_eq!(changes[1].now, LinkState::Connected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn resets_are_a_hard_loss_at_once() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_heartbeat_hard", &reason);
    }
    let mut score = Score::default();
    for _ in 0..repeats() {
        let (heard, changes) = struck("reject with tcp reset").await;
        score.count(&heard, "session_lost", Confidence::Likely);
        let lost = &changes[0];
        assert_eq!((lost.now, lost.loss), (LinkState::Disconnected, Loss::Hard));
        assert_eq!(lost.code, FailureCode::QueryReset);
        assert!(lost.detect_us < TIMEOUT_MS * 1_000, "{lost:?}");
        assert_eq!(changes[1].now, LinkState::Connected);
    }
}
