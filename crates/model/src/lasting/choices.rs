//! The choices of each thing that lasts, with their defaults and bounds.

use super::LONGEST_LASTING_MS;
use serde::{Deserialize, Serialize};

/// Name, value, least, most.
pub(super) type Bound = (&'static str, u64, u64, u64);

const LONGEST_RUNG_MS: u64 = 7_200_000;
/// One answer may be waited for so long.
const LONGEST_ANSWER_MS: u64 = 120_000;

/// Connections in parallel, each idle for one rung, then looked at without a round trip, then used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IdleLadder {
    /// How long each is idle. The default is the quick ladder; the full one is
    /// 30, 60, 120, 230, 250, 290, 310, 600, 1,750 and 1,850 s.
    pub rungs_ms: Vec<u64>,
    /// Side by side, each with a connection for each rung.
    pub lanes: Vec<Lane>,
    /// First keep-alive of the keep-alive lane after so much silence (whole seconds on the wire).
    pub keep_alive_idle_ms: u64,
    /// Further ones after so much.
    pub keep_alive_interval_ms: u64,
    /// The heartbeat lane's query every so often.
    pub heartbeat_ms: u64,
    /// Longest wait for the answer when a connection is used at last.
    pub answer_timeout_ms: u64,
}

/// How a connection of the idle ladder is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Lane {
    /// Nothing is sent.
    Bare,
    /// TCP keep-alive.
    KeepAlive,
    /// A query now and then.
    Heartbeat,
}

impl Default for IdleLadder {
    fn default() -> Self {
        Self {
            rungs_ms: vec![30_000, 60_000, 120_000],
            lanes: vec![Lane::Bare, Lane::KeepAlive, Lane::Heartbeat],
            keep_alive_idle_ms: 30_000,
            keep_alive_interval_ms: 1_000,
            heartbeat_ms: 60_000,
            answer_timeout_ms: 10_000,
        }
    }
}

impl IdleLadder {
    /// Every rung at which applications' connections are known to die (a first suspicion by each).
    pub const FULL_MS: [u64; 10] = [
        30_000, 60_000, 120_000, 230_000, 250_000, 290_000, 310_000, 600_000, 1_750_000, 1_850_000,
    ];

    pub(super) fn lasts_ms(&self) -> u64 {
        let longest = self.rungs_ms.iter().copied().max().unwrap_or(0);
        longest.saturating_add(self.answer_timeout_ms)
    }

    pub(super) fn bounds(&self) -> Vec<Bound> {
        let mut bounds = vec![
            (
                "idle_ladder.rungs_ms (their number)",
                self.rungs_ms.len() as u64,
                1,
                20,
            ),
            (
                "idle_ladder.lanes (their number)",
                self.lanes.len() as u64,
                1,
                3,
            ),
            (
                "idle_ladder.keep_alive_idle_ms",
                self.keep_alive_idle_ms,
                1_000,
                LONGEST_RUNG_MS,
            ),
            (
                "idle_ladder.keep_alive_interval_ms",
                self.keep_alive_interval_ms,
                1_000,
                600_000,
            ),
            (
                "idle_ladder.heartbeat_ms",
                self.heartbeat_ms,
                100,
                LONGEST_RUNG_MS,
            ),
            (
                "idle_ladder.answer_timeout_ms",
                self.answer_timeout_ms,
                1,
                LONGEST_ANSWER_MS,
            ),
        ];
        let rungs = self.rungs_ms.iter();
        bounds.extend(rungs.map(|rung| ("idle_ladder.rungs_ms", *rung, 1, LONGEST_RUNG_MS)));
        bounds
    }
}

/// `SELECT 1` over one held connection, and a fresh login now and then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heartbeat {
    /// Start of one beat to the start of the next.
    pub every_ms: u64,
    /// For so long.
    pub lasts_ms: u64,
    /// Every so many beats a fresh login; 0 for none.
    pub login_every: u32,
    /// Without an answer for so long, the connection is lost though nobody said so.
    pub session_timeout_ms: u64,
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self {
            every_ms: 1_000,
            lasts_ms: 300_000,
            login_every: 10,
            session_timeout_ms: 10_000,
        }
    }
}

impl Heartbeat {
    pub(super) fn lasts_ms(&self) -> u64 {
        self.lasts_ms.saturating_add(self.session_timeout_ms)
    }

    pub(super) fn bounds(&self) -> Vec<Bound> {
        vec![
            ("heartbeat.every_ms", self.every_ms, 10, 60_000),
            ("heartbeat.lasts_ms", self.lasts_ms, 1, LONGEST_LASTING_MS),
            (
                "heartbeat.login_every",
                u64::from(self.login_every),
                0,
                1_000_000,
            ),
            (
                "heartbeat.session_timeout_ms",
                self.session_timeout_ms,
                10,
                LONGEST_ANSWER_MS,
            ),
        ]
    }
}

/// Logins, or logins and queries, one after another; every outcome is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RetryLoop {
    /// Start of one operation to the start of the next.
    pub every_ms: u64,
    /// For so long.
    pub lasts_ms: u64,
    /// So many may be under way at once.
    pub at_once: u32,
    /// Each asks `SELECT 1` once it is logged in.
    pub query: bool,
}

impl Default for RetryLoop {
    fn default() -> Self {
        Self {
            every_ms: 1_000,
            lasts_ms: 120_000,
            at_once: 4,
            query: true,
        }
    }
}

impl RetryLoop {
    pub(super) fn lasts_ms(&self) -> u64 {
        self.lasts_ms.saturating_add(LONGEST_ANSWER_MS)
    }

    pub(super) fn bounds(&self) -> Vec<Bound> {
        vec![
            ("retry_loop.every_ms", self.every_ms, 20, 600_000),
            ("retry_loop.lasts_ms", self.lasts_ms, 1, LONGEST_LASTING_MS),
            ("retry_loop.at_once", u64::from(self.at_once), 1, 10),
            (
                "retry_loop.lasts_ms / every_ms (operations)",
                self.lasts_ms / self.every_ms.max(1),
                0,
                250_000,
            ),
        ]
    }
}

/// Writes in a schema that the person names, cut off on purpose, asked after, and done again only if they are not
/// there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrackedWrites {
    /// Schema in which the two tables are made. Nothing else of it is touched.
    pub schema: String,
    /// For each moment.
    #[serde(default = "few")]
    pub operations: u32,
    /// When the connection is cut.
    #[serde(default = "CutMoment::all")]
    pub moments: Vec<CutMoment>,
    /// State every statement and send none.
    #[serde(default = "yes")]
    pub dry_run: bool,
    /// The same once more without asking, for contrast.
    #[serde(default = "yes")]
    pub blind: bool,
}

/// When the connection of a write is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CutMoment {
    /// Before the write is sent.
    BeforeSend,
    /// After the write is sent, before its reply is read.
    AfterSend,
    /// After the write's reply, before COMMIT is sent.
    BeforeCommit,
    /// After COMMIT is sent, before its reply can have come.
    AfterCommit,
    /// After COMMIT's reply has come, before anybody read it.
    ReplyLost,
}

impl CutMoment {
    /// Every moment, in the order of a write.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![
            Self::BeforeSend,
            Self::AfterSend,
            Self::BeforeCommit,
            Self::AfterCommit,
            Self::ReplyLost,
        ]
    }
}

const fn few() -> u32 {
    20
}

const fn yes() -> bool {
    true
}

impl TrackedWrites {
    /// Longest that one operation takes, its reconnects included.
    const OPERATION_MS: u64 = 10_000;

    pub(super) fn lasts_ms(&self) -> u64 {
        if self.dry_run {
            return 0;
        }
        let ways = if self.blind { 2 } else { 1 };
        let operations = u64::from(self.operations).saturating_mul(self.moments.len() as u64);
        let all = operations
            .saturating_mul(ways)
            .saturating_mul(Self::OPERATION_MS);
        all.min(LONGEST_LASTING_MS)
    }

    pub(super) fn bounds(&self) -> Vec<Bound> {
        vec![
            (
                "tracked_writes.operations",
                u64::from(self.operations),
                1,
                1_000,
            ),
            (
                "tracked_writes.moments (their number)",
                self.moments.len() as u64,
                1,
                5,
            ),
        ]
    }
}

/// A query that returns rows without end, and one that waits, each over a connection of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DataFlow {
    /// For so long.
    pub lasts_ms: u64,
    /// Nothing more for so long is silence. The query that waits may be silent until it ends.
    pub silence_ms: u64,
}

impl Default for DataFlow {
    fn default() -> Self {
        Self {
            lasts_ms: 60_000,
            silence_ms: 10_000,
        }
    }
}

impl DataFlow {
    pub(super) fn lasts_ms(&self) -> u64 {
        self.lasts_ms.saturating_add(self.silence_ms)
    }

    pub(super) fn bounds(&self) -> Vec<Bound> {
        vec![
            ("data_flow.lasts_ms", self.lasts_ms, 1, 86_400_000),
            (
                "data_flow.silence_ms",
                self.silence_ms,
                10,
                LONGEST_ANSWER_MS,
            ),
        ]
    }
}

/// Connections opened one after another and held together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Capacity {
    /// So many in the end.
    pub connections: u32,
    /// So many a second.
    pub per_second: u32,
    /// All of them are held for so long.
    pub hold_ms: u64,
}

impl Default for Capacity {
    fn default() -> Self {
        Self {
            connections: 100,
            per_second: 20,
            hold_ms: 5_000,
        }
    }
}

impl Capacity {
    /// Opened and held.
    pub(super) fn planned_ms(&self) -> u64 {
        let opening =
            u64::from(self.connections).saturating_mul(1_000) / u64::from(self.per_second.max(1));
        opening.saturating_add(self.hold_ms)
    }

    pub(super) fn lasts_ms(&self) -> u64 {
        self.planned_ms().saturating_add(LONGEST_ANSWER_MS)
    }

    pub(super) fn bounds(&self) -> Vec<Bound> {
        vec![
            ("capacity.connections", u64::from(self.connections), 1, 200),
            ("capacity.per_second", u64::from(self.per_second), 1, 200),
            ("capacity.hold_ms", self.hold_ms, 0, 60_000),
        ]
    }
}

/// What the way to the target carries: sizes of messages, loss, families of addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PathSurvey {
    /// Bytes of one message each, sent with the segment size of the path and again with a small one.
    pub sizes: Vec<u32>,
    /// Connects for the count of lost SYNs.
    pub syns: u32,
    /// Longest wait for one answer.
    pub answer_timeout_ms: u64,
}

impl Default for PathSurvey {
    fn default() -> Self {
        Self {
            sizes: vec![500, 1_200, 1_400, 4_000, 16_000],
            syns: 40,
            answer_timeout_ms: 5_000,
        }
    }
}

impl PathSurvey {
    pub(super) fn lasts_ms(&self) -> u64 {
        let tries = (self.sizes.len() as u64)
            .saturating_mul(2)
            .saturating_add(2);
        self.answer_timeout_ms
            .saturating_mul(tries)
            .saturating_add(60_000)
    }

    pub(super) fn bounds(&self) -> Vec<Bound> {
        let mut bounds = vec![
            ("path.sizes (their number)", self.sizes.len() as u64, 0, 10),
            ("path.syns", u64::from(self.syns), 0, 1_000),
            (
                "path.answer_timeout_ms",
                self.answer_timeout_ms,
                1,
                LONGEST_ANSWER_MS,
            ),
        ];
        let sizes = self.sizes.iter();
        bounds.extend(sizes.map(|size| ("path.sizes", u64::from(*size), 1, 32_000)));
        bounds
    }
}
