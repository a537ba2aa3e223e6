//! SUMMARY and RECOMMENDED ACTION(S), with which the transcript ends: what support engineers look for first.

use crate::escape::plain;
use crate::report::transcript::numbers;
use model::{Finding, RunView, Severity, Step, StepKind, StepState};
use rules::words;
use std::fmt::{self, Write};

/// What was found of each step that reached for something, then what it means.
pub(crate) fn write(out: &mut dyn Write, run: &RunView) -> fmt::Result {
    writeln!(out, "SUMMARY:")?;
    for step in run.steps.iter().filter(|step| is_told(step)) {
        writeln!(out, "  {}", line(step))?;
    }
    for finding in &run.findings {
        writeln!(
            out,
            "  [{}] {}",
            words::severity(finding.severity),
            plain(&finding.title)
        )?;
        writeln!(
            out,
            "    {} ({}, code {}, events {})",
            plain(&finding.explanation),
            words::confidence(finding.confidence),
            plain(&finding.code),
            numbers(&finding.evidence)
        )?;
    }
    if run.findings.is_empty() {
        writeln!(out, "  Nothing was found yet.")?;
    }
    writeln!(out)
}

fn is_told(step: &Step) -> bool {
    // A hosts file names few hosts.
    let not_pinned = step.kind == StepKind::DnsLookup
        && step.subject.source.as_deref() == Some("hosts_file")
        && step.state == StepState::Failed;
    step.state != StepState::Skipped
        && !not_pinned
        && !matches!(
            step.kind,
            StepKind::HostFacts
                | StepKind::TdsRedirect
                | StepKind::NetworkTrace
                | StepKind::Unknown
        )
}

fn line(step: &Step) -> String {
    let mut line = format!(
        "{}: {}",
        plain(&words::step_title(step)),
        words::step_state(step.state)
    );
    if let Some(elapsed) = step.elapsed_us {
        line += &format!(" after {}", words::duration(elapsed));
    }
    if let Some(code) = &step.code {
        line += &format!(", {}", plain(&words::code_sentence(code)));
    }
    line
}

/// What to do, the verdict's part first, each with whose job it is.
pub(crate) fn write_actions(out: &mut dyn Write, run: &RunView) -> fmt::Result {
    writeln!(out, "RECOMMENDED ACTION(S):")?;
    let verdict = run.verdict.as_ref();
    let others = run.findings.iter().filter(|one| {
        Some(*one) != verdict && one.severity > Severity::Ok && !one.recommendation.is_empty()
    });
    let mut number = 0;
    for finding in verdict.into_iter().chain(others) {
        number += 1;
        action(out, number, finding)?;
    }
    if number == 0 {
        writeln!(out, "  None yet: the run has not settled.")?;
    }
    writeln!(out)
}

fn action(out: &mut dyn Write, number: usize, finding: &Finding) -> fmt::Result {
    writeln!(
        out,
        "  {number}. {} (for: {})",
        plain(&finding.title),
        words::owner(finding.owner)
    )?;
    for advice in &finding.recommendation {
        writeln!(out, "     - {}", plain(advice))?;
    }
    for link in &finding.links {
        writeln!(out, "     {}: {}", plain(&link.title), plain(&link.url))?;
    }
    Ok(())
}
