//! How this host would send to an address: asked of the system with a socket that is connected and never used, so no
//! packet leaves; interface and router from the routing table, where the system shows one.
//!
//! The table is read as this thread's network sees it. Rules beside the main table are seen by the socket only.

use model::Route;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Lines of a routing table that are read at most.
const MOST_LINES: usize = 10_000;
/// Any port: nothing is sent there.
const DISCARD: u16 = 9;

/// The route to an address.
pub(crate) fn to(destination: IpAddr) -> Route {
    let mut route = Route {
        destination: destination.to_string(),
        gateway: None,
        interface: None,
        source: None,
        mtu: None,
    };
    let Some(source) = source(destination) else {
        return route;
    };
    route.source = Some(source.to_string());
    // This host's own addresses stand in a table that is not shown.
    let is_own = destination.is_loopback() || source == destination;
    let by_table = (!is_own).then(|| table(destination)).flatten();
    if let Some((interface, gateway)) = by_table {
        route.interface = Some(interface);
        route.gateway = gateway.map(|gateway| gateway.to_string());
    } else {
        route.interface = interface_of(source);
    }
    route.mtu = route.interface.as_deref().and_then(crate::host::mtu);
    route
}

/// The address that the system would send from; absent without a route.
fn source(destination: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = match destination {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(SocketAddr::new(destination, DISCARD)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn interface_of(source: IpAddr) -> Option<String> {
    if_addrs::get_if_addrs()
        .ok()?
        .into_iter()
        .find(|interface| interface.ip() == source)
        .map(|interface| interface.name)
}

/// Interface and router by the longest prefix of the kernel's table.
fn table(destination: IpAddr) -> Option<(String, Option<IpAddr>)> {
    match destination {
        IpAddr::V4(v4) => {
            let text = std::fs::read_to_string("/proc/thread-self/net/route").ok()?;
            best_v4(&text, v4)
        }
        IpAddr::V6(v6) => {
            let text = std::fs::read_to_string("/proc/thread-self/net/ipv6_route").ok()?;
            best_v6(&text, v6)
        }
    }
}

/// A route is up.
const UP: u32 = 0x1;
/// A route that refuses.
const REJECT: u32 = 0x200;

/// `Iface Destination Gateway Flags RefCnt Use Metric Mask …`, addresses in hex, as a number of the host's own byte order.
fn best_v4(text: &str, destination: Ipv4Addr) -> Option<(String, Option<IpAddr>)> {
    let number = |word: &str| u32::from_str_radix(word, 16).ok().map(u32::to_be);
    text.lines()
        .skip(1)
        .take(MOST_LINES)
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [interface, network, gateway, flags, _, _, metric, mask, ..] = words.as_slice()
            else {
                return None;
            };
            let (network, mask) = (number(network)?, number(mask)?);
            let flags = u32::from_str_radix(flags, 16).ok()?;
            let metric: u32 = metric.parse().ok()?;
            let fits = destination.to_bits() & mask == network && is_usable(flags);
            let gateway = number(gateway).filter(|gateway| *gateway != 0);
            let gateway = gateway.map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)));
            fits.then(|| {
                let rank = (mask.count_ones(), std::cmp::Reverse(metric));
                (rank, ((*interface).to_owned(), gateway))
            })
        })
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, found)| found)
}

/// `destination prefix source prefix gateway metric refcnt use flags iface`, all hex.
fn best_v6(text: &str, destination: Ipv6Addr) -> Option<(String, Option<IpAddr>)> {
    let address = |word: &str| u128::from_str_radix(word, 16).ok();
    text.lines()
        .take(MOST_LINES)
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [
                network,
                prefix,
                _,
                _,
                gateway,
                metric,
                _,
                _,
                flags,
                interface,
            ] = words.as_slice()
            else {
                return None;
            };
            let prefix = u32::from_str_radix(prefix, 16).ok()?;
            let mask = u128::MAX
                .checked_shl(128_u32.checked_sub(prefix)?)
                .unwrap_or(0);
            let flags = u32::from_str_radix(flags, 16).ok()?;
            let metric = u32::from_str_radix(metric, 16).ok()?;
            let fits = destination.to_bits() & mask == address(network)? && is_usable(flags);
            let gateway = address(gateway).filter(|gateway| *gateway != 0);
            let gateway = gateway.map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)));
            fits.then(|| {
                let rank = (prefix, std::cmp::Reverse(metric));
                (rank, ((*interface).to_owned(), gateway))
            })
        })
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, found)| found)
}

fn is_usable(flags: u32) -> bool {
    flags & UP != 0 && flags & REJECT == 0
}

#[cfg(test)]
mod tests {
    use super::{best_v4, best_v6, to};

    #[test]
    #[cfg(target_endian = "little")]
    fn the_longest_prefix_and_then_the_least_metric_win() {
        let text = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
                    eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
                    wlan0\t00000000\t0102A8C0\t0003\t0\t0\t50\t00000000\t0\t0\t0\n\
                    eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n\
                    none\t0A00000A\t00000000\t0201\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n";
        for (to, interface, gateway) in [
            ("192.168.1.7", "eth0", None),
            ("20.1.2.3", "wlan0", Some("192.168.2.1")),
            ("10.0.0.10", "wlan0", Some("192.168.2.1")),
        ] {
            let (found, by) = best_v4(text, to.parse().expect("one")).expect("a route");
            assert_eq!(found, interface, "{to}");
            assert_eq!(by.map(|by| by.to_string()).as_deref(), gateway, "{to}");
        }
        assert_eq!(
            best_v4("rubbish\nrubbish", "1.2.3.4".parse().expect("one")),
            None
        );
    }

    #[test]
    fn routes_of_ipv6() {
        let text = "fd770001000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n\
                    00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd770001000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n";
        let (_, direct) = best_v6(text, "fd77:1::9".parse().expect("one")).expect("a route");
        assert_eq!(direct, None);
        let (_, by) = best_v6(text, "2603::1".parse().expect("one")).expect("a route");
        assert_eq!(by.map(|by| by.to_string()).as_deref(), Some("fd77:1::1"));
    }

    #[test]
    fn loopback_is_its_own_source() {
        let route = to("127.0.0.1".parse().expect("one"));
        assert_eq!(route.source.as_deref(), Some("127.0.0.1"));
        assert_eq!(route.gateway, None);
    }
}
