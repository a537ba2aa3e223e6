//! Archives as anybody would read them, with nothing of ours.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

/// The files of an archive by name.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn files(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).expect("a file of it");
            let name = file.name().expect("a name").into_owned();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).expect("its bytes");
            (name, bytes)
        })
        .collect()
}
