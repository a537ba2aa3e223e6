//! Asking for work: one call, held open by the portal until there is some.

use super::{MOST_RUNS, Removed, Shared, run};
use crate::VERSION;
use crate::timing::Retry;
use model::agent_api::Poll;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An answer without news that comes sooner than this was not held open: wait before asking again.
const TOO_SOON: Duration = Duration::from_millis(50);

/// Polls until the portal has removed this agent.
pub(super) async fn work(shared: &Arc<Shared>) -> Removed {
    let mut retry = Retry::new(&shared.timing);
    loop {
        let free = free(shared);
        let poll = Poll {
            version: VERSION.to_owned(),
            free,
            known: shared.registry.known(),
            cancelled: shared.registry.cancelled(),
        };
        let asked = Instant::now();
        let reply = tokio::select! {
            reply = shared.portal.poll(&poll, shared.timing.poll_longest) => reply,
            // Full when it asked, free now: ask again. An answer lost this way is repeated by the portal.
            () = shared.registry.freed(), if free == 0 => continue,
        };
        match reply {
            Ok(reply) => {
                let news = !reply.claims.is_empty() || !reply.cancels.is_empty();
                for claim in reply.claims {
                    run::begin(shared, claim);
                }
                // After the claims: a run may be claimed and cancelled in one answer.
                for lease in reply.cancels {
                    tracing::info!(%lease, "run is to end");
                    shared.registry.cancel(lease);
                }
                if news || asked.elapsed() >= TOO_SOON {
                    retry.reset();
                } else {
                    retry.wait().await;
                }
            }
            Err(error) if Removed::says(&error) => return Removed,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "poll failed, trying again"
                );
                retry.wait().await;
            }
        }
    }
}

fn free(shared: &Shared) -> u32 {
    if !shared.room.is_left() {
        return 0;
    }
    let free = MOST_RUNS.saturating_sub(shared.registry.probing());
    u32::try_from(free).unwrap_or(0)
}
