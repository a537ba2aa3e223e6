//! The program's settings, from four layers: a flag wins over the environment (`LINECHECK_…`), the
//! environment over the TOML file, the file over the default. Secrets are no flags: they come from files, and the
//! hash of the password from the environment, too.

use super::{Access, Tls};
use crate::store::{Address, StoreError};
use clap::Parser;
use config::{Environment, File, FileFormat};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use url::Url;

const REACH: &str = "Who may reach it, and how";
/// Shorter metrics tokens are refused.
const LEAST_TOKEN: usize = 16;
const CARE: &str = "Looking after it";

/// The settings of `linecheck serve`, as flags. Each but `--config` can also stand in the environment, as
/// `LINECHECK_LISTEN` and so on, and in the TOML file, as `listen = "…"`.
#[derive(Clone, Debug, Default, Parser)]
pub struct Flags {
    /// Address and port to listen on; port 0 picks a free one [env: LINECHECK_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Folder of the database and of the built-in agent's files [env: LINECHECK_DATA_DIR] [default: data]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// File that holds the URL of a PostgreSQL database, used instead of the SQLite file in the data directory. The
    /// URL can also stand in the environment, as DATABASE_URL [env: LINECHECK_DATABASE_URL_FILE]
    #[arg(long, value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,
    /// Offer practice targets: endpoints on this host that break on purpose [env: LINECHECK_PRACTICE]
    #[arg(long)]
    pub practice: bool,
    /// Do not run the built-in agent [env: LINECHECK_NO_AGENT]
    #[arg(long)]
    pub no_agent: bool,
    /// Table of gateways (JSON) for the built-in agent, in place of the one that came with the program [env:
    /// LINECHECK_GATEWAYS]
    #[arg(long, value_name = "FILE")]
    pub gateways: Option<PathBuf>,
    /// Resolver outside that the built-in agent asks for names under a public cloud's suffix: ADDRESS[:PORT], or off
    /// [env: LINECHECK_EXTERNAL_RESOLVER] [default: 208.67.222.222]
    #[arg(long, value_name = "ADDRESS")]
    pub external_resolver: Option<String>,
    /// Token service that the built-in agent asks in place of the cloud's own: https://HOST, or http:// on loopback [env:
    /// LINECHECK_AUTHORITY]
    #[arg(long, value_name = "URL")]
    pub authority: Option<String>,
    /// Metadata service that gives this host's managed identity its tokens [env: LINECHECK_METADATA] [default:
    /// IDENTITY_ENDPOINT where it is set, else http://169.254.169.254]
    #[arg(long, value_name = "URL")]
    pub metadata: Option<String>,
    /// The built-in agent records no packets, whatever a run asks for [env: LINECHECK_NO_TRACE]
    #[arg(long)]
    pub no_trace: bool,
    /// TOML file with the same settings: listen, data_dir, database_url_file, practice, no_agent, log, password_hash_file…
    #[arg(long, value_name = "FILE", env = "LINECHECK_CONFIG")]
    pub config: Option<PathBuf>,
    /// File with the hash of the operator's password, as `linecheck hash-password` writes it; the hash itself may
    /// stand in LINECHECK_PASSWORD_HASH [env: LINECHECK_PASSWORD_HASH_FILE]
    #[arg(long, value_name = "FILE", help_heading = REACH)]
    pub password_hash_file: Option<PathBuf>,
    /// Certificate of the portal, PEM; read anew when it changes or on SIGHUP [env: LINECHECK_TLS_CERT]
    #[arg(long, value_name = "FILE", help_heading = REACH, requires = "tls_key", conflicts_with = "behind_tls_proxy")]
    pub tls_cert: Option<PathBuf>,
    /// Key of the certificate, PEM [env: LINECHECK_TLS_KEY]
    #[arg(long, value_name = "FILE", help_heading = REACH, requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// A proxy in front of the portal does TLS, and adds the caller to X-Forwarded-For [env: LINECHECK_BEHIND_TLS_PROXY]
    #[arg(long, help_heading = REACH)]
    pub behind_tls_proxy: bool,
    /// Where others reach the portal: links are made with it, and its name is allowed in Host [env: LINECHECK_PUBLIC_URL]
    #[arg(long, value_name = "URL", help_heading = REACH)]
    pub public_url: Option<String>,
    /// One more name that the portal goes by, in Host; may be given several times [env: LINECHECK_ALLOW_HOST, with commas]
    #[arg(long, value_name = "NAME", help_heading = REACH)]
    pub allow_host: Vec<String>,
    /// Take settled runs away that are older than N days; all are kept otherwise [env: LINECHECK_KEEP_DAYS]
    #[arg(long, value_name = "N", help_heading = CARE)]
    pub keep_days: Option<u32>,
    /// Take settled runs away that are not among the newest N; all are kept otherwise [env: LINECHECK_KEEP_RUNS]
    #[arg(long, value_name = "N", help_heading = CARE)]
    pub keep_runs: Option<u64>,
    /// File with a bearer token that may read /metrics, and nothing else [env: LINECHECK_METRICS_TOKEN_FILE]
    #[arg(long, value_name = "FILE", help_heading = CARE)]
    pub metrics_token_file: Option<PathBuf>,
    /// Log level: error, warn, info, debug or trace [env: LINECHECK_LOG] [default: info]
    #[arg(long, value_name = "LEVEL", help_heading = CARE)]
    pub log: Option<String>,
}

/// The settings, all layers in one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Settings {
    /// Address and port to listen on.
    pub listen: String,
    /// Folder of the database and of the built-in agent's files.
    pub data_dir: PathBuf,
    /// File with a PostgreSQL database's URL.
    #[serde(default)]
    pub database_url_file: Option<PathBuf>,
    /// Offer practice targets.
    pub practice: bool,
    /// Do not run the built-in agent.
    pub no_agent: bool,
    /// Table of gateways for the built-in agent.
    #[serde(default)]
    pub gateways: Option<PathBuf>,
    /// Resolver outside for the built-in agent, or `off`.
    #[serde(default)]
    pub external_resolver: Option<String>,
    /// Token service for the built-in agent.
    #[serde(default)]
    pub authority: Option<String>,
    /// Metadata service for the built-in agent.
    #[serde(default)]
    pub metadata: Option<String>,
    /// The built-in agent records no packets.
    pub no_trace: bool,
    /// Log level.
    pub log: String,
    /// File with the hash of the operator's password.
    pub password_hash_file: Option<PathBuf>,
    /// The hash itself; from the environment only.
    pub password_hash: Option<Hidden>,
    /// The portal's certificate.
    pub tls_cert: Option<PathBuf>,
    /// Its key.
    pub tls_key: Option<PathBuf>,
    /// A proxy does TLS.
    pub behind_tls_proxy: bool,
    /// Where others reach the portal.
    pub public_url: Option<String>,
    /// More names that it goes by.
    pub allow_host: Vec<String>,
    /// Settled runs are kept for so many days.
    pub keep_days: Option<u32>,
    /// So many runs are kept.
    pub keep_runs: Option<u64>,
    /// File with the token that may read the metrics.
    pub metrics_token_file: Option<PathBuf>,
}

/// A setting that is not shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden")
    }
}

/// The file alone: it may hold nothing that is not a setting.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read for its names and types only")]
struct InFile {
    listen: Option<String>,
    data_dir: Option<PathBuf>,
    database_url_file: Option<PathBuf>,
    practice: Option<bool>,
    no_agent: Option<bool>,
    gateways: Option<PathBuf>,
    external_resolver: Option<String>,
    authority: Option<String>,
    metadata: Option<String>,
    no_trace: Option<bool>,
    log: Option<String>,
    password_hash_file: Option<PathBuf>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    behind_tls_proxy: Option<bool>,
    public_url: Option<String>,
    allow_host: Option<Vec<String>>,
    keep_days: Option<u32>,
    keep_runs: Option<u64>,
    metrics_token_file: Option<PathBuf>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Unknown, or of the wrong type.
    #[error("the settings cannot be used: {0}")]
    Unusable(#[from] config::ConfigError),
    /// The database's URL.
    #[error(transparent)]
    Database(#[from] StoreError),
    /// A file that a setting names.
    #[error("{what} cannot be read from {}: {error}", .file.display())]
    File {
        /// What should stand in it.
        what: &'static str,
        /// Which file.
        file: PathBuf,
        /// How it failed.
        error: std::io::Error,
    },
    /// No address.
    #[error("the public URL is no address: give https://NAME")]
    PublicUrl,
    /// No address that a password may go to.
    #[error(
        "{0} must be https://HOST[:PORT][/PATH], or http:// on loopback or a link-local address"
    )]
    SignIn(&'static str),
    /// No resolver.
    #[error("the external resolver must be ADDRESS[:PORT] or off")]
    ExternalResolver,
    /// One half of a pair, or two ways at once.
    #[error("give both --tls-cert and --tls-key, or neither with --behind-tls-proxy")]
    Tls,
    /// Easily guessed.
    #[error("the metrics token must have at least {LEAST_TOKEN} characters")]
    MetricsToken,
}

impl Settings {
    /// Reads all layers.
    ///
    /// # Errors
    /// When the file cannot be read, or a value is of the wrong type or unknown.
    pub fn read(flags: &Flags) -> Result<Self, SettingsError> {
        let environment = Environment::with_prefix("LINECHECK")
            .prefix_separator("_")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("allow_host");
        Self::layered(flags, environment)
    }

    /// The PostgreSQL database that they name; none: SQLite. Its URL holds a password, so it is no argument and no
    /// setting of its own: it stands in a file, or in the environment as other programs have it.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no usable URL.
    pub fn database(&self) -> Result<Option<Address>, SettingsError> {
        let url = match &self.database_url_file {
            Some(file) => Some(read("the database's URL", file)?),
            None => std::env::var("DATABASE_URL").ok(),
        };
        let url = url.filter(|url| self.database_url_file.is_some() || !url.trim().is_empty());
        Ok(url.map(|url| url.parse()).transpose()?)
    }

    /// What they say about who may reach the portal.
    ///
    /// # Errors
    /// When a file cannot be read, or they contradict each other.
    pub fn access(&self) -> Result<Access, SettingsError> {
        let password_hash = match (&self.password_hash_file, &self.password_hash) {
            (Some(file), _) => Some(read("the password hash", file)?),
            (None, Some(Hidden(hash))) => Some(hash.trim().to_owned()),
            (None, None) => None,
        };
        let tls = match (&self.tls_cert, &self.tls_key, self.behind_tls_proxy) {
            (None, None, false) => Tls::None,
            (None, None, true) => Tls::Proxy,
            (Some(cert), Some(key), false) => Tls::Own {
                cert: cert.clone(),
                key: key.clone(),
            },
            _ => return Err(SettingsError::Tls),
        };
        let metrics_token = self.metrics_token_file.as_deref();
        let metrics_token = metrics_token
            .map(|file| read("the metrics token", file))
            .transpose()?;
        if metrics_token
            .as_ref()
            .is_some_and(|token| token.len() < LEAST_TOKEN)
        {
            return Err(SettingsError::MetricsToken);
        }
        let public_url = self.public_url.as_deref().map(Url::parse).transpose();
        Ok(Access {
            password_hash,
            tls,
            public_url: public_url.map_err(|_| SettingsError::PublicUrl)?,
            allow_hosts: self.allow_host.clone(),
            metrics_token,
        })
    }

    /// What they give the built-in agent to ask and to know.
    ///
    /// # Errors
    /// When the resolver outside is none, or no token may be asked for at an address.
    pub fn sources(&self) -> Result<agent::Sources, SettingsError> {
        let external = self.external_resolver.as_deref().map(str::parse);
        let address = |what, text: &Option<String>| {
            let address = text.as_deref().map(str::parse).transpose();
            address.map_err(|_| SettingsError::SignIn(what))
        };
        Ok(agent::Sources {
            gateways: self.gateways.clone(),
            external_resolver: external
                .transpose()
                .map_err(|_| SettingsError::ExternalResolver)?,
            sign_in: agent::SignInAt {
                authority: address("the authority", &self.authority)?,
                metadata: address("the metadata service", &self.metadata)?,
            },
            no_trace: self.no_trace,
        })
    }

    fn layered(flags: &Flags, environment: Environment) -> Result<Self, SettingsError> {
        let mut layers = config::Config::builder()
            .set_default("listen", "127.0.0.1:8080")?
            .set_default("data_dir", "data")?
            .set_default("practice", false)?
            .set_default("no_agent", false)?
            .set_default("no_trace", false)?
            .set_default("log", crate::telemetry::DEFAULT)?
            .set_default("behind_tls_proxy", false)?
            .set_default("allow_host", Vec::<String>::new())?;
        if let Some(path) = &flags.config {
            let file = File::from(path.as_path()).format(FileFormat::Toml);
            config::Config::builder()
                .add_source(file.clone())
                .build()?
                .try_deserialize::<InFile>()?;
            layers = layers.add_source(file);
        }
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        let settings = layers
            .add_source(environment)
            .set_override_option("listen", flags.listen.clone())?
            .set_override_option("data_dir", flags.data_dir.as_ref().map(text))?
            .set_override_option(
                "database_url_file",
                flags.database_url_file.as_ref().map(text),
            )?
            .set_override_option("practice", flags.practice.then_some(true))?
            .set_override_option("no_agent", flags.no_agent.then_some(true))?
            .set_override_option("gateways", flags.gateways.as_ref().map(text))?
            .set_override_option("external_resolver", flags.external_resolver.clone())?
            .set_override_option("authority", flags.authority.clone())?
            .set_override_option("metadata", flags.metadata.clone())?
            .set_override_option("no_trace", flags.no_trace.then_some(true))?
            .set_override_option("log", flags.log.clone())?
            .set_override_option(
                "password_hash_file",
                flags.password_hash_file.as_ref().map(text),
            )?
            .set_override_option("tls_cert", flags.tls_cert.as_ref().map(text))?
            .set_override_option("tls_key", flags.tls_key.as_ref().map(text))?
            .set_override_option("behind_tls_proxy", flags.behind_tls_proxy.then_some(true))?
            .set_override_option("public_url", flags.public_url.clone())?
            .set_override_option("allow_host", list(&flags.allow_host))?
            .set_override_option("keep_days", flags.keep_days)?
            .set_override_option("keep_runs", flags.keep_runs)?
            .set_override_option(
                "metrics_token_file",
                flags.metrics_token_file.as_ref().map(text),
            )?
            .build()?;
        Ok(settings.try_deserialize()?)
    }
}

fn list(names: &[String]) -> Option<Vec<String>> {
    (!names.is_empty()).then(|| names.to_vec())
}

/// The one line of a file.
fn read(what: &'static str, file: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(file)
        .map(|text| text.trim().to_owned())
        .map_err(|error| SettingsError::File {
            what,
            file: file.to_owned(),
            error,
        })
}

#[cfg(test)]
mod tests {
    use super::{Flags, Hidden, Settings};
    use crate::config::Tls;
    use config::Environment;
    use std::collections::HashMap;
    use std::path::PathBuf;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        let pairs: HashMap<String, String> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Environment::with_prefix("LINECHECK")
            .prefix_separator("_")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("allow_host")
            .source(Some(pairs))
    }

    #[test]
    fn flag_over_environment_over_file_over_default() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("linecheck.toml");
        std::fs::write(
            &file,
            "listen = \"127.0.0.1:1\"\ndata_dir = \"in-file\"\npractice = true\n",
        )
        .expect("written");
        let flags = Flags {
            listen: Some("127.0.0.1:3".into()),
            config: Some(file),
            ..Flags::default()
        };
        let from = environment(&[
            ("LINECHECK_LISTEN", "127.0.0.1:2"),
            ("LINECHECK_DATA_DIR", "in-env"),
            ("LINECHECK_NO_AGENT", "true"),
            ("LINECHECK_KEEP_DAYS", "30"),
            ("LINECHECK_EXTERNAL_RESOLVER", "off"),
            ("LINECHECK_AUTHORITY", "https://sts.example"),
            ("LINECHECK_NO_TRACE", "true"),
            (
                "LINECHECK_PASSWORD_HASH",
                "$argon2id$v=19$m=1,t=1,p=1$YWJj$ZGVm",
            ),
            ("LINECHECK_ALLOW_HOST", "a.example,b.example"),
        ]);
        let settings = Settings::layered(&flags, from).expect("reads");
        let expected = Settings {
            listen: "127.0.0.1:3".into(),
            data_dir: PathBuf::from("in-env"),
            database_url_file: None,
            practice: true,
            no_agent: true,
            gateways: None,
            external_resolver: Some("off".into()),
            authority: Some("https://sts.example".into()),
            metadata: None,
            no_trace: true,
            log: "info".into(),
            password_hash_file: None,
            password_hash: Some(Hidden("$argon2id$v=19$m=1,t=1,p=1$YWJj$ZGVm".into())),
            tls_cert: None,
            tls_key: None,
            behind_tls_proxy: false,
            public_url: None,
            allow_host: vec!["a.example".into(), "b.example".into()],
            keep_days: Some(30),
            keep_runs: None,
            metrics_token_file: None,
        };
        assert_eq!(settings, expected);
        let sources = settings.sources().expect("usable");
        assert!(sources.no_trace && sources.sign_in.metadata.is_none());
        let authority = sources.sign_in.authority.expect("given");
        assert_eq!(authority.as_str(), "https://sts.example/");
        let plain = Settings {
            metadata: Some("http://10.0.0.1".into()),
            ..settings.clone()
        };
        let error = plain.sources().expect_err("no password goes there");
        assert!(error.to_string().contains("metadata"), "{error}");
        assert!(!format!("{settings:?}").contains("argon2id"));
    }

    #[test]
    fn one_half_of_a_pair_and_two_ways_at_once_are_refused() {
        let settings = |change: &dyn Fn(&mut Flags)| {
            let mut flags = Flags::default();
            change(&mut flags);
            Settings::layered(&flags, environment(&[]))
                .expect("reads")
                .access()
        };
        let cert = || Some(PathBuf::from("cert.pem"));
        assert!(settings(&|flags| flags.tls_cert = cert()).is_err());
        assert!(settings(&|flags| flags.tls_key = cert()).is_err());
        let both = settings(&|flags| {
            (flags.tls_cert, flags.tls_key) = (cert(), cert());
            flags.behind_tls_proxy = true;
        });
        assert!(both.is_err());
        let proxied = settings(&|flags| flags.behind_tls_proxy = true).expect("fine");
        assert_eq!(proxied.tls, Tls::Proxy);
        assert!(settings(&|flags| flags.public_url = Some("portal".into())).is_err());
        assert!(
            settings(&|flags| flags.password_hash_file = cert()).is_err(),
            "not there"
        );
    }

    #[test]
    fn a_setting_that_is_not_known_in_the_file_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("linecheck.toml");
        std::fs::write(&file, "lissten = \"127.0.0.1:1\"\n").expect("written");
        let flags = Flags {
            config: Some(file),
            ..Flags::default()
        };
        let error = Settings::layered(&flags, environment(&[])).expect_err("a typo");
        assert!(error.to_string().contains("lissten"), "{error}");
    }
}
