//! The table of `docs/SECURITY.md`, field by field: what *support* and *public* show of it.

use super::every::{created, event, observed};
use crate::redact::Redactor;
use model::{
    Attempt, Certificate, ChainVerdict, DnsRecord, DnsSource, EventBody, FailureCode, HopTarget,
    Interface, Observation, PreloginOption, Redaction, ServerMessage, StepId, StepKind, Subject,
};
use serde_json::{Value, json};

/// What is known of every run in this table.
fn known() -> Vec<EventBody> {
    vec![
        created(
            "tcp:contoso.database.windows.net,1433",
            "contoso.database.windows.net",
            "payroll",
            "alice",
            "Oslo office",
        ),
        observed(Observation::Host {
            hostname: "oslo-7".into(),
            os: "linux".into(),
            arch: "x86_64".into(),
            interfaces: vec![Interface {
                name: "eth0".into(),
                addresses: vec!["10.1.2.3".into(), "fe80::1aff:fe2b:3c4d".into()],
                mtu: Some(1400),
            }],
            resolvers: vec!["10.0.0.2:53".into(), "8.8.8.8:53".into()],
            proxy_variables: vec!["HTTPS_PROXY".into()],
            trusted_roots: 140,
            ephemeral_ports: None,
            tls_versions: Vec::new(),
            tls_suites: Vec::new(),
        }),
    ]
}

/// A body under a redaction, once what is known was seen.
fn masked(redaction: Redaction, body: EventBody) -> Value {
    let mut redactor = Redactor::new(redaction);
    for body in known() {
        redactor.event(&event(1, body));
    }
    serde_json::to_value(redactor.event(&event(3, body)).body).expect("JSON")
}

/// Field by JSON pointer: as it is, in *support*, in *public*.
type Row = (&'static str, &'static str, &'static str, &'static str);

const SAME: &str = "=";

fn check(body: EventBody, rows: &[Row]) {
    let original = serde_json::to_value(&body).expect("JSON");
    let support = masked(Redaction::Support, body.clone());
    let public = masked(Redaction::Public, body);
    let text = |value: &Value, at: &str| match value.pointer(at) {
        Some(Value::String(text)) => text.clone(),
        other => format!("{other:?}"),
    };
    for (at, is, in_support, in_public) in rows {
        let or = |expected: &str| {
            if expected == SAME {
                (*is).to_owned()
            } else {
                expected.to_owned()
            }
        };
        assert_eq!(text(&original, at), *is, "{at}");
        assert_eq!(text(&support, at), or(in_support), "support, {at}");
        assert_eq!(text(&public, at), or(in_public), "public, {at}");
    }
}

#[test]
fn the_plan_and_the_host() {
    let [plan, host]: [EventBody; 2] = known().try_into().expect("two");
    check(
        plan,
        &[
            (
                "/plan/target/server",
                "tcp:contoso.database.windows.net,1433",
                SAME,
                "tcp:host-1,1433",
            ),
            (
                "/plan/target/host",
                "contoso.database.windows.net",
                SAME,
                "host-1",
            ),
            ("/plan/target/database", "payroll", SAME, "database-1"),
            ("/plan/target/kind", "sql_database", SAME, SAME),
            ("/plan/login/user", "alice", SAME, "user-1"),
            ("/agent_name", "Oslo office", SAME, "agent-1"),
        ],
    );
    check(
        host,
        &[
            ("/observation/hostname", "oslo-7", SAME, "host-2"),
            ("/observation/os", "linux", SAME, SAME),
            (
                "/observation/interfaces/0/name",
                "eth0",
                "interface-1",
                "interface-1",
            ),
            (
                "/observation/interfaces/0/addresses/0",
                "10.1.2.3",
                "private-address",
                "private-address-1",
            ),
            (
                "/observation/interfaces/0/addresses/1",
                "fe80::1aff:fe2b:3c4d",
                "link-local-address",
                "link-local-address-2",
            ),
            (
                "/observation/resolvers/0",
                "10.0.0.2:53",
                "resolver-1:53",
                "private-address-3:53",
            ),
            (
                "/observation/resolvers/1",
                "8.8.8.8:53",
                SAME,
                "address-4:53",
            ),
            ("/observation/proxy_variables/0", "HTTPS_PROXY", SAME, SAME),
        ],
    );
}

#[test]
fn steps_and_attempts() {
    check(
        EventBody::StepStarted {
            step: StepId(1),
            parent: None,
            step_kind: StepKind::DnsLookup,
            hop: 0,
            subject: Subject {
                host: Some("contoso.database.windows.net".into()),
                port: Some(1433),
                endpoint: Some("20.61.99.193:1433".into()),
                source: Some("10.0.0.2:53".into()),
            },
        },
        &[
            (
                "/subject/host",
                "contoso.database.windows.net",
                SAME,
                "host-1",
            ),
            (
                "/subject/endpoint",
                "20.61.99.193:1433",
                SAME,
                "address-5:1433",
            ),
            (
                "/subject/source",
                "10.0.0.2:53",
                "resolver-1:53",
                "private-address-3:53",
            ),
        ],
    );
    check(
        EventBody::AttemptFinished {
            step: StepId(1),
            attempt: Attempt {
                number: 1,
                started_us: 1,
                elapsed_us: 1,
                code: Some(FailureCode::TcpTimeout),
                local: Some("10.1.2.3:50001".into()),
                detail: Some(
                    "resolver 10.0.0.2:53 at 00:1a:2b:3c:4d:5e; 10.0.0.2:1433; /users/alice/x"
                        .into(),
                ),
            },
        },
        &[
            ("/attempt/code", "tcp_timeout", SAME, SAME),
            (
                "/attempt/local",
                "10.1.2.3:50001",
                SAME,
                "private-address-1:50001",
            ),
            (
                "/attempt/detail",
                "resolver 10.0.0.2:53 at 00:1a:2b:3c:4d:5e; 10.0.0.2:1433; /users/alice/x",
                "resolver resolver-1:53 at mac-1; 10.0.0.2:1433; /users/local-user-1/x",
                "resolver private-address-3:53 at mac-1; private-address-3:1433; /users/local-user-1/x",
            ),
        ],
    );
}

#[test]
fn what_a_server_says() {
    let said = |text: &str| {
        observed(Observation::ServerError(ServerMessage {
            number: 40615,
            state: 1,
            class: 14,
            message: text.into(),
            server: "contoso".into(),
            procedure: "tr_logon".into(),
            line: 1,
        }))
    };
    for (is, in_public) in [
        (
            "Login failed for user 'alice'.",
            "Login failed for user 'user-1'.",
        ),
        (
            "Login failed for user 'Bob Smith'.",
            "Login failed for user 'user-2'.",
        ),
        (
            "Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON'.",
            SAME,
        ),
        (
            "Login failed for user 'CORP\\bob'.",
            "Login failed for user 'host-3\\user-2'.",
        ),
        (
            "Cannot open database \"payroll\" requested by the login. The login failed.",
            "Cannot open database \"database-1\" requested by the login. The login failed.",
        ),
        (
            "Cannot open server 'contoso' requested by the login. Client with IP address '203.0.113.9' is not allowed to access the server.",
            "Cannot open server 'host-1' requested by the login. Client with IP address 'address-5' is not allowed to access the server.",
        ),
        (
            "Database 'x9' on server 'contoso.database.windows.net' is not currently available.  Session tracing ID is '{0F8FAD5B-D9CB-469F-A165-70867728950E}'.",
            "Database 'database-2' on server 'host-1' is not currently available.  Session tracing ID is '{0F8FAD5B-D9CB-469F-A165-70867728950E}'.",
        ),
    ] {
        check(
            said(is),
            &[
                ("/observation/message", is, SAME, in_public),
                ("/observation/server", "contoso", SAME, "host-1"),
                ("/observation/procedure", "tr_logon", SAME, "name-1"),
            ],
        );
    }
}

#[test]
fn names_on_the_way() {
    check(
        observed(Observation::DnsAnswer {
            source: DnsSource::Resolver {
                server: "10.0.0.2:53".into(),
            },
            name: "contoso.database.windows.net".into(),
            records: vec![DnsRecord {
                name: "contoso.database.windows.net.".into(),
                kind: "CNAME".into(),
                ttl_s: None,
                data: "contoso.privatelink.database.windows.net".into(),
            }],
            addresses: vec!["10.4.4.4".into()],
            code: None,
            rcode: Some("NOERROR".into()),
            elapsed_us: 1,
        }),
        &[
            (
                "/observation/source/server",
                "10.0.0.2:53",
                "resolver-1:53",
                "private-address-3:53",
            ),
            (
                "/observation/records/0/name",
                "contoso.database.windows.net.",
                SAME,
                "host-1",
            ),
            ("/observation/records/0/kind", "CNAME", SAME, SAME),
            (
                "/observation/records/0/data",
                "contoso.privatelink.database.windows.net",
                SAME,
                "host-3",
            ),
            (
                "/observation/addresses/0",
                "10.4.4.4",
                SAME,
                "private-address-5",
            ),
            ("/observation/rcode", "NOERROR", SAME, SAME),
        ],
    );
    check(
        observed(Observation::Routing(HopTarget {
            host: "node9.worker.database.windows.net".into(),
            port: 11003,
            raw: Some("node9.worker.database.windows.net\\abc".into()),
            database: Some("payroll".into()),
        })),
        &[
            (
                "/observation/host",
                "node9.worker.database.windows.net",
                SAME,
                "host-3",
            ),
            (
                "/observation/raw",
                "node9.worker.database.windows.net\\abc",
                SAME,
                "host-3\\name-1",
            ),
            ("/observation/database", "payroll", SAME, "database-1"),
        ],
    );
    check(
        observed(Observation::FedAuthInfo {
            sts_url: Some("https://login.windows.net/0f8fad5b-d9cb-469f-a165-70867728950e".into()),
            spn: Some("MSSQLSvc/contoso.database.windows.net:1433".into()),
        }),
        &[
            (
                "/observation/sts_url",
                "https://login.windows.net/0f8fad5b-d9cb-469f-a165-70867728950e",
                SAME,
                "https://login.windows.net/name-1",
            ),
            (
                "/observation/spn",
                "MSSQLSvc/contoso.database.windows.net:1433",
                SAME,
                "MSSQLSvc/host-1:1433",
            ),
        ],
    );
}

#[test]
fn certificates_ids_and_bytes() {
    check(
        observed(Observation::TlsChain {
            server_name: "contoso.database.windows.net".into(),
            certificates: vec![Certificate {
                subject: "CN=cr1.westeurope1-a.control.database.windows.net, O=Contoso Ltd, C=NO"
                    .into(),
                issuer: "C=US, O=Microsoft Corporation, CN=Microsoft Azure RSA TLS Issuing CA 04"
                    .into(),
                names: vec!["*.database.windows.net".into(), "*.contoso.example".into()],
                not_before: super::every::TIME,
                not_after: super::every::TIME,
                serial: "33aa".into(),
                sha256: "44bb".into(),
                is_ca: false,
            }],
            verdict: ChainVerdict::Verified,
            overridden: false,
        }),
        &[
            (
                "/observation/certificates/0/subject",
                "CN=cr1.westeurope1-a.control.database.windows.net, O=Contoso Ltd, C=NO",
                SAME,
                "CN=host-3, O=name-1, C=NO",
            ),
            (
                "/observation/certificates/0/issuer",
                "C=US, O=Microsoft Corporation, CN=Microsoft Azure RSA TLS Issuing CA 04",
                SAME,
                SAME,
            ),
            (
                "/observation/certificates/0/names/0",
                "*.database.windows.net",
                SAME,
                SAME,
            ),
            (
                "/observation/certificates/0/names/1",
                "*.contoso.example",
                SAME,
                "*.host-4",
            ),
            (
                "/observation/certificates/0/serial",
                "33aa",
                SAME,
                "certificate-1",
            ),
        ],
    );
    check(
        observed(Observation::TraceId {
            connection_id: "0f8fad5b-d9cb-469f-a165-70867728950e".into(),
            activity_id: "0f8fad5b-d9cb-469f-a165-70867728950f".into(),
            at: super::every::TIME,
            endpoint: "20.61.99.193:1433".into(),
            local: "[2001:db8::1aff:fe2b:3c4d]:5000".into(),
        }),
        &[
            (
                "/observation/connection_id",
                "0f8fad5b-d9cb-469f-a165-70867728950e",
                SAME,
                SAME,
            ),
            (
                "/observation/endpoint",
                "20.61.99.193:1433",
                SAME,
                "address-5:1433",
            ),
            (
                "/observation/local",
                "[2001:db8::1aff:fe2b:3c4d]:5000",
                "[2001:db8::mac-1]:5000",
                "address-6:5000",
            ),
        ],
    );
    check(
        observed(Observation::PreloginReply {
            version: Some("12.0.2000.8".into()),
            encryption: Some(1),
            instance_matches: None,
            fed_auth_required: None,
            mars: None,
            options: vec![PreloginOption {
                id: 2,
                offset: 1,
                length: 3,
                bytes: "616263".into(),
            }],
            packet_type: 4,
        }),
        &[
            ("/observation/version", "12.0.2000.8", SAME, SAME),
            ("/observation/options/0/bytes", "616263", SAME, "[3 bytes]"),
        ],
    );
}

#[test]
fn events_of_a_newer_agent() {
    let raw = json!({
        "kind": "aurora_seen", "colour": "green", "password": "hunter2", "os_user": "alice",
        "nics": [{"name": "eth0"}], "nested": {"mac": "00-1a-2b-3c-4d-5e", "token_count": 3},
    });
    let body = EventBody::Unknown(raw);
    check(
        body,
        &[
            ("/kind", "aurora_seen", SAME, SAME),
            ("/colour", "green", SAME, SAME),
            ("/password", "hunter2", "[secret]", "[secret]"),
            ("/os_user", "alice", "local-user-1", "local-user-1"),
            ("/nics/0/name", "eth0", "interface-1", "interface-1"),
            ("/nested/mac", "00-1a-2b-3c-4d-5e", "mac-1", "mac-1"),
        ],
    );
}

#[test]
fn ids_go_with_the_public_form() {
    let lease = model::LeaseId(
        "01890a5d-ac96-774b-bcce-b302099a8057"
            .parse()
            .expect("an id"),
    );
    check(
        EventBody::RunClaimed { lease },
        &[(
            "/lease",
            "01890a5d-ac96-774b-bcce-b302099a8057",
            SAME,
            "00000000-0000-0000-0000-000000000000",
        )],
    );
}

#[test]
fn masked_values_are_counted_by_kind() {
    let mut redactor = Redactor::new(Redaction::Public);
    for body in known().into_iter().chain(known()) {
        redactor.event(&event(1, body));
    }
    let counts = redactor.masked();
    let of = |kind: &str| counts.get(kind).copied();
    assert_eq!(
        (
            of("host"),
            of("address"),
            of("user"),
            of("database"),
            of("mac")
        ),
        (Some(2), Some(4), Some(1), Some(1), None)
    );
}
