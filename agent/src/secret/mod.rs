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
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// Why there is no secret, in a plain sentence that holds no part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SecretRefused(pub(crate) String);

/// The secrets of a run.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Opened {
    /// For its own target.
    pub(crate) own: Option<Zeroizing<String>>,
    /// For the managed instance of its link.
    pub(crate) instance: Option<Zeroizing<String>>,
}

impl Opened {
    /// Each of them.
    pub(crate) fn each(&self) -> impl Iterator<Item = &str> {
        let both = self.own.iter().chain(&self.instance);
        both.map(|secret| secret.as_str())
    }
}

impl From<&Opened> for probe::Secrets {
    fn from(opened: &Opened) -> Self {
        let secret = |secret: &Option<Zeroizing<String>>| {
            let secret = secret.as_ref()?;
            Some(probe::Secret::new(secret.as_str().to_owned()))
        };
        Self {
            own: secret(&opened.own),
            instance: secret(&opened.instance),
        }
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened(…)")
    }
}

/// What came sealed with a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Boxes {
    /// For its own target.
    pub(crate) own: Option<String>,
    /// For the managed instance of its link.
    pub(crate) instance: Option<String>,
}

impl Boxes {
    /// Of a claim.
    pub(crate) fn of(claim: &Claim) -> Self {
        Self {
            own: claim.sealed.clone(),
            instance: claim.instance_sealed.clone(),
        }
    }
}

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

    /// The secrets for `claim`: none where its plan signs in nowhere.
    pub(crate) fn take(&self, claim: &Claim, now: DateTime<Utc>) -> Result<Opened, SecretRefused> {
        let own = self.take_one(&claim.plan, claim.sealed.as_deref(), now)?;
        let instance = match second(&claim.plan) {
            Some(plan) => self.take_one(&plan, claim.instance_sealed.as_deref(), now)?,
            None => None,
        };
        Ok(Opened { own, instance })
    }

    fn take_one(
        &self,
        plan: &Plan,
        sealed: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Option<Zeroizing<String>>, SecretRefused> {
        let Some(user) = plan.login.sealed_for() else {
            return Ok(None);
        };
        let refused = |why: &dyn std::fmt::Display| SecretRefused(why.to_string());
        let Some(sealed) = sealed else {
            return Err(refused(&"no sealed secret came with the plan"));
        };
        let contents = self
            .identity
            .open(sealed)
            .map_err(|error| refused(&error))?;
        seal::check(&contents, &purpose(plan, user), now).map_err(|refusal| refused(&refusal))?;
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
    /// The secrets of a plan that was made before, to take away what it left: they were in time and not used before then.
    /// With one of the two, what lies on the other server is left for later.
    pub(crate) fn again(&self, plan: &Plan, boxes: &Boxes) -> Result<Opened, SecretRefused> {
        let own = self.one_again(plan, boxes.own.as_deref());
        let instance = match second(plan) {
            Some(plan) => self.one_again(&plan, boxes.instance.as_deref()),
            None => {
                return Ok(Opened {
                    own: own?,
                    instance: None,
                });
            }
        };
        match (own, instance) {
            (Err(refused), Err(_)) => Err(refused),
            (own, instance) => Ok(Opened {
                own: own.unwrap_or_default(),
                instance: instance.unwrap_or_default(),
            }),
        }
    }

    fn one_again(
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

/// The sign-in at the managed instance of a plan's link; a dry run has none.
fn second(plan: &Plan) -> Option<Plan> {
    let link = plan.options.lasting.instance_link.as_ref();
    link.filter(|link| !link.dry_run)?;
    probe::instance_plan(plan)
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
    use super::{Boxes, Opened, SecretRefused, Secrets};
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
            instance_sealed: None,
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

        let opened = secrets.take(&good, now).expect("taken");
        let secret = opened.own.expect("a secret");
        assert_eq!(secret.as_str(), "Passw0rd-42");
        let again = SecretRefused("the sealed secret was used before".to_owned());
        assert_eq!(secrets.take(&good, now), Err(again.clone()));
        drop(secrets);
        assert_eq!(open().take(&good, now), Err(again), "over a restart");
        let boxes = Boxes::of(&good);
        let kept = open().again(&good.plan, &boxes).expect("opened");
        assert_eq!(kept.own.expect("a secret").as_str(), "Passw0rd-42");
        assert!(open().again(&swapped.plan, &boxes).is_err());
        assert!(open().again(&good.plan, &Boxes::default()).is_err());
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
        assert_eq!(secrets.take(&without, Utc::now()), Ok(Opened::default()));
    }

    #[test]
    fn each_server_of_a_link_has_a_secret_of_its_own_that_fits_no_other() {
        let dir = tempfile::tempdir().expect("a folder");
        let identity = Identity::load_or_create(dir.path()).expect("made");
        let secrets = Secrets::open_dir(identity.clone(), dir.path(), Utc::now()).expect("opened");
        let now = Utc::now();
        let until = now + TimeDelta::minutes(15);
        let mut claim = claim(Some(seal(&identity, until)));
        let link = r#"{"instance": "mi.example.net", "user": "other", "address": "10.0.0.4",
                       "dry_run": false, "objects_allowed": true}"#;
        claim.plan.options.lasting.instance_link = serde_json::from_str(link).expect("a link");
        let plan = probe::instance_plan(&claim.plan).expect("a second plan");
        let of_instance = |secret: &str| {
            let purpose = super::purpose(&plan, "other");
            let contents = Contents::new(secret.to_owned(), purpose, until);
            seal::seal(&contents, &identity.public_key()).expect("seals")
        };
        let refused = |claim: &Claim| secrets.take(claim, now).expect_err("refused").0;
        assert!(refused(&claim).contains("no sealed secret"));
        let mut swapped = claim.clone();
        swapped.sealed = Some(of_instance("Instance-42"));
        assert!(refused(&swapped).contains("another host"));

        let mut good = claim.clone();
        good.sealed = Some(seal(&identity, until));
        good.instance_sealed = Some(of_instance("Instance-42"));
        let opened = secrets.take(&good, now).expect("taken");
        let both: Vec<&str> = opened.each().collect();
        assert_eq!(both, ["Passw0rd-42", "Instance-42"]);
        let boxes = Boxes::of(&good);
        assert_eq!(secrets.again(&good.plan, &boxes), Ok(opened));
        let one = Boxes { own: None, ..boxes };
        let left = secrets.again(&good.plan, &one).expect("one of the two");
        assert_eq!((left.own, left.instance.is_some()), (None, true));
    }
}
