//! The program's settings, from four layers: a flag wins over the environment (`LINECHECK_…`), the
//! environment over the TOML file, the file over the default.

use clap::Parser;
use config::{Environment, File, FileFormat};
use serde::Deserialize;
use std::path::PathBuf;

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
    /// Offer practice targets: endpoints on this host that break on purpose [env: LINECHECK_PRACTICE]
    #[arg(long)]
    pub practice: bool,
    /// Do not run the built-in agent [env: LINECHECK_NO_AGENT]
    #[arg(long)]
    pub no_agent: bool,
    /// Log level: error, warn, info, debug or trace [env: LINECHECK_LOG] [default: info]
    #[arg(long, value_name = "LEVEL")]
    pub log: Option<String>,
    /// TOML file with the same settings: listen, data_dir, practice, no_agent, log
    #[arg(long, value_name = "FILE", env = "LINECHECK_CONFIG")]
    pub config: Option<PathBuf>,
}

/// The settings, all layers in one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Settings {
    /// Address and port to listen on.
    pub listen: String,
    /// Folder of the database and of the built-in agent's files.
    pub data_dir: PathBuf,
    /// Offer practice targets.
    pub practice: bool,
    /// Do not run the built-in agent.
    pub no_agent: bool,
    /// Log level.
    pub log: String,
}

/// The file alone: it may hold nothing that is not a setting.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read for its names and types only")]
struct InFile {
    listen: Option<String>,
    data_dir: Option<PathBuf>,
    practice: Option<bool>,
    no_agent: Option<bool>,
    log: Option<String>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the settings cannot be used: {0}")]
pub struct SettingsError(#[from] config::ConfigError);

impl Settings {
    /// Reads all layers.
    ///
    /// # Errors
    /// When the file cannot be read, or a value is of the wrong type or unknown.
    pub fn read(flags: &Flags) -> Result<Self, SettingsError> {
        let environment = Environment::with_prefix("LINECHECK")
            .prefix_separator("_")
            .try_parsing(true);
        Self::layered(flags, environment)
    }

    fn layered(flags: &Flags, environment: Environment) -> Result<Self, SettingsError> {
        let mut layers = config::Config::builder()
            .set_default("listen", "127.0.0.1:8080")?
            .set_default("data_dir", "data")?
            .set_default("practice", false)?
            .set_default("no_agent", false)?
            .set_default("log", crate::telemetry::DEFAULT)?;
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
            .set_override_option("practice", flags.practice.then_some(true))?
            .set_override_option("no_agent", flags.no_agent.then_some(true))?
            .set_override_option("log", flags.log.clone())?
            .build()?;
        Ok(settings.try_deserialize()?)
    }
}

#[cfg(test)]
mod tests {
    use super::{Flags, Settings};
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
        ]);
        let settings = Settings::layered(&flags, from).expect("reads");
        let expected = Settings {
            listen: "127.0.0.1:3".into(),
            data_dir: PathBuf::from("in-env"),
            practice: true,
            no_agent: true,
            log: "info".into(),
        };
        assert_eq!(settings, expected);
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
