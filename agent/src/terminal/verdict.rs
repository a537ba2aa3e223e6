//! The answer, for a person: the verdict first, then what it rests on, what to do, whose job it is.

use super::style::Style;
use bundle::escape::plain;
use bundle::report::event_lines;
use model::{Finding, Outcome, RunEvent, RunView};
use rules::words;

/// Events of one finding whose lines are shown; the numbers of the others stand in the reports.
const SHOWN_EVIDENCE: usize = 8;
/// Columns before the values.
const LABEL: usize = 14;

/// A run's answer. Safe in a terminal.
pub(crate) fn verdict(run: &RunView, events: &[RunEvent], style: Style) -> String {
    let outcome = run.outcome.unwrap_or(Outcome::Inconclusive);
    let mut out = String::from("\n");
    let word = format!(
        "{} {}",
        words::outcome_sign(outcome),
        words::outcome(outcome)
    );
    out.push_str(&format!("{}\n", style.outcome(outcome, &word)));
    let Some(verdict) = run.verdict.as_ref().or(run.findings.first()) else {
        return out;
    };
    out.push_str(&bold_block(style, &plain(&verdict.title)));
    out.push('\n');
    out.push_str(&style.wrap("", 2, &plain(&verdict.explanation)));
    if !verdict.recommendation.is_empty() {
        out.push_str(&format!("\n  {}\n", style.bold("What to do")));
        out.push_str(&advice(verdict, 2, style));
    }
    out.push('\n');
    for (label, value) in [
        ("Owner", words::owner(verdict.owner).to_owned()),
        (
            "Confidence",
            words::confidence(verdict.confidence).to_owned(),
        ),
        ("Finding", plain(&verdict.code)),
        ("Run", which(run)),
    ] {
        out.push_str(&style.wrap(&format!("  {label}"), LABEL, &value));
    }
    out.push_str(&evidence(run, verdict, events, style));
    for (place, link) in verdict.links.iter().enumerate() {
        let label = if place == 0 { "  Read more" } else { "" };
        out.push_str(&style.wrap(label, LABEL, &plain(&link.title)));
        out.push_str(&format!("{:LABEL$}{}\n", "", plain(&link.url)));
    }
    let others = run.findings.iter().filter(|other| *other != verdict);
    for (place, other) in others.enumerate() {
        if place == 0 {
            out.push_str(&format!("\n{}\n", style.bold("Also found")));
        }
        out.push_str(&beside(other, style));
    }
    out
}

fn beside(finding: &Finding, style: Style) -> String {
    let severity = words::severity(finding.severity);
    let head = format!(
        "{}: {}",
        style.severity(finding.severity, severity),
        plain(&finding.title)
    );
    let mut out = style.wrap("  •", 4, &head);
    out.push_str(&style.wrap("", 4, &plain(&finding.explanation)));
    out.push_str(&advice(finding, 4, style));
    let facts = format!(
        "owner: {}, {}, {}",
        words::owner(finding.owner),
        words::confidence(finding.confidence),
        plain(&finding.code)
    );
    out.push_str(&format!("    {}\n", style.dim(&facts)));
    out
}

fn advice(finding: &Finding, indent: usize, style: Style) -> String {
    finding
        .recommendation
        .iter()
        .zip(1..)
        .map(|(advice, number)| {
            let first = format!("{:indent$}{number}.", "");
            style.wrap(&first, indent + 3, &plain(advice))
        })
        .collect()
}

/// Its id and when it was asked for.
fn which(run: &RunView) -> String {
    format!(
        "{}, {}",
        run.id,
        run.created_at.format("%Y-%m-%d %H:%M:%S UTC")
    )
}

/// The events that a finding rests on, in the words of the reports, each with its step's title.
fn evidence(run: &RunView, finding: &Finding, events: &[RunEvent], style: Style) -> String {
    let numbers: Vec<String> = finding.evidence.iter().map(ToString::to_string).collect();
    let mut out = style.wrap(
        "  Evidence",
        LABEL,
        &format!("events {}", numbers.join(", ")),
    );
    let mut before = None;
    for seq in finding.evidence.iter().take(SHOWN_EVIDENCE) {
        let place = usize::try_from(seq.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(event) = events.get(place).filter(|event| event.seq == *seq) else {
            continue;
        };
        let again = before == event.body.step();
        before = event.body.step();
        for (place, line) in event_lines(event).iter().enumerate() {
            let number = match place {
                0 => seq.to_string(),
                _ => String::new(),
            };
            let first = format!("{:LABEL$}{number:>4}", "");
            let line = titled(run, event, line, again || place > 0);
            out.push_str(&style.wrap(&first, LABEL + 6, &line));
        }
    }
    out
}

/// A line of the reports, which name a step by its number, with the step's title: once.
fn titled(run: &RunView, event: &RunEvent, line: &str, again: bool) -> String {
    let step = event.body.step();
    let step = step.and_then(|id| run.steps.iter().find(|step| step.id == id));
    let rest = step.and_then(|step| line.strip_prefix(&format!("[{}] ", step.id)));
    match (step, rest) {
        (Some(_), Some(rest)) if again => format!("… {rest}"),
        (Some(step), Some(rest)) => format!("{}: {rest}", plain(&words::step_title(step))),
        _ => line.to_owned(),
    }
}

/// A bold text; each of its lines is styled by itself, so that a pager that cuts lines keeps it bold.
fn bold_block(style: Style, text: &str) -> String {
    style
        .wrap("", 2, text)
        .lines()
        .map(|line| {
            let words = line.trim_start();
            let indent = line.len() - words.len();
            format!("{:indent$}{}\n", "", style.bold(words))
        })
        .collect()
}
