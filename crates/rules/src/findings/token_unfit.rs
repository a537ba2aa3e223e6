//! `token_unfit`: the access token, by its own claims, is not for this server or not for now.
//!
//! Proven for the audience, which is a name; likely for its times, which a wrong clock of this host explains as well.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::one_line;
use model::{Confidence, Finding, Observation, Owner, Severity, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

/// Azure SQL as a resource of Microsoft Entra.
const AZURE_SQL: &str = "022907d3-0f1b-48f7-badc-1ba6abab6d66";
/// Clocks may differ by so much.
const SKEW_S: i64 = 300;

fn find(case: &Case<'_>) -> Option<Finding> {
    let (step, fact, token) = case.of(StepKind::TokenRequest).find_map(|step| {
        step.facts().find_map(|fact| match &fact.seen {
            Observation::Token(token) => Some((step, fact, token)),
            _ => None,
        })
    })?;
    let stranger = token.audience.as_deref().filter(|audience| {
        let clouds = target::facts::clouds();
        *audience != AZURE_SQL && !clouds.iter().any(|cloud| audience.contains(&cloud.sql))
    });
    let over = token.expires_at.filter(|end| *end < fact.at);
    let early = token
        .not_before
        .filter(|start| (*start - fact.at).num_seconds() > SKEW_S);
    let (why, sure, advice) = if let Some(audience) = stranger {
        (
            format!("It is for {}, not for Azure SQL.", one_line(audience, 200)),
            Confidence::Proven,
            "Ask for a token with the resource https://database.windows.net/ (of the server's cloud).",
        )
    } else if let Some(end) = over {
        (
            format!("Its time ended at {} UTC.", end.format("%Y-%m-%d %H:%M:%S")),
            Confidence::Likely,
            "Get a new token; check this host's clock too.",
        )
    } else if let Some(start) = early {
        (
            format!(
                "Its time begins at {} UTC only.",
                start.format("%Y-%m-%d %H:%M:%S")
            ),
            Confidence::Likely,
            "Check the clock of this host against a time server.",
        )
    } else {
        return None;
    };
    Draft::new("token_unfit", Severity::Warning, Owner::App)
        .title("The access token is not one that this server can accept now.")
        .because(why)
        .sure(sure)
        .then(advice)
        .then("Then run again from this agent.")
        .link(links::ENTRA_SQL)
        .cite(step.id, [fact.seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, epoch, expect_beside, expect_no};
    use chrono::TimeDelta;
    use model::{
        Confidence::*, FailureCode::LoginRejected, Observation, PlanLogin, StepKind, TokenFacts,
        TokenSource,
    };

    const EP: &str = "20.61.99.193:1433";
    const SQL: &str = "https://database.windows.net/";

    fn log(audience: &str, from_min: i64, to_min: i64) -> Log {
        let at = |minutes| Some(epoch() + TimeDelta::minutes(minutes));
        Log::new()
            .signs_in(PlanLogin::EntraToken)
            .secured(EP)
            .running(StepKind::TokenRequest, "token")
            .seen(Observation::Token(TokenFacts {
                source: TokenSource::Pasted,
                authority: None,
                audience: Some(audience.into()),
                tenant: None,
                application: None,
                not_before: at(from_min),
                expires_at: at(to_min),
            }))
            .ends(None)
            .login(EP, Some(LoginRejected))
            .error(
                18456,
                1,
                "Login failed for user '<token-identified principal>'.",
            )
            .finish()
    }

    #[test]
    fn by_its_own_claims() {
        let finding = expect_beside(&log("https://graph.microsoft.com", -5, 60), "token_unfit");
        assert_eq!(finding.confidence, Proven);
        assert!(finding.explanation.contains("graph.microsoft.com"));
        let finding = expect_beside(&log(SQL, -60, -5), "token_unfit");
        assert!(
            finding.explanation.contains("ended at 2026-11-20 11:55:00"),
            "{}",
            finding.explanation
        );
        let finding = expect_beside(&log(SQL, 30, 90), "token_unfit");
        assert!(finding.explanation.contains("begins at"));
        for audience in [SQL, "https://database.chinacloudapi.cn/", super::AZURE_SQL] {
            expect_no(&log(audience, -5, 60), "token_unfit");
        }
    }
}
