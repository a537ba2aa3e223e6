//! Files in the data directory: `artifacts/RUN/SHA256`, and `artifacts/drafts` for those that are being written.

use super::{Draft, Files};
use async_trait::async_trait;
use model::RunId;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tempfile::TempPath;
use tokio::io::AsyncWriteExt as _;

const DRAFTS: &str = "drafts";

/// Files in a folder, for its owner only.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// In that data directory, also while a portal works there. Nothing is made before there is a file.
    #[must_use]
    pub fn in_dir(data_dir: &Path) -> Self {
        Self {
            root: data_dir.join("artifacts"),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// In the data directory of the one portal that works there: what an earlier one began is gone.
    ///
    /// # Errors
    /// When it cannot be taken away.
    pub fn open(data_dir: &Path) -> io::Result<Self> {
        let folder = Self::in_dir(data_dir);
        unless_missing(fs::remove_dir_all(folder.root.join(DRAFTS)))?;
        Ok(folder)
    }

    fn of(&self, run: RunId) -> PathBuf {
        self.root.join(run.to_string())
    }
}

#[async_trait]
impl Files for Folder {
    async fn begin(&self) -> io::Result<Box<dyn Draft>> {
        let root = self.root.clone();
        blocking(move || {
            let drafts = root.join(DRAFTS);
            make_private(&drafts)?;
            // Mode 0600, and gone again unless it is kept.
            let (file, path) = tempfile::NamedTempFile::new_in(drafts)?.into_parts();
            let file = tokio::fs::File::from_std(file);
            Ok(Box::new(InFolder { root, file, path }) as Box<dyn Draft>)
        })
        .await
    }

    fn open(&self, run: RunId, sha256: &str) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(self.of(run).join(sha256))?))
    }

    async fn runs(&self) -> io::Result<Vec<RunId>> {
        let root = self.root.clone();
        blocking(move || {
            let mut runs = Vec::new();
            let entries = match fs::read_dir(root) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(runs),
                entries => entries?,
            };
            for entry in entries {
                // What is called otherwise is not ours.
                let name = entry?.file_name();
                runs.extend(name.to_str().and_then(|name| name.parse::<RunId>().ok()));
            }
            Ok(runs)
        })
        .await
    }

    async fn remove(&self, run: RunId) -> io::Result<()> {
        let folder = self.of(run);
        blocking(move || unless_missing(fs::remove_dir_all(folder))).await
    }
}

struct InFolder {
    root: PathBuf,
    file: tokio::fs::File,
    path: TempPath,
}

#[async_trait]
impl Draft for InFolder {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await
    }

    async fn keep(mut self: Box<Self>, run: RunId, sha256: &str) -> io::Result<()> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        let Self { root, file, path } = *self;
        drop(file);
        let name = sha256.to_owned();
        blocking(move || {
            let folder = root.join(run.to_string());
            make_private(&folder)?;
            path.persist(folder.join(name))
                .map_err(|error| error.error)?;
            sync(&folder)?;
            sync(&root)
        })
        .await
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Makes new names durable.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn unless_missing(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(act).await?
}

#[cfg(test)]
mod tests {
    use super::Folder;
    use crate::artifacts::Files as _;
    use model::RunId;
    use std::io::Read as _;
    use uuid::Uuid;

    #[tokio::test]
    async fn a_file_is_there_once_it_is_kept_and_goes_with_its_run() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(dir.path()).expect("opened");
        assert!(folder.runs().await.expect("a list").is_empty());
        let run = RunId(Uuid::from_u128(7));
        let mut broken = folder.begin().await.expect("begun");
        broken.write(b"half").await.expect("written");
        drop(broken);
        assert!(folder.runs().await.expect("a list").is_empty());
        for _ in 0..2 {
            let mut draft = folder.begin().await.expect("begun");
            draft.write(b"wh").await.expect("written");
            draft.write(b"ole").await.expect("written");
            draft.keep(run, "aa").await.expect("kept");
        }
        let mut text = String::new();
        let mut file = folder.open(run, "aa").expect("opened");
        file.read_to_string(&mut text).expect("read");
        assert_eq!(text, "whole");
        assert_eq!(folder.runs().await.expect("a list"), [run]);
        let drafts = dir.path().join("artifacts/drafts");
        let left = std::fs::read_dir(&drafts).expect("a folder").count();
        assert_eq!(left, 0);
        Folder::open(dir.path()).expect("opened");
        assert!(!drafts.exists());
        for _ in 0..2 {
            folder.remove(run).await.expect("removed");
        }
        assert!(folder.open(run, "aa").is_err());
    }
}
