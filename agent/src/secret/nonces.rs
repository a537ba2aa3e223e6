//! Nonces of sealed secrets that were used, remembered for as long as the secrets are good.

use crate::line_file::LineFile;
use crate::worker::BELIEVED;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

#[derive(Debug, Serialize, Deserialize)]
struct Used {
    nonce: String,
    until: DateTime<Utc>,
}

#[derive(Debug)]
pub(crate) struct Nonces {
    seen: BTreeSet<String>,
    file: LineFile,
}

impl Nonces {
    /// Reads what was remembered. What expired a day ago or more, beyond what a portal's clock is believed, can be
    /// forgotten: a secret that old is refused for its time alone, whatever the portal says.
    pub(crate) fn open(path: &Path, now: DateTime<Utc>) -> io::Result<Self> {
        let (file, used) = LineFile::open(path, |used: &Used| {
            used.until + chrono::TimeDelta::days(1) + BELIEVED > now
        })?;
        Ok(Self {
            seen: used.into_iter().map(|used| used.nonce).collect(),
            file,
        })
    }

    /// Notes a use; `false` when there was one before. On disk when this returns.
    pub(crate) fn first_use(&mut self, nonce: &str, until: DateTime<Utc>) -> io::Result<bool> {
        if self.seen.contains(nonce) {
            return Ok(false);
        }
        self.file.append(&Used {
            nonce: nonce.to_owned(),
            until,
        })?;
        self.file.sync()?;
        self.seen.insert(nonce.to_owned());
        Ok(true)
    }
}
