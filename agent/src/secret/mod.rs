//! Opening the secret that came with a claim, for that plan and once only.
//!
//! ```text
//! plan signs in? ──no──▶ no secret
//!      │yes
//!      ▼
//!   unseal ──▶ purpose and time fit ──▶ nonce never seen ──▶ nonce on disk ──▶ secret
//!      └──────────────┴───────────────────────────┴──────────────────────┴──▶ refused: nothing is sent
//! ```

mod nonces;

use crate::Identity;
use chrono::{DateTime, Utc};
use model::Plan;
use model::agent_api::Claim;
use nonces::Nonces;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// Why there is no secret, in a plain sentence that holds no part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SecretRefused(pub(crate) String);

/// Opens secrets, and remembers which were used.
#[derive(Debug)]
pub(crate) struct Secrets {
    identity: Identity,
    nonces: Mutex<Nonces>,
}

impl Secrets {
    pub(crate) fn open_dir(identity: Identity, dir: &Path, now: DateTime<Utc>) -> io::Result<Self> {
        let nonces = Nonces::open(&dir.join("nonces.jsonl"), now)?;
        Ok(Self {
            identity,
            nonces: Mutex::new(nonces),
        })
    }

    /// The secret for `claim`, or `None` when its plan signs in nowhere.
    pub(crate) fn take(
        &self,
        claim: &Claim,
        now: DateTime<Utc>,
    ) -> Result<Option<Zeroizing<String>>, SecretRefused> {
        let Some(user) = claim.plan.login.sealed_for() else {
            return Ok(None);
        };
        let refused = |why: &dyn std::fmt::Display| SecretRefused(why.to_string());
        let Some(sealed) = &claim.sealed else {
            return Err(refused(&"no sealed secret came with the plan"));
        };
        let contents = self
            .identity
            .open(sealed)
            .map_err(|error| refused(&error))?;
        seal::check(&contents, &purpose(&claim.plan, user), now)
            .map_err(|refusal| refused(&refusal))?;
        let until = contents.not_after().map_err(|error| refused(&error))?;
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        match nonces.first_use(&contents.nonce, until) {
            Ok(true) => Ok(Some(contents.secret)),
            Ok(false) => Err(refused(&"the sealed secret was used before")),
            // Not remembered means not used: else a restart would allow a second use.
            Err(_) => Err(refused(
                &"the agent could not note that the secret is used now",
            )),
        }
    }
}

impl Secrets {
    /// The secret of a plan that was made before, to take away what it left: it was in time and not used before then.
    pub(crate) fn again(
        &self,
        plan: &Plan,
        sealed: Option<&str>,
    ) -> Result<Option<Zeroizing<String>>, SecretRefused> {
        let Some(user) = plan.login.sealed_for() else {
            return Ok(None);
        };
        let refused = |why: &dyn std::fmt::Display| SecretRefused(why.to_string());
        let sealed = sealed.ok_or_else(|| refused(&"no sealed secret was kept"))?;
        let contents = self
            .identity
            .open(sealed)
            .map_err(|error| refused(&error))?;
        let until = contents.not_after().map_err(|error| refused(&error))?;
        seal::check(&contents, &purpose(plan, user), until).map_err(|refusal| refused(&refusal))?;
        Ok(Some(contents.secret))
    }
}

/// What the plan wants the secret for.
fn purpose(plan: &Plan, user: &str) -> seal::Purpose {
    seal::Purpose {
        user: user.to_owned(),
        host: plan.target.host.clone(),
        port: plan.target.port,
        trust_server_certificate: plan.options.trust_server_certificate,
        allow_clear_text: plan.options.allow_clear_text,
    }
}

#[cfg(test)]
mod tests {
    use super::{SecretRefused, Secrets};
    use crate::Identity;
    use chrono::{DateTime, TimeDelta, Utc};
    use model::agent_api::Claim;
    use model::{LeaseId, Options, Plan, PlanLogin, RunId, Target};
    use seal::Contents;
    use uuid::Uuid;

    fn claim(sealed: Option<String>) -> Claim {
        Claim {
            run: RunId(Uuid::nil()),
            lease: LeaseId(Uuid::nil()),
            plan: Plan {
                run: RunId(Uuid::nil()),
                target: Target {
                    server: "tcp:db.example.net,1433".to_owned(),
                    host: "db.example.net".to_owned(),
                    port: Some(1433),
                    instance: None,
                    database: "master".to_owned(),
                    kind: "sql_server".to_owned(),
                },
                login: PlanLogin::Sql {
                    user: "practice".to_owned(),
                },
                options: Options::default(),
            },
            sealed,
            expires_in_ms: 30_000,
        }
    }

    fn seal(identity: &Identity, not_after: DateTime<Utc>) -> String {
        let purpose = super::purpose(&claim(None).plan, "practice");
        let contents = Contents::new("Passw0rd-42".to_owned(), purpose, not_after);
        seal::seal(&contents, &identity.public_key()).expect("seals")
    }

    #[test]
    fn a_secret_is_given_once_and_only_for_its_plan() {
        let dir = tempfile::tempdir().expect("a folder");
        let identity = Identity::load_or_create(dir.path()).expect("made");
        let open = || Secrets::open_dir(identity.clone(), dir.path(), Utc::now()).expect("opened");
        let secrets = open();
        let now = Utc::now();
        let good = claim(Some(seal(&identity, now + TimeDelta::minutes(15))));

        let mut swapped = good.clone();
        swapped.plan.target.host = "elsewhere.example.net".to_owned();
        let refusal = secrets.take(&swapped, now).expect_err("another host");
        assert!(refusal.0.contains("another host"), "{refusal:?}");
        let mut careless = good.clone();
        careless.plan.options.allow_clear_text = true;
        let refusal = secrets.take(&careless, now).expect_err("less care");
        assert!(refusal.0.contains("clear text"), "{refusal:?}");
        let late = secrets.take(&good, now + TimeDelta::minutes(16));
        assert!(late.expect_err("expired").0.contains("expired"));

        let secret = secrets.take(&good, now).expect("taken").expect("a secret");
        assert_eq!(secret.as_str(), "Passw0rd-42");
        let again = SecretRefused("the sealed secret was used before".to_owned());
        assert_eq!(secrets.take(&good, now), Err(again.clone()));
        drop(secrets);
        assert_eq!(open().take(&good, now), Err(again), "over a restart");
        let sealed = good.sealed.as_deref();
        let kept = open().again(&good.plan, sealed).expect("opened");
        assert_eq!(kept.expect("a secret").as_str(), "Passw0rd-42");
        assert!(open().again(&swapped.plan, sealed).is_err());
        assert!(open().again(&good.plan, None).is_err());
    }

    #[test]
    fn a_plan_without_a_login_needs_none_and_one_with_a_login_does() {
        let dir = tempfile::tempdir().expect("a folder");
        let identity = Identity::load_or_create(dir.path()).expect("made");
        let secrets = Secrets::open_dir(identity, dir.path(), Utc::now()).expect("opened");
        let mut without = claim(None);
        assert!(secrets.take(&without, Utc::now()).is_err());
        assert!(
            secrets
                .take(&claim(Some("AAAA".to_owned())), Utc::now())
                .is_err()
        );
        without.plan.login = PlanLogin::None;
        assert_eq!(secrets.take(&without, Utc::now()), Ok(None));
    }
}
