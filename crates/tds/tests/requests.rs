//! What clients say, decoded from samples of the specification and from captures of clients that others wrote.

mod common;

use common::{capture, message, payload};
use tds::login7::{self, Feature, FeatureId, Login};
use tds::packet::PacketType;
use tds::prelogin::{self, Encryption, OptionId, Version};
use tds::rows::{ColumnType, Value};
use tds::rpc::{self, Procedure};
use tds::{TdsVersion, attention, batch, fedauth};

#[test]
fn the_specifications_prelogin_is_read() {
    let message = message(&capture("spec_prelogin"));
    assert_eq!(message.kind, PacketType::PRELOGIN);
    let prelogin = prelogin::decode(&message.payload).expect("whole");
    assert_eq!(prelogin.odd, []);
    assert_eq!(prelogin.version().expect("version").major, 9);
    assert_eq!(prelogin.encryption(), Some(Encryption::ON));
    assert_eq!(prelogin.instance().as_deref(), Some(""));
    assert_eq!(prelogin.thread_id(), Some(3512));
    assert_eq!(prelogin.mars(), Some(true));
    assert_eq!(prelogin.trace_id(), None);
    let places: Vec<_> = prelogin
        .options
        .iter()
        .map(|option| (option.id, option.at, option.offset, option.length))
        .collect();
    let expected = [
        (OptionId::VERSION, 0, 0x1A, 6),
        (OptionId::ENCRYPTION, 5, 0x20, 1),
        (OptionId::INSTANCE, 10, 0x21, 1),
        (OptionId::THREAD_ID, 15, 0x22, 4),
        (OptionId::MARS, 20, 0x26, 1),
    ];
    assert_eq!(places, expected);
}

#[test]
fn the_specifications_prelogin_is_written_byte_for_byte() {
    let request = prelogin::Request {
        version: Version {
            major: 9,
            ..Version::default()
        },
        encryption: Encryption::ON,
        instance: String::new(),
        thread_id: 3512,
        mars: true,
        trace_id: None,
        fed_auth_required: None,
        nonce: None,
    };
    assert_eq!(request.encode().expect("fits"), payload("spec_prelogin"));
}

#[test]
fn clients_prelogins_are_read() {
    for (name, encryption, version) in [
        ("tsql_prelogin", Encryption::OFF, 9),
        ("tsql71_prelogin", Encryption::OFF, 8),
        ("pytds_prelogin", Encryption::NOT_SUPPORTED, 1),
        ("tedious_prelogin", Encryption::NOT_SUPPORTED, 19),
    ] {
        let prelogin = prelogin::decode(&payload(name)).expect(name);
        assert_eq!(prelogin.odd, [], "{name}");
        assert!(prelogin.is_whole(), "{name}");
        assert_eq!(prelogin.encryption(), Some(encryption), "{name}");
        assert_eq!(prelogin.version().expect(name).major, version, "{name}");
    }
    let tsql = prelogin::decode(&payload("tsql_prelogin")).expect("whole");
    assert_eq!(tsql.instance().as_deref(), Some("MSSQLServer"));
    let tedious = prelogin::decode(&payload("tedious_prelogin")).expect("whole");
    assert_eq!(tedious.fed_auth_required(), Some(true));
    assert_eq!(
        tedious.option(OptionId::TRACE_ID).map(<[u8]>::len),
        Some(36)
    );
    assert!(tedious.trace_id().is_some());
}

#[test]
fn a_guid_stands_in_windows_byte_order() {
    let mut bytes = payload("tedious_prelogin");
    let trace_id = prelogin::decode(&bytes).expect("whole").options[5].clone();
    let at = usize::from(trace_id.offset);
    bytes[at..at + 16].copy_from_slice(&common::unhex("33221100 5544 7766 8899AABBCCDDEEFF"));
    bytes[at + 32..at + 36].copy_from_slice(&[7, 0, 0, 0]);
    let read = prelogin::decode(&bytes)
        .expect("whole")
        .trace_id()
        .expect("36 bytes");
    assert_eq!(
        read.connection.to_string(),
        "00112233-4455-6677-8899-aabbccddeeff"
    );
    assert_eq!(read.sequence, 7);
}

#[test]
fn the_specifications_login7_is_read() {
    let login = login7::decode(&payload("spec_login7")).expect("whole");
    assert_eq!(login.odd, []);
    assert_eq!(login.declared_length, 136);
    assert_eq!(login.tds_version, TdsVersion::V7_2);
    assert_eq!(login.packet_size, 4096);
    assert_eq!(login.client_version, 0x0700_0000);
    assert_eq!(login.client_pid, 0x0100);
    assert_eq!((login.flags1, login.flags2), (0xE0, 0x03));
    assert_eq!(login.lcid, 0x0409);
    assert_eq!(login.host_name, "skostov1");
    assert_eq!(login.user_name, "sa");
    assert_eq!(login.password.0, "");
    assert_eq!(login.app_name, "OSQL-32");
    assert_eq!(login.server_name, "");
    assert_eq!(login.library, "ODBC");
    assert_eq!(login.client_id, [0x00, 0x50, 0x8B, 0xE2, 0xB7, 0x8F]);
    assert_eq!(login.features, []);
}

#[test]
fn the_specifications_login7_is_written_but_for_the_unused_field() {
    let login = Login {
        tds_version: TdsVersion::V7_2,
        client_version: 0x0700_0000,
        client_pid: 0x0100,
        host_name: "skostov1",
        user_name: "sa",
        app_name: "OSQL-32",
        library: "ODBC",
        client_id: [0x00, 0x50, 0x8B, 0xE2, 0xB7, 0x8F],
        ..Login::default()
    };
    let mut written = Vec::new();
    login7::encode(&login, &mut written).expect("fits");
    let mut sample = payload("spec_login7");
    // Nothing points anywhere here: the sample fills in the running offset, today's drivers write 0.
    sample[56..58].copy_from_slice(&[0, 0]);
    assert_eq!(written, sample);
    assert_eq!(written.len(), login7::encoded_len(&login));
}

#[test]
fn clients_logins_are_read() {
    for (name, version, app, library, server, database) in [
        (
            "tsql_login7",
            TdsVersion::V7_4,
            "TSQL",
            "TDS-Library",
            "127.0.0.1",
            "master",
        ),
        (
            "tsql71_login7",
            TdsVersion::V7_1,
            "TSQL",
            "TDS-Library",
            "127.0.0.1",
            "",
        ),
        (
            "pytds_login7",
            TdsVersion::V7_4,
            "capture",
            "Python TDS Library",
            "127.0.0.1",
            "master",
        ),
        (
            "tedious_login7",
            TdsVersion::V7_4,
            "capture",
            "Tedious",
            "localhost",
            "master",
        ),
    ] {
        let login = login7::decode(&payload(name)).expect(name);
        assert_eq!(login.odd, [], "{name}");
        assert_eq!(login.tds_version, version, "{name}");
        assert_eq!(login.host_name, "client", "{name}");
        assert_eq!(login.user_name, "practice", "{name}");
        assert_eq!(login.password.0, "Practice-Passw0rd", "{name}");
        assert_eq!(login.app_name, app, "{name}");
        assert_eq!(login.library, library, "{name}");
        assert_eq!(login.server_name, server, "{name}");
        assert_eq!(login.database, database, "{name}");
    }
}

#[test]
fn flags_and_features_of_clients_are_read() {
    let pytds = login7::decode(&payload("pytds_login7")).expect("whole");
    assert_eq!(
        pytds.type_flags & login7::TYPE_READ_ONLY_INTENT,
        login7::TYPE_READ_ONLY_INTENT
    );
    let utf8 = Feature {
        id: FeatureId::UTF8,
        data: vec![1],
    };
    let tsql = login7::decode(&payload("tsql_login7")).expect("whole");
    assert_eq!(
        tsql.flags3 & login7::FLAGS3_EXTENSION,
        login7::FLAGS3_EXTENSION
    );
    assert_eq!(tsql.features, std::slice::from_ref(&utf8));
    let tedious = login7::decode(&payload("tediousfed_login7")).expect("whole");
    assert_eq!(tedious.features.len(), 2);
    assert_eq!(tedious.features[0].id, FeatureId::FED_AUTH);
    assert_eq!(tedious.features[1], utf8);
    let request = fedauth::Request::decode(&tedious.features[0].data).expect("whole");
    let token = "eyJhbGciOiJub25lIn0.e30.c2ln".to_owned();
    let expected = fedauth::Request::SecurityToken {
        echo: false,
        token,
        nonce: None,
    };
    assert_eq!(request, expected);
    assert_eq!(request.encode().expect("fits"), tedious.features[0].data);
}

#[test]
fn a_password_is_obfuscated_as_the_specification_says() {
    let mut bytes = [0x61, 0x00];
    login7::obfuscate(&mut bytes);
    assert_eq!(bytes, [0xB3, 0xA5]);
    login7::reveal(&mut bytes);
    assert_eq!(bytes, [0x61, 0x00]);
}

#[test]
fn no_debug_output_holds_a_password() {
    let login = Login {
        password: "pa55word",
        new_password: "n3w-one",
        ..Login::default()
    };
    let mut bytes = Vec::new();
    login7::encode(&login, &mut bytes).expect("fits");
    let received = login7::decode(&bytes).expect("whole");
    assert_eq!(received.password.0, "pa55word");
    assert_eq!(received.new_password.0, "n3w-one");
    assert_eq!(received.flags3, login7::FLAGS3_CHANGE_PASSWORD);
    for text in [format!("{login:?}"), format!("{received:?}")] {
        assert!(
            !text.contains("pa55word") && !text.contains("n3w-one"),
            "{text}"
        );
    }
    let clear: Vec<u8> = "pa55word"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(!bytes.windows(clear.len()).any(|window| window == clear));
}

#[test]
fn batches_are_read() {
    let spec = batch::decode(&payload("spec_batch")).expect("whole");
    assert_eq!(spec.headers.len(), 1);
    assert_eq!((spec.headers[0].kind, spec.headers[0].data.len()), (2, 12));
    assert_eq!(spec.sql.trim(), "select 'foo' as 'bar'");
    assert_eq!(
        batch::decode(&payload("tsql_batch")).expect("whole").sql,
        "SELECT 1\n"
    );
    let pytds = batch::decode(&payload("pytds_batch")).expect("whole");
    assert_eq!(pytds.sql, "SELECT 1");
    assert!(pytds.utf16);
}

#[test]
fn a_batch_is_written_as_a_client_writes_it() {
    assert_eq!(batch::encode("SELECT 1\n"), payload("tsql_batch"));
    assert_eq!(batch::encode("SELECT 1"), payload("pytds_batch"));
}

#[test]
fn a_batch_without_headers_is_all_statement() {
    let text: Vec<u8> = "SELECT 1"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let batch = batch::decode(&text).expect("whole");
    assert_eq!(batch.headers, []);
    assert_eq!(batch.sql, "SELECT 1");
}

#[test]
fn a_parameterised_statement_is_found_in_its_call() {
    let call = rpc::decode(&payload("tedious_rpc")).expect("whole");
    assert_eq!(call.stopped, None);
    assert_eq!(call.procedure, Procedure::Id(rpc::SP_EXECUTESQL));
    assert_eq!(call.statement(), Some("SELECT @a"));
    let last = call.parameters.last().expect("three");
    assert_eq!(last.column.name, "@a");
    assert_eq!(last.column.kind, ColumnType::Int);
    assert_eq!(last.value, Value::Int(7));
}

#[test]
fn an_attention_is_a_bare_header() {
    assert_eq!(attention::encode().as_slice(), capture("spec_attention"));
}

#[test]
fn a_batch_says_which_transaction_it_belongs_to() {
    for number in [0, 7, u64::MAX] {
        let sent = tds::batch::encode_within("COMMIT TRANSACTION;", number);
        let read = tds::batch::decode(&sent).expect("reads");
        assert_eq!(read.transaction(), number);
        assert_eq!(read.sql, "COMMIT TRANSACTION;");
    }
    assert_eq!(
        tds::batch::encode("SELECT 1"),
        tds::batch::encode_within("SELECT 1", 0)
    );
}
