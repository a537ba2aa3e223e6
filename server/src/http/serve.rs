//! From a listener to requests: TLS, the protocol's version, and what a connection may cost.
//!
//! ```text
//!   accept ─▶ a place among all, a place of its address ─▶ handshake ─▶ HTTP/1.1 or HTTP/2 ─▶ router
//! ```
//!
//! Everything that a peer does before its first request is asked for has a time-out and a bound. An answer may
//! last as long as it wants: live streams do.

use super::extract::Peer;
use super::tls::Certificate;
use crate::access;
use crate::config::{Limits, Timing};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulConnection;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tower::util::Oneshot;

/// What is read ahead and written behind for one connection, at most; the largest head of a request, too.
const BUFFER: usize = 16 * 1024;
/// Requests at once on one connection of HTTP/2.
const STREAMS: u32 = 128;
/// Largest head of a request of HTTP/2.
const HEADERS: u32 = 16 * 1024;
/// After an accept that failed for want of something, others get time to give it back.
const BREATH: Duration = Duration::from_millis(100);

/// How a listener is served.
#[derive(Clone)]
pub(crate) struct Serving {
    /// What answers.
    pub(crate) router: Router,
    /// Whose handshake comes first, if any.
    pub(crate) tls: Option<Certificate>,
    /// How many connections.
    pub(crate) limits: Limits,
    /// How long they may take.
    pub(crate) timing: Timing,
}

/// Serves until `drain`, then lets connections end. Dropped, it cuts them.
pub(crate) async fn serve(serving: Serving, listener: TcpListener, drain: CancellationToken) {
    let serving = Arc::new(serving);
    let all = Arc::new(Semaphore::new(serving.limits.connections));
    let addresses = Addresses::default();
    let mut connections = JoinSet::new();
    loop {
        let (stream, peer, place) = tokio::select! {
            next = next(&listener, &all) => next,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            () = drain.cancelled() => break,
        };
        let Some(own) = addresses.take(peer.ip(), serving.limits.per_address) else {
            tracing::debug!("an address holds too many connections; one more was cut");
            continue;
        };
        let (serving, drain) = (Arc::clone(&serving), drain.clone());
        connections.spawn(async move {
            let _places = (place, own);
            connection(&serving, stream, peer, &drain).await;
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// The next connection, once there is a place for it.
async fn next(
    listener: &TcpListener,
    all: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    let place = Arc::clone(all).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) if is_the_peers(&error) => {}
            Err(error) => {
                tracing::warn!(error = %error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

/// It went away while it waited.
fn is_the_peers(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

async fn connection(
    serving: &Serving,
    stream: TcpStream,
    peer: SocketAddr,
    drain: &CancellationToken,
) {
    // Events are small and should not wait for each other.
    let _ = stream.set_nodelay(true);
    let Some(certificate) = &serving.tls else {
        return one(serving, stream, peer, drain).await;
    };
    let handshake = TlsAcceptor::from(certificate.config()).accept(stream);
    let handshake = tokio::time::timeout(serving.timing.handshake, handshake);
    let stream = tokio::select! {
        stream = handshake => stream,
        () = drain.cancelled() => return,
    };
    let Ok(Ok(stream)) = stream else { return };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        two(serving, stream, peer, drain).await;
    } else {
        one(serving, stream, peer, drain).await;
    }
}

async fn one(
    serving: &Serving,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    drain: &CancellationToken,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(serving.timing.head)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service_fn(answering(serving, peer)));
    until_over(connection, drain).await;
}

async fn two(
    serving: &Serving,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    drain: &CancellationToken,
) {
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADERS)
        .max_send_buf_size(2 * BUFFER)
        .keep_alive_interval(serving.timing.ping)
        .keep_alive_timeout(serving.timing.ping)
        .serve_connection(TokioIo::new(stream), service_fn(answering(serving, peer)));
    until_over(connection, drain).await;
}

/// What answers the requests of one connection.
fn answering(
    serving: &Serving,
    peer: SocketAddr,
) -> impl Fn(Request<Incoming>) -> Oneshot<Router, Request<Body>> + use<> {
    let router = serving.router.clone();
    move |mut request| {
        request.extensions_mut().insert(Peer(peer.ip()));
        router.clone().oneshot(request.map(Body::new))
    }
}

/// Drives a connection to its end, which it is asked for when the portal goes away. How a peer broke it off is
/// nobody's concern.
async fn until_over(connection: impl GracefulConnection, drain: &CancellationToken) {
    let mut connection = pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        () = drain.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// How many connections each address has.
#[derive(Clone, Debug, Default)]
struct Addresses {
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A place of an address; given back when dropped.
#[derive(Debug)]
struct Place {
    addresses: Addresses,
    of: IpAddr,
}

impl Addresses {
    fn take(&self, address: IpAddr, most: usize) -> Option<Place> {
        let of = access::place(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(of).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place {
            addresses: self.clone(),
            of,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let taken = &self.addresses.taken;
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.of) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Addresses;

    #[test]
    fn an_address_has_its_places_and_gives_them_back() {
        let addresses = Addresses::default();
        let (one, other) = (
            "192.0.2.1".parse().expect("an address"),
            "192.0.2.2".parse().expect("an address"),
        );
        let first = addresses.take(one, 2).expect("free");
        let _second = addresses.take(one, 2).expect("free");
        assert!(addresses.take(one, 2).is_none());
        let third = addresses.take(other, 2).expect("another's");
        drop(first);
        assert!(addresses.take(one, 2).is_some());
        drop(third);
        assert_eq!(addresses.taken.lock().expect("not poisoned").len(), 1);
    }
}
