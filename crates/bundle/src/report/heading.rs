//! What stands above every report: which run, of what, from where, when, how it ended.

use model::RunView;
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
    if run.options.trust_server_certificate {
        rows.push((
            "Chosen",
            "send the password although the certificate is not verified".to_owned(),
        ));
    }
    if run.options.allow_clear_text {
        rows.push((
            "Chosen",
            "send the password although the server offers no encryption".to_owned(),
        ));
    }
    rows
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
