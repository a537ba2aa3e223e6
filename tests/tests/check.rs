//! The program `linecheck-agent` as a person runs it: without a portal, against practice targets; following a run of
//! a portal; and enrolled with one.

#[path = "check/bench.rs"]
mod bench;
#[path = "check/enroll.rs"]
mod enroll;
#[path = "check/files.rs"]
mod files;
#[path = "check/hostile.rs"]
mod hostile;
#[path = "check/lasting.rs"]
mod lasting;
#[path = "check/leftovers.rs"]
mod leftovers;
#[path = "check/secrets.rs"]
mod secrets;
#[path = "check/table.rs"]
mod table;
#[path = "check/watch.rs"]
mod watch;
