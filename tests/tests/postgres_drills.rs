//! A portal on PostgreSQL, under load: the portal is killed, and the database is stopped at once and started again.
//! Nothing that was acknowledged is lost, no log has a gap, and everything is back within 10 s.
//!
//! Two of each here; `cargo xtask bench drills` does more.

use model::agent_api::Claim;
use model::api::NewRun;
use model::{AgentEvent, EventBody, RunEvent, RunId, RunState};
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tests::eventually;
use tests::ground::{Ground, start_run};
use tests::hand::{self, Hand};
use tests::portal::Portal;
use tests::postgres::{MISSING, Server};
use tests::process::Process;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Longest time from the blow's end until everything works again.
const BACK: Duration = Duration::from_secs(10);
/// Agents that post at once.
const HANDS: usize = 3;
const BATCH: usize = 10;
/// More than a drill gets to post.
const EVENTS: u64 = 45_000;
/// What each agent and person waits from one call to the next.
const PACE: Duration = Duration::from_millis(20);

/// How often each blow falls.
fn blows() -> u32 {
    std::env::var("LINECHECK_DRILLS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(2)
}

/// A wait of anything up to `most`, said aloud.
fn chance(blow: u32, most: Duration) -> Duration {
    let part = f64::from(u32::from(uuid::Uuid::new_v4().as_bytes()[0])) / 255.0;
    let wait = most.mul_f64(part);
    println!("blow {blow} after {wait:?}");
    wait
}

/// A database, and a portal on it that comes back where it was.
struct Stage {
    server: Server,
    folder: tempfile::TempDir,
    url_file: PathBuf,
    portal: Option<Process>,
    address: String,
    hands: Vec<Hand>,
}

impl Stage {
    async fn start() -> Option<Self> {
        let server = Server::start()?;
        let folder = tests::folder();
        let url = server.database();
        let url_file = folder.path().join("database-url");
        std::fs::write(&url_file, &url).expect("written");
        let data = folder.path().join("data");
        let mut config = Ground::config(&data);
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        config.database = Some(url.parse().expect("a URL"));
        let first = Portal::start(config);
        let mut admitted = Vec::new();
        for number in 0..HANDS {
            let name = format!("hand {number}");
            let identity = agent::Identity::load_or_create(&folder.path().join(&name));
            let identity = identity.expect("a key");
            let key = identity.public_key().to_base64();
            admitted.push(first.admit(&name, &key, &identity.fingerprint()).await);
        }
        first.stop();
        let mut stage = Self {
            server,
            folder,
            url_file,
            portal: None,
            address: "127.0.0.1:0".to_owned(),
            hands: Vec::new(),
        };
        stage.serve();
        let url = stage.url();
        let hands = admitted.iter();
        stage.hands = hands
            .map(|one| Hand::new(&url, one.id, &one.token))
            .collect();
        Some(stage)
    }

    /// Starts the portal where it was.
    fn serve(&mut self) {
        let log = self.folder.path().join("log");
        let file = self.url_file.to_str().expect("a path");
        let more = ["--no-agent", "--database-url-file", file];
        let data = self.folder.path().join("data");
        let portal = Process::start_on(&self.address, &data, &log, &more);
        self.address = portal.address().to_owned();
        self.portal = Some(portal);
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends everything; whatever happened, the log holds no password.
    fn end(mut self) {
        let (status, _) = self.portal.take().expect("it runs").terminate();
        assert!(status.success());
        let log = std::fs::read_to_string(self.folder.path().join("log")).expect("the log");
        assert!(
            !log.contains(self.server.password()),
            "the password was logged"
        );
    }
}

/// On a thread of its own, so that a blow here holds up nobody there.
fn apart<F: Future>(make: impl FnOnce() -> F + Send + 'static) -> JoinHandle<F::Output>
where
    F::Output: Send + 'static,
{
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(make())
    })
}

/// What came of it.
fn joined<T>(thread: JoinHandle<T>) -> T {
    tokio::task::block_in_place(|| thread.join().expect("it went well"))
}

/// An agent that posts until it is told to stop.
struct Posting {
    run: RunId,
    acked: watch::Receiver<u64>,
    stop: CancellationToken,
    ended: JoinHandle<Vec<AgentEvent>>,
}

impl Posting {
    async fn begin(client: &client::Portal, hand: Hand) -> Self {
        let run = start_run(client, hand.id, "tcp:192.0.2.1,1433").await;
        let claim = hand.claim().await;
        let (say, acked) = watch::channel(0);
        let stop = CancellationToken::new();
        let told = stop.clone();
        let ended = apart(move || post(hand, claim, say, told));
        Self {
            run,
            acked,
            stop,
            ended,
        }
    }
}

/// As an agent does it: the same batch again until it is acknowledged. Answers all that was.
async fn post(
    hand: Hand,
    claim: Claim,
    say: watch::Sender<u64>,
    stop: CancellationToken,
) -> Vec<AgentEvent> {
    let mut events = hand::made_up(EVENTS);
    let last = events.pop().expect("the last");
    let mut acked = 0;
    while !stop.is_cancelled() {
        let some = &events[acked..acked + BATCH];
        acked = insist(&hand, &claim, acked, some).await;
        say.send_replace(acked as u64);
        tokio::time::sleep(PACE).await;
    }
    events.truncate(acked);
    insist(&hand, &claim, acked, std::slice::from_ref(&last)).await;
    events.push(last);
    events
}

async fn insist(hand: &Hand, claim: &Claim, acked: usize, events: &[AgentEvent]) -> usize {
    let first = acked as u64 + 1;
    eventually("an acknowledgement", BACK * 6, async || {
        match hand.post(claim, first, events).await {
            Ok(ack) => {
                let acked = usize::try_from(ack.acked).expect("small");
                assert!(acked >= first as usize - 1, "what was acknowledged is lost");
                Some(acked)
            }
            Err(error) => {
                let code = error.code().unwrap_or("storage_unavailable");
                assert!(matches!(code, "storage_unavailable" | "closing"), "{error}");
                assert!(error.is_passing(), "{error}");
                None
            }
        }
    })
    .await
}

/// Somebody who makes runs until told to stop; answers those whose making was acknowledged.
async fn make_runs(
    client: client::Portal,
    request: NewRun,
    say: watch::Sender<u64>,
    stop: CancellationToken,
) -> Vec<RunId> {
    let mut made = Vec::new();
    while !stop.is_cancelled() {
        if let Ok(created) = client.create(&request).await {
            made.push(created.runs[0].id);
            say.send_replace(made.len() as u64);
        }
        tokio::time::sleep(PACE * 5).await;
    }
    made
}

/// Somebody who watches a run to its end, and comes back as a page does; answers what was shown.
async fn view(client: client::Portal, run: RunId) -> Vec<RunEvent> {
    let mut shown: Vec<RunEvent> = Vec::new();
    loop {
        let mut stream = client.events(run, shown.last().map_or(0, |event| event.seq));
        loop {
            match stream.next().await {
                Ok(Some(event)) => {
                    let done = matches!(event.body, EventBody::RunSettled { .. });
                    shown.push(event);
                    if done {
                        return shown;
                    }
                }
                Ok(None) => break,
                Err(_) => {
                    tokio::time::sleep(PACE).await;
                    break;
                }
            }
        }
    }
}

/// The drill: load, `blow` after `blow`, and then whether all that was promised is there. A blow answers when it
/// was over: from then on everything must be back in time.
async fn drill(mut blow: impl FnMut(&mut Stage) -> Instant, name: &str) {
    let Some(mut stage) = Stage::start().await else {
        tests::skip(name, MISSING);
        return;
    };
    let client = client::Portal::new(&stage.url()).expect("a client");
    let mut postings = Vec::new();
    let idle = stage.hands[0].id;
    for hand in std::mem::take(&mut stage.hands) {
        postings.push(Posting::begin(&client, hand).await);
    }
    let views: Vec<_> = postings
        .iter()
        .map(|one| {
            let (client, run) = (client.clone(), one.run);
            apart(move || view(client, run))
        })
        .collect();
    let stop = CancellationToken::new();
    let (say, made) = watch::channel(0);
    let body = serde_json::json!({"server": "tcp:192.0.2.2,1433", "agents": [idle]});
    let request = serde_json::from_value(body).expect("a request");
    let (maker, told) = (client.clone(), stop.clone());
    let making = apart(move || make_runs(maker, request, say, told));

    let mut slowest = Duration::ZERO;
    for number in 1..=blows() {
        tokio::time::sleep(chance(number, Duration::from_millis(400))).await;
        let over = tokio::task::block_in_place(|| blow(&mut stage));
        let everyone = postings.iter().map(|one| &one.acked).chain([&made]);
        for progress in everyone {
            let mut progress = progress.clone();
            progress.mark_unchanged();
            let moved = tokio::time::timeout(BACK, progress.changed()).await;
            moved.expect("it is back in time").expect("it goes on");
        }
        let took = over.elapsed();
        println!("blow {number}: everything is back after {took:?}");
        slowest = slowest.max(took);
        assert!(took < BACK, "{took:?}");
    }
    println!("{name}: {} blows, back after {slowest:?} at most", blows());

    stop.cancel();
    let made = joined(making);
    println!("{} runs were made", made.len());
    for run in made {
        client.run(run).await.expect("a run that was acknowledged");
    }
    for (posting, view) in postings.into_iter().zip(views) {
        posting.stop.cancel();
        let posted = joined(posting.ended);
        let shown = joined(view);
        println!("{} events were acknowledged", posted.len());
        hand::assert_holds(&shown, &posted);
        let state = client.run(posting.run).await.expect("the run").state;
        assert_eq!(state, RunState::Completed);
    }
    stage.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_killed_under_load_loses_nothing_and_is_back_soon() {
    let blow = |stage: &mut Stage| {
        stage.portal.take().expect("it runs").kill();
        let killed = Instant::now();
        stage.serve();
        killed
    };
    drill(
        blow,
        "a_portal_killed_under_load_loses_nothing_and_is_back_soon",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_restarted_under_load_loses_nothing_and_is_back_soon() {
    let blow = |stage: &mut Stage| {
        stage.server.crash();
        stage.server.come_back();
        Instant::now()
    };
    drill(
        blow,
        "a_database_restarted_under_load_loses_nothing_and_is_back_soon",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_its_database_is_away_a_portal_says_so_in_time_and_no_run_pays_for_it() {
    let name = "while_its_database_is_away_a_portal_says_so_in_time_and_no_run_pays_for_it";
    let Some(server) = Server::start() else {
        tests::skip(name, MISSING);
        return;
    };
    let data = tests::folder();
    // A tenth of the usual waits: a lease lasts 3 s.
    let mut config = Ground::config(data.path());
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    config.database = Some(server.database().parse().expect("a URL"));
    let lease = config.timing.lease;
    let portal = Portal::start(config);
    let identity = agent::Identity::load_or_create(&data.path().join("hand")).expect("a key");
    let key = identity.public_key().to_base64();
    let admitted = portal.admit("hand", &key, &identity.fingerprint()).await;
    let hand = Hand::new(&portal.url, admitted.id, &admitted.token);
    let client = portal.client();
    let run = start_run(&client, hand.id, "tcp:192.0.2.1,1433").await;
    let claim = hand.claim().await;
    let events = hand::made_up(20);
    hand.post(&claim, 1, &events[..10]).await.expect("taken");

    server.crash();
    let away = Instant::now();
    // Longer than the lease: its end falls due while nothing can be written.
    while away.elapsed() < lease * 2 {
        let asked = Instant::now();
        let error = client.run(run).await.expect_err("the database is away");
        assert_eq!(error.status(), Some(503), "{error}");
        assert_eq!(error.code(), Some("storage_unavailable"));
        assert!(
            asked.elapsed() < Duration::from_secs(5),
            "it is said in time"
        );
    }
    server.come_back();
    let acked = insist(&hand, &claim, 10, &events[10..]).await;
    assert_eq!(acked, 20);
    let log = view(client.clone(), run).await;
    hand::assert_holds(&log, &events);
    let settled = |event: &&RunEvent| matches!(event.body, EventBody::RunSettled { .. });
    assert_eq!(
        log.iter().filter(settled).count(),
        1,
        "it was never interrupted"
    );
    portal.stop();
}
