//! Who may see the pages: the session, the way to the login, and what is kept for the way back.

use crate::api;
use crate::components::Loaded;
use crate::route::Route;
use crate::state::form::Form;
use crate::state::place;
use leptos::prelude::*;
use model::api::Session;

/// The session as the portal tells it. One for the whole page, in context.
#[derive(Clone, Copy)]
pub(crate) struct Door {
    session: RwSignal<Loaded<Session>>,
    /// What was typed when the login came in between; in memory only, without the password.
    draft: StoredValue<Option<Form>>,
    route: Route,
}

impl Door {
    /// Asks for the session, and leads to the login from now on when one is required.
    pub(crate) fn start(route: Route) -> Self {
        let door = Self {
            session: RwSignal::new(Loaded::Waiting),
            draft: StoredValue::new(None),
            route,
        };
        api::when_shut(move || door.shut());
        leptos::task::spawn_local(async move { door.ask().await });
        door
    }

    /// From the context of the page.
    pub(crate) fn here() -> Self {
        use_context().unwrap_or_else(|| Self::start(Route::here()))
    }

    /// Asks how the session stands; leads to the login when that is required.
    pub(crate) async fn ask(self) {
        let answer = api::get::<Session>("/api/session").await;
        let shut = matches!(&answer, Ok(session) if session.login_required && !session.signed_in);
        // A portal that cannot be reached says nothing about the session that was there.
        let known = self.session.with_untracked(|known| known.here().is_some());
        if answer.is_ok() || !known {
            self.session.set(answer.into());
        }
        if shut {
            self.lead();
        }
    }

    /// The portal wanted a login: the one that there was has ended. Asked again, since the refusal may be of a
    /// call from before a login.
    fn shut(self) {
        self.session.update(|known| {
            if let Loaded::Here(session) = known {
                session.signed_in = false;
            }
        });
        self.lead();
        leptos::task::spawn_local(async move { self.ask().await });
    }

    /// Leads to the login, unless this page needs none.
    fn lead(self) {
        if !untrack(|| self.route.place()).is_open() {
            self.route.replace(&place::login(&self.route.address()));
        }
    }

    /// Whether it is known how the session stands, or that this cannot be known.
    pub(crate) fn known(self) -> bool {
        self.session
            .with(|session| !matches!(session, Loaded::Waiting))
    }

    /// The session, once it is known.
    pub(crate) fn session(self) -> Option<Session> {
        self.session.with(|session| session.here().cloned())
    }

    /// Whether the person may see the portal's pages.
    pub(crate) fn is_in(self) -> bool {
        self.session
            .with(|session| session.here().is_none_or(|session| session.signed_in))
    }

    /// Whether there is a login that can be ended.
    pub(crate) fn can_leave(self) -> bool {
        let logged_in = |session: &Session| session.login_required && session.signed_in;
        self.session
            .with(|session| session.here().is_some_and(logged_in))
    }

    /// Keeps what was typed over the login.
    pub(crate) fn keep(self, form: Form) {
        self.draft.set_value(Some(form));
    }

    /// What was typed before the login.
    pub(crate) fn kept(self) -> Option<Form> {
        self.draft.try_update_value(Option::take).flatten()
    }
}
