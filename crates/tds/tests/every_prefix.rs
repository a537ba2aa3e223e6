//! Every proper prefix of every captured or written message: incomplete or malformed, or a value that does not claim to be whole.
//! Never a panic.

mod common;

use common::{capture, payload};
use tds::login7::{self, Feature, FeatureId};
use tds::packet::{Header, Progress, Reassembler};
use tds::rows::{Column, ColumnType, Value};
use tds::token::{
    self, Body, Done, DoneStatus, EnvChange, FedAuthInfo, LoginAck, ServerMessage, SessionState,
};
use tds::{Error, batch, fedauth, prelogin, rpc, tls};

const CAPTURES: &[&str] = &[
    "spec_prelogin",
    "tsql_prelogin",
    "tsql71_prelogin",
    "pytds_prelogin",
    "tedious_prelogin",
    "spec_login7",
    "tsql_login7",
    "tsql71_login7",
    "pytds_login7",
    "tedious_login7",
    "tediousfed_login7",
    "spec_batch",
    "tsql_batch",
    "tedious_rpc",
    "spec_login_reply",
    "spec_batch_reply",
    "mock_prelogin_answer",
    "mock_login_reply",
    "mock_routing_reply",
    "mock_fedauth_answer",
    "mock_select_reply",
    "mock_attention_reply",
];

fn prefixes(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    (0..bytes.len()).map(|length| &bytes[..length])
}

fn names(part: &str) -> impl Iterator<Item = &'static str> {
    CAPTURES
        .iter()
        .copied()
        .filter(move |name| name.contains(part))
}

#[test]
fn packets() {
    for name in CAPTURES {
        let bytes = capture(name);
        for prefix in prefixes(&bytes) {
            let progress = Reassembler::new(bytes.len()).push(prefix);
            assert_eq!(progress, Ok(Progress::More), "{name} {}", prefix.len());
        }
        for prefix in prefixes(&bytes[..8]) {
            assert!(matches!(
                Header::decode(prefix),
                Err(Error::Incomplete { .. })
            ));
        }
    }
}

#[test]
fn prelogin() {
    for name in names("prelogin") {
        for prefix in prefixes(&payload(name)) {
            match prelogin::decode(prefix) {
                Ok(prelogin) => assert!(!prelogin.is_whole() && !prelogin.odd.is_empty(), "{name}"),
                Err(error) => assert!(matches!(error, Error::Incomplete { .. }), "{name}"),
            }
        }
    }
}

#[test]
fn login7() {
    for name in names("login7") {
        for prefix in prefixes(&payload(name)) {
            let decoded = login7::decode(prefix);
            assert!(
                matches!(decoded, Err(Error::Incomplete { .. })),
                "{name} {}",
                prefix.len()
            );
        }
    }
}

/// A statement has no length: what is cut at a whole unit is a shorter statement, bounded only by its packet's END.
#[test]
fn batch() {
    for name in names("_batch").filter(|name| !name.contains("reply")) {
        let bytes = payload(name);
        let whole = batch::decode(&bytes).expect(name);
        for prefix in prefixes(&bytes) {
            match batch::decode(prefix) {
                Ok(batch) if prefix.is_empty() => assert_eq!(batch.sql, ""),
                Ok(batch) => {
                    assert!(prefix.len() >= 22 && prefix.len().is_multiple_of(2));
                    assert_eq!(batch.headers, whole.headers);
                    assert!(whole.sql.starts_with(&batch.sql) && batch.sql.len() < whole.sql.len());
                }
                Err(error) => assert!(matches!(error, Error::Incomplete { .. }), "{name}"),
            }
        }
    }
}

#[test]
fn rpc() {
    let bytes = payload("tedious_rpc");
    let whole = rpc::decode(&bytes).expect("whole");
    for prefix in prefixes(&bytes) {
        match rpc::decode(prefix) {
            Ok(call) => assert!(
                call.stopped.is_some() || call.parameters.len() < whole.parameters.len(),
                "{}",
                prefix.len()
            ),
            Err(error) => assert!(matches!(error, Error::Incomplete { .. })),
        }
    }
}

#[test]
fn fed_auth() {
    let mut message = Vec::new();
    fedauth::encode_token("a.b.c", Some(&[7; 32]), &mut message).expect("fits");
    for prefix in prefixes(&message) {
        assert!(matches!(
            fedauth::decode_token(prefix),
            Err(Error::Incomplete { .. })
        ));
    }
    let request = fedauth::Request::SecurityToken {
        echo: true,
        token: "a.b.c".to_owned(),
        nonce: Some([7; 32]),
    };
    let data = request.encode().expect("fits");
    for prefix in prefixes(&data) {
        // Without the nonce it is whole, too: the feature's length tells, not the data.
        let without_nonce = data.len() - 32;
        assert_eq!(
            fedauth::Request::decode(prefix).is_ok(),
            prefix.len() == without_nonce
        );
    }
}

#[test]
fn captured_replies() {
    for name in names("reply") {
        reply(&payload(name));
    }
}

/// One of each token.
#[test]
fn written_replies() {
    let message = ServerMessage {
        number: 40613,
        state: 1,
        class: 17,
        text: "Database 'x' is not currently available.".to_owned(),
        server: "node".to_owned(),
        procedure: "p".to_owned(),
        line: 1,
    };
    let columns = vec![
        Column::new("a", ColumnType::Int),
        Column::new("b", ColumnType::NVarChar { bytes: 20 }),
        Column::new("c", ColumnType::NVarChar { bytes: u16::MAX }),
        Column::new("d", ColumnType::DateTime2 { scale: 7 }),
        Column::new("e", ColumnType::Guid),
    ];
    let row = vec![
        Value::Int(-1),
        Value::Text("ü".to_owned()),
        Value::Text("long".to_owned()),
        Value::DateTime2 {
            days: 1,
            ticks: 2,
            scale: 7,
        },
        Value::Null,
    ];
    let bodies = [
        Body::Error(message.clone()),
        Body::Info(message),
        Body::EnvChange(EnvChange::database("db", "master")),
        Body::EnvChange(EnvChange::collation([9, 4, 0xD0, 0, 0x34])),
        Body::EnvChange(EnvChange::routing("node.example", 11003)),
        Body::EnvChange(EnvChange::enhanced_routing("node.example", 11003, "db")),
        Body::LoginAck(LoginAck {
            program: "x".to_owned(),
            ..LoginAck::default()
        }),
        Body::FeatureExtAck(vec![Feature {
            id: FeatureId::UTF8,
            data: vec![1],
        }]),
        Body::SessionState(SessionState {
            sequence: 1,
            status: 1,
            states: vec![1, 2],
        }),
        Body::Sspi(vec![1, 2, 3]),
        Body::FedAuthInfo(FedAuthInfo::new(
            "https://sts.example/",
            "https://db.example/",
        )),
        Body::ReturnStatus(7),
        Body::Order(vec![1, 2]),
        Body::Columns(columns),
        Body::Row(row),
        Body::Done(Done::new(DoneStatus::empty())),
    ];
    let bytes = token::encode(&bodies).expect("fits");
    let decoded: Vec<Body> = token::decode(&bytes)
        .tokens
        .into_iter()
        .map(|token| token.body)
        .collect();
    assert_eq!(decoded, bodies);
    reply(&bytes);
}

/// What was read of a prefix is what was read of the whole; nothing is lost; nothing claims to be whole.
fn reply(bytes: &[u8]) {
    let whole = token::decode(bytes);
    assert!(whole.is_complete());
    for prefix in prefixes(bytes) {
        let read = token::decode(prefix);
        assert!(!read.is_complete(), "{}", prefix.len());
        assert!(whole.tokens.starts_with(&read.tokens), "{}", prefix.len());
        let kept: Vec<u8> = read
            .tokens
            .iter()
            .flat_map(|token| &token.raw)
            .chain(&read.rest)
            .copied()
            .collect();
        assert_eq!(kept, prefix);
        match read.stopped {
            None => assert_eq!(read.rest, []),
            Some(error) => assert!(
                matches!(error, Error::Incomplete { offset, needed }
                if offset <= prefix.len() && needed > 0),
                "{error:?}"
            ),
        }
    }
}

#[test]
fn wrapped_tls() {
    let mut packets = Vec::new();
    let records = vec![0x16; 10_000];
    tls::wrap(&records, 4096, &mut packets).expect("packet size");
    for prefix in prefixes(&packets) {
        let mut out = Vec::new();
        tls::Unwrapper::new()
            .push(prefix, &mut out)
            .expect("well formed");
        assert!(out.len() < records.len() && records.starts_with(&out));
    }
}
