//! What the system counted of a TCP connection, asked of it by the connection's two ends.
//!
//! Linux answers by `sock_diag` over netlink, to anybody about the own network namespace: the same numbers that
//! `TCP_INFO` has. Other systems are not asked.
//!
//! ```text
//!  request = header 16 | family u8 | protocol u8 | wanted u8 | 0 | states u32 | source port, port BE
//!            | source, destination 16 each | interface u32 | cookie 8
//!  answer  = header 16 | message 72 | (length u16 | kind u16 | value, padded to 4)*
//! ```

use model::lasting::TcpCounters;
use std::net::SocketAddr;

#[cfg(target_os = "linux")]
pub(crate) use linux::counters;

/// Not asked here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn counters(_: SocketAddr, _: SocketAddr) -> Option<TcpCounters> {
    None
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{SocketAddr, TcpCounters};
    use nix::sys::socket::{
        AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto,
        socket,
    };
    use std::net::IpAddr;
    use std::os::fd::AsRawFd;

    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    const NLM_F_REQUEST: u16 = 1;
    const INET: u8 = 2;
    const INET6: u8 = 10;
    const TCP: u8 = 6;
    /// `INET_DIAG_INFO`: its place among the attributes, and its bit in a request.
    const INFO: u16 = 2;
    const WANTED: u8 = 1 << (INFO - 1);
    const REQUEST_BYTES: u32 = 72;
    const STATE_AT: usize = 17;
    const LISTENING: u8 = 10;
    const BEFORE_ATTRIBUTES: usize = 16 + 72;
    /// More than any answer about one connection.
    const ANSWER_BYTES: usize = 4 * 1024;

    /// The counters of the connection between these; `None` when it is gone, or the system does not tell.
    pub(crate) fn counters(local: SocketAddr, peer: SocketAddr) -> Option<TcpCounters> {
        let asked = SockFlag::SOCK_CLOEXEC;
        let protocol = SockProtocol::NetlinkSockDiag;
        let netlink = socket(AddressFamily::Netlink, SockType::Datagram, asked, protocol).ok()?;
        let kernel = NetlinkAddr::new(0, 0);
        sendto(
            netlink.as_raw_fd(),
            &request(local, peer),
            &kernel,
            MsgFlags::empty(),
        )
        .ok()?;
        let mut answer = vec![0; ANSWER_BYTES];
        // The system answers before it takes the next request.
        let count = recv(netlink.as_raw_fd(), &mut answer, MsgFlags::MSG_DONTWAIT).ok()?;
        read(answer.get(..count)?)
    }

    fn request(local: SocketAddr, peer: SocketAddr) -> Vec<u8> {
        let family = if peer.is_ipv4() { INET } else { INET6 };
        let mut out = Vec::with_capacity(72);
        out.extend(REQUEST_BYTES.to_ne_bytes());
        out.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        out.extend(NLM_F_REQUEST.to_ne_bytes());
        out.extend([0; 8]);
        out.extend([family, TCP, WANTED, 0]);
        out.extend([0xFF; 4]);
        out.extend(local.port().to_be_bytes());
        out.extend(peer.port().to_be_bytes());
        for address in [local.ip(), peer.ip()] {
            match address {
                IpAddr::V4(address) => {
                    out.extend(address.octets());
                    out.extend([0; 12]);
                }
                IpAddr::V6(address) => out.extend(address.octets()),
            }
        }
        out.extend([0; 4]);
        // No cookie: whichever connection has these ends.
        out.extend([0xFF; 8]);
        out
    }

    /// The counters in an answer, if it has them.
    fn read(answer: &[u8]) -> Option<TcpCounters> {
        let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
        // Where there is no such connection, a listener at its own end is found.
        if kind != SOCK_DIAG_BY_FAMILY || *answer.get(STATE_AT)? == LISTENING {
            return None;
        }
        let mut rest = answer.get(BEFORE_ATTRIBUTES..)?;
        loop {
            let length = usize::from(u16::from_ne_bytes(rest.get(..2)?.try_into().ok()?));
            let kind = u16::from_ne_bytes(rest.get(2..4)?.try_into().ok()?);
            let value = rest.get(4..length)?;
            if kind == INFO {
                return of_info(value);
            }
            rest = rest.get(length.next_multiple_of(4)..)?;
        }
    }

    /// Offsets are those of the system's `struct tcp_info`, which only ever grows at its end.
    fn of_info(info: &[u8]) -> Option<TcpCounters> {
        let at = |offset: usize| {
            let bytes = info.get(offset..offset.checked_add(4)?)?;
            Some(u32::from_ne_bytes(bytes.try_into().ok()?))
        };
        Some(TcpCounters {
            unacknowledged: at(24)?,
            last_ack_ms: at(56)?,
            path_mtu: at(60)?,
            round_trip_us: at(68)?,
            retransmitted: at(100)?,
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// An answer as the system gave it for a connection over loopback, its counters replaced.
        fn answer() -> Vec<u8> {
            let mut answer = vec![0; BEFORE_ATTRIBUTES];
            answer[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
            // Another attribute of one byte first.
            answer.extend(5_u16.to_ne_bytes());
            answer.extend(8_u16.to_ne_bytes());
            answer.extend([0xAA, 0, 0, 0]);
            let mut info = vec![0_u8; 104];
            for (offset, value) in [(24, 1_u32), (56, 2), (60, 1_500), (68, 3), (100, 4)] {
                info[offset..offset + 4].copy_from_slice(&value.to_ne_bytes());
            }
            answer.extend(108_u16.to_ne_bytes());
            answer.extend(INFO.to_ne_bytes());
            answer.extend(info);
            answer
        }

        #[test]
        fn the_counters_are_read() {
            let expected = TcpCounters {
                retransmitted: 4,
                unacknowledged: 1,
                round_trip_us: 3,
                last_ack_ms: 2,
                path_mtu: 1_500,
            };
            assert_eq!(read(&answer()), Some(expected));
        }

        #[test]
        fn every_prefix_has_none() {
            let whole = answer();
            for end in 0..whole.len() {
                assert_eq!(read(&whole[..end]), None, "{end}");
            }
        }

        #[test]
        fn a_listener_and_lengths_that_lie_have_none() {
            let mut listening = answer();
            listening[STATE_AT] = LISTENING;
            assert_eq!(read(&listening), None);
            for length in [0_u16, 1, 3, 4, u16::MAX] {
                let mut lies = answer();
                lies[BEFORE_ATTRIBUTES..BEFORE_ATTRIBUTES + 2]
                    .copy_from_slice(&length.to_ne_bytes());
                assert_eq!(read(&lies), None, "{length}");
            }
        }

        #[tokio::test]
        async fn the_system_tells_of_a_connection_and_of_none_that_is_gone() {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
            let listener = listener.expect("a port");
            let peer = listener.local_addr().expect("an address");
            let ours = tokio::net::TcpStream::connect(peer).await;
            let ours = ours.expect("a connection");
            let local = ours.local_addr().expect("an address");
            // A sandbox may forbid the question.
            let Some(counted) = counters(local, peer) else {
                return;
            };
            assert!(counted.path_mtu > 0 && counted.unacknowledged == 0);
            assert_eq!(counters(peer, "127.0.0.1:1".parse().expect("one")), None);
        }
    }
}
