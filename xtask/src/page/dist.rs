//! The folder `frontend/dist/` while it is filled: hashed names, compressed twins, and what all of it weighs.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

/// What a first visit may cost, all files together, compressed (release builds).
const FIRST_BYTES: usize = 350 * 1024;
/// What may be fetched after it: as measured, and a tenth.
const LATER_BYTES: usize = 796 * 1024;
/// What may be fetched with the first picture of what lasts: as measured, and a tenth.
const PICTURES_BYTES: usize = 52 * 1024;

/// The folder that is being filled.
pub(super) struct Dist {
    folder: PathBuf,
    release: bool,
}

impl Dist {
    /// Begins with nothing in it.
    pub(super) fn empty(folder: PathBuf, release: bool) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("{} cannot be emptied", folder.display()))?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, release })
    }

    /// Writes a file under a name made from its content; answers the name.
    pub(super) fn hashed(&self, stem: &str, kind: &str, bytes: &[u8]) -> Result<String> {
        let name = named(stem, kind, &[bytes])?;
        self.write(&name, bytes)?;
        Ok(name)
    }

    /// Writes a file and its compressed twin.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
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

    /// Prints what each file weighs, and warns when the first load, or what comes after it, is over budget.
    pub(super) fn report(&self) -> Result<()> {
        let mut rows = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|kind| kind == "br") {
                let plain = path.with_extension("");
                let name = plain.file_name().unwrap_or_default().to_string_lossy();
                let size = |path: &PathBuf| fs::metadata(path).map(|data| data.len() as usize);
                rows.push((name.into_owned(), size(&plain)?, size(&path)?));
            }
        }
        rows.sort();
        // What a browser fetches at first is what stands in the page itself.
        let index = fs::read_to_string(self.folder.join(super::INDEX))?;
        let (first, later): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|(name, ..)| name == super::INDEX || index.contains(name.as_str()));
        let (pictures, later): (Vec<_>, Vec<_>) = later
            .into_iter()
            .partition(|(name, ..)| name.starts_with(super::PICTURES));
        self.total("first load", &first, FIRST_BYTES);
        self.total("when idle", &later, LATER_BYTES);
        self.total("with a picture", &pictures, PICTURES_BYTES);
        Ok(())
    }

    fn total(&self, what: &str, rows: &[(String, usize, usize)], most: usize) {
        for (name, plain, packed) in rows {
            println!("{name:<30} {plain:>9} bytes  {packed:>8} brotli");
        }
        let total: usize = rows.iter().map(|(_, _, packed)| packed).sum();
        println!("{what:<30} {:>15}  {total:>8} brotli", "");
        if self.release && total > most {
            eprintln!("warning: {what}: {total} bytes; at most {most} are wanted");
        }
    }
}

/// A name made from content.
pub(super) fn named(stem: &str, kind: &str, content: &[&[u8]]) -> Result<String> {
    let mut digest = Sha256::new();
    for bytes in content {
        digest.update(bytes);
    }
    let mut name = format!("{stem}-");
    for byte in digest.finalize().iter().take(8) {
        write!(name, "{byte:02x}")?;
    }
    write!(name, ".{kind}")?;
    Ok(name)
}
