//! Arguments to a plan: the same understanding, and the same refusals, as the portal's.

use agent::check::new_id;
use anyhow::{Context as _, bail, ensure};
use clap::Args;
use model::{ApplicationIntent, DriverSettings, Encrypt, Options, Plan, PlanLogin, Target};

/// Longest user and database name that SQL Server knows.
const LONGEST_NAME: usize = 128;

/// What is to be reached.
#[derive(Args, Debug)]
pub(super) struct TargetArguments {
    /// The server: contoso.database.windows.net, tcp:host,1433, host\instance, an address; or a connection string
    /// without its password
    #[arg(long, value_name = "SERVER")]
    server: String,
    /// The database [default: that of the connection string, else master]
    #[arg(long, value_name = "NAME")]
    database: Option<String>,
    /// Signs in as this SQL login; without one the run goes as far as TLS
    #[arg(long, value_name = "LOGIN")]
    user: Option<String>,
}

/// Limits and choices. Those that are not given have the portal's defaults.
#[derive(Args, Debug)]
#[command(next_help_heading = "Limits and choices")]
pub(super) struct OptionArguments {
    /// Sends the password although the server's certificate cannot be verified
    #[arg(long)]
    trust_server_certificate: bool,
    /// Sends the password although the server offers no encryption
    #[arg(long)]
    allow_clear_text: bool,
    /// Makes no query after a login that worked
    #[arg(long)]
    no_query: bool,
    /// Tries no login again that was refused by a transient error
    #[arg(long)]
    no_retries: bool,
    /// Connects to each address [default: 5]
    #[arg(long, value_name = "N")]
    tcp_attempts: Option<u32>,
    /// Redirects that are followed [default: 10]
    #[arg(long, value_name = "N")]
    max_redirects: Option<u32>,
    /// Longest wait for one connect [default: 5000]
    #[arg(long, value_name = "MS")]
    tcp_timeout_ms: Option<u64>,
    /// Longest wait for one resolver [default: 5000]
    #[arg(long, value_name = "MS")]
    dns_timeout_ms: Option<u64>,
    /// Longest wait for the answer to PRELOGIN [default: 15000]
    #[arg(long, value_name = "MS")]
    prelogin_timeout_ms: Option<u64>,
    /// Longest wait for the TLS handshake [default: 15000]
    #[arg(long, value_name = "MS")]
    tls_timeout_ms: Option<u64>,
    /// Longest wait for the answer to the login [default: 30000]
    #[arg(long, value_name = "MS")]
    login_timeout_ms: Option<u64>,
    /// Longest wait for the query's answer [default: 30000]
    #[arg(long, value_name = "MS")]
    query_timeout_ms: Option<u64>,
    /// A phase that takes longer is a finding [default: 5000]
    #[arg(long, value_name = "MS")]
    slow_phase_ms: Option<u64>,
    /// The whole run ends after this [default: 180000]
    #[arg(long, value_name = "MS")]
    deadline_ms: Option<u64>,
}

/// What the arguments come to.
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// What a person should know about the server string.
    pub(super) notes: Vec<String>,
}

/// Makes the plan. `signs_in`: there is a password.
pub(super) fn plan(
    asked: &TargetArguments,
    options: &OptionArguments,
    signs_in: bool,
) -> anyhow::Result<Planned> {
    let read = read(&asked.server)?;
    let database = asked.database.as_deref().or(read.database.as_deref());
    let database = database.map_or("", str::trim);
    ensure!(
        !target::holds_secret(database),
        "the database holds a secret"
    );
    ensure!(
        is_name(database),
        "a database name has at most 128 characters and no control characters"
    );
    let mut notes = read.notes;
    let user = asked.user.as_deref().or(read.user.as_deref());
    let login = match (user, signs_in) {
        (Some(user), true) => {
            ensure!(
                !user.is_empty() && is_name(user),
                "a user name has 1 to 128 characters and no control characters"
            );
            PlanLogin::Sql {
                user: user.to_owned(),
            }
        }
        (None, true) => bail!("a password without a login: name one with --user"),
        (Some(_), false) if asked.user.is_some() => bail!(
            "--user needs a password: give it with --password-env VARIABLE or --password-stdin"
        ),
        (Some(_), false) => {
            notes.push(
                "No password was given, so the run does not sign in. Give one with --password-env or \
                 --password-stdin."
                    .to_owned(),
            );
            PlanLogin::None
        }
        (None, false) => PlanLogin::None,
    };
    let options = options_of(options, read.driver);
    if let Some(reason) = options.reason_refused() {
        bail!("{reason}");
    }
    Ok(Planned {
        plan: Plan {
            run: new_id(),
            target: Target {
                server: read.server.server,
                host: read.server.host,
                port: read.server.port,
                instance: read.server.instance,
                database: if database.is_empty() {
                    "master"
                } else {
                    database
                }
                .to_owned(),
                kind: read.server.kind.as_str().to_owned(),
            },
            login,
            options,
        },
        notes,
    })
}

fn is_name(text: &str) -> bool {
    text.chars().count() <= LONGEST_NAME && !text.chars().any(char::is_control)
}

/// A server string or a connection string, understood.
struct Read {
    server: target::Parsed,
    database: Option<String>,
    user: Option<String>,
    driver: DriverSettings,
    notes: Vec<String>,
}

const HOLDS_PASSWORD: &str = "--server holds a password, which other users of this host could read: take it out, and \
                              give it with --password-env VARIABLE or --password-stdin";

/// Nothing of the text is repeated when it is refused.
fn read(text: &str) -> anyhow::Result<Read> {
    let plain = target::parse(text);
    let pasted = match (plain, target::connection_string(text)) {
        (Ok(server), _) => {
            let notes = server.notes();
            return Ok(Read {
                server,
                database: None,
                user: None,
                driver: DriverSettings::default(),
                notes: notes.iter().map(|note| note.text.to_owned()).collect(),
            });
        }
        (Err(target::Error::SecretInTarget), Some(Err(_))) => bail!(HOLDS_PASSWORD),
        (Err(_), Some(pasted)) => pasted,
        (Err(mistake), None) => Err(mistake),
    };
    let pasted = pasted.context("--server cannot be used")?;
    ensure!(pasted.password.is_none(), HOLDS_PASSWORD);
    let mut notes: Vec<String> = pasted
        .notes
        .iter()
        .map(|note| note.text.to_owned())
        .collect();
    if !pasted.unknown.is_empty() {
        notes.push(format!(
            "Keys of the connection string that no driver is known to have: {}.",
            pasted.unknown.join(", ")
        ));
    }
    Ok(Read {
        server: pasted.server,
        database: pasted.database,
        user: pasted.user,
        driver: settings(pasted.dialect, pasted.driver),
        notes,
    })
}

fn settings(dialect: target::Dialect, driver: target::Driver) -> DriverSettings {
    DriverSettings {
        dialect: model::Dialect::from_key(dialect.as_str()),
        encrypt: driver.encrypt.map(|encrypt| match encrypt {
            target::Encrypt::Optional => Encrypt::Optional,
            target::Encrypt::Mandatory => Encrypt::Mandatory,
            target::Encrypt::Strict => Encrypt::Strict,
        }),
        trust_server_certificate: driver.trust_server_certificate,
        connect_timeout_s: driver.connect_timeout_s,
        multi_subnet_failover: driver.multi_subnet_failover,
        application_intent: driver.application_intent.map(|intent| match intent {
            target::Intent::ReadWrite => ApplicationIntent::ReadWrite,
            target::Intent::ReadOnly => ApplicationIntent::ReadOnly,
        }),
        connect_retry_count: driver.connect_retry_count,
        connect_retry_interval_s: driver.connect_retry_interval_s,
    }
}

fn options_of(asked: &OptionArguments, driver: DriverSettings) -> Options {
    let usual = Options::default();
    Options {
        tcp_attempts: asked.tcp_attempts.unwrap_or(usual.tcp_attempts),
        tcp_spacing_ms: usual.tcp_spacing_ms,
        tcp_timeout_ms: asked.tcp_timeout_ms.unwrap_or(usual.tcp_timeout_ms),
        dns_timeout_ms: asked.dns_timeout_ms.unwrap_or(usual.dns_timeout_ms),
        prelogin_timeout_ms: asked
            .prelogin_timeout_ms
            .unwrap_or(usual.prelogin_timeout_ms),
        tls_timeout_ms: asked.tls_timeout_ms.unwrap_or(usual.tls_timeout_ms),
        login_timeout_ms: asked.login_timeout_ms.unwrap_or(usual.login_timeout_ms),
        query_timeout_ms: asked.query_timeout_ms.unwrap_or(usual.query_timeout_ms),
        max_redirects: asked.max_redirects.unwrap_or(usual.max_redirects),
        retry_delays_ms: if asked.no_retries {
            Vec::new()
        } else {
            usual.retry_delays_ms
        },
        slow_phase_ms: asked.slow_phase_ms.unwrap_or(usual.slow_phase_ms),
        query: !asked.no_query,
        encryption: usual.encryption,
        connection_attempts: usual.connection_attempts,
        attempt_delay_ms: usual.attempt_delay_ms,
        gateways: usual.gateways,
        external_resolver: usual.external_resolver,
        sign_in_hosts: usual.sign_in_hosts,
        tls_versions: usual.tls_versions,
        revocation: usual.revocation,
        route_trace: usual.route_trace,
        redirect_sample: usual.redirect_sample,
        network_trace: usual.network_trace,
        usage_data: usual.usage_data,
        trust_server_certificate: asked.trust_server_certificate,
        allow_clear_text: asked.allow_clear_text,
        deadline_ms: asked.deadline_ms.unwrap_or(usual.deadline_ms),
        driver,
    }
}

#[cfg(test)]
mod tests {
    use super::{OptionArguments, TargetArguments, plan};
    use clap::Parser;
    use model::PlanLogin;

    #[derive(Parser)]
    struct Both {
        #[command(flatten)]
        target: TargetArguments,
        #[command(flatten)]
        options: OptionArguments,
    }

    fn planned(arguments: &[&str], signs_in: bool) -> Result<super::Planned, String> {
        let all = ["check"].iter().chain(arguments);
        let both = Both::try_parse_from(all).map_err(|error| error.to_string())?;
        plan(&both.target, &both.options, signs_in).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_server_string_is_understood_as_the_portal_does() {
        let plan = planned(&["--server", "Contoso.database.windows.net"], false)
            .expect("a plan")
            .plan;
        assert_eq!(plan.target.server, "tcp:contoso.database.windows.net,1433");
        assert_eq!(plan.target.database, "master");
        assert_eq!(
            (plan.login, plan.options),
            (PlanLogin::None, model::Options::default())
        );
    }

    #[test]
    fn a_connection_string_fills_what_no_argument_says() {
        let pasted =
            "Server=tcp:db.example.net,1500;Database=sales;User ID=reader;Encrypt=Strict;Odd Key=1";
        let planned = planned(
            &["--server", pasted, "--database", "other", "--no-retries"],
            true,
        )
        .expect("a plan");
        let plan = planned.plan;
        assert_eq!(
            (plan.target.port, plan.target.database.as_str()),
            (Some(1500), "other")
        );
        let user = "reader".to_owned();
        assert_eq!(plan.login, PlanLogin::Sql { user });
        assert!(plan.options.driver.encrypt.is_some() && plan.options.retry_delays_ms.is_empty());
        assert!(
            planned.notes.iter().any(|note| note.contains("Odd Key")),
            "{:?}",
            planned.notes
        );
    }

    #[test]
    fn what_cannot_be_run_is_refused_and_no_secret_is_repeated() {
        for (arguments, signs_in, why) in [
            (
                vec!["--server", "Server=h;User ID=u;Password=Canary-77"],
                true,
                "holds a password",
            ),
            (vec!["--server", "h;pwd=Canary-77"], true, "password"),
            (
                vec!["--server", "h", "--database", "d;Password=Canary-77"],
                true,
                "secret",
            ),
            (vec!["--server", "sa:Canary-77@h"], true, "password"),
            (
                vec!["--server", "h", "--user", "u"],
                false,
                "--user needs a password",
            ),
            (vec!["--server", "h"], true, "name one with --user"),
            (vec!["--server", "h,99999"], false, "port"),
            (
                vec!["--server", "h", "--tcp-attempts", "1000"],
                false,
                "tcp_attempts is 1000",
            ),
        ] {
            let Err(text) = planned(&arguments, signs_in) else {
                panic!("{arguments:?} is a plan");
            };
            assert!(text.contains(why), "{arguments:?}: {text}");
            assert!(!text.contains("Canary"), "{text}");
        }
    }
}
