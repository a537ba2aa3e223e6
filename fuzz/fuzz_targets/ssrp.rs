//! SQL Browser's datagrams: never a panic, and what was written reads back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tds::ssrp;

fuzz_target!(|data: &[u8]| {
    if let Ok(instances) = ssrp::decode(data) {
        assert!(instances.len() <= ssrp::INSTANCES);
        // What could not be read was replaced, which may take more room than there is.
        if let Ok(written) = ssrp::encode(&instances) {
            ssrp::decode(&written).expect("its own");
        }
    }
    if let Ok(request) = ssrp::Request::decode(data) {
        assert!(!format!("{request:?}").is_empty());
    }
});
