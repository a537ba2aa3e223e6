//! What was pasted, put right, and what that driver would have done with it. Said from a run's plan: the string
//! itself is kept nowhere.

use model::{DriverSettings, PlanLogin, Target};
use target::{Behaviour, Corrected, Dialect, Driver, Encrypt, Intent, Kind, Pasted, SignIn};

/// What can be said of a pasted connection string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverAdvice {
    /// What it was: `an ADO.NET connection string`.
    pub was: &'static str,
    /// The string as it should be, a placeholder where the secret was.
    pub corrected: Corrected,
    /// What the drivers that read it would have done.
    pub behaviours: Vec<Behaviour>,
}

/// Of a run whose server came from a pasted string; `None` for any other.
#[must_use]
pub fn driver_advice(
    target: &Target,
    login: &PlanLogin,
    settings: &DriverSettings,
) -> Option<DriverAdvice> {
    let dialect = Dialect::from_key(settings.dialect?.as_str())?;
    let server = target::parse(&target.server).ok()?;
    let mut pasted = Pasted::of(dialect, server);
    pasted.database = Some(target.database.clone());
    pasted.driver = driver(settings);
    let (sign_in, user, client_id, tenant) = signed_in(login);
    pasted.sign_in = sign_in;
    pasted.user = user.map(str::to_owned);
    pasted.client_id = client_id.map(str::to_owned);
    pasted.tenant = tenant.map(str::to_owned);
    let kind = Kind::from_key(&target.kind).unwrap_or(pasted.server.kind);
    Some(DriverAdvice {
        was: dialect.title(),
        corrected: target::corrected(&pasted),
        behaviours: target::behaviours(dialect, &pasted.driver, sign_in, kind),
    })
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

/// As drivers know it: user, client id, tenant.
fn signed_in(login: &PlanLogin) -> (SignIn, Option<&str>, Option<&str>, Option<&str>) {
    match login {
        PlanLogin::None | PlanLogin::Dummy => (SignIn::None, None, None, None),
        PlanLogin::Sql { user } => (SignIn::Sql, Some(user), None, None),
        PlanLogin::EntraToken => (SignIn::EntraToken, None, None, None),
        PlanLogin::EntraPassword { user } => (SignIn::EntraPassword, Some(user), None, None),
        PlanLogin::EntraServicePrincipal { tenant, client_id } => (
            SignIn::EntraServicePrincipal,
            None,
            Some(client_id),
            Some(tenant),
        ),
        PlanLogin::EntraManagedIdentity { client_id } => (
            SignIn::EntraManagedIdentity,
            None,
            client_id.as_deref(),
            None,
        ),
        PlanLogin::EntraDeviceCode { tenant } => {
            (SignIn::EntraDeviceCode, None, None, tenant.as_deref())
        }
        PlanLogin::Integrated => (SignIn::Windows, None, None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::driver_advice;
    use model::{Dialect, DriverSettings, Encrypt, PlanLogin, Target};

    #[test]
    fn a_pasted_string_is_given_back_put_right_and_its_driver_explained() {
        let target = Target {
            server: "tcp:contoso.database.windows.net,1433".into(),
            host: "contoso.database.windows.net".into(),
            port: Some(1433),
            instance: None,
            database: "sales".into(),
            kind: "sql_database".into(),
        };
        let login = PlanLogin::Sql { user: "app".into() };
        let none = driver_advice(&target, &login, &DriverSettings::default());
        assert_eq!(none, None, "it was not pasted");
        let settings = DriverSettings {
            dialect: Some(Dialect::AdoNet),
            encrypt: Some(Encrypt::Mandatory),
            connect_timeout_s: Some(5),
            ..DriverSettings::default()
        };
        let advice = driver_advice(&target, &login, &settings).expect("it was pasted");
        let text = &advice.corrected.text;
        assert!(text.contains("contoso.database.windows.net") && text.contains("sales"));
        assert!(
            text.contains("app") && text.contains(target::PLACEHOLDER),
            "{text}"
        );
        assert!(advice.behaviours.len() >= 2);
        let said = advice.behaviours[0].sentences.join(" ");
        assert!(said.contains("5 s for everything"), "{said}");
    }
}
