//! Names, routes, ports, and what stands between.

use super::cause;
use crate::decode::Trial::{
    DataFlow, Heartbeat, Logins, NetworkTrace, Path, Plain, RedirectSample,
};

cause!(
    REDIRECT_BLOCKED,
    "F7",
    "redirect_blocked",
    Network,
    "The gateway routed the client to a node's own port (11000–11999), and the way there is closed",
    [
        "Allow TCP 11000–11999 outbound to the region's addresses (service tag Sql), beside 1433.",
        "Or set the server's connection policy to Proxy."
    ],
    [RedirectSample]
);
cause!(
    GATEWAYS_PARTLY,
    "F8",
    "gateways_unreachable",
    Network,
    "Only some of the region's gateways are allowed, and the name now leads to another",
    ["Allow the region's published ranges in place of single addresses."],
    [Plain]
);
cause!(
    WRONG_PORT,
    "F10",
    "wrong_port",
    App,
    "Nothing listens there: another port or kind of endpoint is meant, or TCP is switched off at the server",
    [
        "Check the port: 1433 as a rule, 3342 for the public endpoint of a managed instance.",
        "On an own server, check that the service runs, that TCP/IP is enabled, and which port it listens at."
    ],
    [Plain]
);
cause!(
    CONNECT_FILTERED,
    "F12",
    "connect_filtered",
    Network,
    "Something on the way drops the packets: a firewall or NSG rule, a route without a way back, or a wrong address",
    [
        "Allow the server's port outbound from this host, for every address that the name leads to.",
        "Check the route both ways; a path that returns another way is dropped by stateful devices."
    ],
    [Plain, NetworkTrace]
);
cause!(
    NAME_WRONG,
    "F13",
    "name_not_found",
    App,
    "The name does not exist for this host: misspelt, deleted, or known to other resolvers only",
    [
        "Compare the spelling with the portal's, the suffix of the cloud included.",
        "Look into the hosts file, and ask another resolver for the same name."
    ],
    [Plain]
);
cause!(
    PRIVATE_LINK,
    "F14",
    "private_link",
    Network,
    "The private endpoint's DNS zone is not linked here, or has no record for this server",
    [
        "Link the zone privatelink.database.windows.net to this network, and check the server's record in it.",
        "Connect by the server's usual name, never by the privatelink name or the address."
    ],
    [Plain]
);
cause!(
    RESOLVER,
    "F15",
    "resolver_failed",
    Network,
    "The resolver failed, or did not answer in time",
    [
        "Take resolvers that do not answer off the list; use a caching one on the host.",
        "In a cluster, look at its DNS pods and at their limits."
    ],
    [Logins(10)]
);
cause!(
    IPV6_FIRST,
    "F17",
    "ipv6_preferred",
    ThisHost,
    "The name has an IPv6 address that this host cannot reach, and it is tried first",
    ["Mend the IPv6 route, or prefer IPv4 (IPAddressPreference)."],
    [Plain]
);
cause!(
    ADDRESSES_DEAD,
    "F18",
    "addresses_partly_dead",
    Network,
    "The name has several addresses, and the one that is tried first is dead",
    [
        "Set MultiSubnetFailover for a listener; take dead addresses out of DNS.",
        "Give opening a connection 30 s or more."
    ],
    [Plain]
);
cause!(
    MTU,
    "F19",
    "mtu_black_hole",
    Network,
    "Large packets are lost on the way and nobody says so (VPN or tunnel): small messages pass, full ones hang",
    [
        "Let the tunnel's end clamp the segment size, or set the MTU of this host to 1350.",
        "Let ICMP `fragmentation needed` pass."
    ],
    [Path]
);
cause!(
    LOSS,
    "F20",
    "packet_loss",
    Network,
    "The way loses packets, or was gone for a while",
    [
        "Give the network's owner times and counts of retransmissions.",
        "Update the driver of the network card and the VPN client; switch off offload features once, to compare."
    ],
    [Heartbeat, Path]
);
cause!(
    PROXY_ONLY,
    "F22",
    "proxy_only",
    Network,
    "This network lets traffic out through an HTTP proxy only, which SQL drivers cannot use",
    ["Ask for an opening for the server's port, or for a private endpoint."],
    [Plain]
);
cause!(
    RESET_BY_DEVICE,
    "F23",
    "reset_by_device",
    Network,
    "A security device on the way resets the connection at a certain point of the conversation",
    [
        "Ask for an exception for this server and port; a trace at both ends shows that neither sent the reset."
    ],
    [NetworkTrace, DataFlow]
);
cause!(
    BROWSER,
    "F42",
    "instance_port_unknown",
    Network,
    "SQL Browser does not answer (UDP 1434), or knows no such instance",
    [
        "Name the port in place of the instance: host,port.",
        "Or start SQL Server Browser and allow UDP 1434; check the instance's name."
    ],
    [Plain]
);
cause!(
    REPLICAS,
    "F41",
    "replica_session",
    Network,
    "Replicas of an availability group did not hear of each other for longer than the session time-out",
    [
        "Look for loss or stalls between the two hosts at that second; leave the time-out at 10 s or more.",
        "Check TCP 5022 both ways, and the load of both hosts."
    ],
    [Heartbeat]
);
cause!(
    WRONG_PROTOCOL,
    "B1",
    "wrong_protocol",
    App,
    "The driver tried named pipes or shared memory, which do not lead to this server",
    [
        "Write tcp: before the server's name, and give the port.",
        "Check the name: a driver falls back to pipes when it cannot be resolved or reached."
    ],
    [Plain]
);
cause!(
    NOT_SQL,
    "B2",
    "not_sql_server",
    App,
    "What listens there is no SQL Server, or a proxy that answers in its place",
    ["Check host and port; look at what the port answers to PRELOGIN in a run."],
    [Plain]
);
