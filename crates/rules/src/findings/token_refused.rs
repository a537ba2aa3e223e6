//! `token_refused`: Microsoft Entra gave no token, and says why.
//!
//! Proven when its number is known: nobody else says it. The service's clock tells a wrong clock of this host apart.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::state::Fact;
use crate::words::{duration, list, one_line};
use Owner::{App, Dba, ThisHost};
use model::{Confidence, FailureCode, Finding, Observation, Owner, StepKind, TokenRefusal};

pub(crate) const RULE: Rule = Rule::problem(find);

/// A clock that is further off makes assertions and tokens worthless.
const MOST_SKEW_S: i64 = 300;

/// Numbers (`AADSTS…`), what they say, and what to do.
const NUMBERS: &[(u32, Owner, &str, &str)] = &[
    (
        7000215,
        App,
        "the secret of the application is wrong",
        "Give the secret's value, not its id; make a new one under Certificates & secrets of the app registration if in doubt.",
    ),
    (
        7000222,
        App,
        "the secret of the application has expired",
        "Make a new secret under Certificates & secrets of the app registration, and give its value.",
    ),
    (
        7000218,
        App,
        "the application may not sign in without a secret",
        "Allow public client flows in the app registration, or sign in as the application with its secret.",
    ),
    (
        7000112,
        Dba,
        "the application is disabled",
        "Enable the enterprise application in the tenant.",
    ),
    (
        700016,
        App,
        "this tenant does not know the application",
        "Check the application (client) id, and that it is registered in, or consented to by, the tenant that was asked.",
    ),
    (
        90002,
        App,
        "the tenant does not exist",
        "Check the tenant's id or domain, and that this is its cloud.",
    ),
    (
        900023,
        App,
        "the tenant's name is neither a domain nor an id",
        "Give the tenant's id or one of its domains.",
    ),
    (
        50126,
        App,
        "user name or password is wrong",
        "Check both by signing in in a browser. Stop what repeats it: the account may be locked.",
    ),
    (
        50034,
        App,
        "the tenant does not know this user",
        "Check the user name (name@domain), and that the user is of this tenant, not a guest of it.",
    ),
    (
        50020,
        App,
        "the user is of another tenant",
        "Name the tenant that the user is of, or invite the user as a guest of this one.",
    ),
    (
        50053,
        Dba,
        "the account is locked, or this address is blocked",
        "Wait, and stop what repeats the wrong password; then look at the sign-in log of Microsoft Entra.",
    ),
    (
        50055,
        App,
        "the password has expired",
        "Change the password by signing in in a browser.",
    ),
    (
        50057,
        Dba,
        "the user is disabled",
        "Enable the user in Microsoft Entra.",
    ),
    (
        50076,
        App,
        "this user needs a second factor",
        "A password alone cannot bring one: sign in with a device code, or use a service principal or managed identity.",
    ),
    (
        50079,
        App,
        "this user has to set up a second factor first",
        "Sign in once in a browser and set it up; then use a device code instead of a password.",
    ),
    (
        50158,
        Dba,
        "another provider's check was not passed",
        "Look at the conditional access policies that concern Azure SQL.",
    ),
    (
        53003,
        Dba,
        "a conditional access policy blocks it",
        "Look in the sign-in log of Microsoft Entra for the policy; exempt this host's address or use an identity that it lets through.",
    ),
    (
        53000,
        Dba,
        "a policy wants a managed device",
        "Sign in from a compliant device, or use a managed identity.",
    ),
    (
        50105,
        Dba,
        "the user is not assigned to the application",
        "Assign the user to the enterprise application, or let it do without assignment.",
    ),
    (
        65001,
        Dba,
        "nobody has consented to the application",
        "Give admin consent for the permission of Azure SQL Database (user_impersonation) to the application.",
    ),
    (
        500011,
        Dba,
        "the tenant does not know the resource",
        "Azure SQL's own application is missing from the tenant, or the cloud is another: check that server and tenant are of the same cloud.",
    ),
    (
        70011,
        App,
        "the scope is not valid",
        "Check that server and tenant are of the same cloud.",
    ),
    (
        700024,
        ThisHost,
        "the assertion's time is over or has not come",
        "Set this host's clock right.",
    ),
    (
        70020,
        App,
        "the device code was not used in time",
        "Run again, and type the code in within its time.",
    ),
    (
        70019,
        App,
        "the device code was not used in time",
        "Run again, and type the code in within its time.",
    ),
];

/// The refusal, with the fact it stands in.
pub(crate) fn refusal<'a>(step: &StepRef<'a>) -> Option<(&'a Fact, &'a TokenRefusal)> {
    step.facts().find_map(|fact| match &fact.seen {
        Observation::TokenRefused(refusal) => Some((fact, refusal)),
        _ => None,
    })
}

fn find(case: &Case<'_>) -> Option<Finding> {
    let stop = case.stopped(Stage::Login, &FailureCode::TokenRefused)?;
    let login = stop.step()?;
    let asked = case
        .of(StepKind::TokenRequest)
        .rfind(|step| refusal(step).is_some())
        .unwrap_or(login);
    let said = refusal(&asked);
    let numbers = said
        .map(|(_, said)| said.numbers.as_slice())
        .unwrap_or_default();
    let known = NUMBERS.iter().find(|(number, ..)| numbers.contains(number));
    let skew = said.and_then(|(fact, said)| {
        let off = (fact.at - said.service_time?).num_seconds();
        (off.abs() > MOST_SKEW_S).then_some(off)
    });
    let (owner, title, advice) = match (known, skew) {
        (Some((_, owner, why, advice)), None) => (*owner, format!(": {why}."), *advice),
        (_, Some(_)) => (
            ThisHost,
            ", and this host's clock is wrong.".to_owned(),
            "Set this host's clock right first, then run again.",
        ),
        (None, None) => (
            App,
            ".".to_owned(),
            "Look the number or the error up in Microsoft's list, and in the sign-in log of Microsoft Entra.",
        ),
    };
    let mut draft = Draft::problem("token_refused", owner)
        .title(format!(
            "Microsoft Entra gives {} no token{title}",
            case.who()
        ))
        .because(said.map_or_else(String::new, |(_, said)| words(said)))
        .because(skew.map_or_else(String::new, |off| {
            let us = off.unsigned_abs().saturating_mul(1_000_000);
            let side = if off > 0 { "ahead of" } else { "behind" };
            format!(
                "This host's clock is {} {side} the service's.",
                duration(us)
            )
        }))
        .because("The server was reached and asked for a token: name, TCP and TLS work.")
        .sure(if known.is_some() {
            Confidence::Proven
        } else {
            Confidence::Likely
        })
        .then(advice)
        .then("Then run again from this agent.")
        .link(links::ENTRA_ERRORS)
        .link(links::ENTRA_SQL)
        .rests_on(&login)
        .rests_on(&asked);
    if let Some((fact, _)) = said {
        draft = draft.cite(asked.id, [fact.seq]);
    }
    draft.done(case)
}

/// The service's own words, and the ids that support asks for.
fn words(said: &TokenRefusal) -> String {
    let numbers: Vec<String> = said.numbers.iter().map(|n| format!("AADSTS{n}")).collect();
    let mut text = format!(
        "{} answers {}",
        one_line(&said.authority, 200),
        one_line(&said.error, 80)
    );
    if !numbers.is_empty() {
        text.push_str(&format!(" ({})", list(&numbers)));
    }
    let first = said.description.lines().next().unwrap_or_default();
    let first = one_line(first.trim().trim_end_matches('.'), 300);
    if !first.is_empty() {
        text.push_str(&format!(": “{first}”"));
    }
    text.push('.');
    let ids = [
        ("Trace id", &said.trace_id),
        ("correlation id", &said.correlation_id),
    ];
    let ids: Vec<String> = ids
        .into_iter()
        .filter_map(|(name, id)| Some(format!("{name} {}", one_line(id.as_deref()?, 64))))
        .collect();
    if !ids.is_empty() {
        text.push_str(&format!(" {}.", list(&ids)));
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::NUMBERS;
    use crate::testing::{Log, epoch, expect};
    use chrono::TimeDelta;
    use model::{
        Confidence::*, FailureCode::TokenRefused, Observation, Outcome, Owner, PlanLogin, StepKind,
        TokenRefusal,
    };
    use std::collections::BTreeSet;

    const EP: &str = "20.61.99.193:1433";

    fn log(numbers: Vec<u32>, clock_s: i64) -> Log {
        Log::new()
            .signs_in(PlanLogin::EntraServicePrincipal {
                tenant: "contoso.example".into(),
                client_id: "app-1".into(),
            })
            .secured(EP)
            .running(StepKind::TokenRequest, "login.microsoftonline.com")
            .seen(Observation::TokenRefused(TokenRefusal {
                authority: "https://login.microsoftonline.com/contoso.example".into(),
                error: "invalid_client".into(),
                numbers,
                description: "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: x".into(),
                trace_id: Some("t-1".into()),
                correlation_id: Some("c-1".into()),
                service_time: Some(epoch() + TimeDelta::seconds(clock_s)),
            }))
            .ends(Some(TokenRefused))
            .login(EP, Some(TokenRefused))
            .finish()
    }

    #[test]
    fn every_number_has_its_words() {
        let mut titles = BTreeSet::new();
        for (number, owner, why, _) in NUMBERS {
            let verdict = expect(
                &log(vec![*number], 0),
                "token_refused",
                Proven,
                Outcome::Problem,
            );
            assert!(verdict.title.contains(why));
            assert!(verdict.explanation.contains(&format!("AADSTS{number}")));
            assert!(verdict.explanation.contains("t-1"));
            assert_eq!(verdict.owner, *owner);
            titles.insert(verdict.title);
        }
        assert_eq!(titles.len(), NUMBERS.len() - 1, "two numbers mean the same");
    }

    #[test]
    fn an_unknown_number_and_a_wrong_clock() {
        let verdict = expect(&log(vec![1], 0), "token_refused", Likely, Outcome::Problem);
        assert!(verdict.explanation.contains("AADSTS1"));
        let verdict = expect(
            &log(vec![], -3_600),
            "token_refused",
            Likely,
            Outcome::Problem,
        );
        assert!(verdict.title.contains("clock"), "{}", verdict.title);
        assert!(verdict.explanation.contains("ahead of"));
        assert_eq!(verdict.owner, Owner::ThisHost);
    }
}
