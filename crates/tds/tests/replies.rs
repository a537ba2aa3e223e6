//! What servers say, decoded from samples of the specification and from captures of servers that others wrote.

mod common;

use common::{payload, unhex};
use tds::login7::FeatureId;
use tds::prelogin::Encryption;
use tds::rows::Value;
use tds::token::{self, Body, Done, DoneStatus, EnvChange, EnvKind, TokenId};
use tds::{Reason, TdsVersion, attention};

#[test]
fn the_specifications_login_reply_is_read() {
    let bytes = payload("spec_login_reply");
    let reply = token::decode(&bytes);
    assert!(reply.is_complete());
    assert_eq!(reply.odd().count(), 0);
    let ids: Vec<_> = reply
        .tokens
        .iter()
        .map(|token| (token.id, token.at, token.raw.len()))
        .collect();
    let expected = [
        (TokenId::ENV_CHANGE, 0, 30),
        (TokenId::INFO, 30, 91),
        (TokenId::ENV_CHANGE, 121, 11),
        (TokenId::ENV_CHANGE, 132, 26),
        (TokenId::ENV_CHANGE, 158, 22),
        (TokenId::INFO, 180, 95),
        (TokenId::LOGIN_ACK, 275, 57),
        (TokenId::DONE, 332, 13),
    ];
    assert_eq!(ids, expected);
    let changes: Vec<_> = reply
        .env_changes()
        .map(|change| (change.kind.name(), change.new_text(), change.old_text()))
        .collect();
    let text = |kind, new: &str, old: &str| (kind, new.to_owned(), old.to_owned());
    let expected = [
        text("database", "master", "master"),
        text("collation", "0x0904D00034", ""),
        text("language", "us_english", ""),
        text("packet_size", "4096", "4096"),
    ];
    assert_eq!(changes, expected);
    let infos: Vec<_> = reply
        .infos()
        .map(|info| (info.number, info.state, info.text.as_str()))
        .collect();
    let expected = [
        (5701, 2, "Changed database context to 'master'."),
        (5703, 1, "Changed language setting to us_english."),
    ];
    assert_eq!(infos, expected);
    let ack = reply.login_ack().expect("accepted");
    assert_eq!(ack.tds_version, TdsVersion::V7_2);
    assert_eq!(ack.program_name(), "Microsoft SQL Server");
    assert_eq!(ack.interface, 1);
}

#[test]
fn the_specifications_login_reply_is_written_byte_for_byte() {
    let bytes = payload("spec_login_reply");
    let bodies: Vec<Body> = token::decode(&bytes)
        .tokens
        .into_iter()
        .map(|token| token.body)
        .collect();
    assert_eq!(token::encode(&bodies).expect("fits"), bytes);
}

#[test]
fn the_specifications_result_set_is_read_and_written() {
    let bytes = payload("spec_batch_reply");
    let reply = token::decode(&bytes);
    assert!(reply.is_complete());
    let columns = reply.columns().expect("columns");
    assert_eq!(columns.len(), 1);
    assert_eq!(columns[0].name, "bar");
    assert_eq!(columns[0].flags, 0x20);
    // varchar is in its server's code page: kept raw.
    let rows: Vec<_> = reply.rows().collect();
    assert_eq!(rows, [[Value::Raw(b"foo".to_vec())]]);
    assert_eq!(reply.dones().collect::<Vec<_>>(), [&Done::rows(1)]);
    let bodies: Vec<Body> = reply.tokens.into_iter().map(|token| token.body).collect();
    assert_eq!(token::encode(&bodies).expect("fits"), bytes);
}

#[test]
fn an_independent_servers_prelogin_is_read() {
    let prelogin = tds::prelogin::decode(&payload("mock_prelogin_answer")).expect("whole");
    assert_eq!(prelogin.odd, []);
    assert_eq!(prelogin.version().expect("version").major, 16);
    assert_eq!(prelogin.encryption(), Some(Encryption::NOT_SUPPORTED));
    assert_eq!(prelogin.fed_auth_required(), Some(true));
    assert_eq!(
        (
            prelogin.instance_matches(),
            prelogin.thread_id(),
            prelogin.mars()
        ),
        (None, None, None)
    );
}

#[test]
fn an_independent_servers_login_reply_is_read() {
    let reply = token::decode(&payload("mock_login_reply"));
    assert!(reply.is_complete());
    assert_eq!(reply.odd().count(), 0);
    let ack = reply.login_ack().expect("accepted");
    assert_eq!(
        (ack.program_name(), ack.tds_version),
        ("MockTdsServer", TdsVersion::V7_4)
    );
    assert_eq!((ack.major, ack.minor, ack.build), (16, 0, 0));
    assert_eq!(reply.routing(), None);
}

#[test]
fn an_independent_servers_routing_is_read() {
    let reply = token::decode(&payload("mock_routing_reply"));
    assert!(reply.is_complete());
    assert_eq!(reply.odd().count(), 0);
    let routing = reply.routing().expect("routing");
    assert_eq!(
        (routing.host(), routing.port, routing.protocol),
        ("node7.ring3.example", 11007, 0)
    );
    assert!(reply.login_ack().is_some());
}

#[test]
fn an_independent_servers_fed_auth_info_is_read() {
    let reply = token::decode(&payload("mock_fedauth_answer"));
    assert_eq!(reply.stopped, None);
    assert_eq!(reply.odd().count(), 0);
    let info = reply.fed_auth_info().expect("info");
    assert_eq!(
        info.sts_url().as_deref(),
        Some("https://login.microsoftonline.com/test-tenant/")
    );
    assert_eq!(info.spn().as_deref(), Some("https://database.windows.net/"));
    assert_eq!(
        reply
            .features()
            .map(|feature| feature.id)
            .collect::<Vec<_>>(),
        [FeatureId::FED_AUTH]
    );
}

#[test]
fn an_independent_servers_rows_are_read() {
    let reply = token::decode(&payload("mock_select_reply"));
    assert!(reply.is_complete());
    let rows: Vec<_> = reply.rows().collect();
    assert_eq!(rows, [[Value::BigInt(1), Value::Int(2), Value::Int(3)]]);
}

#[test]
fn replies_of_independent_servers_are_written_byte_for_byte() {
    for name in [
        "mock_login_reply",
        "mock_routing_reply",
        "mock_fedauth_answer",
        "mock_select_reply",
    ] {
        let bytes = payload(name);
        let bodies: Vec<Body> = token::decode(&bytes)
            .tokens
            .into_iter()
            .map(|token| token.body)
            .collect();
        assert_eq!(token::encode(&bodies).expect("fits"), bytes, "{name}");
    }
}

#[test]
fn an_attention_is_acknowledged_by_its_bit() {
    assert!(attention::acknowledged(&token::decode(&payload(
        "mock_attention_reply"
    ))));
    assert!(attention::acknowledged(&token::decode(&unhex(
        "FD 2000 0000 0000000000000000"
    ))));
    assert!(!attention::acknowledged(&token::decode(&unhex(
        "FD 0000 0000 0000000000000000"
    ))));
}

/// Routing is laid out by hand from the specification's table: value length 5 + 2 × characters.
const ROUTING: &str = "E3 1200 14 0D00 00 F82A 0400 6100 2E00 6200 6300 0000";

#[test]
fn routing_is_read_and_written() {
    let reply = token::decode(&unhex(ROUTING));
    assert_eq!(reply.odd().count(), 0);
    let routing = reply.routing().expect("routing");
    assert_eq!((routing.protocol, routing.port), (0, 11000));
    assert_eq!((routing.server.as_str(), routing.host()), ("a.bc", "a.bc"));
    assert_eq!(routing.database, None);
    let written = token::encode(&[Body::EnvChange(EnvChange::routing("a.bc", 11000))]);
    assert_eq!(written.expect("fits"), unhex(ROUTING));
}

#[test]
fn a_routed_instance_is_stripped_from_the_host() {
    let bytes = token::encode(&[Body::EnvChange(EnvChange::routing(
        r"node.example\inst",
        11001,
    ))]);
    let reply = token::decode(&bytes.expect("fits"));
    let routing = reply.routing().expect("routing");
    assert_eq!(routing.server, r"node.example\inst");
    assert_eq!(routing.host(), "node.example");
}

#[test]
fn enhanced_routing_brings_its_database() {
    let bytes = unhex("E3 1600 15 1100 00 F92A 0200 6100 6200 0300 780079007A00 0000");
    let reply = token::decode(&bytes);
    assert_eq!(reply.odd().count(), 0);
    let routing = reply.routing().expect("routing");
    assert_eq!((routing.server.as_str(), routing.port), ("ab", 11001));
    assert_eq!(routing.database.as_deref(), Some("xyz"));
    let written = token::encode(&[Body::EnvChange(EnvChange::enhanced_routing(
        "ab", 11001, "xyz",
    ))]);
    assert_eq!(written.expect("fits"), bytes);
}

#[test]
fn a_routing_whose_value_length_lies_is_read_and_noted() {
    let mut bytes = unhex(ROUTING);
    bytes[4] = 0xFF;
    let reply = token::decode(&bytes);
    assert_eq!(reply.routing().expect("routing").port, 11000);
    let odd: Vec<_> = reply.odd().map(|token| token.odd).collect();
    assert_eq!(
        odd,
        [Some((
            4,
            Reason::Length {
                declared: 0xFF,
                actual: 13
            }
        ))]
    );
}

#[test]
fn an_unknown_token_with_a_length_is_kept_and_left_behind() {
    // 0x2F: bits 4–5 are 10, so a u16 length follows. 0x31: bits are 11 and 00, one byte. 0x10: none.
    let bytes = unhex("2F 0300 AABBCC  31 77  10  FD 0000 0000 0000000000000000");
    let reply = token::decode(&bytes);
    assert!(reply.is_complete());
    let unknown: Vec<_> = reply
        .odd()
        .map(|token| (token.at, token.declared, token.body.clone()))
        .collect();
    let body = |id, data: &[u8]| Body::Unknown {
        id: TokenId(id),
        data: data.to_vec(),
    };
    let expected = [
        (0, Some(3), body(0x2F, &[0xAA, 0xBB, 0xCC])),
        (6, None, body(0x31, &[0x77])),
        (8, None, body(0x10, &[])),
    ];
    assert_eq!(unknown, expected);
}

#[test]
fn a_token_of_unknown_length_stops_the_reading_and_keeps_the_rest() {
    let bytes = unhex("79 00000000  88 0102");
    let reply = token::decode(&bytes);
    assert_eq!(reply.tokens.len(), 1);
    let reason = Reason::UnknownToken(0x88);
    assert_eq!(
        reply.stopped,
        Some(tds::Error::Malformed { offset: 5, reason })
    );
    assert_eq!(reply.rest, [0x88, 1, 2]);
}

#[test]
fn an_error_whose_text_is_cut_still_tells_its_number() {
    // 18456, state 8, class 14, text of 9 units declared, 2 there.
    let bytes = unhex("AA 0C00 18480000 08 0E 0900 4C006F00  FD 0200 0000 0000000000000000");
    let reply = token::decode(&bytes);
    assert!(reply.is_complete());
    let error = reply.errors().next().expect("error");
    assert_eq!((error.number, error.state, error.class), (18456, 8, 14));
    assert_eq!(error.text, "Lo");
    let odd = reply.odd().next().expect("noted");
    assert_eq!(
        odd.odd,
        Some((
            11,
            Reason::Length {
                declared: 18,
                actual: 4
            }
        ))
    );
}

#[test]
fn an_error_of_an_old_server_has_a_short_line_number() {
    let bytes = unhex("AA 0C00 01000000 02 0E 0000 00 00 0700");
    let reply = token::decode(&bytes);
    assert_eq!(reply.odd().count(), 0);
    assert_eq!(reply.errors().next().expect("error").line, 7);
}

#[test]
fn bytes_left_over_in_a_token_are_noted() {
    let bytes = unhex("AD 0C00 01 74000004 00 10 00 07D0 EEFF 99");
    let reply = token::decode(&bytes);
    let ack = reply.login_ack().expect("ack");
    assert_eq!((ack.major, ack.minor, ack.build), (16, 0, 2000));
    assert_eq!(reply.tokens[0].odd, Some((13, Reason::LeftOver(2))));
}

#[test]
fn fed_auth_info_is_read_by_its_offsets() {
    // Two options, SPN first in the table, its data last.
    let bytes =
        unhex("EE 1E000000 02000000 02 04000000 1A000000 01 04000000 16000000 73007400 73007000");
    let reply = token::decode(&bytes);
    assert_eq!(reply.odd().count(), 0);
    let info = reply.fed_auth_info().expect("info");
    assert_eq!(info.sts_url().as_deref(), Some("st"));
    assert_eq!(info.spn().as_deref(), Some("sp"));
}

#[test]
fn fed_auth_info_that_points_outside_is_cut_and_noted() {
    let bytes = unhex("EE 11000000 01000000 01 FFFFFF00 0D000000 73007400");
    let reply = token::decode(&bytes);
    assert_eq!(
        reply
            .fed_auth_info()
            .and_then(tds::token::FedAuthInfo::sts_url)
            .as_deref(),
        Some("st")
    );
    assert_eq!(
        reply.tokens[0].odd,
        Some((
            9,
            Reason::Length {
                declared: 0xFF_FFFF,
                actual: 4
            }
        ))
    );
}

#[test]
fn feature_acknowledgements_have_no_overall_length() {
    let bytes = unhex("AE 0A 01000000 01 0F 01000000 01 FF FD 0000 0000 0000000000000000");
    let reply = token::decode(&bytes);
    assert!(reply.is_complete());
    let features: Vec<_> = reply
        .features()
        .map(|feature| (feature.id.0, feature.data.clone()))
        .collect();
    assert_eq!(features, [(0x0A, vec![1]), (0x0F, vec![1])]);
}

#[test]
fn a_done_with_more_to_come_does_not_complete_a_reply() {
    let reply = token::decode(&unhex("FD 0100 0000 0000000000000000"));
    assert!(!reply.is_complete());
    assert!(
        reply
            .dones()
            .all(|done| done.status.contains(DoneStatus::MORE))
    );
    assert_eq!(EnvKind(99).name(), "unknown");
}
