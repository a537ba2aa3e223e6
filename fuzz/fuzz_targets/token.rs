//! Token streams: no byte is lost, and what was read without oddity is written and read the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tds::token::{self, Body, Reply};
use tds::{attention, limits};

fn bodies(reply: &Reply) -> Vec<Body> {
    reply
        .tokens
        .iter()
        .map(|token| token.body.clone())
        .collect()
}

fuzz_target!(|data: &[u8]| {
    let reply = token::decode(data);
    let kept: Vec<u8> = reply
        .tokens
        .iter()
        .flat_map(|token| &token.raw)
        .chain(&reply.rest)
        .copied()
        .collect();
    assert_eq!(kept, data);
    assert_eq!(reply.stopped.is_none(), reply.rest.is_empty());
    assert!(reply.tokens.len() <= limits::TOKENS);
    let mut at = 0;
    for token in &reply.tokens {
        assert_eq!(token.at, at);
        at += token.raw.len();
        if let Body::EnvChange(change) = &token.body {
            let _ = (change.kind.name(), change.new_text(), change.old_text());
        }
    }
    let _ = (
        reply.routing().map(|routing| routing.host()),
        attention::acknowledged(&reply),
    );
    let _ = reply
        .fed_auth_info()
        .map(|info| (info.sts_url(), info.spn()));

    if reply.tokens.iter().all(|token| token.odd.is_none())
        && let Ok(written) = token::encode(&bodies(&reply))
    {
        let again = token::decode(&written);
        assert_eq!(again.stopped, None);
        assert_eq!(bodies(&again), bodies(&reply));
    }
});
