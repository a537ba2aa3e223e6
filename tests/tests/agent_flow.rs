//! The agent against a portal that a test can stop, cut off and question.

#[path = "agent_flow/bench.rs"]
mod bench;
#[path = "agent_flow/cancel.rs"]
mod cancel;
#[path = "agent_flow/files.rs"]
mod files;
#[path = "agent_flow/leftovers.rs"]
mod leftovers;
#[path = "agent_flow/link.rs"]
mod link;
#[path = "agent_flow/portal.rs"]
mod portal;
#[path = "agent_flow/proxy.rs"]
mod proxy;
#[path = "agent_flow/real.rs"]
mod real;
#[path = "agent_flow/removed.rs"]
mod removed;
#[path = "agent_flow/restart.rs"]
mod restart;
#[path = "agent_flow/secrets.rs"]
mod secrets;
