//! Builds the page with nothing but cargo: the crate `frontend` to WebAssembly, its JavaScript glue, the
//! style sheets and `index.html`, into `frontend/dist/`.
//!
//! Every file but `index.html` carries a hash of its content in its name, so the portal may let browsers
//! keep it for ever; beside each stands the same, compressed with brotli. It does not know who serves them.

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a first visit may cost, all files together, compressed (release builds).
const BUDGET_BYTES: usize = 350 * 1024;
const TARGET: &str = "wasm32-unknown-unknown";

/// Builds `frontend/dist/` anew. With `release` it is optimised for size, and warned about when over budget.
///
/// # Errors
/// When a part of the build fails.
pub(crate) fn build(release: bool) -> Result<()> {
    let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec()?;
    let root = metadata.workspace_root.as_std_path();
    let wasm = compile(root, metadata.target_directory.as_std_path(), release)?;
    let (glue, wasm) = bind(&wasm, !release)?;

    let source = root.join("frontend");
    let dist = Dist::empty(source.join("dist"), release)?;
    let wasm = dist.hashed("page", "wasm", &wasm)?;
    // The glue exports its start function and leaves the call to us; an inline script is not allowed.
    let glue = format!("{glue}\n__wbg_init({{ module_or_path: \"/{wasm}\" }});\n");
    let script = dist.hashed("page", "js", glue.as_bytes())?;
    let style = dist.hashed("page", "css", styles(&source.join("style"))?.as_bytes())?;
    let icon = dist.hashed("icon", "svg", &read(&source.join("icon.svg"))?)?;
    let index = String::from_utf8(read(&source.join("index.html"))?)?
        .replace("{wasm}", &wasm)
        .replace("{script}", &script)
        .replace("{style}", &style)
        .replace("{icon}", &icon);
    dist.write("index.html", index.as_bytes())?;
    dist.report()
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
        .args(["build", "--package", "frontend", "--target", TARGET])
        .args(["--profile", profile])
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

/// Makes the JavaScript glue, and the module that goes with it.
fn bind(wasm: &Path, debug: bool) -> Result<(String, Vec<u8>)> {
    let mut output = wasm_bindgen_cli_support::Bindgen::new()
        .input_path(wasm)
        .out_name("page")
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .debug(debug)
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

/// The folder that is being filled.
struct Dist {
    folder: PathBuf,
    release: bool,
}

impl Dist {
    fn empty(folder: PathBuf, release: bool) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("{} cannot be emptied", folder.display()))?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, release })
    }

    /// Writes a file under a name made from its content; answers the name.
    fn hashed(&self, stem: &str, kind: &str, bytes: &[u8]) -> Result<String> {
        let mut name = format!("{stem}-");
        for byte in Sha256::digest(bytes).iter().take(8) {
            write!(name, "{byte:02x}")?;
        }
        write!(name, ".{kind}")?;
        self.write(&name, bytes)?;
        Ok(name)
    }

    /// Writes a file and its compressed twin.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        fs::write(self.folder.join(name), bytes)?;
        let params = brotli::enc::BrotliEncoderParams {
            quality: if self.release { 11 } else { 5 },
            lgwin: 22,
            size_hint: bytes.len(),
            ..Default::default()
        };
        let mut packed = Vec::new();
        brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params)?;
        fs::write(self.folder.join(format!("{name}.br")), packed)?;
        Ok(())
    }

    /// Prints what each file weighs, and warns when they are over budget together.
    fn report(&self) -> Result<()> {
        let mut rows = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|kind| kind == "br") {
                let plain = path.with_extension("");
                let name = plain.file_name().unwrap_or_default().to_string_lossy();
                let size = |path: &Path| fs::metadata(path).map(|data| data.len() as usize);
                rows.push((name.into_owned(), size(&plain)?, size(&path)?));
            }
        }
        rows.sort();
        let total: usize = rows.iter().map(|(_, _, packed)| packed).sum();
        for (name, plain, packed) in &rows {
            println!("{name:<30} {plain:>9} bytes  {packed:>8} brotli");
        }
        println!("{:<30} {:>15}  {total:>8} brotli", "first load", "");
        if self.release && total > BUDGET_BYTES {
            eprintln!("warning: the page weighs {total} bytes; at most {BUDGET_BYTES} are wanted");
        }
        Ok(())
    }
}
