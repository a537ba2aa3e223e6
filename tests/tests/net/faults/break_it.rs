//! Breaking a network, as `faults` in the shared domain notes describe it: rules of nft, settings of a kernel, name
//! servers of our own.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use probe::NameSources;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use tests::net::{Answer, Azure, GATEWAYS, HOST, Host, NameServer, UNLISTED};

const ALIAS: &str = "contoso.privatelink.database.windows.net";
/// More connections than any fault here leaves room for.
const MANY: usize = 64;
/// A connect within a network of one kernel takes microseconds.
const SOON: Duration = Duration::from_millis(500);

/// What keeps a network broken.
#[derive(Default)]
pub(super) struct Broken {
    /// What the client asks about names, when that is what is broken.
    pub(super) names: Option<NameSources>,
    _servers: Vec<NameServer>,
    _held: Vec<TcpStream>,
}

type Breaking<'a> = BoxFuture<'a, Broken>;

pub(super) fn nothing(_: &Azure) -> Breaking<'_> {
    async { Broken::default() }.boxed()
}

fn on_the_way<'a>(azure: &'a Azure, rules: &str) -> Breaking<'a> {
    azure.on_the_way(rules);
    nothing(azure)
}

pub(super) fn dropped(azure: &Azure) -> Breaking<'_> {
    on_the_way(azure, "tcp dport 1433 drop")
}

pub(super) fn reset(azure: &Azure) -> Breaking<'_> {
    on_the_way(azure, "tcp dport 1433 reject with tcp reset")
}

pub(super) fn prohibited(azure: &Azure) -> Breaking<'_> {
    on_the_way(azure, "tcp dport 1433 reject with icmp admin-prohibited")
}

pub(super) fn unreachable(azure: &Azure) -> Breaking<'_> {
    on_the_way(azure, "tcp dport 1433 reject with icmp host-unreachable")
}

/// The upper four gateways.
pub(super) fn half_dropped(azure: &Azure) -> Breaking<'_> {
    let dead: Vec<String> = GATEWAYS[4..].iter().map(ToString::to_string).collect();
    let rule = format!("ip daddr {{ {} }} tcp dport 1433 drop", dead.join(", "));
    on_the_way(azure, &rule)
}

pub(super) fn node_dropped(azure: &Azure) -> Breaking<'_> {
    on_the_way(azure, "iifname \"to1\" tcp dport != 1433 drop")
}

pub(super) fn node_prohibited(azure: &Azure) -> Breaking<'_> {
    let rule = "iifname \"to1\" tcp dport != 1433 reject with icmp admin-prohibited";
    on_the_way(azure, rule)
}

pub(super) fn node_reset(azure: &Azure) -> Breaking<'_> {
    let rule = "iifname \"to1\" tcp dport != 1433 reject with tcp reset";
    on_the_way(azure, rule)
}

/// Three of ten connection requests.
pub(super) fn lossy(azure: &Azure) -> Breaking<'_> {
    let rule = "tcp flags & (syn | ack) == syn numgen random mod 100 < 30 drop";
    on_the_way(azure, rule)
}

/// Large packets to the client vanish, and nobody says why.
pub(super) fn black_hole(azure: &Azure) -> Breaking<'_> {
    azure.router.ip(&["link", "set", "to1", "mtu", "600"]);
    azure.router.rules(
        "table inet silent { chain out { type filter hook output priority 0;
            icmp type destination-unreachable drop
        }
        }",
    );
    nothing(azure)
}

/// Every port that the client may use for the server's address is in use.
pub(super) fn no_local_port(azure: &Azure) -> Breaking<'_> {
    azure.client.set("net.ipv4.ip_local_port_range", "50000 50019");
    hold_all(azure)
}

/// Every port that the router may use for the server's address is in use.
pub(super) fn no_translated_port(azure: &Azure) -> Breaking<'_> {
    azure.router.rules(
        "table ip translated { chain after { type nat hook postrouting priority 100;
            oifname \"to2\" meta l4proto tcp masquerade to :40000-40019
        }
        }",
    );
    hold_all(azure)
}

/// Opens connections until there is none to be had.
fn hold_all(azure: &Azure) -> Breaking<'_> {
    let to = SocketAddr::new(GATEWAYS[0].into(), 1433);
    let held: Vec<TcpStream> = azure.client.inside(|| {
        (0..MANY)
            .map_while(|_| TcpStream::connect_timeout(&to, SOON).ok())
            .collect()
    });
    assert!((1..MANY).contains(&held.len()), "{} are held", held.len());
    let broken = Broken {
        _held: held,
        ..Broken::default()
    };
    async { broken }.boxed()
}

/// Two resolvers, on the router and on the server's host, and what the system says.
async fn resolvers(
    azure: &Azure,
    tables: [Vec<(&'static str, Answer)>; 2],
    system: Result<Ipv4Addr, &'static str>,
) -> Broken {
    let [one, other] = tables;
    let servers = vec![
        NameServer::start(&azure.router, one).await,
        NameServer::start(&azure.server, other).await,
    ];
    let names = NameSources {
        resolvers: [azure.router_address(), azure.server.address()]
            .map(|address| SocketAddr::new(address.into(), 53))
            .to_vec(),
        system: Arc::new(move |_| match system {
            Ok(address) => Ok(vec![address.into()]),
            Err(words) => Err(io::Error::other(words)),
        }),
        ..NameSources::none()
    };
    Broken {
        names: Some(names),
        _servers: servers,
        ..Broken::default()
    }
}

const UNKNOWN: &str = "Name or service not known";

fn address(address: impl Into<IpAddr>) -> Vec<(&'static str, Answer)> {
    vec![(HOST, Answer::Address(address.into()))]
}

fn aliased(address: Option<Ipv4Addr>) -> Vec<(&'static str, Answer)> {
    let end = address.map(|address| (ALIAS, Answer::Address(address.into())));
    std::iter::once((HOST, Answer::Alias(ALIAS))).chain(end).collect()
}

pub(super) fn system_knows_nothing(azure: &Azure) -> Breaking<'_> {
    let tables = [Vec::new(), address(GATEWAYS[0])];
    resolvers(azure, tables, Err(UNKNOWN)).boxed()
}

pub(super) fn old_address(azure: &Azure) -> Breaking<'_> {
    azure.on_the_way(&format!("ip daddr {UNLISTED} drop"));
    let tables = [address(UNLISTED), address(GATEWAYS[0])];
    resolvers(azure, tables, Ok(UNLISTED)).boxed()
}

pub(super) fn private_and_public(azure: &Azure) -> Breaking<'_> {
    let inside: &Host = &azure.server;
    let tables = [aliased(Some(GATEWAYS[0])), aliased(Some(inside.address()))];
    resolvers(azure, tables, Ok(GATEWAYS[0])).boxed()
}

pub(super) fn no_record(azure: &Azure) -> Breaking<'_> {
    resolvers(azure, [aliased(None), aliased(None)], Err(UNKNOWN)).boxed()
}

pub(super) fn no_name(azure: &Azure) -> Breaking<'_> {
    resolvers(azure, [Vec::new(), Vec::new()], Err(UNKNOWN)).boxed()
}

/// One's questions are dropped on the way; the other's answers are.
pub(super) fn silent_resolvers(azure: &Azure) -> Breaking<'_> {
    azure.on_the_way("udp dport 53 drop");
    azure.router.rules(
        "table inet silent { chain out { type filter hook output priority 0;
            udp sport 53 drop
        }
        }",
    );
    let tables = [address(GATEWAYS[0]), address(GATEWAYS[0])];
    let words = "Temporary failure in name resolution";
    resolvers(azure, tables, Err(words)).boxed()
}
