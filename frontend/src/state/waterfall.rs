//! The phases of each hop on one time axis: DNS, TCP, PRELOGIN, TLS, LOGIN, and the query at the end.
//!
//! A hop may have many addresses; the one that got furthest is drawn, because it is the one the run went on
//! with, or the one that shows where all of them stopped.

use super::log::RunLog;
use model::{FailureCode, Observation, Step, StepKind, StepState};
use rules::words::duration;

/// How a bar ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    Done,
    Failed,
    Running,
}

/// One phase.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Bar {
    /// Its hue: `dns`, `tcp`, `pre`, `tls`, `login`, `fed`, `query`.
    pub(crate) hue: &'static str,
    pub(crate) name: String,
    pub(crate) started_us: u64,
    pub(crate) elapsed_us: u64,
    /// What stands at its right: how long, or how it failed.
    pub(crate) text: String,
    pub(crate) end: End,
}

/// One hop.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Hop {
    pub(crate) title: String,
    pub(crate) bars: Vec<Bar>,
}

/// The picture.
#[derive(Clone, Default, PartialEq, Debug)]
pub(crate) struct Waterfall {
    pub(crate) hops: Vec<Hop>,
    from_us: u64,
    to_us: u64,
}

impl Waterfall {
    /// Left edge and width of a bar, in percent.
    pub(crate) fn place(&self, bar: &Bar) -> (f64, f64) {
        let span = self.span() as f64;
        let left = bar.started_us.saturating_sub(self.from_us) as f64 / span * 100.0;
        let width = bar.elapsed_us as f64 / span * 100.0;
        (left.min(100.0), width.min(100.0 - left.min(100.0)))
    }

    /// Where the axis is marked, in percent, and what stands there.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        let span = self.span();
        let step = nice(span / 4);
        (0..)
            .map(|count| count * step)
            .take_while(|at| *at < span)
            .map(|at| (at as f64 / span as f64 * 100.0, tick(at)))
            .collect()
    }

    fn span(&self) -> u64 {
        self.to_us.saturating_sub(self.from_us).max(1)
    }
}

fn tick(us: u64) -> String {
    if us == 0 { "0".into() } else { duration(us) }
}

/// The next of 1, 2, 5, 10, 20, 50… that is no less.
fn nice(us: u64) -> u64 {
    let mut unit = 1_u64;
    loop {
        for factor in [1, 2, 5] {
            let step = unit.saturating_mul(factor);
            if step >= us {
                return step.max(1);
            }
        }
        unit = unit.saturating_mul(10);
    }
}

/// The picture of a run so far.
pub(crate) fn waterfall(log: &RunLog) -> Waterfall {
    let steps = log.steps();
    let last_hop = steps.iter().map(|step| step.hop).max().unwrap_or_default();
    let mut hops: Vec<Hop> = (0..=last_hop)
        .filter_map(|number| hop(log, number))
        .collect();
    let query = steps
        .iter()
        .find(|step| step.kind == StepKind::SqlQuery && step.state != StepState::Skipped);
    if let (Some(query), Some(hop)) = (query, hops.last_mut()) {
        hop.bars.push(bar(log, "query", "Query".into(), query));
    }
    let bars = || hops.iter().flat_map(|hop| &hop.bars);
    let from_us = bars().map(|bar| bar.started_us).min().unwrap_or_default();
    let to_us = bars()
        .map(|bar| bar.started_us.saturating_add(bar.elapsed_us))
        .max()
        .unwrap_or_default();
    Waterfall {
        hops,
        from_us,
        to_us,
    }
}

fn hop(log: &RunLog, number: u32) -> Option<Hop> {
    let here = || {
        log.steps()
            .iter()
            .filter(move |step| step.hop == number && step.state != StepState::Skipped)
    };
    let furthest = here()
        .filter(|step| step.subject.endpoint.is_some() && depth(step.kind) > 0)
        .max_by_key(|step| (depth(step.kind), std::cmp::Reverse(step.id)))
        .and_then(|step| step.subject.endpoint.clone());
    let name = here().find(|step| {
        step.kind == StepKind::DnsLookup && step.subject.source.as_deref() == Some("system")
    });
    let name = name.or_else(|| here().find(|step| step.kind == StepKind::DnsLookup));
    let mut bars: Vec<Bar> = name
        .filter(|step| step.subject.source.as_deref() != Some("literal"))
        .map(|step| bar(log, "dns", "DNS".into(), step))
        .into_iter()
        .collect();
    let at =
        |kind: StepKind| here().find(|step| step.kind == kind && step.subject.endpoint == furthest);
    if let Some(step) = at(StepKind::TcpConnect) {
        bars.push(connect(log, step));
    }
    if let Some(step) = at(StepKind::TdsPrelogin) {
        bars.push(bar(log, "pre", "PRELOGIN".into(), step));
    }
    if let Some(step) = at(StepKind::TlsHandshake) {
        bars.push(bar(log, "tls", tls_name(log, step), step));
    }
    let token = here().find(|step| step.kind == StepKind::TokenRequest);
    let token = token.map(|step| bar(log, "fed", "FEDAUTH".into(), step));
    let logins = at(StepKind::TdsLogin).map(|step| logins(log, step));
    let logins = logins.unwrap_or_default();
    let before = |token: &Bar| {
        let mut all = logins.iter();
        all.all(|login| token.started_us < login.started_us)
    };
    let (first, last): (Vec<Bar>, Vec<Bar>) = token.into_iter().partition(before);
    bars.extend(first);
    bars.extend(logins);
    bars.extend(last);
    let host = here().find_map(|step| step.subject.host.clone());
    let place = furthest.or(host)?;
    let redirect = if number == 0 { "" } else { " (redirect)" };
    (!bars.is_empty()).then(|| Hop {
        title: format!("{} · {place}{redirect}", number + 1),
        bars,
    })
}

fn depth(kind: StepKind) -> u8 {
    match kind {
        StepKind::TcpConnect => 1,
        StepKind::TdsPrelogin => 2,
        StepKind::TlsHandshake => 3,
        StepKind::TdsLogin => 4,
        _ => 0,
    }
}

fn bar(log: &RunLog, hue: &'static str, name: String, step: &Step) -> Bar {
    let now = log.folded().elapsed_us();
    let elapsed_us = step
        .elapsed_us
        .unwrap_or_else(|| now.saturating_sub(step.started_us));
    Bar {
        hue,
        name,
        started_us: step.started_us,
        elapsed_us,
        text: match (&step.code, step.state) {
            (_, StepState::Running) => "…".into(),
            (Some(code), StepState::Failed) => short(code).unwrap_or_else(|| duration(elapsed_us)),
            _ => duration(elapsed_us),
        },
        end: match step.state {
            StepState::Running => End::Running,
            StepState::Failed => End::Failed,
            StepState::Ok | StepState::Skipped => End::Done,
        },
    }
}

/// The connect that was gone on with, or all of them when none was established.
fn connect(log: &RunLog, step: &Step) -> Bar {
    let whole = bar(log, "tcp", "TCP".into(), step);
    match step.attempts.iter().find(|attempt| attempt.code.is_none()) {
        Some(first) => Bar {
            started_us: first.started_us,
            elapsed_us: first.elapsed_us,
            text: duration(first.elapsed_us),
            end: End::Done,
            ..whole
        },
        None => whole,
    }
}

/// A login that was tried again is drawn once for each try.
fn logins(log: &RunLog, step: &Step) -> Vec<Bar> {
    let whole = bar(log, "login", "LOGIN".into(), step);
    if step.attempts.len() < 2 {
        return vec![whole];
    }
    step.attempts
        .iter()
        .map(|attempt| Bar {
            hue: "login",
            name: format!("LOGIN, try {}", attempt.number),
            started_us: attempt.started_us,
            elapsed_us: attempt.elapsed_us,
            text: duration(attempt.elapsed_us),
            end: if attempt.code.is_some() {
                End::Failed
            } else {
                End::Done
            },
        })
        .collect()
}

fn tls_name(log: &RunLog, step: &Step) -> String {
    let protocol = log.seen_by(step.id).find_map(|seen| match seen {
        Observation::TlsSession { protocol, .. } => Some(protocol.as_str()),
        _ => None,
    });
    match protocol {
        Some("TLSv1.2") => "TLS 1.2".into(),
        Some("TLSv1.3") => "TLS 1.3".into(),
        _ => "TLS".into(),
    }
}

/// A failure in a word or two, for the narrow column.
fn short(code: &FailureCode) -> Option<String> {
    let word = match code {
        FailureCode::TcpTimeout | FailureCode::DnsTimeout | FailureCode::QueryTimeout => {
            "timed out"
        }
        FailureCode::PreloginNoReply | FailureCode::TlsNoReply | FailureCode::LoginNoReply => {
            "no reply"
        }
        FailureCode::TcpRefused | FailureCode::DnsRefused => "refused",
        FailureCode::LoginRejected => "rejected",
        FailureCode::TcpReset
        | FailureCode::PreloginReset
        | FailureCode::TlsReset
        | FailureCode::ResetDuringLogin => "reset",
        FailureCode::PreloginClosed | FailureCode::TlsClosed | FailureCode::ClosedDuringLogin => {
            "closed"
        }
        FailureCode::NameNotFound => "not found",
        FailureCode::PolicyRefused => "not allowed",
        FailureCode::Cancelled => "cancelled",
        _ => return None,
    };
    Some(word.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::Story;

    #[test]
    fn each_hop_shows_how_far_it_got() {
        let picture = waterfall(&Story::redirect_blocked().log());
        let names: Vec<Vec<&str>> = picture
            .hops
            .iter()
            .map(|hop| hop.bars.iter().map(|bar| bar.name.as_str()).collect())
            .collect();
        assert_eq!(
            names,
            [
                vec!["DNS", "TCP", "PRELOGIN", "TLS 1.2", "LOGIN"],
                vec!["DNS", "TCP"]
            ]
        );
        assert_eq!(picture.hops[0].title, "1 · 20.61.99.193:1433");
        assert_eq!(picture.hops[1].title, "2 · 20.61.104.17:11042 (redirect)");
        let blocked = &picture.hops[1].bars[1];
        assert_eq!(
            (blocked.end, blocked.text.as_str()),
            (End::Failed, "timed out")
        );
        let (left, width) = picture.place(blocked);
        assert!(left > 0.0 && width > 50.0 && left + width <= 100.1);
        assert_eq!(picture.hops[0].bars[1].text, "22 ms");
    }

    #[test]
    fn the_axis_has_a_few_round_marks() {
        let picture = Waterfall {
            hops: Vec::new(),
            from_us: 1_000,
            to_us: 4_901_000,
        };
        let words: Vec<String> = picture.ticks().into_iter().map(|tick| tick.1).collect();
        assert_eq!(words, ["0", "2 s", "4 s"]);
        assert_eq!(Waterfall::default().ticks().len(), 1);
    }
}
