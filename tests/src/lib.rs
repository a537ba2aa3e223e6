//! What the tests of the whole product share: portals, programs and browsers that are started for one test and
//! gone after it.
//!
//! Everything listens on a free port of loopback and writes into a folder of its own. Whoever starts something
//! here ends it: dropping a portal, a process or a browser asserts that nothing of it is left.

pub mod archive;
pub mod browser;
pub mod canary;
pub mod flood;
pub mod ground;
pub mod hand;
pub mod heard;
pub mod judged;
#[cfg(target_os = "linux")]
pub mod net;
pub mod peer;
pub mod portal;
pub mod postgres;
pub mod process;
#[cfg(feature = "integrated")]
pub mod realm;
pub mod relay;
pub mod revocation;
pub mod scenarios;
pub mod sign_in;
pub mod table;
pub mod tls_host;
pub mod tools;

use std::io::Write as _;
use std::time::{Duration, Instant};

/// Says that a test cannot do its work on this host, and why. `cargo xtask test` counts and names it; the caller
/// returns right after.
///
/// # Panics
/// When the file that `LINECHECK_SKIP_FILE` names cannot be written: a skip must never be silent.
pub fn skip(name: &str, reason: &str) {
    println!("linecheck-skip: {name}: {reason}");
    if let Some(path) = std::env::var_os("LINECHECK_SKIP_FILE") {
        let line = format!("{name}\t{}\n", reason.replace(['\n', '\t'], " "));
        std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .expect("the skip is noted");
    }
}

/// Asks again and again until there is an answer; for states that nobody announces.
///
/// # Panics
/// When there is none within `longest`.
pub async fn eventually<T, F>(what: &str, longest: Duration, mut ask: F) -> T
where
    F: AsyncFnMut() -> Option<T>,
{
    let start = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(
            start.elapsed() < longest,
            "waited {longest:?} in vain: {what}"
        );
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// A certificate as a PEM file holds it.
#[must_use]
pub fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// A folder that is removed at the end.
///
/// # Panics
/// When the host gives none.
#[must_use]
pub fn folder() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("linecheck-test-")
        .tempdir()
        .expect("a temporary folder")
}
