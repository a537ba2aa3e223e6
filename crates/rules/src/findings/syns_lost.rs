//! `syns_lost`: connects take whole seconds now and then, because the first SYN is lost.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::{count, duration, one_line};
use model::{Confidence, Finding, Observation, Owner, Severity, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

/// Fewer than one in so many, or fewer than two, may happen on any way.
const ONE_IN: u32 = 20;

fn find(case: &Case<'_>) -> Option<Finding> {
    let (step, seq, times) = case.of(StepKind::PathSurvey).find_map(|step| {
        let (seq, times) = step.find(|seen| match seen {
            Observation::SynTimes(times) => Some(times),
            _ => None,
        })?;
        Some((step, seq, times))
    })?;
    let missed = times.tried.saturating_sub(times.established);
    let bad = times.again.saturating_add(missed);
    if bad < 2 || bad.saturating_mul(ONE_IN) < times.tried {
        return None;
    }
    let times_of = |number: u32, one, many| count(usize::try_from(number).unwrap_or(0), one, many);
    Draft::new("syns_lost", Severity::Warning, Owner::Network)
        .title(format!(
            "{bad} of {} connects to {} lost their first packet.",
            times.tried,
            one_line(&times.endpoint, 60)
        ))
        .because(match missed {
            0 => String::new(),
            missed => format!("{} never connected.", times_of(missed, "one", "of them")),
        })
        .because(match (times.median_us, times.max_us) {
            (Some(median), Some(max)) => format!(
                "Most take {}, the longest took {}: SYN is sent again after a second or more.",
                duration(median),
                duration(max)
            ),
            _ => String::new(),
        })
        .because("Loss at this rate slows every connection and breaks some.")
        .sure(Confidence::Likely)
        .then("Give the network's owner these numbers with the time; ask for drops on the links and firewalls of this way.")
        .then("Run the same from a host on another network, to see on which side the loss is.")
        .link(links::CONNECTIVITY)
        .cite(step.id, [seq])
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};
    use model::lasting::SynTimes;
    use model::{Observation, StepKind};

    const EP: &str = "20.61.99.193:1433";

    fn log(tried: u32, established: u32, again: u32) -> Log {
        Log::new()
            .secured(EP)
            .running(StepKind::PathSurvey, EP)
            .seen(Observation::SynTimes(SynTimes {
                endpoint: EP.into(),
                tried,
                established,
                again,
                median_us: Some(1_000),
                max_us: Some(1_020_000),
            }))
            .ends(None)
            .finish()
    }

    #[test]
    fn two_of_forty_are_loss_and_one_is_chance() {
        let finding = expect_beside(&log(40, 40, 2), "syns_lost");
        assert!(
            finding.explanation.contains("the longest took 1.02 s"),
            "{}",
            finding.explanation
        );
        expect_beside(&log(40, 36, 8), "syns_lost");
        expect_no(&log(40, 40, 1), "syns_lost");
        expect_no(&log(1_000, 1_000, 10), "syns_lost");
    }
}
