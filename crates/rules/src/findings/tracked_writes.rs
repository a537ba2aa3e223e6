//! Writes whose connection was cut on purpose: `tracker_held`, `tracker_failed`, `writes_refused`, `writes_unknown`,
//! `writes_dry_run`.
//!
//! The same write, cut at the same moment, done again with and without asking: that contrast is what proves it.

use super::{Rule, common};
use crate::case::{Case, StepRef};
use crate::draft::Draft;
use crate::links;
use crate::words::{code_sentence, count, cut_moment, list, one_line};
use model::lasting::{WriteCount, WriteWay};
use model::{Confidence, FailureCode, Finding, Observation, Owner, Severity, StepKind, StepState};

pub(crate) const FAILED: Rule = Rule::problem(tracker_failed);
pub(crate) const REFUSED: Rule = Rule::problem(refused);
pub(crate) const UNKNOWN: Rule = Rule::inconclusive(unknown);
pub(crate) const HELD: Rule = Rule::ok(held);
pub(crate) const DRY: Rule = Rule::ok(dry);

/// The step and its counts, with the events that brought them.
fn counted<'a>(case: &Case<'a>) -> Option<(StepRef<'a>, Vec<(u64, &'a WriteCount)>)> {
    case.of(StepKind::TrackedWrites).find_map(|step| {
        let counts: Vec<_> = step
            .facts()
            .filter_map(|fact| match &fact.seen {
                Observation::WriteCount(count) => Some((fact.seq, count)),
                _ => None,
            })
            .collect();
        (!counts.is_empty()).then_some((step, counts))
    })
}

/// Operations, lost, doubled, unknown.
fn sums(counts: &[(u64, &WriteCount)], way: WriteWay) -> [u64; 4] {
    let mut sums = [0; 4];
    for (_, one) in counts.iter().filter(|(_, one)| one.way == way) {
        let parts = [one.operations, one.lost, one.doubled, one.unknown];
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum = u64::saturating_add(*sum, u64::from(part));
        }
    }
    sums
}

fn writes(number: u64) -> String {
    count(
        usize::try_from(number).unwrap_or(usize::MAX),
        "write",
        "writes",
    )
}

fn held(case: &Case<'_>) -> Option<Finding> {
    let (step, counts) = counted(case)?;
    let [all, lost, doubled, unknown] = sums(&counts, WriteWay::Tracked);
    if all == 0 || lost + doubled + unknown > 0 {
        return None;
    }
    let [blind, _, twice, _] = sums(&counts, WriteWay::Blind);
    let moments: Vec<String> = counts
        .iter()
        .filter(|(_, one)| one.way == WriteWay::Blind && one.doubled > 0)
        .map(|(_, one)| cut_moment(one.moment).to_owned())
        .collect();
    let mut draft = Draft::new("tracker_held", Severity::Info, Owner::App);
    draft = if twice > 0 {
        draft
            .title(format!(
                "With a tracker no write was lost or doubled; retried without asking, {twice} of {blind} were done twice."
            ))
            .because(format!(
                "{} with the tracker, cut off on the way, done again only when the tracker did not know them: 0 lost, 0 doubled.",
                writes(all)
            ))
            .because(format!(
                "The same without asking: {twice} doubled, all of them cut {}.",
                list(&moments)
            ))
            .sure(Confidence::Proven)
    } else {
        draft
            .title("With a tracker no write was lost or doubled, wherever its connection was cut.")
            .because(format!("{}: 0 lost, 0 doubled.", writes(all)))
            .because(if blind > 0 {
                "Retrying without asking doubled none this time: the cuts came before the server had committed."
            } else {
                ""
            })
    };
    draft = draft
        .then("After an error of unknown outcome, open a new connection and ask whether the operation's id is there before doing it again.")
        .then("Make the id before the first attempt, keep it with the work, insert it first and in the same transaction as the write, under a unique key.")
        .then("The report holds the T-SQL and the client's side of it, to copy.")
        .link(links::TRANSIENT);
    let seqs: Vec<u64> = counts.iter().map(|(seq, _)| *seq).collect();
    draft.cite(step.id, seqs).done(case)
}

fn tracker_failed(case: &Case<'_>) -> Option<Finding> {
    let (step, counts) = counted(case)?;
    let [all, lost, doubled, _] = sums(&counts, WriteWay::Tracked);
    if lost + doubled == 0 {
        return None;
    }
    let seqs: Vec<u64> = counts
        .iter()
        .filter(|(_, one)| one.way == WriteWay::Tracked && one.lost + one.doubled > 0)
        .map(|(seq, _)| *seq)
        .collect();
    Draft::problem("tracker_failed", Owner::Dba)
        .title(format!(
            "Of {} with the tracker {lost} were lost and {doubled} doubled.",
            writes(all)
        ))
        .because("A unique key and one transaction around the write and its tracker row should not allow that.")
        .then("Look for what undoes a transaction's all-or-nothing here: triggers on the schema, delayed durability, a failover to a copy that was behind.")
        .then("Each of these operations stands in the log with its id.")
        .link(links::TRANSIENT)
        .cite(step.id, seqs)
        .done(case)
}

fn unknown(case: &Case<'_>) -> Option<Finding> {
    let (step, counts) = counted(case)?;
    let [tracked, .., no_word] = sums(&counts, WriteWay::Tracked);
    let [blind, .., neither] = sums(&counts, WriteWay::Blind);
    let open = no_word + neither;
    if open == 0 {
        return None;
    }
    let seqs: Vec<u64> = counts
        .iter()
        .filter(|(_, one)| one.unknown > 0)
        .map(|(seq, _)| *seq)
        .collect();
    Draft::new("writes_unknown", Severity::Warning, Owner::Nobody)
        .title(format!(
            "Whether {open} of {} were done is not known: the database could not be asked.",
            writes(tracked + blind)
        ))
        .because("The count at the end did not reach the server, or did not find the rows.")
        .then("Run again when the connection holds.")
        .link(links::TRANSIENT)
        .cite(step.id, seqs)
        .done(case)
}

/// What to do about a number that says no.
fn permission(number: i32) -> Option<(&'static str, &'static str)> {
    Some(match number {
        262 => (
            "This login may not make tables in the database.",
            "Grant it CREATE TABLE in the database, and ALTER on the scratch schema: GRANT CREATE TABLE TO [user]; GRANT ALTER, SELECT, INSERT, UPDATE ON SCHEMA::[schema] TO [user].",
        ),
        229 | 230 | 1088 => (
            "This login may not write in the schema.",
            "Grant it SELECT, INSERT and UPDATE on the scratch schema: GRANT SELECT, INSERT, UPDATE ON SCHEMA::[schema] TO [user].",
        ),
        2760 | 15151 => (
            "The schema is not there, or this login may not use it.",
            "Name a schema that is there, or make one to scratch in, CREATE SCHEMA [scratch] AUTHORIZATION [user], and grant CREATE TABLE in the database.",
        ),
        _ => return None,
    })
}

fn refused(case: &Case<'_>) -> Option<Finding> {
    let step = case.of(StepKind::TrackedWrites).find(|step| {
        let ended_early = [FailureCode::Cancelled, FailureCode::DeadlinePassed];
        step.state == StepState::Failed && !ended_early.iter().any(|code| step.is(code))
    })?;
    let error = common::decisive(&step);
    let known = error.and_then(|(_, error)| permission(error.number));
    let mut draft = Draft::problem("writes_refused", Owner::Dba)
        .title(known.map_or(
            "The login works, but the writes could not be made.",
            |(title, _)| title,
        ))
        .because(match (error, step.detail.as_deref()) {
            (Some((_, error)), _) => format!("{}.", common::quoted(error)),
            (None, Some(words)) => format!("The words about it: “{}”.", one_line(words, 300)),
            (None, None) => step.code.as_ref().map(code_sentence).unwrap_or_default(),
        })
        .then(known.map_or("", |(_, advice)| advice))
        .then("A dry run states every statement that needs these rights, and sends none.")
        .link(links::ERROR_LIST)
        .rests_on_all(&step);
    if known.is_none() {
        draft = draft.then(
            "Check what this login may do in this database, and the state of the database itself.",
        );
    }
    if let Some((seq, _)) = error {
        draft = draft.cite(step.id, [seq]);
    }
    draft.done(case)
}

fn dry(case: &Case<'_>) -> Option<Finding> {
    let asked = case.options().lasting.tracked_writes?;
    let step = case
        .of(StepKind::TrackedWrites)
        .find(|step| step.state == StepState::Ok)?;
    if !asked.dry_run {
        return None;
    }
    Draft::new("writes_dry_run", Severity::Info, Owner::App)
        .title("Nothing was written: this was a dry run of the writes.")
        .because("Every statement that would be sent stands in the report, in its order.")
        .then("Read them, and run again without the dry run when they may be sent.")
        .sure(Confidence::Proven)
        .link(links::TRANSIENT)
        .rests_on(&step)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect, expect_no};
    use model::lasting::{CutMoment, TrackedWrites, WriteCount, WriteWay};
    use model::{Confidence::*, FailureCode, Observation, Outcome, StepKind};

    fn counts(moment: CutMoment, way: WriteWay, [lost, doubled, unknown]: [u32; 3]) -> Observation {
        Observation::WriteCount(WriteCount {
            moment,
            way,
            operations: 10,
            once: 10 - lost - doubled - unknown,
            lost,
            doubled,
            unknown,
        })
    }

    fn log(asked: bool) -> Log {
        let ep = "20.61.99.193:1433";
        Log::new()
            .options(|options| {
                options.lasting.tracked_writes = Some(TrackedWrites {
                    schema: "scratch".into(),
                    operations: 10,
                    moments: CutMoment::all(),
                    dry_run: !asked,
                    blind: true,
                });
            })
            .signed_in()
            .secured(ep)
            .login(ep, None)
            .running(StepKind::TrackedWrites, ep)
    }

    #[test]
    fn the_contrast_with_blind_retry_is_proof() {
        let both = |tracked: [u32; 3], blind: [u32; 3]| {
            log(true)
                .seen(counts(CutMoment::BeforeSend, WriteWay::Blind, [0; 3]))
                .seen(counts(CutMoment::ReplyLost, WriteWay::Tracked, tracked))
                .seen(counts(CutMoment::ReplyLost, WriteWay::Blind, blind))
                .ends(None)
                .finish()
        };
        let verdict = expect(
            &both([0; 3], [0, 10, 0]),
            "tracker_held",
            Proven,
            Outcome::Ok,
        );
        assert!(verdict.title.contains("10 of 20"), "{}", verdict.title);
        assert!(verdict.explanation.contains("after the reply to COMMIT"));
        expect(&both([0; 3], [0; 3]), "tracker_held", Likely, Outcome::Ok);
        let broken = both([1, 2, 0], [0, 10, 0]);
        expect(&broken, "tracker_failed", Likely, Outcome::Problem);
        expect_no(&broken, "tracker_held");
        let open = both([0, 0, 4], [0; 3]);
        expect(&open, "writes_unknown", Likely, Outcome::Inconclusive);
        expect_no(&open, "tracker_held");
    }

    #[test]
    fn a_permission_that_is_missing_is_named_with_what_grants_it() {
        for (number, grant) in [
            (262, "GRANT CREATE TABLE"),
            (229, "GRANT SELECT"),
            (2760, "CREATE SCHEMA"),
            (1105, "state of the database"),
        ] {
            let log = log(true)
                .error(number, 1, "No.")
                .ends(Some(FailureCode::QueryFailed))
                .finish();
            let verdict = expect(&log, "writes_refused", Likely, Outcome::Problem);
            let all = verdict.recommendation.join(" ");
            assert!(all.contains(grant), "{all}");
        }
    }

    #[test]
    fn a_dry_run_says_so() {
        let dry = log(false).ends(None).finish();
        expect(&dry, "writes_dry_run", Proven, Outcome::Ok);
        expect_no(&log(true).ends(None).finish(), "writes_dry_run");
    }
}
