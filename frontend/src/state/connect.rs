//! Connect times by address: the bars of the chart, and the same in words.

use model::{FailureCode, StepKind, StepState};
use rules::words::{code_sentence, duration};

use super::log::RunLog;

/// Bars drawn for one address; more would not be told apart.
const MOST_BARS: usize = 24;

/// One address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Address {
    /// `ip:port`.
    pub(crate) endpoint: String,
    /// One for each attempt: its height in percent of the slowest, or nothing when it failed.
    pub(crate) bars: Vec<Option<u8>>,
    /// `21–24 ms, 5 of 5` or `0 of 5`.
    pub(crate) summary: String,
    /// Every attempt, for reading and copying.
    pub(crate) words: String,
    /// None was established.
    pub(crate) dead: bool,
}

/// The addresses in the order they were tried, `most` of them, and how many more there are.
pub(crate) fn addresses(log: &RunLog, most: usize) -> (Vec<Address>, usize) {
    let steps = || {
        log.steps()
            .iter()
            .filter(|step| step.kind == StepKind::TcpConnect && !step.attempts.is_empty())
    };
    let slowest = steps()
        .flat_map(|step| &step.attempts)
        .filter(|attempt| attempt.code.is_none())
        .map(|attempt| attempt.elapsed_us)
        .max()
        .unwrap_or(1)
        .max(1);
    let more = steps().count().saturating_sub(most);
    let list = steps()
        .take(most)
        .map(|step| {
            let times: Vec<u64> = step
                .attempts
                .iter()
                .filter(|attempt| attempt.code.is_none())
                .map(|attempt| attempt.elapsed_us)
                .collect();
            let height = |us: u64| (us.saturating_mul(100) / slowest).clamp(8, 100) as u8;
            let bars = step.attempts.iter().take(MOST_BARS).map(|attempt| {
                let fine = attempt.code.is_none();
                fine.then(|| height(attempt.elapsed_us))
            });
            let words = step.attempts.iter().map(|attempt| match &attempt.code {
                None => format!("#{} {}", attempt.number, duration(attempt.elapsed_us)),
                Some(code) => format!("#{} {}", attempt.number, failed(code)),
            });
            let count = format!("{} of {}", times.len(), step.attempts.len());
            Address {
                endpoint: step.subject.endpoint.clone().unwrap_or_default(),
                bars: bars.collect(),
                summary: match (times.iter().min(), times.iter().max()) {
                    (Some(least), Some(most)) => format!("{}, {count}", span(*least, *most)),
                    _ => count,
                },
                words: words.collect::<Vec<_>>().join(", "),
                dead: times.is_empty() && step.state != StepState::Running,
            }
        })
        .collect();
    (list, more)
}

fn failed(code: &FailureCode) -> String {
    match code {
        FailureCode::TcpTimeout => "timed out".into(),
        FailureCode::TcpRefused => "refused".into(),
        FailureCode::TcpUnreachable => "unreachable".into(),
        FailureCode::TcpReset => "reset".into(),
        other => code_sentence(other),
    }
}

/// `21–24 ms`, `850 µs–1.2 ms`, `22 ms`.
pub(crate) fn span(least: u64, most: u64) -> String {
    let (low, high) = (duration(least), duration(most));
    if low == high {
        return low;
    }
    match (low.rsplit_once(' '), high.rsplit_once(' ')) {
        (Some((number, unit)), Some((_, other))) if unit == other => format!("{number}–{high}"),
        _ => format!("{low}–{high}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::Story;

    #[test]
    fn every_attempt_is_there_and_a_dead_address_says_so() {
        let (list, more) = addresses(&Story::redirect_blocked().log(), 10);
        assert_eq!(more, 0);
        assert_eq!(list.len(), 2);
        assert_eq!(list[0].endpoint, "20.61.99.193:1433");
        assert_eq!(list[0].bars.len(), 5);
        assert!(list[0].bars.contains(&Some(100)));
        assert_eq!(list[0].summary, "21–24 ms, 5 of 5");
        assert!(!list[0].dead);
        assert_eq!(list[1].bars, vec![None; 5]);
        assert_eq!(list[1].summary, "0 of 5");
        assert!(list[1].words.starts_with("#1 timed out"));
        assert!(list[1].dead);
    }

    #[test]
    fn of_many_addresses_the_rest_is_counted() {
        let (list, more) = addresses(&Story::many_addresses(20).log(), 12);
        assert_eq!((list.len(), more), (12, 8));
    }

    #[test]
    fn a_span_names_its_unit_once() {
        assert_eq!(span(21_000, 24_000), "21–24 ms");
        assert_eq!(span(900, 1_200), "900 µs–1.2 ms");
        assert_eq!(span(22_000, 22_000), "22 ms");
    }
}
