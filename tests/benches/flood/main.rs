//! What many callers cost: `cargo xtask bench flood`. The portal is the real program; its memory is what the
//! system says of that process, and the callers are all in this one.
//!
//! `LINECHECK_BENCH_ONLY` picks the parts whose name holds it.

use agent::Identity;
use model::RunId;
use model::agent_api::{Claim, Enrol};
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;
use tests::flood::{Healthy, Slow, Stalled, Viewers, bad_requests};
use tests::hand::{Hand, made_up};
use tests::process::{self, Process};
use tests::table::{Table, ms, percentile};

const LONG: Duration = Duration::from_secs(300);
const VIEWERS: usize = 1_000;
const STALLED: usize = 200;
const BAD: usize = 10_000;
const SLOW: usize = 200;
const BATCH: usize = 500;
const HEARTBEAT: Duration = Duration::from_secs(3);
const KIB: f64 = 1024.0;

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    raise_file_limit();
    let only = std::env::var("LINECHECK_BENCH_ONLY").unwrap_or_default();
    let wants = |name: &str| name.contains(only.as_str());
    let mut table = Table::default();
    if wants("viewers") {
        viewers(&mut table).await;
    }
    if wants("stalled") {
        stalled(&mut table).await;
    }
    if wants("hostile") {
        hostile(&mut table).await;
    }
    println!("{table}");
}

/// Each caller is an open file here, too.
#[cfg(target_os = "linux")]
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, raised).expect("files may be opened");
}

#[cfg(not(target_os = "linux"))]
fn raise_file_limit() {}

/// The real program and an agent that is played by hand.
struct Flooded {
    portal: Process,
    address: SocketAddr,
    client: client::Portal,
    hand: Hand,
    folder: TempDir,
}

impl Flooded {
    async fn start() -> Self {
        let folder = tests::folder();
        let (data, log) = (folder.path().join("data"), folder.path().join("log"));
        let portal = Process::start(&data, &log, &["--no-agent", "--log", "error"]);
        let client = client::Portal::new(&portal.url).expect("a client");
        let identity = Identity::load_or_create(&folder.path().join("hand")).expect("a key");
        let asked = Enrol {
            token: client.invite().await.expect("an enrolment").token,
            name: "hand".to_owned(),
            public_key: identity.public_key().to_base64(),
            version: "by hand".to_owned(),
        };
        let enrolled = client::enrol(&portal.url, &asked).await.expect("enrolled");
        Self {
            address: portal.address().parse().expect("an address"),
            hand: Hand::new(&portal.url, enrolled.id, &enrolled.token),
            client,
            portal,
            folder,
        }
    }

    async fn claimed(&self) -> (RunId, Claim) {
        let run = tests::ground::start_run(&self.client, self.hand.id, "tcp:192.0.2.1,1433").await;
        (run, self.hand.claim().await)
    }

    /// Posts events of a claim whose first is number `from`, counted from 0.
    async fn post(&self, claim: &Claim, from: usize, events: &[model::AgentEvent]) {
        for (batch, index) in events.chunks(BATCH).zip(0_usize..) {
            let first = u64::try_from(from + index * BATCH + 1).expect("a number");
            self.hand.post(claim, first, batch).await.expect("stored");
        }
    }

    /// Waits for something, and keeps the lease meanwhile: a busy host takes longer than a lease lasts.
    async fn meanwhile<T>(&self, claim: &Claim, wait: impl Future<Output = T>) -> T {
        let mut wait = std::pin::pin!(wait);
        let mut due = tokio::time::interval(HEARTBEAT);
        loop {
            tokio::select! {
                done = &mut wait => return done,
                _ = due.tick() => self.hand.renew(claim).await.expect("renewed"),
            }
        }
    }

    /// Memory of the portal, in KiB.
    fn memory(&self) -> f64 {
        let bytes = process::proportional(self.portal.id()).expect("this system tells");
        bytes as f64 / KIB
    }

    /// Ends it; what it had to complain about is said.
    fn end(self) {
        assert!(self.portal.terminate().0.success());
        let log = std::fs::read_to_string(self.folder.path().join("log")).expect("the log");
        let mut lines = log.lines();
        if let Some(first) = lines.next() {
            eprintln!(
                "the portal logged {} errors, first {first}",
                lines.count() + 1
            );
        }
    }
}

/// A run is watched by a thousand while it is made.
async fn viewers(table: &mut Table) {
    let flooded = Flooded::start().await;
    let (run, claim) = flooded.claimed().await;
    let events = made_up(2_000);
    let (before, during) = events.split_at(500);
    flooded.post(&claim, 0, before).await;
    // One first, for what is loaded lazily.
    let first = Viewers::open(flooded.address, run, 1).await;
    flooded.meanwhile(&claim, first.reach(500, LONG)).await;
    drop(first);
    let empty = flooded.memory();
    let opened = Viewers::open(flooded.address, run, VIEWERS);
    let viewers = flooded.meanwhile(&claim, opened).await;
    flooded.meanwhile(&claim, viewers.reach(500, LONG)).await;
    let waiting = flooded.memory();
    table.most(
        &format!("{VIEWERS} viewers of one run, memory of each"),
        32.0,
        "KiB",
        (waiting - empty) / VIEWERS as f64,
    );
    let mut highest = waiting;
    let mut posting = Box::pin(flooded.post(&claim, before.len(), during));
    let mut look = tokio::time::interval(Duration::from_millis(200));
    loop {
        tokio::select! {
            () = &mut posting => break,
            _ = look.tick() => highest = highest.max(flooded.memory()),
        }
    }
    drop(posting);
    let last = flooded.client.run(run).await.expect("the run").last_seq;
    let seen = viewers.finish(LONG).await;
    let wrong: Vec<_> = seen
        .iter()
        .filter(|seen| seen.wrong > 0 || seen.last != last || !seen.ended)
        .collect();
    if let Some(first) = wrong.first() {
        eprintln!("one of them: {first:?}");
    }
    table.most(
        &format!("viewers that lost, doubled or moved one of {last} events"),
        0.0,
        "of 1000",
        wrong.len() as f64,
    );
    table.most(
        "the same, memory of each while 1,500 events are sent to all",
        64.0,
        "KiB",
        (highest.max(flooded.memory()) - empty) / VIEWERS as f64,
    );
    flooded.end();
}

/// Some do not read what they asked for. What the run itself costs is measured first, with nobody stalled.
async fn stalled(table: &mut Table) {
    let alone = while_events_come(0).await;
    let beside = while_events_come(STALLED).await;
    table.note(
        &format!("{STALLED} readers that stop reading, memory of each"),
        &format!("{:.0} KiB", beside.opened / STALLED as f64),
    );
    table.note(
        "memory that grows while 10,000 events come and nobody is stalled",
        &format!("{:.1} MiB", alone.grown / KIB),
    );
    table.most(
        "the same with them, more than without",
        4.0,
        "MiB",
        (beside.grown - alone.grown) / KIB,
    );
    let mut times = beside.times;
    table.most(
        "others' answers meanwhile, p95",
        500.0,
        "ms",
        percentile(&mut times, 95),
    );
}

/// What a run costs while so many do not read it; memory in KiB, times in ms.
struct Cost {
    opened: f64,
    grown: f64,
    times: Vec<f64>,
}

/// Stalled readers, one viewer who reads, somebody else who uses the portal, and 10,000 events.
async fn while_events_come(count: usize) -> Cost {
    let flooded = Flooded::start().await;
    let (run, claim) = flooded.claimed().await;
    let events = made_up(40_000);
    let (before, during) = events.split_at(30_000);
    flooded.post(&claim, 0, before).await;
    let viewer = Viewers::open(flooded.address, run, 1).await;
    flooded.meanwhile(&claim, viewer.reach(30_000, LONG)).await;
    let empty = flooded.memory();
    let opened = Stalled::open(flooded.address, run, count);
    let stalled = flooded.meanwhile(&claim, opened).await;
    let full = flooded.meanwhile(&claim, settled(&flooded)).await;
    let healthy = Healthy::start(flooded.address);
    flooded.post(&claim, before.len(), during).await;
    let seen = viewer.finish(LONG).await;
    assert!(seen.iter().all(|seen| seen.wrong == 0 && seen.ended));
    let times = healthy.stop().await.into_iter().map(ms).collect();
    let after = settled(&flooded).await;
    drop(stalled);
    flooded.end();
    Cost {
        opened: full - empty,
        grown: after - full,
        times,
    }
}

/// Memory once it no longer grows.
async fn settled(flooded: &Flooded) -> f64 {
    let mut last = flooded.memory();
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = flooded.memory();
        if now < last + 256.0 {
            return now;
        }
        last = now;
    }
}

/// Some mean ill.
async fn hostile(table: &mut Table) {
    let flooded = Flooded::start().await;
    let calm = Healthy::start(flooded.address);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut calm: Vec<f64> = calm.stop().await.into_iter().map(ms).collect();
    table.note(
        "a calm portal's answers, p95",
        &format!("{:.1} ms", percentile(&mut calm, 95)),
    );
    let empty = flooded.memory();
    let slow = Slow::open(flooded.address, SLOW, Duration::from_millis(500));
    let healthy = Healthy::start(flooded.address);
    let answers = bad_requests(flooded.address, BAD, 64).await;
    let mut times: Vec<f64> = healthy.stop().await.into_iter().map(ms).collect();
    table.note(
        &format!("{SLOW} slow heads, cut and come back"),
        &format!("{} times", slow.cut()),
    );
    slow.close().await;
    table.note("their answers", &format!("{answers:?}"));
    table.most(
        &format!("healthy answers during {BAD} bad requests, p95"),
        500.0,
        "ms",
        percentile(&mut times, 95),
    );
    table.most(
        "memory that they left behind",
        16.0,
        "MiB",
        (settled(&flooded).await - empty) / KIB,
    );
    flooded.end();
}
