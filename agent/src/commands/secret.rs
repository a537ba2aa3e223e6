//! Secrets that a person gives: from the environment, or on standard input. Never as an argument, which every user
//! of the host could read.

use anyhow::{Context as _, ensure};
use clap::Args;
use std::io::{BufRead as _, Read as _};
use zeroize::Zeroizing;

/// Longest line that is read as a secret.
const LONGEST: u64 = 8 * 1024;

/// Where a password comes from.
#[derive(Args, Debug)]
pub(super) struct PasswordFrom {
    /// Environment variable that holds the password, or the secret of a service principal
    #[arg(long, value_name = "VARIABLE", conflicts_with = "password_stdin")]
    password_env: Option<String>,
    /// Reads the password, secret or token from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// Here only to be refused in words that help.
    #[arg(long = "password", short = 'P', hide = true, num_args = 0..=1)]
    refused: Option<Option<String>>,
}

impl PasswordFrom {
    /// The password, when there is one.
    pub(super) fn read(&self) -> anyhow::Result<Option<Zeroizing<String>>> {
        ensure!(
            self.refused.is_none(),
            "a password on the command line can be read by every user of this host: use --password-env VARIABLE or \
             --password-stdin"
        );
        let password = if let Some(name) = &self.password_env {
            of_environment("--password-env", name)?
        } else if self.password_stdin {
            line_of_stdin().context("cannot read the password from standard input")?
        } else {
            return Ok(None);
        };
        ensure!(!password.is_empty(), "the password is empty");
        Ok(Some(password))
    }
}

/// The value of an environment variable that `flag` names.
pub(super) fn of_environment(flag: &str, name: &str) -> anyhow::Result<Zeroizing<String>> {
    let value = std::env::var(name).map_err(|_| {
        // Its error would repeat what is not Unicode.
        anyhow::anyhow!("the environment variable that {flag} names is not set, or not text")
    })?;
    Ok(Zeroizing::new(value))
}

/// The first line of standard input, without its end.
pub(super) fn line_of_stdin() -> anyhow::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::with_capacity(256));
    std::io::stdin()
        .lock()
        .take(LONGEST + 2)
        .read_line(&mut line)?;
    let text = line.strip_suffix('\n').unwrap_or(&line);
    let text = text.strip_suffix('\r').unwrap_or(text);
    ensure!(text.len() as u64 <= LONGEST, "the line is too long");
    Ok(Zeroizing::new(text.to_owned()))
}
