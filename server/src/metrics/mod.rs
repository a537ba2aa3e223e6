//! What the portal counts of itself, in the text format of OpenMetrics, which Prometheus reads.
//!
//! Every portal has counters of its own; nothing is global. Labels are taken from fixed sets (codes of rules,
//! kinds of steps, templates of routes…), never from what a person or a peer chose: that bounds their number,
//! and tells nobody's names to whoever may read the figures. `docs/OPERATIONS.md` lists them all.

mod gather;
mod process;
mod store;

use crate::store::RunRow;
use model::{RunState, StepKind};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Metric, Registry, Unit};
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

pub use gather::{CONTENT_TYPE, text};
pub use store::Measured;

/// From 100 µs to 26 s, each bound four times the one before.
fn durations() -> Histogram {
    Histogram::new(exponential_buckets(0.0001, 4.0, 10))
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RunLabels {
    outcome: &'static str,
    verdict: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StepLabels {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    operation: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AgentLabels {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
    rules: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalLabels {
    reason: &'static str,
}

type Durations<L> = Family<L, Histogram, fn() -> Histogram>;

/// The counters of one portal.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    started: Instant,
    runs: Family<RunLabels, Counter>,
    steps: Durations<StepLabels>,
    requests: Family<RequestLabels, Counter>,
    logins_refused: Family<RefusalLabels, Counter>,
    store: Durations<OperationLabels>,
    store_errors: Family<OperationLabels, Counter>,
    swept: Counter,
    streams: Gauge,
    queued: Gauge,
    running: Gauge,
    agents: Family<AgentLabels, Gauge>,
    up: Gauge,
    uptime: Gauge<f64, AtomicU64>,
    resident: Gauge,
    descriptors: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("linecheck");
        let mut own = Named(&mut registry);
        let steps = Durations::new_with_constructor(durations as fn() -> Histogram);
        let store = Durations::new_with_constructor(durations as fn() -> Histogram);
        let build: Family<BuildLabels, Gauge> = own.add("build_info", "What runs; always 1");
        let labels = BuildLabels {
            version: env!("CARGO_PKG_VERSION"),
            rules: rules::RULES_VERSION.to_string(),
        };
        build.get_or_create(&labels).set(1);
        Self {
            started: Instant::now(),
            runs: own.add("runs", "Runs settled, by outcome and verdict"),
            steps: own.seconds("step_duration", "Finished steps of settled runs", steps),
            requests: own.add("http_requests", "Answered requests"),
            logins_refused: refused(
                own.add("logins_refused", "Logins of the operator that failed"),
            ),
            store: own.seconds("store_duration", "Calls of the database", store),
            store_errors: own.add("store_errors", "Calls of the database that failed"),
            swept: own.add("swept_rows", "Rows of deleted runs taken away"),
            streams: own.add("streams_open", "Event streams that are being read"),
            queued: own.add("runs_queued", "Runs that wait for their agent"),
            running: own.add("runs_running", "Runs that an agent makes"),
            agents: own.add("agents", "Agents by state"),
            up: own.add("store_up", "1 when the database answered just now"),
            uptime: own.seconds("uptime", "Since the portal started", Gauge::default()),
            resident: own.add("resident_bytes", "Memory of the process"),
            descriptors: own.add("open_descriptors", "Open files and sockets of the process"),
            registry,
        }
    }
}

/// Zero is a figure too.
fn refused(family: Family<RefusalLabels, Counter>) -> Family<RefusalLabels, Counter> {
    for reason in ["wrong", "too_many"] {
        drop(family.get_or_create(&RefusalLabels { reason }));
    }
    family
}

/// Registers under a name.
struct Named<'a>(&'a mut Registry);

impl Named<'_> {
    fn add<M: Metric + Clone + Default>(&mut self, name: &str, help: &str) -> M {
        let metric = M::default();
        self.0.register(name, help, metric.clone());
        metric
    }

    fn seconds<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.0
            .register_with_unit(name, help, Unit::Seconds, metric.clone());
        metric
    }
}

impl Metrics {
    /// A run settled; one that goes on after an interruption settles again.
    pub fn run_settled(&self, row: &RunRow, steps: &[model::Step]) {
        let labels = RunLabels {
            outcome: row.outcome.map_or("none", |outcome| outcome.as_str()),
            // Only rules write it, so it is one of theirs.
            verdict: row
                .findings
                .first()
                .map_or_else(String::new, |verdict| verdict.code.clone()),
        };
        self.runs.get_or_create(&labels).inc();
        for step in steps {
            if let Some(elapsed_us) = step.elapsed_us {
                let kind = kind(step.kind);
                let elapsed = Duration::from_micros(elapsed_us).as_secs_f64();
                self.steps
                    .get_or_create(&StepLabels { kind })
                    .observe(elapsed);
            }
        }
    }

    /// A request was answered; `route` is a template.
    pub fn answered(&self, route: &str, status: u16) {
        let status = match status {
            100..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        let labels = RequestLabels {
            route: route.to_owned(),
            status,
        };
        self.requests.get_or_create(&labels).inc();
    }

    /// A login failed: the password was `wrong`, or there were `too_many` tries.
    pub fn login_refused(&self, reason: &'static str) {
        let labels = RefusalLabels { reason };
        self.logins_refused.get_or_create(&labels).inc();
    }

    /// Rows of deleted runs were taken away.
    pub fn swept(&self, rows: u64) {
        self.swept.inc_by(rows);
    }

    /// An event stream is open until the answer is dropped.
    #[must_use]
    pub fn stream(&self) -> OpenStream {
        self.streams.inc();
        OpenStream(self.streams.clone())
    }

    fn live(&self, states: impl Iterator<Item = RunState>) {
        let (mut queued, mut running) = (0, 0);
        for state in states {
            match state {
                RunState::Queued => queued += 1,
                _ => running += 1,
            }
        }
        self.queued.set(queued);
        self.running.set(running);
    }
}

/// An event stream that is being read.
#[derive(Debug)]
pub struct OpenStream(Gauge);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn kind(kind: StepKind) -> &'static str {
    match kind {
        StepKind::HostFacts => "host_facts",
        StepKind::DnsLookup => "dns_lookup",
        StepKind::TcpConnect => "tcp_connect",
        StepKind::TdsPrelogin => "tds_prelogin",
        StepKind::TlsHandshake => "tls_handshake",
        StepKind::TdsLogin => "tds_login",
        StepKind::TdsRedirect => "tds_redirect",
        StepKind::SqlQuery => "sql_query",
        StepKind::InstanceLookup => "instance_lookup",
        StepKind::GatewayConnect => "gateway_connect",
        StepKind::SignInHost => "sign_in_host",
        StepKind::TokenRequest => "token_request",
        StepKind::TicketRequest => "ticket_request",
        StepKind::DatabaseLookup => "database_lookup",
        StepKind::LoginAttempt => "login_attempt",
        StepKind::RedirectSample => "redirect_sample",
        StepKind::TlsVersions => "tls_versions",
        StepKind::Revocation => "revocation",
        StepKind::RouteTrace => "route_trace",
        StepKind::NetworkTrace => "network_trace",
        StepKind::IdleLadder => "idle_ladder",
        StepKind::Heartbeat => "heartbeat",
        StepKind::RetryLoop => "retry_loop",
        StepKind::TrackedWrites => "tracked_writes",
        StepKind::CleanUp => "clean_up",
        StepKind::DataFlow => "data_flow",
        StepKind::Capacity => "capacity",
        StepKind::PathSurvey => "path_survey",
        StepKind::ReplicaSession => "replica_session",
        StepKind::ReplicaCatalog => "replica_catalog",
        StepKind::ListenerView => "listener_view",
        StepKind::InstanceLink => "instance_link",
        StepKind::LinkToInstance => "link_to_instance",
        StepKind::LinkFromInstance => "link_from_instance",
        StepKind::Unknown => "unknown",
    }
}
