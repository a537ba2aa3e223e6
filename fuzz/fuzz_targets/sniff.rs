//! Telling protocols apart: once told, more bytes of the same do not bring doubt back, and enough bytes always tell.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tds::sniff::classify;

fuzz_target!(|data: &[u8]| {
    let mut told = false;
    for length in 0..data.len().min(160) {
        let now = classify(&data[..length]).is_some();
        assert!(now || !told, "doubt at {length}");
        assert!(now || length < 128, "no answer at {length}");
        told = now;
    }
});
