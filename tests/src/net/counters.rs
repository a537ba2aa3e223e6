//! Packets that leave a host for given addresses, or go over its own loopback, counted by its kernel.

use super::Host;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Anything sent to this address, by whatever way.
    To(IpAddr),
    /// Anything on the loopback interface.
    Loopback,
    /// Anything on another interface, but for what the kernel's own IPv6 says of itself.
    Elsewhere,
    /// TCP and UDP to any group of IPv4.
    Multicast4,
    /// TCP and UDP to any group of IPv6. The kernel's own neighbour discovery is neither.
    Multicast6,
}

impl Kind {
    fn rule(self) -> String {
        match self {
            Self::To(IpAddr::V4(address)) => format!("ip daddr {address}"),
            Self::To(IpAddr::V6(address)) => format!("ip6 daddr {address}"),
            Self::Loopback => "oifname \"lo\"".to_owned(),
            Self::Elsewhere => "oifname != \"lo\" meta l4proto != ipv6-icmp".to_owned(),
            Self::Multicast4 => "meta l4proto { tcp, udp } ip daddr 224.0.0.0/4".to_owned(),
            Self::Multicast6 => "meta l4proto { tcp, udp } ip6 daddr ff00::/8".to_owned(),
        }
    }
}

/// Counters of one host.
pub struct Counters<'a> {
    host: &'a Host,
    kinds: Vec<Kind>,
}

impl<'a> Counters<'a> {
    /// Counts from now on.
    #[must_use]
    pub fn start(host: &'a Host, kinds: &[Kind]) -> Self {
        let mut rules = String::new();
        for (kind, place) in kinds.iter().zip(0..) {
            rules.push_str(&format!("{} counter comment \"{place}\"\n", kind.rule()));
        }
        host.space().nft(&format!(
            "table inet count {{ chain out {{ type filter hook output priority -400;\n{rules}}}\n}}"
        ));
        Self {
            host,
            kinds: kinds.to_vec(),
        }
    }

    /// Packets by what they were counted as, since the start.
    ///
    /// # Panics
    /// When the kernel's answer cannot be read.
    #[must_use]
    pub fn read(&self) -> BTreeMap<Kind, u64> {
        let text = self.host.space().nft_table("count");
        let json: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        let entries = json["nftables"].as_array().expect("entries");
        entries
            .iter()
            .map(|entry| &entry["rule"])
            .filter(|rule| rule.is_object())
            .map(|rule| {
                let place: usize = rule["comment"]
                    .as_str()
                    .and_then(|text| text.parse().ok())
                    .expect("its place");
                let packets = rule["expr"].as_array().and_then(|parts| {
                    parts
                        .iter()
                        .find_map(|part| part["counter"]["packets"].as_u64())
                });
                (self.kinds[place], packets.expect("a count"))
            })
            .collect()
    }
}

impl Drop for Counters<'_> {
    fn drop(&mut self) {
        // Fails only when the host is going too.
        let _ = self.host.space().try_nft("delete table inet count");
    }
}
