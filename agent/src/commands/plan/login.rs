//! Ways of signing in, as arguments. Secrets come from a variable or from standard input, never from here.

use crate::commands::secret::of_environment;
use anyhow::{bail, ensure};
use clap::{Args, ValueEnum};
use model::PlanLogin;
use zeroize::Zeroizing;

/// How the run signs in.
#[derive(Args, Debug)]
#[command(next_help_heading = "Sign-in")]
pub(in crate::commands) struct LoginArguments {
    /// How the run signs in [default: sql with a user and a password, entra-token with --token-env, else none]
    #[arg(long, value_enum, env = "LINECHECK_AUTH", value_name = "HOW")]
    auth: Option<How>,
    /// The login, or the user principal name; without any sign-in the run goes as far as TLS
    #[arg(long, value_name = "LOGIN")]
    user: Option<String>,
    /// Application (client) id: of the service principal, or of a user-assigned managed identity
    #[arg(long, value_name = "GUID")]
    client_id: Option<String>,
    /// Tenant id or domain: of the service principal, or where a person signs in with a code
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// Environment variable that holds an access token
    #[arg(long, value_name = "VARIABLE")]
    token_env: Option<String>,
}

/// The kinds of the API, with hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum How {
    /// No LOGIN7 is sent
    None,
    /// SQL Server authentication
    Sql,
    /// A made-up user: shows how far a login gets, and costs the server a failed one
    Dummy,
    /// Microsoft Entra, an access token
    EntraToken,
    /// Microsoft Entra, user name and password
    EntraPassword,
    /// Microsoft Entra, an application and its secret
    EntraServicePrincipal,
    /// Microsoft Entra, the managed identity of this host
    EntraManagedIdentity,
    /// Microsoft Entra, a code that is typed in on another device
    EntraDeviceCode,
    /// Windows authentication as the account that this program runs as
    Integrated,
}

impl How {
    fn word(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}

impl LoginArguments {
    /// The access token, when one was promised.
    pub(in crate::commands) fn token(&self) -> anyhow::Result<Option<Zeroizing<String>>> {
        let Some(name) = &self.token_env else {
            return Ok(None);
        };
        let token = of_environment("--token-env", name)?;
        ensure!(!token.is_empty(), "the token is empty");
        Ok(Some(token))
    }

    /// The login; `pasted` is the user of a connection string, who counts only where one is needed.
    pub(super) fn login(
        &self,
        pasted: Option<&str>,
        has_secret: bool,
        notes: &mut Vec<String>,
    ) -> anyhow::Result<PlanLogin> {
        let Some(how) = self.how(pasted, has_secret)? else {
            notes.push(
                "No password was given, so the run does not sign in. Give one with --password-env or \
                 --password-stdin."
                    .to_owned(),
            );
            return Ok(PlanLogin::None);
        };
        let word = how.word();
        let needs = |value: Option<&str>, flag: &str| match value {
            Some(value) => Ok(value.to_owned()),
            None => bail!("--auth {word} needs {flag}"),
        };
        let user = self.user.as_deref().or(pasted);
        let (client_id, tenant) = (self.client_id.as_deref(), self.tenant.as_deref());
        let login = match how {
            How::None => PlanLogin::None,
            How::Dummy => PlanLogin::Dummy,
            How::Integrated => PlanLogin::Integrated,
            How::Sql => PlanLogin::Sql {
                user: needs(user, "--user")?,
            },
            How::EntraToken => PlanLogin::EntraToken,
            How::EntraPassword => PlanLogin::EntraPassword {
                user: needs(user, "--user")?,
            },
            How::EntraServicePrincipal => PlanLogin::EntraServicePrincipal {
                tenant: needs(tenant, "--tenant")?,
                client_id: needs(client_id, "--client-id")?,
            },
            How::EntraManagedIdentity => PlanLogin::EntraManagedIdentity {
                client_id: client_id.map(str::to_owned),
            },
            How::EntraDeviceCode => PlanLogin::EntraDeviceCode {
                tenant: tenant.map(str::to_owned),
            },
        };
        self.ensure_fits(how)?;
        if let Some((_, sentence)) = login.reason_refused() {
            bail!("{sentence}");
        }
        match (login.sealed_for(), has_secret) {
            (Some(_), false) if how == How::EntraToken => {
                bail!(
                    "--auth entra-token needs a token: give it with --token-env VARIABLE or --password-stdin"
                )
            }
            (Some(_), false) => bail!(
                "--auth {word} needs a secret: give it with --password-env VARIABLE or --password-stdin"
            ),
            (None, true) => bail!("--auth {word} takes no secret"),
            _ => Ok(login),
        }
    }

    /// What was asked for, said or not; none where a pasted user lacks only the password.
    fn how(&self, pasted: Option<&str>, has_secret: bool) -> anyhow::Result<Option<How>> {
        if let Some(how) = self.auth {
            return Ok(Some(how));
        }
        if self.token_env.is_some() {
            return Ok(Some(How::EntraToken));
        }
        match (self.user.as_deref(), pasted, has_secret) {
            (Some(_), _, true) | (None, Some(_), true) => Ok(Some(How::Sql)),
            (None, None, true) => bail!("a password without a login: name one with --user"),
            (Some(_), _, false) => bail!(
                "--user needs a password: give it with --password-env VARIABLE or --password-stdin"
            ),
            (None, Some(_), false) => Ok(None),
            (None, None, false) => Ok(Some(How::None)),
        }
    }

    /// A flag that would change nothing is a mistake of whoever gave it.
    fn ensure_fits(&self, how: How) -> anyhow::Result<()> {
        use How::{
            EntraDeviceCode, EntraManagedIdentity, EntraPassword, EntraServicePrincipal, Sql,
        };
        for (flag, given, fits) in [
            (
                "--user",
                self.user.is_some(),
                matches!(how, Sql | EntraPassword),
            ),
            (
                "--client-id",
                self.client_id.is_some(),
                matches!(how, EntraServicePrincipal | EntraManagedIdentity),
            ),
            (
                "--tenant",
                self.tenant.is_some(),
                matches!(how, EntraServicePrincipal | EntraDeviceCode),
            ),
            (
                "--token-env",
                self.token_env.is_some(),
                how == How::EntraToken,
            ),
        ] {
            ensure!(
                fits || !given,
                "{flag} does not go with --auth {}",
                how.word()
            );
        }
        Ok(())
    }
}
