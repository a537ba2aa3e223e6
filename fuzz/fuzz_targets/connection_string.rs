//! Connection strings: no secret gets into the server, the server's canonical form is read the same, and the
//! corrected string can be read.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match target::connection_string(text) {
        Some(Ok(read)) => {
            assert!(!target::holds_secret(&read.server.server));
            let again = target::parse(&read.server.server).expect("canonical");
            assert_eq!(again.server, read.server.server);
            let right = target::corrected(&read).text;
            assert!(matches!(target::connection_string(&right), Some(Ok(_))));
        }
        Some(Err(error)) => assert!(!error.code().is_empty()),
        None => {}
    }
});
