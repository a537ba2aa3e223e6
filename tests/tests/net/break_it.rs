//! Breaking a network, as `faults` in the shared domain notes describe it: rules of nft, settings of a kernel, name
//! servers of our own.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use probe::NameSources;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tests::net::{Answer, Azure, GATEWAYS, HOST, Host, NameServer, UNLISTED};
use tests::peer::Peer;

const ALIAS: &str = "contoso.privatelink.database.windows.net";
/// More connections than any fault here leaves room for.
const MANY: usize = 64;
/// A connect within a network of one kernel takes microseconds.
const SOON: Duration = Duration::from_millis(500);

/// What keeps a network broken.
#[derive(Default)]
pub(crate) struct Broken {
    /// What the client asks about names, when that is what is broken.
    pub(crate) names: Option<NameSources>,
    /// What answers in the lab's stead.
    pub(crate) peer: Option<Peer>,
    _servers: Vec<NameServer>,
    _held: Vec<TcpStream>,
    _hosts_file: Option<TempDir>,
}

type Breaking<'a> = BoxFuture<'a, Broken>;

pub(crate) fn nothing(_: &Azure) -> Breaking<'_> {
    async { Broken::default() }.boxed()
}

fn on_the_way<'a>(azure: &'a Azure, rules: &str) -> Breaking<'a> {
    azure.on_the_way(rules);
    nothing(azure)
}

pub(crate) fn dropped(azure: &Azure) -> Breaking<'_> {
    on_the_way(azure, "tcp dport { 1433, 3342 } drop")
}

pub(crate) fn reset(azure: &Azure) -> Breaking<'_> {
    on_the_way(azure, "tcp dport 1433 reject with tcp reset")
}

pub(crate) fn prohibited(azure: &Azure) -> Breaking<'_> {
    on_the_way(azure, "tcp dport 1433 reject with icmp admin-prohibited")
}

pub(crate) fn unreachable(azure: &Azure) -> Breaking<'_> {
    on_the_way(azure, "tcp dport 1433 reject with icmp host-unreachable")
}

/// The upper four gateways.
pub(crate) fn half_dropped(azure: &Azure) -> Breaking<'_> {
    let dead: Vec<String> = GATEWAYS[4..].iter().map(ToString::to_string).collect();
    let rule = format!("ip daddr {{ {} }} tcp dport 1433 drop", dead.join(", "));
    on_the_way(azure, &rule)
}

pub(crate) fn node_dropped(azure: &Azure) -> Breaking<'_> {
    on_the_way(azure, "iifname \"to1\" tcp dport != 1433 drop")
}

pub(crate) fn node_prohibited(azure: &Azure) -> Breaking<'_> {
    let rule = "iifname \"to1\" tcp dport != 1433 reject with icmp admin-prohibited";
    on_the_way(azure, rule)
}

pub(crate) fn node_reset(azure: &Azure) -> Breaking<'_> {
    let rule = "iifname \"to1\" tcp dport != 1433 reject with tcp reset";
    on_the_way(azure, rule)
}

/// Three of ten connection requests.
pub(crate) fn lossy(azure: &Azure) -> Breaking<'_> {
    let rule = "tcp flags & (syn | ack) == syn numgen random mod 100 < 30 drop";
    on_the_way(azure, rule)
}

/// Large packets to the client vanish, and nobody says why.
pub(crate) fn black_hole(azure: &Azure) -> Breaking<'_> {
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
pub(crate) fn no_local_port(azure: &Azure) -> Breaking<'_> {
    azure
        .client
        .set("net.ipv4.ip_local_port_range", "50000 50019");
    hold(azure, MANY)
}

/// Every port that the router may use for the server's address is in use.
pub(crate) fn no_translated_port(azure: &Azure) -> Breaking<'_> {
    translate(azure);
    hold(azure, MANY)
}

/// All but two are; one that was used is free again a second after.
pub(crate) fn few_translated_ports(azure: &Azure) -> Breaking<'_> {
    translate(azure);
    for state in ["time_wait", "close", "syn_sent"] {
        let name = format!("net.netfilter.nf_conntrack_tcp_timeout_{state}");
        azure.router.set(&name, "1");
    }
    hold(azure, 18)
}

/// Twenty ports for each destination.
fn translate(azure: &Azure) {
    azure.router.rules(
        "table ip translated { chain after { type nat hook postrouting priority 100;
            oifname \"to2\" meta l4proto tcp masquerade to :40000-40019
        }
        }",
    );
}

/// Opens so many connections, or as many as there are to be had.
fn hold(azure: &Azure, most: usize) -> Breaking<'_> {
    let to = SocketAddr::new(GATEWAYS[0].into(), 1433);
    let held: Vec<TcpStream> = azure.client.inside(|| {
        (0..most)
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
    std::iter::once((HOST, Answer::Alias(ALIAS)))
        .chain(end)
        .collect()
}

pub(crate) fn system_knows_nothing(azure: &Azure) -> Breaking<'_> {
    let tables = [Vec::new(), address(GATEWAYS[0])];
    resolvers(azure, tables, Err(UNKNOWN)).boxed()
}

pub(crate) fn old_address(azure: &Azure) -> Breaking<'_> {
    azure.on_the_way(&format!("ip daddr {UNLISTED} drop"));
    let tables = [address(UNLISTED), address(GATEWAYS[0])];
    resolvers(azure, tables, Ok(UNLISTED)).boxed()
}

pub(crate) fn private_and_public(azure: &Azure) -> Breaking<'_> {
    let inside: &Host = &azure.server;
    let tables = [aliased(Some(GATEWAYS[0])), aliased(Some(inside.address()))];
    resolvers(azure, tables, Ok(GATEWAYS[0])).boxed()
}

pub(crate) fn no_record(azure: &Azure) -> Breaking<'_> {
    resolvers(azure, [aliased(None), aliased(None)], Err(UNKNOWN)).boxed()
}

pub(crate) fn no_name(azure: &Azure) -> Breaking<'_> {
    resolvers(azure, [Vec::new(), Vec::new()], Err(UNKNOWN)).boxed()
}

/// One's questions are dropped on the way; the other's answers are.
pub(crate) fn silent_resolvers(azure: &Azure) -> Breaking<'_> {
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

/// Both say the same set of addresses, in another order.
pub(crate) fn same_set(azure: &Azure) -> Breaking<'_> {
    let both = |order: [Ipv4Addr; 2]| order.map(|ip| (HOST, Answer::Address(ip.into()))).to_vec();
    let [one, other] = [UNLISTED, azure.server.address()];
    resolvers(
        azure,
        [both([one, other]), both([other, one])],
        Ok(UNLISTED),
    )
    .boxed()
}

/// One says one gateway of the region, the other says another.
pub(crate) fn in_turn(azure: &Azure) -> Breaking<'_> {
    let tables = [address(GATEWAYS[0]), address(GATEWAYS[1])];
    resolvers(azure, tables, Ok(GATEWAYS[0])).boxed()
}

/// The alias leads to the server's private address, for everybody inside; the resolver outside says a gateway.
pub(crate) fn private_link(azure: &Azure) -> Breaking<'_> {
    let inside = azure.server.address();
    async move {
        let tables = [aliased(Some(inside)), aliased(Some(GATEWAYS[0]))];
        let mut broken = resolvers(azure, tables, Ok(inside)).await;
        if let Some(names) = &mut broken.names {
            names.external = names.resolvers.pop();
        }
        broken
    }
    .boxed()
}

/// The same, and nobody is let in there.
pub(crate) fn private_link_dropped(azure: &Azure) -> Breaking<'_> {
    azure.on_the_way("tcp dport 1433 drop");
    private_link(azure)
}

/// The same, and this host knows no way there but to the resolvers.
pub(crate) fn private_link_without_route(azure: &Azure) -> Breaking<'_> {
    let inside = azure.server.address().to_string();
    azure.client.ip(&["route", "add", "unreachable", &inside]);
    private_link(azure)
}

/// The alias leads to a gateway, for everybody.
pub(crate) fn public_gateway(azure: &Azure) -> Breaking<'_> {
    let tables = [aliased(Some(GATEWAYS[0])), aliased(Some(GATEWAYS[0]))];
    resolvers(azure, tables, Ok(GATEWAYS[0])).boxed()
}

/// The resolver outside does not answer.
pub(crate) fn silent_outside(azure: &Azure) -> Breaking<'_> {
    azure.on_the_way("udp dport 53 drop");
    async move {
        let tables = [address(GATEWAYS[0]), Vec::new()];
        let mut broken = resolvers(azure, tables, Ok(GATEWAYS[0])).await;
        if let Some(names) = &mut broken.names {
            names.external = names.resolvers.pop();
        }
        broken
    }
    .boxed()
}

/// A hosts file with these lines; resolvers and system say the first gateway, or what the file says.
fn hosts_file(azure: &Azure, pinned: Option<Ipv4Addr>) -> Breaking<'_> {
    let folder = tests::folder();
    let file = folder.path().join("hosts");
    let line = pinned.map_or(String::new(), |ip| format!("{ip} {HOST}\n"));
    std::fs::write(&file, format!("127.0.0.1 localhost\n{line}")).expect("written");
    async move {
        let tables = [address(GATEWAYS[0]), address(GATEWAYS[0])];
        let system = Ok(pinned.unwrap_or(GATEWAYS[0]));
        let mut broken = resolvers(azure, tables, system).await;
        if let Some(names) = &mut broken.names {
            names.hosts_file = Some(file);
        }
        broken._hosts_file = Some(folder);
        broken
    }
    .boxed()
}

pub(crate) fn pinned(azure: &Azure) -> Breaking<'_> {
    hosts_file(azure, Some(GATEWAYS[1]))
}

pub(crate) fn not_pinned(azure: &Azure) -> Breaking<'_> {
    hosts_file(azure, None)
}

/// The cable is out.
pub(crate) fn no_network(azure: &Azure) -> Breaking<'_> {
    azure.client.unplug();
    let tables = [Vec::new(), Vec::new()];
    let words = "Temporary failure in name resolution";
    resolvers(azure, tables, Err(words)).boxed()
}
