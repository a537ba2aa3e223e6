//! Starting: what each side is to do, its secret sealed to its agent, all of it asked for at once.

use super::Page;
use crate::api::{self, Failure};
use crate::pages::new_run::{self, Page as Fields};
use crate::state::form::{Form, Mistakes, Ready};
use crate::state::lasts::Wrong;
use crate::state::replicas::Side;
use leptos::prelude::*;
use model::api::{NewRun, RunsCreated};
use model::lasting::Lasting;
use serde::Serialize;
use zeroize::Zeroizing;

/// One run, and the fields that it comes from.
pub(super) struct Asked {
    of: Fields,
    ready: Ready,
}

/// What is wrong, and the id of the field that it is told at. A field of a form says it itself.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) field: String,
    pub(super) sentence: String,
}

impl From<Wrong> for Told {
    fn from(wrong: Wrong) -> Self {
        Self {
            field: wrong.field.to_owned(),
            sentence: wrong.sentence,
        }
    }
}

/// Several runs, started together.
#[derive(Serialize)]
struct Together {
    runs: Vec<NewRun>,
}

/// What is asked for; the first that is wrong otherwise.
pub(super) fn requests(page: Page) -> Result<Vec<Asked>, Told> {
    let mut asked = Vec::new();
    for side in Side::BOTH {
        if untrack(|| page.runs(side)) {
            let lasting = page.fields.with_untracked(|fields| fields.session(side));
            asked.push(one(page.side(side), lasting)?);
        }
    }
    if asked.is_empty() {
        return Err(Told {
            field: "a-from".to_owned(),
            sentence: super::NOBODY.to_owned(),
        });
    }
    if page.fields.with_untracked(|fields| fields.listener) {
        let from = Side::BOTH
            .into_iter()
            .find(|side| untrack(|| page.runs(*side)));
        let from = page.side(from.unwrap_or(Side::First));
        let agents = from.form.with_untracked(|form| form.agents.clone());
        page.listener.form.update(|form| form.agents = agents);
        let lasting = page.fields.with_untracked(|fields| fields.view());
        let run = one(page.listener, lasting)?;
        let signs_in = page
            .listener
            .form
            .with_untracked(|form| form.sign_in.logs_in());
        if !signs_in {
            let wrong = Wrong {
                field: "sign-in",
                sentence: "Logins at a listener need a sign-in: choose one.".to_owned(),
            };
            let told = Told {
                field: page.listener.id(wrong.field),
                sentence: String::new(),
            };
            page.listener
                .mistakes
                .update(|mistakes| mistakes.lasts = Some(wrong));
            return Err(told);
        }
        asked.push(run);
    }
    Ok(asked)
}

/// A run of one form; what is wrong with the form is told at its fields, and the first of it is answered.
fn one(of: Fields, lasting: Result<Lasting, Wrong>) -> Result<Asked, Told> {
    of.form.update(|form: &mut Form| {
        form.take_apart();
    });
    match of.ready() {
        Ok(mut ready) => {
            of.mistakes.set(Mistakes::default());
            ready.request.options.lasting = lasting?;
            Ok(Asked { of, ready })
        }
        Err(mistakes) => {
            let field = mistakes.first_field().unwrap_or("server");
            of.mistakes.set(*mistakes);
            Err(Told {
                field: of.id(field),
                sentence: String::new(),
            })
        }
    }
}

/// Starts them; answers where the page is.
pub(super) async fn start(asked: Vec<Asked>) -> Result<String, Failure> {
    let mut runs = Vec::new();
    let mut forms = Vec::new();
    for Asked { of, ready } in asked {
        runs.push(new_run::sealed(of, ready)?);
        forms.push(of.form);
    }
    let kept = runs.clone();
    let created: RunsCreated = match runs.as_slice() {
        [alone] => api::post("/api/runs", alone).await?,
        _ => api::post("/api/groups", &Together { runs }).await?,
    };
    for form in forms {
        form.try_update(|form| form.password = Zeroizing::default());
    }
    kept.into_iter().for_each(new_run::remember);
    new_run::place(&created)
}
