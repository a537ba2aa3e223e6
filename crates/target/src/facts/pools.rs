//! What to set in which driver's pool against connections that die while idle, and whose timers are usual.

use serde::Deserialize;
use std::sync::OnceLock;

/// One driver and the pool that goes with it.
#[derive(Clone, Debug, Deserialize)]
pub struct PoolSettings {
    /// Both, by name.
    pub driver: String,
    /// How it gets TCP keep-alive.
    pub keep_alive: String,
    age: String,
}

impl PoolSettings {
    /// What to set so that no connection gets older, or idle for longer, than that.
    #[must_use]
    pub fn no_older_than(&self, seconds: u64) -> String {
        let ms = seconds.saturating_mul(1_000);
        self.age
            .replace("{age_s}", &seconds.to_string())
            .replace("{age_ms}", &ms.to_string())
            .replace("{half_ms}", &(ms / 2).to_string())
    }
}

/// An idle time at which connections are known to die.
#[derive(Clone, Debug, Deserialize)]
pub struct IdleTimer {
    from_s: u64,
    to_s: u64,
    /// Who is known for it.
    pub suspect: String,
}

/// Every driver that something is known of.
pub fn pool_settings() -> &'static [PoolSettings] {
    static ALL: OnceLock<Vec<PoolSettings>> = OnceLock::new();
    ALL.get_or_init(|| {
        serde_json::from_str(include_str!("../../data/pools.json")).unwrap_or_default()
    })
}

/// Whose timers lie between an idle time that was survived and one that was not.
pub fn idle_timers(survived_s: u64, died_s: u64) -> impl Iterator<Item = &'static IdleTimer> {
    static ALL: OnceLock<Vec<IdleTimer>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        serde_json::from_str(include_str!("../../data/idle_timers.json")).unwrap_or_default()
    });
    all.iter()
        .filter(move |timer| timer.from_s <= died_s && timer.to_s >= survived_s)
}

#[cfg(test)]
mod tests {
    use super::{idle_timers, pool_settings};

    #[test]
    fn every_driver_of_the_table_has_its_settings() {
        let drivers: Vec<_> = pool_settings().iter().map(|one| &one.driver).collect();
        assert_eq!(drivers.len(), 6, "{drivers:?}");
        for one in pool_settings() {
            let age = one.no_older_than(180);
            assert!(!age.contains('{') || age.contains("{ "), "{age}");
            assert!(age.contains("180"), "{age}");
            assert!(!one.keep_alive.is_empty());
        }
    }

    #[test]
    fn a_bracket_names_its_suspects() {
        for (survived, died, expected) in [
            (230, 250, &["4 minutes"][..]),
            (1_750, 1_850, &["gateway of Azure SQL"]),
            (120, 120, &[]),
            (0, 1, &[]),
            (310, 600, &["AWS"]),
        ] {
            let found: Vec<_> = idle_timers(survived, died).collect();
            assert_eq!(found.len(), expected.len(), "{survived} {died}");
            for (timer, part) in found.iter().zip(expected) {
                assert!(timer.suspect.contains(part), "{}", timer.suspect);
            }
        }
    }
}
