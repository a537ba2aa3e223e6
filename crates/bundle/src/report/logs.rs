//! The three text logs whose names support engineers know.

use crate::escape::plain;
use crate::report::connections::Connections;
use crate::report::names::Compared;
use crate::report::transcript::head;
use crate::report::{each, heading, lines, summary};
use crate::{Error, Log};
use model::{EventBody, RunView, Step, StepId, StepKind};
use std::fmt::Write;

/// Every event in order: `AdvancedTests_FullLog.txt`.
pub(crate) fn write_full(out: &mut dyn Write, run: &RunView, log: &dyn Log) -> Result<(), Error> {
    writeln!(
        out,
        "Linecheck: {}, every event in order",
        plain(&heading::title(run))
    )?;
    each(run, log, &mut |event| {
        for line in lines::event(event) {
            writeln!(out, "{line}")?;
        }
        Ok(())
    })
}

/// The last connection alone: `AdvancedTests_LastRunLog.txt`. The last further login; else, of the last hop, the connection that went
/// furthest last; of its login, the last attempt.
pub(crate) fn write_last(out: &mut dyn Write, run: &RunView, log: &dyn Log) -> Result<(), Error> {
    writeln!(
        out,
        "Linecheck: {}, the last connection",
        plain(&heading::title(run))
    )?;
    let Some(last) = last_connection(run) else {
        writeln!(out, "No connection was made.")?;
        return Ok(());
    };
    each(run, log, &mut |event| {
        let mine = event
            .body
            .step()
            .is_some_and(|step| last.steps.contains(&step));
        let older_attempt = match &event.body {
            EventBody::Observed { step, attempt, .. } => {
                Some(*step) == last.login && attempt.is_some_and(|number| number < last.attempt)
            }
            EventBody::AttemptFinished { step, attempt } => {
                Some(*step) == last.login && attempt.number < last.attempt
            }
            _ => false,
        };
        if mine && !older_attempt {
            for line in lines::event(event) {
                writeln!(out, "{line}")?;
            }
        }
        Ok(())
    })
}

struct LastConnection {
    steps: Vec<StepId>,
    login: Option<StepId>,
    attempt: u32,
}

fn last_connection(run: &RunView) -> Option<LastConnection> {
    further_login(run).or_else(|| login_of_the_path(run))
}

/// The last further login, with the steps that are part of it.
fn further_login(run: &RunView) -> Option<LastConnection> {
    let is_one = |step: &&Step| {
        step.kind == StepKind::LoginAttempt && step.state != model::StepState::Skipped
    };
    let last = run.steps.iter().filter(is_one).max_by_key(|step| step.id)?;
    let mut steps = vec![last.id];
    for step in &run.steps {
        if step.parent.is_some_and(|above| steps.contains(&above)) {
            steps.push(step.id);
        }
    }
    Some(LastConnection {
        steps,
        login: None,
        attempt: 0,
    })
}

fn login_of_the_path(run: &RunView) -> Option<LastConnection> {
    let tried = |step: &&Step| {
        step.state != model::StepState::Skipped
            && matches!(
                step.kind,
                StepKind::TcpConnect
                    | StepKind::TdsPrelogin
                    | StepKind::TlsHandshake
                    | StepKind::TdsLogin
            )
    };
    let last = run
        .steps
        .iter()
        .filter(tried)
        .max_by_key(|step| (step.hop, rank(step.kind), step.id))?;
    let same =
        |step: &&Step| step.hop == last.hop && step.subject.endpoint == last.subject.endpoint;
    let login = run
        .steps
        .iter()
        .filter(tried)
        .filter(same)
        .find(|step| step.kind == StepKind::TdsLogin);
    Some(LastConnection {
        steps: run
            .steps
            .iter()
            .filter(tried)
            .filter(same)
            .map(|step| step.id)
            .collect(),
        login: login.map(|step| step.id),
        attempt: login
            .and_then(|step| step.attempts.last())
            .map_or(0, |attempt| attempt.number),
    })
}

/// How far a kind of step stands along a connection.
fn rank(kind: StepKind) -> u8 {
    match kind {
        StepKind::TcpConnect => 1,
        StepKind::TdsPrelogin => 2,
        StepKind::TlsHandshake => 3,
        StepKind::TdsLogin => 4,
        _ => 0,
    }
}

/// The verdict, and each connection with its id, clocks and answers: `AdvancedTests_SummaryLog.txt`.
pub(crate) fn write_summary(
    out: &mut dyn Write,
    run: &RunView,
    log: &dyn Log,
) -> Result<(), Error> {
    head(out, run)?;
    let mut connections = Connections::default();
    let mut names = Compared::default();
    each(run, log, &mut |event| {
        connections.see(event);
        names.see(run, event);
        Ok(())
    })?;
    names.write(out)?;
    connections.write(out, run)?;
    writeln!(out)?;
    summary::write(out, run)?;
    Ok(())
}
