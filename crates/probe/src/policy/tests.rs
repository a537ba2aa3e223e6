//! The policy as a table.

use super::{Allow, Policy, Purpose};
use std::net::SocketAddr;

fn at(text: &str) -> SocketAddr {
    text.parse().expect("an endpoint")
}

#[test]
fn the_design_as_a_table() {
    let policy = Policy::default()
        .exempt(at("127.0.0.1:40000"))
        .allow("127.0.0.2:1444".parse().expect("a rule"))
        .allow("10.9.0.0/16:5000-6000".parse().expect("a rule"))
        .allow("[fd00:1::/32]:7000".parse().expect("a rule"))
        .allow("169.254.0.0/16:1433".parse().expect("a rule"))
        .allow("0.0.0.0/0:2000".parse().expect("a rule"));
    let public = Purpose::Redirect {
        from: at("20.1.2.3:1433"),
    };
    let private = Purpose::Redirect {
        from: at("10.0.0.5:1433"),
    };
    let table = [
        // the ports of the design, at addresses that may be reached
        ("20.42.65.64:1433", Purpose::Target, true),
        ("20.42.65.64:3342", Purpose::Target, true),
        ("20.42.65.64:5022", Purpose::Target, true),
        ("20.42.65.64:11000", Purpose::Target, true),
        ("20.42.65.64:11999", public, true),
        ("10.0.0.4:1433", Purpose::Target, true),
        ("[2603:1030::1]:1433", Purpose::Target, true),
        ("[::ffff:20.42.65.64]:1433", Purpose::Target, true),
        // other ports
        ("20.42.65.64:443", Purpose::Target, false),
        ("20.42.65.64:12000", Purpose::Target, false),
        ("20.42.65.64:10999", Purpose::Target, false),
        ("20.42.65.64:1434", Purpose::Target, false),
        ("10.0.0.4:22", Purpose::Target, false),
        // a private endpoint may redirect far, but only to private addresses
        ("10.0.0.4:1433", private, true),
        ("10.0.0.4:50000", private, true),
        ("[fd12::1]:65535", private, true),
        ("10.0.0.4:1432", private, false),
        ("10.0.0.4:50000", public, false),
        ("10.0.0.4:50000", Purpose::Target, false),
        ("20.42.65.64:50000", private, false),
        // addresses that are not reached, in every disguise
        ("127.0.0.1:1433", Purpose::Target, false),
        ("[::1]:1433", Purpose::Target, false),
        ("[::ffff:127.0.0.1]:1433", Purpose::Target, false),
        ("[64:ff9b::7f00:1]:1433", Purpose::Target, false),
        ("[fe80::1]:1433", Purpose::Target, false),
        ("169.254.169.254:1433", Purpose::Target, false),
        ("[64:ff9b::a9fe:a9fe]:11000", private, false),
        ("[fd00:ec2::254]:1433", private, false),
        ("168.63.129.16:1433", Purpose::Target, false),
        ("224.0.0.1:1433", Purpose::Target, false),
        ("[ff02::1]:1433", Purpose::Target, false),
        ("255.255.255.255:1433", Purpose::Target, false),
        ("0.0.0.0:1433", Purpose::Target, false),
        ("[::]:1433", Purpose::Target, false),
        // an exemption is exact
        ("127.0.0.1:40000", Purpose::Target, true),
        ("[::ffff:127.0.0.1]:40000", public, true),
        ("127.0.0.1:40001", Purpose::Target, false),
        ("[::1]:40000", Purpose::Target, false),
        // allow rules
        ("127.0.0.2:1444", Purpose::Target, true),
        ("127.0.0.2:1433", Purpose::Target, false),
        ("10.9.200.1:5500", Purpose::Target, true),
        ("10.10.0.1:5500", Purpose::Target, false),
        ("[fd00:1:2::3]:7000", Purpose::Target, true),
        ("[fd00:2::3]:7000", Purpose::Target, false),
        ("8.8.8.8:2000", Purpose::Target, true),
        ("169.254.1.1:1433", Purpose::Target, true),
        // what no rule can allow
        ("169.254.169.254:1433", Purpose::Target, false),
        ("224.0.0.1:2000", Purpose::Target, false),
        ("0.0.0.0:2000", Purpose::Target, false),
    ];
    for (endpoint, purpose, allowed) in table {
        let decision = policy.decide(at(endpoint), purpose);
        assert_eq!(
            decision.is_ok(),
            allowed,
            "{endpoint} {purpose:?}: {decision:?}"
        );
    }
}

#[test]
fn a_rule_reads_or_says_that_it_does_not() {
    for good in [
        "10.0.0.1",
        "10.0.0.0/8",
        "10.0.0.1:1500",
        "10.0.0.0/8:1500-1600",
        "fd00::/8",
        "[fd00::1]:1500",
        "[::1]",
        "0.0.0.0/0",
    ] {
        assert!(good.parse::<Allow>().is_ok(), "{good}");
    }
    for bad in [
        "",
        "host",
        "10.0.0.0/33",
        "10.0.0.1:0",
        "10.0.0.1:9-1",
        "10.0.0.1:x",
        "[fd00::1",
        "fd00::/129",
        "10.0.0.1:70000",
    ] {
        assert!(bad.parse::<Allow>().is_err(), "{bad}");
    }
}

#[test]
fn without_ports_a_rule_allows_the_ports_of_the_design() {
    let policy = Policy::default().allow("127.0.0.0/8".parse().expect("a rule"));
    assert!(policy.decide(at("127.0.0.1:1433"), Purpose::Target).is_ok());
    assert!(policy.decide(at("127.0.0.1:22"), Purpose::Target).is_err());
}
