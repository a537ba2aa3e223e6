//! `objects_left`: what the run made on the server has not been read back as gone. With the T-SQL that drops it.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::{count, one_line};
use model::{Finding, ObjectState, Owner, ServerObject, Severity};

pub(crate) const RULE: Rule = Rule::problem(left);

/// Statements that are written out; the log has the others.
const MOST: usize = 20;
/// Characters of one.
const MOST_CHARS: usize = 1_000;

fn left(case: &Case<'_>) -> Option<Finding> {
    let mut open: Vec<_> = case
        .state
        .objects()
        .filter(|(_, fact)| fact.state.is_open())
        .collect();
    if open.is_empty() || !case.state.is_over() {
        return None;
    }
    // In reverse order, as they go.
    open.reverse();
    let given_up = case.state.cleaning_given_up();
    let made = open
        .iter()
        .any(|(_, fact)| fact.state != ObjectState::Announced);
    let mut draft = Draft::new("objects_left", Severity::Warning, Owner::Dba)
        .title(format!(
            "{} that this run {} on the server {} still to go.",
            count(open.len(), "object", "objects"),
            if made { "made" } else { "may have made" },
            if open.len() == 1 { "has" } else { "have" },
        ))
        .because(match given_up {
            Some(_) => "The agent has tried for as long as it may, and no longer holds the sign-in.",
            None => "The agent goes on trying for 24 hours, also after a restart; this finding goes when it has read back that they are gone.",
        });
    let why = open.iter().find_map(|(_, fact)| fact.why.as_deref());
    if let Some(why) = why {
        draft = draft.because(format!("The last word about it: “{}”.", one_line(why, 300)));
    }
    draft = draft.then(match given_up {
        Some(_) => "Drop them by hand, in this order.",
        None => "If you cannot wait, drop them by hand, in this order.",
    });
    for (seq, fact) in open.iter().take(MOST) {
        draft = draft.then(by_hand(&fact.object)).cite_event(*seq);
    }
    if let Some(seq) = given_up {
        draft = draft.cite_event(seq);
    }
    draft.link(links::ERROR_LIST).done(case)
}

/// The statement as it is, or where it stands when it cannot be shown on one line unchanged.
fn by_hand(object: &ServerObject) -> String {
    let (server, database) = (
        one_line(&object.server, 253),
        one_line(&object.database, 128),
    );
    let shown = one_line(&object.drop, MOST_CHARS);
    // Line ends between statements are white space; in a quoted name they would not be.
    let quoted = object.name.contains('\n');
    if !quoted && shown == object.drop.replace('\n', " ") {
        format!("On {server}, in database {database}: “{shown}”")
    } else {
        format!(
            "On {server}, in database {database}: object {}, whose statement stands in the log.",
            object.number
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};
    use model::{
        EventBody, FailureCode, ObjectFact, ObjectState, Observation, ServerObject, StepKind,
    };

    fn object(number: u32, state: ObjectState) -> Observation {
        Observation::ServerObject(ObjectFact {
            object: ServerObject {
                number,
                kind: "table".into(),
                server: "tcp:contoso.database.windows.net,1433".into(),
                database: "orders".into(),
                name: format!("[s].[t{number}]"),
                drop: format!("DROP TABLE [s].[t{number}];"),
                look: String::new(),
            },
            state,
            why: (state == ObjectState::Left).then(|| "the server went away".to_owned()),
        })
    }

    fn log() -> Log {
        Log::new()
            .running(StepKind::TrackedWrites, "s")
            .seen(object(1, ObjectState::Announced))
            .seen(object(1, ObjectState::Made))
            .seen(object(2, ObjectState::Announced))
    }

    #[test]
    fn what_is_left_is_named_youngest_first_until_it_is_gone() {
        let ended = log().ends(Some(FailureCode::Cancelled)).finish();
        let finding = expect_beside(&ended, "objects_left");
        assert!(finding.title.starts_with("2 objects that this run made"));
        assert!(finding.recommendation[1].contains("t2"));
        assert!(finding.recommendation[2].contains("t1"));
        assert!(finding.explanation.contains("24 hours"));

        let reported = |gone: Vec<u32>, given_up| {
            log()
                .ends(None)
                .finish()
                .event(EventBody::CleaningReported { gone, given_up })
        };
        expect_no(&reported(vec![1, 2], false), "objects_left");
        let finding = expect_beside(&reported(vec![2], true), "objects_left");
        assert!(finding.title.starts_with("1 object that"));
        assert!(finding.explanation.contains("no longer holds"));
        expect_no(&log(), "objects_left");
    }

    #[test]
    fn what_is_gone_or_never_was_ours_is_not_left() {
        let log = Log::new()
            .running(StepKind::TrackedWrites, "s")
            .seen(object(1, ObjectState::Made))
            .seen(object(1, ObjectState::Gone))
            .seen(object(2, ObjectState::Announced))
            .seen(object(2, ObjectState::NotOurs))
            .ends(None)
            .finish();
        expect_no(&log, "objects_left");
    }
}
