//! `vantages_differ`: runs fail, but not in the same way; so there is more than one thing to look at.

use super::draft::Draft;
use super::side::{Failing, Sides};
use super::wording::{names, names_failing, own_advice, silent, told, what_fails};
use model::Severity;
use model::api::GroupFinding;

pub(super) fn find(sides: &Sides<'_>) -> Option<GroupFinding> {
    if sides.failing.len() < 2 || sides.fail_alike() {
        return None;
    }
    let mut failing: Vec<&Failing<'_>> = sides.failing.iter().collect();
    failing.sort_by_key(|one| (one.stop.hop, one.stop.stage));
    let first = failing.first()?;
    let title = if sides.working.is_empty() {
        format!("{} fail in different ways.", names_failing(&sides.failing))
    } else {
        format!(
            "From {} it works; {} fail in different ways.",
            names(&sides.working),
            names_failing(&sides.failing)
        )
    };
    let mut draft = Draft::new(
        "vantages_differ",
        Severity::Problem,
        first.one.verdict.owner,
    )
    .title(title);
    for one in &failing {
        let what = what_fails(one.stop.stage);
        draft = draft.because(format!("From {} {what}. {}", one.one.name, told(one)));
        for step in &one.stop.steps {
            draft = draft.rests_on(one.one.run, step);
        }
    }
    for one in &sides.working {
        draft = draft
            .because(format!("{}: {}", one.name, one.verdict.title))
            .cite(one.run, one.verdict.evidence.iter().copied());
    }
    draft = draft.because(silent(sides)).then(format!(
        "Begin with {}, which gets least far.",
        first.one.name
    ));
    for one in &failing {
        let advice = own_advice(&one.one);
        if !advice.is_empty() {
            draft = draft.then(format!("For {}: {advice}", one.one.name));
        }
        draft = draft.links(&one.one.verdict.links);
    }
    draft.then("Then run again from all of them.").done(sides)
}

#[cfg(test)]
mod tests {
    use crate::group::testing::{Group, codes};
    use crate::testing::Log;
    use model::FailureCode::*;

    const EP: &str = "20.61.99.193:1433";

    #[test]
    fn the_one_that_gets_least_far_comes_first() {
        let silent = Log::new().tcp(EP, Some(TcpTimeout)).finish();
        let untrusted = Log::new()
            .tcp(EP, None)
            .prelogin(EP, None)
            .tls(EP, Some(TlsUntrusted))
            .finish();
        let found = Group::default()
            .and("inspected", untrusted)
            .and("blocked", silent)
            .judge();
        assert_eq!(codes(&found), ["vantages_differ"]);
        assert_eq!(
            found[0].title,
            "“inspected” and “blocked” fail in different ways."
        );
        assert_eq!(
            found[0].recommendation[0],
            "Begin with “blocked”, which gets least far."
        );
        assert!(found[0].recommendation[1].starts_with("For “blocked”: "));
    }
}
