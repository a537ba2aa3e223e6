//! Reading back what an earlier process left.

use super::{Heading, Progress, Room, VERSION, Writer};
use model::AgentEvent;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A lease whose events are not all with the portal.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) heading: Heading,
    pub(crate) writer: Writer,
    /// `elapsed_us` of the last event.
    pub(crate) elapsed_us: u64,
}

/// The spool files in `dir`, in order of their names.
pub(crate) fn find(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Reads a file up to its last whole event and cuts off the rest. `None` when not even its heading was written:
/// nothing was probed then, and the file is removed.
pub(crate) fn recover(path: &Path, room: Arc<Room>) -> io::Result<Option<Recovered>> {
    let file = OpenOptions::new().read(true).append(true).open(path)?;
    let mut reader = BufReader::new(&file);
    let (mut line, mut good) = (Vec::new(), 0_u64);
    let (mut progress, mut elapsed_us) = (Progress::default(), 0);
    let mut heading = None;
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            break;
        }
        if heading.is_none() {
            match serde_json::from_slice::<Heading>(&line) {
                Ok(read) if read.v == VERSION => heading = Some(read),
                _ => break,
            }
        } else {
            let Ok(event) = serde_json::from_slice::<AgentEvent>(&line) else {
                break;
            };
            progress.events += 1;
            progress.complete = event.body.is_last();
            elapsed_us = event.elapsed_us;
        }
        good += line.len() as u64;
        if progress.complete {
            break;
        }
    }
    let Some(heading) = heading else {
        fs::remove_file(path)?;
        return Ok(None);
    };
    file.set_len(good)?;
    file.sync_all()?;
    Ok(Some(Recovered {
        heading,
        writer: Writer::at(path.to_owned(), file, good, progress, room),
        elapsed_us,
    }))
}
