//! The host's own ports: the range that the system hands out, and how many are taken. Linux tells it to anybody; other
//! systems are not asked.

use model::lasting::LocalPorts;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const TIME_WAIT: &str = "06";
const LISTEN: &str = "0A";
/// A host has not more connections than this many, as far as we count.
const MOST_LINES: usize = 500_000;

/// Counts them; `None` where the system does not tell.
pub(crate) fn local_ports(endpoint: SocketAddr) -> Option<LocalPorts> {
    let mut ports = LocalPorts {
        range: range(),
        connections: 0,
        waiting: 0,
        to_endpoint: 0,
    };
    let mut told = false;
    for table in ["/proc/self/net/tcp", "/proc/self/net/tcp6"] {
        let Ok(file) = File::open(table) else {
            continue;
        };
        told = true;
        for line in BufReader::new(file).lines().skip(1).take(MOST_LINES) {
            let Ok(line) = line else { break };
            count(&line, endpoint, &mut ports);
        }
    }
    told.then_some(ports)
}

/// Lowest and highest port that the system hands out.
pub(crate) fn range() -> Option<(u16, u16)> {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    read_range(&text)
}

fn read_range(text: &str) -> Option<(u16, u16)> {
    let mut words = text.split_whitespace();
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

/// One line: number, own end, other end, state.
fn count(line: &str, endpoint: SocketAddr, ports: &mut LocalPorts) {
    let mut words = line.split_whitespace().skip(2);
    let (Some(peer), Some(state)) = (words.next(), words.next()) else {
        return;
    };
    if state == LISTEN {
        return;
    }
    ports.connections = ports.connections.saturating_add(1);
    ports.waiting = ports.waiting.saturating_add(u32::from(state == TIME_WAIT));
    let same = read_end(peer) == Some((endpoint.ip(), endpoint.port()));
    ports.to_endpoint = ports.to_endpoint.saturating_add(u32::from(same));
}

/// `0100007F:1F90`: words of 32 bits in the host's own order, then the port.
fn read_end(text: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| {
        let digits = address.get(at * 8..at * 8 + 8)?;
        u32::from_str_radix(digits, 16).ok().map(u32::to_ne_bytes)
    };
    let address = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let mut octets = [0; 16];
            for (at, place) in octets.chunks_exact_mut(4).enumerate() {
                place.copy_from_slice(&word(at)?);
            }
            // IPv4 over a socket of both families.
            Ipv6Addr::from(octets).to_canonical()
        }
        _ => return None,
    };
    Some((address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_reads() {
        assert_eq!(read_range("32768\t60999\n"), Some((32_768, 60_999)));
        assert_eq!(read_range("rubbish"), None);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn connections_are_counted_and_listeners_are_not() {
        let lines = [
            "   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0",
            "   1: 0100007F:C350 0100007F:0599 01 00000000:00000000 00:00000000 00000000 0",
            "   2: 0100007F:C351 0100007F:0599 06 00000000:00000000 00:00000000 00000000 0",
            "   3: 0000000000000000FFFF00000100007F:C352 0000000000000000FFFF00000100007F:0599 01 0",
            "   4: 0100007F:C353 0200007F:0599 01 0",
            "rubbish",
        ];
        let mut ports = LocalPorts {
            range: None,
            connections: 0,
            waiting: 0,
            to_endpoint: 0,
        };
        let endpoint = "127.0.0.1:1433".parse().expect("an endpoint");
        for line in lines {
            count(line, endpoint, &mut ports);
        }
        assert_eq!(
            (ports.connections, ports.waiting, ports.to_endpoint),
            (4, 1, 3)
        );
    }

    #[test]
    fn what_cannot_be_read_is_nobody() {
        for text in [
            "",
            ":",
            "0100007F",
            "0100007F:",
            "XX00007F:0599",
            "01:0599",
            "é100007F:0599",
        ] {
            assert_eq!(read_end(text), None, "{text}");
        }
    }
}
