//! Where some things may stand: SQL in the store, axum in the portal's HTTP part, connections to targets in `probe`.

/// A crate's name, and the files that may use it. `start.rs` serves, and so names axum's server.
const HOMES: [(&str, &[&str]); 4] = [
    ("sqlx", &["server/src/store/", "server/src/store.rs"]),
    ("axum", &["server/src/http/"]),
    ("prometheus_client", &["server/src/metrics/"]),
    ("tiberius", &["crates/probe/src/"]),
];

/// Uses of those crates elsewhere, in one file. Tests may use what they like.
pub(super) fn breaches(path: &str, text: &str) -> Vec<String> {
    let is_product =
        path.ends_with(".rs") && !path.starts_with("tests/") && !path.starts_with("xtask/");
    HOMES
        .iter()
        .filter(|(_, homes)| is_product && !homes.iter().any(|home| path.starts_with(home)))
        .filter(|(name, _)| {
            text.lines()
                .map(str::trim_start)
                .filter(|line| !line.starts_with("//"))
                .any(|line| line.contains(&format!("{name}::")))
        })
        .map(|(name, homes)| format!("{path}: {name} may be used in {} only", homes.join(", ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::breaches;

    #[test]
    fn sql_stays_in_the_store() {
        let text = "//! Runs.\nuse sqlx::query;\n";
        assert!(breaches("server/src/store/sqlite.rs", text).is_empty());
        assert!(breaches("tests/tests/store.rs", text).is_empty());
        assert_eq!(breaches("server/src/runs/read.rs", text).len(), 1);
        assert!(breaches("server/src/runs/read.rs", "// not sqlx::query\n").is_empty());
    }
}
