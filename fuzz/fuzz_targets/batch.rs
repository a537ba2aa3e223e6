//! SQL batches: what was read without loss is written and read the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tds::batch;

fuzz_target!(|data: &[u8]| {
    if let Ok(read) = batch::decode(data)
        && read.utf16
    {
        let again = batch::decode(&batch::encode(&read.sql)).expect("whole");
        assert_eq!(again.sql, read.sql);
    }
});
