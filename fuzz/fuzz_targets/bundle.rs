//! Bundles that somebody sent: whatever is in them, what is taken keeps to its limits and is what its manifest says.
#![no_main]

use bundle::{Limits, open};
use libfuzzer_sys::fuzz_target;

const MIB: u64 = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let limits = Limits {
        archive_bytes: MIB,
        file_bytes: MIB,
        log_bytes: MIB,
        artifact_bytes: MIB,
        all_bytes: 2 * MIB,
        ..Limits::default()
    };
    if let Ok(read) = open(data, &limits) {
        let all: u64 = read.files.values().map(|bytes| bytes.len() as u64).sum();
        assert!(all <= limits.all_bytes + limits.artifact_bytes);
        assert!(
            read.events
                .iter()
                .zip(1..)
                .all(|(event, seq)| event.seq == seq)
        );
    }
});
