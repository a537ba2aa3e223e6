//! `driver_settings`: what the person's own driver would have done with its settings, and its string put right.
//!
//! Likely: the settings are known, the driver's version is not.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use model::{Confidence, DriverSettings, Finding, Owner, PlanLogin, Severity};
use target::{Dialect, Driver, Encrypt, Intent, Pasted, SignIn};

pub(crate) const RULE: Rule = Rule::problem(find);

fn find(case: &Case<'_>) -> Option<Finding> {
    let plan = case.plan()?;
    let settings = &plan.options.driver;
    let dialect = Dialect::from_key(settings.dialect?.as_str())?;
    let server = target::parse(&plan.target.server).ok()?;
    let mut pasted = Pasted::of(dialect, server);
    pasted.database = Some(plan.target.database.clone());
    pasted.driver = driver(settings);
    sign_in(&mut pasted, &plan.login);
    let told = target::behaviours(dialect, &pasted.driver, pasted.sign_in, pasted.server.kind);
    let right = target::corrected(&pasted);
    let mut draft = Draft::new("driver_settings", Severity::Info, Owner::App)
        .title("What the application's own driver does with the settings that were pasted.")
        .sure(Confidence::Likely)
        .cite_event(case.state.first_seq());
    for one in &told {
        draft = draft
            .because(format!("{}: {}", one.driver, one.sentences.join(" ")))
            .link(one.source);
    }
    if told.is_empty() {
        draft = draft
            .because(
                "Of which maker the driver is, the string does not tell, so neither what it does.",
            )
            .link(crate::links::CONNECTIVITY);
    }
    for change in &right.changes {
        draft = draft.then(change.text);
    }
    let lines: Vec<&str> = right.text.split_whitespace().collect();
    draft
        .then(format!(
            "The string as it should be, without its secret: “{}”",
            lines.join(" ")
        ))
        .done(case)
}

fn driver(settings: &DriverSettings) -> Driver {
    Driver {
        encrypt: settings.encrypt.map(|encrypt| match encrypt {
            model::Encrypt::Optional => Encrypt::Optional,
            model::Encrypt::Mandatory => Encrypt::Mandatory,
            model::Encrypt::Strict => Encrypt::Strict,
        }),
        trust_server_certificate: settings.trust_server_certificate,
        connect_timeout_s: settings.connect_timeout_s,
        multi_subnet_failover: settings.multi_subnet_failover,
        application_intent: settings.application_intent.map(|intent| match intent {
            model::ApplicationIntent::ReadWrite => Intent::ReadWrite,
            model::ApplicationIntent::ReadOnly => Intent::ReadOnly,
        }),
        connect_retry_count: settings.connect_retry_count,
        connect_retry_interval_s: settings.connect_retry_interval_s,
    }
}

fn sign_in(pasted: &mut Pasted, login: &PlanLogin) {
    let (way, user, id) = match login {
        PlanLogin::None | PlanLogin::Dummy => (SignIn::None, None, None),
        PlanLogin::Sql { user } => (SignIn::Sql, Some(user), None),
        PlanLogin::EntraToken => (SignIn::EntraToken, None, None),
        PlanLogin::EntraPassword { user } => (SignIn::EntraPassword, Some(user), None),
        PlanLogin::EntraServicePrincipal { client_id, .. } => {
            (SignIn::EntraServicePrincipal, None, Some(client_id))
        }
        PlanLogin::EntraManagedIdentity { client_id } => {
            (SignIn::EntraManagedIdentity, None, client_id.as_ref())
        }
        PlanLogin::EntraDeviceCode { .. } => (SignIn::EntraDeviceCode, None, None),
        PlanLogin::Integrated => (SignIn::Windows, None, None),
    };
    pasted.sign_in = way;
    pasted.user = user.cloned();
    pasted.client_id = id.cloned();
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};
    use model::{Dialect, Encrypt};

    const EP: &str = "20.61.99.193:1433";

    #[test]
    fn the_string_comes_back_put_right() {
        let log = Log::new()
            .signed_in()
            .options(|options| {
                options.driver.dialect = Some(Dialect::AdoNet);
                options.driver.encrypt = Some(Encrypt::Optional);
                options.driver.multi_subnet_failover = Some(true);
            })
            .secured(EP)
            .finish();
        let finding = expect_beside(&log, "driver_settings");
        assert!(finding.explanation.contains("System.Data.SqlClient: "));
        let last = finding.recommendation.last().expect("a string");
        assert!(
            last.contains("User ID=reader;Password=<password>;Encrypt=True;"),
            "{last}"
        );
        assert_eq!(finding.recommendation.len(), 4);
        expect_no(&Log::new().secured(EP).finish(), "driver_settings");
    }

    #[test]
    fn every_dialect_is_told_about() {
        for key in target::Dialect::ALL {
            let log = Log::new()
                .options(|options| options.driver.dialect = Dialect::from_key(key.as_str()))
                .secured(EP)
                .finish();
            expect_beside(&log, "driver_settings");
        }
    }
}
