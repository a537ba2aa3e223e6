//! The answer to a ClientHello: never a panic, and more bytes never undo what was settled.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tds::Error;
use tds::tls::hello;

fuzz_target!(|data: &[u8]| {
    let whole = hello::read(data);
    let half = hello::read(&data[..data.len() / 2]);
    match half {
        Err(Error::Incomplete { .. }) => {}
        settled => assert_eq!(settled, whole),
    }
});
