//! Writes that were cut off, and what a run made on the server, as lines of plain text.

use crate::Error;
use crate::escape::plain;
use model::lasting::{CutMoment, OddWrite, PlannedStatement, WriteCount, WriteRound, WriteWay};
use model::{ObjectFact, ObjectState, RunView};
use rules::words::{cut_moment, duration, statement_does, write_way};
use std::fmt::Write;

/// How a person's own code does a write once.
pub(super) fn pattern(out: &mut dyn Write, run: &RunView) -> Result<(), Error> {
    if run.options.lasting.tracked_writes.is_none() {
        return Ok(());
    }
    for (title, text) in [
        (
            "The pattern for your own code, on the server:",
            rules::WRITE_PATTERN_SQL,
        ),
        ("And in the client:", rules::WRITE_PATTERN_CLIENT),
    ] {
        writeln!(out, "\n  {title}")?;
        for line in text.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

pub(super) fn statement(statement: &PlannedStatement) -> Vec<String> {
    let place = match &statement.server {
        None => String::new(),
        Some(server) => format!(" on {}", plain(server)),
    };
    let mut lines = vec![format!("T-SQL{place} that {}:", statement_does(statement))];
    lines.extend(
        statement
            .sql
            .lines()
            .map(|line| format!("    {}", plain(line))),
    );
    lines
}

pub(super) fn object(fact: &ObjectFact) -> Vec<String> {
    let object = &fact.object;
    let state = match fact.state {
        ObjectState::Announced => "is about to be made",
        ObjectState::Made => "is made",
        ObjectState::NotOurs => "was there before, and is left alone",
        ObjectState::Gone => "is gone, as the catalog says",
        ObjectState::Left => "is still there",
        ObjectState::Unknown => "is in a state that this version does not know",
    };
    let mut line = format!("{} {} {state}", plain(&object.kind), plain(&object.name));
    if let Some(why) = &fact.why {
        line += &format!(": {}", plain(why));
    }
    let mut lines = vec![line];
    if fact.state == ObjectState::Left {
        lines.push(format!("    {}", plain(&object.drop)));
    }
    lines
}

fn place(moment: CutMoment, way: WriteWay) -> String {
    format!("cut {}, {}", cut_moment(moment), write_way(way))
}

pub(super) fn round(round: &WriteRound) -> Vec<String> {
    let WriteRound {
        moment,
        way,
        operations,
        known,
        reissued,
        refused_by_key,
        unsettled,
        elapsed_us,
    } = round;
    let mut line = format!(
        "{}: {operations} operations, {reissued} done again",
        place(*moment, *way)
    );
    if *way == WriteWay::Tracked {
        line += &format!(", {known} known to the tracker, {refused_by_key} refused by its key");
    }
    if *unsettled > 0 {
        line += &format!(", {unsettled} given up");
    }
    vec![format!("{line}, in {}", duration(*elapsed_us))]
}

pub(super) fn count(count: &WriteCount) -> Vec<String> {
    let WriteCount {
        moment,
        way,
        operations,
        once,
        lost,
        doubled,
        unknown,
    } = count;
    vec![format!(
        "{}: of {operations} operations the database holds {once} once, {lost} lost, {doubled} doubled, {unknown} unknown",
        place(*moment, *way)
    )]
}

pub(super) fn odd(write: &OddWrite) -> Vec<String> {
    let times = match write.times {
        None => "unknown".to_owned(),
        Some(0) => "lost".to_owned(),
        Some(times) => format!("done {times} times"),
    };
    let id = write.id.map_or(String::new(), |id| format!(", id {id}"));
    vec![format!(
        "operation {}{id}, {}: {times}",
        write.operation,
        place(write.moment, write.way)
    )]
}
