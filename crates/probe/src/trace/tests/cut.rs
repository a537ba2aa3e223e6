//! Nothing in clear text stands; TLS does.

use super::super::cut::Cutter;
use super::super::packet::{Load, Packet};
use super::{Wire, ours, peers};
use proptest::prelude::*;

const SECRET: &[u8] = b"LOGIN7-with-a-password-in-it-LOGIN7-with-a-password-in-it";

fn tds(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 8).expect("short");
    let [high, low] = length.to_be_bytes();
    [&[kind, 1, high, low, 0, 0, 1, 0], content].concat()
}

fn tls(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("short");
    let [high, low] = length.to_be_bytes();
    [&[kind, 3, 3, high, low], content].concat()
}

/// What stands of a segment.
fn stands(cutter: &mut Cutter, wire: Wire<'_>) -> Vec<u8> {
    let outgoing = wire.flow == super::flow();
    let bytes = wire.bytes();
    let packet = Packet::read(&bytes, bytes.len()).expect("a packet");
    let Load::Tcp(segment) = packet.load else {
        panic!("a segment");
    };
    let keep = cutter.keep(&segment, outgoing);
    segment.payload[..keep].to_vec()
}

/// What stands of a stream of ours in pieces.
fn stream(cutter: &mut Cutter, bytes: &[u8], pieces: &[usize]) -> Vec<u8> {
    stands(cutter, ours(99, "s", b""));
    let (mut all, mut at, mut pieces) = (Vec::new(), 0, pieces.iter().cycle());
    while at < bytes.len() {
        let piece = *pieces.next().expect("endless");
        let to = (at + piece).min(bytes.len());
        let seq = 100 + u32::try_from(at).expect("short");
        all.extend(stands(cutter, ours(seq, "a", &bytes[at..to])));
        at = to;
    }
    all
}

#[test]
fn a_login_in_clear_text_is_cut_behind_its_header_and_so_is_all_that_follows() {
    let mut cutter = Cutter::default();
    let (prelogin, login) = (tds(0x12, b"options"), tds(0x10, SECRET));
    stands(&mut cutter, ours(99, "s", b""));
    stands(&mut cutter, peers(499, "sa", b""));
    assert_eq!(stands(&mut cutter, ours(100, "a", &prelogin)), prelogin);
    let reply = tds(0x04, b"no encryption");
    assert_eq!(stands(&mut cutter, peers(500, "a", &reply)), reply);
    assert_eq!(stands(&mut cutter, ours(115, "a", &login)), login[..8]);
    // Sent again, and echoed in a shape of TLS.
    assert_eq!(stands(&mut cutter, ours(115, "a", &login)), b"");
    let echo = tls(0x17, SECRET);
    assert_eq!(stands(&mut cutter, peers(521, "a", &echo)), b"");
    let after = 115 + u32::try_from(login.len()).expect("short");
    let batch = tds(0x01, b"SELECT 1");
    assert_eq!(stands(&mut cutter, ours(after, "a", &batch)), b"");
}

#[test]
fn tls_stands_whole_also_when_it_is_sent_again() {
    let mut cutter = Cutter::default();
    let hello = tds(0x12, &tls(0x16, b"ClientHello"));
    let data = tls(0x17, &[7; 900]);
    let all = [tds(0x12, b"options"), hello, data.clone(), data].concat();
    assert_eq!(stream(&mut cutter, &all, &[400]), all);
    assert_eq!(stands(&mut cutter, ours(100, "a", &all[..400])), all[..400]);
}

#[test]
fn where_the_thread_is_lost_nothing_stands_any_more() {
    let data = tls(0x17, &[7; 100]);
    for lost in [
        // A segment is missing.
        ours(400, "a", &data),
        // No protocol that is known.
        ours(100, "a", b"POST /token HTTP/1.1\r\n\r\nsecret"),
        // A record longer than there is; a packet shorter than its header.
        ours(100, "a", &[0x17, 3, 3, 0xff, 0xff, 1, 1, 1, 1]),
        ours(100, "a", &[0x10, 1, 0, 7, 0, 0, 0, 0, 1, 1]),
    ] {
        let mut cutter = Cutter::default();
        stands(&mut cutter, ours(99, "s", b""));
        let kept = stands(&mut cutter, lost);
        assert!(kept.len() < 8, "{kept:?}");
        let next = lost.seq + u32::try_from(lost.payload.len()).expect("short");
        assert_eq!(stands(&mut cutter, ours(next, "a", &data)), b"");
        assert_eq!(stands(&mut cutter, ours(100, "a", SECRET)), b"");
    }
}

proptest! {
    #[test]
    fn however_it_is_cut_into_segments(
        pieces in proptest::collection::vec(1_usize..70, 1..12),
        records in 0_usize..4,
    ) {
        let before: Vec<u8> = (0..records)
            .flat_map(|n| if n == 0 { tds(0x12, b"options") } else { tls(0x17, &[1; 40]) })
            .collect();
        let mut cutter = Cutter::default();
        prop_assert_eq!(stream(&mut cutter, &before, &pieces), before.clone());
        let mut cutter = Cutter::default();
        let all = [before.clone(), tds(0x10, SECRET), tls(0x17, SECRET)].concat();
        let kept = stream(&mut cutter, &all, &pieces);
        prop_assert_eq!(&kept, &all[..before.len() + 8]);
    }

    #[test]
    fn no_part_of_a_secret_stands_whatever_order_it_comes_in(
        order in proptest::collection::vec((0_usize..150, 1_usize..60, any::<bool>()), 1..40),
    ) {
        let all = [tds(0x12, b"options"), tds(0x10, SECRET), tls(0x17, SECRET)].concat();
        let mut cutter = Cutter::default();
        stands(&mut cutter, ours(99, "s", b""));
        for (at, length, outgoing) in order {
            let (at, to) = (at.min(all.len()), (at + length).min(all.len()));
            let seq = 100 + u32::try_from(at).expect("short");
            let wire = if outgoing { ours } else { peers };
            let kept = stands(&mut cutter, wire(seq, "a", &all[at..to]));
prop_assert!(!outgoing || kept.is_empty() || at + kept.len() <= 15 + 8);
        }
    }
}
