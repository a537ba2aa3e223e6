//! `link_passed`, `link_dry_run`: every connect that was asked for came about; nothing was made, as asked.

use super::{asked, ends, place, steps};
use crate::case::Case;
use crate::draft::Draft;
use crate::findings::Rule;
use crate::links;
use crate::words::{leg, list};
use model::{Confidence, Finding, Owner, Severity, StepKind, StepState};

pub(crate) const RULE: Rule = Rule::ok(passed);
pub(crate) const DRY: Rule = Rule::ok(dry);

fn passed(case: &Case<'_>) -> Option<Finding> {
    let link = asked(case)?;
    let made: Vec<_> = steps(case)
        .filter(|step| step.kind != StepKind::InstanceLink)
        .collect();
    let all = ends(case);
    let whole = made.len() == link.directions.len()
        && made.iter().all(|step| step.state == StepState::Ok)
        && all.iter().any(|one| one.end.reached == Some(true))
        && all
            .iter()
            .all(|one| one.end.reached != Some(false) && one.end.in_subnet != Some(false));
    if link.dry_run || !whole {
        return None;
    }
    let reached: Vec<String> = all
        .iter()
        .filter(|one| one.end.reached == Some(true))
        .map(|one| format!("{} ({})", leg(one.end.leg), place(one.end)))
        .collect();
    let both = link.directions.len() > 1;
    let mut draft = Draft::new("link_passed", Severity::Info, Owner::Nobody)
        .title(if both {
            "The SQL Server and the managed instance reach each other."
        } else {
            "The direction of the link that was asked for works."
        })
        .because(format!("Connected: {}.", list(&reached)))
        .then("The ports are open: the link can be made. After a failover the instance is on another node; let the whole range through, not one address.")
        .sure(Confidence::Proven)
        .link(links::INSTANCE_LINK);
    if all.iter().any(|one| one.end.reached.is_none()) {
        draft = draft
            .because("Of one connect nobody said how it went.")
            .sure(Confidence::Likely);
    }
    for one in &all {
        draft = draft.cite(one.step.id, [one.seq]);
    }
    draft.done(case)
}

fn dry(case: &Case<'_>) -> Option<Finding> {
    let link = asked(case)?;
    let step = case
        .of(StepKind::InstanceLink)
        .find(|step| step.state == StepState::Ok)?;
    if !link.dry_run {
        return None;
    }
    Draft::new("link_dry_run", Severity::Info, Owner::Dba)
        .title("Nothing was made: this was a dry run of the link.")
        .because("Every statement that would be sent to the two servers stands in the report, in its order.")
        .then("Read them, and run again without the dry run when these objects may be made. They are taken away again.")
        .sure(Confidence::Proven)
        .link(links::INSTANCE_LINK)
        .rests_on(&step)
        .done(case)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{direction, end, log};
    use crate::testing::{expect, expect_no};
    use model::lasting::LinkLeg;
    use model::{Confidence::*, Outcome, StepKind};

    #[test]
    fn both_ways_are_named() {
        let to = direction(
            log(r#","dry_run":false"#),
            StepKind::LinkToInstance,
            [true, true],
        );
        let both = direction(to, StepKind::LinkFromInstance, [true, true]).finish();
        let verdict = expect(&both, "link_passed", Proven, Outcome::Ok);
        assert!(verdict.title.contains("reach each other"));
        let one = r#","dry_run":false,"directions":["to_instance"]"#;
        let to = direction(log(one), StepKind::LinkToInstance, [true, true]);
        expect(&to.finish(), "link_passed", Proven, Outcome::Ok);
        let half = direction(
            log(r#","dry_run":false"#),
            StepKind::LinkToInstance,
            [true, true],
        );
        expect_no(&half.finish(), "link_passed");
    }

    #[test]
    fn what_nobody_said_is_no_proof() {
        let one = r#","dry_run":false,"directions":["from_instance"]"#;
        let log = log(one)
            .running(StepKind::LinkFromInstance, "20.61.99.193:1433")
            .seen(end(LinkLeg::ServerItself, None, None))
            .seen(end(LinkLeg::ToServer, Some(true), None))
            .ends(None)
            .finish();
        expect(&log, "link_passed", Likely, Outcome::Ok);
    }

    #[test]
    fn a_dry_run_says_so() {
        expect(&log("").finish(), "link_dry_run", Proven, Outcome::Ok);
        expect_no(&log(r#","dry_run":false"#).finish(), "link_dry_run");
    }
}
