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

/// A row's place in the tables, and its second byte where that stands for itself.
type Start = (usize, &'static Row, Option<u8>);

/// Every row that is found in a text in lower case, in the order of the tables.
pub(super) fn scan(text: &[u8]) -> Vec<Hit> {
    let mut by_first: Vec<Vec<Start>> = vec![Vec::new(); 256];
    for (number, row) in ROWS.iter().copied().flatten().enumerate() {
        let mut bytes = row.words.bytes();
        let first = bytes.next().map(usize::from);
        let second = bytes.next().filter(|byte| !glob::is_open(*byte));
        if let Some(starts) = first.and_then(|first| by_first.get_mut(first)) {
            starts.push((number, row, second));
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
        let next = text.get(at + 1);
        for (number, row, second) in by_first.get(usize::from(*byte)).into_iter().flatten() {
            if second.as_ref().is_some_and(|second| Some(second) != next) {
                continue;
            }
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
