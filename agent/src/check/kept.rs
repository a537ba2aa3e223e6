//! Files of a run beside its log, in memory until they are written with the others.

use model::{Artifact, ArtifactKind};
use probe::{Keep, KeptFile};
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// The files so far.
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<Mutex<Vec<File>>>);

#[derive(Debug)]
struct File {
    name: String,
    bytes: Vec<u8>,
}

impl Kept {
    /// Gives them away, with what is said of each.
    #[must_use]
    pub fn take(&self) -> Vec<(Artifact, Vec<u8>)> {
        let files = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        files
            .into_iter()
            .filter_map(|File { name, bytes }| {
                let artifact = Artifact {
                    kind: ArtifactKind::of(&name)?,
                    name,
                    bytes: bytes.len() as u64,
                    sha256: hex::encode(Sha256::digest(&bytes)),
                    left_out: false,
                };
                Some((artifact, bytes))
            })
            .collect()
    }
}

impl Keep for Kept {
    fn create(&self, name: &str) -> io::Result<Box<dyn KeptFile>> {
        Ok(Box::new(Draft {
            files: self.clone(),
            file: File {
                name: name.to_owned(),
                bytes: Vec::new(),
            },
        }))
    }
}

struct Draft {
    files: Kept,
    file: File,
}

impl Write for Draft {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.file.bytes.write(piece)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl KeptFile for Draft {
    fn finish(self: Box<Self>) -> io::Result<()> {
        let Self { files, file } = *self;
        let mut files = files.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.push(file);
        Ok(())
    }
}
