//! Somebody who only wants to use the portal, and how long that takes.

use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Between two requests.
const PAUSE: Duration = Duration::from_millis(20);

/// Asks for the list of runs again and again, each time on a new connection.
pub struct Healthy {
    asking: JoinHandle<Vec<Duration>>,
    stop: CancellationToken,
}

impl Healthy {
    /// Begins.
    #[must_use]
    pub fn start(address: SocketAddr) -> Self {
        let stop = CancellationToken::new();
        let asking = tokio::spawn({
            let stop = stop.clone();
            async move {
                let client = reqwest::Client::builder()
                    .no_proxy()
                    .pool_max_idle_per_host(0)
                    .build()
                    .expect("a client");
                let url = format!("http://{address}/api/runs");
                let mut times = Vec::new();
                while !stop.is_cancelled() {
                    let start = Instant::now();
                    let response = client.get(&url).send().await.expect("an answer");
                    assert_eq!(response.status(), 200);
                    response.bytes().await.expect("a whole answer");
                    times.push(start.elapsed());
                    tokio::time::sleep(PAUSE).await;
                }
                times
            }
        });
        Self { asking, stop }
    }

    /// Ends; how long each answer took. There is one at least.
    ///
    /// # Panics
    /// When one did not come, or was none.
    pub async fn stop(self) -> Vec<Duration> {
        self.stop.cancel();
        self.asking.await.expect("every answer came")
    }
}
