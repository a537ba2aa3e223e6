//! `outage_everywhere`: every agent with a heartbeat lost its connection at the same time: the server's side.
//! `outage_on_one_side`: some did while others' went on answering: their side.
//!
//! By the portal's clock. Which side is proven only by the contrast: another agent's connection to the same server
//! certainly was held at that time.

use super::contrast::overlap;
use super::draft::Draft;
use super::side::{Beating, Sides};
use crate::beats::Outage;
use crate::links;
use crate::words::{duration, list};
use model::api::GroupFinding;
use model::{Confidence, Owner, Severity};

impl<'a> Beating<'a> {
    /// Losses that are not this host's own.
    fn outages(&self) -> impl Iterator<Item = &'a Outage> + use<'a> {
        self.beats
            .outages
            .iter()
            .filter(|one| !one.is_of_this_host())
    }

    fn span(&self, outage: &Outage) -> (u64, u64) {
        let end = outage
            .length_us()
            .map(|us| outage.lost.lost_us.saturating_add(us));
        (
            outage.lost.lost_us,
            end.unwrap_or_else(|| self.state.elapsed_us()),
        )
    }

    /// Whether it certainly lost its own connection at the time of another's outage.
    fn lost_with(&self, other: &Self, (from, until): (u64, u64)) -> bool {
        self.outages().any(|own| {
            let (start, end) = self.span(own);
            overlap((other.state, from, until), (self.state, start, end))
        })
    }

    /// Whether it certainly was beating at that time.
    fn beat_with(&self, other: &Self, (from, until): (u64, u64)) -> bool {
        let steps = self.state.steps();
        let own = steps.iter().find(|step| Some(step.id) == self.beats.step);
        own.is_some_and(|step| {
            let end = step
                .started_us
                .saturating_add(step.elapsed_us.unwrap_or_default());
            overlap(
                (other.state, from, until),
                (self.state, step.started_us, end),
            )
        })
    }
}

pub(super) fn find(sides: &Sides<'_>) -> Option<GroupFinding> {
    let all = &sides.beating;
    if all.len() < 2 {
        return None;
    }
    let longest = all
        .iter()
        .flat_map(|beating| beating.outages().map(move |outage| (beating, outage)))
        .max_by_key(|(beating, outage)| {
            let (from, until) = beating.span(outage);
            until.saturating_sub(from)
        });
    let (seen_by, outage) = longest?;
    let span = seen_by.span(outage);
    let is_seen = |one: &&Beating<'_>| one.run == seen_by.run || one.lost_with(seen_by, span);
    let (saw, others): (Vec<&Beating<'_>>, Vec<&Beating<'_>>) =
        all.iter().partition(|one| is_seen(one));
    let ones =
        |of: &[&Beating<'_>]| list(&of.iter().map(|one| one.name.clone()).collect::<Vec<_>>());
    let length = duration(span.1.saturating_sub(span.0));
    let mut draft = if others.is_empty() {
        Draft::new("outage_everywhere", Severity::Problem, Owner::Dba)
            .title(format!("All of {} lost their connection at the same time: the server's side.", ones(&saw)))
            .because(format!("For {length} at the longest, by the portal's clock. What all have in common is the server and what stands before it."))
            .then("Look at the server for that time: a failover, a restart, a gateway that was drained.")
            .sure(Confidence::Likely)
    } else {
        let held = others
            .iter()
            .all(|one| one.beat_with(seen_by, span) && one.outages().next().is_none());
        Draft::new("outage_on_one_side", Severity::Problem, Owner::Network)
            .title(format!(
                "{} lost the connection while that of {} went on: it is not the server, but the way from {0} to it.",
                ones(&saw),
                ones(&others)
            ))
            .because(format!("For {length} at the longest, by the portal's clock."))
            .because(if held { "The others' connections to the same server answered at that time." } else { "" })
            .then(format!("Look at what lies between {} and the server and not on the others' way: links, firewalls, address translation.", ones(&saw)))
            .sure(if held && sides.over { Confidence::Proven } else { Confidence::Likely })
    };
    for one in &saw {
        draft = draft.cite(one.run, one.outages().flat_map(Outage::seqs));
    }
    for one in &others {
        draft = draft.cite(one.run, one.beats.minutes.iter().copied());
    }
    draft.link(links::TRANSIENT).done(sides)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Group, codes};
    use crate::findings::session_lost::tests::{beaten, lost_for};
    use model::lasting::BeatMinute;
    use model::{Confidence, Observation};

    fn steady() -> crate::testing::Log {
        beaten(vec![Observation::BeatMinute(BeatMinute {
            until_us: 60_000_000,
            beats: 60,
            answered: 60,
            ..BeatMinute::default()
        })])
    }

    fn found(group: &Group, code: &str) -> Option<model::api::GroupFinding> {
        group
            .judge()
            .into_iter()
            .find(|finding| finding.code == code)
    }

    #[test]
    fn one_agent_loses_it_while_another_s_goes_on() {
        let group = Group::default()
            .and("Oslo", lost_for(20))
            .and("Bergen", steady());
        let finding = found(&group, "outage_on_one_side").expect("found");
        assert!(
            finding.title.starts_with("“Oslo” lost") && finding.title.contains("Bergen"),
            "{}",
            finding.title
        );
        assert_eq!(finding.confidence, Confidence::Proven);
        assert_eq!(found(&group, "outage_everywhere"), None);
    }

    #[test]
    fn all_lose_it_at_the_same_time() {
        let group = Group::default()
            .and("Oslo", lost_for(20))
            .and("Bergen", lost_for(12));
        let finding = found(&group, "outage_everywhere").expect("found");
        assert!(finding.title.starts_with("All of "), "{}", finding.title);
        assert_eq!(finding.confidence, Confidence::Likely);
    }

    #[test]
    fn at_another_time_it_is_not_the_same() {
        let later = lost_for(20).claimed_after(600_000);
        let group = Group::default()
            .and("Oslo", lost_for(20))
            .and("Bergen", later);
        let finding = found(&group, "outage_on_one_side").expect("found");
        assert_eq!(finding.confidence, Confidence::Likely);
    }

    #[test]
    fn nothing_is_said_where_nothing_was_lost() {
        let group = Group::default()
            .and("Oslo", steady())
            .and("Bergen", steady());
        assert!(
            !codes(&group.judge())
                .iter()
                .any(|code| code.starts_with("outage"))
        );
    }
}
