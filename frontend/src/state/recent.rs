//! Targets that were named lately, kept by the browser: server and database, never anything secret.

use serde::{Deserialize, Serialize};

/// Where the browser keeps them.
pub(crate) const KEY: &str = "linecheck.recent";
const MOST: usize = 6;

/// One of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Recent {
    pub(crate) server: String,
    pub(crate) database: String,
}

/// What is kept; nothing when it cannot be read.
pub(crate) fn read(stored: Option<&str>) -> Vec<Recent> {
    stored
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// The list with `one` first. Anything that could hold a secret is not kept.
pub(crate) fn with(mut list: Vec<Recent>, one: Recent) -> Vec<Recent> {
    if target::holds_secret(&one.server) || target::holds_secret(&one.database) {
        return list;
    }
    list.retain(|other| *other != one);
    list.insert(0, one);
    list.truncate(MOST);
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recent(server: &str) -> Recent {
        Recent {
            server: server.into(),
            database: "master".into(),
        }
    }

    #[test]
    fn the_latest_is_first_stands_once_and_old_ones_go() {
        let mut list = Vec::new();
        for name in ["a", "b", "c", "d", "e", "f", "g", "b"] {
            list = with(list, recent(name));
        }
        let names: Vec<_> = list.iter().map(|r| r.server.as_str()).collect();
        assert_eq!(names, ["b", "g", "f", "e", "d", "c"]);
    }

    #[test]
    fn what_looks_like_a_secret_is_not_kept() {
        assert!(with(Vec::new(), recent("host;password=x")).is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_nothing() {
        assert!(read(Some("{")).is_empty());
        assert!(read(None).is_empty());
    }
}
