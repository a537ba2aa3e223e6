//! A decoded text, for a person: what happened, why that may be, and the run that tells the causes apart.

use super::style::Style;
use bundle::escape::plain;
use model::lasting::IdleLadder;
use model::{Confidence, Outcome};
use rules::decode::{Decoded, Ranked, Span, Suggestion, Trial};
use rules::words::{self, one_line};

/// Columns before the values.
const LABEL: usize = 14;
/// Longest stretch of the text that is repeated.
const LONGEST_QUOTE: usize = 160;
/// Causes of which everything is said; of the others the title.
const IN_FULL: usize = 3;

/// What a text means. Safe in a terminal.
pub(crate) fn decoded(decoded: &Decoded, style: Style) -> String {
    let mut out = String::from("\n");
    let Some(first) = decoded.causes.first() else {
        let outcome = style.outcome(
            Outcome::Inconclusive,
            "? Nothing that is known stands in this text",
        );
        out.push_str(&format!("{outcome}\n"));
        out.push_str(&numbers(decoded, style));
        out.push_str(&style.wrap(
            "",
            2,
            "Paste the whole exception, with its inner exceptions and its numbers.",
        ));
        return out;
    };
    let sign = match first.sure {
        Confidence::Possible => "? Possible",
        _ => "✕ Likely",
    };
    out.push_str(&format!("{}\n", style.outcome(Outcome::Problem, sign)));
    out.push_str(&style.wrap("", 2, &style.bold(first.cause.title)));
    out.push('\n');
    for (label, value) in decoded.facts() {
        let value = plain(&one_line(&value, 400));
        out.push_str(&style.wrap(&format!("  {label}"), LABEL, &value));
    }
    out.push_str(&format!("\n{}\n", style.bold("What happened")));
    for said in &decoded.said {
        out.push_str(&style.wrap("  •", 4, &said.sentence()));
        if let Some(place) = said.places.first() {
            out.push_str(&style.wrap("", 4, &style.dim(&quote(decoded, *place))));
        }
    }
    out.push_str(&numbers(decoded, style));
    out.push_str(&timings(decoded, style));
    out.push_str(&format!("\n{}\n", style.bold("Why that may be")));
    for (place, ranked) in decoded.causes.iter().enumerate() {
        out.push_str(&cause(place, ranked, style));
    }
    if let Some(run) = &decoded.run {
        out.push_str(&suggestion(run, style));
    }
    for note in decoded.notes() {
        out.push_str(&format!(
            "\n{}",
            style.wrap("  Note", LABEL, &style.dim(&note))
        ));
    }
    out
}

fn quote(decoded: &Decoded, place: Span) -> String {
    format!(
        "“{}”",
        plain(&one_line(decoded.quote(place), LONGEST_QUOTE))
    )
}

fn numbers(decoded: &Decoded, style: Style) -> String {
    let mut out = String::new();
    for number in &decoded.numbers {
        if out.is_empty() {
            out.push_str(&format!("\n{}\n", style.bold("Numbers")));
        }
        let value = plain(&number.value);
        out.push_str(&style.wrap(&format!("  {value}"), LABEL, &plain(&number.sentence())));
    }
    out
}

fn timings(decoded: &Decoded, style: Style) -> String {
    let mut out = String::new();
    for timing in &decoded.timings {
        if out.is_empty() {
            out.push_str(&format!("\n{}\n", style.bold("Times in the text")));
        }
        let time = words::duration(timing.ms.saturating_mul(1_000));
        out.push_str(&style.wrap(&format!("  {time}"), LABEL, timing.kind.name()));
    }
    out
}

fn cause(place: usize, ranked: &Ranked, style: Style) -> String {
    let cause = ranked.cause;
    let mut out = style.wrap(&format!("  {}.", place + 1), 5, &style.bold(cause.title));
    let facts = format!(
        "{}, owner: {}, {} {}",
        words::confidence(ranked.sure),
        words::owner(cause.owner),
        cause.id,
        cause.code
    );
    out.push_str(&style.wrap("", 5, &style.dim(&facts)));
    if place >= IN_FULL {
        return out;
    }
    for reason in &ranked.why {
        out.push_str(&style.wrap("     +", 7, &reason.says));
    }
    for against in &ranked.against {
        out.push_str(&style.wrap("     –", 7, against));
    }
    for advice in cause.advice {
        out.push_str(&style.wrap("     →", 7, advice));
    }
    out
}

fn suggestion(run: &Suggestion, style: Style) -> String {
    let mut out = format!("\n{}\n", style.bold("The run that tells them apart"));
    for part in &run.parts {
        out.push_str(&style.wrap("  •", 4, part.trial.shows()));
        out.push_str(&style.wrap("", 4, &style.dim(&part.causes.join(", "))));
    }
    for need in run.needs() {
        out.push_str(&style.wrap("", 2, &need));
    }
    out.push_str(&style.wrap("", 2, &plain(&command(run))));
    out
}

/// The command that makes it from here.
fn command(run: &Suggestion) -> String {
    let mut words = vec!["linecheck-agent check".to_owned()];
    words.push(format!(
        "--server {}",
        run.server.as_deref().unwrap_or("SERVER")
    ));
    if let Some(database) = run.database.as_deref().filter(|name| is_word(name)) {
        words.push(format!("--database {database}"));
    }
    for part in &run.parts {
        match part.trial {
            Trial::Logins(logins) => words.push(format!("--connection-attempts {logins}")),
            Trial::RedirectSample => words.push("--redirect-sample".to_owned()),
            Trial::Revocation => words.push("--revocation".to_owned()),
            Trial::SignInHosts => words.push("--sign-in-hosts".to_owned()),
            Trial::NetworkTrace => words.push("--network-trace".to_owned()),
            Trial::Ladder(to_ms) => {
                let rungs = IdleLadder::FULL_MS.iter().filter(|rung| **rung <= to_ms);
                let rungs: Vec<String> = rungs.map(|rung| format!("{}s", rung / 1_000)).collect();
                words.push(format!("--idle-ladder {}", rungs.join(",")));
            }
            Trial::Heartbeat => words.push("--heartbeat 5min".to_owned()),
            Trial::RetryLoop => words.push("--retry-loop 2min".to_owned()),
            Trial::DataFlow => words.push("--data-flow 1min".to_owned()),
            Trial::Capacity => words.push("--connections 100".to_owned()),
            Trial::Path => words.push("--path".to_owned()),
            Trial::Plain => {}
        }
    }
    words.join(" ")
}

/// Whether a shell takes it as it stands.
fn is_word(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::decoded;
    use crate::terminal::Style;
    use rules::decode::decode;

    #[test]
    fn a_text_is_explained() {
        let text = "Microsoft.Data.SqlClient.SqlException (0x80131904): A transport-level error has occurred when receiving \
                    results from the server. (provider: TCP Provider, error: 0 - An existing connection was forcibly closed \
                    by the remote host.)\nError Number:10054,State:0,Class:20\nServer=contoso.database.windows.net;Password=hunter2";
        let said = decoded(&decode(text), Style::PLAIN);
        for wanted in [
            "Microsoft.Data.SqlClient",
            "while a command was under way",
            "10054",
            "pool_dead_connection",
            "The run that tells them apart",
            "--server tcp:contoso.database.windows.net,1433",
            "--idle-ladder 30s,60s,120s,",
            "Secrets in the text: 1",
        ] {
            assert!(said.contains(wanted), "{wanted}: {said}");
        }
        assert!(!said.contains("hunter2"));
    }

    #[test]
    fn a_hostile_text_cannot_move_the_cursor() {
        let text = "Login failed for user '\u{1b}[2Jx'. Database 'a\u{1b}]0;b\u{7}' on server 'c\u{202e}d' (provider: \u{1b}[31m, error: 0";
        let said = decoded(&decode(text), Style::PLAIN);
        assert!(
            !said.chars().any(|c| c.is_control() && c != '\n') && !said.contains('\u{202e}'),
            "{said:?}"
        );
    }

    #[test]
    fn what_is_not_known_is_said_to_be_so() {
        assert!(decoded(&decode("hello"), Style::PLAIN).contains("Nothing that is known"));
    }
}
