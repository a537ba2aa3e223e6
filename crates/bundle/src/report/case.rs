//! One paragraph for a support case with Microsoft.

use crate::escape::plain;
use crate::report::heading::utc;
use model::{EventBody, Observation, RunEvent, RunView};

/// What support asks for, picked from the log as it goes by: of each the last, because that is where it ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    trace: Option<String>,
    route: Option<String>,
    closed: Option<String>,
    error: Option<String>,
}

impl Facts {
    pub(crate) fn see(&mut self, event: &RunEvent) {
        let EventBody::Observed { observation, .. } = &event.body else {
            return;
        };
        match observation {
            Observation::TraceId {
                connection_id,
                at,
                endpoint,
                local,
                ..
            } => {
                self.trace = Some(format!(
                    "TRACEID {} at {}, client address {}, gateway or node address {}",
                    plain(connection_id),
                    utc(*at),
                    plain(local),
                    plain(endpoint)
                ));
            }
            Observation::Routing(hop) => {
                self.route = Some(format!(
                    "The login was routed to {} port {}",
                    plain(&hop.host),
                    hop.port
                ));
            }
            Observation::ServerError(message) => {
                self.error = Some(format!(
                    "Error {}, state {}, class {}: {}",
                    message.number,
                    message.state,
                    message.class,
                    plain(&message.message)
                ));
            }
            Observation::Closed(closing) => {
                self.closed = Some(plain(&closing.local));
            }
            _ => {}
        }
    }

    pub(crate) fn text(&self, run: &RunView) -> String {
        let mut sentences = vec![format!(
            "Connecting to server {}, database {}, at {}",
            plain(&run.target.server),
            plain(&run.target.database),
            utc(run.started_at.unwrap_or(run.created_at))
        )];
        match (&self.trace, &self.closed) {
            (Some(trace), _) => sentences.push(trace.clone()),
            (None, Some(local)) => sentences.push(format!(
                "No TRACEID: PRELOGIN was not reached. Client address {local}"
            )),
            (None, None) => {
                sentences.push("No TRACEID: no connection got as far as PRELOGIN".to_owned())
            }
        }
        sentences.extend(self.route.clone());
        match (&self.error, &run.verdict) {
            (Some(error), _) => sentences.push(error.clone()),
            (None, Some(verdict)) => sentences.push(format!(
                "No server error; seen: {} ({})",
                plain(&verdict.title),
                plain(&verdict.code)
            )),
            (None, None) => sentences.push("No server error so far".to_owned()),
        }
        sentences.push(format!("Linecheck run {}", run.id));
        let mut out = String::new();
        for sentence in sentences {
            let sentence = sentence.trim();
            out.push_str(sentence);
            out.push_str(if sentence.ends_with(['.', '!', '?']) {
                " "
            } else {
                ". "
            });
        }
        out.trim_end().to_owned()
    }
}

/// See [`crate::report::case_text`].
pub(crate) fn text(run: &RunView, events: &[RunEvent]) -> String {
    let mut facts = Facts::default();
    for event in events.iter().filter(|event| event.seq <= run.last_seq) {
        facts.see(event);
    }
    facts.text(run)
}
