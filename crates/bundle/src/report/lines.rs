//! Events as lines of plain text, safe in a terminal.

use crate::escape::plain;
use crate::report::facts;
use model::{Attempt, EventBody, FailureCode, Plan, RunEvent, Step};
use rules::words;

/// `+12.345 s`, on the run's own clock.
pub(crate) fn clock(us: u64) -> String {
    format!("+{}.{:03} s", us / 1_000_000, us % 1_000_000 / 1_000)
}

/// A step with its clock, its title and how it stands.
pub(crate) fn step(step: &Step) -> String {
    let mut out = format!(
        "{} [{}] {}: {}",
        clock(step.started_us),
        step.id,
        plain(&words::step_title(step)),
        words::step_state(step.state)
    );
    if let Some(elapsed) = step.elapsed_us {
        out.push_str(&format!(" after {}", words::duration(elapsed)));
    }
    out.push_str(&reason(step.code.as_ref(), step.detail.as_deref()));
    out
}

/// One try.
pub(crate) fn attempt(attempt: &Attempt) -> String {
    format!(
        "attempt {} at {}: {} after {}{}{}",
        attempt.number,
        clock(attempt.started_us),
        if attempt.code.is_none() {
            "ok"
        } else {
            "failed"
        },
        words::duration(attempt.elapsed_us),
        attempt
            .local
            .as_deref()
            .map_or(String::new(), |local| format!(", from {}", plain(local))),
        reason(attempt.code.as_ref(), attempt.detail.as_deref())
    )
}

fn reason(code: Option<&FailureCode>, detail: Option<&str>) -> String {
    let mut out = String::new();
    if let Some(code) = code {
        out.push_str(&format!(
            ", {}: {}",
            plain(code.as_str()),
            plain(&words::code_sentence(code))
        ));
    }
    if let Some(detail) = detail {
        out.push_str(&format!(" ({})", plain(detail)));
    }
    out
}

/// What happened, in one or more lines.
pub(crate) fn body(body: &EventBody) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    match body {
        EventBody::RunCreated {
            plan, agent_name, ..
        } => vec![created(plan, agent_name)],
        EventBody::RunClaimed { lease } => vec![format!("claimed, lease {lease}")],
        EventBody::RunStarted {
            agent_version,
            clock_ahead_ms,
        } => {
            let mut lines = vec![format!("started by agent version {}", plain(agent_version))];
            if let Some(ms) = clock_ahead_ms {
                lines.push(format!(
                    "the agent's clock is {ms} ms ahead; times are the portal's"
                ));
            }
            lines
        }
        EventBody::StepStarted {
            step,
            parent,
            step_kind,
            hop,
            subject,
        } => {
            let title = words::step_title(&Step {
                id: *step,
                parent: *parent,
                kind: *step_kind,
                hop: *hop,
                subject: subject.clone(),
                state: model::StepState::Running,
                code: None,
                detail: None,
                started_us: 0,
                elapsed_us: None,
                attempts: Vec::new(),
                started_seq: 0,
                finished_seq: None,
            });
            vec![format!("[{step}] {} begins", plain(&title))]
        }
        EventBody::AttemptFinished {
            step,
            attempt: tried,
        } => {
            vec![format!("[{step}] {}", attempt(tried))]
        }
        EventBody::Observed {
            step,
            attempt,
            observation,
        } => {
            let of = attempt.map_or(String::new(), |number| format!(" attempt {number},"));
            facts::lines(observation)
                .into_iter()
                .map(|line| format!("[{step}]{of} {line}"))
                .collect()
        }
        EventBody::StepFinished {
            step,
            state,
            code,
            detail,
            elapsed_us,
        } => vec![format!(
            "[{step}] {} after {}{}",
            words::step_state(*state),
            words::duration(*elapsed_us),
            reason(code.as_ref(), detail.as_deref())
        )],
        EventBody::CancelRequested => one("cancel asked for"),
        EventBody::LogTruncated { kept } => vec![format!(
            "the log reached its limit after {kept} events; what follows is not kept"
        )],
        EventBody::RunFinished { cancelled: true } => one("ended by cancel"),
        EventBody::RunFinished { cancelled: false } => one("all done"),
        EventBody::AgentRestarted => one("the agent was started anew and gave the run up"),
        EventBody::CleaningReported { gone, given_up } => vec![format!(
            "the agent took {} away that the run had made on the server{}",
            words::count(gone.len(), "object", "objects"),
            if *given_up {
                "; the others it will not try again"
            } else {
                ""
            }
        )],
        EventBody::RunSettled { state, outcome, .. } => vec![format!(
            "settled: {}, {}",
            words::run_state(*state),
            words::outcome(*outcome)
        )],
        EventBody::Unknown(value) => vec![format!(
            "an event that this version does not know: {}",
            plain(&value.to_string())
        )],
    }
}

fn created(plan: &Plan, agent_name: &str) -> String {
    format!(
        "asked for: {} database {} from {}",
        plain(&plan.target.server),
        plain(&plan.target.database),
        plain(agent_name)
    )
}

/// An event on a line of its own: `seq`, wall clock, run clock, what happened.
pub(crate) fn event(event: &RunEvent) -> Vec<String> {
    let clock = event.elapsed_us.map_or_else(|| "portal".to_owned(), clock);
    let head = format!(
        "{:>6} {} {clock:>12}",
        event.seq,
        event.at.format("%H:%M:%S%.3fZ")
    );
    let mut lines = body(&event.body).into_iter();
    let mut out = vec![format!("{head}  {}", lines.next().unwrap_or_default())];
    let width = head.chars().count();
    out.extend(lines.map(|line| format!("{:width$}  {line}", "")));
    out
}
