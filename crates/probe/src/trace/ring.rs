//! The packets that are kept, within a bound. When it is reached, the oldest data goes first; what opens, ends or
//! explains a connection goes last.

use std::collections::VecDeque;

/// Bytes that a packet takes in the file beside its own.
const AROUND: u64 = 36;
/// Bytes of the file before its first packet.
const BEFORE: u64 = 256;

/// A packet that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// When, in nanoseconds since 1970.
    pub(crate) at_ns: u64,
    /// Bytes on the wire.
    pub(crate) length: u32,
    /// What is kept of it.
    pub(crate) bytes: Box<[u8]>,
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Ring {
    limit: u64,
    used: u64,
    data: VecDeque<Kept>,
    signs: VecDeque<Kept>,
    dropped: u64,
}

impl Ring {
    /// Keeps so many bytes, the file's own around them included.
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            limit,
            used: BEFORE,
            data: VecDeque::new(),
            signs: VecDeque::new(),
            dropped: 0,
        }
    }

    /// Keeps a packet; `is_data` says that it only carries payload.
    pub(crate) fn put(&mut self, packet: Kept, is_data: bool) {
        let size = size(&packet);
        let queue = if is_data {
            &mut self.data
        } else {
            &mut self.signs
        };
        queue.push_back(packet);
        self.used = self.used.saturating_add(size);
        while self.used > self.limit {
            let Some(gone) = self.data.pop_front().or_else(|| self.signs.pop_front()) else {
                return;
            };
            self.used = self.used.saturating_sub(self::size(&gone));
            self.dropped += 1;
        }
    }

    /// Packets that had to go.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// All of them in order of time.
    pub(crate) fn into_packets(self) -> Vec<Kept> {
        let mut all = Vec::from(self.data);
        all.extend(self.signs);
        all.sort_by_key(|packet| packet.at_ns);
        all
    }
}

fn size(packet: &Kept) -> u64 {
    (packet.bytes.len() as u64).next_multiple_of(4) + AROUND
}
