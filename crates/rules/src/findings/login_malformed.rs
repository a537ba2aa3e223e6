//! `login_malformed`: the answer to the login cannot be read to its end.

use super::{Rule, common};
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::one_line;
use model::{Confidence, FailureCode, Finding, Observation, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped(Stage::Login, &FailureCode::LoginMalformed)?;
    let step = stop.step()?;
    let odd = step.find(|seen| match seen {
        Observation::OddToken {
            token, offset, why, ..
        } => Some((*token, *offset, why)),
        _ => None,
    });
    let why = step.detail.as_deref().map_or_else(String::new, |words| {
        format!(
            "At its end: {}.",
            one_line(words.trim_end_matches('.'), 200)
        )
    });
    let mut draft = Draft::problem("login_malformed", Owner::Dba)
        .title(format!(
            "The answer of {} to the login cannot be read to its end.",
            common::server_at(case, stop.hop)
        ))
        .because(odd.map_or_else(String::new, |(_, (token, offset, why))| {
            format!("Token 0x{token:02X} at byte {offset}: {}.", one_line(why.trim_end_matches('.'), 200))
        }))
        .because(why)
        .because(common::worked_before(case, stop))
        .sure(Confidence::Possible)
        .then("Check what stands at this address: a proxy or a server of another make may answer for SQL Server.")
        .then("If the server wants Entra sign-in only, use that: a SQL login is not what it asks for.")
        .then("The raw bytes are in the run's events: give them to whoever owns it.")
        .link(links::PROTOCOL)
        .rests_on_all(&step);
    if let Some((seq, _)) = odd {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Possible, FailureCode::LoginMalformed, Observation, Outcome};

    #[test]
    fn the_odd_token_is_named() {
        let ep = "20.61.99.193:1433";
        let log = Log::new()
            .signed_in()
            .secured(ep)
            .login(ep, Some(LoginMalformed))
            .seen(Observation::OddToken {
                token: 0x42,
                offset: 17,
                bytes: "42".into(),
                why: "not known".into(),
            })
            .finish();
        let verdict = expect(&log, "login_malformed", Possible, Outcome::Problem);
        assert!(verdict.explanation.contains("Token 0x42 at byte 17"));
    }
}
