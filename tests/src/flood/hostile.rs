//! Callers that mean ill: requests that are none, heads that do not end, bodies that are too large.

use super::ask;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How often each answer was given; 0 stands for none at all.
pub type Answers = BTreeMap<u16, usize>;

/// An answer takes no longer, or there is none.
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes so many bad requests, some at once, each on a connection of its own.
///
/// # Panics
/// When the portal cannot be reached at all.
pub async fn bad_requests(address: SocketAddr, count: usize, at_once: usize) -> Answers {
    let next = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    for _ in 0..at_once {
        let next = Arc::clone(&next);
        callers.spawn(async move {
            let mut answers = Answers::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return answers;
                }
                let status = tokio::time::timeout(PATIENCE, bad_request(address, number));
                let status = status.await.ok().flatten().unwrap_or_default();
                *answers.entry(status).or_default() += 1;
            }
        });
    }
    let mut all = Answers::new();
    for answers in callers.join_all().await {
        for (status, count) in answers {
            *all.entry(status).or_default() += count;
        }
    }
    all
}

/// One of them; the status of its answer, when there was one.
async fn bad_request(address: SocketAddr, number: usize) -> Option<u16> {
    let post = |path: &str, more: &str, body: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{more}\r\n{body}"
        )
    };
    let mib = 1024 * 1024;
    let (request, body) = match number % 10 {
        0 => ("\u{1}\u{2}no request at all\r\n\r\n".to_owned(), 0),
        1 => (
            "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            0,
        ),
        2 => (
            "GET /api/runs HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
            0,
        ),
        3 => (post("/api/runs", "Content-Length: 9\r\n", "{\"server\""), 0),
        4 => (
            post("/api/runs", "Content-Length: 15\r\n", "{\"nonsense\": 1}"),
            0,
        ),
        5 => (
            post(
                "/api/agent/poll",
                "Authorization: Bearer x\r\nContent-Length: 2\r\n",
                "{}",
            ),
            0,
        ),
        // Bodies that announce too much, and bodies that just go on.
        6 => (post("/api/runs", "Content-Length: 1073741824\r\n", ""), mib),
        7 => (
            post("/api/runs", "Transfer-Encoding: chunked\r\n", "100000\r\n"),
            mib,
        ),
        8 => (
            format!(
                "GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "a".repeat(100_000)
            ),
            0,
        ),
        _ => (
            format!(
                "GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
                "X: y\r\n".repeat(1_000)
            ),
            0,
        ),
    };
    let stream = ask(address, request.as_bytes()).await.ok()?;
    answer(stream, body).await
}

/// Reads the status while it sends the rest, which nobody may want.
async fn answer(stream: TcpStream, mut rest: usize) -> Option<u16> {
    let (mut from, mut to) = stream.into_split();
    let mut first = [0; 12];
    let sending = async {
        let zeros = [0; 16 * 1024];
        while rest > 0 && to.write_all(&zeros).await.is_ok() {
            rest = rest.saturating_sub(zeros.len());
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        read = from.read_exact(&mut first) => read.ok().map(drop)?,
        () = sending => {}
    }
    let text = std::str::from_utf8(&first).ok()?;
    text.strip_prefix("HTTP/1.1 ")?.parse().ok()
}

/// Callers that send their request's head a byte at a time and never end it.
pub struct Slow {
    callers: JoinSet<()>,
    cut: Arc<AtomicUsize>,
}

impl Slow {
    /// So many; whoever is cut comes back.
    #[must_use]
    pub fn open(address: SocketAddr, count: usize, pause: Duration) -> Self {
        let cut = Arc::new(AtomicUsize::new(0));
        let mut callers = JoinSet::new();
        for _ in 0..count {
            let cut = Arc::clone(&cut);
            callers.spawn(async move {
                loop {
                    let Ok(stream) = ask(address, b"GET / HTTP/1.1\r\nX: ").await else {
                        tokio::time::sleep(pause).await;
                        continue;
                    };
                    dawdle(stream, pause).await;
                    cut.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self { callers, cut }
    }

    /// How often one was cut.
    #[must_use]
    pub fn cut(&self) -> usize {
        self.cut.load(Ordering::Relaxed)
    }

    /// Ends them.
    pub async fn close(mut self) {
        self.callers.shutdown().await;
    }
}

/// Until the other end has had enough.
async fn dawdle(stream: TcpStream, pause: Duration) {
    let (mut from, mut to) = stream.into_split();
    let writing = async {
        while to.write_all(b"x").await.is_ok() {
            tokio::time::sleep(pause).await;
        }
    };
    let mut rest = Vec::new();
    tokio::select! {
        () = writing => {}
        _ = from.read_to_end(&mut rest) => {}
    }
}
