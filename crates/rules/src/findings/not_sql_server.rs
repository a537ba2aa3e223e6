//! `not_sql_server`: something answers, but it is not SQL Server. `prelogin_malformed`: it may be, but its answer
//! cannot be read.
//!
//! `not_sql_server` is proven when the first bytes are those of a protocol that is known: they admit no other
//! reading.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::one_line;
use model::{Confidence, FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(other);
pub(crate) const MALFORMED: Rule = Rule::problem(malformed);

fn other(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Prelogin, &FailureCode::NotSqlServer)?;
    let server = common::server_at(case, 0);
    let seen = stop
        .alike()
        .find_map(|step| Some((step, common::banner(&step)?)));
    let name = seen.and_then(|(_, (_, name, _))| name);
    let title = match name.map(spoken) {
        Some(name) => format!("{server} is not SQL Server: what answers speaks {name}."),
        None => format!("{server} is not SQL Server."),
    };
    let bytes = seen.map_or_else(String::new, |(_, (_, _, text))| {
        let line = one_line(text, 64);
        format!("It said “{}”.", line.trim_end_matches(['\u{fffd}', ' ']))
    });
    let mut draft = Draft::problem("not_sql_server", Owner::App)
        .title(title)
        .because(bytes)
        .because("That is not how SQL Server begins its answer to PRELOGIN.")
        .because(common::worked_before(case, stop))
        .sure(if name.is_some() {
            Confidence::Proven
        } else {
            Confidence::Likely
        })
        .then("Check host and port: they belong to another service, or to a proxy.")
        .then("Ask the server's owner on which port SQL Server listens.")
        .link(links::CONNECTIVITY)
        .link(links::PROTOCOL);
    for step in &stop.steps {
        draft = draft.rests_on(step);
    }
    if let Some((step, (seq, _, _))) = seen {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

fn spoken(name: &str) -> String {
    match name {
        "ssh" | "http" | "tls" | "smtp" | "ftp" | "imap" | "pop3" | "rdp" => name.to_uppercase(),
        other => one_line(other, 30),
    }
}

fn malformed(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped_first(Stage::Prelogin, &FailureCode::PreloginMalformed)?;
    let mut draft = Draft::problem("prelogin_malformed", Owner::Network)
        .title(format!(
            "The answer of {} to PRELOGIN cannot be read.",
            common::server_at(case, 0)
        ))
        .because(
            "It is framed like an answer of SQL Server, but what is inside breaks the protocol.",
        )
        .because(common::worked_before(case, stop))
        .sure(Confidence::Possible)
        .then("Check what stands at this address: a proxy, a gateway or a server of another make.")
        .then("The raw bytes are in the run's events: give them to whoever owns it.")
        .link(links::PROTOCOL);
    for step in &stop.steps {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::*, FailureCode::*, Observation, Outcome};

    fn log(looks_like: Option<&str>) -> Log {
        Log::new()
            .tcp("20.61.99.193:1433", None)
            .prelogin("20.61.99.193:1433", Some(NotSqlServer))
            .seen(Observation::NotTds {
                first_bytes: "5353482d".into(),
                looks_like: looks_like.map(Into::into),
                text: "SSH-2.0-Example\r\n".into(),
            })
            .finish()
    }

    #[test]
    fn a_known_banner_is_proof() {
        let verdict = expect(
            &log(Some("ssh")),
            "not_sql_server",
            Proven,
            Outcome::Problem,
        );
        assert!(verdict.title.ends_with("what answers speaks SSH."));
        assert!(verdict.explanation.contains("“SSH-2.0-Example”"));
        expect(&log(None), "not_sql_server", Likely, Outcome::Problem);
    }

    #[test]
    fn an_unreadable_answer() {
        let log = Log::new()
            .tcp("20.61.99.193:1433", None)
            .prelogin("20.61.99.193:1433", Some(PreloginMalformed))
            .finish();
        expect(&log, "prelogin_malformed", Possible, Outcome::Problem);
    }
}
