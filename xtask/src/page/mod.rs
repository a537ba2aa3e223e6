//! Builds the page with nothing but cargo: the crate `frontend` to WebAssembly, its JavaScript glue, the
//! style sheets and `index.html`, into `frontend/dist/`.
//!
//! Every file but `index.html` carries a hash of its content in its name, so the portal may let browsers
//! keep it for ever; beside each stands the same, compressed with brotli. It does not know who serves them.

mod dist;
mod split;

use anyhow::{Context, Result, bail, ensure};
use dist::Dist;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const INDEX: &str = "index.html";
/// The third module, by the name of its way in.
const PICTURES: &str = "pictures";
const TARGET: &str = "wasm32-unknown-unknown";

/// Builds `frontend/dist/` anew. With `release` it is optimised for size, and warned about when over budget.
///
/// # Errors
/// When a part of the build fails.
pub(crate) fn build(release: bool) -> Result<()> {
    let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec()?;
    let root = metadata.workspace_root.as_std_path();
    let target_dir = metadata.target_directory.as_std_path();
    let whole = read(&compile(root, target_dir, release)?)?;
    let parts = split::split(&whole, &target_dir.join("page"))?;
    let (glue, first) = bind(parts.first, !release)?;

    let source = root.join("frontend");
    let dist = Dist::empty(source.join("dist"), release)?;
    let wasm = dist.hashed("page", "wasm", &first)?;
    let mut link = parts.link;
    for (name, bytes) in &parts.later {
        // What the second and the third have in common is fetched with the second.
        let stem = if name.contains(PICTURES) {
            PICTURES
        } else {
            "later"
        };
        let hashed = dist.hashed(stem, "wasm", bytes)?;
        link = link.replace(name, &hashed);
    }
    // The glue exports its start function and leaves the call to us; an inline script is not allowed.
    let glue = format!("{glue}\n__wbg_init({{ module_or_path: \"/{wasm}\" }});\n");
    let (script, link) = scripts(&dist, &glue, &link)?;
    let style = dist.hashed("page", "css", styles(&source.join("style"))?.as_bytes())?;
    let icon = dist.hashed("icon", "svg", &read(&source.join("icon.svg"))?)?;
    let index = String::from_utf8(read(&source.join(INDEX))?)?
        .replace("{wasm}", &wasm)
        .replace("{script}", &script)
        .replace("{link}", &link)
        .replace("{style}", &style)
        .replace("{icon}", &icon);
    dist.write(INDEX, index.as_bytes())?;
    dist.report()
}

/// Writes the two scripts, which name each other, so that both names are made from both contents.
fn scripts(dist: &Dist, glue: &str, link: &str) -> Result<(String, String)> {
    let content = [glue.as_bytes(), link.as_bytes()];
    let names = (
        dist::named("page", "js", &content)?,
        dist::named("link", "js", &content)?,
    );
    // Within the glue the script keeps the name that the program knows it by.
    for (name, text, old, new) in [
        (&names.0, glue, split::LINK, &names.1),
        (&names.1, link, split::PAGE, &names.0),
    ] {
        let import = format!("from \"{old}\"");
        ensure!(text.contains(&import), "{name} does not import {old}");
        let text = text.replace(&import, &format!("from \"./{new}\""));
        dist.write(name, text.as_bytes())?;
    }
    Ok(names)
}

/// Compiles the crate; answers where the module is.
fn compile(root: &Path, target_dir: &Path, release: bool) -> Result<PathBuf> {
    let (profile, folder) = if release {
        ("wasm-release", "wasm-release")
    } else {
        ("dev", "debug")
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(root)
        .args(["rustc", "--package", "frontend", "--target", TARGET])
        .args(["--profile", profile])
        .args(["--", "-Clink-arg=--emit-relocs"])
        // Leptos then gives every part of a view one type, instead of each its own: far less code.
        .env("RUSTFLAGS", "--cfg erase_components")
        .status()
        .context("cargo could not be started")?;
    ensure!(
        status.success(),
        "the page does not compile (if the target is missing: rustup target add {TARGET})"
    );
    Ok(target_dir.join(TARGET).join(folder).join("frontend.wasm"))
}

/// Makes the JavaScript glue of the first module, and the module that goes with it.
fn bind(wasm: Vec<u8>, debug: bool) -> Result<(String, Vec<u8>)> {
    let mut output = wasm_bindgen_cli_support::Bindgen::new()
        .input_bytes("page", wasm)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .debug(debug)
        // The second module uses what the linker gave a name.
        .keep_lld_exports(true)
        .demangle(false)
        .keep_debug(debug)
        .remove_name_section(!debug)
        .remove_producers_section(true)
        .generate_output()?;
    let own = output.snippets().values().any(|list| !list.is_empty());
    if own || !output.local_modules().is_empty() {
        bail!("a dependency of the page brings JavaScript of its own, which nothing here serves");
    }
    Ok((output.js().to_owned(), output.wasm_mut().emit_wasm()))
}

/// The style sheets in the order of their names, as one.
fn styles(folder: &Path) -> Result<String> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("{} cannot be read", folder.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|kind| kind == "css"));
    files.sort();
    let mut all = String::new();
    for file in files {
        all.push_str(&String::from_utf8(read(&file)?)?);
        all.push('\n');
    }
    Ok(all)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}
