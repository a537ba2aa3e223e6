//! The form of a new run: what was typed, what was understood of it, and what is wrong with it.
//!
//! ```text
//! typed ──input──▶ reading(): Nothing │ Server │ Mistake │ ConnectionString
//!   └───paste, leave, start──▶ take_apart(): a connection string becomes fields, once
//! ```
//!
//! It holds the password while it is typed. It has no `Debug`, and nothing here writes it anywhere.

use super::agents::Choice;
use super::lasts::{Lasts, Wrong};
use super::limits::Limits;
use super::sign_in::{Has, SignIn};
use model::api::{AgentView, Auth, NewRun, Practice};
use model::{DriverSettings, PlanLogin};
use serde::Deserialize;
use target::{Corrected, Driver, Note, Parsed, Pasted};
use zeroize::Zeroizing;

/// What stands in the fields.
#[derive(Clone, Default)]
pub(crate) struct Form {
    pub(crate) server: String,
    pub(crate) database: String,
    pub(crate) sign_in: SignIn,
    pub(crate) user: String,
    /// Or the token, or the application's secret.
    pub(crate) password: Zeroizing<String>,
    pub(crate) client_id: String,
    pub(crate) tenant: String,
    pub(crate) limits: Limits,
    /// What lasts.
    pub(crate) lasts: Lasts,
    /// Where to run from.
    pub(crate) agents: Choice,
    /// What the pasted connection string told its driver.
    pub(crate) driver: DriverSettings,
    /// What was odd about that string.
    pub(crate) notes: Vec<Note>,
    /// That string put right.
    pub(crate) corrected: Option<Corrected>,
    /// Its keys that nobody knows, names only.
    pub(crate) unknown: Vec<String>,
    /// What was moved out of it, in words.
    pub(crate) moved: Vec<&'static str>,
}

/// What the server field holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Reading {
    /// Nothing.
    Nothing,
    /// A server.
    Server(Box<Parsed>),
    /// A connection string, to be taken apart when the field is left.
    ConnectionString,
    /// Neither.
    Mistake(target::Error),
}

/// What keeps the run from being started, by field.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Mistakes {
    pub(crate) server: Option<String>,
    pub(crate) database: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) limits: Option<String>,
    pub(crate) lasts: Option<Wrong>,
    pub(crate) agents: Option<String>,
}

impl Mistakes {
    /// The id of the first field that has one.
    pub(crate) fn first_field(&self) -> Option<&'static str> {
        [
            (&self.server, "server"),
            (&self.database, "database"),
            (&self.agents, "run-from"),
            (&self.user, "user"),
            (&self.tenant, "tenant"),
            (&self.client_id, "client-id"),
            (&self.password, "password"),
            (&self.limits, "limits"),
        ]
        .into_iter()
        .find_map(|(mistake, field)| mistake.is_some().then_some(field))
        .or(self.lasts.as_ref().map(|wrong| wrong.field))
    }
}

/// What the portal is asked for, before the secret is sealed.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Ready {
    pub(crate) target: Parsed,
    /// With `Auth::None`; whoever seals puts the sign-in there.
    pub(crate) request: NewRun,
    pub(crate) login: PlanLogin,
    /// Where it runs from; empty when that is not known, and then it is the portal's own agent.
    pub(crate) agents: Vec<AgentView>,
}

/// What an earlier run was asked for: all that is read of it to fill the form in again.
#[derive(Deserialize)]
pub(crate) struct Asked {
    pub(crate) target: model::Target,
    pub(crate) login: PlanLogin,
    pub(crate) options: model::Options,
    pub(crate) agent: model::AgentId,
}

impl Form {
    /// What the server field holds now.
    pub(crate) fn reading(&self) -> Reading {
        let text = self.server.trim();
        if text.is_empty() {
            return Reading::Nothing;
        }
        match (target::parse(text), target::connection_string(text)) {
            (Ok(parsed), _) => Reading::Server(Box::new(parsed)),
            (Err(_), Some(Ok(_))) => Reading::ConnectionString,
            (Err(_), Some(Err(mistake))) => Reading::Mistake(mistake),
            (Err(mistake), None) => Reading::Mistake(mistake),
        }
    }

    /// Puts `text` into the server field; a connection string goes to its fields instead. Answers whether
    /// it did.
    pub(crate) fn paste(&mut self, text: &str) -> bool {
        match target::connection_string(text) {
            Some(Ok(pasted)) => {
                self.fill(pasted);
                true
            }
            _ => false,
        }
    }

    /// Takes a connection string that was typed into the server field apart.
    pub(crate) fn take_apart(&mut self) -> bool {
        let text = Zeroizing::new(std::mem::take(&mut self.server));
        let taken = self.paste(&text);
        if !taken {
            self.server = text.to_string();
        }
        taken
    }

    fn fill(&mut self, pasted: Pasted) {
        self.lasts.elsewhere();
        self.moved = vec!["server"];
        self.server.clone_from(&pasted.server.server);
        if let Some(database) = &pasted.database {
            self.database.clone_from(database);
            self.moved.push("database");
        }
        self.sign_in = SignIn::of_pasted(pasted.sign_in);
        if pasted.script.dummy_login {
            self.sign_in = SignIn::Dummy;
        }
        let text = |given: &Option<String>| given.clone().unwrap_or_default();
        self.user = text(&pasted.user);
        self.client_id = text(&pasted.client_id);
        self.tenant = text(&pasted.tenant);
        self.password = Zeroizing::default();
        if let Some(password) = &pasted.password {
            self.password = Zeroizing::new(password.expose().to_owned());
        }
        if self.sign_in != SignIn::None {
            self.moved.push("sign-in");
        }
        for (given, name) in [
            (!self.user.is_empty(), "user"),
            (!self.client_id.is_empty(), "client id"),
            (!self.tenant.is_empty(), "tenant"),
            (!self.password.is_empty(), "password"),
        ] {
            if given {
                self.moved.push(name);
            }
        }
        self.driver = settings(pasted.dialect, pasted.driver.clone());
        let none = DriverSettings {
            dialect: self.driver.dialect,
            ..DriverSettings::default()
        };
        if self.driver != none {
            self.moved.push("driver settings");
        }
        if self.limits.take_script(&pasted) {
            self.moved.push("options");
        }
        self.corrected = Some(target::corrected(&pasted));
        self.notes = pasted.notes;
        self.unknown = pasted.unknown;
    }

    /// The server was changed by hand: what was said about a pasted string no longer holds.
    pub(crate) fn retype(&mut self, server: String) {
        self.lasts.elsewhere();
        self.server = server;
        self.corrected = None;
        self.driver.dialect = None;
        self.notes.clear();
        self.unknown.clear();
        self.moved.clear();
    }

    /// Another database.
    pub(crate) fn name_database(&mut self, database: String) {
        self.lasts.elsewhere();
        self.database = database;
    }

    /// Fills in a practice target. It is on the portal's host, so only the portal's own agent reaches it.
    pub(crate) fn practise(&mut self, practice: &Practice, credentials: bool) {
        let server = practice.server.clone().unwrap_or_default();
        if server != self.server {
            self.lasts.elsewhere();
        }
        let limits = std::mem::take(&mut self.limits);
        let lasts = std::mem::take(&mut self.lasts);
        *self = Self {
            server,
            limits,
            lasts,
            ..Self::default()
        };
        if let (Some(auth), true) = (&practice.auth, credentials) {
            self.sign_in = SignIn::Sql;
            self.user.clone_from(&auth.user);
            self.password = Zeroizing::new(auth.password.clone());
        }
    }

    /// The form without its password: what may be kept for a while.
    pub(crate) fn without_password(mut self) -> Self {
        self.password = Zeroizing::default();
        self
    }

    /// Why the run cannot be started, by field, or what to ask the portal for. `agents` is the list, when known.
    pub(crate) fn ready(&self, agents: Option<&[AgentView]>) -> Result<Ready, Box<Mistakes>> {
        let mut mistakes = Mistakes::default();
        let chosen = agents.map(|agents| self.agents.among(agents));
        mistakes.agents = chosen.as_deref().and_then(Choice::mistake);
        let agents = chosen.unwrap_or_default();
        let target = match self.reading() {
            Reading::Server(parsed) => Some(*parsed),
            Reading::Nothing => {
                mistakes.server = Some(target::Error::Empty.to_string());
                None
            }
            Reading::ConnectionString => {
                mistakes.server = Some(target::Error::ConnectionString.to_string());
                None
            }
            Reading::Mistake(mistake) => {
                mistakes.server = Some(mistake.to_string());
                None
            }
        };
        let database = self.database.trim();
        if database.chars().count() > 128 {
            mistakes.database = Some("A database name has at most 128 characters.".into());
        } else if database.chars().any(char::is_control) {
            mistakes.database = Some("The database name holds a control character.".into());
        }
        let login = self.login();
        self.check_sign_in(&login, &mut mistakes);
        let mut options = match self.limits.options() {
            Ok(options) => options,
            Err(sentence) => {
                mistakes.limits = Some(sentence);
                model::Options::default()
            }
        };
        options.driver = self.driver.clone();
        match self.lasts.asked(self.sign_in.logs_in()) {
            Ok(lasting) => options.lasting = lasting,
            Err(wrong) => mistakes.lasts = wrong.into_iter().next(),
        }
        match target {
            Some(target) if mistakes == Mistakes::default() => Ok(Ready {
                request: NewRun {
                    server: target.server.clone(),
                    database: database.to_owned(),
                    auth: Auth::None,
                    options,
                    agents: agents.iter().map(|agent| agent.id).collect(),
                    instance_sealed: std::collections::BTreeMap::new(),
                },
                login,
                agents,
                target,
            }),
            _ => Err(Box::new(mistakes)),
        }
    }

    /// Sets the options that a run is to have.
    pub(crate) fn take_options(&mut self, options: &model::Options) {
        self.limits = Limits::from_options(options);
        self.lasts = Lasts::of(&options.lasting);
        self.driver.clone_from(&options.driver);
    }

    /// Chooses a way to sign in. A secret of another sort is not carried over to it.
    pub(crate) fn choose(&mut self, sign_in: SignIn) {
        if self.sign_in.secret() != sign_in.secret() {
            self.password = Zeroizing::default();
        }
        self.sign_in = sign_in;
    }

    /// The login that the fields come to.
    pub(crate) fn login(&self) -> PlanLogin {
        let (user, client_id, tenant) = (&self.user, &self.client_id, &self.tenant);
        self.sign_in.login(user, client_id, tenant)
    }

    /// Fills in the sign-in of an earlier run, for which a secret may be missing.
    pub(crate) fn sign_in_as(&mut self, login: &PlanLogin) {
        let (sign_in, user, client_id, tenant) = SignIn::of_login(login);
        let text = |given: Option<&str>| given.unwrap_or_default().to_owned();
        self.sign_in = sign_in;
        self.user = text(user);
        self.client_id = text(client_id);
        self.tenant = text(tenant);
        self.password = Zeroizing::default();
    }

    fn check_sign_in(&self, login: &PlanLogin, mistakes: &mut Mistakes) {
        let how = self.sign_in;
        let missing = |has: Has, text: &str, name: &str| {
            let missing = has == Has::Yes && text.trim().is_empty();
            missing.then(|| format!("Give the {name}, or choose another sign-in."))
        };
        mistakes.user = missing(how.user(), &self.user, "login name");
        mistakes.client_id = missing(how.client_id(), &self.client_id, "client id");
        mistakes.tenant = missing(how.tenant(), &self.tenant, "tenant");
        mistakes.password = how.secret_wrong(&self.password);
        if let Some((code, sentence)) = login.reason_refused() {
            let field = match code {
                "bad_user" => &mut mistakes.user,
                "bad_client_id" => &mut mistakes.client_id,
                _ => &mut mistakes.tenant,
            };
            field.get_or_insert_with(|| sentence.to_owned());
        }
    }
}

fn settings(dialect: target::Dialect, driver: Driver) -> DriverSettings {
    DriverSettings {
        dialect: model::Dialect::from_key(dialect.as_str()),
        encrypt: driver.encrypt.map(|encrypt| match encrypt {
            target::Encrypt::Optional => model::Encrypt::Optional,
            target::Encrypt::Mandatory => model::Encrypt::Mandatory,
            target::Encrypt::Strict => model::Encrypt::Strict,
        }),
        trust_server_certificate: driver.trust_server_certificate,
        connect_timeout_s: driver.connect_timeout_s,
        multi_subnet_failover: driver.multi_subnet_failover,
        application_intent: driver.application_intent.map(|intent| match intent {
            target::Intent::ReadWrite => model::ApplicationIntent::ReadWrite,
            target::Intent::ReadOnly => model::ApplicationIntent::ReadOnly,
        }),
        connect_retry_count: driver.connect_retry_count,
        connect_retry_interval_s: driver.connect_retry_interval_s,
    }
}

/// Driver settings as people write them.
pub(crate) fn driver_words(driver: &DriverSettings) -> Vec<String> {
    let encrypt = driver.encrypt.map(|encrypt| match encrypt {
        model::Encrypt::Optional => "Encrypt=Optional".to_owned(),
        model::Encrypt::Mandatory => "Encrypt=Mandatory".to_owned(),
        model::Encrypt::Strict => "Encrypt=Strict".to_owned(),
    });
    let intent = driver.application_intent.map(|intent| match intent {
        model::ApplicationIntent::ReadWrite => "ApplicationIntent=ReadWrite".to_owned(),
        model::ApplicationIntent::ReadOnly => "ApplicationIntent=ReadOnly".to_owned(),
    });
    [
        encrypt,
        driver
            .trust_server_certificate
            .map(|on| format!("TrustServerCertificate={on}")),
        driver
            .connect_timeout_s
            .map(|seconds| format!("Connect Timeout={seconds}")),
        driver
            .multi_subnet_failover
            .map(|on| format!("MultiSubnetFailover={on}")),
        intent,
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::lasts::Part;
    use model::api::PracticeAuth;

    #[test]
    fn a_connection_string_goes_to_its_fields_and_leaves_no_secret_in_the_server() {
        let mut form = Form {
            server: "Server=tcp:contoso.database.windows.net,1433;Database=orders;User ID=app;\
                     Password=S3cr;Encrypt=Strict"
                .into(),
            ..Form::default()
        };
        assert_eq!(form.reading(), Reading::ConnectionString);
        assert!(form.take_apart());
        assert_eq!(form.server, "tcp:contoso.database.windows.net,1433");
        assert_eq!(form.database, "orders");
        assert_eq!(form.user, "app");
        assert_eq!(form.password.as_str(), "S3cr");
        assert_eq!(form.sign_in, SignIn::Sql);
        assert_eq!(form.driver.encrypt, Some(model::Encrypt::Strict));
        assert_eq!(
            form.moved,
            [
                "server",
                "database",
                "sign-in",
                "user",
                "password",
                "driver settings"
            ]
        );
        let ready = form.ready(None).expect("complete");
        let sent = serde_json::to_string(&ready.request).expect("writes");
        assert!(!sent.contains("S3cr"));
    }

    #[test]
    fn a_block_of_the_script_s_parameters_sets_what_it_says() {
        let mut form = Form::default();
        let block = "$parameters = @{\n Server = 'contoso.database.windows.net'\n Database = 'orders'\n \
                     User = 'app'\n Password = 'S3cr'\n EncryptionProtocol = 'Tls 1.2'\n \
                     RunAdvancedConnectivityPolicyTests = $false\n ConnectionAttempts = 5\n \
                     DelayBetweenConnections = 2\n CollectNetworkTrace = $true\n SendAnonymousUsageData = $false\n}";
        assert!(form.paste(block), "understood");
        assert_eq!((form.sign_in, form.user.as_str()), (SignIn::Sql, "app"));
        let options = form.ready(None).expect("complete").request.options;
        assert_eq!(options.encryption, model::Encryption::Tls12);
        assert_eq!(
            (options.connection_attempts, options.attempt_delay_ms),
            (5, 2_000)
        );
        assert!(options.network_trace && !options.usage_data && !options.gateways);
        let right = form.corrected.as_ref().expect("put right");
        assert!(!right.text.contains("S3cr"), "{}", right.text);
        form.retype("other".into());
        assert_eq!(form.corrected, None);
    }

    #[test]
    fn a_way_of_signing_in_comes_with_the_string() {
        let mut form = Form::default();
        assert!(form.paste(
            "jdbc:sqlserver://contoso.database.windows.net:1433;database=orders;\
             authentication=ActiveDirectoryPassword;user=a@contoso.com;password=S3cr"
        ));
        assert_eq!(form.sign_in, SignIn::EntraPassword);
        assert_eq!(
            (form.user.as_str(), form.password.as_str()),
            ("a@contoso.com", "S3cr")
        );
        assert_eq!(form.driver.dialect, Some(model::Dialect::Jdbc));
    }

    #[test]
    fn a_plain_server_is_left_as_it_was_typed() {
        let mut form = Form {
            server: "localhost,14330".into(),
            ..Form::default()
        };
        assert!(!form.take_apart());
        assert_eq!(form.server, "localhost,14330");
        assert_eq!(form.ready(None).expect("complete").target.port, Some(14330));
    }

    #[test]
    fn every_mistake_is_told_at_its_field() {
        let form = Form {
            sign_in: SignIn::Sql,
            database: "x".repeat(129),
            ..Form::default()
        };
        let mistakes = form.ready(None).expect_err("nothing is filled in");
        assert!(mistakes.server.is_some());
        assert!(mistakes.database.is_some());
        assert!(mistakes.user.is_some());
        assert!(mistakes.password.is_some());
        assert_eq!(mistakes.first_field(), Some("server"));
    }

    #[test]
    fn a_secret_is_not_carried_over_to_another_sort_of_sign_in() {
        let mut form = Form {
            sign_in: SignIn::Sql,
            password: Zeroizing::new("S3cr".into()),
            ..Form::default()
        };
        form.choose(SignIn::EntraPassword);
        assert_eq!(form.password.as_str(), "S3cr", "a password is a password");
        form.choose(SignIn::EntraServicePrincipal);
        assert!(form.password.is_empty());
    }

    #[test]
    fn a_sign_in_names_its_own_fields_only() {
        let mut form = Form {
            server: "localhost,14330".into(),
            sign_in: SignIn::EntraServicePrincipal,
            client_id: "no guid".into(),
            ..Form::default()
        };
        let told = form.ready(None).expect_err("incomplete");
        assert_eq!(told.client_id.as_deref(), Some("A client id is a GUID."));
        assert!(told.tenant.is_some() && told.password.is_some() && told.user.is_none());
        form.sign_in = SignIn::EntraManagedIdentity;
        form.client_id.clear();
        let ready = form.ready(None).expect("needs nothing");
        assert_eq!(
            ready.login,
            PlanLogin::EntraManagedIdentity { client_id: None }
        );
        form.sign_in_as(&PlanLogin::EntraDeviceCode {
            tenant: Some("contoso.com".into()),
        });
        assert_eq!(
            (form.sign_in, form.tenant.as_str()),
            (SignIn::EntraDeviceCode, "contoso.com")
        );
    }

    #[test]
    fn what_is_kept_for_the_way_back_from_the_login_holds_no_password() {
        let form = Form {
            server: "contoso.database.windows.net".into(),
            user: "app".into(),
            password: Zeroizing::new("S3cr".into()),
            sign_in: SignIn::Sql,
            ..Form::default()
        };
        let kept = form.without_password();
        assert!(kept.password.is_empty());
        assert_eq!((kept.server.len(), kept.user.as_str()), (28, "app"));
        assert_eq!(kept.sign_in, SignIn::Sql);
    }

    #[test]
    fn what_lasts_is_asked_for_and_kept_over_the_login() {
        let mut form = Form {
            server: "localhost,14330".into(),
            ..Form::default()
        };
        form.lasts.turn(Part::Heartbeat, true);
        form.lasts.type_in("heartbeat-lasts", "3 s".into());
        let told = form.ready(None).expect_err("nobody signs in");
        assert_eq!(told.first_field(), Some("sign-in"));
        form.sign_in = SignIn::Dummy;
        assert!(form.ready(None).is_err(), "nor does a made-up user");
        form.sign_in = SignIn::EntraDeviceCode;
        let mut form = form.without_password();
        let asked = form.ready(None).expect("complete").request.options.lasting;
        assert_eq!(asked.heartbeat.expect("asked for").lasts_ms, 3_000);
        form.lasts.type_in("heartbeat-lasts", "soon".into());
        let told = form.ready(None).expect_err("no time");
        assert_eq!(told.first_field(), Some("heartbeat-lasts"));
    }

    #[test]
    fn leave_to_write_is_given_for_one_target() {
        let allowed = || {
            let mut form = Form {
                server: "localhost,14330".into(),
                ..Form::default()
            };
            form.lasts.turn(Part::TrackedWrites, true);
            form.lasts.choices.tracked_writes.dry_run = false;
            form
        };
        let changes: [fn(&mut Form); 4] = [
            |form| form.retype("another".into()),
            |form| form.name_database("another".into()),
            |form| {
                form.paste("Server=another;Database=orders");
            },
            |form| form.practise(&practice(), false),
        ];
        for change in changes {
            let mut form = allowed();
            change(&mut form);
            assert!(form.lasts.choices.tracked_writes.dry_run);
            assert!(form.lasts.is_on(Part::TrackedWrites));
        }
        let mut form = allowed();
        form.server = practice().server.unwrap_or_default();
        form.practise(&practice(), true);
        assert!(
            !form.lasts.choices.tracked_writes.dry_run,
            "the same target"
        );
    }

    fn practice() -> Practice {
        Practice {
            scenario: "healthy".into(),
            server: Some("tcp:localhost,40000".into()),
            title: String::new(),
            explains: String::new(),
            auth: Some(PracticeAuth {
                user: "practice".into(),
                password: "public".into(),
            }),
            unavailable: None,
        }
    }

    #[test]
    fn a_run_needs_an_agent_once_the_list_is_known() {
        let form = Form {
            server: "localhost,14330".into(),
            ..Form::default()
        };
        let mistakes = form.ready(Some(&[])).expect_err("there is none");
        assert_eq!(mistakes.first_field(), Some("run-from"));
        assert!(form.ready(None).is_ok());
    }

    #[test]
    fn a_practice_target_fills_in_its_public_credentials_only_when_asked() {
        let practice = practice();
        let mut form = Form::default();
        form.practise(&practice, true);
        assert_eq!(
            (form.sign_in, form.user.as_str()),
            (SignIn::Sql, "practice")
        );
        form.practise(&practice, false);
        assert_eq!((form.sign_in, form.user.as_str()), (SignIn::None, ""));
        assert!(form.password.is_empty());
        assert!(form.ready(None).is_ok());
    }
}
