//! TLS inside packets: the same bytes however they are cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tds::tls::Unwrapper;

fn unwrap(bytes: &[u8], piece: usize) -> (Vec<u8>, bool, bool) {
    let mut unwrapper = Unwrapper::new();
    let mut out = Vec::new();
    let failed = bytes
        .chunks(piece)
        .any(|part| unwrapper.push(part, &mut out).is_err());
    assert!(out.len() <= bytes.len());
    (out, failed, unwrapper.is_raw())
}

fuzz_target!(|data: &[u8]| {
    if let Some((piece, bytes)) = data.split_first() {
        let piece = usize::from(*piece).max(1);
        assert_eq!(unwrap(bytes, bytes.len().max(1)), unwrap(bytes, piece));
    }
});
