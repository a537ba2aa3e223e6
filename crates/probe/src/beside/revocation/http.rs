//! One HTTP request on one connection, and its answer: HTTP/1.1 as a library speaks it, bounded in bytes, no redirect
//! followed, no proxy.

use crate::connection::Connection;
use crate::failure::Failure;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use model::{Closer, FailureCode};
use url::Url;

/// Bytes of an answer that are read at most: lists of revoked certificates grow.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Where HTTP listens.
const PORT: u16 = 80;

/// Where an address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
    path: String,
}

impl Place {
    /// Takes an address apart.
    ///
    /// # Errors
    /// When it is none that is asked: plain HTTP, without a user.
    pub(super) fn of(url: &str) -> Result<Self, Failure> {
        let refused = |why: &str| Failure::new(FailureCode::PolicyRefused, why);
        let url = Url::parse(url).map_err(|_| refused("this is no address"))?;
        if url.scheme() != "http" || !url.username().is_empty() || url.password().is_some() {
            return Err(refused("only plain http:// is asked about a revocation"));
        }
        let host = url.host_str().ok_or_else(|| refused("it names no host"))?;
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_ascii_lowercase(),
            port: url.port().unwrap_or(PORT),
            path: match url.query() {
                Some(query) => format!("{}?{query}", url.path()),
                None => url.path().to_owned(),
            },
        })
    }
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// Asks: POST with a body, GET without. The connection is closed afterwards, whatever the end.
pub(super) async fn exchange(
    mut connection: Connection<'_>,
    place: &Place,
    body: Option<&[u8]>,
) -> Result<Reply, Failure> {
    let Some(io) = connection.take() else {
        return Err(Failure::new(
            FailureCode::Internal,
            "the connection is gone",
        ));
    };
    let result = talk(TokioIo::new(io), place, body).await;
    connection.close(Closer::Us).await;
    result
}

async fn talk(
    io: TokioIo<Box<dyn crate::stream::Duplex>>,
    place: &Place,
    body: Option<&[u8]>,
) -> Result<Reply, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(FailureCode::AnswerMalformed, error.to_string())
    };
    let (mut sender, conversation) = hyper::client::conn::http1::handshake(io)
        .await
        .map_err(|error| failed(&error))?;
    let mut request = Request::builder()
        .uri(&place.path)
        .header(header::HOST, &place.host)
        .header(header::CONNECTION, "close")
        .header(header::USER_AGENT, "Linecheck");
    if body.is_some() {
        request = request
            .method(Method::POST)
            .header(header::CONTENT_TYPE, "application/ocsp-request");
    }
    let body = Full::new(Bytes::copy_from_slice(body.unwrap_or_default()));
    let request = request.body(body).map_err(|error| failed(&error))?;
    let asked = async {
        let reply = sender.send_request(request).await.map_err(|e| failed(&e))?;
        let status = reply.status().as_u16();
        let body = Limited::new(reply.into_body(), MOST_BYTES).collect().await;
        let body = body.map_err(|error| failed(&error))?.to_bytes();
        Ok(Reply { status, body })
    };
    tokio::pin!(asked);
    tokio::select! {
        biased;
        reply = &mut asked => reply,
        ended = conversation => match ended {
            // What was read before the end is still handed out.
            Ok(()) => asked.await,
            Err(error) => Err(failed(&error)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn only_plain_http_is_taken() {
        let place = Place::of("http://OCSP.example/a/b?c=d").expect("a place");
        assert_eq!((place.host.as_str(), place.port), ("ocsp.example", 80));
        assert_eq!(place.path, "/a/b?c=d");
        assert_eq!(
            Place::of("http://[::1]:8080")
                .map(|p| (p.host, p.port))
                .ok(),
            Some(("::1".to_owned(), 8080))
        );
        for url in [
            "https://ocsp.example/",
            "ldap://ocsp.example/",
            "http://user:pw@ocsp.example/",
            "file:///etc/passwd",
            "ocsp.example",
            "",
        ] {
            assert!(Place::of(url).is_err(), "{url}");
        }
    }
}
