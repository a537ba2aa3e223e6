//! A portal inside the test's process, on a thread and a runtime of its own.

use server::agents::Admitted;
use server::{Config, Timing};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{mpsc as queue, oneshot};

/// Longest time a portal may take to end.
const END: Duration = Duration::from_secs(10);

/// A running portal. Dropped, it is shut down as on SIGTERM; that must not take longer than promised.
pub struct Portal {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// Where it listens.
    pub address: SocketAddr,
    asks: Option<queue::UnboundedSender<Ask>>,
    thread: Option<JoinHandle<()>>,
}

/// What the portal's thread is asked for.
struct Ask {
    name: String,
    public_key: String,
    fingerprint: String,
    answer: oneshot::Sender<Admitted>,
}

/// What tests start a portal with: practice targets, the built-in agent, and waits a tenth as long.
#[must_use]
pub fn config(data_dir: &Path) -> Config {
    let mut config = Config::new(data_dir);
    config.practice = true;
    config.timing = Timing::default().scaled(0.1);
    config
}

impl Portal {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(config: Config) -> Self {
        Self::start_on("127.0.0.1:0".parse().expect("an address"), config)
    }

    /// Starts one where another was.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start_on(listen: SocketAddr, config: Config) -> Self {
        let (asks, asked) = queue::unbounded_channel();
        let (say, hear) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("portal".to_owned())
            .spawn(move || serve(listen, config, &say, asked))
            .expect("a thread");
        let address = hear.recv().expect("the portal starts");
        Self {
            url: format!("http://{address}"),
            address,
            asks: Some(asks),
            thread: Some(thread),
        }
    }

    /// A client of it.
    ///
    /// # Panics
    /// Never: its address is one.
    #[must_use]
    pub fn client(&self) -> client::Portal {
        client::Portal::new(&self.url).expect("a client")
    }

    /// Admits an agent of the test's own.
    ///
    /// # Panics
    /// When the portal refuses.
    pub async fn admit(&self, name: &str, public_key: &str, fingerprint: &str) -> Admitted {
        let (answer, admitted) = oneshot::channel();
        let ask = Ask {
            name: name.to_owned(),
            public_key: public_key.to_owned(),
            fingerprint: fingerprint.to_owned(),
            answer,
        };
        let asks = self.asks.as_ref().expect("the portal runs");
        assert!(asks.send(ask).is_ok(), "the portal's thread is there");
        admitted.await.expect("it is admitted")
    }

    /// Shuts it down; answers how long that took.
    pub fn stop(mut self) -> Duration {
        self.end()
    }

    fn end(&mut self) -> Duration {
        let start = Instant::now();
        drop(self.asks.take());
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(
            std::thread::panicking() || !matches!(ended, Some(Err(_))),
            "the portal panicked"
        );
        start.elapsed()
    }
}

/// The portal's thread.
fn serve(
    listen: SocketAddr,
    config: Config,
    say: &mpsc::Sender<SocketAddr>,
    mut asked: queue::UnboundedReceiver<Ask>,
) {
    // A second portal in this process finds it installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind(listen).await.expect("a port");
        let portal = server::start(config, listener).await.expect("a portal");
        say.send(portal.address).expect("somebody waits for it");
        while let Some(ask) = asked.recv().await {
            let admitted = portal
                .admit(&ask.name, &ask.public_key, &ask.fingerprint)
                .await
                .expect("the agent is admitted");
            let _ = ask.answer.send(admitted);
        }
        portal.shutdown().await;
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
}

impl Drop for Portal {
    fn drop(&mut self) {
        let took = self.end();
        assert!(
            std::thread::panicking() || took < END,
            "the portal took {took:?} to end"
        );
    }
}
