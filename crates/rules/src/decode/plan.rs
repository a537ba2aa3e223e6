//! The run that tells causes apart: what each part of it shows, and the options that ask for it.

use super::{Named, Ranked};
use model::Options;
use model::lasting::{Capacity, DataFlow, Heartbeat, IdleLadder, PathSurvey, RetryLoop};
use serde::Serialize;

/// The most likely causes are told apart; the rest is left.
const CAUSES: usize = 4;

/// A part of a run that is made when it helps to tell causes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trial {
    /// The run as it always is: name, connects, handshakes, login.
    Plain,
    /// So many logins, each with its own clocks.
    Logins(u32),
    /// Connections idle for so long, ms.
    Ladder(u64),
    /// A query every second over one connection.
    Heartbeat,
    /// Logins and queries, one after another.
    RetryLoop,
    /// A query that returns data all the time.
    DataFlow,
    /// Many connections at once.
    Capacity,
    /// Sizes of messages, and loss.
    Path,
    /// Ports that redirects lead to.
    RedirectSample,
    /// Revocation's addresses.
    Revocation,
    /// The addresses of Microsoft Entra.
    SignInHosts,
    /// The run's own packets.
    NetworkTrace,
}

impl Trial {
    /// What it shows, in a sentence.
    #[must_use]
    pub fn shows(self) -> &'static str {
        match self {
            Self::Plain => {
                "Every address, port and handshake by itself: which of them fails, how, and after how long."
            }
            Self::Logins(_) => {
                "Ten logins with a clock for each phase: always slow, now and then, or never from here."
            }
            Self::Ladder(_) => {
                "Connections left idle for longer and longer, with and without keep-alives: at what age they die, how, and what keeps them."
            }
            Self::Heartbeat => {
                "A query every second over one connection: gaps and drops of the way itself, with retransmissions beside them."
            }
            Self::RetryLoop => {
                "Fresh logins and queries for two minutes: how often they fail, with which numbers, and for how long at a stretch."
            }
            Self::DataFlow => {
                "Connections that return data all the time: whether they drop too, and after how many bytes."
            }
            Self::Capacity => {
                "More and more connections at once: whether and where new ones begin to fail."
            }
            Self::Path => {
                "Messages of growing size, with small segments for contrast, and lost SYNs: a black hole for large packets, or loss."
            }
            Self::RedirectSample => {
                "Connects to ports that the gateway redirects to: whether they are open from here."
            }
            Self::Revocation => {
                "The addresses at which revocation is asked: whether they answer from here."
            }
            Self::SignInHosts => "The addresses of Microsoft Entra: whether they answer from here.",
            Self::NetworkTrace => "The run's own packets: who sent the reset, by its hop limit.",
        }
    }

    /// Whether it goes on once the run has logged in.
    #[must_use]
    pub fn needs_login(self) -> bool {
        matches!(
            self,
            Self::Logins(_)
                | Self::Ladder(_)
                | Self::Heartbeat
                | Self::RetryLoop
                | Self::DataFlow
                | Self::Capacity
        )
    }

    fn ask(self, options: &mut Options) {
        let lasting = &mut options.lasting;
        match self {
            Self::Plain => {}
            Self::Logins(logins) => {
                options.connection_attempts = options.connection_attempts.max(logins)
            }
            Self::Ladder(to_ms) => {
                let before = lasting
                    .idle_ladder
                    .take()
                    .and_then(|ladder| ladder.rungs_ms.last().copied());
                let to_ms = to_ms.max(before.unwrap_or(0));
                let rungs_ms = IdleLadder::FULL_MS
                    .into_iter()
                    .filter(|rung| *rung <= to_ms)
                    .collect();
                lasting.idle_ladder = Some(IdleLadder {
                    rungs_ms,
                    ..IdleLadder::default()
                });
            }
            Self::Heartbeat => lasting.heartbeat = Some(Heartbeat::default()),
            Self::RetryLoop => lasting.retry_loop = Some(RetryLoop::default()),
            Self::DataFlow => lasting.data_flow = Some(DataFlow::default()),
            Self::Capacity => lasting.capacity = Some(Capacity::default()),
            Self::Path => lasting.path = Some(PathSurvey::default()),
            Self::RedirectSample => options.redirect_sample = true,
            Self::Revocation => options.revocation = true,
            Self::SignInHosts => options.sign_in_hosts = true,
            Self::NetworkTrace => options.network_trace = true,
        }
    }

    /// Two of a kind are one; the longer ladder stays.
    fn same_kind(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

/// A run, ready to be asked for once it is known how to sign in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// The server, where the text names it.
    pub server: Option<String>,
    /// The database, where it does.
    pub database: Option<String>,
    /// What differs from the usual stands in it.
    pub options: Options,
    /// What it does, and the codes of the causes that each part tells apart.
    pub parts: Vec<Part>,
    /// Whether a part of it goes on only once somebody has signed in.
    pub needs_login: bool,
    /// How long it lasts beyond a usual run.
    pub lasts_ms: u64,
}

/// A part of a suggested run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Which.
    pub trial: Trial,
    /// For these causes.
    pub causes: Vec<&'static str>,
}

/// The run for these causes; none for none.
pub(super) fn suggest(causes: &[Ranked], named: &Named) -> Option<Suggestion> {
    let mut parts: Vec<Part> = Vec::new();
    for ranked in causes.iter().take(CAUSES) {
        for trial in ranked.cause.trials {
            match parts.iter_mut().find(|part| part.trial.same_kind(*trial)) {
                Some(part) => {
                    part.trial = part.trial.max(*trial);
                    if !part.causes.contains(&ranked.cause.code) {
                        part.causes.push(ranked.cause.code);
                    }
                }
                None => parts.push(Part {
                    trial: *trial,
                    causes: vec![ranked.cause.code],
                }),
            }
        }
    }
    // What every run does need not be said beside what is asked for.
    if parts.iter().any(|part| part.trial != Trial::Plain) && parts.len() > 1 {
        let first = parts.first().map(|part| part.trial);
        parts.retain(|part| part.trial != Trial::Plain || first == Some(Trial::Plain));
    }
    if parts.is_empty() {
        return None;
    }
    let mut options = Options::default();
    for part in &parts {
        part.trial.ask(&mut options);
    }
    Some(Suggestion {
        server: named.server.clone(),
        database: named.database.clone(),
        lasts_ms: options.lasting.lasts_ms(),
        needs_login: parts.iter().any(|part| part.trial.needs_login()),
        options,
        parts,
    })
}
