//! The list of runs: its filters, and the pages read so far.

use model::api::RunPage;
use model::{AgentId, Outcome, RunSummary};

/// Every outcome, in the order of the filter.
pub(crate) const OUTCOMES: [Outcome; 5] = [
    Outcome::Problem,
    Outcome::Ok,
    Outcome::Inconclusive,
    Outcome::Interrupted,
    Outcome::Cancelled,
];

/// What is asked for.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Filter {
    /// Begins with, any case.
    pub(crate) server: String,
    /// Key of an outcome, or nothing.
    pub(crate) outcome: String,
    /// Code of a finding, or nothing.
    pub(crate) finding: String,
    /// From this agent only.
    pub(crate) agent: Option<AgentId>,
}

impl Filter {
    /// Nothing is left out.
    pub(crate) fn is_empty(&self) -> bool {
        self.server.trim().is_empty()
            && self.outcome.is_empty()
            && self.finding.trim().is_empty()
            && self.agent.is_none()
    }

    /// The query of `GET /api/runs`, from where the last page ended.
    pub(crate) fn query(&self, before: Option<&str>) -> String {
        let given = |text: &'_ str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let parts = [
            ("server", given(&self.server)),
            ("outcome", given(&self.outcome)),
            ("finding", given(&self.finding)),
            ("agent", self.agent.map(|agent| agent.to_string())),
            ("before", before.map(str::to_owned)),
        ];
        let mut query = String::from("limit=25");
        for (key, value) in parts {
            if let Some(value) = value {
                query.push('&');
                query.push_str(key);
                query.push('=');
                query.push_str(&escape(&value));
            }
        }
        query
    }
}

/// Percent-encodes all but letters, digits and `-._~`.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for half in [byte >> 4, byte & 15] {
                let digit = char::from_digit(u32::from(half), 16).unwrap_or('0');
                out.push(digit.to_ascii_uppercase());
            }
        }
    }
    out
}

/// The runs read so far.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct History {
    pub(crate) runs: Vec<RunSummary>,
    /// Where the next page begins; absent after the last.
    pub(crate) next: Option<String>,
}

impl History {
    /// Adds a page. A run that is already there stands where it was.
    pub(crate) fn add(&mut self, page: RunPage) {
        for run in page.runs {
            if !self.runs.iter().any(|known| known.id == run.id) {
                self.runs.push(run);
            }
        }
        self.next = page.next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_only_what_is_set_and_escapes_it() {
        assert_eq!(Filter::default().query(None), "limit=25");
        let filter = Filter {
            server: " tcp:höst&x ".into(),
            outcome: "ok".into(),
            finding: " redirected ".into(),
            agent: "01932c4f-0000-7000-8000-000000000002".parse().ok(),
        };
        assert_eq!(
            filter.query(Some("abc")),
            "limit=25&server=tcp%3Ah%C3%B6st%26x&outcome=ok&finding=redirected\
             &agent=01932c4f-0000-7000-8000-000000000002&before=abc"
        );
        assert!(!filter.is_empty());
    }

    #[test]
    fn a_page_is_added_once() {
        let run: RunSummary = serde_json::from_value(serde_json::json!({
            "id": "01932c4f-0000-7000-8000-000000000001", "state": "completed", "outcome": "ok",
            "server": "tcp:a,1433", "database": "master", "kind": "sql_server",
            "agent": "01932c4f-0000-7000-8000-000000000002", "agent_name": "here",
            "created_at": "2026-11-20T12:11:24Z", "settled_at": null,
            "verdict_code": "healthy", "verdict_title": "All is well."
        }))
        .expect("a row");
        let page = |next: Option<&str>| RunPage {
            runs: vec![run.clone()],
            next: next.map(Into::into),
        };
        let mut history = History::default();
        history.add(page(Some("x")));
        history.add(page(None));
        assert_eq!((history.runs.len(), history.next), (1, None));
    }
}
