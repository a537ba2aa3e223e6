//! Events of a run's log: what was read is written and read the same, kinds and facts that nobody knows included.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::RunEvent;

fuzz_target!(|data: &[u8]| {
    if let Ok(read) = serde_json::from_slice::<RunEvent>(data) {
        let written = serde_json::to_string(&read).expect("serialises");
        let again: RunEvent = serde_json::from_str(&written).expect("reads its own writing");
        assert_eq!(serde_json::to_string(&again).expect("serialises"), written);
    }
});
