//! How far what lasts has come: a pure function of the log and of how late it is.

use crate::State;
use model::{Step, StepState};

/// How far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Since the first of what lasts began.
    pub elapsed_us: u64,
    /// The longest of it takes so long at most.
    pub lasts_us: u64,
}

impl Progress {
    /// What is left at most.
    #[must_use]
    pub fn left_us(&self) -> u64 {
        self.lasts_us.saturating_sub(self.elapsed_us)
    }

    /// In percent; 100 only at its end.
    #[must_use]
    pub fn percent(&self) -> u64 {
        match self.left_us() {
            0 => 100,
            _ => (u128::from(self.elapsed_us) * 100 / u128::from(self.lasts_us.max(1))) as u64,
        }
    }
}

/// Of a run whose clock says this; `None` before something that lasts has begun, and after the run's last word.
#[must_use]
pub fn progress(state: &State, now_us: u64) -> Option<Progress> {
    if state.is_over() {
        return None;
    }
    let lasts_ms = state.plan()?.options.lasting.lasts_ms();
    let steps = state.steps().iter().filter(|step| step.kind.lasts());
    let begun_us = steps.map(|step| step.started_us).min()?;
    let now_us = now_us.max(state.elapsed_us());
    Some(Progress {
        elapsed_us: now_us.saturating_sub(begun_us),
        lasts_us: lasts_ms.saturating_mul(1_000),
    })
}

/// Of one step that lasts, but for its last answers; `None` when it does not run, or when how long it takes depends on
/// what it meets.
#[must_use]
pub fn progress_of(state: &State, step: &Step, now_us: u64) -> Option<Progress> {
    if state.is_over() || step.state != StepState::Running {
        return None;
    }
    let planned_ms = state.plan()?.options.lasting.planned_ms(step.kind)?;
    let now_us = now_us.max(state.elapsed_us());
    Some(Progress {
        elapsed_us: now_us.saturating_sub(step.started_us),
        lasts_us: planned_ms.saturating_mul(1_000),
    })
}

#[cfg(test)]
mod tests {
    use super::{Progress, progress, progress_of};
    use crate::testing::Log;
    use model::StepKind;
    use model::lasting::Heartbeat;

    const EP: &str = "20.61.99.193:1433";

    #[test]
    fn from_the_first_that_lasts_to_the_end_of_the_longest() {
        let log = Log::new()
            .signed_in()
            .options(|options| {
                options.lasting.heartbeat = Some(Heartbeat {
                    lasts_ms: 90_000,
                    session_timeout_ms: 10_000,
                    ..Heartbeat::default()
                });
            })
            .secured(EP)
            .login(EP, None);
        assert_eq!(progress(log.state(), 5), None);
        let log = log.running(StepKind::Heartbeat, EP);
        let begun = log.state().elapsed_us();
        let at = |us| progress(log.state(), begun + us).expect("it lasts");
        assert_eq!(
            at(0),
            Progress {
                elapsed_us: 0,
                lasts_us: 100_000_000
            }
        );
        assert_eq!(
            (at(25_000_000).percent(), at(25_000_000).left_us()),
            (25, 75_000_000)
        );
        assert_eq!(at(99_999_999).percent(), 99);
        assert_eq!(at(400_000_000).percent(), 100);
        let step = log.state().steps().last().expect("a step");
        let of_step = progress_of(log.state(), step, begun + 45_000_000).expect("it runs");
        assert_eq!((of_step.percent(), of_step.left_us()), (50, 45_000_000));
        let path = log.state().steps().first().expect("a step");
        assert_eq!(progress_of(log.state(), path, begun), None);
        let log = log.ends(None).finish();
        assert_eq!(progress(log.state(), 5), None);
    }
}
