//! The report as Markdown.

use crate::escape::markdown as escape;
use crate::lasting::{Lasting, Table};
use crate::report::{case, each, heading, lines, transcript::numbers};
use crate::{Error, Log};
use model::{Finding, RunView};
use rules::words;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Events cited by one finding whose lines are shown; the numbers of the others stand beside them.
pub(crate) const SHOWN_EVIDENCE: usize = 12;

/// Verdict first, then findings with the events they rest on, what lasts, steps, and the case text.
///
/// # Errors
/// When the log cannot be read, or the receiving end cannot take it.
pub fn write(out: &mut dyn Write, run: &RunView, log: &dyn Log) -> Result<(), Error> {
    let Gathered {
        evidence,
        case,
        lasting,
    } = gather(run, log)?;
    writeln!(out, "# {}\n", escape(&heading::title(run)))?;
    match &run.verdict {
        Some(verdict) => finding(out, "##", verdict, &evidence)?,
        None => writeln!(out, "No verdict yet: the run has not settled.\n")?,
    }
    writeln!(out, "## Run\n\n| | |\n|---|---|")?;
    for (label, value) in heading::rows(run) {
        writeln!(out, "| {label} | {} |", escape(&value))?;
    }
    driver(out, run)?;
    let others: Vec<&Finding> = run
        .findings
        .iter()
        .filter(|one| Some(*one) != run.verdict.as_ref())
        .collect();
    if !others.is_empty() {
        writeln!(out, "\n## Also found\n")?;
        for other in others {
            finding(out, "###", other, &evidence)?;
        }
    }
    for table in lasting.all_tables() {
        self::table(out, &table)?;
    }
    pattern(out, run)?;
    writeln!(
        out,
        "\n## Steps\n\n| Start | Step | | Time | |\n|---:|---|---|---:|---|"
    )?;
    for step in &run.steps {
        writeln!(
            out,
            "| {} | {} | {} {} | {} | {} |",
            lines::clock(step.started_us),
            escape(&words::step_title(step)),
            words::step_sign(step.state),
            words::step_state(step.state),
            step.elapsed_us.map_or(String::new(), words::duration),
            step.code
                .as_ref()
                .map_or(String::new(), |code| escape(&words::code_sentence(code)))
        )?;
    }
    writeln!(out, "\n## For a support case\n\n{}", escape(&case))?;
    Ok(())
}

/// What lasts, as the page draws it.
fn table(out: &mut dyn Write, table: &Table) -> Result<(), Error> {
    writeln!(out, "\n## {}\n", escape(table.title))?;
    if !table.told.is_empty() {
        writeln!(out, "{}\n", escape(&table.told))?;
    }
    write!(out, "|")?;
    for name in &table.head {
        write!(out, " {} |", escape(name))?;
    }
    write!(out, "\n|")?;
    for column in 0..table.head.len() {
        let rule = if table.is_num(column) { "---:" } else { "---" };
        write!(out, "{rule}|")?;
    }
    for row in &table.rows {
        write!(out, "\n|")?;
        for cell in row {
            write!(out, " {} |", escape(&cell.line()))?;
        }
    }
    writeln!(out)?;
    for note in table.sentences() {
        writeln!(out, "\n{}", escape(note))?;
    }
    Ok(())
}

/// How a person's own code does a write once, where a run practised it.
fn pattern(out: &mut dyn Write, run: &RunView) -> Result<(), Error> {
    if run.options.lasting.tracked_writes.is_none() {
        return Ok(());
    }
    writeln!(
        out,
        "\n## Writes that happen once\n\nThe server's side, to adapt:\n\n```sql\n{}```\n\nThe client's:\n\n```text\n{}```",
        rules::WRITE_PATTERN_SQL,
        rules::WRITE_PATTERN_CLIENT
    )?;
    Ok(())
}

/// The pasted connection string put right, and what its driver would have done.
fn driver(out: &mut dyn Write, run: &RunView) -> Result<(), Error> {
    let Some(advice) = rules::driver_advice(&run.target, &run.login, &run.options.driver) else {
        return Ok(());
    };
    writeln!(
        out,
        "\n## Connection string\n\nPasted as {}; as it should be:\n",
        advice.was
    )?;
    for line in advice.corrected.text.lines() {
        writeln!(out, "    {}", crate::escape::plain(line))?;
    }
    writeln!(out)?;
    for change in &advice.corrected.changes {
        writeln!(out, "- {}", escape(change.text))?;
    }
    for one in &advice.behaviours {
        writeln!(out, "\n### {}\n", escape(one.driver))?;
        for sentence in &one.sentences {
            writeln!(out, "- {}", escape(sentence))?;
        }
        let (title, url) = one.source;
        writeln!(out, "- [{}](<{}>)", escape(title), link_target(url))?;
    }
    Ok(())
}

/// What a report needs of the log.
pub(crate) struct Gathered {
    /// Lines of the events that findings cite.
    pub(crate) evidence: BTreeMap<u64, Vec<String>>,
    /// The case text.
    pub(crate) case: String,
    /// What lasts.
    pub(crate) lasting: Lasting,
}

/// In one pass over the log.
pub(crate) fn gather(run: &RunView, log: &dyn Log) -> Result<Gathered, Error> {
    let mut evidence: BTreeMap<u64, Vec<String>> = run
        .findings
        .iter()
        .chain(&run.verdict)
        .flat_map(|finding| finding.evidence.iter().take(SHOWN_EVIDENCE))
        .map(|seq| (*seq, Vec::new()))
        .collect();
    let mut case = case::Facts::default();
    let mut lasting = Lasting::default();
    each(run, log, &mut |event| {
        if let Some(lines) = evidence.get_mut(&event.seq) {
            *lines = lines::event(event);
        }
        case.see(event);
        lasting.take(event);
        Ok(())
    })?;
    Ok(Gathered {
        evidence,
        case: case.text(run),
        lasting,
    })
}

fn finding(
    out: &mut dyn Write,
    level: &str,
    finding: &Finding,
    evidence: &BTreeMap<u64, Vec<String>>,
) -> Result<(), Error> {
    writeln!(out, "{level} {}\n", escape(&finding.title))?;
    writeln!(
        out,
        "**{}** · {} · owner: {} · `{}`\n",
        words::severity(finding.severity),
        words::confidence(finding.confidence),
        words::owner(finding.owner),
        // Codes are ours; were one not, a back tick could end the span.
        crate::escape::plain(&finding.code).replace('`', "'")
    )?;
    writeln!(out, "{}\n", escape(&finding.explanation))?;
    for (place, advice) in finding.recommendation.iter().enumerate() {
        writeln!(out, "{}. {}", place + 1, escape(advice))?;
    }
    writeln!(out, "\nEvidence: events {}\n", numbers(&finding.evidence))?;
    for seq in finding.evidence.iter().take(SHOWN_EVIDENCE) {
        for line in evidence.get(seq).into_iter().flatten() {
            // Four spaces make code: nothing in it has a meaning, and every line is already one line.
            writeln!(out, "    {line}")?;
        }
    }
    writeln!(out)?;
    for link in &finding.links {
        writeln!(
            out,
            "- [{}](<{}>)",
            escape(&link.title),
            link_target(&link.url)
        )?;
    }
    writeln!(out)?;
    Ok(())
}

/// Only `https` addresses become links; what could end one is percent-encoded.
pub(crate) fn link_target(url: &str) -> String {
    if !url.starts_with("https://") {
        return "https://invalid.example/".to_owned();
    }
    url.chars()
        .flat_map(|letter| {
            if letter.is_ascii_graphic() && !"<>\"'`()\\".contains(letter) {
                vec![letter]
            } else {
                letter
                    .to_string()
                    .bytes()
                    .flat_map(|byte| format!("%{byte:02X}").chars().collect::<Vec<_>>())
                    .collect()
            }
        })
        .collect()
}
