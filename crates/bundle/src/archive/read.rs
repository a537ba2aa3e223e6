//! Reading an archive that somebody sent. Nothing in it is believed before it was checked, and nothing is ever
//! written to a disk from here.
//!
//! ```text
//! size ──▶ end record ──▶ directory, headers, places, names ──▶ inflate, counted ──▶ CRC
//!      ──▶ manifest: every file, no other, its hash ──▶ run.json ──▶ Bundle
//! ```
//!
//! Only what is written here is accepted: its names, its methods, no gaps, no zip64. That an archive is taken says
//! that it is whole, and within bounds. It says nothing of who made it: whoever shows it judges its events anew.

use super::directory::{self, Entry};
use super::limits::Limits;
use super::manifest::{MANIFEST_VERSION, Manifest};
use super::names;
use super::refused::{Refused, Why};
use super::{inflate, json};
use model::{RunEvent, RunView};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, SeqAccess, Visitor};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// Below this size a ratio says nothing.
const RATIO_FROM: u64 = 1024 * 1024;
/// A log's cap, and the keeper's last words after it.
const MOST_EVENTS: usize = 50_100;

/// What was in an archive, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// Its manifest; every file has the size and the hash that it names.
    pub manifest: Manifest,
    /// The run, as the file tells it.
    pub run: RunView,
    /// Its events, from number 1 without gaps.
    pub events: Vec<RunEvent>,
    /// Every file by name, `manifest.json` left out. Never to be shown as HTML.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Reads an archive whole, within `limits`.
///
/// # Errors
/// Why it is not taken.
pub fn open(archive: &[u8], limits: &Limits) -> Result<Bundle, Refused> {
    let entries = directory::read(archive, limits)?;
    check_sizes(&entries, limits)?;
    let mut files = BTreeMap::new();
    for entry in &entries {
        let bytes = inflate::file(entry).map_err(|why| Refused::of(why, entry.name))?;
        files.insert(entry.name.to_owned(), bytes);
    }
    let manifest = check_manifest(&mut files, &entries, limits)?;
    let run = files.get(names::RUN).map(Vec::as_slice);
    let content: Content = parse(run.unwrap_or_default(), limits, Why::RunUnreadable)
        .map_err(|why| Refused::of(why, names::RUN))?;
    let Content {
        schema_version,
        run,
        events: Events(events),
    } = content;
    if schema_version != MANIFEST_VERSION {
        return Err(Refused::of(Why::ManifestVersion, names::RUN));
    }
    let in_order = events.iter().zip(1..).all(|(event, seq)| event.seq == seq);
    let count = events.len() as u64;
    if run.id != manifest.run
        || run.rules_version != manifest.rules_version
        || run.last_seq != count
        || manifest.events != count
        || !in_order
    {
        return Err(Refused::of(Why::RunDiffers, names::RUN));
    }
    Ok(Bundle {
        manifest,
        run,
        events,
        files,
    })
}

/// No file, and not all together, may become larger than the limits say, nor much larger than they are.
fn check_sizes(entries: &[Entry<'_>], limits: &Limits) -> Result<(), Refused> {
    let (mut left, mut left_of_artifacts) = (limits.all_bytes, limits.artifact_bytes);
    for entry in entries {
        let most = match entry.name {
            names::RUN | names::FULL_LOG => limits.log_bytes,
            name if names::is_artifact(name) => limits.artifact_bytes,
            _ => limits.file_bytes,
        };
        if entry.size > most {
            return Err(Refused::of(Why::FileTooLarge, entry.name));
        }
        let packed = (entry.packed.len() as u64).max(1);
        if entry.size > RATIO_FROM && entry.size / packed > limits.ratio {
            return Err(Refused::of(Why::Ratio, entry.name));
        }
        let left = if names::is_artifact(entry.name) {
            &mut left_of_artifacts
        } else {
            &mut left
        };
        *left = left
            .checked_sub(entry.size)
            .ok_or(Refused::all(Why::AllTooLarge))?;
    }
    Ok(())
}

/// The manifest comes first and names every other file in order, with its size and hash.
fn check_manifest(
    files: &mut BTreeMap<String, Vec<u8>>,
    entries: &[Entry<'_>],
    limits: &Limits,
) -> Result<Manifest, Refused> {
    let first = entries.first().map(|entry| entry.name);
    let bytes = files
        .remove(names::MANIFEST)
        .filter(|_| first == Some(names::MANIFEST))
        .ok_or(Refused::all(Why::NoManifest))?;
    let of = |why| Refused::of(why, names::MANIFEST);
    // Another version may have another form.
    let version: Version = parse(&bytes, limits, Why::ManifestUnreadable).map_err(of)?;
    if version.schema_version != MANIFEST_VERSION {
        return Err(of(Why::ManifestVersion));
    }
    let manifest: Manifest = parse(&bytes, limits, Why::ManifestUnreadable).map_err(of)?;
    let listed = manifest.files.iter().map(|file| file.name.as_str());
    let there = entries.iter().skip(1).map(|entry| entry.name);
    if !listed.eq(there) {
        return Err(of(Why::ManifestDiffers));
    }
    for listed in &manifest.files {
        let same = files.get(&listed.name).is_some_and(|bytes| {
            bytes.len() as u64 == listed.bytes
                && hex::encode(Sha256::digest(bytes)) == listed.sha256
        });
        if !same {
            return Err(Refused::of(Why::Changed, &listed.name));
        }
    }
    Ok(manifest)
}

fn parse<T: DeserializeOwned>(bytes: &[u8], limits: &Limits, unreadable: Why) -> Result<T, Why> {
    json::check(bytes, limits)?;
    serde_json::from_slice(bytes).map_err(|_| unreadable)
}

#[derive(Deserialize)]
struct Version {
    schema_version: u32,
}

/// `run.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    schema_version: u32,
    run: RunView,
    events: Events,
}

/// No more events than a log can hold: they are larger in memory than in the file.
struct Events(Vec<RunEvent>);

impl<'de> Deserialize<'de> for Events {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bounded;

        impl<'de> Visitor<'de> for Bounded {
            type Value = Events;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "at most {MOST_EVENTS} events")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Events, A::Error> {
                let mut events = Vec::new();
                while let Some(event) = seq.next_element()? {
                    if events.len() == MOST_EVENTS {
                        return Err(A::Error::custom("more events than a log holds"));
                    }
                    events.push(event);
                }
                Ok(Events(events))
            }
        }

        deserializer.deserialize_seq(Bounded)
    }
}
