//! The table of the design, line by line; and what holds for every history.

use super::{Input, LastWord, Life, Next, Refused, Say, next};
use model::{Interruption, RunState};
use proptest::prelude::*;

const FINISHED: Input = Input::Batch(Some(LastWord::Finished { cancelled: false }));
const RESTARTED: Input = Input::Batch(Some(LastWord::Restarted));
const SOME: Input = Input::Batch(None);

/// What happens, and the state and interruption after it.
type Line<'a> = (&'a [Input], (RunState, Option<Interruption>));

/// The life after these inputs; refused ones change nothing.
fn after(inputs: &[Input]) -> Life {
    inputs.iter().fold(Life::NEW, |life, input| {
        next(life, *input).map_or(life, |next| next.life)
    })
}

fn state_after(inputs: &[Input]) -> (RunState, Option<Interruption>) {
    let life = after(inputs);
    (life.state, life.interruption)
}

#[test]
fn every_line_of_the_table() {
    use Input::{AgentRemoved, CancelAsked, CancelOverdue, Claimed, LeaseExpired, NoAgent};
    use Interruption as Why;
    use RunState::{Cancelled, Completed, Interrupted, Queued, Running};
    let table: &[Line] = &[
        (&[], (Queued, None)),
        (&[Claimed], (Running, None)),
        (&[NoAgent], (Interrupted, Some(Why::NoAgent))),
        (&[CancelAsked], (Cancelled, None)),
        (&[Claimed, SOME, FINISHED], (Completed, None)),
        (&[Claimed, CancelAsked], (Running, None)),
        (&[Claimed, CancelAsked, FINISHED], (Cancelled, None)),
        (&[Claimed, CancelAsked, CancelOverdue], (Cancelled, None)),
        (&[Claimed, CancelAsked, RESTARTED], (Cancelled, None)),
        (
            &[Claimed, LeaseExpired],
            (Interrupted, Some(Why::AgentLost)),
        ),
        (&[Claimed, LeaseExpired, SOME], (Running, None)),
        (&[Claimed, LeaseExpired, SOME, FINISHED], (Completed, None)),
        (&[Claimed, LeaseExpired, FINISHED], (Completed, None)),
        (
            &[Claimed, SOME, RESTARTED],
            (Interrupted, Some(Why::AgentRestarted)),
        ),
        (
            &[Claimed, LeaseExpired, RESTARTED],
            (Interrupted, Some(Why::AgentRestarted)),
        ),
        (&[AgentRemoved], (Interrupted, Some(Why::NoAgent))),
        (
            &[Claimed, SOME, AgentRemoved],
            (Interrupted, Some(Why::AgentLost)),
        ),
        (&[Claimed, CancelAsked, AgentRemoved], (Cancelled, None)),
        (&[Claimed, FINISHED, AgentRemoved], (Completed, None)),
        // Nothing that the removed agent still sends counts.
        (
            &[Claimed, AgentRemoved, SOME, FINISHED],
            (Interrupted, Some(Why::AgentLost)),
        ),
        (
            &[Claimed, LeaseExpired, AgentRemoved, SOME],
            (Interrupted, Some(Why::AgentLost)),
        ),
        // Timers that come too late change nothing.
        (&[Claimed, NoAgent], (Running, None)),
        (&[Claimed, CancelOverdue], (Running, None)),
        (&[Claimed, FINISHED, LeaseExpired], (Completed, None)),
        (&[LeaseExpired], (Queued, None)),
        // A cancelled run stays cancelled, whatever still arrives.
        (
            &[Claimed, CancelAsked, CancelOverdue, SOME, FINISHED],
            (Cancelled, None),
        ),
    ];
    for (inputs, expected) in table {
        assert_eq!(state_after(inputs), *expected, "{inputs:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let running = after(&[Input::Claimed]);
    let done = after(&[Input::Claimed, FINISHED]);
    assert_eq!(next(running, Input::Claimed), Err(Refused::NotQueued));
    assert_eq!(next(Life::NEW, SOME), Err(Refused::NotLeased));
    assert_eq!(next(done, SOME), Err(Refused::Ended));
    let removed = after(&[Input::Claimed, Input::AgentRemoved]);
    assert_eq!(next(removed, SOME), Err(Refused::Ended));
    assert_eq!(next(done, FINISHED), Err(Refused::Ended));
    assert_eq!(next(done, Input::CancelAsked), Err(Refused::Settled));
}

#[test]
fn a_second_cancel_is_not_written_down_again() {
    let cancelling = after(&[Input::Claimed, Input::CancelAsked]);
    assert!(cancelling.cancelling);
    let again = next(cancelling, Input::CancelAsked).expect("allowed");
    assert_eq!(
        again,
        Next {
            life: cancelling,
            say: vec![]
        }
    );
}

fn inputs() -> impl Strategy<Value = Vec<Input>> {
    let one = prop_oneof![
        Just(Input::Claimed),
        Just(SOME),
        Just(FINISHED),
        Just(Input::Batch(Some(LastWord::Finished { cancelled: true }))),
        Just(RESTARTED),
        Just(Input::CancelAsked),
        Just(Input::CancelOverdue),
        Just(Input::NoAgent),
        Just(Input::LeaseExpired),
        Just(Input::AgentRemoved),
        Just(Input::Cleaned),
    ];
    proptest::collection::vec(one, 0..12)
}

proptest! {
    #[test]
    fn holds_for_every_history(inputs in inputs()) {
        let mut life = Life::NEW;
        let mut claims = 0;
        for input in inputs {
            let Ok(step) = next(life, input) else { continue };
            let now = step.life;
            claims += usize::from(step.say.contains(&Say::Claimed));
            prop_assert!(claims <= 1, "never leased twice");
            prop_assert_eq!(now.interruption.is_some(), now.state == RunState::Interrupted);
            prop_assert!(!now.cancelling || now.state == RunState::Running);
            prop_assert!(!now.ended || now.state.is_settled());
            prop_assert!(now.leased || now.state != RunState::Running);
            prop_assert!(!life.leased || now.leased, "a lease is not forgotten");
            prop_assert!(!life.ended || now == life, "nothing after the last word");
            // Whoever becomes settled is said to be; and nobody is said to be who is not.
            if !life.state.is_settled() && now.state.is_settled() {
                prop_assert_eq!(step.say.last(), Some(&Say::Settled));
            }
            if step.say.contains(&Say::Settled) {
                prop_assert!(now.state.is_settled());
            }
            // Only an interrupted run comes back, and only by a batch.
            if life.state.is_settled() && !now.state.is_settled() {
                prop_assert_eq!(life.state, RunState::Interrupted);
                prop_assert!(matches!(input, Input::Batch(_)));
            }
            life = now;
        }
    }
}
