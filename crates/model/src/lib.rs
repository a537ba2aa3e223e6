//! The words of Linecheck as types: runs, steps, attempts, observations, events, findings, and the bodies
//! of the API.
//!
//! Everything else is written in these words, so this crate knows nothing of anybody: no clock, no
//! randomness, no files, no network. It builds for WebAssembly.
//!
//! Two habits hold throughout. Durations are integers whose name ends in the unit (`elapsed_us`).
//! Requests refuse fields they do not know; logs keep kinds they do not know, raw.

pub mod agent_api;
pub mod api;
mod artifact;
mod checks;
mod event;
mod failure;
mod finding;
mod ids;
pub mod lasting;
mod objects;
mod observation;
mod patterns;
mod plan;
mod problem;
mod redaction;
mod run;
mod step;

pub use artifact::{Artifact, ArtifactKind};
pub use checks::{
    DatabaseEntry, DeviceCode, GatewayRegion, RegionSource, RevocationAnswer, Route, RouteHop,
    SignInHost, SqlInstance, TlsOffer, TokenFacts, TokenRefusal, TokenSource, TraceFile,
    TracedConnection, TracedEnd,
};
pub use event::{AgentEvent, EventBody, RunEvent};
pub use failure::FailureCode;
pub use finding::{Confidence, Finding, Link, Owner, Severity};
pub use ids::{AgentId, GroupId, LeaseId, RunId, ShareId, StepId};
pub use objects::{ObjectFact, ObjectState, ServerObject};
pub use observation::{
    Certificate, ChainVerdict, Closer, Closing, DnsRecord, DnsSource, HopTarget, Interface,
    Observation, Phase, PhaseTime, PreloginOption, ServerMessage,
};
pub use patterns::{Pattern, Patterns};
pub use plan::{
    ApplicationIntent, Dialect, DriverSettings, Encrypt, Encryption, Options, Plan, PlanLogin,
    Target,
};
pub use problem::Problem;
pub use redaction::Redaction;
pub use run::{Interruption, Outcome, RunState, RunSummary, RunView};
pub use step::{Attempt, Step, StepKind, StepState, Subject};
