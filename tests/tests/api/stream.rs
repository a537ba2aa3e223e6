//! `/api/runs/{id}/events`: replay, then live, then the end; no gap and no doubling.

use crate::support::{LONG, Portal, finished, problem, started, steps};
use futures::StreamExt as _;
use model::RunId;
use server::Timing;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The raw text of a stream that ends by itself.
async fn raw(portal: &Portal, run: RunId, query: &str, last: Option<&str>) -> String {
    let mut request = portal
        .http
        .get(portal.url(&format!("/api/runs/{run}/events{query}")));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    tokio::time::timeout(LONG, response.text())
        .await
        .expect("it ends")
        .expect("text")
}

fn ids(text: &str) -> Vec<u64> {
    text.lines()
        .filter_map(|line| line.strip_prefix("id:"))
        .map(|id| id.trim().parse().expect("a number"))
        .collect()
}

#[tokio::test]
async fn a_settled_run_is_replayed_and_ended_without_an_id() {
    let portal = Portal::start().await;
    let run = portal.completed().await;
    let response = portal.get(&format!("/api/runs/{run}/events")).await;
    let headers = response.headers();
    assert_eq!(headers["content-type"], "text/event-stream");
    assert_eq!(headers["cache-control"], "no-cache, no-transform");
    assert_eq!(headers["x-accel-buffering"], "no");
    assert!(!headers.contains_key("content-encoding"));
    let text = response.text().await.expect("it ends");
    assert_eq!(ids(&text), [1, 2, 3, 4, 5, 6]);
    let last = text.trim_end().rsplit("\n\n").next().expect("a message");
    assert!(
        last.contains("event: end") && last.contains("completed"),
        "{last}"
    );
    assert!(!last.contains("id:"), "{last}");
}

#[tokio::test]
async fn a_stream_begins_where_it_is_asked_to() {
    let portal = Portal::start().await;
    let run = portal.completed().await;
    assert_eq!(ids(&raw(&portal, run, "?after=4", None).await), [5, 6]);
    assert_eq!(ids(&raw(&portal, run, "", Some("5")).await), [6]);
    assert_eq!(ids(&raw(&portal, run, "?after=1", Some("5")).await), [6]);
    let none: [u64; 0] = [];
    assert_eq!(ids(&raw(&portal, run, "?after=6", None).await), none);
    assert_eq!(
        ids(&raw(&portal, run, "?after=18446744073709551615", None).await),
        none
    );
    for query in ["?after=x", "?after=-1", "?before=1"] {
        let response = portal.get(&format!("/api/runs/{run}/events{query}")).await;
        problem(response, 400, "bad_query").await;
    }
}

#[tokio::test]
async fn two_readers_see_all_of_it_live_one_of_them_coming_and_going() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let whole = portal.until_settled(claim.run);
    let broken = async {
        // Takes three events at a time, then goes away and comes back where it was.
        let mut seen: Vec<u64> = Vec::new();
        loop {
            let after = seen.last().copied().unwrap_or_default();
            let mut stream = portal.api.events(claim.run, after);
            for _ in 0..3 {
                match stream.next().await.expect("a stream") {
                    Some(event) => seen.push(event.seq),
                    None => return seen,
                }
            }
        }
    };
    let sending = async {
        let agent = &portal.agent;
        agent.post(&claim, 1, &[started()]).await.expect("taken");
        for batch in 0..20 {
            let first = batch * 5 + 1;
            agent
                .post(&claim, u64::from(first) + 1, &steps(first..=first + 4))
                .await
                .expect("taken");
        }
        agent
            .post(&claim, 102, &[finished(false)])
            .await
            .expect("taken");
    };
    let (whole, broken, ()) = tokio::join!(whole, broken, sending);
    let expected: Vec<u64> = (1..=105).collect();
    let whole: Vec<u64> = whole.iter().map(|event| event.seq).collect();
    assert_eq!(whole, expected);
    assert_eq!(broken, expected);
}

#[tokio::test]
async fn a_reader_that_does_not_read_misses_nothing_and_holds_nobody_up() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    // A reader whose socket takes next to nothing, and that does not read yet.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(8_192).expect("a small buffer");
    let mut slow: TcpStream = socket
        .connect(portal.server.address)
        .await
        .expect("connected");
    let request = format!(
        "GET /api/runs/{}/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        claim.run
    );
    slow.write_all(request.as_bytes()).await.expect("sent");

    let agent = &portal.agent;
    agent.post(&claim, 1, &[started()]).await.expect("taken");
    let mut next = 2;
    for batch in 0..20 {
        let events = steps(batch * 300 + 1..=batch * 300 + 300);
        agent.post(&claim, next, &events).await.expect("taken");
        next += 300;
    }
    agent
        .post(&claim, next, &[finished(false)])
        .await
        .expect("taken");
    // Another reader is through long before the slow one has begun.
    assert_eq!(portal.until_settled(claim.run).await.len(), 6_005);

    let mut text = String::new();
    tokio::time::timeout(LONG, slow.read_to_string(&mut text))
        .await
        .expect("it ends")
        .expect("text");
    let expected: Vec<u64> = (1..=6_005).collect();
    assert_eq!(ids(&text), expected);
    assert!(text.contains("event: end"));
}

#[tokio::test]
async fn a_silent_stream_is_kept_alive_by_comments() {
    let portal = Portal::start().await;
    let run = portal.run().await;
    let response = portal.get(&format!("/api/runs/{run}/events")).await;
    let mut pieces = response.bytes_stream();
    let mut text = String::new();
    // On a busy host the first comment may come before the first event.
    while text.matches("\n:").count() < 2 || ids(&text).is_empty() {
        let piece = tokio::time::timeout(LONG, pieces.next()).await;
        let piece = piece.expect("in time").expect("not over").expect("bytes");
        text.push_str(&String::from_utf8_lossy(&piece));
    }
    assert_eq!(ids(&text), [1]);
}

#[tokio::test]
async fn readers_are_told_to_come_back_when_the_portal_goes_away() {
    let portal = Portal::with(|config| {
        config.timing = Timing {
            come_back: Duration::from_millis(1_234),
            ..config.timing
        };
    })
    .await;
    let run = portal.run().await;
    let mut response = portal.get(&format!("/api/runs/{run}/events")).await;
    let mut first = String::new();
    while ids(&first).is_empty() {
        let piece = response.chunk().await.expect("bytes").expect("not over");
        first.push_str(&String::from_utf8_lossy(&piece));
    }
    let ending = portal.server.shutdown();
    let reading = tokio::time::timeout(LONG, response.text());
    let ((), text) = tokio::join!(ending, reading);
    let text = text.expect("it ends").expect("text");
    assert_eq!(ids(&first), [1]);
    assert!(ids(&text).is_empty());
    assert!(
        text.contains("retry: 1234") || text.contains("retry:1234"),
        "{text}"
    );
    assert!(!text.contains("event: end"), "{text}");
}
