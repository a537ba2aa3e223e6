//! Server strings as people type them, and as nobody should.

use super::parse;
use crate::{Error, Kind};
use proptest::prelude::*;

#[test]
fn what_people_type_is_understood() {
    for (text, server, host, port) in [
        (
            "contoso.database.windows.net",
            "tcp:contoso.database.windows.net,1433",
            "contoso.database.windows.net",
            Some(1433),
        ),
        (
            "  TCP:Contoso.database.windows.net,1433;  ",
            "tcp:contoso.database.windows.net,1433",
            "contoso.database.windows.net",
            Some(1433),
        ),
        ("host, 1444", "tcp:host,1444", "host", Some(1444)),
        ("host:1444", "tcp:host,1444", "host", Some(1444)),
        (
            "tcp:localhost,40123",
            "tcp:localhost,40123",
            "localhost",
            Some(40123),
        ),
        (
            "host.example.com.",
            "tcp:host.example.com,1433",
            "host.example.com",
            Some(1433),
        ),
        ("host\\SQLEXPRESS", "host\\SQLEXPRESS", "host", None),
        (
            "host\\SQLEXPRESS,1500",
            "tcp:host\\SQLEXPRESS,1500",
            "host",
            Some(1500),
        ),
        ("host\\MSSQLSERVER", "tcp:host,1433", "host", Some(1433)),
        (".", "tcp:localhost,1433", "localhost", Some(1433)),
        (".\\X", "localhost\\X", "localhost", None),
        ("(local)", "tcp:localhost,1433", "localhost", Some(1433)),
        (
            "192.0.2.7,1433",
            "tcp:192.0.2.7,1433",
            "192.0.2.7",
            Some(1433),
        ),
        ("::1", "tcp:[::1],1433", "::1", Some(1433)),
        ("::1,1500", "tcp:[::1],1500", "::1", Some(1500)),
        ("[::1],1500", "tcp:[::1],1500", "::1", Some(1500)),
        ("[::1]:1500", "tcp:[::1],1500", "::1", Some(1500)),
        (
            "tcp:[2001:DB8::1]",
            "tcp:[2001:db8::1],1433",
            "2001:db8::1",
            Some(1433),
        ),
        (
            "mi.public.0a1b.database.windows.net",
            "tcp:mi.public.0a1b.database.windows.net,3342",
            "mi.public.0a1b.database.windows.net",
            Some(3342),
        ),
        (
            "mi.0a1b.database.windows.net",
            "tcp:mi.0a1b.database.windows.net,1433",
            "mi.0a1b.database.windows.net",
            Some(1433),
        ),
        (
            ".database.windows.net",
            "tcp:database.windows.net,1433",
            "database.windows.net",
            Some(1433),
        ),
    ] {
        let parsed = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(
            (parsed.server.as_str(), parsed.host.as_str(), parsed.port),
            (server, host, port),
            "{text}"
        );
    }
}

#[test]
fn mistakes_have_a_code() {
    let long = "a".repeat(10_000);
    let name = format!("{}.database.windows.net", "a.".repeat(130));
    for (text, error) in [
        ("", Error::Empty),
        ("  ; ", Error::Empty),
        ("tcp:", Error::Empty),
        (long.as_str(), Error::TooLong),
        (name.as_str(), Error::TooLong),
        ("host,0", Error::BadPort),
        ("host,65536", Error::BadPort),
        ("host,-1", Error::BadPort),
        ("host,", Error::BadPort),
        ("host,abc", Error::BadPort),
        ("host,1433,1434", Error::BadPort),
        ("host:99999", Error::BadPort),
        ("ho\u{0}st", Error::ControlCharacter),
        ("ho\nst", Error::ControlCharacter),
        ("ho\u{202e}st", Error::ControlCharacter),
        ("ho\u{200b}st", Error::ControlCharacter),
        ("host;Password=x", Error::SecretInTarget),
        ("sa:pw@host", Error::SecretInTarget),
        ("host;Database=x", Error::ConnectionString),
        ("np:host", Error::NotTcp),
        ("\\\\.\\pipe\\sql\\query", Error::NotTcp),
        ("(localdb)\\MSSQLLocalDB", Error::NotTcp),
        ("admin:host", Error::NotTcp),
        ("bücher.example", Error::NotAscii),
        ("300.1.1.1", Error::BadAddress),
        ("1.2.3", Error::BadAddress),
        ("[zz]", Error::BadAddress),
        ("host:1:2", Error::Unparsable),
        ("[::1", Error::Unparsable),
        ("[::1]x", Error::Unparsable),
        ("host:1,2", Error::Unparsable),
        ("a b", Error::Unparsable),
        ("a..b", Error::Unparsable),
        ("-a", Error::Unparsable),
        ("host\\", Error::Unparsable),
        ("host\\a\\b", Error::Unparsable),
        ("https://host/", Error::Unparsable),
        ("<script>alert(1)</script>", Error::Unparsable),
        ("'; DROP TABLE runs;--", Error::ConnectionString),
    ] {
        assert_eq!(parse(text).map(|p| p.server), Err(error), "{text:.60}");
    }
}

#[test]
fn notes_explain_and_do_not_stop() {
    for (text, codes) in [
        ("contoso.database.windows.net", vec![]),
        ("tcp:localhost,40123", vec![]),
        ("mi.public.0a1b.database.windows.net,3342", vec![]),
        (
            "mi.public.0a1b.database.windows.net",
            vec!["mi_public_port"],
        ),
        (
            "mi.public.0a1b.database.windows.net,1433",
            vec!["mi_public_port"],
        ),
        ("mi.0a1b.database.windows.net,3342", vec!["mi_private_port"]),
        (
            "mi.privatelink.0a1b.database.windows.net,3342",
            vec!["mi_private_port", "privatelink_name"],
        ),
        (
            "mi.public.0a1b.database.windows.net",
            vec!["mi_public_port"],
        ),
        ("mi.public.0a1b.database.windows.net, 3342", vec![]),
        ("tcp:mi.public.0a1b.database.chinacloudapi.cn,3342;", vec![]),
        (
            "contoso.database.windows.net,3342",
            vec!["port_3342_elsewhere"],
        ),
        (
            "ws-ondemand.sql.azuresynapse.net,3342",
            vec!["port_3342_elsewhere"],
        ),
        ("contoso.database.windows.net,1444", vec!["unusual_port"]),
        ("contoso.database.windows.net,1434", vec!["admin_port"]),
        ("contoso.database.windows.net,11042", vec!["redirect_port"]),
        ("x.database.fabric.microsoft.com,1444", vec!["unusual_port"]),
        ("sql01.corp.example,1444", vec!["custom_domain"]),
        ("contoso.database.cloudapi.de", vec!["closed_cloud"]),
        (".database.usgovcloudapi.net", vec!["bare_suffix"]),
        ("sql.azuresynapse.azure.cn", vec!["bare_suffix"]),
        ("host:1433", vec!["colon_port"]),
        ("database.windows.net", vec!["bare_suffix"]),
        ("sql.example.com", vec!["custom_domain"]),
        (
            "x.privatelink.database.windows.net",
            vec!["privatelink_name"],
        ),
        (
            "tr1.weu1-a.worker.database.windows.net,11042",
            vec!["node_name"],
        ),
        ("192.0.2.7", vec!["address_literal"]),
        ("contoso.database.windows.net\\X", vec!["instance_on_azure"]),
        ("host\\X,1500", vec!["instance_and_port"]),
        ("host\\X", vec!["instance_port"]),
    ] {
        let parsed = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let got: Vec<_> = parsed.notes().iter().map(|note| note.code).collect();
        assert_eq!(got, codes, "{text}");
    }
    assert_eq!(parse("contoso\\X").map(|p| p.kind), Ok(Kind::SqlServer));
}

/// Every kind of endpoint under every cloud's suffix, with its port when none is given.
#[test]
fn kinds_of_every_cloud() {
    use Kind::{
        ManagedInstancePrivateEndpoint, ManagedInstancePublic, ManagedInstanceVnetLocal,
        SqlDatabase, SqlDatabasePrivatelink, SynapseDedicated, SynapseServerless,
    };
    for cloud in crate::facts::clouds() {
        let (sql, synapse) = (&cloud.sql, &cloud.synapse);
        let mut rows = vec![
            (format!("contoso.{sql}"), SqlDatabase, 1433),
            (format!("group.secondary.{sql}"), SqlDatabase, 1433),
            (
                format!("contoso.privatelink.{sql}"),
                SqlDatabasePrivatelink,
                1433,
            ),
            (format!("mi.0a1b.{sql}"), ManagedInstanceVnetLocal, 1433),
            (format!("mi.public.0a1b.{sql}"), ManagedInstancePublic, 3342),
            (
                format!("mi.privatelink.0a1b.{sql}"),
                ManagedInstancePrivateEndpoint,
                1433,
            ),
            (format!("ws-ondemand.{sql}"), SynapseServerless, 1433),
            // Dots are dots: a name that only looks alike is another's.
            (
                format!("contoso.{}", sql.replace('.', "x")),
                Kind::CustomDomain,
                1433,
            ),
            (
                format!("contoso.{sql}.example.com"),
                Kind::CustomDomain,
                1433,
            ),
        ];
        if !synapse.is_empty() {
            rows.push((format!("ws.{synapse}"), SynapseDedicated, 1433));
            rows.push((format!("ws-ondemand.{synapse}"), SynapseServerless, 1433));
        }
        for (server, kind, port) in rows {
            let parsed = parse(&format!("tcp:{server}")).expect("a server");
            assert_eq!((parsed.kind, parsed.port), (kind, Some(port)), "{server}");
        }
    }
}

proptest! {
    #[test]
    fn nothing_panics_and_errors_repeat_nothing(text in "\\PC*") {
        if let Err(error) = parse(&text) {
            prop_assert!(!error.code().is_empty());
        }
    }

    #[test]
    fn the_canonical_form_reads_back_to_itself(
        text in "(tcp:)?[a-zA-Z0-9][a-z0-9.-]{0,20}(\\\\[a-zA-Z]{1,8})?(,[1-9][0-9]{0,3})?"
    ) {
        if let Ok(parsed) = parse(&text) {
            let again = parse(&parsed.server).expect("canonical");
            prop_assert_eq!(&again.server, &parsed.server);
            prop_assert_eq!((again.host, again.port, again.instance, again.kind),
                (parsed.host, parsed.port, parsed.instance, parsed.kind));
        }
    }

    #[test]
    fn addresses_read_back(ip: std::net::Ipv6Addr, port in 1u16..) {
        let parsed = parse(&format!("[{ip}],{port}")).expect("an address");
        prop_assert_eq!(parsed.address(), Some(std::net::IpAddr::V6(ip)));
        prop_assert_eq!(parse(&parsed.server).map(|p| p.server), Ok(parsed.server));
    }
}
