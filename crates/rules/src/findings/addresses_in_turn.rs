//! `addresses_in_turn`: a driver that tries the addresses one after another waits for a dead one first.
//!
//! Proven: the same addresses in turn and at once, from the same host.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::words::{duration, list, one_line};
use model::lasting::{AddressOrder, AddressesTried};
use model::{Confidence, Finding, Observation, Owner, Severity, StepKind};

pub(crate) const RULE: Rule = Rule::problem(find);

/// Nobody notices less.
const SLOW_US: u64 = 1_000_000;

fn find(case: &Case<'_>) -> Option<Finding> {
    let step = case.of(StepKind::PathSurvey).next()?;
    let tried = |order: AddressOrder| {
        step.find(|seen| match seen {
            Observation::AddressesTried(tried) if tried.order == order => Some(tried),
            _ => None,
        })
    };
    let (turn_seq, in_turn) = tried(AddressOrder::InTurn)?;
    let (once_seq, at_once) = tried(AddressOrder::AtOnce)?;
    let once = at_once.first_us?;
    let turn = in_turn.first_us.unwrap_or_else(|| waited(in_turn));
    if turn < SLOW_US || turn / 4 < once {
        return None;
    }
    let dead: Vec<String> = in_turn
        .answers
        .iter()
        .filter(|answer| answer.code.is_some())
        .map(|answer| one_line(&answer.endpoint, 60))
        .collect();
    Draft::new("addresses_in_turn", Severity::Warning, Owner::App)
        .title(format!(
            "A driver that tries the addresses one after another needs {}; all at once it is {}.",
            duration(turn),
            duration(once)
        ))
        .because(format!("{} came first and did not connect.", list(&dead)))
        .because("A driver gives each address only a share of its time limit, so this shows as time-outs as well.")
        .sure(Confidence::Proven)
        .then("Set MultiSubnetFailover=True (SqlClient, ODBC, JDBC: multiSubnetFailover=true): all addresses are then tried at once.")
        .then("Take the dead address out of the name's answers, or repair it.")
        .then("Meanwhile raise the time limit of connects to at least 30 s.")
        .link(links::CONNECTIVITY)
        .cite(step.id, [turn_seq, once_seq])
        .done(case)
}

fn waited(tried: &AddressesTried) -> u64 {
    let each = tried.answers.iter().map(|answer| answer.elapsed_us);
    each.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Log, expect_beside, expect_no};
    use model::lasting::{AddressAnswer, AddressOrder, AddressesTried};
    use model::{FailureCode::*, Observation, StepKind};

    fn log(turn_us: u64, once_us: u64) -> Log {
        let (dead, alive) = ("20.61.99.193:1433", "20.61.99.194:1433");
        let answers = |dead_us: u64| {
            vec![
                AddressAnswer {
                    endpoint: dead.into(),
                    elapsed_us: dead_us,
                    code: Some(TcpTimeout),
                },
                AddressAnswer {
                    endpoint: alive.into(),
                    elapsed_us: 1_000,
                    code: None,
                },
            ]
        };
        let tried = |order, first_us| {
            Observation::AddressesTried(AddressesTried {
                order,
                first_us: Some(first_us),
                answers: answers(5_000_000),
            })
        };
        Log::new()
            .tcp(dead, Some(TcpTimeout))
            .secured(alive)
            .running(StepKind::PathSurvey, alive)
            .seen(tried(AddressOrder::InTurn, turn_us))
            .seen(tried(AddressOrder::AtOnce, once_us))
            .ends(None)
            .finish()
    }

    #[test]
    fn the_difference_is_what_counts() {
        let finding = expect_beside(&log(5_001_000, 1_000), "addresses_in_turn");
        assert!(
            finding
                .explanation
                .starts_with("20.61.99.193:1433 came first"),
            "{}",
            finding.explanation
        );
        expect_no(&log(900_000, 1_000), "addresses_in_turn");
        expect_no(&log(5_000_000, 4_000_000), "addresses_in_turn");
    }
}
