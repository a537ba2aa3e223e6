//! What a person takes away: the reports and `AllFiles.zip`, from ordinary logs and from hostile ones.

#[path = "bundle/bad_zips.rs"]
mod bad_zips;
#[path = "bundle/golden.rs"]
mod golden;
#[path = "bundle/hostile.rs"]
mod hostile;
#[path = "bundle/log.rs"]
mod log;
#[path = "bundle/whole.rs"]
mod whole;
#[path = "bundle/zip_maker.rs"]
mod zip_maker;
