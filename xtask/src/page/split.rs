//! The page's program in two modules: what the first load needs, and what comes later.
//!
//! The frontend names one function as the way into the second module; what only that one uses goes with it. The
//! linker's notes of who uses what (`--emit-relocs`) say so. Both modules share one memory and one table of
//! functions: a small script, made here too, links the second to the first when it is asked for.

use anyhow::{Context, Result, anyhow};
use std::fs;
use std::path::Path;

/// How the first module's glue is told to import that script, until its name is known.
pub(super) const LINK: &str = "./__link.js";
/// How that script imports the first module's glue, until its name is known.
pub(super) const PAGE: &str = "./__page.js";

/// A program taken apart.
pub(super) struct Split {
    /// The first module, not bound to JavaScript yet.
    pub(super) first: Vec<u8>,
    /// The other modules: how the script names each, and its bytes.
    pub(super) later: Vec<(String, Vec<u8>)>,
    /// The script.
    pub(super) link: String,
}

/// Takes a program apart; `folder` is for what lies between, and emptied.
pub(super) fn split(whole: &[u8], folder: &Path) -> Result<Split> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let first = folder.join("first.wasm");
    let mut options = wasm_split_cli_support::Options::new(whole);
    options.output_dir = folder;
    options.main_out_path = &first;
    options.link_name = LINK;
    options.main_module = PAGE;
    let made = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("{error:#}"))
        .context("the page cannot be taken apart")?;
    let later = made.split_modules.iter().map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok((name.into_owned(), tight(&super::read(path)?)?))
    });
    Ok(Split {
        first: super::read(&first)?,
        later: later.collect::<Result<_>>()?,
        link: String::from_utf8(super::read(&folder.join(LINK))?)?,
    })
}

/// A module without names, and with its numbers as short as they can be: the linker pads them so that they can move.
fn tight(module: &[u8]) -> Result<Vec<u8>> {
    let mut config = walrus::ModuleConfig::new();
    config.generate_name_section(false);
    config.generate_producers_section(false);
    Ok(config.parse(module)?.emit_wasm())
}
