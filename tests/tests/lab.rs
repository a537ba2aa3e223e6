//! The lab against clients that nobody here wrote, and against raw bytes where those clients see nothing.

#[path = "lab/peers.rs"]
mod peers;
#[path = "lab/start.rs"]
mod start;
#[path = "lab/wire.rs"]
mod wire;

use lab::{Counter, Limits, Scenario};
use peers::{Login, ask, refusal, tiberius, tsql, tsql_is_here};
use start::{practise, practise_within};
use std::io::ErrorKind;
use std::time::Duration;
use tiberius::EncryptionLevel;
use tokio::net::TcpStream;
use wire::{HELLO, PATIENCE, Wire, login7};

const NOTHING: [u8; 0] = [];
const SELECTS: &str = "SELECT @@VERSION\nGO\nselect   1\nGO\nSELECT DB_NAME() AS here";

#[tokio::test(flavor = "multi_thread")]
async fn tsql_logs_in_with_each_kind_of_encryption() {
    if !tsql_is_here("tsql_logs_in_with_each_kind_of_encryption") {
        return;
    }
    let practising = practise(&[Scenario::Healthy]).await;
    let port = practising.port(Scenario::Healthy);
    // All through TLS, the login through TLS, nothing through TLS.
    for (encryption, handshakes) in [("require", 1), ("request", 1), ("off", 0)] {
        let before = practising.lab.counter(Scenario::Healthy);
        let said = tsql(&practising, port, encryption, lab::PASSWORD, SELECTS);
        let after = practising.lab.counter(Scenario::Healthy);
        assert!(
            said.contains("Linecheck practice server"),
            "{encryption}: {said}"
        );
        assert!(
            said.contains("shop") && said.contains("here"),
            "{encryption}: {said}"
        );
        assert!(!said.contains("Msg 102"), "{encryption}: {said}");
        assert_eq!(
            after.tls_handshakes - before.tls_handshakes,
            handshakes,
            "{encryption}"
        );
        assert_eq!(after.accepted - before.accepted, 1, "{encryption}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tsql_sees_what_each_scenario_is_about() {
    if !tsql_is_here("tsql_sees_what_each_scenario_is_about") {
        return;
    }
    use Scenario::*;
    let table = [
        (Healthy, "wrong", "Msg 18456 (severity 14, state 8)"),
        (
            LoginRejected,
            lab::PASSWORD,
            "Msg 18456 (severity 14, state 8)",
        ),
        (FirewallBlocked, lab::PASSWORD, "Msg 40615"),
        (DatabaseMissing, lab::PASSWORD, "Msg 4060"),
        (Failover, lab::PASSWORD, "Msg 40613"),
        (EchoSecret, "hunter2", "hunter2"),
        (Drip, lab::PASSWORD, "Linecheck practice server"),
    ];
    let practising = practise(&table.map(|(scenario, ..)| scenario)).await;
    for (scenario, password, expected) in table {
        let said = tsql(
            &practising,
            practising.port(scenario),
            "require",
            password,
            SELECTS,
        );
        assert!(said.contains(expected), "{scenario}: {said}");
    }
}

#[tokio::test]
async fn tiberius_logs_in_and_asks() {
    use Scenario::*;
    let practising = practise(&[Healthy, Slow, Drip]).await;
    for scenario in [Healthy, Slow, Drip] {
        for encryption in [
            EncryptionLevel::Required,
            EncryptionLevel::On,
            EncryptionLevel::Off,
        ] {
            let login = Login {
                encryption,
                ..Login::default()
            };
            let mut client = tiberius(&practising, practising.port(scenario), &login)
                .await
                .unwrap();
            assert!(
                ask(&mut client, "SELECT @@VERSION")
                    .await
                    .starts_with("Linecheck practice server")
            );
            assert_eq!(ask(&mut client, "select 1").await, "1");
            assert_eq!(ask(&mut client, "SELECT DB_NAME()").await, "shop");
            // A query with parameters goes another way: a remote call.
            let row = client
                .query("SELECT DB_NAME(), 7", &[])
                .await
                .unwrap()
                .into_row()
                .await
                .unwrap()
                .unwrap();
            assert_eq!(
                (row.get::<&str, _>(0), row.get::<i32, _>(1)),
                (Some("shop"), Some(7))
            );
            let error = client.simple_query("SELECT * FROM t").await.err().unwrap();
            assert_eq!(error.code(), Some(102), "{scenario}");
            assert_eq!(
                ask(&mut client, "SELECT 2").await,
                "2",
                "usable after an error"
            );
        }
    }
}

#[tokio::test]
async fn logins_are_refused_with_the_number_of_their_scenario() {
    use Scenario::*;
    let practising = practise(&[
        Healthy,
        LoginRejected,
        FirewallBlocked,
        DatabaseMissing,
        EchoSecret,
        Slow,
        Drip,
    ])
    .await;
    let right = Login::default();
    let wrong = Login {
        password: "Wr0ng".into(),
        ..Login::default()
    };
    let stranger = Login {
        user: "sa",
        ..Login::default()
    };
    for scenario in [Healthy, DatabaseMissing, Slow, Drip] {
        for login in [&wrong, &stranger] {
            let (number, state, text) = refusal(&practising, scenario, login).await;
            assert_eq!((number, state), (18456, 8), "{scenario}");
            assert!(
                text.contains(login.user) && !text.contains(&login.password),
                "{text}"
            );
        }
        assert_eq!(practising.lab.counter(scenario).accepted, 0);
    }
    assert_eq!(refusal(&practising, LoginRejected, &right).await.0, 18456);
    assert_eq!(refusal(&practising, DatabaseMissing, &right).await.0, 4060);
    let (number, _, text) = refusal(&practising, FirewallBlocked, &right).await;
    assert!(number == 40615 && text.contains("203.0.113.7"), "{text}");
    let (number, state, text) = refusal(&practising, EchoSecret, &wrong).await;
    assert!(
        (number, state) == (18456, 8) && text.contains("Wr0ng"),
        "{text}"
    );
}

#[tokio::test]
async fn failover_counts_logins_by_application_name() {
    let practising = practise(&[Scenario::Failover]).await;
    let run = |name: &str| Login {
        application: name.to_owned(),
        ..Login::default()
    };
    let (one, other) = (run("Linecheck/one"), run("Linecheck/other"));
    assert_eq!(
        refusal(&practising, Scenario::Failover, &one).await.0,
        40613
    );
    assert_eq!(
        refusal(&practising, Scenario::Failover, &other).await.0,
        40613
    );
    // What does not reach LOGIN7 is not counted.
    drop(
        TcpStream::connect(practising.v4(Scenario::Failover))
            .await
            .unwrap(),
    );
    assert_eq!(
        Wire::connect(practising.v4(Scenario::Failover))
            .await
            .prelogin(1)
            .await,
        1
    );
    assert_eq!(
        refusal(&practising, Scenario::Failover, &one).await.0,
        40613
    );
    let port = practising.port(Scenario::Failover);
    let mut client = tiberius(&practising, port, &one).await.unwrap();
    assert_eq!(ask(&mut client, "SELECT 1").await, "1");
    assert!(
        tiberius(&practising, port, &one).await.is_ok(),
        "once fine, fine"
    );
    assert_eq!(
        refusal(&practising, Scenario::Failover, &other).await.0,
        40613
    );
    assert!(tiberius(&practising, port, &other).await.is_ok());
    let wrong = Login {
        password: "Wr0ng".into(),
        ..one
    };
    assert_eq!(
        refusal(&practising, Scenario::Failover, &wrong).await.0,
        18456
    );
}

/// Where tiberius is sent.
async fn routed(practising: &start::Practising, port: u16) -> u16 {
    match tiberius(practising, port, &Login::default()).await {
        Err(tiberius::error::Error::Routing { host, port }) => {
            assert_eq!(host, "localhost");
            port
        }
        other => panic!("{:?}", other.err()),
    }
}

#[tokio::test]
async fn redirects_lead_where_they_should() {
    use Scenario::*;
    let practising = practise(&[Redirect, RedirectBlocked, RedirectLoop]).await;
    let second = routed(&practising, practising.port(Redirect)).await;
    let mut client = tiberius(&practising, second, &Login::default())
        .await
        .unwrap();
    assert_eq!(ask(&mut client, "SELECT 1").await, "1");
    let wrong = Login {
        password: "Wr0ng".into(),
        ..Login::default()
    };
    let refused = tiberius(&practising, second, &wrong)
        .await
        .err()
        .and_then(|error| error.code());
    assert_eq!(refused, Some(18456));

    let first = practising.port(RedirectLoop);
    let second = routed(&practising, first).await;
    assert_ne!(second, first);
    assert_eq!(routed(&practising, second).await, first);

    let blocked = routed(&practising, practising.port(RedirectBlocked)).await;
    let endpoints = practising.lab.endpoints();
    let unanswering: Vec<_> = endpoints
        .into_iter()
        .filter(|address| address.port() == blocked)
        .collect();
    assert!(!unanswering.is_empty());
    unanswered(&unanswering).await;
}

/// Connects to all at once; none may be answered while many answered connects would fit into the time.
async fn unanswered(addresses: &[std::net::SocketAddr]) {
    let hanging = addresses.iter().map(|&address| async move {
        let connected =
            tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await;
        assert!(connected.is_err(), "{address} answered: {connected:?}");
    });
    futures::future::join_all(hanging).await;
}

#[tokio::test]
async fn blackhole_answers_no_syn_however_many_come() {
    let practising = practise(&[Scenario::Blackhole]).await;
    let addresses = practising.addresses(Scenario::Blackhole);
    let many: Vec<_> = addresses.iter().copied().cycle().take(20).collect();
    unanswered(&many).await;
    unanswered(&addresses).await;
    assert_eq!(
        practising.lab.counter(Scenario::Blackhole),
        Counter::default()
    );
}

#[tokio::test]
async fn refused_refuses_at_once_and_keeps_its_port() {
    let practising = practise(&[Scenario::Refused]).await;
    for address in practising.addresses(Scenario::Refused) {
        let error = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "{address}");
        let taken = std::net::TcpListener::bind(address).unwrap_err();
        assert_eq!(taken.kind(), ErrorKind::AddrInUse, "{address}");
    }
}

#[tokio::test]
async fn certificates_fail_before_a_login_is_sent() {
    use Scenario::*;
    let practising = practise(&[TlsWrongName, TlsExpired, TlsUntrusted]).await;
    for (scenario, reason) in [
        (TlsWrongName, "not valid for name"),
        (TlsExpired, "expired"),
        (TlsUntrusted, "UnknownIssuer"),
    ] {
        let error = tiberius(&practising, practising.port(scenario), &Login::default())
            .await
            .err()
            .unwrap();
        assert!(error.to_string().contains(reason), "{scenario}: {error}");
        let counter = practising.lab.counter(scenario);
        assert_eq!(
            (counter.prelogins, counter.tls_handshakes, counter.logins),
            (1, 0, 0),
            "{scenario}"
        );
        // Nor in clear: the lab insists, and closes on a client that cannot.
        let mut wire = Wire::connect(practising.v4(scenario)).await;
        assert_eq!(wire.prelogin(2).await, 3);
        assert_eq!(wire.rest().await, NOTHING);
    }
}

#[tokio::test]
async fn encryption_not_supported_says_so() {
    let scenario = Scenario::EncryptionNotSupported;
    let practising = practise(&[scenario]).await;
    for wish in 0..=3 {
        let mut wire = Wire::connect(practising.v4(scenario)).await;
        assert_eq!(wire.prelogin(wish).await, 2, "client says {wish}");
    }
    assert!(
        tiberius(&practising, practising.port(scenario), &Login::default())
            .await
            .is_err()
    );
    assert_eq!(practising.lab.counter(scenario).logins, 0);
    // A client that puts up with it gets in.
    let mut wire = Wire::connect(practising.v4(scenario)).await;
    wire.prelogin(2).await;
    wire.say(&login7("wire", lab::PASSWORD)).await;
    let (_, payload) = wire.packet().await;
    assert!(tds::token::decode(&payload).login_ack().is_some());
}

#[tokio::test]
async fn the_silent_ones_say_nothing() {
    use Scenario::*;
    let practising = practise(&[SilentAfterConnect, SilentAfterPrelogin]).await;
    let mut wire = Wire::connect(practising.v4(SilentAfterConnect)).await;
    wire.say(&wire::prelogin(1)).await;
    assert_eq!(wire.rest_after_fin().await, NOTHING);

    let mut wire = Wire::connect(practising.v4(SilentAfterPrelogin)).await;
    assert_eq!(wire.prelogin(1).await, 1);
    wire.say(&HELLO).await;
    assert_eq!(wire.rest_after_fin().await, NOTHING);
    assert_eq!(practising.lab.counter(SilentAfterPrelogin).prelogins, 1);
}

#[tokio::test]
async fn not_sql_introduces_itself_unasked() {
    let practising = practise(&[Scenario::NotSql]).await;
    let wire = Wire::connect(practising.v4(Scenario::NotSql)).await;
    let said = wire.rest_after_fin().await;
    assert!(
        said.starts_with(b"SSH-2.0-") && said.ends_with(b"\r\n"),
        "{said:?}"
    );
}

#[tokio::test]
async fn reset_after_prelogin_is_rst_and_close_after_login_is_fin() {
    use Scenario::*;
    let practising = practise(&[ResetAfterPrelogin, CloseAfterLogin]).await;
    for _ in 0..10 {
        let mut wire = Wire::connect(practising.v4(ResetAfterPrelogin)).await;
        assert_eq!(wire.prelogin(1).await, 1);
        wire.say(&HELLO).await;
        assert_eq!(
            wire.end().await.unwrap_err().kind(),
            ErrorKind::ConnectionReset
        );

        let mut wire = Wire::connect(practising.v4(CloseAfterLogin)).await;
        assert_eq!(wire.prelogin(2).await, 2);
        wire.say(&login7("wire", lab::PASSWORD)).await;
        assert_eq!(wire.rest().await, NOTHING);
    }
    assert_eq!(practising.lab.counter(CloseAfterLogin).logins, 10);
    assert_eq!(practising.lab.counter(ResetAfterPrelogin).logins, 0);
    // Through TLS too, and without a word of TLS's own.
    let closed = tiberius(
        &practising,
        practising.port(CloseAfterLogin),
        &Login::default(),
    )
    .await;
    assert!(
        matches!(closed, Err(tiberius::error::Error::Io { .. })),
        "{:?}",
        closed.err()
    );
}

#[tokio::test]
async fn slow_takes_its_time_and_drip_comes_in_single_bytes() {
    use Scenario::*;
    let practising = practise(&[Slow, Drip]).await;
    let start = std::time::Instant::now();
    Wire::connect(practising.v4(Slow)).await.prelogin(1).await;
    assert!(
        start.elapsed() >= Duration::from_millis(60),
        "6 s at a hundredth"
    );

    let mut wire = Wire::connect(practising.v4(Drip)).await;
    let start = std::time::Instant::now();
    wire.prelogin(2).await;
    wire.say(&login7("wire", lab::PASSWORD)).await;
    let (_, payload) = wire.packet().await;
    let beats = u32::try_from(payload.len()).unwrap();
    assert!(
        start.elapsed() >= Duration::from_micros(10) * beats,
        "1 ms at a hundredth for each byte"
    );
}

#[tokio::test]
async fn every_scenario_stands_on_one_port_of_both_addresses_and_a_bare_connect_changes_nothing() {
    let practising = practise(&Scenario::ALL).await;
    let v6 = std::net::TcpListener::bind("[::1]:0").is_ok();
    for practice in practising.lab.practice() {
        let scenario = practice.scenario;
        assert!(!practice.title.is_empty() && !practice.explains.is_empty());
        assert!(
            practice.port.is_some() || practice.unavailable.is_some(),
            "{scenario}"
        );
        if practice.port.is_none() {
            tests::skip(scenario.as_str(), practice.unavailable.as_deref().unwrap());
            continue;
        }
        let addresses = practising.addresses(scenario);
        assert_eq!(addresses.len(), if v6 { 2 } else { 1 }, "{scenario}");
        if matches!(scenario, Scenario::Refused | Scenario::Blackhole) {
            continue;
        }
        for &address in &addresses {
            let _said = Wire::connect(address).await.rest_after_fin().await;
        }
        let connections = u64::try_from(addresses.len()).unwrap();
        assert_eq!(
            practising.lab.counter(scenario),
            Counter {
                connections,
                ..Counter::default()
            },
            "{scenario}"
        );
    }
    practising.lab.shutdown().await;
}

#[tokio::test]
async fn attention_is_acknowledged_and_the_connection_goes_on() {
    let practising = practise(&[Scenario::Healthy]).await;
    let mut wire = Wire::connect(practising.v4(Scenario::Healthy)).await;
    wire.prelogin(2).await;
    wire.say(&login7("wire", lab::PASSWORD)).await;
    let (_, payload) = wire.packet().await;
    let reply = tds::token::decode(&payload);
    assert!(
        reply.is_complete() && reply.odd().next().is_none(),
        "{reply:?}"
    );
    wire.say(&tds::attention::encode()).await;
    let (_, payload) = wire.packet().await;
    assert!(tds::attention::acknowledged(&tds::token::decode(&payload)));
    wire.say(&tds::packet::message(
        tds::packet::PacketType::SQL_BATCH,
        &tds::batch::encode("SELECT 1"),
    ))
    .await;
    let (_, payload) = wire.packet().await;
    assert_eq!(tds::token::decode(&payload).rows().count(), 1);
}

#[tokio::test]
async fn a_login_without_prelogin_is_served_where_clear_text_is_allowed() {
    use Scenario::*;
    let practising = practise(&[Healthy, FirewallBlocked]).await;
    let mut wire = Wire::connect(practising.v4(Healthy)).await;
    wire.say(&login7("wire", lab::PASSWORD)).await;
    assert!(
        tds::token::decode(&wire.packet().await.1)
            .login_ack()
            .is_some()
    );
    let mut wire = Wire::connect(practising.v4(FirewallBlocked)).await;
    wire.say(&login7("wire", lab::PASSWORD)).await;
    let _closed = wire.end().await;
    assert_eq!(practising.lab.counter(FirewallBlocked).logins, 0);
}

#[tokio::test]
async fn hostile_bytes_are_cut_off_and_others_still_served() {
    let scenario = Scenario::Healthy;
    let practising = practise(&[scenario]).await;
    let good = login7("wire", lab::PASSWORD);
    let mut endless = vec![0x12, 0x00, 0x7F, 0xFF, 0, 0, 1, 0];
    endless.resize(32_767, 0);
    let mut lying = good.clone();
    lying[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    for offset in (44..lying.len().min(102)).step_by(2) {
        lying[offset] = 0xFF;
    }
    let hostile: Vec<Vec<u8>> = vec![
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        vec![0x12, 0x01, 0x00, 0x07, 0, 0, 1, 0],
        vec![0x12, 0x01, 0x00, 0x08, 0, 0, 1, 0],
        vec![0x12, 0x01, 0xFF, 0xFF, 0, 0, 1, 0],
        vec![0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC],
        vec![
            0x12, 0x01, 0x00, 0x0D, 0, 0, 1, 0, 0x01, 0xFF, 0xFF, 0xFF, 0xFF,
        ],
        endless.repeat(4),
        lying,
        vec![0xFF; 100_000],
    ];
    for bytes in hostile {
        let mut wire = Wire::connect(practising.v4(scenario)).await;
        wire.try_say(&bytes).await;
        let _shut = tokio::io::AsyncWriteExt::shutdown(&mut wire.0).await;
        let _ended = wire.end().await;
    }
    // Every beginning of a good conversation, cut at each byte.
    let conversation = [wire::prelogin(2), good].concat();
    for end in (0..conversation.len()).step_by(7) {
        let mut wire = Wire::connect(practising.v4(scenario)).await;
        wire.say(&conversation[..end]).await;
        let _said = wire.rest_after_fin().await;
    }
    let counter = practising.lab.counter(scenario);
    assert!(counter.cut_off >= 5, "{counter:?}");
    assert_eq!(counter.accepted, 0, "{counter:?}");
    assert!(
        tiberius(&practising, practising.port(scenario), &Login::default())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn connections_are_bounded_and_room_comes_back() {
    let scenario = Scenario::Healthy;
    let limits = Limits {
        connections: 3,
        ..Limits::default()
    };
    let practising = practise_within(&[scenario], limits).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut wire = Wire::connect(practising.v4(scenario)).await;
        wire.prelogin(1).await;
        held.push(wire);
    }
    let _over = Wire::connect(practising.v4(scenario)).await.end().await;
    let counter = practising.lab.counter(scenario);
    assert_eq!((counter.connections, counter.cut_off), (3, 1));
    drop(held);
    tests::eventually("room for a login", PATIENCE, async || {
        let port = practising.port(scenario);
        tiberius(&practising, port, &Login::default()).await.ok()
    })
    .await;
}

#[tokio::test]
async fn whoever_dawdles_before_login_is_cut_off() {
    let scenario = Scenario::Healthy;
    let limits = Limits {
        before_login: Duration::from_millis(50),
        ..Limits::default()
    };
    let practising = practise_within(&[scenario], limits).await;
    for address in practising.addresses(scenario) {
        let _cut_off = Wire::connect(address).await.end().await;
    }
    let counter = practising.lab.counter(scenario);
    assert_eq!(counter.cut_off, counter.connections, "{counter:?}");
    assert!(counter.cut_off >= 1);
}
