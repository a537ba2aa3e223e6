//! SQL Browser's datagrams: the bytes of the protocol's own example, every prefix, bounds, and both directions.

use tds::Error;
use tds::ssrp::{INSTANCES, Instance, Request, decode, encode};

/// Two instances, laid out as MS-SQLR has it.
const TEXT: &str = "ServerName;ILSUNG1;InstanceName;YUKONSTD;IsClustered;No;Version;9.00.1399.06;tcp;57137;;\
                    ServerName;ILSUNG1;InstanceName;YUKONDEV;IsClustered;Yes;Version;9.00.1399.06;np;\\\\ILSUNG1\\pipe\\MSSQL$YUKONDEV\\sql\\query;;";

fn datagram(text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("fits");
    [&[5], &length.to_le_bytes()[..], text].concat()
}

#[test]
fn an_answer_of_the_protocols_shape() {
    let found = decode(&datagram(TEXT.as_bytes())).expect("an answer");
    let pipe = (
        "np".to_owned(),
        "\\\\ILSUNG1\\pipe\\MSSQL$YUKONDEV\\sql\\query".to_owned(),
    );
    let of = |name: &str, clustered, tcp, others| Instance {
        server: "ILSUNG1".to_owned(),
        name: name.to_owned(),
        clustered: Some(clustered),
        version: Some("9.00.1399.06".to_owned()),
        tcp,
        others,
    };
    let expected = [
        of("YUKONSTD", false, Some(57_137), vec![]),
        of("YUKONDEV", true, None, vec![pipe]),
    ];
    assert_eq!(found, expected);
    assert_eq!(encode(&found).expect("fits"), datagram(TEXT.as_bytes()));
}

#[test]
fn requests_are_these_bytes() {
    let one = Request::One("SQLEXPRESS".to_owned());
    assert_eq!(one.encode().expect("fits"), b"\x04SQLEXPRESS\x00");
    assert_eq!(Request::All.encode().expect("fits"), [3]);
    assert_eq!(Request::decode(b"\x04SQLEXPRESS\x00"), Ok(one));
    assert_eq!(Request::decode(&[3]), Ok(Request::All));
    assert!(Request::One("x".repeat(33)).encode().is_err());
    assert!(Request::decode(&[&[4][..], &[b'x'; 33]].concat()).is_err());
    assert!(matches!(
        Request::decode(&[]),
        Err(Error::Incomplete { .. })
    ));
    assert!(matches!(
        Request::decode(&[9]),
        Err(Error::Malformed { .. })
    ));
}

#[test]
fn every_prefix_is_incomplete_or_malformed() {
    let whole = datagram(TEXT.as_bytes());
    for length in 0..whole.len() {
        match decode(&whole[..length]) {
            Err(Error::Incomplete { .. }) => assert!(length < 3, "{length}"),
            Err(Error::Malformed { .. }) => assert!(length >= 3, "{length}"),
            Ok(found) => panic!("{length} bytes were {found:?}"),
        }
    }
    // More than it says is no answer either.
    let more = [whole.as_slice(), b";"].concat();
    assert!(matches!(decode(&more), Err(Error::Malformed { .. })));
}

#[test]
fn what_makes_little_sense_is_bounded_and_kept() {
    for (text, instances) in [
        ("", 0),
        (";;;;;;", 0),
        ("ServerName;a;tcp;99999;;", 1),
        ("ServerName;a;tcp;x;tcp;1433;;", 1),
        ("\u{FFFD}\0;a;;", 1),
    ] {
        let found = decode(&datagram(text.as_bytes())).expect(text);
        assert_eq!(found.len(), instances, "{text:?}");
    }
    let found = decode(&datagram(b"tcp;99999;;")).expect("an answer");
    assert_eq!(found[0].others, [("tcp".to_owned(), "99999".to_owned())]);
    let odd = decode(&datagram(b"ServerName;a;tcp"));
    assert!(matches!(odd, Err(Error::Malformed { .. })));
    let most = "ServerName;a;;".repeat(INSTANCES);
    assert_eq!(
        decode(&datagram(most.as_bytes())).expect("fits").len(),
        INSTANCES
    );
    let over = "ServerName;a;;".repeat(INSTANCES + 1);
    assert!(decode(&datagram(over.as_bytes())).is_err());
    let long = vec![Instance {
        name: "x".repeat(70_000),
        ..Instance::default()
    }];
    assert!(encode(&long).is_err());
}
