//! Connection strings: no secret gets into the server, and the server's canonical form is read the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match target::connection_string(text) {
        Some(Ok(read)) => {
            assert!(!target::holds_secret(&read.server.server));
            let again = target::parse(&read.server.server).expect("canonical");
            assert_eq!(again.server, read.server.server);
        }
        Some(Err(error)) => assert!(!error.code().is_empty()),
        None => {}
    }
});
