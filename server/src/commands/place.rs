//! Where a portal keeps things, for commands that work on them.

use clap::Args;
use server::config::{Flags, Settings, SettingsError};
use std::path::PathBuf;

/// Where the portal keeps things.
#[derive(Args, Debug)]
#[command(next_help_heading = "Where the portal keeps things")]
pub(crate) struct Place {
    /// The portal's folder [env: LINECHECK_DATA_DIR] [default: data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The portal's file with the URL of its PostgreSQL database, if it has one [env: LINECHECK_DATABASE_URL_FILE]
    #[arg(long, value_name = "FILE")]
    database_url_file: Option<PathBuf>,
    /// The portal's TOML file, if it has one
    #[arg(long, value_name = "FILE", env = "LINECHECK_CONFIG")]
    config: Option<PathBuf>,
}

impl Place {
    /// The portal's settings.
    pub(crate) fn settings(&self) -> Result<Settings, SettingsError> {
        Settings::read(&Flags {
            data_dir: self.data_dir.clone(),
            database_url_file: self.database_url_file.clone(),
            config: self.config.clone(),
            ..Flags::default()
        })
    }
}
