//! `server_string_odd`: what is odd about the server string, explained. It stopped nothing.
//!
//! The oddities are those of the crate `target`: wrong port for the kind of endpoint, a private-link or node name, an
//! address instead of a name, an instance where there are none.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use model::{Confidence, Finding, Owner, Severity};

pub(crate) const RULE: Rule = Rule::problem(find);

/// Oddities that are a choice rather than a mistake.
const CHOICES: [&str; 3] = ["custom_domain", "instance_port", "instance_and_port"];

fn find(case: &Case<'_>) -> Option<Finding> {
    let server = &case.plan()?.target.server;
    let notes = target::parse(server).ok()?.notes();
    let mistake = notes.iter().find(|note| !CHOICES.contains(&note.code));
    let severity = if mistake.is_some() {
        Severity::Warning
    } else {
        Severity::Info
    };
    let first = mistake.or_else(|| notes.first())?;
    let mut draft = Draft::new("server_string_odd", severity, Owner::App)
        .title(format!("Something about {server} is worth a look."))
        .sure(Confidence::Possible)
        .because(first.text);
    for note in notes.iter().filter(|note| note.code != first.code) {
        draft = draft.because(note.text);
    }
    draft
        .then("Compare the name and port with what the server's own page in the portal of Azure, or its administrator, says.")
        .link(links::ARCHITECTURE)
        .cite_event(case.state.first_seq())
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};
    use model::Severity;

    fn of(server: &str) -> Log {
        Log::to(server)
            .dns("system", Ok(&["20.61.99.193"]))
            .secured("20.61.99.193:1433")
            .finish()
    }

    #[test]
    fn oddities_are_explained() {
        let cases = [
            (
                "mi.public.0a1b.database.windows.net,1433",
                "3342",
                Severity::Warning,
            ),
            (
                "mi.0a1b.database.windows.net,3342",
                "1433",
                Severity::Warning,
            ),
            (
                "contoso.privatelink.database.windows.net",
                "privatelink",
                Severity::Warning,
            ),
            ("198.51.100.7,1433", "address", Severity::Warning),
            ("db.contoso.example", "alias", Severity::Info),
        ];
        for (server, word, severity) in cases {
            let finding = expect_beside(&of(server), "server_string_odd");
            assert!(
                finding.explanation.contains(word),
                "{server}: {}",
                finding.explanation
            );
            assert_eq!(finding.severity, severity, "{server}");
        }
    }

    #[test]
    fn the_usual_string_is_not_odd() {
        for server in [
            "contoso.database.windows.net",
            "mi.public.0a1b.database.windows.net,3342",
            "sql01",
        ] {
            expect_no(&of(server), "server_string_odd");
        }
    }
}
