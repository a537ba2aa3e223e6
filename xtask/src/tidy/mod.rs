//! `cargo xtask tidy`: the rules of the house that a compiler does not know.
//!
//! Each rule is a pure function from what stands in the tree to a list of sentences; an empty list is tidy.

mod crypto;
mod depends;
mod files;
mod homes;

use crate::tools;
use anyhow::{Context, Result, ensure};

/// Prints every breach and fails when there is one.
pub(crate) fn tidy() -> Result<()> {
    let mut breaches = depends::breaches(&depends::uses()?);
    breaches.extend(crypto::breaches()?);
    let mut checked = 0;
    for path in tracked()? {
        let Ok(text) = std::fs::read_to_string(tools::root().join(&path)) else {
            continue; // deleted and not yet committed, or not text
        };
        checked += 1;
        breaches.extend(files::breaches(&path, &text));
        breaches.extend(homes::breaches(&path, &text));
    }
    for breach in &breaches {
        println!("tidy: {breach}");
    }
    ensure!(breaches.is_empty(), "tidy: {} to mend", breaches.len());
    println!("tidy: {checked} files are");
    Ok(())
}

/// Files that git knows or would add, with forward slashes.
fn tracked() -> Result<Vec<String>> {
    let output = std::process::Command::new("git")
        .current_dir(tools::root())
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .output()
        .context("git could not be started")?;
    ensure!(output.status.success(), "git does not list its files");
    Ok(String::from_utf8(output.stdout)?
        .lines()
        .map(str::to_owned)
        .collect())
}
