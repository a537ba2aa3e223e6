//! How a run signs in, as the form has it: one choice, the fields that it has, and the login they come to.

use model::api::Auth;
use model::{AgentId, PlanLogin};
use std::collections::BTreeMap;

/// Longest password that a server takes.
const LONGEST_PASSWORD: usize = 128;
/// Longest token: agents open no longer secret.
const LONGEST_TOKEN: usize = 12_000;

/// How the run is to sign in.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) enum SignIn {
    /// It stops before LOGIN7.
    #[default]
    None,
    /// SQL Server authentication.
    Sql,
    EntraPassword,
    EntraToken,
    EntraServicePrincipal,
    EntraManagedIdentity,
    EntraDeviceCode,
    /// Windows authentication.
    Integrated,
    /// A made-up user.
    Dummy,
}

/// A field that a choice may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Has {
    No,
    Optional,
    Yes,
}

impl SignIn {
    /// Every choice, in the order of the form.
    pub(crate) const ALL: [Self; 9] = [
        Self::None,
        Self::Sql,
        Self::EntraPassword,
        Self::EntraToken,
        Self::EntraServicePrincipal,
        Self::EntraManagedIdentity,
        Self::EntraDeviceCode,
        Self::Integrated,
        Self::Dummy,
    ];

    /// The API's word.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sql => "sql",
            Self::EntraPassword => "entra_password",
            Self::EntraToken => "entra_token",
            Self::EntraServicePrincipal => "entra_service_principal",
            Self::EntraManagedIdentity => "entra_managed_identity",
            Self::EntraDeviceCode => "entra_device_code",
            Self::Integrated => "integrated",
            Self::Dummy => "dummy",
        }
    }

    /// By the API's word.
    pub(crate) fn of_key(key: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.key() == key).unwrap_or_default()
    }

    /// As a pasted string says it. A window of the browser becomes a code, which needs none on the agent's host.
    pub(crate) fn of_pasted(sign_in: target::SignIn) -> Self {
        match sign_in {
            target::SignIn::None | target::SignIn::EntraDefault => Self::None,
            target::SignIn::Sql => Self::Sql,
            target::SignIn::EntraPassword => Self::EntraPassword,
            target::SignIn::EntraInteractive | target::SignIn::EntraDeviceCode => {
                Self::EntraDeviceCode
            }
            target::SignIn::EntraServicePrincipal => Self::EntraServicePrincipal,
            target::SignIn::EntraManagedIdentity => Self::EntraManagedIdentity,
            target::SignIn::EntraToken => Self::EntraToken,
            target::SignIn::EntraIntegrated | target::SignIn::Windows => Self::Integrated,
        }
    }

    /// In the list.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Sql => "SQL login",
            Self::EntraPassword => "Microsoft Entra: password",
            Self::EntraToken => "Microsoft Entra: access token",
            Self::EntraServicePrincipal => "Microsoft Entra: service principal",
            Self::EntraManagedIdentity => "Microsoft Entra: managed identity",
            Self::EntraDeviceCode => "Microsoft Entra: code on another device",
            Self::Integrated => "Windows (integrated)",
            Self::Dummy => "Made-up user",
        }
    }

    /// What it does, in a sentence.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::None => "Goes as far as the login, and stops before it.",
            Self::Sql => "Also logs in, follows redirects, and sends a query.",
            Self::EntraPassword => {
                "The agent gets a token with user and password. Accounts with a second factor cannot sign in so."
            }
            Self::EntraToken => {
                "A token for https://database.windows.net/ that you have, as from az account get-access-token."
            }
            Self::EntraServicePrincipal => "The agent gets a token as an application.",
            Self::EntraManagedIdentity => {
                "The identity of the host that the agent runs on: for agents on Azure."
            }
            Self::EntraDeviceCode => {
                "The run shows a code; you sign in with it in any browser, a second factor included."
            }
            Self::Integrated => {
                "Kerberos or NTLM, as the account that the agent runs as, where the agent was built with it."
            }
            Self::Dummy => {
                "Sends a login that must fail: it shows how far a login gets. The server counts a failed login."
            }
        }
    }

    /// Whether somebody is logged in in the end.
    pub(crate) fn logs_in(self) -> bool {
        !matches!(self, Self::None | Self::Dummy)
    }

    pub(crate) fn user(self) -> Has {
        has(matches!(self, Self::Sql | Self::EntraPassword))
    }

    pub(crate) fn client_id(self) -> Has {
        match self {
            Self::EntraManagedIdentity => Has::Optional,
            _ => has(self == Self::EntraServicePrincipal),
        }
    }

    pub(crate) fn tenant(self) -> Has {
        match self {
            Self::EntraDeviceCode => Has::Optional,
            _ => has(self == Self::EntraServicePrincipal),
        }
    }

    /// What its secret is called, when it has one.
    pub(crate) fn secret(self) -> Option<&'static str> {
        match self {
            Self::Sql | Self::EntraPassword => Some("Password"),
            Self::EntraToken => Some("Access token"),
            Self::EntraServicePrincipal => Some("Client secret"),
            _ => None,
        }
    }

    /// Why a secret cannot be one.
    pub(crate) fn secret_wrong(self, secret: &str) -> Option<String> {
        let name = self.secret()?.to_lowercase();
        let most = match self {
            Self::EntraToken => LONGEST_TOKEN,
            _ => LONGEST_PASSWORD,
        };
        if secret.is_empty() {
            Some(format!("Give the {name}, or choose another sign-in."))
        } else if secret.chars().count() > most {
            Some(format!(
                "It is longer than a {name} can be: {most} characters at most."
            ))
        } else {
            None
        }
    }

    /// The choice, user, client id and tenant of a plan.
    pub(crate) fn of_login(login: &PlanLogin) -> (Self, Option<&str>, Option<&str>, Option<&str>) {
        match login {
            PlanLogin::None => (Self::None, None, None, None),
            PlanLogin::Sql { user } => (Self::Sql, Some(user), None, None),
            PlanLogin::Dummy => (Self::Dummy, None, None, None),
            PlanLogin::EntraToken => (Self::EntraToken, None, None, None),
            PlanLogin::EntraPassword { user } => (Self::EntraPassword, Some(user), None, None),
            PlanLogin::EntraServicePrincipal { tenant, client_id } => (
                Self::EntraServicePrincipal,
                None,
                Some(client_id),
                Some(tenant),
            ),
            PlanLogin::EntraManagedIdentity { client_id } => {
                (Self::EntraManagedIdentity, None, client_id.as_deref(), None)
            }
            PlanLogin::EntraDeviceCode { tenant } => {
                (Self::EntraDeviceCode, None, None, tenant.as_deref())
            }
            PlanLogin::Integrated => (Self::Integrated, None, None, None),
        }
    }

    /// The login that the fields come to.
    pub(crate) fn login(self, user: &str, client_id: &str, tenant: &str) -> PlanLogin {
        let text = |text: &str| text.trim().to_owned();
        let some = |given: &str| Some(text(given)).filter(|given| !given.is_empty());
        match self {
            Self::None => PlanLogin::None,
            Self::Sql => PlanLogin::Sql { user: text(user) },
            Self::Dummy => PlanLogin::Dummy,
            Self::EntraToken => PlanLogin::EntraToken,
            Self::EntraPassword => PlanLogin::EntraPassword { user: text(user) },
            Self::EntraServicePrincipal => PlanLogin::EntraServicePrincipal {
                tenant: text(tenant),
                client_id: text(client_id),
            },
            Self::EntraManagedIdentity => PlanLogin::EntraManagedIdentity {
                client_id: some(client_id),
            },
            Self::EntraDeviceCode => PlanLogin::EntraDeviceCode {
                tenant: some(tenant),
            },
            Self::Integrated => PlanLogin::Integrated,
        }
    }
}

/// What the portal is asked for.
pub(crate) fn auth(login: PlanLogin, sealed: BTreeMap<AgentId, String>) -> Auth {
    match login {
        PlanLogin::None => Auth::None,
        PlanLogin::Sql { user } => Auth::Sql { user, sealed },
        PlanLogin::Dummy => Auth::Dummy,
        PlanLogin::EntraToken => Auth::EntraToken { sealed },
        PlanLogin::EntraPassword { user } => Auth::EntraPassword { user, sealed },
        PlanLogin::EntraServicePrincipal { tenant, client_id } => Auth::EntraServicePrincipal {
            tenant,
            client_id,
            sealed,
        },
        PlanLogin::EntraManagedIdentity { client_id } => Auth::EntraManagedIdentity { client_id },
        PlanLogin::EntraDeviceCode { tenant } => Auth::EntraDeviceCode { tenant },
        PlanLogin::Integrated => Auth::Integrated,
    }
}

fn has(it: bool) -> Has {
    if it { Has::Yes } else { Has::No }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_its_login_and_back() {
        let (user, id, tenant) = ("app", "01932c4f-0000-7000-8000-000000000001", "contoso.com");
        for choice in SignIn::ALL {
            let login = choice.login(user, id, tenant);
            let (back, with_user, with_id, with_tenant) = SignIn::of_login(&login);
            assert_eq!(back, choice);
            assert_eq!(with_user.is_some(), choice.user() == Has::Yes, "{choice:?}");
            assert_eq!(
                with_id.is_some(),
                choice.client_id() != Has::No,
                "{choice:?}"
            );
            assert_eq!(
                with_tenant.is_some(),
                choice.tenant() != Has::No,
                "{choice:?}"
            );
            assert_eq!(login.sealed_for().is_some(), choice.secret().is_some());
            assert_eq!(login.reason_refused(), None);
            assert_eq!(SignIn::of_key(choice.key()), choice);
            let written = serde_json::to_value(&login).expect("writes");
            assert_eq!(written["kind"], choice.key());
        }
    }

    #[test]
    fn a_secret_is_asked_for_by_its_name() {
        let wrong = |choice: SignIn, secret: &str| choice.secret_wrong(secret);
        assert!(wrong(SignIn::EntraToken, "").is_some_and(|it| it.contains("access token")));
        assert_eq!(wrong(SignIn::EntraToken, &"x".repeat(3_000)), None);
        assert!(wrong(SignIn::Sql, &"x".repeat(129)).is_some());
        assert_eq!(wrong(SignIn::EntraManagedIdentity, ""), None);
    }
}
