//! `fresh_logins_failed`: new connections did not come about while the held one of the heartbeat went on.
//!
//! Proven when it happened more than once: same server, same host, same time, and only what is new fails. What
//! does that stays open.

use super::Rule;
use crate::beats::Login;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::{code_sentence, count, list};
use model::{Confidence, FailureCode, Finding, Owner};
use std::collections::BTreeMap;

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let beats = case.state.heartbeat();
    let failed: Vec<&Login> = beats.failed_alone().collect();
    let first = failed.first()?;
    // A host that stands still fails by itself.
    if beats.starved().is_some() {
        return None;
    }
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for login in &failed {
        let code = || login.code.as_str().replace('_', " ");
        let name = login.number.map_or_else(code, |number| number.to_string());
        *names.entry(name).or_default() += 1;
    }
    let names: Vec<String> = names
        .iter()
        .map(|(name, times)| format!("{name} ({times})"))
        .collect();
    let (owner, says, advice) = match first.number {
        Some(number) => (
            super::common::owner_of(case, number),
            super::common::cause(number),
            super::common::advice(number),
        ),
        None => unsaid(&first.code),
    };
    Draft::problem("fresh_logins_failed", owner)
        .title(format!(
            "{} to {} failed while the held connection went on.",
            count(failed.len(), "fresh login", "fresh logins"),
            case.host()
        ))
        .because(format!("By number or code: {}.", list(&names)))
        .because(code_sentence(&first.code))
        .because("The held connection answered meanwhile, from the same host: so the server was there, and only what is new met this.")
        .because(says)
        .then(advice)
        .then("Let applications keep and reuse connections (a pool), and try again where one does not come about.")
        .sure(if failed.len() > 1 {
            Confidence::Proven
        } else {
            Confidence::Likely
        })
        .link(links::TRANSIENT)
        .cite(beats.step?, failed.iter().map(|login| login.seq))
        .cite(beats.step?, beats.minutes.iter().copied())
        .done(case)
}

/// Whose it is, what is likely behind it and what to do, where the server said nothing.
fn unsaid(code: &FailureCode) -> (Owner, &'static str, &'static str) {
    match code {
        FailureCode::TcpTimeout | FailureCode::TcpUnreachable => (
            Owner::Network,
            "Something on the way lets established connections pass and new ones not: a rule, or address translation that has no port left (SNAT).",
            "Ask whoever keeps the network what changed for new connections at that time, and how many ports the translation has.",
        ),
        FailureCode::NoLocalPort => (
            Owner::ThisHost,
            "This host has no port left for new connections.",
            "Look which program holds them: ss -tanp, or netstat -ano.",
        ),
        FailureCode::TcpRefused => (
            Owner::Dba,
            "Somebody refuses new connections and lets the others live: a listener that is down, a limit, or a firewall's rule.",
            "Look at the server's log for that time; if there is nothing, at the firewalls on the way.",
        ),
        _ => (
            Owner::Dba,
            "The server, or what stands before it, takes no new sessions and lets the others live: a limit, or too few threads.",
            "Look at the server's log, workers and connection limits at that time.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::findings::session_lost::tests::{beaten, lost_once, minute};
    use crate::testing::{expect, expect_beside, expect_no};
    use model::Confidence::{Likely, Proven};
    use model::lasting::FreshLoginFailed;
    use model::{FailureCode, Observation, Outcome, Owner};

    fn failed(second: u64, code: FailureCode, number: Option<i32>) -> Observation {
        Observation::FreshLoginFailed(FreshLoginFailed {
            beat: second,
            started_us: second * 1_000_000,
            elapsed_us: 1_000_000,
            code,
            number,
            endpoint: None,
            detail: None,
        })
    }

    #[test]
    fn what_is_new_fails_and_what_is_held_goes_on() {
        let log = beaten(vec![
            failed(10, FailureCode::TcpTimeout, None),
            failed(20, FailureCode::TcpTimeout, None),
            minute(60, 0),
        ]);
        let verdict = expect(&log, "fresh_logins_failed", Proven, Outcome::Problem);
        assert_eq!(verdict.owner, Owner::Network);
        assert!(verdict.explanation.contains("SNAT"));
        expect_beside(&log, "session_held");
        let log = beaten(vec![
            failed(10, FailureCode::LoginRejected, Some(10_928)),
            minute(60, 0),
        ]);
        let verdict = expect(&log, "fresh_logins_failed", Likely, Outcome::Problem);
        assert!(verdict.explanation.contains("10928 (1)"));
    }

    #[test]
    fn what_falls_into_an_outage_or_a_standstill_is_no_matter_of_its_own() {
        // Begun before the loss, which was noticed later than the login had failed.
        for second in [29, 35] {
            let mut facts = vec![failed(second, FailureCode::TcpTimeout, None)];
            facts.extend(lost_once());
            facts.push(minute(60, 0));
            expect_no(&beaten(facts), "fresh_logins_failed");
        }
        let facts = vec![
            failed(10, FailureCode::TcpTimeout, None),
            minute(60, 700_000),
        ];
        expect_no(&beaten(facts), "fresh_logins_failed");
    }
}
