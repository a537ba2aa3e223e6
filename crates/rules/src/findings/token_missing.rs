//! `token_timeout`, `device_code_not_used`, `token_unreachable`, `token_malformed`: no token came, for another reason
//! than a refusal.
//!
//! Proven where the contrast stands in the log: the database server was reached, the sign-in service was not.

use super::Rule;
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::path::{Stage, Stop};
use crate::words::{code_sentence, one_line};
use model::{Confidence, FailureCode, Finding, Observation, Owner, PlanLogin, StepKind, StepState};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let codes = [
        FailureCode::TokenTimeout,
        FailureCode::TokenUnreachable,
        FailureCode::TokenMalformed,
    ];
    let stop = codes
        .iter()
        .find_map(|code| case.stopped(Stage::Login, code))?;
    let login = stop.step()?;
    let asked = case.of(StepKind::TokenRequest).next_back();
    let managed = matches!(
        case.plan().map(|plan| &plan.login),
        Some(PlanLogin::EntraManagedIdentity { .. })
    );
    let code = asked.and_then(|step| {
        step.find(|seen| match seen {
            Observation::DeviceCode(code) => Some(code),
            _ => None,
        })
    });
    let mut draft = match (&stop.code, code) {
        (FailureCode::TokenTimeout, Some((seq, code))) => Draft::problem(
            "device_code_not_used",
            Owner::App,
        )
        .title("Nobody signed in with the code in time, so there was no token to log in with.")
        .because(format!(
            "The run showed a code for {} and waited until it was over.",
            one_line(&code.verification_url, 100)
        ))
        .sure(Confidence::Proven)
        .then("Run again, open the address that the run shows, and type the code in at once.")
        .then("Where nobody is there to do it, use a service principal or a managed identity.")
        .cite(asked.map_or(login.id, |step| step.id), [seq]),
        _ => service(case, stop, managed),
    };
    draft = draft
        .because(
            "The database server was reached and asked for a token: name, TCP and TLS to it work.",
        )
        .link(links::ENTRA_SQL)
        .rests_on(&login);
    if let Some(asked) = asked {
        draft = draft.rests_on(&asked);
    }
    for host in dead_hosts(case) {
        draft = draft.rests_on(&host);
    }
    draft.done(case)
}

/// Sign-in hosts that were tried on their own and did not answer.
fn dead_hosts<'a>(case: &Case<'a>) -> Vec<StepRef<'a>> {
    case.of(StepKind::SignInHost)
        .filter(|step| step.state == StepState::Failed)
        .collect()
}

fn service(case: &Case<'_>, stop: &Stop<'_>, managed: bool) -> Draft {
    let who = if managed {
        "The identity service of this host"
    } else {
        "The sign-in service of Microsoft Entra"
    };
    let words = stop
        .steps
        .iter()
        .find_map(|step| step.detail.as_deref())
        .map_or_else(String::new, |words| {
            format!("{}.", one_line(words.trim_end_matches('.'), 200))
        });
    let (code, title, advice) = match stop.code {
        FailureCode::TokenTimeout => (
            "token_timeout",
            format!("{who} gave no token in time."),
            "Run again: does it last? Look at proxies and filters between this host and the sign-in hosts.",
        ),
        FailureCode::TokenUnreachable => (
            "token_unreachable",
            format!("{who} cannot be reached from this host."),
            if managed {
                "Run from an Azure host that has a managed identity, and let no proxy or firewall rule take 169.254.169.254 away."
            } else {
                "Allow HTTPS (TCP 443) from this host to login.microsoftonline.com and login.windows.net of the server's cloud."
            },
        ),
        _ => (
            "token_malformed",
            format!("{who} was asked for a token, and the answer cannot be read."),
            "Look for a proxy or a sign-in page of the network that answers in its place.",
        ),
    };
    let proven = stop.code == FailureCode::TokenUnreachable && !dead_hosts(case).is_empty();
    Draft::problem(
        code,
        if managed {
            Owner::ThisHost
        } else {
            Owner::Network
        },
    )
    .title(title)
    .because(code_sentence(&stop.code))
    .because(words)
    .sure(if proven {
        Confidence::Proven
    } else {
        Confidence::Likely
    })
    .then(advice)
    .then("Then run again from this agent.")
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, epoch, expect};
    use model::{
        Confidence::*, DeviceCode, FailureCode, FailureCode::*, Observation, Outcome, PlanLogin,
        StepKind,
    };

    const EP: &str = "20.61.99.193:1433";

    fn log(login: PlanLogin, code: FailureCode, shown: bool, dead: bool) -> Log {
        let mut log = Log::new().signs_in(login);
        if dead {
            log = log
                .running(StepKind::SignInHost, "login.windows.net")
                .ends(Some(TcpTimeout));
        }
        log = log
            .secured(EP)
            .running(StepKind::TokenRequest, "login.microsoftonline.com");
        if shown {
            log = log.seen(Observation::DeviceCode(DeviceCode {
                user_code: "ABC".into(),
                verification_url: "https://microsoft.com/devicelogin".into(),
                expires_at: epoch(),
            }));
        }
        log.ends(Some(code.clone())).login(EP, Some(code)).finish()
    }

    #[test]
    fn no_token_came() {
        let password = || PlanLogin::EntraPassword {
            user: "a@b.example".into(),
        };
        let device = PlanLogin::EntraDeviceCode { tenant: None };
        let host = PlanLogin::EntraManagedIdentity { client_id: None };
        for (log, verdict, sure) in [
            (
                log(password(), TokenTimeout, false, false),
                "token_timeout",
                Likely,
            ),
            (
                log(password(), TokenUnreachable, false, false),
                "token_unreachable",
                Likely,
            ),
            (
                log(password(), TokenUnreachable, false, true),
                "token_unreachable",
                Proven,
            ),
            (
                log(password(), TokenMalformed, false, false),
                "token_malformed",
                Likely,
            ),
            (
                log(device, TokenTimeout, true, false),
                "device_code_not_used",
                Proven,
            ),
            (
                log(host, TokenUnreachable, false, false),
                "token_unreachable",
                Likely,
            ),
        ] {
            expect(&log, verdict, sure, Outcome::Problem);
        }
    }
}
