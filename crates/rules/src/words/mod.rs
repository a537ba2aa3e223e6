//! The words for steps, codes, phases and numbers, shared by page, report and terminal, so that all three say
//! the same.

mod codes;
mod lasting;
mod link;
mod login;
mod numbers;
mod replica;
mod steps;
mod writes;

pub use codes::code_sentence;
pub use lasting::{driver_words, lane_name, standing_name};
pub use link::{leg, leg_by};
pub use login::login;
pub use numbers::{bytes, count, duration};
pub use replica::catalog_part;
pub use steps::{doing_now, step_title};
pub use writes::{cut_moment, statement_does, write_way};

use model::{Confidence, Outcome, Owner, Phase, RunState, Severity, StepState};

/// In the waterfall: `DNS`, `TCP`, `PRELOGIN`, `TLS`, `LOGIN`, `FEDAUTH`, `Query`.
#[must_use]
pub fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Dns => "DNS",
        Phase::Tcp => "TCP",
        Phase::Prelogin => "PRELOGIN",
        Phase::Tls => "TLS",
        Phase::Login => "LOGIN",
        Phase::FedAuth => "FEDAUTH",
        Phase::Query => "Query",
    }
}

/// Whose job it is, in words that follow `owner:`.
#[must_use]
pub fn owner(owner: Owner) -> &'static str {
    match owner {
        Owner::App => "application",
        Owner::Network => "network",
        Owner::Dba => "database administrator",
        Owner::Azure => "Microsoft",
        Owner::ThisHost => "this host",
        Owner::Nobody => "nobody",
    }
}

/// How sure it is.
#[must_use]
pub fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Possible => "possible",
        Confidence::Likely => "likely",
        Confidence::Proven => "proven",
    }
}

/// How much it matters.
#[must_use]
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "fine",
        Severity::Info => "worth knowing",
        Severity::Warning => "warning",
        Severity::Problem => "problem",
    }
}

/// What a run says in one word, as a label.
#[must_use]
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "No problem found",
        Outcome::Problem => "Problem found",
        Outcome::Inconclusive => "Inconclusive",
        Outcome::Interrupted => "Interrupted",
        Outcome::Cancelled => "Cancelled",
    }
}

/// The sign that always stands beside an outcome's colour.
#[must_use]
pub fn outcome_sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "✓",
        Outcome::Problem => "✕",
        Outcome::Inconclusive => "?",
        Outcome::Interrupted | Outcome::Cancelled => "–",
    }
}

/// Where a run is in its life.
#[must_use]
pub fn run_state(state: RunState) -> &'static str {
    match state {
        RunState::Queued => "waits for its agent",
        RunState::Running => "running",
        RunState::Completed => "completed",
        RunState::Cancelled => "cancelled",
        RunState::Interrupted => "interrupted",
    }
}

/// How a step stands.
#[must_use]
pub fn step_state(state: StepState) -> &'static str {
    match state {
        StepState::Running => "running",
        StepState::Ok => "ok",
        StepState::Failed => "failed",
        StepState::Skipped => "not tried",
    }
}

/// The sign that stands beside a step's state.
#[must_use]
pub fn step_sign(state: StepState) -> &'static str {
    match state {
        StepState::Running => "…",
        StepState::Ok => "✓",
        StepState::Failed => "✕",
        StepState::Skipped => "–",
    }
}

/// A peer's text on one line, bounded, with every control, bidirectional or invisible character replaced.
#[must_use]
pub fn one_line(text: &str, most: usize) -> String {
    let mut line: String = text
        .chars()
        .take(most)
        .map(|c| {
            let odd = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{61c}' | '\u{feff}');
            if c.is_whitespace() && c != '\u{2028}' && c != '\u{2029}' {
                ' '
            } else if c.is_control() || odd {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect();
    if text.chars().nth(most).is_some() {
        line.push('…');
    }
    line
}

/// Several things in one sentence: `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [many @ .., last] => format!("{} and {last}", many.join(", ")),
    }
}

/// The text with its first letter in upper case, as at the start of a sentence.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::{list, one_line};

    #[test]
    fn a_peer_s_text_stays_on_its_line() {
        assert_eq!(
            one_line("a\r\nb\u{1b}[31m\u{202e}c", 50),
            "a  b\u{fffd}[31m\u{fffd}c"
        );
        assert_eq!(one_line("abcdef", 3), "abc…");
        assert_eq!(one_line("abc", 3), "abc");
    }

    #[test]
    fn lists_read_as_sentences() {
        let of = |n: usize| list(&["a", "b", "c"].map(String::from)[..n]);
        assert_eq!(
            [of(0), of(1), of(2), of(3)],
            ["", "a", "a and b", "a, b and c"]
        );
    }
}
