//! One TLS stack with one crypto provider: a second one makes the process-wide default ambiguous.

use crate::tools;
use anyhow::Result;

/// What must not come in, through whatever dependency.
const BANNED: [&str; 3] = ["ring", "openssl-sys", "native-tls"];

/// Each banned crate that something in the workspace brings, with what brings it.
pub(super) fn breaches() -> Result<Vec<String>> {
    let mut found = Vec::new();
    for name in BANNED {
        let output = tools::cargo(&["tree", "--workspace", "--target", "all", "--prefix", "none"])
            .args(["--edges", "normal,build", "--depth", "1", "--invert", name])
            .output()?;
        // Nothing on standard output, and no success where the lock file does not even know it: it is not there.
        let tree = String::from_utf8_lossy(&output.stdout);
        let brought_by: Vec<_> = tree.lines().skip(1).collect();
        if tree.lines().count() > 0 {
            found.push(format!(
                "{name} comes in through {}; aws-lc-rs is the one provider",
                brought_by.join(", ")
            ));
        }
    }
    Ok(found)
}
