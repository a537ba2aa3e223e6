//! What stands above every report: which run, of what, from where, when, how it ended.

use model::{Encryption, Options, RunView};
use rules::words;

/// Label and value. Values are raw: whoever writes them escapes them.
pub(crate) fn rows(run: &RunView) -> Vec<(&'static str, String)> {
    let mut rows = vec![
        ("Server", run.target.server.clone()),
        ("Database", run.target.database.clone()),
        ("Sign-in", words::login(&run.login)),
        ("Run from", run.agent_name.clone()),
        ("Asked for", utc(run.created_at)),
    ];
    if let Some(time) = run.started_at {
        rows.push(("Started", utc(time)));
    }
    if let Some(time) = run.settled_at {
        rows.push(("Settled", utc(time)));
    }
    rows.push(("State", state(run)));
    rows.push(("Run", run.id.to_string()));
    rows.push(("Rules", format!("version {}", run.rules_version)));
    rows
}

/// What was asked for, under the names that the Azure SQL Connectivity Checker gives them where it has one.
pub(crate) fn parameters(run: &RunView) -> Vec<(&'static str, String)> {
    let options = &run.options;
    let yes = |on: bool| if on { "yes" } else { "no" }.to_owned();
    let ms = |ms: u64| words::duration(ms.saturating_mul(1_000));
    let mut rows = vec![
        ("Server", run.target.server.clone()),
        ("Kind of endpoint", run.target.kind.clone()),
        ("Database", run.target.database.clone()),
        ("AuthenticationType", words::login(&run.login)),
        (
            "EncryptionProtocol",
            encryption(options.encryption).to_owned(),
        ),
        (
            "TrustServerCertificate",
            yes(options.trust_server_certificate),
        ),
        (
            "Password without encryption allowed",
            yes(options.allow_clear_text),
        ),
        (
            "ConnectionAttempts",
            options.connection_attempts.to_string(),
        ),
        ("DelayBetweenConnections", ms(options.attempt_delay_ms)),
        ("CollectNetworkTrace", yes(options.network_trace)),
        (
            "SendAnonymousUsageData",
            format!("{} (kept in the portal)", yes(options.usage_data)),
        ),
        ("Gateways of the region", yes(options.gateways)),
        ("External resolver", yes(options.external_resolver)),
        (
            "Sign-in addresses without Entra",
            yes(options.sign_in_hosts),
        ),
        ("Versions of TLS", yes(options.tls_versions)),
        ("Revocation", yes(options.revocation)),
        ("Route to failing addresses", yes(options.route_trace)),
        ("Sample of redirect ports", yes(options.redirect_sample)),
        ("Query after the login", yes(options.query)),
    ];
    rows.extend(driver(options));
    rows
}

fn encryption(encryption: Encryption) -> &'static str {
    match encryption {
        Encryption::Auto => "automatic",
        Encryption::Tls10 => "TLS 1.0",
        Encryption::Tls11 => "TLS 1.1",
        Encryption::Tls12 => "TLS 1.2",
        Encryption::Tls13 => "TLS 1.3",
        Encryption::Strict => "strict (TDS 8)",
    }
}

/// What the person's own driver was told.
fn driver(options: &Options) -> Option<(&'static str, String)> {
    let said = serde_json::to_value(&options.driver).ok()?;
    let said: Vec<String> = said
        .as_object()?
        .iter()
        .map(|(key, value)| match value.as_str() {
            Some(text) => format!("{key} {text}"),
            None => format!("{key} {value}"),
        })
        .collect();
    (!said.is_empty()).then(|| ("Driver settings", said.join(", ")))
}

/// `host / database`.
pub(crate) fn title(run: &RunView) -> String {
    format!("{} / {}", run.target.server, run.target.database)
}

fn state(run: &RunView) -> String {
    let state = words::run_state(run.state);
    match (run.outcome, run.interruption) {
        (_, Some(why)) => {
            let why = match why {
                model::Interruption::NoAgent => "no agent took it",
                model::Interruption::AgentLost => "its agent was lost",
                model::Interruption::AgentRestarted => "its agent was started anew",
            };
            format!("{state}: {why}")
        }
        (Some(outcome), None) => format!("{state}: {}", words::outcome(outcome)),
        (None, None) => state.to_owned(),
    }
}

/// `2026-11-20 12:11:24.271 UTC`.
pub(crate) fn utc(time: chrono::DateTime<chrono::Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.3f UTC").to_string()
}
