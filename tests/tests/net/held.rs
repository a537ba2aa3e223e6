//! Held connections between hosts, and what becomes of them: devices with timers, some seconds instead of minutes, ends
//! that vanish, resets in the middle of an answer. Each time the rules have to name the cause.
//!
//! Two of each here; `cargo xtask bench drills` does more.

use lab::{Lab, Scenario};
use model::lasting::{DataFlow, Flow, IdleLadder, IdleRung, Lane, Lasting, Standing};
use model::{
    AgentEvent, AgentId, Confidence, EventBody, Finding, Observation, Options, Plan, PlanLogin,
    RunEvent, RunId, StepKind, Target,
};
use probe::{Context, Policy, Secret};
use rules::State;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tests::eventually;
use tests::net::{Host, Net};
use tests::relay::Relay;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What a device keeps in mind of a connection, and for how long.
const TIMER_S: u32 = 3;
/// Longest wait for something to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often each drill is done.
pub(crate) fn repeats() -> u32 {
    std::env::var("LINECHECK_DRILLS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(2)
}

/// A run's log, folded as it comes.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<(State, Vec<EventBody>)>>);

impl Heard {
    fn take(&self, elapsed_us: Option<u64>, body: EventBody) {
        let mut kept = self.0.lock().expect("not poisoned");
        let (state, bodies) = &mut *kept;
        state.apply(&RunEvent {
            seq: bodies.len() as u64 + 1,
            at: chrono::Utc::now(),
            elapsed_us,
            body: body.clone(),
        });
        bodies.push(body);
    }

    /// Connections that are open in a step of this kind.
    fn opened(&self, kind: StepKind) -> usize {
        let kept = self.0.lock().expect("not poisoned");
        let step = kept.0.steps().iter().find(|step| step.kind == kind);
        step.map_or(0, |step| step.attempts.len())
    }

    pub(crate) fn facts<T>(&self, pick: impl Fn(&Observation) -> Option<T>) -> Vec<T> {
        let kept = self.0.lock().expect("not poisoned");
        let facts = kept.1.iter().filter_map(|body| match body {
            EventBody::Observed { observation, .. } => pick(observation),
            _ => None,
        });
        facts.collect()
    }

    fn rungs(&self) -> Vec<IdleRung> {
        self.facts(|fact| match fact {
            Observation::IdleRung(rung) => Some(rung.clone()),
            _ => None,
        })
    }

    pub(crate) fn verdict(&self) -> Finding {
        let kept = self.0.lock().expect("not poisoned");
        rules::judge(&kept.0).verdict
    }
}

impl probe::Sink for Heard {
    fn emit(&self, event: AgentEvent) {
        self.take(Some(event.elapsed_us), event.body);
    }
}

/// An agent's host, a server's, and what stands between.
pub(crate) struct Ground {
    net: Net,
    agent: Arc<Host>,
    server: Arc<Host>,
    lab: (Lab, Relay),
}

impl Ground {
    /// The server closes sessions that ask nothing for so long.
    pub(crate) async fn of(session_idle: Duration) -> Self {
        let net = Net::of(&["agent", "server"]);
        let (agent, server) = (net.host("agent"), net.host("server"));
        let listen = SocketAddr::new(server.address().into(), 1433);
        let lab = server
            .run(async move {
                let config = lab::Config {
                    scenarios: vec![(Scenario::Healthy, 0)],
                    limits: lab::Limits {
                        idle: session_idle,
                        ..lab::Limits::default()
                    },
                    ..lab::Config::default()
                };
                let lab = Lab::start(config).await.expect("the lab starts");
                let port = lab.port(Scenario::Healthy).expect("it is offered here");
                let to = SocketAddr::from(([127, 0, 0, 1], port));
                let relay = Relay::between(listen, to, Duration::ZERO).await;
                (lab, relay)
            })
            .await;
        Self {
            net,
            agent,
            server,
            lab,
        }
    }

    /// Translates addresses, and forgets a connection that carries nothing for some seconds; what it then does with its
    /// packets.
    fn translate(&self, then: &str) {
        let router = self.net.router();
        router.rules(&format!(
            "table ip middle {{
                chain out {{ type nat hook postrouting priority 100;
                    oifname \"to2\" masquerade
                }}
                chain between {{ type filter hook forward priority 0;
                    ct state invalid {then}
                }}
            }}"
        ));
        let timer = TIMER_S.to_string();
        router.set("net.netfilter.nf_conntrack_tcp_timeout_established", &timer);
        router.set("net.netfilter.nf_conntrack_tcp_loose", "0");
    }

    /// Resets a connection that carries no data for some seconds, whatever else it carries.
    fn count_data_only(&self) {
        self.net.router().rules(&format!(
            "table ip middle {{
                set live {{
                    type ipv4_addr . inet_service; flags dynamic, timeout; timeout {TIMER_S}s;
                }}
                chain between {{ type filter hook forward priority 0;
                    iifname \"to1\" tcp flags & (syn | ack) == syn update @live {{ ip saddr . tcp sport }} accept
                    iifname \"to1\" tcp flags & rst == 0 ip saddr . tcp sport != @live reject with tcp reset
                    iifname \"to1\" ip length > 60 update @live {{ ip saddr . tcp sport }}
                }}
            }}"
        ));
    }

    /// Does this with every packet between the two from now on.
    pub(crate) fn between(&self, what: &str) {
        self.net.router().rules(&format!(
            "table ip storm {{
                chain between {{ type filter hook forward priority -10;
                    meta l4proto tcp {what}
                }}
            }}"
        ));
    }

    /// Nothing is done to packets any more.
    pub(crate) fn calm(&self) {
        self.net.router().rules("delete table ip storm");
    }

    /// Queries that the server read.
    pub(crate) fn requests(&self) -> u64 {
        self.lab.0.counter(Scenario::Healthy).requests
    }

    async fn run(&self, lasting: Lasting) -> Heard {
        let heard = Heard::default();
        self.start(lasting, heard.clone()).await;
        heard
    }

    pub(crate) fn start(&self, lasting: Lasting, heard: Heard) -> impl Future<Output = ()> {
        let target = SocketAddr::new(self.server.address().into(), 1433);
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
            login: PlanLogin::Sql {
                user: lab::USER.to_owned(),
            },
            options: Options {
                tcp_attempts: 1,
                // The lab's certificate is for another host.
                trust_server_certificate: true,
                query: false,
                tls_versions: false,
                route_trace: false,
                lasting,
                ..Options::default()
            },
        };
        heard.take(
            None,
            EventBody::RunCreated {
                plan: Box::new(plan.clone()),
                agent: AgentId(Uuid::new_v4()),
                agent_name: "drill".to_owned(),
            },
        );
        let agent = Arc::clone(&self.agent);
        async move {
            let work = async move {
                let context = Context {
                    policy: Policy::default().exempt(target),
                    ..Context::offline()
                };
                let secret = Some(Secret::new(lab::PASSWORD.to_owned()));
                probe::run(&plan, secret, &context, &heard, CancellationToken::new()).await;
            };
            agent.run(work).await;
        }
    }

    /// Begins, waits until so many connections are held, does something to them, and waits for the end.
    async fn meanwhile(
        &self,
        lasting: Lasting,
        kind: StepKind,
        held: usize,
        act: impl FnOnce(&Self),
    ) -> Heard {
        let heard = Heard::default();
        let run = self.start(lasting, heard.clone());
        let blow = async {
            eventually("the connections are held", PATIENCE, async || {
                (heard.opened(kind) >= held).then_some(())
            })
            .await;
            act(self);
        };
        tokio::join!(run, blow);
        heard
    }
}

pub(crate) const SERVER_NEVER_CLOSES: Duration = Duration::from_secs(3_600);
const LANES: [Lane; 3] = [Lane::Bare, Lane::KeepAlive, Lane::Heartbeat];

/// One rung that a device's timer lets through and one that it does not, with room for a busy host.
fn ladder() -> Lasting {
    Lasting {
        idle_ladder: Some(IdleLadder {
            rungs_ms: vec![500, 6_500, 7_000],
            lanes: LANES.to_vec(),
            keep_alive_idle_ms: 1_000,
            keep_alive_interval_ms: 1_000,
            heartbeat_ms: 1_000,
            answer_timeout_ms: 3_000,
        }),
        ..Lasting::default()
    }
}

/// How often the right cause was on top.
#[derive(Default)]
pub(crate) struct Score {
    done: u32,
    right: u32,
}

impl Score {
    /// Counts one; something wrong must never be proven.
    pub(crate) fn count(&mut self, heard: &Heard, code: &str, confidence: Confidence) {
        let verdict = heard.verdict();
        self.done += 1;
        println!("{}: {} ({})", self.done, verdict.code, verdict.title);
        if verdict.code == code && verdict.confidence == confidence {
            self.right += 1;
            return;
        }
        println!("wanted {code}: {verdict:#?} {:#?}", heard.rungs());
        assert_ne!(verdict.confidence, Confidence::Proven, "wrong, and proven");
    }
}

impl Drop for Score {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let (right, done) = (self.right, self.done);
            println!("{right} of {done}");
            assert!(done > 0 && right * 100 >= done * 95, "{right} of {done}");
        }
    }
}

/// How the connections of a lane's long rung ended.
fn end_of(heard: &Heard, lane: Lane) -> Option<Standing> {
    let rungs = heard.rungs();
    let long = rungs
        .iter()
        .find(|rung| rung.lane == lane && rung.rung_ms > 1_000);
    long.expect("a rung").death()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_forgets_without_a_word_is_told_and_keep_alive_cures_it() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_idle_silent", &reason);
    }
    let mut score = Score::default();
    for _ in 0..repeats() {
        let ground = Ground::of(SERVER_NEVER_CLOSES).await;
        ground.translate("drop");
        let heard = ground.run(ladder()).await;
        score.count(&heard, "idle_timer", Confidence::Proven);
        assert_eq!(end_of(&heard, Lane::Bare), Some(Standing::Silent));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_resets_what_it_forgot_is_told() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_idle_reset", &reason);
    }
    let mut score = Score::default();
    for _ in 0..repeats() {
        let ground = Ground::of(SERVER_NEVER_CLOSES).await;
        ground.translate("reject with tcp reset");
        let heard = ground.run(ladder()).await;
        score.count(&heard, "idle_timer", Confidence::Proven);
        assert_eq!(end_of(&heard, Lane::Bare), Some(Standing::Reset));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_closes_idle_sessions_is_not_taken_for_a_device() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_idle_session", &reason);
    }
    let mut score = Score::default();
    for _ in 0..repeats() {
        let ground = Ground::of(Duration::from_secs(TIMER_S.into())).await;
        let heard = ground.run(ladder()).await;
        score.count(&heard, "idle_session_closed", Confidence::Proven);
        assert_eq!(end_of(&heard, Lane::KeepAlive), Some(Standing::Fin));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_takes_no_notice_of_keep_alive_is_told() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_keep_alive_ignored", &reason);
    }
    let mut score = Score::default();
    for _ in 0..repeats() {
        let ground = Ground::of(SERVER_NEVER_CLOSES).await;
        ground.count_data_only();
        let heard = ground.run(ladder()).await;
        score.count(&heard, "keep_alive_ignored", Confidence::Proven);
        assert_eq!(end_of(&heard, Lane::KeepAlive), Some(Standing::Reset));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_are_not_taken_for_a_timer() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_half_open", &reason);
    }
    let mut score = Score::default();
    for _ in 0..repeats() {
        let ground = Ground::of(SERVER_NEVER_CLOSES).await;
        let lasting = Lasting {
            idle_ladder: ladder().idle_ladder.map(|ladder| IdleLadder {
                rungs_ms: vec![7_000],
                ..ladder
            }),
            ..Lasting::default()
        };
        let heard = ground
            .meanwhile(lasting, StepKind::IdleLadder, LANES.len(), |ground| {
                ground.between("drop");
            })
            .await;
        score.count(&heard, "held_connections_lost", Confidence::Likely);
        assert!(heard.rungs().iter().any(IdleRung::deceived));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_without_timers_drops_nothing() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_idle_none", &reason);
    }
    let ground = Ground::of(SERVER_NEVER_CLOSES).await;
    let heard = ground.run(ladder()).await;
    assert!(heard.rungs().iter().all(IdleRung::survived));
    let mut score = Score::default();
    score.count(&heard, "healthy", Confidence::Proven);
}

fn flow(lasts_ms: u64) -> Lasting {
    Lasting {
        data_flow: Some(DataFlow {
            lasts_ms,
            silence_ms: 3_000,
        }),
        ..Lasting::default()
    }
}

/// How each query died.
fn flows(heard: &Heard) -> Vec<(Flow, Option<Standing>)> {
    let mut flows = heard.facts(|fact| match fact {
        Observation::FlowEnd(end) => Some((end.flow, end.died)),
        _ => None,
    });
    flows.sort();
    flows
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_that_are_cut_say_how() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_flow_cut", &reason);
    }
    let mut score = Score::default();
    for _ in 0..repeats() {
        for (what, rows) in [
            // The first acknowledgement that the agent sends is answered by a device.
            ("iifname \"to1\" reject with tcp reset", Standing::Reset),
            ("drop", Standing::Silent),
        ] {
            let ground = Ground::of(SERVER_NEVER_CLOSES).await;
            let heard = ground
                .meanwhile(flow(4_000), StepKind::DataFlow, 2, |ground| {
                    ground.between(what);
                })
                .await;
            assert_eq!(flows(&heard)[0], (Flow::Rows, Some(rows)), "{what}");
            score.count(&heard, "flow_cut", Confidence::Proven);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_is_quiet_for_too_long_dies_where_a_busy_one_lives() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_flow_wait", &reason);
    }
    let mut score = Score::default();
    for _ in 0..repeats() {
        let ground = Ground::of(SERVER_NEVER_CLOSES).await;
        ground.translate("drop");
        let heard = ground.run(flow(8_000)).await;
        let expected = [(Flow::Rows, None), (Flow::Wait, Some(Standing::Silent))];
        assert_eq!(flows(&heard), expected);
        score.count(&heard, "flow_silent_wait", Confidence::Proven);
    }
}
