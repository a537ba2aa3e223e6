//! Two hosts that look at each other's endpoint, and what becomes of the way between them: dropped packets and rejected
//! ones, silence for longer and for shorter than the session time-out. Each time a session is called lost or not, by
//! the engine and by the rules alike, and how soon is told in figures.
//!
//! Two of each here; `cargo xtask bench drills` does more. Time-outs are a tenth of the usual ones.

use model::lasting::{
    Lasting, LinkChange, LinkState, Loss, ReplicaFact, ReplicaSession, SessionGap,
};
use model::{
    AgentEvent, AgentId, EventBody, Observation, Options, Plan, PlanLogin, RunEvent, RunId, Target,
};
use probe::{Context, Policy};
use rules::State;
use rules::replica::trips;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tests::eventually;
use tests::net::{Host, Net};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Longest wait for something to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often each drill is done.
fn repeats() -> u32 {
    std::env::var("LINECHECK_DRILLS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(2)
}

/// A run's log, folded as it comes.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<(State, Vec<EventBody>)>>);

impl Heard {
    fn take(&self, elapsed_us: Option<u64>, body: EventBody) {
        let mut log = self.0.lock().expect("not poisoned");
        let (state, bodies) = &mut *log;
        state.apply(&RunEvent {
            seq: bodies.len() as u64 + 1,
            at: chrono::Utc::now(),
            elapsed_us,
            body: body.clone(),
        });
        bodies.push(body);
    }

    fn facts<T>(&self, pick: impl Fn(&Observation) -> Option<T>) -> Vec<T> {
        let log = self.0.lock().expect("not poisoned");
        let facts = log.1.iter().filter_map(|body| match body {
            EventBody::Observed { observation, .. } => pick(observation),
            _ => None,
        });
        facts.collect()
    }

    fn state(&self) -> State {
        self.0.lock().expect("not poisoned").0.clone()
    }
}

impl probe::Sink for Heard {
    fn emit(&self, event: AgentEvent) {
        self.take(Some(event.elapsed_us), event.body);
    }
}

/// A tenth of the usual 10 s.
const TIMEOUT_MS: u64 = 1_000;
const EVERY_MS: u64 = 100;
const PORT: u16 = 5_022;

/// Two hosts with an endpoint each, and a router between.
struct Ground {
    net: Net,
    hosts: [Arc<Host>; 2],
}

impl Ground {
    async fn new() -> Self {
        let net = Net::of(&["sql-a", "sql-b"]);
        let hosts = [net.host("sql-a"), net.host("sql-b")];
        for host in &hosts {
            let listen = SocketAddr::new(host.address().into(), PORT);
            host.run(async move {
                let listener = TcpListener::bind(listen).await.expect("a port");
                tokio::spawn(async move {
                    // Takes whoever comes, as an endpoint does before it is spoken to.
                    loop {
                        drop(listener.accept().await);
                    }
                });
            })
            .await;
        }
        Self { net, hosts }
    }

    /// Does this with every packet from one host to the other, or both ways.
    fn between(&self, directions: &[(usize, usize)], what: &str) {
        let rules: Vec<String> = directions
            .iter()
            .map(|(from, to)| {
                let (from, to) = (self.hosts[*from].address(), self.hosts[*to].address());
                format!("ip saddr {from} ip daddr {to} meta l4proto tcp {what}")
            })
            .collect();
        self.net.router().rules(&format!(
            "table ip storm {{
                chain between {{ type filter hook forward priority -10;
                    {}
                }}
            }}",
            rules.join("\n")
        ));
    }

    fn calm(&self) {
        self.net.router().rules("delete table ip storm");
    }

    /// Looks from one host at the other's endpoint until cancelled.
    fn look(
        &self,
        from: usize,
        heard: &Heard,
        cancel: CancellationToken,
    ) -> impl Future<Output = ()> {
        let (own, peer) = (&self.hosts[from], &self.hosts[1 - from]);
        let target = SocketAddr::new(own.address().into(), 1433);
        let endpoint = SocketAddr::new(peer.address().into(), PORT);
        let session = ReplicaSession {
            every_ms: EVERY_MS,
            lasts_ms: 600_000,
            session_timeout_ms: Some(TIMEOUT_MS),
            ..ReplicaSession::with(&peer.address().to_string())
        };
        let plan = Plan {
            run: RunId(Uuid::new_v4()),
            target: Target {
                server: format!("tcp:{},1433", target.ip()),
                host: target.ip().to_string(),
                port: Some(1433),
                instance: None,
                database: "master".to_owned(),
                kind: "sql_server".to_owned(),
            },
            login: PlanLogin::None,
            options: Options {
                tcp_attempts: 1,
                query: false,
                tls_versions: false,
                route_trace: false,
                lasting: Lasting {
                    replica_session: Some(session),
                    ..Lasting::default()
                },
                ..Options::default()
            },
        };
        heard.take(
            None,
            EventBody::RunCreated {
                plan: Box::new(plan.clone()),
                agent: AgentId(Uuid::new_v4()),
                agent_name: own.name().to_owned(),
            },
        );
        let (host, heard) = (Arc::clone(own), heard.clone());
        async move {
            let work = async move {
                let context = Context {
                    policy: Policy::default().exempt(target).exempt(endpoint),
                    ..Context::offline()
                };
                probe::run(&plan, None, &context, &heard, cancel).await;
            };
            host.run(work).await;
        }
    }
}

fn changes(heard: &Heard) -> Vec<LinkChange> {
    heard.facts(|fact| match fact {
        Observation::Replica(ReplicaFact::Change(change)) => Some(change.clone()),
        _ => None,
    })
}

fn gaps(heard: &Heard) -> Vec<SessionGap> {
    heard.facts(|fact| match fact {
        Observation::Replica(ReplicaFact::Gap(gap)) => Some(gap.clone()),
        _ => None,
    })
}

fn length(gap: &SessionGap) -> Duration {
    Duration::from_micros(gap.until_us - gap.from_us)
}

/// Its connects have begun.
async fn begun(heard: &Heard) {
    eventually("the connects begin", PATIENCE, async || {
        let watched = heard.facts(|fact| match fact {
            Observation::Replica(ReplicaFact::Watch(_)) => Some(()),
            _ => None,
        });
        (!watched.is_empty()).then_some(())
    })
    .await;
}

/// Looks from the first host at the second, does this to the way for so long, or until a loss is told, and answers what
/// was told.
async fn struck(what: &str, lasts: Option<Duration>) -> (Vec<LinkChange>, Vec<SessionGap>) {
    let ground = Ground::new().await;
    let heard = Heard::default();
    let cancel = CancellationToken::new();
    let run = ground.look(0, &heard, cancel.clone());
    let blow = async {
        begun(&heard).await;
        // Some are established first, so that there is something to lose.
        tokio::time::sleep(Duration::from_millis(5 * EVERY_MS)).await;
        ground.between(&[(0, 1)], what);
        match lasts {
            Some(lasts) => tokio::time::sleep(lasts).await,
            None => {
                eventually("the loss is told", PATIENCE, async || {
                    (!changes(&heard).is_empty()).then_some(())
                })
                .await;
            }
        }
        ground.calm();
        eventually("a connect is established again", PATIENCE, async || {
            let is_back = match lasts {
                // Shorter gaps are of a host that is busy.
                Some(lasts) => gaps(&heard)
                    .iter()
                    .any(|gap| !gap.open && length(gap) >= lasts),
                None => changes(&heard)
                    .iter()
                    .any(|change| change.now == LinkState::Connected),
            };
            is_back.then_some(())
        })
        .await;
        cancel.cancel();
    };
    tokio::join!(run, blow);
    (changes(&heard), gaps(&heard))
}

/// Whether the rules say of the gaps what the engine said live.
fn agree(changes: &[LinkChange], gaps: &[SessionGap]) -> bool {
    let lost: Vec<Loss> = changes
        .iter()
        .filter(|change| change.now == LinkState::Disconnected)
        .map(|change| change.loss)
        .collect();
    let tripped: Vec<Loss> = trips(gaps, TIMEOUT_MS * 1_000)
        .iter()
        .map(|trip| trip.loss)
        .collect();
    lost == tripped
}

/// How late a soft loss was noticed, less what this host itself was late: the time-out does not run then.
fn late_us(lost: &LinkChange) -> u64 {
    let due = TIMEOUT_MS * 1_000 + lost.lag_max_us;
    lost.detect_us.saturating_sub(due)
}

/// How late losses were noticed: figures, not asserted.
fn tell(name: &str, right: u32, mut late_us: Vec<u64>) {
    late_us.sort_unstable();
    let within = late_us.iter().filter(|us| **us <= TIMEOUT_MS * 100).count();
    println!(
        "{name}: {right} of {} right; noticed after the time-out by {} ms at the median, {} ms at most; {within} of {} within a tenth of it",
        repeats(),
        late_us.get(late_us.len() / 2).copied().unwrap_or_default() / 1_000,
        late_us.last().copied().unwrap_or_default() / 1_000,
        late_us.len(),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_packets_are_a_soft_loss_at_the_session_time_out() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_replica_drop", &reason);
    }
    let (mut right, mut late) = (0, Vec::new());
    for _ in 0..repeats() {
        let (changes, gaps) = struck("drop", None).await;
        let lost = &changes[0];
        assert_eq!((lost.now, lost.loss), (LinkState::Disconnected, Loss::Soft));
        assert!(lost.detect_us >= TIMEOUT_MS * 1_000, "{lost:?}");
        assert_eq!(changes[1].now, LinkState::Connected);
        assert!(agree(&changes, &gaps), "{changes:?} {gaps:?}");
        late.push(late_us(lost));
        right += 1;
    }
    tell("drop", right, late);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_connects_are_a_hard_loss_at_once() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_replica_reject", &reason);
    }
    let (mut right, mut late) = (0, Vec::new());
    for turn in 0..repeats() {
        let what = match turn % 2 {
            0 => "reject with tcp reset",
            _ => "reject with icmp type host-unreachable",
        };
        let (changes, gaps) = struck(what, None).await;
        let lost = &changes[0];
        assert_eq!(
            (lost.now, lost.loss),
            (LinkState::Disconnected, Loss::Hard),
            "{what}"
        );
        assert!(agree(&changes, &gaps), "{changes:?} {gaps:?}");
        late.push(lost.detect_us);
        right += 1;
    }
    late.iter_mut()
        .for_each(|us| *us = us.saturating_sub(EVERY_MS * 1_000));
    tell("reject", right, late);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_shorter_than_the_time_out_loses_nothing_and_longer_loses_it() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_replica_delay", &reason);
    }
    let (mut right, mut late) = (0, Vec::new());
    for turn in 0..repeats() {
        let is_longer = turn % 2 == 1;
        let lasts = if is_longer {
            TIMEOUT_MS * 2
        } else {
            TIMEOUT_MS * 3 / 10
        };
        let (changes, gaps) = struck("drop", Some(Duration::from_millis(lasts))).await;
        let tripped = trips(&gaps, TIMEOUT_MS * 1_000);
        // A host that was too busy to beat decides by what it measured, not by what was meant.
        let longest = gaps
            .iter()
            .map(|gap| gap.until_us - gap.from_us - gap.lag_whole_us)
            .max();
        let expected = longest.is_some_and(|us| us >= TIMEOUT_MS * 1_000);
        assert_eq!(!tripped.is_empty(), expected, "{gaps:?}");
        assert!(
            is_longer <= expected,
            "a long silence was not seen: {gaps:?}"
        );
        assert!(agree(&changes, &gaps), "{changes:?} {gaps:?}");
        if is_longer == expected {
            right += 1;
        }
        late.extend(changes.first().map(late_us));
    }
    tell("delay", right, late);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firewall_for_one_direction_is_told_by_both_sides_together() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_replica_one_way", &reason);
    }
    for _ in 0..repeats().min(5) {
        let ground = Ground::new().await;
        // What begins at the second host is refused; answers to the first's connects pass.
        ground.between(&[(1, 0)], "tcp flags & (syn | ack) == syn drop");
        let heard = [Heard::default(), Heard::default()];
        let cancel = CancellationToken::new();
        let (there, back) = (
            ground.look(0, &heard[0], cancel.clone()),
            ground.look(1, &heard[1], cancel.clone()),
        );
        let watch = async {
            eventually("the blocked side is lost", PATIENCE, async || {
                (!changes(&heard[1]).is_empty()).then_some(())
            })
            .await;
            begun(&heard[0]).await;
            tokio::time::sleep(Duration::from_millis(5 * EVERY_MS)).await;
            cancel.cancel();
        };
        tokio::join!(there, back, watch);
        assert!(changes(&heard[0]).is_empty(), "{:?}", changes(&heard[0]));
        let [one, other] = heard.each_ref().map(Heard::state);
        let run = |number| RunId(Uuid::from_u128(number));
        let found = rules::judge_group(&[
            rules::Vantage {
                run: run(1),
                state: &one,
            },
            rules::Vantage {
                run: run(2),
                state: &other,
            },
        ]);
        assert_eq!(found[0].code, "replica_one_direction", "{found:#?}");
        assert!(found[0].title.starts_with("“sql-b”"), "{}", found[0].title);
    }
}
