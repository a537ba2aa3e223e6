//! The packet socket: every packet of this host's network that the filter lets through, from its IP header on.

use super::file::LONGEST;
use super::filter;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::sockopt::{RcvBufForce, ReceiveTimestampns, RxqOvfl};
use nix::sys::socket::{ControlMessageOwned, LinkAddr, MsgFlags, recvmsg, setsockopt};
use nix::sys::time::TimeSpec;
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::BTreeSet;
use std::io::{self, IoSliceMut};
use std::net::IpAddr;
use std::os::fd::AsRawFd as _;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// `ETH_P_ALL`, in network order: what is sent, too.
const EVERYTHING: i32 = (3_u16).to_be() as i32;
/// `ARPHRD_LOOPBACK`.
const LOOPBACK: u16 = 772;
/// `PACKET_OUTGOING`.
const OUTGOING: u8 = 4;
/// What the kernel holds for us while we do something else.
const BACKLOG: usize = 8 * 1024 * 1024;

/// The socket.
pub(super) struct Tap(AsyncFd<Socket>);

/// A packet that was read.
pub(super) struct Caught {
    /// Bytes that were recorded.
    pub(super) bytes: usize,
    /// Bytes on the wire.
    pub(super) length: u32,
    pub(super) at_ns: u64,
    pub(super) interface: usize,
    /// Of a packet that never leaves the host: the second look at it.
    pub(super) again: bool,
    /// Packets so far that there was no room for.
    pub(super) lost: u32,
}

impl Tap {
    pub(super) fn open() -> io::Result<Self> {
        let socket = Socket::new(
            Domain::PACKET,
            Type::DGRAM,
            Some(Protocol::from(EVERYTHING)),
        )?;
        socket.attach_filter(&filter::program(&BTreeSet::new()))?;
        socket.set_nonblocking(true)?;
        // The limit of all sockets may only be passed by an administrator.
        if setsockopt(&socket, RcvBufForce, &BACKLOG).is_err() {
            socket.set_recv_buffer_size(BACKLOG)?;
        }
        setsockopt(&socket, ReceiveTimestampns, &true)?;
        setsockopt(&socket, RxqOvfl, &1)?;
        #[allow(
            deprecated,
            reason = "its successor is unsafe, for types that do not own their descriptor; a socket does"
        )]
        let waiting = AsyncFd::with_interest(socket, Interest::READABLE)?;
        Ok(Self(waiting))
    }

    /// Lets packets of these addresses through.
    pub(super) fn let_through(&self, addresses: &BTreeSet<IpAddr>) -> io::Result<()> {
        self.0.get_ref().attach_filter(&filter::program(addresses))
    }

    /// Waits for a packet and reads it.
    pub(super) async fn next(&self, buffer: &mut [u8]) -> io::Result<Caught> {
        loop {
            let mut ready = self.0.readable().await?;
            if let Ok(read) = ready.try_io(|socket| read(socket.get_ref(), buffer)) {
                return read;
            }
        }
    }

    /// Reads a packet that is there.
    pub(super) fn now(&self, buffer: &mut [u8]) -> Option<Caught> {
        read(self.0.get_ref(), buffer).ok()
    }
}

/// As long as a packet may be.
pub(super) fn buffer() -> Vec<u8> {
    vec![0; usize::try_from(LONGEST).unwrap_or_default()]
}

fn read(socket: &Socket, buffer: &mut [u8]) -> io::Result<Caught> {
    let room = buffer.len();
    let mut parts = [IoSliceMut::new(buffer)];
    let mut control = cmsg_space!(TimeSpec, u32);
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC;
    let message = loop {
        match recvmsg::<LinkAddr>(socket.as_raw_fd(), &mut parts, Some(&mut control), flags) {
            // A network that went away is told once.
            Err(Errno::EINTR | Errno::ENETDOWN) => {}
            other => break other?,
        }
    };
    let (mut at_ns, mut lost) = (None, 0);
    for part in message.cmsgs()? {
        match part {
            ControlMessageOwned::ScmTimestampns(time) => {
                let seconds = u64::try_from(time.tv_sec()).unwrap_or_default();
                let rest = u64::try_from(time.tv_nsec()).unwrap_or_default();
                at_ns = Some(seconds.saturating_mul(1_000_000_000).saturating_add(rest));
            }
            ControlMessageOwned::RxqOvfl(count) => lost = count,
            _ => {}
        }
    }
    let link = message.address;
    let is_loopback = link.is_some_and(|link| link.hatype() == LOOPBACK);
    let outgoing = link.is_some_and(|link| link.pkttype() == OUTGOING);
    Ok(Caught {
        bytes: message.bytes.min(room),
        length: u32::try_from(message.bytes).unwrap_or(u32::MAX),
        at_ns: at_ns.unwrap_or_else(now_ns),
        interface: link.map_or(0, |link| link.ifindex()),
        again: is_loopback && !outgoing,
        lost,
    })
}

fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}
