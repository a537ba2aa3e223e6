//! Bounds, oddities that are noted, and values as people read them.

mod common;

use common::unhex;
use tds::limits::{
    COLUMNS, FEATURES, FED_AUTH_OPTIONS, LOGIN_NAME_CHARS, PRELOGIN_OPTIONS, STRING_BYTES, TOKENS,
    VALUES,
};
use tds::login7::{self, Login};
use tds::prelogin::{self, OptionId};
use tds::rows::{Column, ColumnType, Value};
use tds::token::{self, Body, EnvChange, ServerMessage};
use tds::{EncodeError, Error, Reason, batch, fedauth, rpc};
use uuid::Uuid;

fn malformed<T>(offset: usize, reason: Reason) -> Result<T, Error> {
    Err(Error::Malformed { offset, reason })
}

#[test]
fn tokens_of_a_reply_are_bounded() {
    let done = unhex("FD 0000 0000 0000000000000000");
    let reply = token::decode(&done.repeat(TOKENS));
    assert!(reply.is_complete());
    let reply = token::decode(&done.repeat(TOKENS + 1));
    assert_eq!(reply.tokens.len(), TOKENS);
    let offset = TOKENS * done.len();
    assert_eq!(
        reply.stopped,
        malformed::<()>(offset, Reason::TooMany(TOKENS)).err()
    );
    assert_eq!(reply.rest, done);
    assert!(!reply.is_complete());
}

#[test]
fn values_of_a_reply_are_bounded() {
    // Columns of a type without bytes: each row is a single byte.
    let column = unhex("00000000 0000 1F 00");
    let count = u16::try_from(COLUMNS).expect("fits");
    let mut bytes = vec![0x81];
    bytes.extend(count.to_le_bytes());
    bytes.extend(column.repeat(COLUMNS));
    bytes.extend([0xD1; 100]);
    let reply = token::decode(&bytes);
    assert_eq!(reply.rows().count(), VALUES / COLUMNS);
    assert!(matches!(
        reply.stopped,
        Some(Error::Malformed {
            reason: Reason::TooMany(VALUES),
            ..
        })
    ));
}

#[test]
fn columns_options_and_features_are_bounded() {
    let reply = token::decode(&unhex("81 0110"));
    assert_eq!(
        reply.stopped,
        malformed::<()>(3, Reason::TooMany(COLUMNS)).err()
    );

    let options = unhex("00 0000 0000").repeat(PRELOGIN_OPTIONS + 1);
    let at = PRELOGIN_OPTIONS * 5;
    assert_eq!(
        prelogin::decode(&options),
        malformed(at, Reason::TooMany(PRELOGIN_OPTIONS))
    );

    let mut features = vec![0xAE];
    features.extend(unhex("01 00000000").repeat(FEATURES + 1));
    let reply = token::decode(&features);
    assert_eq!(
        reply.stopped,
        malformed::<()>(1 + FEATURES * 5, Reason::TooMany(FEATURES)).err()
    );

    let reply = token::decode(&unhex("EE 04000000 FFFFFFFF"));
    assert_eq!(
        reply.tokens[0].odd,
        Some((9, Reason::TooMany(FED_AUTH_OPTIONS)))
    );
}

#[test]
fn long_texts_are_refused_whatever_they_declare() {
    let mut bytes = unhex("81 0100 00000000 0000 E7 FFFF 0904D00034 00  D1 0000000000000000");
    bytes.extend(u32::MAX.to_le_bytes());
    let reply = token::decode(&bytes);
    assert!(matches!(
        reply.stopped,
        Some(Error::Malformed {
            reason: Reason::StringTooLong(_),
            ..
        })
    ));

    let long = u32::try_from(STRING_BYTES + 2).expect("fits").to_le_bytes();
    let data = [&[0x02][..], &long].concat();
    let refused = malformed(5, Reason::StringTooLong(STRING_BYTES + 2));
    assert_eq!(fedauth::Request::decode(&data), refused);

    // An ERROR whose text declares 65,535 units.
    let reply = token::decode(&unhex("AA 0800 01000000 02 0E FFFF"));
    assert_eq!(
        reply.tokens[0].odd,
        Some((11, Reason::StringTooLong(131_070)))
    );
    assert_eq!(reply.errors().next().expect("kept").number, 1);
}

#[test]
fn text_that_is_not_utf16_is_replaced_and_noted() {
    let reply = token::decode(&unhex("E3 0500 01 01 00D8 00"));
    assert_eq!(
        reply.env_changes().next().expect("kept").new_text(),
        "\u{FFFD}"
    );
    assert_eq!(reply.tokens[0].odd, Some((5, Reason::NotUtf16)));

    let bytes = unhex("81 0100 00000000 0000 E7 0400 0904D00034 00  D1 0200 00DC");
    let reply = token::decode(&bytes);
    assert_eq!(
        reply.rows().next(),
        Some(&[Value::Text("\u{FFFD}".to_owned())][..])
    );
    assert_eq!(reply.tokens[1].odd, Some((19, Reason::NotUtf16)));
}

#[test]
fn values_of_other_lengths_than_their_type_are_kept_raw_and_noted() {
    let reply = token::decode(&unhex("81 0100 00000000 0000 26 04 00  D1 03 AABBCC"));
    assert_eq!(
        reply.rows().next(),
        Some(&[Value::Raw(vec![0xAA, 0xBB, 0xCC])][..])
    );
    assert_eq!(
        reply.tokens[1].odd,
        Some((13, Reason::Value("value length", 3)))
    );
}

#[test]
fn rows_need_columns_and_columns_need_known_types() {
    assert_eq!(
        token::decode(&[0xD1]).stopped,
        malformed::<()>(1, Reason::RowWithoutColumns).err()
    );
    let reply = token::decode(&unhex("81 0100 00000000 0000 F1 00 00"));
    assert_eq!(
        reply.stopped,
        malformed::<()>(9, Reason::UnknownType(0xF1)).err()
    );
    let reply = token::decode(&unhex("D3 00"));
    assert_eq!(
        reply.stopped,
        malformed::<()>(0, Reason::UnknownToken(0xD3)).err()
    );
}

#[test]
fn a_row_with_a_null_bitmap_is_read() {
    let bytes = unhex("81 0200 00000000 0000 26 04 00 00000000 0000 26 01 00  D2 01 01 07");
    let reply = token::decode(&bytes);
    assert_eq!(reply.stopped, None);
    assert_eq!(
        reply.rows().next(),
        Some(&[Value::Null, Value::TinyInt(7)][..])
    );
}

#[test]
fn a_text_in_chunks_is_joined() {
    let bytes = unhex(
        "81 0100 00000000 0000 E7 FFFF 0904D00034 00
         D1 FEFFFFFFFFFFFFFF 02000000 6100 02000000 6200 00000000
         D1 FFFFFFFFFFFFFFFF",
    );
    let reply = token::decode(&bytes);
    assert_eq!(reply.stopped, None);
    let rows: Vec<_> = reply.rows().collect();
    assert_eq!(rows, [[Value::Text("ab".to_owned())], [Value::Null]]);
}

#[test]
fn an_output_parameter_is_read_and_written() {
    let bytes = unhex("AC 0100 02 40007800 01 00000000 0000 26 04 04 2A000000");
    let reply = token::decode(&bytes);
    assert_eq!((reply.stopped, reply.odd().count()), (None, 0));
    let Body::ReturnValue(returned) = &reply.tokens[0].body else {
        panic!("{reply:?}");
    };
    assert_eq!(
        (returned.column.name.as_str(), &returned.value),
        ("@x", &Value::Int(42))
    );
    assert_eq!(token::encode(&[reply.tokens[0].body.clone()]), Ok(bytes));
}

#[test]
fn what_does_not_fit_is_not_written() {
    let long = "x".repeat(LOGIN_NAME_CHARS + 1);
    let mut out = vec![1, 2, 3];
    let refused = login7::encode(
        &Login {
            app_name: &long,
            ..Login::default()
        },
        &mut out,
    );
    let too_long = |what, length, limit| EncodeError::TooLong {
        what,
        length,
        limit,
    };
    assert_eq!(refused, Err(too_long("application name", 129, 128)));
    assert_eq!(out, [1, 2, 3]);

    let change = EnvChange::database(&"x".repeat(256), "");
    assert_eq!(
        token::encode(&[Body::EnvChange(change)]),
        Err(too_long("new value", 256, 255))
    );
    let message = ServerMessage {
        text: "x".repeat(40_000),
        ..ServerMessage::default()
    };
    assert_eq!(
        token::encode(&[Body::Error(message)]),
        Err(too_long("token", 80_014, 65_535))
    );
    assert!(prelogin::encode(&[(OptionId::NONCE, vec![0; 70_000])]).is_err());

    let column = |kind| Body::Columns(vec![Column::new("c", kind)]);
    let misfits = [
        (ColumnType::Int, Value::BigInt(1)),
        (
            ColumnType::NVarChar { bytes: 2 },
            Value::Text("ab".to_owned()),
        ),
        (
            ColumnType::DateTime2 { scale: 0 },
            Value::DateTime2 {
                days: 0,
                ticks: 1 << 24,
                scale: 0,
            },
        ),
        (
            ColumnType::DateTime2 { scale: 0 },
            Value::DateTime2 {
                days: 0,
                ticks: 0,
                scale: 1,
            },
        ),
    ];
    for (kind, value) in misfits {
        let written = token::encode(&[column(kind), Body::Row(vec![value])]);
        assert_eq!(written, Err(EncodeError::Value { index: 0 }));
    }
    assert_eq!(
        token::encode(&[Body::Row(vec![Value::Null])]),
        Err(EncodeError::Value { index: 0 })
    );
}

#[test]
fn lengths_that_lie_are_told_apart() {
    let login = common::payload("spec_login7");
    let mut longer = login.clone();
    longer[0] += 1;
    assert_eq!(
        login7::decode(&longer),
        Err(Error::Incomplete {
            offset: 136,
            needed: 1
        })
    );
    let mut shorter = login.clone();
    shorter[0] -= 1;
    assert_eq!(
        login7::decode(&shorter).expect("read").odd,
        [(135, Reason::LeftOver(1))]
    );
    let mut tiny = login.clone();
    tiny[0] = 85;
    let reason = Reason::Length {
        declared: 85,
        actual: 136,
    };
    assert_eq!(login7::decode(&tiny), malformed(0, reason));
    let mut outside = login;
    outside[36] = 0xFF;
    let read = login7::decode(&outside).expect("read");
    assert_eq!(read.host_name, "");
    assert_eq!(
        read.odd,
        [(
            36,
            Reason::Length {
                declared: 16,
                actual: 0
            }
        )]
    );

    let short_header = unhex("0A000000 05000000 0200");
    assert_eq!(
        batch::decode(&short_header),
        malformed(8, Reason::Value("header length", 5))
    );
    assert_eq!(
        batch::decode(&unhex("03000000")),
        malformed(0, Reason::Value("headers' length", 3))
    );
}

#[test]
fn a_prelogin_that_is_not_as_it_should_be_is_read_and_noted() {
    // ENCRYPTION first, an unknown option that reaches outside, VERSION over the table.
    let bytes = unhex("01 0010 0001  42 0011 0009  00 0000 0006  FF 03");
    let read = prelogin::decode(&bytes).expect("read");
    assert_eq!(read.encryption().map(|encryption| encryption.0), Some(3));
    assert_eq!(read.option(OptionId(0x42)), Some(&[][..]));
    let expected = [
        (0, Reason::Value("first option", 1)),
        (
            5,
            Reason::Length {
                declared: 9,
                actual: 0,
            },
        ),
        (10, Reason::Value("option offset", 0)),
    ];
    assert_eq!(read.odd, expected);
    assert!(!read.is_whole());
}

#[test]
fn a_call_with_a_parameter_that_is_not_read_keeps_those_before() {
    let bytes = unhex("0100 7000 0000  00 00 26 04 04 07000000  00 00 F1 00");
    let call = rpc::decode(&bytes).expect("read");
    assert_eq!(call.procedure, rpc::Procedure::Name("p".to_owned()));
    assert_eq!(call.parameters.len(), 1);
    assert_eq!(
        call.stopped,
        malformed::<()>(17, Reason::UnknownType(0xF1)).err()
    );
    assert_eq!(call.statement(), None);
}

#[test]
fn values_read_as_people_write_them() {
    let date = |days, ticks, scale| Value::DateTime2 { days, ticks, scale };
    let guid = Uuid::from_u128(0x0011_2233_4455_6677_8899_AABB_CCDD_EEFF);
    let cases = [
        (Value::Null, "NULL"),
        (Value::Bit(true), "1"),
        (Value::Int(-7), "-7"),
        (Value::BigInt(i64::MIN), "-9223372036854775808"),
        (Value::Text("ü".to_owned()), "ü"),
        (Value::Raw(vec![0xAB, 1]), "0xAB01"),
        (Value::Guid(guid), "00112233-4455-6677-8899-AABBCCDDEEFF"),
        (date(0, 0, 0), "0001-01-01 00:00:00"),
        // Day numbers by the calendar of another language.
        (date(730_178, 1, 7), "2000-02-29 00:00:00.0000001"),
        (date(3_652_058, 86_399_999, 3), "9999-12-31 23:59:59.999"),
        (date(739_575, 450, 2), "2025-11-21 00:00:04.50"),
    ];
    for (value, text) in cases {
        assert_eq!(value.to_text(), text);
    }
}
