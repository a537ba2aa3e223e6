//! The portal's API once more, on PostgreSQL: those stories of `api` that turn on what is stored, word for word.
//!
//! Where PostgreSQL is missing each is counted as skipped.

#[path = "api/artifacts.rs"]
mod artifacts;
#[path = "api/ingest.rs"]
mod ingest;
#[path = "api/lifecycle.rs"]
mod lifecycle;
#[path = "api/restart.rs"]
mod restart;
#[path = "api/runs.rs"]
mod runs;
#[path = "api/stream.rs"]
mod stream;
#[path = "api/support.rs"]
#[allow(dead_code, reason = "the other stories need more of it")]
mod support;

use server::store::Address;
use std::path::Path;

/// A database for a portal of this test on this data directory: the same one when it is started again.
fn database(folder: &Path) -> Option<Address> {
    let file = folder.join("database-url");
    if !file.exists() {
        let test = std::thread::current();
        let url = tests::postgres::database(test.name().unwrap_or("api_postgres"))?;
        std::fs::write(&file, url).expect("written");
    }
    // Every test of a process may do this; only the first counts.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let url = std::fs::read_to_string(&file).expect("a file");
    Some(url.parse().expect("a URL"))
}
