//! Federated authentication: the feature's data and the token message; what was read is written byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tds::fedauth;

fuzz_target!(|data: &[u8]| {
    if let Ok(request) = fedauth::Request::decode(data) {
        assert_eq!(request.encode().expect("fits"), data);
    }
    if let Ok(message) = fedauth::decode_token(data) {
        let mut written = Vec::new();
        fedauth::encode_token(&message.token.0, message.nonce.as_ref(), &mut written)
            .expect("fits");
        assert_eq!(written, data);
    }
});
