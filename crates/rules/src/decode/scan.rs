//! One pass over a text: every row of the tables, wherever its words stand.

use super::rows::{ROWS, Row};
use super::{Span, glob};
use std::collections::BTreeMap;

/// Places that are kept of one row; more are only counted.
const MOST_PLACES: usize = 8;

/// A row whose words were found.
pub(super) struct Hit {
    pub(super) row: &'static Row,
    /// How often, all places counted.
    pub(super) count: usize,
    /// The first places, ascending, with what stood at the open ones.
    pub(super) places: Vec<(Span, Vec<Span>)>,
}

/// Every row that is found in a text in lower case, in the order of the tables.
pub(super) fn scan(text: &[u8]) -> Vec<Hit> {
    let mut by_first: BTreeMap<u8, Vec<(usize, &'static Row)>> = BTreeMap::new();
    for (number, row) in ROWS.iter().copied().flatten().enumerate() {
        if let Some(first) = row.words.as_bytes().first() {
            by_first.entry(*first).or_default().push((number, row));
        }
    }
    let mut found: BTreeMap<usize, Hit> = BTreeMap::new();
    let mut before = b' ';
    for (at, byte) in text.iter().enumerate() {
        let inside_a_word = before.is_ascii_alphanumeric() && byte.is_ascii_alphanumeric();
        before = *byte;
        if inside_a_word {
            continue;
        }
        for (number, row) in by_first.get(byte).map(Vec::as_slice).unwrap_or_default() {
            let Some((to, taken)) = glob::matches(row.words, text, at) else {
                continue;
            };
            let hit = found.entry(*number).or_insert_with(|| Hit {
                row,
                count: 0,
                places: Vec::new(),
            });
            hit.count += 1;
            if hit.places.len() < MOST_PLACES {
                hit.places.push((Span { from: at, to }, taken));
            }
        }
    }
    found.into_values().collect()
}
