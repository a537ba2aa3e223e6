//! `resolver_failed`: the name could not be looked up, which says nothing about the name.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::{code_sentence, step_title};
use model::{FailureCode, Finding, Owner};

pub(crate) const RULE: Rule = Rule::problem(find);

const CODES: [FailureCode; 4] = [
    FailureCode::DnsTimeout,
    FailureCode::DnsServerFailure,
    FailureCode::DnsRefused,
    FailureCode::DnsError,
];

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = CODES
        .iter()
        .find_map(|code| case.stopped_first(Stage::Name, code))?;
    let said: Vec<String> = stop
        .steps
        .iter()
        .map(|step| {
            let code = step.code.clone().unwrap_or(FailureCode::DnsError);
            format!("{}: {}", step_title(step), code_sentence(&code))
        })
        .collect();
    let mut draft = Draft::problem("resolver_failed", Owner::Network)
        .title(format!("The name {} could not be looked up.", case.host()))
        .because(said.join(" "))
        .because("That says nothing about the server: it was not reached.")
        .then("Check that this host's resolvers are up and reachable (UDP and TCP 53).")
        .then("Take dead resolvers out of this host's configuration: each costs seconds at every look-up.")
        .then("Then run again from this agent.")
        .link(links::CONNECTIVITY);
    for step in &stop.steps {
        draft = draft.rests_on(step);
    }
    draft.done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::Likely, FailureCode::*, Outcome};

    #[test]
    fn no_resolver_gives_an_answer() {
        let cases: [(_, &[_]); 4] = [
            (DnsTimeout, &[DnsTimeout, DnsTimeout]),
            (DnsServerFailure, &[DnsServerFailure]),
            (DnsRefused, &[DnsRefused]),
            (DnsError, &[DnsError]),
        ];
        for (_, codes) in cases {
            let mut log = Log::new().dns("hosts_file", Err(NameNotFound));
            for code in codes {
                log = log.dns("10.0.0.2:53", Err(code.clone()));
            }
            let verdict = expect(&log.finish(), "resolver_failed", Likely, Outcome::Problem);
            assert!(verdict.explanation.contains("10.0.0.2:53"));
        }
    }
}
