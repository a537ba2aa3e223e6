//! `ticket_missing`, `ticket_refused`, `ticket_clock_skew`, `kdc_unreachable`, `ticket_error`: Windows authentication came
//! to nothing before a login was sent.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::path::Stage;
use crate::words::{code_sentence, one_line};
use model::{Confidence, FailureCode, Finding, Owner, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

/// Everything that can be wrong, in one place.
struct Words {
    code: &'static str,
    owner: Owner,
    title: String,
    advice: Vec<String>,
}

fn find(case: &Case<'_>) -> Option<Finding> {
    let codes = [
        FailureCode::TicketMissing,
        FailureCode::TicketRefused,
        FailureCode::TicketClockSkew,
        FailureCode::KdcUnreachable,
        FailureCode::TicketError,
    ];
    let stop = codes
        .iter()
        .find_map(|code| case.stopped(Stage::Login, code))?;
    let login = stop.step()?;
    let asked = case.of(StepKind::TicketRequest).next_back();
    let spn = asked.map_or_else(
        || "the server".to_owned(),
        |step| {
            let subject = &step.subject;
            let host = one_line(subject.host.as_deref().unwrap_or_default(), 253);
            let port = subject
                .port
                .map_or_else(String::new, |port| format!(":{port}"));
            format!("MSSQLSvc/{host}{port}")
        },
    );
    let words = words(&stop.code, &spn);
    let said = login.detail.as_deref().map_or_else(String::new, |text| {
        format!("{}.", one_line(text.trim_end_matches('.'), 200))
    });
    let mut draft = Draft::problem(words.code, words.owner)
        .title(words.title)
        .because(code_sentence(&stop.code))
        .because(said)
        .because(
            "The database server was reached: name, TCP and TLS to it work. No login was sent.",
        )
        .sure(match stop.code {
            FailureCode::TicketError => Confidence::Possible,
            FailureCode::TicketRefused | FailureCode::TicketMissing => Confidence::Proven,
            _ => Confidence::Likely,
        })
        .link(links::SPN)
        .rests_on(&login);
    for line in words.advice {
        draft = draft.then(line);
    }
    if let Some(asked) = asked {
        draft = draft.rests_on(&asked);
    }
    draft.done(case)
}

fn words(code: &FailureCode, spn: &str) -> Words {
    let again = "Or choose another way to sign in.".to_owned();
    match code {
        FailureCode::TicketMissing => Words {
            code: "ticket_missing",
            owner: Owner::ThisHost,
            title: "The account that the agent runs as has no valid Kerberos ticket.".to_owned(),
            advice: vec![
                "On the agent's host, as the account that the agent runs as, look with klist, and sign in with kinit; a service needs a keytab and k5start or the like.".to_owned(),
                "KRB5CCNAME must name the same credential cache for the agent and for kinit.".to_owned(),
                again,
            ],
        },
        FailureCode::TicketRefused => Words {
            code: "ticket_refused",
            owner: Owner::Dba,
            title: format!("The domain gives no ticket for {spn}."),
            advice: vec![
                format!("Look who holds the SPN: setspn -Q {spn}. Nobody: setspn -S {spn} ACCOUNT, with the account that SQL Server runs as. Two: remove one (setspn -X lists them)."),
                "Name the server as it is registered: its full name, not an address or an alias of it.".to_owned(),
                again,
            ],
        },
        FailureCode::TicketClockSkew => Words {
            code: "ticket_clock_skew",
            owner: Owner::ThisHost,
            title: "Kerberos refuses this host's clock, or the server's: more than 5 minutes apart.".to_owned(),
            advice: vec![
                "Let this host, the domain controller and the server take the time from the same place (chronyc tracking, w32tm /query /status).".to_owned(),
                "Then sign in anew (kinit) and run again.".to_owned(),
            ],
        },
        FailureCode::KdcUnreachable => Words {
            code: "kdc_unreachable",
            owner: Owner::Network,
            title: "No domain controller answers this host, so there is no ticket to log in with.".to_owned(),
            advice: vec![
                "Allow TCP and UDP 88 from this host to the domain controllers.".to_owned(),
                "Look at the realm in krb5.conf, and at the record _kerberos._tcp of the domain's name.".to_owned(),
                again,
            ],
        },
        _ => Words {
            code: "ticket_error",
            owner: Owner::ThisHost,
            title: "Kerberos failed on this host, for a reason of its own.".to_owned(),
            advice: vec![
                format!("On the agent's host, as the account that the agent runs as: kvno {spn} asks for the same ticket; KRB5_TRACE=/dev/stderr before it says each step."),
                again,
            ],
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect};
    use model::{Confidence::*, FailureCode::*, Outcome, PlanLogin, StepKind};

    const EP: &str = "20.61.99.193:1433";

    #[test]
    fn each_way_to_get_no_ticket() {
        for (code, verdict, sure, advice) in [
            (TicketMissing, "ticket_missing", Proven, "klist"),
            (
                TicketRefused,
                "ticket_refused",
                Proven,
                "setspn -Q MSSQLSvc/",
            ),
            (TicketClockSkew, "ticket_clock_skew", Likely, "chronyc"),
            (KdcUnreachable, "kdc_unreachable", Likely, "88"),
            (TicketError, "ticket_error", Possible, "KRB5_TRACE"),
        ] {
            let log = Log::new()
                .signs_in(PlanLogin::Integrated)
                .secured(EP)
                .running(StepKind::TicketRequest, "db.corp.example")
                .ends(Some(code.clone()))
                .login(EP, Some(code))
                .finish();
            let finding = expect(&log, verdict, sure, Outcome::Problem);
            assert!(finding.recommendation[0].contains(advice), "{finding:?}");
        }
    }
}
