//! Facts of a retry loop and of a heartbeat as lines of plain text.

use crate::escape::plain;
use model::lasting::{
    BeatMinute, Clocked, FreshLoginFailed, LinkChange, LinkState, LoopFailure, LoopMinute, Loss,
    Spread,
};
use rules::words::{count, duration, phase_name};

pub(super) fn loop_failure(failure: &LoopFailure) -> Vec<String> {
    let mut line = format!(
        "operation {} began at {} and failed in {} after {}: {}",
        failure.operation,
        duration(failure.started_us),
        phase_name(failure.phase),
        duration(failure.elapsed_us),
        plain(failure.code.as_str())
    );
    let errors: Vec<String> = failure
        .errors
        .iter()
        .map(|error| {
            format!(
                "{} state {} class {}",
                error.number, error.state, error.class
            )
        })
        .collect();
    if !errors.is_empty() {
        line += &format!("; errors {}", errors.join(", "));
    }
    line += &way(failure.local.as_deref(), failure.endpoint.as_deref());
    let detail = failure.detail.as_deref().map(plain);
    std::iter::once(line).chain(detail).collect()
}

pub(super) fn loop_minute(minute: &LoopMinute) -> Vec<String> {
    let mut line = format!(
        "{}: {} worked{}",
        span(minute.from_us, minute.until_us),
        minute.worked.len(),
        took(&minute.worked)
    );
    for alike in &minute.failed {
        let number = alike
            .number
            .map_or(String::new(), |number| format!(" {number}"));
        line += &format!(
            ", {} failed with {}{number}",
            alike.times.len(),
            plain(alike.code.as_str())
        );
    }
    if minute.passed_over > 0 {
        line += &format!(", {} not begun", minute.passed_over);
    }
    vec![format!("{line}; at most {} at once", minute.most_at_once)]
}

pub(super) fn took(worked: &Clocked) -> String {
    let mut elapsed = worked.elapsed_us.clone();
    Spread::of(&mut elapsed).map_or(String::new(), |all| format!(" in {}", spread(&all)))
}

fn spread(all: &Spread) -> String {
    format!(
        "{} to {}, median {}, 95 % within {}",
        duration(all.min_us),
        duration(all.max_us),
        duration(all.median_us),
        duration(all.p95_us)
    )
}

pub(super) fn span(from_us: u64, until_us: u64) -> String {
    format!("from {} to {}", duration(from_us), duration(until_us))
}

pub(super) fn way(local: Option<&str>, endpoint: Option<&str>) -> String {
    match (local, endpoint) {
        (Some(local), Some(endpoint)) => format!("; {} to {}", plain(local), plain(endpoint)),
        (None, Some(endpoint)) => format!("; to {}", plain(endpoint)),
        _ => String::new(),
    }
}

pub(super) fn beat_minute(minute: &BeatMinute) -> Vec<String> {
    let mut line = format!(
        "{}: {} of {} answered",
        span(minute.from_us, minute.until_us),
        minute.answered,
        count(minute.beats as usize, "beat", "beats")
    );
    if let Some(answers) = &minute.answers {
        line += &format!(" in {}", spread(answers));
    }
    if minute.passed_over > 0 {
        line += &format!(", {} not sent", minute.passed_over);
    }
    if minute.logins > 0 {
        let worked = minute.logins_worked.map_or(0, |worked| worked.count);
        line += &format!("; {worked} of {} fresh logins worked", minute.logins);
    }
    line += &format!("; timers late by {} at most", duration(minute.lag_max_us));
    if let Some(again) = minute.retransmitted {
        line += &format!("; {again} segments sent again");
    }
    if minute.changes_left_out > 0 {
        line += &format!("; {} changes left out", minute.changes_left_out);
    }
    vec![line]
}

pub(super) fn link_change(change: &LinkChange) -> Vec<String> {
    let loss = match change.loss {
        Loss::Hard => "hard: an error was reported",
        Loss::Soft => "soft: no answer until the session time-out",
    };
    let mut lines = vec![match change.now {
        LinkState::Disconnected => format!(
            "DISCONNECTED at {} ({loss}, {}), first sign at {}, noticed after {}",
            duration(change.at_us),
            plain(change.code.as_str()),
            duration(change.lost_us),
            duration(change.detect_us)
        ),
        LinkState::Connected => format!(
            "CONNECTED again at {} after {}, out of use for {}",
            duration(change.at_us),
            count(change.tries as usize, "try", "tries"),
            duration(change.outage_us.unwrap_or_default())
        ),
    }];
    let mut beside = format!("timers late by {} at most", duration(change.lag_max_us));
    beside += &way(change.local.as_deref(), change.endpoint.as_deref());
    if let Some(counters) = &change.counters {
        beside += &format!(
            "; {} segments sent again, {} not acknowledged, last acknowledgement {} before",
            counters.retransmitted,
            counters.unacknowledged,
            duration(u64::from(counters.last_ack_ms).saturating_mul(1_000))
        );
    }
    lines.push(beside);
    lines.extend(change.detail.as_deref().map(plain));
    lines
}

pub(super) fn fresh_login_failed(failed: &FreshLoginFailed) -> Vec<String> {
    let number = failed
        .number
        .map_or(String::new(), |number| format!(" {number}"));
    let line = format!(
        "the fresh login of beat {} began at {} and failed after {}: {}{number}{}",
        failed.beat,
        duration(failed.started_us),
        duration(failed.elapsed_us),
        plain(failed.code.as_str()),
        way(None, failed.endpoint.as_deref())
    );
    let detail = failed.detail.as_deref().map(plain);
    std::iter::once(line).chain(detail).collect()
}
