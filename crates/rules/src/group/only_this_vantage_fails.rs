//! `only_this_vantage_fails`: from one or some agents it fails at a step that works from others, with the same
//! target and options.
//!
//! Proven only by the contrast of one address, tried from both sides at the same time: then it is neither the
//! address nor the moment, but where one comes from. Likely otherwise.

use super::contrast::{counterpart, proves, same_certificate};
use super::draft::Draft;
use super::side::{Failing, Sides};
use super::wording::{names, names_failing, own_advice, silent, told, what_fails, worked};
use crate::findings::common;
use crate::path::Stage;
use model::api::GroupFinding;
use model::{Confidence, FailureCode, Owner, Severity};

pub(super) fn find(sides: &Sides<'_>) -> Option<GroupFinding> {
    let first = sides.failing.first()?;
    if sides.working.is_empty() || !sides.fail_alike() {
        return None;
    }
    let proven = sides.over
        && sides
            .failing
            .iter()
            .all(|failing| sides.working.iter().any(|one| proves(failing, one)));
    let failing = names_failing(&sides.failing);
    let mut draft = Draft::new(
        "only_this_vantage_fails",
        Severity::Problem,
        owner(sides, first),
    )
    .title(format!(
        "From {failing} {}; from {} it works.",
        what_fails(first.stop.stage),
        names(&sides.working)
    ))
    .sure(if proven {
        Confidence::Proven
    } else {
        Confidence::Likely
    });
    for failing in &sides.failing {
        draft = draft.because(told(failing));
        for step in &failing.stop.steps {
            draft = draft.rests_on(failing.one.run, step);
        }
    }
    for one in &sides.working {
        let (text, evidence) = worked(one, first);
        draft = draft.because(text).cite(one.run, evidence);
        if let Some(step) = counterpart(first, one) {
            draft = draft.rests_on(one.run, &step);
        }
    }
    draft
        .because(contrast(sides, first, proven))
        .because(silent(sides))
        .then(advice(sides, first, &failing))
        .then(own_advice(&first.one))
        .then(format!("Then run again from {failing}."))
        .links(&first.one.verdict.links)
        .done(sides)
}

/// What the contrast is worth.
fn contrast(sides: &Sides<'_>, first: &Failing<'_>, proven: bool) -> &'static str {
    let same_address = sides
        .working
        .iter()
        .any(|one| counterpart(first, one).is_some());
    if first.stop.code == FailureCode::PolicyRefused {
        "The agent's own rules forbid what the others may do."
    } else if proven {
        "The same address was tried from both sides, and at the same time: it answers, but not to everybody."
    } else if first.stop.stage == Stage::Name {
        "Their resolvers do not know the same."
    } else if same_address {
        "The same address was tried from both sides, but nothing proves that it was at the same time, or that it is the \
         same server."
    } else {
        "They did not try the same address."
    }
}

fn owner(sides: &Sides<'_>, first: &Failing<'_>) -> Owner {
    match (first.stop.stage, &first.stop.code) {
        (
            _,
            FailureCode::PolicyRefused
            | FailureCode::SecretRefused
            | FailureCode::LoginBudgetSpent
            | FailureCode::Internal,
        )
        | (Stage::Name, _) => Owner::ThisHost,
        (Stage::Tls, _) if certificate_is_the_same(sides, first) => Owner::ThisHost,
        (Stage::Login, FailureCode::LoginRejected) | (Stage::Query, _) => first.one.verdict.owner,
        _ => Owner::Network,
    }
}

fn certificate_is_the_same(sides: &Sides<'_>, first: &Failing<'_>) -> bool {
    let mut ones = sides.working.iter();
    ones.any(|one| first.stop.alike().any(|step| same_certificate(&step, one)))
}

fn advice(sides: &Sides<'_>, first: &Failing<'_>, failing: &str) -> String {
    let working = names(&sides.working);
    match (first.stop.stage, &first.stop.code) {
        (_, FailureCode::PolicyRefused) => format!(
            "If {failing} should reach this address, whoever runs it can allow it there with --allow."
        ),
        (_, FailureCode::SecretRefused) => {
            "Start the runs again: the password is then sealed anew for each agent.".to_owned()
        }
        (_, FailureCode::LoginBudgetSpent) => {
            "Wait ten minutes: agents protect the account from being locked.".to_owned()
        }
        (Stage::Name, _) => format!(
            "Compare the resolvers of {failing} with those of {working}: order, search domains, hosts file, private \
             DNS zones."
        ),
        (Stage::Tls, FailureCode::TlsExpired | FailureCode::TlsNotYetValid) => format!(
            "Compare the clocks of {failing} and of {working} with a good one: where {failing} is right, the certificate \
             has to be renewed."
        ),
        (Stage::Tls, _) if certificate_is_the_same(sides, first) => format!(
            "The certificate is the same from both sides: compare the trusted roots of {failing} with those of \
             {working}."
        ),
        (Stage::Tls, _) => format!(
            "Compare the certificates that {failing} and {working} saw: where they differ, something between opens TLS."
        ),
        (Stage::Login, FailureCode::LoginRejected) => format!(
            "The server treats {failing} differently: its firewall rules, network rules and login triggers look at \
             where a login comes from."
        ),
        (Stage::Connect, _) => format!(
            "Compare the way of {failing} to {} with that of {working}: route, outbound firewall, VPN, network security \
             groups, and the rules at the server for the address that {failing} comes from.",
            common::server_at(first.one.case, first.stop.hop)
        ),
        _ => format!(
            "Compare the way of {failing} with that of {working}: a firewall or proxy between that lets connections \
             through, but not what is said on them."
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::group::testing::{Group, codes};
    use crate::testing::{Log, chain};
    use model::{Confidence, FailureCode::*, Outcome, Owner, RunState, StepKind};

    const EP: &str = "20.61.99.193:1433";

    /// A run whose connects time out after 5 s each.
    fn cut_off(endpoint: &str) -> Log {
        Log::new()
            .dns("system", Ok(&["20.61.99.193"]))
            .taking(5_000)
            .tcp(endpoint, Some(TcpTimeout))
            .finish()
    }

    fn reaches(endpoint: &str) -> Log {
        Log::new()
            .dns("system", Ok(&["20.61.99.193"]))
            .secured(endpoint)
            .skipped(StepKind::TdsLogin, NoCredentials)
            .finish()
    }

    #[test]
    fn one_is_cut_off_and_the_contrast_proves_it() {
        let found = Group::default()
            .and("branch-7", cut_off(EP))
            .and("hq-1", reaches(EP))
            .and("hq-2", reaches(EP))
            .judge();
        assert_eq!(codes(&found), ["only_this_vantage_fails"]);
        let finding = &found[0];
        assert_eq!(
            finding.title,
            "From “branch-7” the connection is not made; from “hq-1” and “hq-2” it works."
        );
        assert_eq!(finding.confidence, Confidence::Proven);
        assert_eq!(finding.owner, Owner::Network);
        for words in [
            "“branch-7”: 20.61.99.193:1433: the connection request got no answer (5 of 5).",
            "“hq-1”: TCP connect to 20.61.99.193:1433, 5 of 5",
        ] {
            assert!(
                finding.explanation.contains(words),
                "{}",
                finding.explanation
            );
        }
        let runs: std::collections::BTreeSet<_> =
            finding.evidence.iter().map(|one| one.run).collect();
        assert_eq!(runs.len(), 3, "evidence of every side");
    }

    #[test]
    fn without_the_contrast_it_is_only_likely() {
        let likely = |group: Group| {
            let found = group.judge();
            assert_eq!(found[0].code, "only_this_vantage_fails");
            assert_eq!(
                found[0].confidence,
                Confidence::Likely,
                "{}",
                found[0].explanation
            );
        };
        // Another address.
        likely(
            Group::default()
                .and("a", cut_off("20.61.99.194:1433"))
                .and("b", reaches(EP)),
        );
        // Loopback is another host on each host.
        likely(
            Group::default()
                .and("a", cut_off("127.0.0.1:1433"))
                .and("b", reaches("127.0.0.1:1433")),
        );
        // A minute later.
        likely(
            Group::default()
                .and("a", cut_off(EP))
                .and("b", reaches(EP).claimed_after(60_000)),
        );
        // Perhaps at the same time, perhaps not: its last events came late.
        likely(
            Group::default()
                .and("a", cut_off(EP).settled_late(60_000))
                .and("b", reaches(EP)),
        );
        // Not settled yet.
        likely(
            Group::default()
                .and("a", cut_off(EP))
                .and_live("b", reaches(EP)),
        );
        // A single try.
        let once = Log::new()
            .running(StepKind::TcpConnect, EP)
            .attempt(1, Some(TcpTimeout));
        likely(
            Group::default()
                .and("a", once.ends(Some(TcpTimeout)).finish())
                .and("b", reaches(EP)),
        );
    }

    #[test]
    fn another_agent_s_clock_changes_nothing() {
        let found = Group::default()
            .and("a", cut_off(EP).clock_off(7_200))
            .and("b", reaches(EP))
            .judge();
        assert_eq!(found[0].confidence, Confidence::Proven);
    }

    #[test]
    fn the_agent_s_own_rule_is_its_host_s_affair() {
        let refused = Log::new()
            .refused_by_policy(EP)
            .skipped(StepKind::TdsLogin, NoCredentials)
            .finish();
        let found = Group::default()
            .and("strict", refused)
            .and("open", reaches(EP))
            .judge();
        assert_eq!(found[0].owner, Owner::ThisHost);
        assert_eq!(found[0].confidence, Confidence::Proven);
        assert!(found[0].recommendation[0].contains("--allow"));
    }

    #[test]
    fn the_same_certificate_trusted_by_one_and_not_by_the_other() {
        let upto_tls = |code| {
            Log::new()
                .tcp(EP, None)
                .prelogin(EP, None)
                .tls(EP, code)
                .seen(chain("contoso.database.windows.net", -10, 10, TlsUntrusted))
        };
        let found = Group::default()
            .and("a", upto_tls(Some(TlsUntrusted)).finish())
            .and(
                "b",
                upto_tls(None)
                    .skipped(StepKind::TdsLogin, NoCredentials)
                    .finish(),
            )
            .judge();
        assert_eq!(found[0].owner, Owner::ThisHost);
        assert_eq!(found[0].confidence, Confidence::Proven);
        assert!(found[0].title.contains("the TLS handshake fails"));
        // Over for one and not for the other: whose clock is right cannot be told.
        let found = Group::default()
            .and("a", upto_tls(Some(TlsExpired)).finish())
            .and(
                "b",
                upto_tls(None)
                    .skipped(StepKind::TdsLogin, NoCredentials)
                    .finish(),
            )
            .judge();
        assert_eq!(found[0].confidence, Confidence::Likely);
        assert!(found[0].recommendation[0].contains("clocks"));
    }

    #[test]
    fn who_tells_nothing_is_named_and_not_counted() {
        let interrupted = Log::new()
            .tcp(EP, None)
            .settled(RunState::Interrupted, Outcome::Interrupted);
        let found = Group::default()
            .and("a", cut_off(EP))
            .and("b", reaches(EP))
            .and("c", interrupted)
            .judge();
        assert_eq!(found[0].code, "only_this_vantage_fails");
        assert!(
            found[0]
                .explanation
                .contains("“c” tells nothing: its run was interrupted.")
        );
    }
}
