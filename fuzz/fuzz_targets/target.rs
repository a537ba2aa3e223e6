//! Server strings: the canonical form of what was read is read the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match target::parse(text) {
        Ok(read) => {
            assert_ne!(read.port, Some(0));
            assert!(!read.host.is_empty());
            let _ = read.notes();
            let again = target::parse(&read.server).expect("canonical");
            assert_eq!(again.server, read.server);
            assert_eq!(
                (again.host, again.port, again.instance),
                (read.host, read.port, read.instance)
            );
        }
        Err(error) => assert!(!error.code().is_empty()),
    }
});
