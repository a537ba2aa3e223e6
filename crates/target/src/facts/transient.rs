//! Who calls an error number transient: the published lists, as they were when the data was cut.

use serde::Deserialize;
use std::sync::OnceLock;

/// A published list of numbers that are worth another try.
#[derive(Clone, Debug, Deserialize)]
pub struct TransientList {
    /// Stable: `efcore_main_2026`.
    pub id: String,
    /// Whose it is, in words.
    pub title: String,
    /// Ascending.
    pub numbers: Vec<i32>,
}

impl TransientList {
    /// Whether the number is on it.
    #[must_use]
    pub fn has(&self, number: i32) -> bool {
        self.numbers.binary_search(&number).is_ok()
    }
}

/// Every list.
#[must_use]
pub fn transient_lists() -> &'static [TransientList] {
    static LISTS: OnceLock<Vec<TransientList>> = OnceLock::new();
    LISTS.get_or_init(|| {
        serde_json::from_str(include_str!("../../data/transient.json")).unwrap_or_default()
    })
}

/// One list.
#[must_use]
pub fn transient_list(id: &str) -> Option<&'static TransientList> {
    transient_lists().iter().find(|list| list.id == id)
}

/// The lists that have a number.
pub fn lists_with(number: i32) -> impl Iterator<Item = &'static TransientList> {
    transient_lists()
        .iter()
        .filter(move |list| list.has(number))
}

#[cfg(test)]
mod tests {
    use super::{lists_with, transient_list, transient_lists};

    #[test]
    fn the_data_is_whole() {
        assert_eq!(transient_lists().len(), 10);
        for list in transient_lists() {
            assert!(
                !list.title.is_empty() && list.numbers.len() >= 6,
                "{list:?}"
            );
            assert!(list.numbers.is_sorted_by(|a, b| a < b), "{}", list.id);
        }
        assert_eq!(
            transient_list("efcore_main_2026").map(|list| list.numbers.len()),
            Some(176)
        );
        assert!(transient_list("nobody_s").is_none());
    }

    #[test]
    fn who_lists_a_number() {
        assert_eq!(lists_with(40_613).count(), 10);
        let ids: Vec<_> = lists_with(11_001).map(|list| list.id.as_str()).collect();
        assert_eq!(ids, ["efcore_main_2026", "adonet_sample"]);
        for never in [18_456, 40_615, 916, -2, 10_061] {
            assert_eq!(lists_with(never).count(), 0, "{never}");
        }
    }
}
