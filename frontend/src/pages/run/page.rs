//! What the parts of a run's page share.

use crate::browser;
use crate::components::Announcer;
use crate::live::Following;
use crate::state::current::{Current, brought_up, current, current_shared, steps};
use crate::state::tree::groups_of;
use leptos::prelude::*;
use model::{RunId, RunView, Step, StepId, StepState};
use std::collections::BTreeSet;

/// How the run was come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Source {
    /// As one of this portal's.
    Own(RunId),
    /// By a share link with this token: read-only.
    Shared(String),
    /// From a file that was opened in this page: read-only, and the portal does not have it.
    File,
}

impl Source {
    /// Where the API has it.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Own(id) => format!("/api/runs/{id}"),
            Self::Shared(token) => format!("/api/shares/{}", crate::state::history::escape(token)),
            Self::File => String::new(),
        }
    }
}

/// What the parts of this page share.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    /// What the portal answered last.
    pub(super) view: RwSignal<RunView>,
    /// How it was come to.
    pub(super) source: StoredValue<Source>,
    /// The log.
    pub(super) live: Following,
    /// How the run stands.
    pub(super) current: Memo<Current>,
    /// The tab that is shown.
    pub(super) tab: RwSignal<&'static str>,
    /// Steps that a finding pointed at.
    pub(super) pointed: RwSignal<Vec<StepId>>,
    /// Steps whose details are open.
    pub(super) open: RwSignal<BTreeSet<StepId>>,
    /// Groups of steps that are open.
    pub(super) groups: RwSignal<BTreeSet<StepId>>,
    /// The event that is selected, by place.
    pub(super) event: RwSignal<Option<usize>>,
    pub(super) announcer: Announcer,
}

impl Page {
    /// The run as the portal answered, drawn from its log as that arrives.
    pub(super) fn new(view: RwSignal<RunView>, live: Following, source: Source) -> Self {
        let stands = match source {
            Source::Own(_) => current,
            Source::Shared(_) | Source::File => current_shared,
        };
        Self {
            view,
            source: StoredValue::new(source),
            live,
            current: Memo::new(move |_| view.with(|view| live.with(|log| stands(view, log)))),
            tab: RwSignal::new("steps"),
            pointed: RwSignal::new(Vec::new()),
            open: RwSignal::new(BTreeSet::new()),
            groups: RwSignal::new(BTreeSet::new()),
            event: RwSignal::new(None),
            announcer: Announcer::here(),
        }
    }

    /// Whether the person may change anything about it.
    pub(super) fn is_own(&self) -> bool {
        self.source
            .with_value(|source| matches!(source, Source::Own(_)))
    }

    /// Whether it came from a file.
    pub(super) fn is_file(&self) -> bool {
        self.source
            .with_value(|source| matches!(source, Source::File))
    }

    /// Where the API has one of its files.
    pub(super) fn file(&self, name: &str) -> String {
        self.source
            .with_value(|source| format!("{}/{name}", source.path()))
    }

    /// Its steps.
    pub(super) fn with_steps<T>(&self, read: impl FnOnce(&[Step]) -> T) -> T {
        self.live
            .with(|log| self.view.with_untracked(|view| read(steps(view, log))))
    }

    pub(super) fn id(&self) -> RunId {
        self.view.with_untracked(|view| view.id)
    }

    /// The run as it stands, whole: what is copied is made from it.
    pub(super) fn whole(&self) -> RunView {
        let now = self.current.get_untracked();
        self.view
            .with_untracked(|view| self.live.log.with_value(|log| brought_up(view, log, now)))
    }

    /// Shows what a finding rests on: its steps, or its first event where there is no step.
    pub(super) fn point_at(&self, steps: &[StepId], first_event: Option<u64>) {
        let Some(first) = steps.first() else {
            let place = first_event.and_then(|seq| usize::try_from(seq.checked_sub(1)?).ok());
            self.event.set(place);
            self.tab.set("events");
            request_animation_frame(|| browser::focus("events"));
            return;
        };
        let failed = self.live.log.with_value(|log| {
            let failed = |id: &&StepId| {
                let step = log.folded().step(**id);
                step.is_some_and(|step| step.state == StepState::Failed)
            };
            steps.iter().rev().find(failed).copied()
        });
        let first = failed.unwrap_or(*first);
        let inside = self
            .live
            .log
            .with_value(|log| groups_of(log.steps(), steps));
        self.groups.update(|groups| groups.extend(inside));
        self.pointed.set(steps.to_vec());
        self.tab.set("steps");
        let row = format!("step-{first}");
        request_animation_frame(move || {
            browser::reveal(&row);
            browser::focus(&row);
        });
    }
}
