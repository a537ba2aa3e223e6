//! Runs side by side: the same step of each in one row.
//!
//! A step is the same when it is of the same kind, in the same hop, about the same thing. Its row stands after
//! the row before it in the first run that has it, so rows stay where they are while runs go on.

use super::connect::span;
use super::tree::{Row, RowKey, rows};
use model::{FailureCode, Step, StepKind, StepState};
use rules::words::{duration, step_title};
use std::collections::BTreeSet;

/// What makes a step the same in several runs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    kind: StepKind,
    hop: u32,
    /// Host, port, endpoint and source, as words.
    subject: String,
    /// Of several alike in one run: which.
    number: usize,
}

/// A step as one run made it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Cell {
    pub(crate) state: StepState,
    pub(crate) code: Option<FailureCode>,
    /// How long, and of connects how many worked: `21–24 ms, 5 of 5`.
    pub(crate) text: String,
}

/// One step, in each run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Line {
    pub(crate) key: Key,
    pub(crate) depth: u8,
    pub(crate) title: String,
    /// By run; nothing where that run has no such step.
    pub(crate) cells: Vec<Option<Cell>>,
}

impl Line {
    /// The runs do not agree on how it ended. What a run that is not over has not done yet says nothing.
    pub(crate) fn differs(&self, over: &[bool]) -> bool {
        let mut ends = self.cells.iter().zip(over).filter_map(|(cell, over)| {
            let state = cell.as_ref().map(|cell| cell.state);
            let open = matches!(state, None | Some(StepState::Running)) && !over;
            (!open).then_some(state)
        });
        let first = ends.next();
        ends.any(|end| Some(end) != first)
    }
}

/// The steps of each run, in rows.
pub(crate) fn lines(runs: &[&[Step]]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (run, steps) in runs.iter().enumerate() {
        let mut before: Option<usize> = None;
        let mut seen: Vec<Key> = Vec::new();
        for (depth, step) in in_order(steps) {
            let key = key(step, &seen);
            seen.push(key.clone());
            let at = match lines.iter().position(|line| line.key == key) {
                Some(at) => at,
                None => {
                    let at = before.map_or(0, |before| before + 1);
                    let line = Line {
                        key,
                        depth,
                        title: title(step),
                        cells: vec![None; runs.len()],
                    };
                    lines.insert(at.min(lines.len()), line);
                    at
                }
            };
            before = Some(at);
            if let Some(cell) = lines.get_mut(at).and_then(|line| line.cells.get_mut(run)) {
                *cell = Some(self::cell(step));
            }
        }
    }
    lines
}

/// The steps as the tree of a run has them, none drawn together.
fn in_order(steps: &[Step]) -> impl Iterator<Item = (u8, &Step)> {
    let all: BTreeSet<_> = steps.iter().map(|step| step.id).collect();
    let find = |row: Row| match row.key {
        RowKey::Step(id) => {
            let step = steps.iter().find(|step| step.id == id)?;
            Some((step_depth(steps, step), step))
        }
        RowKey::Group(_) => None,
    };
    rows(steps, &all).into_iter().filter_map(find)
}

fn step_depth(steps: &[Step], step: &Step) -> u8 {
    let mut depth = 0;
    let mut parent = step.parent;
    while let Some(id) = parent.filter(|_| depth < 4) {
        depth += 1;
        parent = steps
            .iter()
            .find(|step| step.id == id)
            .and_then(|it| it.parent);
    }
    depth
}

fn key(step: &Step, seen: &[Key]) -> Key {
    let subject = &step.subject;
    let port = subject.port.map(|port| port.to_string());
    let parts = [&subject.host, &port, &subject.endpoint, &subject.source];
    let words: Vec<&str> = parts
        .into_iter()
        .map(|part| part.as_deref().unwrap_or_default())
        .collect();
    let mut key = Key {
        kind: step.kind,
        hop: step.hop,
        subject: words.join("\n"),
        number: 0,
    };
    while seen.contains(&key) {
        key.number += 1;
    }
    key
}

/// What is done, without how it went.
fn title(step: &Step) -> String {
    step_title(&Step {
        state: StepState::Skipped,
        attempts: Vec::new(),
        ..step.clone()
    })
}

fn cell(step: &Step) -> Cell {
    let worked = || {
        step.attempts
            .iter()
            .filter(|attempt| attempt.code.is_none())
    };
    let times = || worked().map(|attempt| attempt.elapsed_us);
    let over = matches!(step.state, StepState::Ok | StepState::Failed);
    let text = match (step.kind, times().min(), times().max()) {
        (StepKind::TcpConnect, Some(least), Some(most)) => {
            format!(
                "{}, {} of {}",
                span(least, most),
                worked().count(),
                step.attempts.len()
            )
        }
        (StepKind::TcpConnect, ..) if !step.attempts.is_empty() => {
            format!("0 of {}", step.attempts.len())
        }
        _ => {
            let elapsed = step.elapsed_us.filter(|_| over);
            elapsed.map(duration).unwrap_or_default()
        }
    };
    Cell {
        state: step.state,
        code: step.code.clone(),
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::Story;

    fn texts(lines: &[Line]) -> Vec<(&str, Vec<&str>)> {
        let cell = |cell: &Option<Cell>| match cell {
            None => "none",
            Some(cell) => rules::words::step_state(cell.state),
        };
        lines
            .iter()
            .map(|line| (line.title.as_str(), line.cells.iter().map(cell).collect()))
            .collect()
    }

    #[test]
    fn the_same_step_of_each_run_stands_in_one_row() {
        let one = Story::redirect_blocked().log();
        let mut half = crate::state::log::RunLog::default();
        for event in &one.events()[..6] {
            half.take(event.clone());
        }
        let lines = lines(&[one.steps(), half.steps()]);
        let ok = rules::words::step_state(StepState::Ok);
        let failed = rules::words::step_state(StepState::Failed);
        let running = rules::words::step_state(StepState::Running);
        let texts = texts(&lines);
        assert_eq!(texts.len(), one.steps().len());
        assert_eq!(texts[0].1, [ok, ok]);
        assert_eq!(
            texts[1],
            ("TCP connect to 20.61.99.193:1433", vec![ok, running])
        );
        assert_eq!(texts.last().expect("rows").1, [failed, "none"]);
        assert_eq!(
            lines[1].cells[0].as_ref().expect("a step").text,
            "21–24 ms, 5 of 5"
        );
        assert_eq!(lines.last().expect("rows").depth, 1);
        let differs = |line: usize, over| lines[line].differs(&[true, over]);
        assert!(!differs(0, true) && differs(1, true));
        assert!(!differs(1, false), "the other goes on");
    }

    #[test]
    fn a_step_of_one_run_only_stands_after_the_one_before_it() {
        let few = Story::many_addresses(2).log();
        let many = Story::many_addresses(5).log();
        let lines = lines(&[few.steps(), many.steps()]);
        let titles: Vec<_> = lines.iter().map(|line| line.title.as_str()).collect();
        let expected: Vec<_> = (1..=5)
            .map(|last| format!("TCP connect to 10.0.0.{last}:1433"))
            .collect();
        assert_eq!(titles, expected);
        assert_eq!(lines[4].cells[0], None);
        assert!(lines[4].cells[1].is_some());
    }

    #[test]
    fn two_alike_in_one_run_are_two_rows() {
        let log = Story::many_addresses(1).log();
        let twice = [log.steps()[0].clone(), log.steps()[0].clone()];
        let mut second = twice.clone();
        second[1].id = model::StepId(2);
        assert_eq!(lines(&[&second, log.steps()]).len(), 2);
    }
}
