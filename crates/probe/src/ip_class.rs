//! What kind of address an address is, once the forms that hide an IPv4 address in an IPv6 one are undone.
//! Pure; knows nothing of ports or rules.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What a policy needs to know of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// 0.0.0.0/8 and `::`.
    Unspecified,
    /// 127.0.0.0/8 and `::1`.
    Loopback,
    /// 169.254.0.0/16 and fe80::/10.
    LinkLocal,
    /// A cloud's instance metadata or host agent.
    Metadata,
    /// 224.0.0.0/4 and ff00::/8.
    Multicast,
    /// 240.0.0.0/4: broadcast and what was never given out.
    Broadcast,
    /// RFC 1918, carrier-grade NAT and unique local addresses.
    Private,
    /// Everything else.
    Public,
}

/// The address that packets would really go to: IPv4-mapped, IPv4-compatible, NAT64 and 6to4 forms undone.
pub(crate) fn normalise(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    let hidden = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => address,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => {
            hidden(high, low)
        }
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 1, _, _, _, high, low] => {
            hidden(high, low)
        }
        [0x2002, high, low, ..] => hidden(high, low),
        _ => address,
    }
}

/// [`normalise`] for an endpoint; scope and flow are dropped with the form.
pub(crate) fn normalise_endpoint(endpoint: SocketAddr) -> SocketAddr {
    SocketAddr::new(normalise(endpoint.ip()), endpoint.port())
}

/// The class of an address, whatever form it is written in.
pub(crate) fn class(address: IpAddr) -> Class {
    match normalise(address) {
        IpAddr::V4(v4) => class_v4(v4),
        IpAddr::V6(v6) => class_v6(v6),
    }
}

fn class_v4(address: Ipv4Addr) -> Class {
    match address.octets() {
        [169, 254, 169, 254] | [168, 63, 129, 16] => Class::Metadata,
        [0, ..] => Class::Unspecified,
        [127, ..] => Class::Loopback,
        [169, 254, ..] => Class::LinkLocal,
        [224..=239, ..] => Class::Multicast,
        [240..=255, ..] => Class::Broadcast,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Class::Private,
        _ => Class::Public,
    }
}

fn class_v6(address: Ipv6Addr) -> Class {
    match address.segments() {
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] => Class::Metadata,
        [0, 0, 0, 0, 0, 0, 0, 0] => Class::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => Class::Loopback,
        [0xfe80..=0xfebf, ..] => Class::LinkLocal,
        [0xff00..=0xffff, ..] => Class::Multicast,
        [0xfc00..=0xfdff, ..] => Class::Private,
        _ => Class::Public,
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, class, normalise};

    #[test]
    fn every_form_of_an_address_has_the_class_of_what_it_hides() {
        let table = [
            ("0.0.0.0", Class::Unspecified),
            ("0.1.2.3", Class::Unspecified),
            ("::", Class::Unspecified),
            ("127.0.0.1", Class::Loopback),
            ("127.255.255.254", Class::Loopback),
            ("::1", Class::Loopback),
            ("::ffff:127.0.0.1", Class::Loopback),
            ("::127.0.0.1", Class::Loopback),
            ("::ffff:0:127.0.0.1", Class::Loopback),
            ("64:ff9b::7f00:1", Class::Loopback),
            ("64:ff9b:1::7f00:1", Class::Loopback),
            ("2002:7f00:1::", Class::Loopback),
            ("169.254.1.1", Class::LinkLocal),
            ("fe80::1", Class::LinkLocal),
            ("febf::1", Class::LinkLocal),
            ("169.254.169.254", Class::Metadata),
            ("168.63.129.16", Class::Metadata),
            ("::ffff:169.254.169.254", Class::Metadata),
            ("64:ff9b::a9fe:a9fe", Class::Metadata),
            ("fd00:ec2::254", Class::Metadata),
            ("224.0.0.1", Class::Multicast),
            ("239.255.255.255", Class::Multicast),
            ("ff02::1", Class::Multicast),
            ("255.255.255.255", Class::Broadcast),
            ("240.0.0.1", Class::Broadcast),
            ("10.1.2.3", Class::Private),
            ("172.16.0.1", Class::Private),
            ("172.31.255.255", Class::Private),
            ("192.168.1.1", Class::Private),
            ("100.64.0.1", Class::Private),
            ("fd12:3456::1", Class::Private),
            ("::ffff:10.0.0.4", Class::Private),
            ("172.32.0.1", Class::Public),
            ("100.128.0.1", Class::Public),
            ("20.42.65.64", Class::Public),
            ("2603:1030:40c::5", Class::Public),
        ];
        for (text, expected) in table {
            assert_eq!(class(text.parse().expect("an address")), expected, "{text}");
        }
    }

    #[test]
    fn plain_addresses_stay_as_they_are() {
        for text in ["10.0.0.1", "::1", "::", "2603:1030::1", "fe80::1"] {
            let address = text.parse().expect("an address");
            assert_eq!(normalise(address), address);
        }
    }
}
