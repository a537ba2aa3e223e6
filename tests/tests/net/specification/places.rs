//! Names and endpoints: C1, C4 to C8.

use super::{Beside, FIRST, HOST, MI, MI_PUBLIC, Not, ROW, Row, Server, UNLISTED, Verdict};
use crate::break_it as b;
use lab::Scenario;
use model::PlanLogin;
use std::net::Ipv4Addr;
use tests::net::GATEWAYS;

const LAST: &[Ipv4Addr] = &[GATEWAYS[7]];
const BOTH: &[Ipv4Addr] = &[GATEWAYS[7], GATEWAYS[0]];
const UNKNOWN: &[Ipv4Addr] = &[UNLISTED];

pub(super) fn names() -> Vec<Row> {
    vec![
        Row {
            check: "C1",
            branch: "no network: said, and the run goes on to its verdict",
            fault: b::no_network,
            expected: &[Verdict("resolver_failed", "resolver")],
            ..ROW
        },
        Row {
            check: "C4b",
            branch: "the hosts file pins the name",
            fault: b::pinned,
            expected: &[
                Verdict("healthy", ""),
                Beside("hosts_file_pins", "hosts file"),
            ],
            ..ROW
        },
        Row {
            check: "C4b [defect]",
            branch: "an answer from the cache is no hosts file",
            fault: b::not_pinned,
            expected: &[
                Verdict("healthy", ""),
                Not("hosts_file_pins"),
                Not("resolvers_disagree"),
            ],
            ..ROW
        },
        Row {
            check: "C4c",
            branch: "the configured resolver does not answer",
            fault: b::silent_resolvers,
            expected: &[Verdict("resolver_failed", "resolver")],
            ..ROW
        },
        Row {
            check: "C4d [defect]",
            branch: "a public resolver that is blocked is no finding",
            fault: b::silent_outside,
            expected: &[
                Verdict("healthy", ""),
                Not("known_outside_only"),
                Not("resolvers_disagree"),
            ],
            ..ROW
        },
        Row {
            check: "C4",
            branch: "addresses differ and there is no private link",
            addresses: UNKNOWN,
            fault: b::old_address,
            expected: &[
                Verdict("tcp_timeout", ""),
                Beside("resolvers_disagree", "198.51.100.7"),
            ],
            ..ROW
        },
        Row {
            check: "C4 [defect]",
            branch: "an answer of several addresses is compared as a set",
            addresses: UNKNOWN,
            fault: b::same_set,
            expected: &[Verdict("healthy", ""), Not("resolvers_disagree")],
            ..ROW
        },
        Row {
            check: "C4",
            branch: "gateways of one region in turn are normal",
            fault: b::in_turn,
            expected: &[Verdict("healthy", ""), Not("resolvers_disagree")],
            ..ROW
        },
        Row {
            check: "C4",
            branch: "inside and outside may differ with a private link",
            fault: b::private_link,
            expected: &[
                Verdict("healthy", ""),
                Not("resolvers_disagree"),
                Not("private_link_public_gateway"),
            ],
            ..ROW
        },
        Row {
            check: "C5",
            branch: "the name does not exist",
            fault: b::no_name,
            expected: &[Verdict("name_not_found", "spell")],
            ..ROW
        },
        Row {
            check: "C5",
            branch: "the name of a public endpoint exists only while it is enabled",
            typed: MI_PUBLIC,
            fault: b::no_name,
            expected: &[Verdict("name_not_found", "public endpoint")],
            ..ROW
        },
        Row {
            check: "C5 [defect]",
            branch: "every address is tried, not only the first",
            addresses: BOTH,
            fault: b::half_dropped,
            expected: &[
                Verdict("healthy", ""),
                Beside("addresses_partly_dead", "20.62.132.169"),
            ],
            ..ROW
        },
        Row {
            check: "C6",
            branch: "a sign-in that needs them does not reach them",
            plan: |plan| {
                plan.login = PlanLogin::EntraPassword {
                    user: "a@contoso.example".into(),
                }
            },
            server: Server::Lab(Scenario::FederatedLogin),
            expected: &[Beside("sign_in_hosts_unreachable", "443")],
            ..ROW
        },
        Row {
            check: "C6 [defect]",
            branch: "a refusal ends nothing",
            plan: |plan| plan.options.sign_in_hosts = true,
            expected: &[
                Verdict("healthy", ""),
                Beside("sign_in_hosts_unreachable", "443"),
            ],
            ..ROW
        },
        Row {
            check: "C6 [defect]",
            branch: "they matter only to sign-ins that need them",
            expected: &[Verdict("healthy", ""), Not("sign_in_hosts_unreachable")],
            ..ROW
        },
    ]
}

pub(super) fn endpoints() -> Vec<Row> {
    vec![
        Row {
            check: "C7",
            branch: "Fabric does not answer",
            typed: "x.datawarehouse.fabric.microsoft.com",
            fault: b::dropped,
            expected: &[Verdict("tcp_timeout", "1433")],
            ..ROW
        },
        Row {
            check: "C7",
            branch: "the public endpoint of a managed instance does not answer",
            typed: MI_PUBLIC,
            fault: b::dropped,
            expected: &[Verdict("tcp_timeout", "public endpoint is enabled")],
            ..ROW
        },
        Row {
            check: "C7",
            branch: "a managed instance inside its network does not answer",
            typed: MI,
            fault: b::dropped,
            expected: &[Verdict("tcp_timeout", "VPN or ExpressRoute")],
            ..ROW
        },
        Row {
            check: "C7 [defect]",
            branch: "3342 inside the network is tried, and explained",
            typed: "mi.0a1b2c.database.windows.net,3342",
            fault: b::dropped,
            expected: &[
                Verdict("tcp_timeout", "3342"),
                Beside("server_string_odd", "1433"),
            ],
            ..ROW
        },
        Row {
            check: "C7 [defect]",
            branch: "a public endpoint without 3342 is tried, and explained",
            typed: "mi.public.0a1b2c.database.windows.net,1433",
            fault: b::dropped,
            expected: &[
                Verdict("tcp_timeout", "1433"),
                Beside("server_string_odd", "3342"),
            ],
            ..ROW
        },
        Row {
            check: "1 [defect]",
            branch: "a space before the port is no mistake",
            typed: "mi.public.0a1b2c.database.windows.net, 3342",
            fault: b::dropped,
            expected: &[Verdict("tcp_timeout", "3342"), Not("server_string_odd")],
            ..ROW
        },
        Row {
            check: "1 [defect]",
            branch: "another port stays a port",
            typed: "tcp:sql01.corp.example,11042",
            fault: b::node_dropped,
            expected: &[Verdict("tcp_timeout", "11042")],
            ..ROW
        },
        Row {
            check: "C7.2",
            branch: "an address that no list knows is unknown, not wrong, and is tried",
            addresses: UNKNOWN,
            fault: b::dropped,
            expected: &[
                Verdict("tcp_timeout", ""),
                Beside("gateway_unknown", "proves nothing"),
            ],
            ..ROW
        },
        Row {
            check: "C7.2 [defect]",
            branch: "an unknown address that answers is no finding",
            addresses: UNKNOWN,
            expected: &[Verdict("healthy", ""), Not("gateway_unknown")],
            ..ROW
        },
        Row {
            check: "C7.2",
            branch: "private link: no gateway is looked for",
            fault: b::private_link,
            expected: &[
                Verdict("healthy", ""),
                Not("gateway_unknown"),
                Not("gateways_partly_unreachable"),
            ],
            ..ROW
        },
        Row {
            check: "C7.2 [defect]",
            branch: "a private endpoint is tried over TCP",
            fault: b::private_link_dropped,
            expected: &[Verdict("private_link_unreachable", "peered")],
            ..ROW
        },
        Row {
            check: "C7.2",
            branch: "a private address that this host has no route to",
            fault: b::private_link_without_route,
            expected: &[Verdict("private_link_unreachable", "no way to 10.77.2.2")],
            ..ROW
        },
        Row {
            check: "C7.3",
            branch: "the alias is there, but DNS gives a regular gateway",
            fault: b::public_gateway,
            expected: &[
                Verdict("healthy", ""),
                Beside("private_link_public_gateway", "private DNS zone"),
            ],
            ..ROW
        },
        Row {
            check: "C7.3",
            branch: "the alias has no record",
            fault: b::no_record,
            expected: &[Verdict("private_link_no_record", "private DNS zone")],
            ..ROW
        },
        Row {
            check: "C7.3",
            branch: "this address fails and another gateway of the region works",
            addresses: LAST,
            fault: b::half_dropped,
            expected: &[
                Verdict("tcp_timeout", "Sql.EastUS"),
                Beside("gateways_partly_unreachable", "Sql.EastUS"),
            ],
            ..ROW
        },
        Row {
            check: "C7.3 [defect]",
            branch: "another gateway that fails does not weigh like all",
            fault: b::half_dropped,
            expected: &[
                Verdict("healthy", ""),
                Beside("gateways_partly_unreachable", "20.62.132.169"),
                Not("gateways_all_unreachable"),
            ],
            ..ROW
        },
        Row {
            check: "C7.4",
            branch: "no gateway works: this host's own network",
            addresses: FIRST,
            fault: b::dropped,
            expected: &[
                Verdict("tcp_timeout", ""),
                Beside("gateways_all_unreachable", "own network"),
            ],
            ..ROW
        },
        Row {
            check: "C7 [defect]",
            branch: "the redirect range is sampled by choice, as a forecast",
            typed: HOST,
            fault: b::node_dropped,
            plan: |plan| plan.options.redirect_sample = true,
            expected: &[
                Verdict("healthy", ""),
                Beside("redirect_ports_blocked", "11000-11999"),
            ],
            ..ROW
        },
        Row {
            check: "C8 [defect]",
            branch: "connects that get lost now and then are a finding",
            fault: b::lossy,
            plan: |plan| {
                plan.login = PlanLogin::None;
                plan.options.tcp_attempts = 40;
                plan.options.tcp_spacing_ms = 20;
                plan.options.tcp_timeout_ms = 5_000;
            },
            expected: &[Verdict("connects_intermittent", "sent again")],
            ..ROW
        },
    ]
}
