//! A small file of JSON lines that only grows while the agent runs: what it must remember over restarts
//! (nonces, failed logins). A torn last line is dropped; old lines go when the file is opened.

use crate::private::{private, sync_dir};
use serde::{Serialize, de::DeserializeOwned};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Largest file that is read back; such files hold a few lines.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Appends lines.
#[derive(Debug)]
pub(crate) struct LineFile {
    file: File,
}

impl LineFile {
    /// Opens `path`, keeps the lines that `keep` wants, and gives them.
    pub(crate) fn open<T: Serialize + DeserializeOwned>(
        path: &Path,
        keep: impl Fn(&T) -> bool,
    ) -> io::Result<(Self, Vec<T>)> {
        let text = match fs::metadata(path) {
            Ok(meta) if meta.len() > LARGEST => {
                return Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    "larger than an agent makes it",
                ));
            }
            Ok(_) => fs::read(path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let kept: Vec<T> = text
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .filter(keep)
            .collect();
        let draft = path.with_extension("new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        private(&mut options);
        let mut file = Self {
            file: options.open(&draft)?,
        };
        for line in &kept {
            file.append(line)?;
        }
        file.file.sync_all()?;
        fs::rename(&draft, path)?;
        if let Some(dir) = path.parent() {
            sync_dir(dir)?;
        }
        Ok((file, kept))
    }

    /// Adds a line. It survives the end of the process; with [`Self::sync`] the end of power too.
    pub(crate) fn append<T: Serialize>(&mut self, line: &T) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file.write_all(&text)
    }

    /// Waits until the disk has it.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::LineFile;
    use std::io::Write as _;

    #[test]
    fn lines_are_kept_a_torn_one_is_dropped_and_old_ones_go() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("numbers.jsonl");
        let (mut file, none) = LineFile::open::<u32>(&path, |_| true).expect("made");
        assert!(none.is_empty());
        for number in 1..=4_u32 {
            file.append(&number).expect("written");
        }
        file.file.write_all(b"[5").expect("written");
        drop(file);
        let (mut file, kept) = LineFile::open::<u32>(&path, |n| *n > 1).expect("read");
        assert_eq!(kept, [2, 3, 4]);
        file.append(&6_u32).expect("written");
        drop(file);
        let (_, kept) = LineFile::open::<u32>(&path, |_| true).expect("read");
        assert_eq!(kept, [2, 3, 4, 6]);
    }
}
