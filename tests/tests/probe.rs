//! The engine against the lab, against peers that mean it ill, and against name servers of our own.

#[path = "probe/beats.rs"]
mod beats;
#[path = "probe/bench.rs"]
mod bench;
#[path = "probe/beside.rs"]
mod beside;
#[path = "probe/ends.rs"]
mod ends;
#[path = "probe/entra.rs"]
mod entra;
#[path = "probe/further.rs"]
mod further;
#[path = "probe/held.rs"]
mod held;
#[path = "probe/hostile.rs"]
mod hostile;
#[path = "probe/instance_link/mod.rs"]
mod link;
#[path = "probe/name_servers.rs"]
mod name_servers;
#[path = "probe/redirect_sample.rs"]
mod redirect_sample;
#[path = "probe/replica.rs"]
mod replica;
#[path = "probe/revocation.rs"]
mod revocation;
#[path = "probe/scenarios.rs"]
mod scenarios;
#[path = "probe/story.rs"]
mod story;
#[path = "probe/way.rs"]
mod way;
