//! The run's connections, each with the id that Microsoft support asks for, its clocks and its end: picked from
//! the log as it goes by.
//!
//! ```text
//! trace_id (endpoint, local) ──▶ connection ◀── closed (endpoint, local), which names step and attempt
//!                                     ▲
//! errors, routing, login_ack ─────────┘ by step and attempt
//! ```

use crate::escape::plain;
use crate::report::heading::utc;
use crate::report::{facts, lines};
use chrono::{DateTime, Utc};
use model::{Closing, EventBody, Observation, Phase, RunEvent, RunView, StepId};
use rules::words::{self, duration};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Connections that are shown one by one.
const MOST: usize = 300;
/// Words of the server that are shown for one connection.
const MOST_WORDS: usize = 20;

type Place = (StepId, Option<u32>);

/// A connection that was opened to speak TDS.
struct Connection {
    at: DateTime<Utc>,
    trace: Option<(String, String)>,
    endpoint: String,
    local: String,
    place: Place,
    closing: Option<Closing>,
}

/// What is known of all of them.
#[derive(Default)]
pub(crate) struct Connections {
    all: Vec<Connection>,
    left_out: usize,
    /// What the server answered, by where it was seen.
    answers: BTreeMap<Place, Vec<String>>,
}

impl Connections {
    pub(crate) fn see(&mut self, event: &RunEvent) {
        let EventBody::Observed {
            step,
            attempt,
            observation,
        } = &event.body
        else {
            return;
        };
        let place = (*step, *attempt);
        match observation {
            Observation::TraceId {
                connection_id,
                activity_id,
                at,
                endpoint,
                local,
            } => self.add(Connection {
                at: *at,
                trace: Some((connection_id.clone(), activity_id.clone())),
                endpoint: endpoint.clone(),
                local: local.clone(),
                place,
                closing: None,
            }),
            Observation::Closed(closing) => self.close(event.at, place, closing),
            Observation::ServerError(_)
            | Observation::LoginAck { .. }
            | Observation::Routing(_)
            | Observation::FedAuthInfo { .. }
            | Observation::OddToken { .. } => {
                let answers = self.answers.entry(place).or_default();
                if answers.len() < MOST_WORDS {
                    answers.extend(facts::lines(observation));
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, connection: Connection) {
        if self.all.len() < MOST {
            self.all.push(connection);
        } else {
            self.left_out += 1;
        }
    }

    fn close(&mut self, at: DateTime<Utc>, place: Place, closing: &Closing) {
        let same = |one: &&mut Connection| {
            one.closing.is_none() && one.endpoint == closing.endpoint && one.local == closing.local
        };
        match self.all.iter_mut().rfind(same) {
            Some(connection) => {
                connection.place = place;
                connection.closing = Some(closing.clone());
            }
            None => self.add(Connection {
                at,
                trace: None,
                endpoint: closing.endpoint.clone(),
                local: closing.local.clone(),
                place,
                closing: Some(closing.clone()),
            }),
        }
    }

    /// One block each, in the order they were opened.
    pub(crate) fn write(&self, out: &mut dyn Write, run: &RunView) -> fmt::Result {
        if self.all.is_empty() {
            writeln!(out, "No connection got as far as PRELOGIN.")?;
        }
        for (number, one) in self.all.iter().enumerate() {
            self.write_one(out, run, number + 1, one)?;
        }
        if self.left_out > 0 {
            let more = self.left_out;
            writeln!(out, "and {more} more, in AdvancedTests_FullLog.txt")?;
        }
        Ok(())
    }

    fn write_one(
        &self,
        out: &mut dyn Write,
        run: &RunView,
        number: usize,
        one: &Connection,
    ) -> fmt::Result {
        writeln!(
            out,
            "Connection {number}: {} from {} at {}",
            plain(&one.endpoint),
            plain(&one.local),
            utc(one.at)
        )?;
        let (step, attempt) = one.place;
        if let Some(step) = run.steps.iter().find(|other| other.id == step) {
            let title = plain(&words::step_title(step));
            let of = attempt.map_or(String::new(), |number| format!(", attempt {number}"));
            writeln!(out, "  [{}] {title}{of}", step.id)?;
        }
        match &one.trace {
            Some((connection, activity)) => writeln!(
                out,
                "  TRACEID {} (activity {})",
                plain(connection),
                plain(activity)
            )?,
            None => writeln!(out, "  no TRACEID: PRELOGIN was not sent")?,
        }
        if let Some(closing) = &one.closing {
            writeln!(out, "  {}", clocks(closing))?;
            let slow = prelogin_and_tls(closing);
            if slow > run.options.slow_phase_ms.saturating_mul(1_000) {
                writeln!(
                    out,
                    "  WARNING: PRELOGIN and TLS took {} together; under {} is usual",
                    duration(slow),
                    duration(run.options.slow_phase_ms.saturating_mul(1_000))
                )?;
            }
        }
        for answer in self.answers.get(&one.place).into_iter().flatten() {
            writeln!(out, "  {answer}")?;
        }
        if let Some(closing) = &one.closing {
            // Its clocks stand above.
            let end = Closing {
                phases: Vec::new(),
                ..closing.clone()
            };
            for line in facts::lines(&Observation::Closed(end)) {
                writeln!(out, "  {line}")?;
            }
        }
        Ok(())
    }
}

fn clocks(closing: &Closing) -> String {
    let clocks: Vec<String> = closing
        .phases
        .iter()
        .map(|time| {
            format!(
                "{} {} ({})",
                words::phase_name(time.phase),
                duration(time.elapsed_us),
                lines::clock(time.started_us)
            )
        })
        .collect();
    if clocks.is_empty() {
        "no phase was begun".to_owned()
    } else {
        clocks.join(", ")
    }
}

fn prelogin_and_tls(closing: &Closing) -> u64 {
    closing
        .phases
        .iter()
        .filter(|time| matches!(time.phase, Phase::Prelogin | Phase::Tls))
        .fold(0, |sum, time| sum.saturating_add(time.elapsed_us))
}
