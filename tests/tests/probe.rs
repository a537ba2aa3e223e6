//! The engine against the lab, against peers that mean it ill, and against name servers of our own.

#[path = "probe/bench.rs"]
mod bench;
#[path = "probe/scenarios.rs"]
mod scenarios;
#[path = "probe/story.rs"]
mod story;
