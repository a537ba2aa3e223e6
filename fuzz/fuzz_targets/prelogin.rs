//! PRELOGIN: read leniently; what was read is written and read the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tds::prelogin;

fuzz_target!(|data: &[u8]| {
    let Ok(read) = prelogin::decode(data) else {
        return;
    };
    let facts = (
        read.version(),
        read.encryption(),
        read.instance(),
        read.instance_matches(),
        read.thread_id(),
        read.mars(),
        read.trace_id(),
        read.fed_auth_required(),
        read.nonce(),
    );
    assert!(read.is_whole() || !read.odd.is_empty());
    let options: Vec<_> = read
        .options
        .iter()
        .map(|option| (option.id, &option.bytes))
        .collect();
    if let Ok(written) = prelogin::encode(&options) {
        let again = prelogin::decode(&written).expect("whole");
        assert!(again.is_whole());
        let kept = |read: &prelogin::Prelogin| -> Vec<_> {
            read.options
                .iter()
                .map(|option| (option.id, option.bytes.clone()))
                .collect()
        };
        assert_eq!(kept(&again), kept(&read));
        assert_eq!(again.version(), facts.0);
        assert_eq!(again.trace_id(), facts.6);
    }
});
