//! SQL Browser as the lab offers it: UDP on loopback, each scenario an instance. Silent about what it does not know.

use crate::listener::Life;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use tds::ssrp::{Instance, Request};
use tokio::net::UdpSocket;
use tracing::Instrument;

/// Bytes of the longest question.
const QUESTION: usize = 64;
/// Ports that are tried until one is free on both addresses.
const TRIES: usize = 64;

/// Listens on 127.0.0.1 and, where the host has it, on the same port of ::1; answers the port.
pub(crate) async fn serve(instances: Vec<Instance>, life: &Life) -> io::Result<u16> {
    let (v4, v6) = bind().await?;
    let port = v4.local_addr()?.port();
    let instances = Arc::new(instances);
    for socket in std::iter::once(v4).chain(v6) {
        let (instances, over) = (Arc::clone(&instances), life.over.clone());
        let answering = async move {
            tokio::select! {
                () = over.cancelled() => {}
                () = answer(&socket, &instances) => {}
            }
        };
        let span = tracing::debug_span!("browser", port);
        life.tasks.spawn(answering.instrument(span));
    }
    Ok(port)
}

async fn bind() -> io::Result<(UdpSocket, Option<UdpSocket>)> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..TRIES {
        let v4 = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let both = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), v4.local_addr()?.port());
        match UdpSocket::bind(both).await {
            Ok(v6) => return Ok((v4, Some(v6))),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
            Err(error) => {
                tracing::debug!(%error, "no ::1 here, 127.0.0.1 only");
                return Ok((v4, None));
            }
        }
    }
    Err(last)
}

async fn answer(socket: &UdpSocket, instances: &[Instance]) {
    let mut datagram = [0; QUESTION];
    loop {
        // What does not arrive, or cannot be sent, is as lost as any datagram.
        let Ok((length, from)) = socket.recv_from(&mut datagram).await else {
            tokio::task::yield_now().await;
            continue;
        };
        let question = Request::decode(datagram.get(..length).unwrap_or_default());
        if let Some(reply) = question
            .ok()
            .and_then(|question| reply(&question, instances))
            && let Err(error) = socket.send_to(&reply, from).await
        {
            tracing::debug!(%error, "an answer was not sent");
        }
    }
}

fn reply(question: &Request, instances: &[Instance]) -> Option<Vec<u8>> {
    match question {
        Request::All => tds::ssrp::encode(instances).ok(),
        Request::One(name) => {
            let instance = instances
                .iter()
                .find(|instance| instance.name.eq_ignore_ascii_case(name))?;
            tds::ssrp::encode(std::slice::from_ref(instance)).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::reply;
    use tds::ssrp::{Instance, Request, decode};

    #[test]
    fn one_by_name_and_all_and_nothing_else() {
        let of = |name: &str, port| Instance {
            server: "LAB".to_owned(),
            name: name.to_owned(),
            tcp: Some(port),
            ..Instance::default()
        };
        let instances = [of("healthy", 1_500), of("slow", 1_501)];
        let one = reply(&Request::One("HEALTHY".to_owned()), &instances).expect("known");
        assert_eq!(decode(&one).expect("an answer"), instances[..1]);
        let all = reply(&Request::All, &instances).expect("a list");
        assert_eq!(decode(&all).expect("an answer"), instances);
        assert_eq!(reply(&Request::One("other".to_owned()), &instances), None);
    }
}
