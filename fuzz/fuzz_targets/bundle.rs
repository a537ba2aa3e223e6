//! Bundles that somebody sent: whatever is in them, what is taken keeps to its limits and is what its manifest says.
#![no_main]

use bundle::{Limits, open};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

const LIMITS: Limits = Limits {
    archive_bytes: 1 << 20,
    file_bytes: 1 << 20,
    all_bytes: 1 << 21,
    ratio: 200,
};

fuzz_target!(|data: &[u8]| {
    if let Ok(read) = open(Cursor::new(data), &LIMITS) {
        let all: u64 = read.files.values().map(|bytes| bytes.len() as u64).sum();
        assert!(all <= LIMITS.all_bytes);
        assert!(
            read.events
                .iter()
                .zip(1..)
                .all(|(event, seq)| event.seq == seq)
        );
    }
});
