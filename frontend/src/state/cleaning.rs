//! What a run makes on the server, and what has become of it: shown beside how the run stands.

use super::current::Current;
use super::log::RunLog;
use model::{ObjectState, RunView, ServerObject};

/// How all of it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// The run is not over: they are in use.
    InUse,
    /// Something is still to go, and somebody tries.
    Cleaning,
    /// Something is left, and nobody tries any more.
    Left,
    /// Nothing of it is there.
    Gone,
}

/// An object on the server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Object {
    pub(crate) name: String,
    /// `table`, in which database.
    pub(crate) place: String,
    pub(crate) state: ObjectState,
    /// Why it is left, in the server's words.
    pub(crate) why: Option<String>,
    /// Its server and database, or the database alone where all are on one server.
    on: String,
    drop: String,
}

/// The objects, in the order of making.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Cleaning {
    pub(crate) standing: Standing,
    pub(crate) objects: Vec<Object>,
}

impl Object {
    /// Its state, in words.
    pub(crate) fn told(&self) -> &'static str {
        match self.state {
            ObjectState::Announced => "announced: it may have been made",
            ObjectState::Made => "made",
            ObjectState::NotOurs => "not made: something of that name was there, and is left alone",
            ObjectState::Gone => "dropped, and read back as gone",
            ObjectState::Left => "not dropped yet",
            ObjectState::Unknown => "in a state that this version does not know",
        }
    }
}

impl Cleaning {
    /// Of a run; nothing when it makes nothing on the server.
    pub(crate) fn of(view: &RunView, log: &RunLog, now: &Current) -> Option<Self> {
        // The portal has heard more than this log says, and says that nothing is left.
        let left = now.findings.iter().any(|it| it.code == "objects_left");
        let heard = log.last_seq() < view.last_seq && !now.cleaning && !left;
        let own = &view.target.server;
        let several = log
            .folded()
            .objects()
            .any(|(_, fact)| fact.object.server != *own);
        let on = |object: &ServerObject| match several {
            true => format!("database {} on {}", object.database, object.server),
            false => format!("database {}", object.database),
        };
        let objects: Vec<Object> = log
            .folded()
            .objects()
            .map(|(_, fact)| Object {
                name: fact.object.name.clone(),
                place: format!("{} in {}", fact.object.kind, on(&fact.object)),
                state: match fact.state {
                    state if state.is_open() && heard => ObjectState::Gone,
                    state => state,
                },
                why: fact.why.clone(),
                on: on(&fact.object),
                drop: fact.object.drop.clone(),
            })
            .collect();
        let open = objects.iter().any(|object| object.state.is_open());
        let standing = match (open, now.state.is_settled(), now.cleaning) {
            (false, ..) => Standing::Gone,
            (true, false, _) => Standing::InUse,
            (true, true, true) => Standing::Cleaning,
            (true, true, false) => Standing::Left,
        };
        (!objects.is_empty()).then_some(Self { standing, objects })
    }

    /// The T-SQL that drops what is left, youngest first; nothing while the run still uses it.
    pub(crate) fn sql(&self) -> Option<String> {
        if !matches!(self.standing, Standing::Cleaning | Standing::Left) {
            return None;
        }
        let open = self.objects.iter().rev();
        let open = open.filter(|object| object.state.is_open());
        let one = |object: &Object| {
            let on = object.on.replace(['\r', '\n'], " ");
            format!("-- In {on}:\n{}", object.drop)
        };
        Some(open.map(one).collect::<Vec<_>>().join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::current::current;
    use crate::state::testing::{Story, view};
    use model::RunState;

    fn of(story: Story, view: &RunView) -> Cleaning {
        let log = story.log();
        let now = current(view, &log);
        Cleaning::of(view, &log, &now).expect("objects")
    }

    #[test]
    fn what_a_run_made_is_followed_until_it_is_gone() {
        use ObjectState::{Announced, Gone, Left, Made, NotOurs};
        for (states, settled, given_up, standing, dropped) in [
            (vec![Made, Announced], false, false, Standing::InUse, 0),
            (vec![Gone, Gone], false, false, Standing::Gone, 0),
            (vec![Gone, NotOurs], true, false, Standing::Gone, 0),
            (vec![Gone, Left], true, false, Standing::Cleaning, 1),
            (vec![Left, Left], true, false, Standing::Cleaning, 2),
            (vec![Made, Left], true, true, Standing::Left, 2),
        ] {
            let mut story = Story::objects(&states);
            if settled {
                story = story.settled();
            }
            if given_up {
                story = story.given_up();
            }
            let cleaning = of(story, &view(RunState::Running, 1));
            assert_eq!(cleaning.standing, standing, "{states:?}");
            let sql = cleaning.sql().unwrap_or_default();
            assert_eq!(sql.matches("DROP TABLE").count(), dropped, "{sql}");
            if dropped == 2 {
                assert!(sql.find("t2") < sql.find("t1"), "the youngest first: {sql}");
            }
        }
    }

    #[test]
    fn the_portal_s_later_word_holds() {
        let mut later = view(RunState::Completed, 1_000);
        let story = || Story::objects(&[ObjectState::Left]).settled();
        assert_eq!(of(story(), &later).standing, Standing::Gone);
        later.cleaning = true;
        assert_eq!(of(story(), &later).standing, Standing::Cleaning);
    }

    #[test]
    fn most_runs_make_nothing() {
        let log = Story::redirect_blocked().log();
        let view = view(RunState::Running, 1);
        let now = current(&view, &log);
        assert_eq!(Cleaning::of(&view, &log, &now), None);
    }
}
