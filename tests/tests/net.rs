//! On hosts that a test makes of network namespaces: what the product does between hosts, and what it never sends.

#![cfg(target_os = "linux")]

#[path = "net/break_it.rs"]
mod break_it;
#[path = "net/drills.rs"]
mod drills;
#[path = "net/faults.rs"]
mod faults;
#[path = "net/ground.rs"]
mod ground;
#[path = "net/lasting.rs"]
mod lasting;
#[path = "net/policy.rs"]
mod policy;
#[path = "net/quiet.rs"]
mod quiet;
#[path = "net/readme.rs"]
mod readme;
#[path = "net/redirect_sample.rs"]
mod redirect_sample;
#[path = "net/replica.rs"]
mod replica;
#[path = "net/revocation.rs"]
mod revocation;
#[path = "net/route_trace.rs"]
mod route_trace;
#[path = "net/sandbox.rs"]
mod sandbox;
#[path = "net/specification.rs"]
mod specification;
#[path = "net/trace.rs"]
mod trace;
