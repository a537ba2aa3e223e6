//! Following a spool file, batch by batch.

use model::AgentEvent;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::Path;

/// Most events of one batch.
const MOST_EVENTS: usize = 200;
/// Most bytes of one batch, as far as single events allow.
const MOST_BYTES: usize = 256 * 1024;

/// Reads the events of one lease's file in order.
#[derive(Debug)]
pub(crate) struct Reader {
    file: BufReader<File>,
    /// Number of the next event that the file gives.
    next: u64,
    /// Read, but too large for the batch at hand.
    left_over: Option<(usize, AgentEvent)>,
}

impl Reader {
    /// Opens the file at its first event.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut reader = Self {
            file: BufReader::new(File::open(path)?),
            next: 1,
            left_over: None,
        };
        reader.rewind()?;
        Ok(reader)
    }

    /// The events from number `first`, at most up to number `last`, as many as one batch holds.
    pub(crate) fn batch(&mut self, first: u64, last: u64) -> io::Result<Vec<AgentEvent>> {
        self.seek(first)?;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < MOST_EVENTS && self.next + batch.len() as u64 <= last {
            let (size, event) = match self.left_over.take() {
                Some(left_over) => left_over,
                None => self.read_event()?,
            };
            bytes += size;
            if bytes > MOST_BYTES && !batch.is_empty() {
                self.left_over = Some((size, event));
                break;
            }
            batch.push(event);
        }
        self.next += batch.len() as u64;
        Ok(batch)
    }

    fn seek(&mut self, first: u64) -> io::Result<()> {
        if first < self.next {
            self.rewind()?;
        }
        while self.next < first {
            if self.left_over.take().is_none() {
                self.read_line()?;
            }
            self.next += 1;
        }
        Ok(())
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.left_over = None;
        self.next = 1;
        // The heading.
        self.read_line().map(drop)
    }

    fn read_event(&mut self) -> io::Result<(usize, AgentEvent)> {
        let line = self.read_line()?;
        Ok((line.len(), serde_json::from_slice(&line)?))
    }

    fn read_line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.file.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line)
    }
}
