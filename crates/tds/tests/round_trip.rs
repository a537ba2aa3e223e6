//! What is written is read back the same, and what is read never panics.

mod common;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tds::login7::{self, Feature, FeatureId, Login};
use tds::packet::{self, Message, PacketType, Progress, Reassembler};
use tds::prelogin::{self, Encryption, Reply, Request, TraceId, Version};
use tds::rows::{Column, ColumnType, Value};
use tds::token::{
    self, Body, Change, Done, DoneKind, DoneStatus, EnvChange, EnvKind, FedAuthInfo, LoginAck,
    Routing, ServerMessage, SessionState, TokenId,
};
use tds::{TdsVersion, batch, fedauth, rpc, sniff, tls};
use uuid::Uuid;

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..=most)
}

fn name() -> impl Strategy<Value = String> {
    "\\PC{0,40}"
}

fn version() -> impl Strategy<Value = Version> {
    any::<(u8, u8, u16, u16)>().prop_map(|(major, minor, build, sub_build)| Version {
        major,
        minor,
        build,
        sub_build,
    })
}

fn feature() -> impl Strategy<Value = Feature> {
    (0..0xFF_u8, bytes(40)).prop_map(|(id, data)| Feature {
        id: FeatureId(id),
        data,
    })
}

fn message() -> impl Strategy<Value = ServerMessage> {
    (any::<(i32, u8, u8, u32)>(), name(), name(), name()).prop_map(
        |((number, state, class, line), text, server, procedure)| ServerMessage {
            number,
            state,
            class,
            text,
            server,
            procedure,
            line,
        },
    )
}

fn env_change() -> impl Strategy<Value = EnvChange> {
    let text = (
        prop::sample::select(vec![1, 2, 3, 4, 5, 6, 13, 19]),
        name(),
        name(),
    )
        .prop_map(|(kind, new, old)| EnvChange::text(EnvKind(kind), &new, &old));
    let raw =
        (prop::sample::select(vec![0, 14, 15, 22, 200]), bytes(30)).prop_map(|(kind, data)| {
            EnvChange {
                kind: EnvKind(kind),
                change: Change::Raw(data),
            }
        });
    let values = (
        prop::sample::select(vec![7, 8, 9, 10, 16, 18]),
        bytes(20),
        bytes(20),
    )
        .prop_map(|(kind, new, old)| EnvChange {
            kind: EnvKind(kind),
            change: Change::Bytes { new, old },
        });
    let routing = (any::<(u8, u16)>(), name(), option::of(name())).prop_map(
        |((protocol, port), server, database)| EnvChange {
            kind: if database.is_some() {
                EnvKind::ENHANCED_ROUTING
            } else {
                EnvKind::ROUTING
            },
            change: Change::Routing(Routing {
                protocol,
                port,
                server,
                database,
            }),
        },
    );
    prop_oneof![text, raw, values, routing]
}

fn done() -> impl Strategy<Value = Done> {
    let kind = prop::sample::select(vec![DoneKind::Done, DoneKind::Proc, DoneKind::InProc]);
    (kind, any::<(u16, u16, u64)>()).prop_map(|(kind, (status, command, rows))| Done {
        kind,
        status: DoneStatus::from_bits_retain(status),
        command,
        rows,
    })
}

fn body() -> impl Strategy<Value = Body> {
    let ack = (any::<(u8, u32, u8, u8, u16)>(), name()).prop_map(
        |((interface, version, major, minor, build), program)| {
            Body::LoginAck(LoginAck {
                interface,
                tds_version: TdsVersion(version),
                program,
                major,
                minor,
                build,
            })
        },
    );
    let state = (any::<(u32, u8)>(), bytes(30)).prop_map(|((sequence, status), states)| {
        Body::SessionState(SessionState {
            sequence,
            status,
            states,
        })
    });
    let info = vec((any::<u8>(), bytes(30)), 0..4)
        .prop_map(|options| Body::FedAuthInfo(FedAuthInfo { options }));
    let unknown = (
        prop::sample::select(vec![0x2F, 0x61, 0xA5, 0xE2]),
        bytes(40),
    )
        .prop_map(|(id, data)| Body::Unknown {
            id: TokenId(id),
            data,
        });
    prop_oneof![
        message().prop_map(Body::Error),
        message().prop_map(Body::Info),
        ack,
        vec(feature(), 0..5).prop_map(Body::FeatureExtAck),
        env_change().prop_map(Body::EnvChange),
        state,
        bytes(40).prop_map(Body::Sspi),
        info,
        done().prop_map(Body::Done),
        any::<i32>().prop_map(Body::ReturnStatus),
        vec(any::<u16>(), 0..5).prop_map(Body::Order),
        unknown,
    ]
}

/// A column and a value that fits it.
fn cell() -> impl Strategy<Value = (Column, Value)> {
    let value = prop_oneof![
        any::<bool>().prop_map(|bit| (ColumnType::Bit, Value::Bit(bit))),
        any::<u8>().prop_map(|number| (ColumnType::TinyInt, Value::TinyInt(number))),
        any::<i16>().prop_map(|number| (ColumnType::SmallInt, Value::SmallInt(number))),
        any::<i32>().prop_map(|number| (ColumnType::Int, Value::Int(number))),
        any::<i64>().prop_map(|number| (ColumnType::BigInt, Value::BigInt(number))),
        name().prop_map(|text| (ColumnType::NVarChar { bytes: 200 }, Value::Text(text))),
        name().prop_map(|text| (ColumnType::NVarChar { bytes: u16::MAX }, Value::Text(text))),
        any::<[u8; 16]>().prop_map(|guid| (ColumnType::Guid, Value::Guid(Uuid::from_bytes(guid)))),
        (0..=7_u8, 0..3_652_059_u32, 0..86_400_u64).prop_map(|(scale, days, seconds)| {
            let ticks = seconds * 10_u64.pow(u32::from(scale));
            (
                ColumnType::DateTime2 { scale },
                Value::DateTime2 { days, ticks, scale },
            )
        }),
    ];
    (value, name(), 0..4_u8, any::<bool>()).prop_map(|((kind, value), name, null, fixed)| {
        let mut column = Column::new(&name, kind);
        column.fixed = fixed
            && matches!(
                column.kind,
                ColumnType::Bit
                    | ColumnType::TinyInt
                    | ColumnType::SmallInt
                    | ColumnType::Int
                    | ColumnType::BigInt
            );
        let value = if null == 0 && !column.fixed {
            Value::Null
        } else {
            value
        };
        (column, value)
    })
}

fn bodies(bytes: &[u8]) -> Vec<Body> {
    let reply = token::decode(bytes);
    assert_eq!(reply.stopped, None);
    assert_eq!(reply.tokens.iter().find_map(|token| token.odd), None);
    reply.tokens.into_iter().map(|token| token.body).collect()
}

/// Feeds the bytes in pieces of these lengths, round and round.
fn feed(bytes: &[u8], pieces: &[usize]) -> Option<Message> {
    let mut reassembler = Reassembler::new(1 << 20);
    let mut rest = bytes;
    for piece in pieces.iter().cycle() {
        let (now, later) = rest.split_at((*piece).min(rest.len()));
        rest = later;
        match reassembler.push(now).expect("well formed") {
            Progress::Message { message, used } => {
                assert_eq!((used, rest.len()), (now.len(), 0));
                return Some(message);
            }
            Progress::More if rest.is_empty() => return None,
            Progress::More => {}
        }
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn packets(payload in bytes(5_000), size in 512..5_000_usize, pieces in vec(1..900_usize, 1..6), kind: u8) {
        let mut packets = Vec::new();
        packet::encode(PacketType(kind), &payload, size, &mut packets).expect("packet size");
        let message = feed(&packets, &pieces).expect("whole");
        prop_assert_eq!(message.kind, PacketType(kind));
        prop_assert_eq!(message.payload, payload);
    }

    #[test]
    fn tls_records(records in bytes(5_000), size in 512..5_000_usize, pieces in 1..900_usize) {
        let mut packets = Vec::new();
        tls::wrap(&records, size, &mut packets).expect("packet size");
        let mut unwrapper = tls::Unwrapper::new();
        let mut out = Vec::new();
        for piece in packets.chunks(pieces) {
            unwrapper.push(piece, &mut out).expect("well formed");
        }
        prop_assert_eq!(out, records);
    }

    #[test]
    fn prelogin_requests(
        version in version(), encryption: u8, instance in "[A-Za-z0-9_$]{0,16}", thread_id: u32, mars: bool,
        trace_id in option::of(any::<([u8; 16], [u8; 16], u32)>()), fed_auth_required: Option<bool>, nonce: Option<[u8; 32]>,
    ) {
        let request = Request {
            version, encryption: Encryption(encryption), instance, thread_id, mars, fed_auth_required, nonce,
            trace_id: trace_id.map(|(connection, activity, sequence)| TraceId {
                connection: Uuid::from_bytes(connection), activity: Uuid::from_bytes(activity), sequence,
            }),
        };
        let read = prelogin::decode(&request.encode().expect("fits")).expect("whole");
        prop_assert_eq!(&read.odd, &[]);
        prop_assert_eq!(read.version(), Some(version));
        prop_assert_eq!(read.encryption(), Some(request.encryption));
        prop_assert_eq!(read.instance(), Some(request.instance));
        prop_assert_eq!(read.thread_id(), Some(thread_id));
        prop_assert_eq!(read.mars(), Some(mars));
        prop_assert_eq!(read.trace_id(), request.trace_id);
        prop_assert_eq!(read.fed_auth_required(), fed_auth_required);
        prop_assert_eq!(read.nonce(), nonce);
    }

    #[test]
    fn prelogin_replies(
        version in option::of(version()), encryption: Option<u8>, instance_matches: Option<bool>, thread_id: bool,
        mars: Option<bool>, trace_id: bool, fed_auth_required: Option<bool>,
    ) {
        let reply = Reply {
            version, encryption: encryption.map(Encryption), instance_matches, thread_id, mars, trace_id,
            fed_auth_required, nonce: None,
        };
        let read = prelogin::decode(&reply.encode().expect("fits")).expect("whole");
        prop_assert!(read.is_whole());
        prop_assert_eq!(read.version(), version);
        prop_assert_eq!(read.encryption(), reply.encryption);
        prop_assert_eq!(read.instance_matches(), instance_matches);
        prop_assert_eq!(read.thread_id(), None);
        prop_assert_eq!(read.mars(), mars);
        prop_assert_eq!(read.fed_auth_required(), fed_auth_required);
    }

    #[test]
    fn logins(
        names in vec(name(), 10), sspi in bytes(50), features in vec(feature(), 0..4),
        numbers: (u32, u32, u32, u32, i32, u32), flags: (u8, u8, u8), client_id: [u8; 6],
    ) {
        let login = Login {
            tds_version: TdsVersion::V7_4,
            packet_size: numbers.0, client_version: numbers.1, client_pid: numbers.2, connection_id: numbers.3,
            flags1: flags.0, flags2: flags.1, type_flags: flags.2, flags3: 0,
            time_zone: numbers.4, lcid: numbers.5,
            host_name: &names[0], user_name: &names[1], password: &names[2], app_name: &names[3],
            server_name: &names[4], library: &names[5], language: &names[6], database: &names[7],
            client_id, sspi: &sspi, attach_file: &names[8], new_password: &names[9], features: &features,
        };
        let mut bytes = Vec::new();
        login7::encode(&login, &mut bytes).expect("fits");
        prop_assert_eq!(bytes.len(), login7::encoded_len(&login));
        let read = login7::decode(&bytes).expect("whole");
        prop_assert_eq!(&read.odd, &[]);
        let texts = [
            &read.host_name, &read.user_name, &read.password.0, &read.app_name, &read.server_name, &read.library,
            &read.language, &read.database, &read.attach_file, &read.new_password.0,
        ];
        prop_assert_eq!(texts.map(String::clone).to_vec(), names);
        prop_assert_eq!((read.sspi, read.features, read.client_id), (sspi, features, client_id));
        prop_assert_eq!((read.flags1, read.flags2, read.type_flags), flags);
        let read_numbers = (
            read.packet_size, read.client_version, read.client_pid, read.connection_id, read.time_zone, read.lcid,
        );
        prop_assert_eq!(read_numbers, numbers);
    }

    #[test]
    fn tokens(written in vec(body(), 0..12)) {
        let bytes = token::encode(&written).expect("fits");
        prop_assert_eq!(bodies(&bytes), written);
    }

    #[test]
    fn rows(cells in vec(cell(), 1..12), repeats in 1..4_usize) {
        let (columns, values): (Vec<Column>, Vec<Value>) = cells.into_iter().unzip();
        let mut written = vec![Body::Columns(columns)];
        written.extend(std::iter::repeat_n(Body::Row(values), repeats));
        written.push(Body::Done(Done::rows(repeats as u64)));
        let bytes = token::encode(&written).expect("fits");
        prop_assert_eq!(bodies(&bytes), written);
    }

    #[test]
    fn statements(sql in "\\PC{0,200}") {
        // A statement whose second unit is NUL would be taken for headers; PC has no NUL.
        let read = batch::decode(&batch::encode(&sql)).expect("whole");
        prop_assert_eq!(read.sql, sql);
        prop_assert_eq!(read.headers.len(), 1);
    }

    #[test]
    fn fed_auth_tokens(token in name(), nonce: Option<[u8; 32]>, echo: bool, workflow: u8) {
        let mut message = Vec::new();
        fedauth::encode_token(&token, nonce.as_ref(), &mut message).expect("fits");
        let read = fedauth::decode_token(&message).expect("whole");
        prop_assert_eq!((&read.token.0, read.nonce), (&token, nonce));
        for request in [
            fedauth::Request::SecurityToken { echo, token, nonce },
            fedauth::Request::Msal { echo, workflow: fedauth::Workflow(workflow) },
        ] {
            let data = request.encode().expect("fits");
            prop_assert_eq!(fedauth::Request::decode(&data), Ok(request));
        }
    }

    /// Any change of any byte of a captured message is read somehow.
    #[test]
    fn damaged_captures(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        for name in ["tedious_prelogin", "tsql_login7", "spec_login_reply", "mock_routing_reply", "mock_fedauth_answer", "spec_batch_reply", "tedious_rpc"] {
            let mut bytes = common::payload(name);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(cut.index(bytes.len()) + 1);
            read_everything(&bytes);
        }
    }

    #[test]
    fn noise(bytes in bytes(300)) {
        read_everything(&bytes);
    }
}

/// Nothing here panics, and a reply keeps all its bytes.
fn read_everything(bytes: &[u8]) {
    let _ = Reassembler::new(1 << 16).push(bytes);
    let _ = tls::Unwrapper::new().push(bytes, &mut Vec::new());
    let _ = prelogin::decode(bytes).map(|read| (read.version(), read.trace_id(), read.instance()));
    let _ = login7::decode(bytes);
    let _ = batch::decode(bytes);
    let _ = rpc::decode(bytes);
    let _ = fedauth::decode_token(bytes);
    let _ = fedauth::Request::decode(bytes);
    let _ = sniff::classify(bytes);
    let reply = token::decode(bytes);
    let kept: Vec<u8> = reply
        .tokens
        .iter()
        .flat_map(|token| &token.raw)
        .chain(&reply.rest)
        .copied()
        .collect();
    assert_eq!(kept, bytes);
}
