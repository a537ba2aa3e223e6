//! As whom a run logs in, made once from the plan and the secret.

use crate::context::Secret;
use crate::ticket::Tickets;
use crate::token::Tokens;
use model::{FailureCode, PlanLogin};
use uuid::Uuid;

/// User name of a dummy login: ours, and nobody's.
const DUMMY_USER: &str = "linecheck_dummy_login";

/// Who signs in, and by what.
pub(crate) enum Signer {
    /// User name and password go into LOGIN7.
    Sql { user: String, secret: Secret },
    /// An access token of Microsoft Entra.
    Entra(Tokens),
    /// A Kerberos ticket of the agent's own account.
    Integrated(Tickets),
}

/// Why nobody signs in.
pub(crate) struct Unsigned {
    pub(crate) code: FailureCode,
    pub(crate) why: Option<&'static str>,
}

impl Signer {
    /// Of a plan, with the secret that came with it.
    pub(crate) fn of(login: &PlanLogin, secret: Option<Secret>) -> Result<Self, Unsigned> {
        let unsigned = |code, why| Err(Unsigned { code, why });
        match (login, secret) {
            (PlanLogin::Sql { user }, Some(secret)) => Ok(Self::Sql {
                user: user.clone(),
                secret,
            }),
            (PlanLogin::Dummy, _) => Ok(Self::Sql {
                user: DUMMY_USER.to_owned(),
                secret: Secret::new(format!("Dummy-{}", Uuid::new_v4())),
            }),
            (PlanLogin::Integrated, _) => Tickets::of_this_account().map_or_else(
                || {
                    let why = "this agent was built without Windows authentication (Kerberos)";
                    unsigned(FailureCode::NotBuiltIn, Some(why))
                },
                |tickets| Ok(Self::Integrated(tickets)),
            ),
            (login, secret) => Tokens::of(login, secret).map_or_else(
                || unsigned(FailureCode::NoCredentials, None),
                |tokens| Ok(Self::Entra(tokens)),
            ),
        }
    }

    /// For whom failed logins are counted.
    pub(crate) fn user(&self) -> &str {
        match self {
            Self::Sql { user, .. } => user,
            Self::Entra(tokens) => tokens.user(),
            Self::Integrated(_) => "integrated",
        }
    }
}
