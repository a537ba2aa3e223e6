//! Captured bytes, and what the tests do with them. Origins stand in the files.
#![allow(dead_code, reason = "each test file uses its own part")]

use tds::packet::{Message, Progress, Reassembler};

/// The bytes of `captures/NAME.hex`: hex digits, and comments from `#` to the end of the line.
pub(crate) fn capture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/captures/{name}.hex", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let digits: String = text
        .lines()
        .flat_map(|line| line.split('#').next())
        .collect();
    unhex(&digits)
}

/// Bytes of hex digits; white space is ignored.
pub(crate) fn unhex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| u8::try_from(char::from(byte).to_digit(16).expect("hex")).expect("digit"))
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

/// The one message that these packets are.
pub(crate) fn message(packets: &[u8]) -> Message {
    match Reassembler::new(tds::limits::MESSAGE_BEFORE_LOGIN).push(packets) {
        Ok(Progress::Message { message, used }) if used == packets.len() => message,
        other => panic!("not one message: {other:?}"),
    }
}

/// Payload of the one message in a capture.
pub(crate) fn payload(name: &str) -> Vec<u8> {
    message(&capture(name)).payload
}
