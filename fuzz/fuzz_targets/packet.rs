//! Packet reassembly: the same message however the bytes are cut, and cut again as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tds::packet::{self, Message, Progress, Reassembler};
use tds::{Error, limits};

/// The first message, and how many bytes it took.
fn first(bytes: &[u8], piece: usize) -> Result<Option<(Message, usize)>, Error> {
    let mut reassembler = Reassembler::new(limits::MESSAGE_BEFORE_LOGIN);
    let mut before = 0;
    for part in bytes.chunks(piece) {
        if let Progress::Message { message, used } = reassembler.push(part)? {
            return Ok(Some((message, before + used)));
        }
        before += part.len();
    }
    Ok(None)
}

fuzz_target!(|data: &[u8]| {
    let Some((piece, bytes)) = data.split_first() else {
        return;
    };
    let whole = first(bytes, bytes.len().max(1));
    assert_eq!(whole, first(bytes, usize::from(*piece).max(1)));
    let Ok(Some((message, used))) = whole else {
        return;
    };
    let lengths: usize = message
        .headers
        .iter()
        .map(|header| usize::from(header.length))
        .sum();
    assert_eq!(lengths, used);
    assert_eq!(
        message.payload.len() + message.headers.len() * limits::PACKET_MIN,
        used
    );
    let mut again = Vec::new();
    packet::encode(
        message.kind,
        &message.payload,
        512 + usize::from(*piece),
        &mut again,
    )
    .expect("packet size");
    if again.len() <= limits::MESSAGE_BEFORE_LOGIN {
        let (second, _) = first(&again, again.len())
            .expect("well formed")
            .expect("whole");
        assert_eq!(second.payload, message.payload);
    }
});
