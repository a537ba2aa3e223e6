//! `linecheck hash-password`: a password in, on a terminal twice and unseen; its hash out.

use anyhow::{Context, ensure};
use server::access::Password;
use std::io::{IsTerminal, Read, Write};

/// Nobody types more.
const MOST_READ: u64 = 4 * 1024;

/// Asks for the password, or reads it from standard input, and writes its hash to standard output.
pub(crate) fn run() -> anyhow::Result<()> {
    let password = if std::io::stdin().is_terminal() {
        asked()?
    } else {
        read()?
    };
    let hash = Password::hash(&password)?;
    writeln!(std::io::stdout().lock(), "{hash}").context("the hash cannot be written")
}

fn asked() -> anyhow::Result<String> {
    let ask = |words| rpassword::prompt_password(words).context("the terminal cannot be read");
    let password = ask("Password: ")?;
    ensure!(ask("The same again: ")? == password, "the two differ");
    Ok(password)
}

/// One line; its end is not part of the password.
fn read() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(MOST_READ)
        .read_to_string(&mut text)
        .context("standard input cannot be read as text")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    ensure!(!line.contains('\n'), "give the password as one line");
    Ok(line.to_owned())
}
