//! The transcript, in the order that support engineers know: what was asked for, this host, names, gateways,
//! sign-in addresses, logins, further attempts, then summary and recommended actions. The verdict comes first.

use crate::escape::plain;
use crate::report::connections::Connections;
use crate::report::sections::{self, Section};
use crate::report::{case, each, facts, heading, lines, names, summary};
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

/// All that one pass over the log gathers.
#[derive(Default)]
struct Gathered {
    seen: BTreeMap<StepId, Seen>,
    others: Vec<String>,
    connections: Connections,
    names: names::Compared,
    case: case::Facts,
}

/// Verdict, parameters, every step with its attempts and facts, summary, actions.
pub(crate) fn write(out: &mut dyn Write, run: &RunView, log: &dyn Log) -> Result<(), Error> {
    head(out, run)?;
    let gathered = gather(run, log)?;
    writeln!(out, "PARAMETERS")?;
    for (label, value) in heading::parameters(run) {
        writeln!(out, "  {label:<36} {}", plain(&value))?;
    }
    let places = sections::places(&run.steps);
    for section in Section::ALL {
        let mine = |step: &&Step| places.get(&step.id) == Some(&section);
        let steps: Vec<&Step> = run.steps.iter().filter(mine).collect();
        if steps.is_empty() && section != Section::Advanced {
            continue;
        }
        writeln!(out, "\n{}", section.title())?;
        for one in steps {
            step(out, run, one, gathered.seen.get(&one.id))?;
        }
        match section {
            Section::Names => gathered.names.write(out)?,
            Section::Advanced => gathered.connections.write(out, run)?,
            Section::Writes => super::writes::pattern(out, run)?,
            _ => {}
        }
    }
    writeln!(out, "\nTHE RUN ITSELF")?;
    for line in &gathered.others {
        writeln!(out, "{line}")?;
    }
    writeln!(out)?;
    summary::write(out, run)?;
    summary::write_actions(out, run)?;
    writeln!(out, "FOR A SUPPORT CASE:\n  {}", gathered.case.text(run))?;
    Ok(())
}

fn gather(run: &RunView, log: &dyn Log) -> Result<Gathered, Error> {
    let mut all = Gathered::default();
    each(run, log, &mut |event| {
        all.connections.see(event);
        all.names.see(run, event);
        all.case.see(event);
        match &event.body {
            EventBody::Observed {
                step,
                attempt,
                observation,
            } => {
                let seen = all.seen.entry(*step).or_default();
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
            body if body.step().is_none() => all.others.extend(lines::event(event)),
            _ => {}
        }
        Ok(())
    })?;
    Ok(all)
}

/// A step, its attempts and its facts.
fn step(out: &mut dyn Write, run: &RunView, step: &Step, seen: Option<&Seen>) -> Result<(), Error> {
    let indent = "  ".repeat(1 + depth(&run.steps, step));
    writeln!(out, "{indent}{}", lines::step(step))?;
    for attempt in &step.attempts {
        writeln!(out, "{indent}    {}", lines::attempt(attempt))?;
    }
    let Some(seen) = seen else { return Ok(()) };
    for line in &seen.lines {
        writeln!(out, "{indent}    {line}")?;
    }
    if seen.left_out > 0 {
        let more = seen.left_out;
        writeln!(
            out,
            "{indent}    and {more} more, in AdvancedTests_FullLog.txt"
        )?;
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

/// Which run, and its verdict.
pub(crate) fn head(out: &mut dyn Write, run: &RunView) -> Result<(), Error> {
    writeln!(out, "Linecheck: {}\n", plain(&heading::title(run)))?;
    match &run.verdict {
        Some(verdict) => finding(out, "Verdict", verdict)?,
        None => writeln!(out, "Verdict: none yet, the run has not settled\n")?,
    }
    for (label, value) in heading::rows(run) {
        writeln!(out, "{label:<10} {}", plain(&value))?;
    }
    writeln!(out)?;
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
