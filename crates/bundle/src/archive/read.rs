//! Reading an archive that somebody sent. Nothing in it is believed before it was checked, and nothing is ever
//! written to a disk from here.
//!
//! ```text
//! size ──▶ end record ──▶ each entry: name, kind, method, place, size ──▶ inflate, counted ──▶ CRC
//!      ──▶ manifest: every file, no other, its hash ──▶ run.json ──▶ Bundle
//! ```
//!
//! Only what [`crate::write`] makes is accepted: its names, its methods, no gaps at the ends, no zip64.

use crate::archive::manifest::{MANIFEST_VERSION, Manifest};
use crate::archive::names;
use model::{RunEvent, RunView};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use thiserror::Error;
use zip::{CompressionMethod, ZipArchive};

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the archive.
    pub archive_bytes: u64,
    /// Bytes of one file, inflated.
    pub file_bytes: u64,
    /// Bytes of all files, inflated.
    pub all_bytes: u64,
    /// Times that a file may be larger than its compressed form, once it is over 1 MiB.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            archive_bytes: 64 * MIB,
            file_bytes: 64 * MIB,
            all_bytes: 192 * MIB,
            ratio: 200,
        }
    }
}

/// Files of an archive, at most.
const MOST_ENTRIES: usize = 16;
/// The end record without a comment.
const END_BYTES: u64 = 22;
/// Below this size a ratio says nothing.
const RATIO_FROM: u64 = 1024 * 1024;

/// Why an archive is not taken.
#[derive(Debug, Error)]
pub enum Refused {
    /// It could not be read at all.
    #[error("the archive could not be read")]
    Unreadable(#[source] io::Error),
    /// Larger than is read.
    #[error("{0} is larger than is read")]
    TooLarge(&'static str),
    /// Not a zip, or one that is not made in one piece.
    #[error("not a bundle: {0}")]
    NotABundle(&'static str),
    /// The zip itself is broken.
    #[error("the zip is broken")]
    Broken(#[source] zip::result::ZipError),
    /// A name that no bundle holds, or one twice.
    #[error("a file name that no bundle holds, or one twice")]
    Name,
    /// A file that is not what it says: its size, its checksum or its hash.
    #[error("`{0}` is not what the archive says of it")]
    Changed(String),
    /// Its manifest or `run.json` cannot be read.
    #[error("`{0}` cannot be read")]
    Content(&'static str),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

/// What was in an archive, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// Its manifest.
    pub manifest: Manifest,
    /// The run.
    pub run: RunView,
    /// Its events.
    pub events: Vec<RunEvent>,
    /// Every file by name, `manifest.json` left out.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Reads an archive whole, within `limits`.
///
/// # Errors
/// Why it is not taken.
pub fn open<R: Read + Seek>(mut archive: R, limits: &Limits) -> Result<Bundle, Refused> {
    let entries = check_end(&mut archive, limits)?;
    let mut zip = ZipArchive::new(archive).map_err(Refused::Broken)?;
    // The zip crate keeps one entry for each name.
    if zip.len() != entries {
        return Err(Refused::Name);
    }
    if zip.has_overlapping_files().map_err(Refused::Broken)? {
        return Err(Refused::NotABundle("files lie upon each other"));
    }
    let mut files = BTreeMap::new();
    let (mut left, mut order) = (limits.all_bytes, Vec::new());
    for index in 0..entries {
        let (entry, bytes) = read_entry(&mut zip, index, limits, left)?;
        left = left.saturating_sub(bytes.len() as u64);
        if files.insert(entry.name.clone(), bytes).is_some() {
            return Err(Refused::Name);
        }
        order.push(entry);
    }
    check_locals(&mut zip.into_inner(), &order)?;
    let manifest = check_manifest(&mut files, &order)?;
    let content: Content = files
        .get(names::RUN)
        .and_then(|bytes| serde_json::from_slice(bytes).ok())
        .ok_or(Refused::Content(names::RUN))?;
    let Content {
        schema_version,
        run,
        events,
    } = content;
    let in_order = events.iter().zip(1..).all(|(event, seq)| event.seq == seq);
    if schema_version != MANIFEST_VERSION
        || run.id != manifest.run
        || events.len() as u64 != manifest.events
        || !in_order
    {
        return Err(Refused::Content(names::RUN));
    }
    Ok(Bundle {
        manifest,
        run,
        events,
        files,
    })
}

/// What the directory says of a file.
struct Entry {
    name: String,
    place: u64,
    method: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    schema_version: u32,
    run: RunView,
    events: Vec<RunEvent>,
}

/// The end record stands at the very end, names no other disk, and the directory stands right before it. Says how
/// many entries there are, before anything is allocated for them.
fn check_end(archive: &mut (impl Read + Seek), limits: &Limits) -> Result<usize, Refused> {
    let size = archive.seek(SeekFrom::End(0))?;
    if size > limits.archive_bytes {
        return Err(Refused::TooLarge("the archive"));
    }
    let at = size
        .checked_sub(END_BYTES)
        .ok_or(Refused::NotABundle("too short"))?;
    archive.seek(SeekFrom::Start(at))?;
    let mut end = [0_u8; END_BYTES as usize];
    archive.read_exact(&mut end)?;
    let [
        0x50,
        0x4b,
        5,
        6,
        d0,
        d1,
        c0,
        c1,
        here0,
        here1,
        all0,
        all1,
        s0,
        s1,
        s2,
        s3,
        o0,
        o1,
        o2,
        o3,
        0,
        0,
    ] = end
    else {
        return Err(Refused::NotABundle("no end record, or a comment after it"));
    };
    let entries = usize::from(u16::from_le_bytes([all0, all1]));
    let one_disk = [d0, d1, c0, c1] == [0; 4] && [here0, here1] == [all0, all1];
    let directory = u64::from(u32::from_le_bytes([s0, s1, s2, s3]));
    let offset = u64::from(u32::from_le_bytes([o0, o1, o2, o3]));
    if !one_disk || entries > MOST_ENTRIES || offset + directory != at {
        return Err(Refused::NotABundle("not made in one piece"));
    }
    Ok(entries)
}

fn read_entry<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    index: usize,
    limits: &Limits,
    left: u64,
) -> Result<(Entry, Vec<u8>), Refused> {
    let file = zip.by_index(index).map_err(Refused::Broken)?;
    let name = std::str::from_utf8(file.name_raw())
        .ok()
        .filter(|name| names::is_ours(name))
        .ok_or(Refused::Name)?
        .to_owned();
    let regular = file
        .unix_mode()
        .is_none_or(|mode| mode & 0o170_000 == 0o100_000);
    let method = match file.compression() {
        CompressionMethod::Stored => Some(0),
        CompressionMethod::Deflated => Some(8),
        _ => None,
    };
    let Some(method) = method.filter(|_| regular && file.is_file() && !file.encrypted()) else {
        return Err(Refused::NotABundle("a file that is not a plain one"));
    };
    let entry = Entry {
        name: name.clone(),
        place: file.header_start(),
        method,
    };
    let (size, packed) = (file.size(), file.compressed_size());
    let bomb = size > RATIO_FROM && size / limits.ratio.max(1) > packed;
    if size > limits.file_bytes || size > left || bomb {
        return Err(Refused::TooLarge("a file"));
    }
    // What it says of its size is a bound, not a promise. The checksum is compared at the end.
    let mut bytes = Vec::new();
    file.take(size + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| Refused::Changed(name.clone()))?;
    if bytes.len() as u64 != size {
        return Err(Refused::Changed(name));
    }
    Ok((entry, bytes))
}

/// What stands before each file says the same as the directory, and the first file begins the archive.
fn check_locals(archive: &mut (impl Read + Seek), entries: &[Entry]) -> Result<(), Refused> {
    if entries.iter().all(|entry| entry.place != 0) {
        return Err(Refused::NotABundle(
            "something stands before the first file",
        ));
    }
    for entry in entries {
        archive.seek(SeekFrom::Start(entry.place))?;
        let mut head = [0_u8; 30];
        archive.read_exact(&mut head)?;
        let [0x50, 0x4b, 3, 4, _, _, f0, _, m0, m1, .., n0, n1, _, _] = head else {
            return Err(Refused::NotABundle("a file without its header"));
        };
        let mut name = vec![0_u8; usize::from(u16::from_le_bytes([n0, n1]))];
        archive.read_exact(&mut name)?;
        let encrypted = f0 & 1 != 0;
        if encrypted
            || u16::from_le_bytes([m0, m1]) != entry.method
            || name != entry.name.as_bytes()
        {
            return Err(Refused::NotABundle(
                "a header that contradicts the directory",
            ));
        }
    }
    Ok(())
}

/// The manifest comes first and names every other file in order, with its size and hash.
fn check_manifest(
    files: &mut BTreeMap<String, Vec<u8>>,
    entries: &[Entry],
) -> Result<Manifest, Refused> {
    let manifest: Manifest = files
        .remove(names::MANIFEST)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or(Refused::Content(names::MANIFEST))?;
    let listed = manifest.files.iter().map(|file| file.name.as_str());
    let there = entries.iter().map(|entry| entry.name.as_str());
    if manifest.schema_version != MANIFEST_VERSION
        || !std::iter::once(names::MANIFEST).chain(listed).eq(there)
    {
        return Err(Refused::Content(names::MANIFEST));
    }
    for listed in &manifest.files {
        let same = files.get(&listed.name).is_some_and(|bytes| {
            bytes.len() as u64 == listed.bytes
                && hex::encode(Sha256::digest(bytes)) == listed.sha256
        });
        if !same {
            return Err(Refused::Changed(listed.name.clone()));
        }
    }
    Ok(manifest)
}
