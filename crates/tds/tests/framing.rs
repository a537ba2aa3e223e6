//! Packets, TLS inside them, and telling protocols apart.

mod common;

use common::capture;
use tds::limits::{MESSAGE_BEFORE_LOGIN, PACKET_MAX};
use tds::packet::{self, PacketType, Progress, Reassembler, Status};
use tds::sniff::{Protocol, classify};
use tds::tls::{self, Unwrapper};
use tds::{EncodeError, Error, Reason};

fn packet(kind: u8, status: u8, length: u16, body: &[u8]) -> Vec<u8> {
    let [high, low] = length.to_be_bytes();
    let mut bytes = vec![kind, status, high, low, 0, 0, 1, 0];
    bytes.extend_from_slice(body);
    bytes
}

#[test]
fn a_long_message_is_cut_with_end_only_on_its_last_packet() {
    let payload: Vec<u8> = (0..10_000_u32).map(|number| number as u8).collect();
    let mut bytes = Vec::new();
    packet::encode(PacketType::LOGIN7, &payload, 4096, &mut bytes).expect("packet size");
    assert_eq!(bytes.len(), 10_000 + 3 * 8);
    assert_eq!(bytes[..8], [0x10, 0, 0x10, 0, 0, 0, 1, 0]);
    assert_eq!(bytes[4096..4104], [0x10, 0, 0x10, 0, 0, 0, 2, 0]);
    assert_eq!(bytes[8192..8200], [0x10, 1, 0x07, 0x28, 0, 0, 3, 0]);
}

#[test]
fn packet_sizes_out_of_bounds_are_refused() {
    for size in [0, 8, 511, PACKET_MAX + 1] {
        let refused = packet::encode(PacketType::LOGIN7, &[], size, &mut Vec::new());
        assert_eq!(refused, Err(EncodeError::PacketSize(size)));
    }
}

#[test]
fn bytes_after_a_message_are_left_to_the_caller() {
    let mut bytes = packet(4, 1, 11, b"abc");
    bytes.extend(b"rest");
    match Reassembler::new(100).push(&bytes) {
        Ok(Progress::Message { message, used }) => {
            assert_eq!(message.payload, b"abc");
            assert_eq!(&bytes[used..], b"rest");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_comes_together_byte_by_byte() {
    let mut bytes = packet(4, 0, 10, b"ab");
    bytes.extend(packet(4, 0, 8, b""));
    bytes.extend(packet(4, 9, 9, b"c"));
    let mut reassembler = Reassembler::new(MESSAGE_BEFORE_LOGIN);
    let (last, first) = bytes.split_last().expect("not empty");
    for byte in first {
        assert_eq!(reassembler.push(&[*byte]), Ok(Progress::More));
        assert!(reassembler.is_mid_message());
    }
    assert_eq!(reassembler.partial(), b"ab");
    match reassembler.push(&[*last]) {
        Ok(Progress::Message { message, used: 1 }) => {
            assert_eq!(message.payload, b"abc");
            assert_eq!(message.headers.len(), 3);
            assert_eq!(message.headers[2].status, Status::END | Status::RESET);
            assert!(!message.has_mixed_types());
        }
        other => panic!("{other:?}"),
    }
    assert!(!reassembler.is_mid_message());
}

#[test]
fn packet_lengths_out_of_bounds_are_malformed_for_good() {
    for length in [0, 1, 7, 32_768, u16::MAX] {
        let mut reassembler = Reassembler::new(usize::MAX);
        let failed = Err(Error::Malformed {
            offset: 2,
            reason: Reason::PacketLength(length),
        });
        assert_eq!(reassembler.push(&packet(4, 1, length, b"abc")), failed);
        assert_eq!(reassembler.push(&packet(4, 1, 8, b"")), failed);
    }
}

#[test]
fn a_message_over_the_limit_is_refused_before_it_is_read() {
    let mut reassembler = Reassembler::new(20);
    assert_eq!(
        reassembler.push(&packet(4, 0, 12, b"abcd")),
        Ok(Progress::More)
    );
    let failed = Err(Error::Malformed {
        offset: 12,
        reason: Reason::MessageTooLong(20),
    });
    assert_eq!(reassembler.push(&packet(4, 1, 9, b"")), failed);
    // A flood of empty packets is bounded too.
    let mut reassembler = Reassembler::new(MESSAGE_BEFORE_LOGIN);
    let flood = packet(4, 0, 8, b"").repeat(MESSAGE_BEFORE_LOGIN / 8 + 1);
    assert!(matches!(
        reassembler.push(&flood),
        Err(Error::Malformed { .. })
    ));
}

#[test]
fn a_packet_of_another_type_within_a_message_is_told() {
    let mut bytes = packet(4, 0, 9, b"a");
    bytes.extend(packet(0x12, 1, 9, b"b"));
    assert!(common::message(&bytes).has_mixed_types());
}

#[test]
fn tls_is_unwrapped_from_any_type_and_raw_records_pass() {
    for kind in [0x12, 0x04] {
        let mut bytes = packet(kind, 0, 11, b"\x16\x03\x03");
        bytes.extend(packet(kind, 1, 10, b"ab"));
        bytes.extend(b"\x17\x03\x03\x00\x01z");
        for chunk in 1..bytes.len() {
            let mut unwrapper = Unwrapper::new();
            let mut out = Vec::new();
            for part in bytes.chunks(chunk) {
                unwrapper.push(part, &mut out).expect("well formed");
            }
            assert_eq!(out, b"\x16\x03\x03ab\x17\x03\x03\x00\x01z");
            assert_eq!(unwrapper.wrapper(), Some(PacketType(kind)));
            assert!(unwrapper.is_raw());
        }
    }
}

#[test]
fn after_the_handshake_bytes_are_raw_from_the_next_boundary_on() {
    let mut unwrapper = Unwrapper::new();
    let mut out = Vec::new();
    unwrapper
        .push(&packet(0x12, 1, 11, b"ab"), &mut out)
        .expect("well formed");
    unwrapper.go_raw();
    assert!(!unwrapper.is_raw());
    unwrapper.push(b"c\x12raw", &mut out).expect("raw");
    assert_eq!(out, b"abc\x12raw");
    let mut unwrapper = Unwrapper::new();
    let malformed = Error::Malformed {
        offset: 8,
        reason: Reason::PacketLength(3),
    };
    assert_eq!(
        unwrapper.push(&packet(0x12, 1, 3, b""), &mut out),
        Err(malformed)
    );
}

#[test]
fn wrapping_uses_the_prelogin_type() {
    let mut out = Vec::new();
    tls::wrap(b"\x16\x03\x01", 4096, &mut out).expect("packet size");
    assert_eq!(out, packet(0x12, 1, 11, b"\x16\x03\x01"));
    assert_eq!(tls::ALPN_TDS8, b"tds/8.0");
}

#[test]
fn protocols_are_told_by_their_first_bytes() {
    let mysql = b"\x4a\x00\x00\x00\x0a8.0.36\x00";
    let cases: &[(&[u8], Protocol)] = &[
        (b"SSH-2.0-OpenSSH_9.6\r\n", Protocol::Ssh),
        (b"HTTP/1.1 400 Bad Request\r\n", Protocol::Http),
        (b"GET / HTTP/1.1\r\n", Protocol::Http),
        (b"220 mail.example ESMTP Postfix\r\n", Protocol::Smtp),
        (b"220 (vsFTPd 3.0.5)\r\n", Protocol::Ftp),
        (b"220 welcome\r\n", Protocol::Unknown),
        (b"+OK ready\r\n", Protocol::Pop3),
        (b"* OK IMAP4rev1\r\n", Protocol::Imap),
        (b"RFB 003.008\n", Protocol::Vnc),
        (mysql, Protocol::MySql),
        (b"E\x00\x00\x00\x8cSFATAL\x00", Protocol::Postgres),
        (b"-ERR unknown command\r\n", Protocol::Redis),
        (b"\x03\x00\x00\x13\x0e\xd0", Protocol::Rdp),
        (b"\xff\xfd\x18\xff\xfd\x20", Protocol::Telnet),
        (b"\x16\x03\x01\x02\x00\x01", Protocol::Tls),
        (b"\x15\x03\x03\x00\x02\x02\x28", Protocol::Tls),
        (b"hello, world", Protocol::Unknown),
        (
            b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
            Protocol::Unknown,
        ),
    ];
    for (bytes, protocol) in cases {
        assert_eq!(classify(bytes), Some(*protocol), "{}", bytes.escape_ascii());
    }
    for name in [
        "tsql_prelogin",
        "tsql_login7",
        "spec_login_reply",
        "tsql_batch",
    ] {
        assert_eq!(classify(&capture(name)), Some(Protocol::Tds), "{name}");
    }
    assert_eq!(Protocol::Ssh.as_str(), "ssh");
}

#[test]
fn too_few_bytes_are_waited_for() {
    for bytes in [
        &b""[..],
        b"S",
        b"SSH",
        b"HTTP",
        b"220",
        b"220 mail.exam",
        b"\x12\x01\x00",
    ] {
        assert_eq!(classify(bytes), None, "{}", bytes.escape_ascii());
    }
}
