//! Saying that the agent lives, for all its leases in one call.

use super::{Removed, Shared};
use crate::VERSION;
use model::agent_api::Heartbeat;
use std::sync::Arc;
use tokio::time::MissedTickBehavior;

/// Beats until the portal has removed this agent. A beat that fails is not repeated: the next one says the same.
pub(super) async fn work(shared: &Arc<Shared>) -> Removed {
    let mut beat = tokio::time::interval(shared.timing.heartbeat);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        let heartbeat = Heartbeat {
            version: VERSION.to_owned(),
            leases: shared.registry.held(),
        };
        match shared.portal.heartbeat(&heartbeat).await {
            Ok(reply) => {
                for standing in reply.leases.iter().filter(|standing| standing.stop) {
                    shared.registry.cancel(standing.lease);
                }
            }
            Err(error) if Removed::says(&error) => return Removed,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "heartbeat failed");
            }
        }
    }
}
