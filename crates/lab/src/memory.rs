//! What a scenario remembers of a client: how often it has tried to log in, by the application name of its LOGIN7.
//!
//! Bounded: beyond [`CAPACITY`] names, the one that came first is forgotten.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Names that are remembered.
const CAPACITY: usize = 1_024;
/// Characters of a name that count.
const NAME_CHARS: usize = 128;

/// Login attempts by application name.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<Attempts>);

#[derive(Debug, Default)]
struct Attempts {
    by_name: HashMap<String, u32>,
    oldest_first: VecDeque<String>,
}

impl Memory {
    /// How many login attempts of this name were counted.
    pub(crate) fn attempts(&self, name: &str) -> u32 {
        let name: String = name.chars().take(NAME_CHARS).collect();
        let attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.by_name.get(&name).copied().unwrap_or_default()
    }

    /// Counts one more login attempt of this name and returns how many there were before it.
    pub(crate) fn attempt(&self, name: &str) -> u32 {
        let name: String = name.chars().take(NAME_CHARS).collect();
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = attempts.by_name.get_mut(&name) {
            let before = *earlier;
            *earlier = earlier.saturating_add(1);
            return before;
        }
        if attempts.by_name.len() >= CAPACITY
            && let Some(first) = attempts.oldest_first.pop_front()
        {
            attempts.by_name.remove(&first);
        }
        attempts.by_name.insert(name.clone(), 1);
        attempts.oldest_first.push_back(name);
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_each_name_on_its_own() {
        let memory = Memory::default();
        assert_eq!(memory.attempt("a"), 0);
        assert_eq!(memory.attempt("a"), 1);
        assert_eq!(memory.attempt("b"), 0);
        assert_eq!(memory.attempt("a"), 2);
        assert_eq!((memory.attempts("a"), memory.attempts("c")), (3, 0));
    }

    #[test]
    fn forgets_the_first_name_beyond_its_capacity() {
        let memory = Memory::default();
        memory.attempt("first");
        for n in 0..CAPACITY {
            memory.attempt(&n.to_string());
        }
        let attempts = memory.0.lock().unwrap();
        assert_eq!(attempts.by_name.len(), CAPACITY);
        assert_eq!(attempts.oldest_first.len(), CAPACITY);
        assert!(!attempts.by_name.contains_key("first"));
    }

    #[test]
    fn a_long_name_is_cut() {
        let memory = Memory::default();
        memory.attempt(&"x".repeat(100_000));
        let attempts = memory.0.lock().unwrap();
        assert!(attempts.by_name.keys().all(|name| name.len() == NAME_CHARS));
    }
}
