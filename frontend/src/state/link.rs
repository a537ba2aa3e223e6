//! The live connection to the portal, and what is said about it.
//!
//! ```text
//! Opening ──open──▶ Live ──end──▶ Over
//!    │                │ ▲
//!    └────error───▶ Lost ──open─┘   (the page tries again by itself, later each time)
//! ```

use std::time::Duration;

/// How the connection stands.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) enum Link {
    /// Not open yet.
    #[default]
    Opening,
    /// Open: what happens shows at once.
    Live,
    /// Broken; `tries` to mend it so far.
    Lost {
        /// Counts from 1.
        tries: u32,
    },
    /// The log is complete: nothing more comes.
    Over,
}

impl Link {
    /// The stream opened.
    pub(crate) fn opened(self) -> Self {
        match self {
            Self::Over => Self::Over,
            _ => Self::Live,
        }
    }

    /// The stream broke.
    pub(crate) fn broke(self) -> Self {
        match self {
            Self::Over => Self::Over,
            Self::Lost { tries } => Self::Lost {
                tries: tries.saturating_add(1),
            },
            Self::Opening | Self::Live => Self::Lost { tries: 1 },
        }
    }

    /// How long to wait before the next try: 0.5 s, doubled each time, 10 s at most.
    pub(crate) fn pause(self) -> Duration {
        match self {
            Self::Lost { tries } => {
                let doubled = 500_u64.saturating_mul(1 << tries.saturating_sub(1).min(5));
                Duration::from_millis(doubled.min(10_000))
            }
            _ => Duration::ZERO,
        }
    }

    /// What is said about it, when there is something to say.
    pub(crate) fn sentence(self) -> Option<&'static str> {
        match self {
            Self::Lost { .. } => Some(
                "The connection to the portal is lost. The run goes on; this page reconnects by itself and misses nothing.",
            ),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Link;

    #[test]
    fn it_waits_longer_each_time_and_starts_over_once_it_was_open() {
        let mut link = Link::default().opened();
        let mut pauses = Vec::new();
        for _ in 0..8 {
            link = link.broke();
            pauses.push(link.pause().as_millis());
        }
        assert_eq!(
            pauses,
            [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]
        );
        assert_eq!(link.opened().broke().pause().as_millis(), 500);
    }

    #[test]
    fn what_is_over_stays_over() {
        assert_eq!(Link::Over.broke(), Link::Over);
        assert_eq!(Link::Over.opened(), Link::Over);
        assert_eq!(Link::Over.sentence(), None);
        assert!(Link::Live.broke().sentence().is_some());
    }
}
