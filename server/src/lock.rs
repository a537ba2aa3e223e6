//! One data directory, one portal: a second one on the same directory is refused.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// Held for as long as the portal runs; the operating system lets go of it when the process dies.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Takes the directory; `None` when another portal has it.
pub(crate) fn take(data_dir: &Path) -> io::Result<Option<Lock>> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(data_dir.join("linecheck.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Makes the directory, for its owner only, when there is none.
pub(crate) fn make_private(data_dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data_dir)
}

#[cfg(test)]
mod tests {
    use super::take;

    #[test]
    fn a_second_one_is_refused_until_the_first_has_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = take(folder.path()).expect("works").expect("free");
        assert!(take(folder.path()).expect("works").is_none());
        drop(first);
        assert!(take(folder.path()).expect("works").is_some());
    }
}
