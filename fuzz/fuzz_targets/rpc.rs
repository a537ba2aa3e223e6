//! Remote procedure calls.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tds::{limits, rpc};

fuzz_target!(|data: &[u8]| {
    if let Ok(call) = rpc::decode(data) {
        assert!(call.parameters.len() <= limits::PARAMETERS);
        let _ = call.statement();
    }
});
