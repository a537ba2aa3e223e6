//! Ways of signing in.

use crate::words::one_line;
use model::PlanLogin;

/// How a run signs in, for example `SQL Server authentication as app`; `without sign-in`.
#[must_use]
pub fn login(login: &PlanLogin) -> String {
    let name = |text: &str| one_line(text, 128);
    match login {
        PlanLogin::None => "without sign-in".to_owned(),
        PlanLogin::Sql { user } => format!("SQL Server authentication as {}", name(user)),
        PlanLogin::Dummy => "with a made-up user".to_owned(),
        PlanLogin::EntraToken => "Microsoft Entra, with a pasted token".to_owned(),
        PlanLogin::EntraPassword { user } => {
            format!("Microsoft Entra, with a password, as {}", name(user))
        }
        PlanLogin::EntraServicePrincipal { client_id, .. } => {
            format!("Microsoft Entra, as the application {}", name(client_id))
        }
        PlanLogin::EntraManagedIdentity { client_id: None } => {
            "Microsoft Entra, as the managed identity of the agent's host".to_owned()
        }
        PlanLogin::EntraManagedIdentity {
            client_id: Some(id),
        } => format!("Microsoft Entra, as the managed identity {}", name(id)),
        PlanLogin::EntraDeviceCode { .. } => {
            "Microsoft Entra, with a code on another device".to_owned()
        }
        PlanLogin::Integrated => "Windows authentication as the agent's account".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::login;
    use model::PlanLogin;

    #[test]
    fn a_name_that_would_break_the_line_does_not() {
        let user = "app\u{202e}\nroot".to_owned();
        let text = login(&PlanLogin::Sql { user });
        assert!(text.starts_with("SQL Server authentication as app"));
        assert!(!text.contains(['\n', '\u{202e}']));
    }
}
