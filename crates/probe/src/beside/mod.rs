//! What goes on beside the path: further checks, each begun as soon as the path has told what it needs, each with
//! its own deadline, none waited for by the path.
//!
//! ```text
//! path ──notes──▶ watch ──▶ gateways, TLS versions, … all at once
//!        Found, Aliases, Answered, Chain, Silent, Over
//! ```
//!
//! The run ends when the path is over and every check has ended.

mod gateways;
mod notes;
mod redirect_sample;
mod revocation;
mod route_trace;
mod sign_in;
mod tls_versions;

use crate::run::Run;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
pub(crate) use notes::{Heard, Note, Notes};

/// A check at work.
type Check<'r> = BoxFuture<'r, ()>;

/// What the checks remember of the path.
#[derive(Default)]
struct Memory {
    gateways: gateways::Memory,
    redirect_sample: redirect_sample::Memory,
    revocation: revocation::Memory,
    route_trace: route_trace::Memory,
    tls_versions: tls_versions::Memory,
}

impl Memory {
    /// The checks that this note lets begin.
    fn hear<'r>(&mut self, run: &'r Run<'r>, note: &Note) -> Vec<Check<'r>> {
        let mut checks = Vec::new();
        checks.extend(self.gateways.hear(run, note));
        checks.extend(self.redirect_sample.hear(run, note));
        checks.extend(self.revocation.hear(run, note));
        checks.extend(self.route_trace.hear(run, note));
        checks.extend(self.tls_versions.hear(run, note));
        checks
    }
}

/// Begins checks as the path tells, and returns when it is over and they have ended.
pub(crate) async fn watch(run: &Run<'_>, mut heard: Heard) {
    let mut memory = Memory::default();
    let mut checks: FuturesUnordered<Check<'_>> = FuturesUnordered::new();
    checks.extend(sign_in::begin(run));
    let mut over = false;
    while !over || !checks.is_empty() {
        tokio::select! {
            note = heard.next(), if !over => {
                over = matches!(note, Note::Over);
                checks.extend(memory.hear(run, &note));
            }
            Some(()) = checks.next(), if !checks.is_empty() => {}
        }
    }
}
