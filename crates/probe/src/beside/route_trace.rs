//! The way to an address where connects fail or are not answered: TCP connects that may take 1, 2, … 10 hops, all at
//! once, and who says that they took too many.
//!
//! No privilege is needed: the system hands a connect's ICMP answer to whoever made it, where it can (Linux,
//! `IP_RECVERR`). Elsewhere the step says that it cannot.

use super::{Check, Note};
use crate::record::Place;
use crate::run::Run;
use futures::FutureExt;
use model::{StepKind, Subject};
use std::collections::HashSet;
use std::net::SocketAddr;

/// Addresses whose way is followed at most.
const MOST_ADDRESSES: usize = 8;

/// Addresses whose way is followed already.
#[derive(Default)]
pub(super) struct Memory {
    followed: HashSet<SocketAddr>,
}

impl Memory {
    pub(super) fn hear<'r>(&mut self, run: &'r Run<'r>, note: &Note) -> Option<Check<'r>> {
        let Note::Silent { host, endpoint } = note else {
            return None;
        };
        let is_new = self.followed.len() < MOST_ADDRESSES && self.followed.insert(*endpoint);
        if !run.plan.options.route_trace || !is_new {
            return None;
        }
        let subject = Subject {
            host: Some(host.clone()),
            port: Some(endpoint.port()),
            endpoint: Some(endpoint.to_string()),
            source: None,
        };
        let step = run
            .recorder
            .start(StepKind::RouteTrace, Place::default(), subject);
        Some(probes::make(step, *endpoint).boxed())
    }
}

#[cfg(not(target_os = "linux"))]
mod probes {
    use crate::record::StepLog;
    use model::FailureCode;
    use std::net::SocketAddr;

    pub(super) async fn make(step: StepLog<'_>, _endpoint: SocketAddr) {
        let why = "this system does not tell a program who answered its connects";
        step.skipped(FailureCode::NotAvailable, Some(why));
    }
}

#[cfg(target_os = "linux")]
mod probes {
    use crate::record::{StepLog, micros_between};
    use futures::StreamExt;
    use futures::stream::FuturesUnordered;
    use model::{FailureCode, Observation, RouteHop};
    use nix::cmsg_space;
    use nix::libc;
    use nix::sys::socket::{
        ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt,
    };
    use socket2::{Domain, Protocol, Socket, Type};
    use std::io;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
    use std::os::fd::AsRawFd;
    use std::time::Duration;
    use tokio::net::TcpSocket;
    use tokio::time::{Instant, timeout};

    /// Most hops.
    const HOPS: u8 = 10;
    /// Longest wait for an answer. A run that stalls on SYNs lasts longer.
    const PATIENCE: Duration = Duration::from_millis(2_500);

    /// What a probe brought.
    struct Answer {
        from: Option<IpAddr>,
        what: &'static str,
    }

    impl Answer {
        fn of(what: &'static str, from: Option<IpAddr>) -> Self {
            Self { from, what }
        }

        /// Whether it came from the end of the way, or says that there is none further.
        fn ends(&self) -> bool {
            !["time_exceeded", "silent"].contains(&self.what)
        }
    }

    pub(super) async fn make(step: StepLog<'_>, endpoint: SocketAddr) {
        let started = Instant::now();
        let mut probes: FuturesUnordered<_> = (1..=HOPS)
            .map(|hops| async move { (hops, probe(endpoint, hops).await, Instant::now()) })
            .collect();
        let mut failure = None;
        let mut end = HOPS;
        let mut heard = Vec::new();
        while let Some((hops, answer, ended)) = probes.next().await {
            match answer {
                Ok(answer) => {
                    if answer.ends() {
                        end = end.min(hops);
                    }
                    heard.push((hops, answer, micros_between(started, ended)));
                }
                Err(error) => failure = Some(error),
            }
        }
        heard.sort_by_key(|(hops, ..)| *hops);
        let answered = heard.iter().any(|(_, answer, _)| answer.what != "silent");
        // Probes that may go further than the end of the way say nothing more.
        for (ttl, answer, elapsed_us) in heard.into_iter().filter(|(hops, ..)| *hops <= end) {
            step.observe(
                None,
                Observation::RouteHop(RouteHop {
                    ttl,
                    from: answer.from.map(|from| from.to_string()),
                    answer: answer.what.to_owned(),
                    elapsed_us,
                }),
            );
        }
        match failure {
            Some(error) if !answered => {
                let code = match error.kind() {
                    io::ErrorKind::PermissionDenied => FailureCode::NotPermitted,
                    _ => FailureCode::NotAvailable,
                };
                step.skipped(code, Some(&error.to_string()));
            }
            // Nobody on the way said anything: that is what there is to know.
            _ => step.ok(),
        }
    }

    /// One connect that may take so many hops.
    async fn probe(endpoint: SocketAddr, hops: u8) -> io::Result<Answer> {
        let socket = Socket::new(
            Domain::for_address(endpoint),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        socket.set_nonblocking(true)?;
        match endpoint {
            SocketAddr::V4(_) => {
                socket.set_ttl_v4(u32::from(hops))?;
                setsockopt(&socket, sockopt::Ipv4RecvErr, &true)?;
            }
            SocketAddr::V6(_) => {
                socket.set_unicast_hops_v6(u32::from(hops))?;
                setsockopt(&socket, sockopt::Ipv6RecvErr, &true)?;
            }
        }
        // Its own end goes with the connect; what the system keeps for the socket is read from this one.
        let kept = socket.try_clone()?;
        let socket = TcpSocket::from_std_stream(socket.into());
        let error = match timeout(PATIENCE, socket.connect(endpoint)).await {
            Err(_) => return Ok(Answer::of("silent", None)),
            Ok(Ok(_)) => return Ok(Answer::of("connected", Some(endpoint.ip()))),
            Ok(Err(error)) => error,
        };
        if let Some(answer) = told(&kept)? {
            return Ok(answer);
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Ok(Answer::of("refused", Some(endpoint.ip()))),
            _ => local(&error).ok_or(error),
        }
    }

    /// What this host says by itself: no route, or a neighbour that is not there.
    fn local(error: &io::Error) -> Option<Answer> {
        match error.kind() {
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                Some(Answer::of("unreachable", None))
            }
            io::ErrorKind::PermissionDenied => Some(Answer::of("prohibited", None)),
            _ => None,
        }
    }

    /// The ICMP answer that the system keeps for the socket, if any.
    fn told(socket: &Socket) -> io::Result<Option<Answer>> {
        let mut space = cmsg_space!(libc::sock_extended_err, libc::sockaddr_in6);
        let kept = recvmsg::<SockaddrStorage>(
            socket.as_raw_fd(),
            &mut [],
            Some(&mut space),
            MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT,
        );
        let kept = match kept {
            Ok(kept) => kept,
            Err(nix::errno::Errno::EAGAIN) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let answer = kept.cmsgs()?.find_map(|message| match message {
            ControlMessageOwned::Ipv4RecvErr(error, from) => {
                let from =
                    from.map(|from| Ipv4Addr::from(from.sin_addr.s_addr.to_ne_bytes()).into());
                let is_icmp = error.ee_origin == libc::SO_EE_ORIGIN_ICMP;
                is_icmp.then(|| Answer::of(icmp_v4(error.ee_type, error.ee_code), from))
            }
            ControlMessageOwned::Ipv6RecvErr(error, from) => {
                let from = from.map(|from| Ipv6Addr::from(from.sin6_addr.s6_addr).into());
                let is_icmp = error.ee_origin == libc::SO_EE_ORIGIN_ICMP6;
                is_icmp.then(|| Answer::of(icmp_v6(error.ee_type, error.ee_code), from))
            }
            _ => None,
        });
        Ok(answer)
    }

    fn icmp_v4(kind: u8, code: u8) -> &'static str {
        match (kind, code) {
            (11, _) => "time_exceeded",
            (3, 9 | 10 | 13) => "prohibited",
            _ => "unreachable",
        }
    }

    fn icmp_v6(kind: u8, code: u8) -> &'static str {
        match (kind, code) {
            (3, _) => "time_exceeded",
            (1, 1 | 5 | 6) => "prohibited",
            _ => "unreachable",
        }
    }

    #[cfg(test)]
    mod tests {
        use super::{icmp_v4, icmp_v6};

        #[test]
        fn what_icmp_says_is_told_apart() {
            for (kind, code, says) in [
                (11, 0, "time_exceeded"),
                (3, 13, "prohibited"),
                (3, 10, "prohibited"),
                (3, 1, "unreachable"),
            ] {
                assert_eq!(icmp_v4(kind, code), says);
            }
            for (kind, code, says) in [
                (3, 0, "time_exceeded"),
                (1, 1, "prohibited"),
                (1, 3, "unreachable"),
            ] {
                assert_eq!(icmp_v6(kind, code), says);
            }
        }
    }
}
