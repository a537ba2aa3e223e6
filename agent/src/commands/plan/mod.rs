//! Arguments to a plan: the same understanding, and the same refusals, as the portal's.

mod lasting;
mod link;
mod login;
mod options;
#[cfg(test)]
mod tests;
mod writes;

pub(super) use link::printed;
pub(super) use login::LoginArguments;
pub(super) use options::OptionArguments;

use agent::check::new_id;
use anyhow::{Context as _, bail, ensure};
use clap::Args;
use model::{ApplicationIntent, DriverSettings, Encrypt, Plan, PlanLogin, Target};

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
}

/// What the arguments come to.
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// What a person should know about the server string.
    pub(super) notes: Vec<String>,
}

/// Makes the plan. `has_secret`: one was given.
pub(super) fn plan(
    asked: &TargetArguments,
    login: &LoginArguments,
    options: &OptionArguments,
    has_secret: bool,
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
    let options = options::options_of(options, read.driver);
    let link = options.lasting.instance_link.as_ref();
    let login = match link.is_some_and(|link| link.dry_run) {
        // Nobody is connected to.
        true => PlanLogin::None,
        false => login.login(read.user.as_deref(), has_secret, &mut notes)?,
    };
    if let Some(link) = link {
        target::parse(&link.instance).context("--link cannot be used")?;
    }
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
