//! The transcript: heading, verdict, findings, then every step with its attempts and facts.

use crate::escape::plain;
use crate::report::{each, facts, heading, lines};
use crate::{Error, Log};
use model::{EventBody, Finding, RunView, Step, StepId};
use rules::words;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Facts kept for one step; a step that saw more says so. The full log has them all.
const LINES_PER_STEP: usize = 400;

/// The facts of one step, with those that were left out.
#[derive(Default)]
struct Seen {
    lines: Vec<String>,
    left_out: usize,
}

/// Heading, verdict, findings, then every step with its attempts and facts.
pub(crate) fn write(out: &mut dyn Write, run: &RunView, log: &dyn Log) -> Result<(), Error> {
    head(out, run)?;
    let mut seen: BTreeMap<StepId, Seen> = BTreeMap::new();
    let mut others = Vec::new();
    each(run, log, &mut |event| {
        match &event.body {
            EventBody::Observed {
                step,
                attempt,
                observation,
            } => {
                let seen = seen.entry(*step).or_default();
                let at = event.elapsed_us.map_or(String::new(), lines::clock);
                let of = attempt.map_or(String::new(), |number| format!(" (attempt {number})"));
                for line in facts::lines(observation) {
                    if seen.lines.len() < LINES_PER_STEP {
                        seen.lines.push(format!("{at}{of} {line}"));
                    } else {
                        seen.left_out += 1;
                    }
                }
            }
            body if body.step().is_none() => others.extend(lines::event(event)),
            _ => {}
        }
        Ok(())
    })?;
    writeln!(out, "Steps")?;
    for step in &run.steps {
        let indent = "  ".repeat(1 + depth(&run.steps, step));
        writeln!(out, "{indent}{}", lines::step(step))?;
        for attempt in &step.attempts {
            writeln!(out, "{indent}    {}", lines::attempt(attempt))?;
        }
        if let Some(seen) = seen.get(&step.id) {
            for line in &seen.lines {
                writeln!(out, "{indent}    {line}")?;
            }
            if seen.left_out > 0 {
                writeln!(
                    out,
                    "{indent}    and {} more, in AdvancedTests_FullLog.txt",
                    seen.left_out
                )?;
            }
        }
    }
    writeln!(out, "\nThe run itself")?;
    for line in others {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// How deep a step stands in the tree. Parents come before children; anything else ends the climb.
pub(crate) fn depth(steps: &[Step], step: &Step) -> usize {
    let (mut depth, mut id, mut parent) = (0, step.id, step.parent);
    while let Some(above) = parent.filter(|above| *above < id) {
        depth += 1;
        id = above;
        parent = steps
            .iter()
            .find(|other| other.id == above)
            .and_then(|other| other.parent);
    }
    depth
}

/// Which run, its verdict and its findings.
pub(crate) fn head(out: &mut dyn Write, run: &RunView) -> Result<(), Error> {
    writeln!(out, "Linecheck: {}\n", plain(&heading::title(run)))?;
    for (label, value) in heading::rows(run) {
        writeln!(out, "{label:<10} {}", plain(&value))?;
    }
    writeln!(out)?;
    match &run.verdict {
        Some(verdict) => finding(out, "Verdict", verdict)?,
        None => writeln!(out, "Verdict: none yet, the run has not settled\n")?,
    }
    let verdict = run.verdict.as_ref();
    for other in run.findings.iter().filter(|other| Some(*other) != verdict) {
        finding(out, "Finding", other)?;
    }
    Ok(())
}

fn finding(out: &mut dyn Write, label: &str, finding: &Finding) -> Result<(), Error> {
    writeln!(
        out,
        "{label}: {}\n  {}, {}, owner: {}, code {}",
        plain(&finding.title),
        words::severity(finding.severity),
        words::confidence(finding.confidence),
        words::owner(finding.owner),
        plain(&finding.code)
    )?;
    writeln!(out, "  {}", plain(&finding.explanation))?;
    for (place, advice) in finding.recommendation.iter().enumerate() {
        writeln!(out, "  {}. {}", place + 1, plain(advice))?;
    }
    writeln!(out, "  Evidence: events {}", numbers(&finding.evidence))?;
    for link in &finding.links {
        writeln!(out, "  {}: {}", plain(&link.title), plain(&link.url))?;
    }
    writeln!(out)?;
    Ok(())
}

/// `1, 2, 5`.
pub(crate) fn numbers(seqs: &[u64]) -> String {
    let texts: Vec<String> = seqs.iter().map(ToString::to_string).collect();
    texts.join(", ")
}
