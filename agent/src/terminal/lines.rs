//! One step as one line, the same in the moving tree and in plain output.

use super::style::Style;
use agent::check::RunLog;
use bundle::escape::plain;
use model::lasting::{LinkState, Loss};
use model::{EventBody, Observation, Step, StepKind, StepState};
use rules::words;

/// Addresses that a look-up's line shows.
const MOST_ADDRESSES: usize = 4;

/// A step that ended: sign, title, what it gave, its time, and why it failed or was not tried.
pub(super) fn ended(log: &RunLog, step: &Step, style: Style) -> String {
    let mut out = format!(
        "{}{} {}",
        indent(log, step),
        style.state(step.state, words::step_sign(step.state)),
        title(step)
    );
    if let Some(gave) = gave(log, step) {
        out.push_str(&format!(" → {gave}"));
    }
    match step.elapsed_us {
        Some(elapsed) if step.state != StepState::Skipped && elapsed > 0 => {
            out.push_str(&style.dim(&format!(" · {}", words::duration(elapsed))));
        }
        _ => {}
    }
    if let Some(code) = &step.code {
        let sentence = plain(&words::code_sentence(code));
        out.push_str(&match step.state {
            StepState::Failed => format!(" · {sentence}"),
            _ => style.dim(&format!(" · {sentence}")),
        });
    }
    out
}

/// A step that goes on, without its sign.
pub(super) fn title(step: &Step) -> String {
    plain(&words::step_title(step))
}

/// What was said since, about a step that goes on: a login that is tried again.
pub(super) fn note(body: &EventBody) -> Option<String> {
    match body {
        EventBody::Observed {
            observation: Observation::RetryScheduled { number, delay_ms },
            ..
        } => Some(format!(
            "error {number} is transient: tried again after {}",
            words::duration(delay_ms.saturating_mul(1_000))
        )),
        EventBody::Observed { observation, .. } => lasting(observation),
        _ => None,
    }
}

/// What a loop or a heartbeat came to in a minute, and what became of its connection.
fn lasting(observation: &Observation) -> Option<String> {
    Some(match observation {
        Observation::LoopMinute(minute) => {
            let failed: usize = minute.failed.iter().map(|alike| alike.times.len()).sum();
            format!("{} worked, {failed} failed", minute.worked.len())
        }
        Observation::BeatMinute(minute) => format!(
            "{} of {} answered{}",
            minute.answered,
            words::count(minute.beats as usize, "beat", "beats"),
            minute.answers.map_or(String::new(), |answers| {
                format!(", median {}", words::duration(answers.median_us))
            })
        ),
        Observation::LinkChange(change) => match (change.now, change.loss) {
            (LinkState::Connected, _) => format!(
                "connected again, out of use for {}",
                words::duration(change.outage_us.unwrap_or_default())
            ),
            (LinkState::Disconnected, Loss::Hard) => {
                "connection lost: an error was reported".to_owned()
            }
            (LinkState::Disconnected, Loss::Soft) => format!(
                "connection lost: no answer for {}",
                words::duration(change.detect_us)
            ),
        },
        _ => return None,
    })
}

/// How far what lasts has come; empty when nothing does.
pub(super) fn progress(log: &RunLog) -> String {
    rules::progress(log.state(), 0).map_or(String::new(), |progress| {
        format!(
            " · {} %, {} left at most",
            progress.percent(),
            words::duration(progress.left_us())
        )
    })
}

/// What a person has to do so that the run can sign in.
pub(super) fn sign_in(body: &EventBody) -> Option<String> {
    match body {
        EventBody::Observed {
            observation: Observation::DeviceCode(code),
            ..
        } => Some(format!(
            "To go on, open {} on any device and give the code {} (until {} UTC). Only if you started this run.",
            plain(&words::one_line(&code.verification_url, 300)),
            plain(&words::one_line(&code.user_code, 40)),
            code.expires_at.format("%H:%M")
        )),
        _ => None,
    }
}

/// Two columns for each step above it.
pub(super) fn indent(log: &RunLog, step: &Step) -> String {
    let (mut depth, mut id, mut parent) = (1, step.id, step.parent);
    // Parents come before children; anything else ends the climb.
    while let Some(above) = parent.filter(|above| *above < id) {
        depth += 1;
        id = above;
        parent = log.state().step(above).and_then(|step| step.parent);
    }
    "  ".repeat(depth.min(12))
}

/// What a step gave that the next ones build on: addresses, or where a login was routed to.
fn gave(log: &RunLog, step: &Step) -> Option<String> {
    let from = usize::try_from(step.started_seq).ok()?;
    let to = usize::try_from(step.finished_seq?).ok()?;
    let events = log.events().get(from..to)?;
    let seen = events.iter().filter_map(|event| match &event.body {
        EventBody::Observed {
            step: of,
            observation,
            ..
        } if *of == step.id => Some(observation),
        _ => None,
    });
    match step.kind {
        StepKind::DnsLookup => seen.rev().find_map(|observation| match observation {
            Observation::DnsAnswer { addresses, .. } if !addresses.is_empty() => {
                let shown: Vec<String> = addresses
                    .iter()
                    .take(MOST_ADDRESSES)
                    .map(|address| plain(address))
                    .collect();
                let more = addresses.len().saturating_sub(MOST_ADDRESSES);
                Some(match more {
                    0 => shown.join(", "),
                    _ => format!("{} and {more} more", shown.join(", ")),
                })
            }
            _ => None,
        }),
        StepKind::TdsLogin => seen.rev().find_map(|observation| match observation {
            Observation::Routing(hop) => {
                Some(format!("routed to {}:{}", plain(&hop.host), hop.port))
            }
            _ => None,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::sign_in;
    use model::{DeviceCode, EventBody, Observation, StepId};

    #[test]
    fn a_code_to_sign_in_with_is_told_and_cannot_move_the_cursor() {
        let line = sign_in(&EventBody::Observed {
            step: StepId(1),
            attempt: None,
            observation: Observation::DeviceCode(DeviceCode {
                user_code: "ABCD\u{1b}[2J".to_owned(),
                verification_url: "https://microsoft.com/devicelogin".to_owned(),
                expires_at: "2026-11-20T12:11:24Z".parse().expect("a time"),
            }),
        });
        let line = line.expect("a line");
        assert!(line.contains("https://microsoft.com/devicelogin") && line.contains("ABCD"));
        assert!(
            line.contains("12:11 UTC") && !line.contains('\u{1b}'),
            "{line}"
        );
    }
}
