//! Peers that mean it ill, or are broken: whatever they send, the run ends by its limits, every step has an
//! end, and nothing is our own fault (`internal`).

use crate::bench::{V4, context, make, names, options, plan, short};
use crate::story::Story;
use futures::StreamExt;
use model::{Closer, Observation, Options, StepKind};
use rustls::RootCertStore;
use std::time::{Duration, Instant};
use tds::TdsVersion;
use tds::packet::{PacketType, message};
use tds::prelogin::Encryption;
use tds::token::{Body, Done, DoneStatus, EnvChange, LoginAck, ServerMessage};
use tests::peer::{Act, Dice, Peer, prelogin_reply, tokens};

/// One connect, clear text allowed, so that a script can speak after LOGIN7.
fn clear(options: Options) -> Options {
    Options {
        tcp_attempts: 1,
        allow_clear_text: true,
        retry_delays_ms: Vec::new(),
        ..options
    }
}

/// Short limits where the peer is to be given up, long ones where it is to be understood.
fn limits(code: &str) -> Options {
    clear(if code.ends_with("no_reply") {
        short()
    } else {
        options()
    })
}

async fn against(options: Options, script: impl Fn(usize) -> Vec<Act> + Send + 'static) -> Story {
    let peer = Peer::start(script).await;
    let mut context = context([peer.address], RootCertStore::empty());
    context.names = names(&[("peer.example", &[V4])]);
    let longest = Duration::from_secs(20);
    let started = Instant::now();
    let story = make(
        &plan("peer.example", peer.address.port(), true, options),
        &context,
    )
    .await;
    assert!(started.elapsed() < longest);
    story
}

/// The tokens of a login that is let in.
pub(crate) fn accepted() -> Vec<Body> {
    vec![
        Body::EnvChange(EnvChange::database("master", "")),
        Body::Info(ServerMessage {
            number: 5701,
            state: 2,
            text: "Changed.".into(),
            ..ServerMessage::default()
        }),
        Body::LoginAck(LoginAck {
            interface: 1,
            tds_version: TdsVersion::V7_4,
            program: "Peer".into(),
            major: 16,
            minor: 0,
            build: 1,
        }),
        Body::Done(Done::new(DoneStatus::empty())),
    ]
}

#[tokio::test]
async fn scripts_before_the_login() {
    let hear = || Act::Hear;
    let say = |bytes: &[u8]| Act::Say(bytes.to_vec());
    let header = |kind: u8, status: u8, length: u16| {
        let [high, low] = length.to_be_bytes();
        vec![kind, status, high, low, 0, 0, 1, 0]
    };
    let table: Vec<(&str, Vec<Act>, &str)> = vec![
        ("FIN at once", vec![], "prelogin_closed"),
        ("FIN after PRELOGIN", vec![hear()], "prelogin_closed"),
        (
            "RST after PRELOGIN",
            vec![hear(), Act::Reset],
            "prelogin_reset",
        ),
        ("silence", vec![Act::Hold], "prelogin_no_reply"),
        (
            "a byte and silence",
            vec![say(&[4]), Act::Hold],
            "prelogin_no_reply",
        ),
        (
            "a byte and FIN",
            vec![hear(), say(&[4])],
            "prelogin_malformed",
        ),
        (
            "http",
            vec![hear(), say(b"HTTP/1.1 400 Bad Request\r\n\r\n")],
            "not_sql_server",
        ),
        (
            "tls alert",
            vec![hear(), say(&[0x15, 3, 1, 0, 2, 2, 70])],
            "not_sql_server",
        ),
        (
            "a letter at a time",
            vec![Act::Drip(b"220 mail.example ESMTP\r\n".to_vec()), Act::Hold],
            "not_sql_server",
        ),
        (
            "zeros",
            vec![hear(), say(&[0; 4096]), Act::Hold],
            "not_sql_server",
        ),
        (
            "length 0",
            vec![hear(), Act::Say(header(4, 1, 0)), Act::Hold],
            "not_sql_server",
        ),
        (
            "length 7",
            vec![hear(), Act::Say(header(4, 1, 7)), Act::Hold],
            "not_sql_server",
        ),
        (
            "length 65535",
            vec![hear(), Act::Say(header(4, 1, 65_535)), Act::Hold],
            "not_sql_server",
        ),
        (
            "a promise of 32767",
            vec![hear(), Act::Say(header(4, 1, 32_767)), Act::Hold],
            "prelogin_no_reply",
        ),
        (
            "an empty reply",
            vec![hear(), Act::Say(header(4, 1, 8)), Act::Hold],
            "prelogin_malformed",
        ),
        (
            "no terminator",
            vec![
                hear(),
                Act::Say(message(PacketType::REPLY, &[0, 0, 6, 0, 6])),
                Act::Hold,
            ],
            "prelogin_malformed",
        ),
        (
            "only a terminator",
            vec![
                hear(),
                Act::Say(message(PacketType::REPLY, &[0xFF])),
                Act::Hold,
            ],
            "prelogin_malformed",
        ),
        (
            "packets without end",
            vec![hear(), Act::Say(header(4, 0, 8).repeat(100_000)), Act::Hold],
            "prelogin_malformed",
        ),
    ];
    for (name, script, code) in table {
        let story = against(limits(code), move |_| script.clone()).await;
        assert_eq!(story.code(StepKind::TdsPrelogin), code, "{name}");
        assert_eq!(story.logins_sent(), 0, "{name}");
    }
}

#[tokio::test]
async fn scripts_instead_of_tls() {
    let opening = || {
        vec![
            Act::Hear,
            Act::Say(prelogin_reply(Encryption::ON)),
            Act::Hear,
        ]
    };
    let wrapped = |bytes: &[u8]| Act::Say(message(PacketType::PRELOGIN, bytes));
    let alert = |number: u8| vec![0x15, 3, 3, 0, 2, 2, number];
    let table: Vec<(&str, Act, &str)> = vec![
        ("silence", Act::Hold, "tls_no_reply"),
        ("RST", Act::Reset, "tls_reset"),
        ("nothing but FIN", Act::Say(Vec::new()), "tls_closed"),
        ("alert 40, wrapped", wrapped(&alert(40)), "tls_alert"),
        ("alert 70, bare", Act::Say(alert(70)), "tls_alert"),
        ("garbage, wrapped", wrapped(&[7; 300]), "tls_error"),
        ("garbage, bare", Act::Say(vec![0xFE; 300]), "tls_error"),
        (
            "a packet of length 3",
            Act::Say(vec![0x12, 1, 0, 3, 0, 0, 0, 0]),
            "tls_error",
        ),
        ("a login reply", Act::Say(tokens(&accepted())), "tls_error"),
        (
            "a record of 65535",
            wrapped(&[0x16, 3, 3, 0xFF, 0xFF, 2, 0, 0]),
            "tls_error",
        ),
    ];
    for (name, act, code) in table {
        let mut script = opening();
        script.push(act);
        let story = against(limits(code), move |_| script.clone()).await;
        assert_eq!(story.code(StepKind::TlsHandshake), code, "{name}");
        assert_eq!(story.logins_sent(), 0, "{name}");
    }
}

fn after_login(reply: Vec<Act>) -> Vec<Act> {
    let mut script = vec![
        Act::Hear,
        Act::Say(prelogin_reply(Encryption::NOT_SUPPORTED)),
        Act::Hear,
    ];
    script.extend(reply);
    script
}

#[tokio::test]
async fn scripts_instead_of_a_login_reply() {
    let reply = |payload: &[u8]| Act::Say(message(PacketType::REPLY, payload));
    let info = tds::token::encode(&[accepted()[1].clone()]).expect("fits");
    let mebibyte: Vec<u8> = info.iter().copied().cycle().take(1024 * 1024).collect();
    let mut endless = Vec::new();
    for chunk in mebibyte.chunks(30_000) {
        let length = u16::try_from(chunk.len() + 8).expect("fits").to_be_bytes();
        endless.extend_from_slice(&[4, 0, length[0], length[1], 0, 0, 1, 0]);
        endless.extend_from_slice(chunk);
    }
    let error = |number: i32| {
        Body::Error(ServerMessage {
            number,
            class: 14,
            text: "x".repeat(20_000),
            ..ServerMessage::default()
        })
    };
    let rejected = tokens(&[error(18_456), Body::Done(Done::new(DoneStatus::ERROR))]);
    let brief = tokens(&[
        Body::Error(ServerMessage {
            number: 18_456,
            text: "no".into(),
            ..ServerMessage::default()
        }),
        Body::Done(Done::new(DoneStatus::ERROR)),
    ]);
    let table: Vec<(&str, Vec<Act>, &str)> = vec![
        ("FIN", vec![], "closed_during_login"),
        ("RST", vec![Act::Reset], "reset_during_login"),
        ("silence", vec![Act::Hold], "login_no_reply"),
        ("an empty reply", vec![reply(&[])], "login_malformed"),
        (
            "DONE only",
            vec![Act::Say(tokens(&[Body::Done(Done::new(
                DoneStatus::empty(),
            ))]))],
            "login_malformed",
        ),
        (
            "an unknown token",
            vec![reply(&[0x05, 1, 2, 3])],
            "login_malformed",
        ),
        (
            "a declared length of 65535",
            vec![reply(&[0xAA, 0xFF, 0xFF, 1, 2])],
            "login_malformed",
        ),
        (
            "FEATUREEXTACK of 4 GiB",
            vec![reply(&[0xAE, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0])],
            "login_malformed",
        ),
        (
            "FEDAUTHINFO of 4 GiB",
            vec![reply(&[0xEE, 0xFF, 0xFF, 0xFF, 0xFF, 9, 0, 0, 0])],
            "login_malformed",
        ),
        (
            "1 MiB of tokens",
            vec![Act::Say(endless), Act::Hold],
            "login_malformed",
        ),
        (
            "an error, dripping",
            vec![Act::Drip(brief)],
            "login_rejected",
        ),
        (
            "an error whose end is cut",
            vec![Act::Say(rejected[..rejected.len() - 3].to_vec())],
            "login_rejected",
        ),
        (
            "many errors",
            vec![Act::Say(tokens(&vec![error(1); 5]))],
            "login_rejected",
        ),
    ];
    for (name, acts, code) in table {
        let story = against(limits(code), move |_| after_login(acts.clone())).await;
        assert_eq!(story.code(StepKind::TdsLogin), code, "{name}");
        assert!(story.events < 1_200, "{name}: {} events", story.events);
        for fact in story.facts() {
            let size = serde_json::to_string(fact).expect("writes").len();
            assert!(size < 40_000, "{name}: a fact of {size} bytes");
        }
    }
}

#[tokio::test]
async fn every_prefix_of_a_good_reply_then_fin() {
    let prelogin = prelogin_reply(Encryption::NOT_SUPPORTED);
    let login = tokens(&accepted());
    let mut scripts = Vec::new();
    for end in 0..prelogin.len() {
        scripts.push((
            vec![Act::Hear, Act::Say(prelogin[..end].to_vec())],
            StepKind::TdsPrelogin,
        ));
    }
    for end in 0..login.len() {
        let script = after_login(vec![Act::Say(login[..end].to_vec())]);
        scripts.push((script, StepKind::TdsLogin));
    }
    let runs = scripts.into_iter().map(|(script, kind)| async move {
        let story = against(clear(options()), move |_| script.clone()).await;
        assert_ne!(story.code(kind), "ok");
        let closers = story.closings().map(|closing| closing.closer);
        assert!(closers.last() == Some(Closer::PeerFin));
    });
    futures::stream::iter(runs)
        .buffer_unordered(16)
        .collect::<Vec<_>>()
        .await;
}

#[tokio::test]
async fn dice_at_every_phase() {
    let runs = (0..150_u64).map(|seed| async move {
        let mut dice = Dice(seed);
        let noise = Dice(seed ^ 0xABCD).bytes(usize::from(dice.byte()) * 8 + 1);
        let framed = message(PacketType::REPLY, &noise);
        let wrapped = message(PacketType::PRELOGIN, &noise);
        let tls = vec![
            Act::Hear,
            Act::Say(prelogin_reply(Encryption::ON)),
            Act::Hear,
        ];
        let script = match seed % 5 {
            0 => vec![Act::Hear, Act::Say(noise)],
            1 => vec![Act::Hear, Act::Say(framed)],
            2 => [tls, vec![Act::Say(wrapped)]].concat(),
            3 => after_login(vec![Act::Say(framed)]),
            _ => after_login(vec![Act::Say(noise)]),
        };
        let story = against(clear(options()), move |_| script.clone()).await;
        assert_eq!(story.code(StepKind::SqlQuery), "not_reached", "seed {seed}");
    });
    futures::stream::iter(runs)
        .buffer_unordered(16)
        .collect::<Vec<_>>()
        .await;
}

/// Our login is let in; then the driver meets dice, lies and silence.
#[tokio::test]
async fn the_driver_against_scripts() {
    let mut replies = vec![
        vec![],
        vec![Act::Reset],
        vec![Act::Hold],
        vec![Act::Say(message(PacketType::REPLY, &[0x81, 0xFF, 0x7F]))],
        vec![Act::Say(message(PacketType::REPLY, &[0xAD, 0xFF, 0xFF]))],
        vec![Act::Say(vec![4, 1, 0, 3, 0, 0, 0, 0])],
        vec![
            Act::Say(tokens(&accepted())),
            Act::Hear,
            Act::Say(message(PacketType::REPLY, &[0xD1; 64])),
            Act::Hold,
        ],
    ];
    for seed in 0..40 {
        replies.push(vec![Act::Say(message(
            PacketType::REPLY,
            &Dice(seed).bytes(200),
        ))]);
        let noise = message(PacketType::REPLY, &Dice(seed + 1_000).bytes(200));
        replies.push(vec![
            Act::Say(tokens(&accepted())),
            Act::Hear,
            Act::Say(noise),
            Act::Hold,
        ]);
    }
    let runs = replies
        .into_iter()
        .enumerate()
        .map(|(index, reply)| async move {
            let limits = Options {
                query_timeout_ms: 500,
                ..options()
            };
            let story = against(clear(limits), move |number| match number {
                0 => after_login(vec![Act::Say(tokens(&accepted()))]),
                _ => after_login(reply.clone()),
            })
            .await;
            assert_eq!(story.code(StepKind::TdsLogin), "ok");
            let ends = [Closer::PeerFin, Closer::PeerRst, Closer::Timeout];
            if let Some(end) = ends.get(index) {
                let closer = story.closings().last().map(|closing| closing.closer);
                assert_eq!(closer, Some(*end), "FIN, RST, silence");
            }
            let code = story.code(StepKind::SqlQuery);
            let expected = ["query_failed", "query_timeout", "driver_panicked", "ok"];
            assert!(expected.contains(&code.as_str()), "{code}");
            code
        });
    let codes: Vec<_> = futures::stream::iter(runs)
        .buffer_unordered(16)
        .collect()
        .await;
    assert!(codes.iter().any(|code| code == "query_failed"));
    assert!(codes.iter().any(|code| code == "query_timeout"));
}

#[tokio::test]
async fn a_routing_to_rubbish_is_not_followed() {
    for (host, port) in [
        ("", 1433),
        ("a b", 1433),
        ("x/../y", 1433),
        ("ok.example", 0),
    ] {
        let mut reply = accepted();
        reply.insert(0, Body::EnvChange(EnvChange::routing(host, port)));
        let reply = tokens(&reply);
        let story = against(clear(short()), move |_| {
            after_login(vec![Act::Say(reply.clone())])
        })
        .await;
        assert_eq!(
            story.code(StepKind::TdsRedirect),
            "redirect_failed",
            "{host:?}"
        );
        assert!(story.at_hop(StepKind::DnsLookup, 1).is_empty(), "{host:?}");
    }
}

#[tokio::test]
async fn odd_tokens_are_kept_and_the_login_still_counts() {
    let mut payload = tds::token::encode(&accepted()[..3]).expect("fits");
    payload.extend_from_slice(&[0xE3, 3, 0, 200, 1, 2]);
    payload.extend_from_slice(&tds::token::encode(&accepted()[3..]).expect("fits"));
    let reply = message(PacketType::REPLY, &payload);
    let story = against(
        Options {
            query: false,
            ..clear(options())
        },
        move |_| after_login(vec![Act::Say(reply.clone())]),
    )
    .await;
    assert_eq!(story.code(StepKind::TdsLogin), "ok");
    assert!(story.facts().any(|fact| match fact {
        Observation::EnvChange { change, name, .. } => *change == 200 && name == "unknown",
        Observation::OddToken { token, .. } => *token == 0xE3,
        _ => false,
    }));
}
