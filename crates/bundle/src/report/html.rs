//! The report as one HTML file: no script, no other file, one `<style>` with the page's own tokens.

use crate::escape::html as escape;
use crate::lasting::{Table, Tone};
use crate::report::markdown::Gathered;
use crate::report::{heading, lines, markdown, transcript::numbers};
use crate::{Error, Log};
use model::{Finding, Outcome, RunView, Severity, StepState};
use rules::words;
use std::collections::BTreeMap;
use std::fmt::Write;

const STYLE: &str = include_str!("report.css");

/// Verdict first, then what the run was, findings with their evidence, what lasts, steps with attempts, the case text.
///
/// # Errors
/// When the log cannot be read, or the receiving end cannot take it.
pub fn write(out: &mut dyn Write, run: &RunView, log: &dyn Log) -> Result<(), Error> {
    let Gathered {
        evidence,
        case,
        lasting,
    } = markdown::gather(run, log)?;
    let title = escape(&heading::title(run));
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title} · Linecheck</title>\n<style>\n{STYLE}</style></head><body>\n<main>\n<h1>{title}</h1>\n"
    )?;
    match &run.verdict {
        Some(verdict) => {
            writeln!(
                out,
                "<section class=\"card verdict {}\" aria-label=\"Verdict\">",
                tone(verdict.severity)
            )?;
            let outcome = run.outcome.unwrap_or(Outcome::Inconclusive);
            writeln!(
                out,
                "<p><span class=\"tag\">{} {}</span></p>",
                words::outcome_sign(outcome),
                escape(words::outcome(outcome))
            )?;
            finding(out, 2, verdict, &evidence)?;
            writeln!(out, "</section>")?;
        }
        None => writeln!(
            out,
            "<section class=\"card\"><p>No verdict yet: the run has not settled.</p></section>"
        )?,
    }
    writeln!(out, "<section class=\"card\"><h2>Run</h2><dl>")?;
    for (label, value) in heading::rows(run) {
        writeln!(out, "<dt>{label}</dt><dd>{}</dd>", escape(&value))?;
    }
    writeln!(out, "</dl></section>")?;
    driver(out, run)?;
    for other in run
        .findings
        .iter()
        .filter(|one| Some(*one) != run.verdict.as_ref())
    {
        writeln!(out, "<section class=\"card {}\">", tone(other.severity))?;
        finding(out, 2, other, &evidence)?;
        writeln!(out, "</section>")?;
    }
    for table in lasting.all_tables() {
        self::table(out, &table)?;
    }
    pattern(out, run)?;
    steps(out, run)?;
    writeln!(
        out,
        "<section class=\"card\"><h2>For a support case</h2><p>{}</p></section>\n</main></body></html>",
        escape(&case)
    )?;
    Ok(())
}

/// What lasts, as the page draws it.
fn table(out: &mut dyn Write, table: &Table) -> Result<(), Error> {
    writeln!(
        out,
        "<section class=\"card\"><h2>{}</h2>",
        escape(table.title)
    )?;
    if !table.told.is_empty() {
        writeln!(out, "<p>{}</p>", escape(&table.told))?;
    }
    write!(out, "<div class=\"wide\"><table><thead><tr>")?;
    for (column, name) in table.head.iter().enumerate() {
        let class = if table.is_num(column) { "num" } else { "" };
        write!(
            out,
            "<th scope=\"col\" class=\"{class}\">{}</th>",
            escape(name)
        )?;
    }
    write!(out, "</tr></thead><tbody>")?;
    for row in &table.rows {
        write!(out, "<tr>")?;
        for cell in row {
            let class = match cell.tone {
                Tone::Num => "num",
                Tone::Ok => "ok",
                Tone::Bad => "bad",
                Tone::Warn => "warn",
                Tone::Idle => "muted",
                Tone::Plain => "",
            };
            write!(out, "<td class=\"{class}\">{}</td>", escape(&cell.line()))?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></div>")?;
    for note in table.sentences() {
        writeln!(out, "<p class=\"muted\">{}</p>", escape(note))?;
    }
    writeln!(out, "</section>")?;
    Ok(())
}

/// How a person's own code does a write once, where a run practised it.
fn pattern(out: &mut dyn Write, run: &RunView) -> Result<(), Error> {
    if run.options.lasting.tracked_writes.is_none() {
        return Ok(());
    }
    writeln!(
        out,
        "<section class=\"card\"><h2>Writes that happen once</h2><p>The server's side, to adapt:</p><pre>{}</pre>\
         <p>The client's:</p><pre>{}</pre></section>",
        escape(rules::WRITE_PATTERN_SQL),
        escape(rules::WRITE_PATTERN_CLIENT)
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
        "<section class=\"card\"><h2>Connection string</h2><p>Pasted as {}; as it should be:</p><pre>{}</pre><ul>",
        escape(advice.was),
        escape(&advice.corrected.text)
    )?;
    for change in &advice.corrected.changes {
        writeln!(out, "<li>{}</li>", escape(change.text))?;
    }
    writeln!(out, "</ul>")?;
    for one in &advice.behaviours {
        writeln!(out, "<h3>{}</h3><ul>", escape(one.driver))?;
        for sentence in &one.sentences {
            writeln!(out, "<li>{}</li>", escape(sentence))?;
        }
        let (title, url) = one.source;
        writeln!(
            out,
            "<li><a href=\"{}\" rel=\"noreferrer\">{}</a></li></ul>",
            escape(&markdown::link_target(url)),
            escape(title)
        )?;
    }
    writeln!(out, "</section>")?;
    Ok(())
}

fn steps(out: &mut dyn Write, run: &RunView) -> Result<(), Error> {
    writeln!(
        out,
        "<section class=\"card\"><h2>Steps</h2><div class=\"wide\"><table><thead><tr><th scope=\"col\">Start</th>\
         <th scope=\"col\">Step</th><th scope=\"col\">State</th><th scope=\"col\">Time</th><th scope=\"col\">Reason</th></tr></thead><tbody>"
    )?;
    for step in &run.steps {
        let reason = step
            .code
            .as_ref()
            .map_or(String::new(), |code| escape(&words::code_sentence(code)));
        writeln!(
            out,
            "<tr><td class=\"num\">{}</td><td>{}</td><td class=\"{}\">{} {}</td><td class=\"num\">{}</td><td>{reason}</td></tr>",
            lines::clock(step.started_us),
            escape(&words::step_title(step)),
            step_tone(step.state),
            words::step_sign(step.state),
            words::step_state(step.state),
            step.elapsed_us.map_or(String::new(), words::duration),
        )?;
        for attempt in step.attempts.iter().take(100) {
            writeln!(
                out,
                "<tr class=\"attempt\"><td></td><td colspan=\"4\">{}</td></tr>",
                // The line is plain already; only HTML's own characters are left to escape.
                escape(&lines::attempt(attempt))
            )?;
        }
    }
    writeln!(out, "</tbody></table></div></section>")?;
    Ok(())
}

fn finding(
    out: &mut dyn Write,
    level: u8,
    finding: &Finding,
    evidence: &BTreeMap<u64, Vec<String>>,
) -> Result<(), Error> {
    writeln!(
        out,
        "<h{level}>{}</h{level}>\n<p class=\"muted\">{} · {} · owner: {} · <code>{}</code></p>\n<p>{}</p>",
        escape(&finding.title),
        words::severity(finding.severity),
        words::confidence(finding.confidence),
        words::owner(finding.owner),
        escape(&finding.code),
        escape(&finding.explanation)
    )?;
    if !finding.recommendation.is_empty() {
        writeln!(out, "<ol>")?;
        for advice in &finding.recommendation {
            writeln!(out, "<li>{}</li>", escape(advice))?;
        }
        writeln!(out, "</ol>")?;
    }
    writeln!(
        out,
        "<details><summary>Evidence: events {}</summary><pre>",
        numbers(&finding.evidence)
    )?;
    for seq in finding.evidence.iter().take(markdown::SHOWN_EVIDENCE) {
        for line in evidence.get(seq).into_iter().flatten() {
            writeln!(out, "{}", escape(line))?;
        }
    }
    writeln!(out, "</pre></details>")?;
    for link in &finding.links {
        writeln!(
            out,
            "<p><a rel=\"noreferrer\" href=\"{}\">{}</a></p>",
            escape(&markdown::link_target(&link.url)),
            escape(&link.title)
        )?;
    }
    Ok(())
}

fn tone(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "ok",
        Severity::Info => "info",
        Severity::Warning => "warn",
        Severity::Problem => "bad",
    }
}

fn step_tone(state: StepState) -> &'static str {
    match state {
        StepState::Ok => "ok",
        StepState::Failed => "bad",
        StepState::Running | StepState::Skipped => "muted",
    }
}
