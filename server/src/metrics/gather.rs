//! The figures as they stand: what is counted all along, and what is looked up when somebody asks.

use super::{AgentLabels, Metrics, process};
use crate::agents;
use crate::app::App;
use crate::store::StoreResult;
use model::api::AgentState;
use prometheus_client::encoding::text::encode;

/// What the text is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All figures, as text. When the database does not answer, its figures stay as they were and `store_up` is 0.
pub async fn text(app: &App) -> String {
    let metrics = &app.metrics;
    let looked_up = look_up(app).await;
    metrics.up.set(looked_up.is_ok().into());
    if let Err(error) = looked_up {
        tracing::warn!(error = %error, "the metrics could not be looked up");
    }
    measure(metrics);
    let mut text = String::new();
    if let Err(error) = encode(&mut text, &metrics.registry) {
        tracing::error!(error = %error, "the metrics could not be written");
    }
    text
}

async fn look_up(app: &App) -> StoreResult<()> {
    let live = app.store.live_runs(None).await?;
    app.metrics.live(live.iter().map(|run| run.state));
    let (mut connected, mut disconnected) = (0, 0);
    for agent in agents::all(app).await? {
        match agent.state {
            AgentState::Connected => connected += 1,
            AgentState::Disconnected => disconnected += 1,
        }
    }
    let set = |state, count| {
        let labels = AgentLabels { state };
        app.metrics.agents.get_or_create(&labels).set(count);
    };
    set("connected", connected);
    set("disconnected", disconnected);
    Ok(())
}

fn measure(metrics: &Metrics) {
    metrics.uptime.set(metrics.started.elapsed().as_secs_f64());
    if let Some(bytes) = process::resident_bytes() {
        metrics.resident.set(bytes);
    }
    if let Some(count) = process::open_descriptors() {
        metrics.descriptors.set(count);
    }
}
