//! ClientHello and its answers: the bytes of real handshakes, every prefix, and what no server should send.

use tds::tls::hello::{Answer, Offer, Version, alert_name, read, suite_name};
use tds::{Error, tls};

/// TLS 1.2 with ECDHE-RSA-AES256-GCM, no extension but renegotiation_info.
fn hello_of_tls12() -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend_from_slice(&[7; 32]);
    body.push(0);
    body.extend_from_slice(&[0xC0, 0x30, 0, 0, 5, 0xFF, 0x01, 0, 1, 0]);
    record(&body)
}

/// TLS 1.3: the version stands in an extension.
fn hello_of_tls13() -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend_from_slice(&[7; 32]);
    body.push(32);
    body.extend_from_slice(&[9; 32]);
    body.extend_from_slice(&[0x13, 0x01, 0, 0, 12, 0, 51, 0, 2, 0, 23, 0, 43, 0, 2, 3, 4]);
    record(&body)
}

fn record(body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len()).expect("short");
    let mut bytes = vec![22, 3, 3, 0, length + 4, 2, 0, 0, length];
    bytes.extend_from_slice(body);
    bytes
}

fn offer(versions: &[Version]) -> Vec<u8> {
    Offer {
        versions,
        server_name: Some("db.example."),
        alpn: Some(tls::ALPN_TDS8),
        random: [1; 32],
        key_share: [2; 32],
    }
    .encode()
}

#[test]
fn answers_are_read() {
    for (bytes, answer) in [
        (
            hello_of_tls12(),
            Answer::Hello {
                version: Version::TLS12,
                cipher: 0xC030,
            },
        ),
        (
            hello_of_tls13(),
            Answer::Hello {
                version: Version::TLS13,
                cipher: 0x1301,
            },
        ),
        (
            vec![21, 3, 1, 0, 2, 2, 70],
            Answer::Alert { description: 70 },
        ),
    ] {
        assert_eq!(read(&bytes), Ok(answer));
        for length in 0..bytes.len() {
            let part = read(&bytes[..length]);
            assert!(
                matches!(part, Err(Error::Incomplete { .. })),
                "{length}: {part:?}"
            );
        }
        // What follows changes nothing.
        assert_eq!(read(&[bytes.as_slice(), &[0xFF; 20]].concat()), Ok(answer));
    }
}

#[test]
fn a_hello_that_is_cut_over_records_is_whole() {
    let whole = hello_of_tls13();
    let (first, second) = whole[5..].split_at(20);
    let mut bytes = Vec::new();
    for part in [first, second] {
        bytes.extend_from_slice(&[22, 3, 3, 0, u8::try_from(part.len()).expect("short")]);
        bytes.extend_from_slice(part);
    }
    assert_eq!(read(&bytes), read(&whole));
}

#[test]
fn what_is_no_answer_is_malformed() {
    let mut long_session = hello_of_tls12();
    long_session[9 + 34] = 33;
    let mut long_extension = hello_of_tls12();
    let last = long_extension.len() - 2;
    long_extension[last] = 200;
    let mut other_message = hello_of_tls12();
    other_message[5] = 11;
    for bytes in [
        b"HTTP/1.1 400 Bad Request\r\n".to_vec(),
        vec![23, 3, 3, 0, 5],
        vec![22, 9],
        vec![22, 3, 3, 0, 0],
        vec![22, 3, 3, 0xFF, 0xFF],
        vec![21, 3, 3, 0, 1, 2],
        long_session,
        long_extension,
        other_message,
    ] {
        assert!(
            matches!(read(&bytes), Err(Error::Malformed { .. })),
            "{bytes:02X?}"
        );
    }
}

#[test]
fn an_offer_names_only_what_belongs_to_its_versions() {
    let old = offer(&[Version::TLS10]);
    assert_eq!(old[..3], [22, 3, 1]);
    // Handshake's own version.
    assert_eq!(old[9..11], [3, 1]);
    let new = offer(&[Version::TLS13]);
    assert_eq!(new[9..11], [3, 3]);
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|found| found == part);
    assert!(holds(&new, b"db.example") && !holds(&new, b"db.example."));
    assert!(holds(&new, tls::ALPN_TDS8));
    assert!(holds(&new, &[0, 43, 0, 3, 2, 3, 4]) && !holds(&old, &[0, 43, 0, 3, 2]));
    let suites = |bytes: &[u8]| -> Vec<u16> {
        let at = 9 + 2 + 32 + 33;
        let length = usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]));
        bytes[at + 2..at + 2 + length]
            .chunks(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect()
    };
    assert_eq!(suites(&new), [0x1302, 0x1301, 0x1303]);
    assert!(suites(&old).iter().all(|suite| suite >> 8 != 0x13));
    for suite in suites(&old) {
        assert!(suite_name(suite).starts_with("TLS_"), "{suite:04X}");
    }
    // Lengths hold: record, message.
    for bytes in [old, new] {
        let record = usize::from(u16::from_be_bytes([bytes[3], bytes[4]]));
        let message = usize::from(u16::from_be_bytes([bytes[7], bytes[8]]));
        assert_eq!((bytes.len() - 5, bytes.len() - 9), (record, message));
    }
}

#[test]
fn names_for_people() {
    assert_eq!(Version::TLS11.name(), "TLSv1.1");
    assert_eq!(Version(0x0300).name(), "0x0300");
    assert_eq!(alert_name(70), "protocol_version");
    assert_eq!(alert_name(200), "alert 200");
    assert_eq!(suite_name(0x5600), "0x5600");
}
