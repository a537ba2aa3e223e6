//! Runs that were started together, side by side: what they say together first, then each step from every agent.
//!
//! All of it is drawn from the runs' logs, which come over one stream; the rules that compare them are the
//! portal's own.

mod actions;
mod beats;
mod findings;
mod replicas;
mod table;
mod underway;

pub(crate) use beats::Heartbeats;
pub(crate) use replicas::Replicas;

use super::not_found::Nothing;
use super::run::{kind, name};
use crate::api;
use crate::browser;
use crate::components::{Announcer, Failed, Loaded, When};
use crate::later::{Picture, Pictures};
use crate::live::{Following, follow_group};
use crate::state::current::{Current, current};
use crate::state::link::Link;
use crate::state::sessions::name as direction;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::api::{GroupFinding, GroupView};
use model::{GroupId, RunId, RunView};
use rules::{Vantage, judge_group};

/// One of the runs.
#[derive(Clone, Copy)]
struct Column {
    view: StoredValue<RunView>,
    label: StoredValue<String>,
    live: Following,
    current: Memo<Current>,
}

impl Column {
    fn id(self) -> RunId {
        self.view.with_value(|view| view.id)
    }

    /// Its agent, and what it looks at where the runs have targets of their own.
    fn agent(self) -> String {
        self.label.get_value()
    }
}

/// What the parts of this page share.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    id: GroupId,
    columns: StoredValue<Vec<Column>>,
    /// What the runs say together.
    findings: Memo<Vec<GroupFinding>>,
    announcer: Announcer,
}

impl Page {
    fn columns(self) -> Vec<Column> {
        self.columns.get_value()
    }

    /// How many are over, of how many.
    fn over(self) -> (usize, usize) {
        let columns = self.columns();
        let over = |column: &&Column| column.current.with(|now| now.state.is_settled());
        (columns.iter().filter(over).count(), columns.len())
    }

    fn agent_of(self, run: RunId) -> String {
        let columns = self.columns();
        let column = columns.into_iter().find(|column| column.id() == run);
        column.map(Column::agent).unwrap_or_default()
    }
}

/// The page under `/groups/ID`.
#[component]
pub(crate) fn Group(
    /// The group; nothing when the address holds no id.
    id: Option<GroupId>,
) -> impl IntoView {
    match id {
        Some(id) => view! { <Opened id /> }.into_any(),
        None => unknown(),
    }
}

fn unknown() -> AnyView {
    browser::title("Not found · Linecheck");
    view! {
        <main id="main" tabindex="-1">
            <Nothing
                title="These runs are not known here"
                text="They may have been deleted, or the link may be cut short. Runs live on the portal that made them."
            />
        </main>
    }
    .into_any()
}

#[component]
fn Opened(id: GroupId) -> impl IntoView {
    let answer = RwSignal::new(Loaded::<GroupView>::Waiting);
    let ask = move |()| {
        answer.set(Loaded::Waiting);
        spawn_local(async move {
            let got = api::get::<GroupView>(&format!("/api/groups/{id}")).await;
            answer.try_set(got.into());
        });
    };
    ask(());
    move || match answer.get() {
        Loaded::Waiting => waiting(),
        Loaded::Failed(failure) if failure.is_not_found() => unknown(),
        Loaded::Failed(failure) => view! {
            <main id="main" tabindex="-1">
                <section class="card wide">
                    <h1>"The runs cannot be shown"</h1>
                    <Failed failure retry=ask />
                </section>
            </main>
        }
        .into_any(),
        Loaded::Here(group) if group.runs.is_empty() => unknown(),
        Loaded::Here(group) => shown(group),
    }
}

/// The page's size while the runs are on their way.
fn waiting() -> AnyView {
    view! {
        <main id="main" tabindex="-1" aria-busy="true">
            <div class="head wide bones">
                <h1>
                    <span class="sr">"Loading the runs"</span>
                    <span class="bone"></span>
                </h1>
            </div>
            <section class="card wide verdict-room" aria-hidden="true"></section>
        </main>
    }
    .into_any()
}

/// Whether the runs have targets or tasks of their own, as both directions between replicas have.
fn own_targets(group: &GroupView) -> bool {
    let mut runs = group.runs.iter();
    let first = runs.next();
    first.is_some_and(|first| {
        group
            .runs
            .iter()
            .any(|run| run.target != first.target || run.options.lasting != first.options.lasting)
    })
}

fn page(group: &GroupView) -> Page {
    let ids: Vec<RunId> = group.runs.iter().map(|run| run.id).collect();
    let logs = follow_group(format!("/api/groups/{}/events", group.id), &ids);
    let own = own_targets(group);
    let column = |(view, live): (&RunView, Following)| {
        let known = view.clone();
        let label = match own {
            true => format!("{}: {}", view.agent_name, direction(view)),
            false => view.agent_name.clone(),
        };
        Column {
            view: StoredValue::new(view.clone()),
            label: StoredValue::new(label),
            live,
            current: Memo::new(move |_| live.with(|log| current(&known, log))),
        }
    };
    let columns: Vec<Column> = group.runs.iter().zip(logs).map(column).collect();
    let columns = StoredValue::new(columns);
    let answered = group.findings.clone();
    let findings = Memo::new(move |_| {
        let columns = columns.get_value();
        let behind = |column: &Column| {
            let last = column.view.with_value(|view| view.last_seq);
            column.live.with(|log| log.last_seq() < last)
        };
        // Until the logs have caught up with the portal's answer, the answer holds. All are asked, so that each tells.
        if columns.iter().filter(|column| behind(column)).count() > 0 {
            return answered.clone();
        }
        let logs: Vec<_> = columns
            .iter()
            .map(|column| (column.id(), column.live.log.read_value()))
            .collect();
        let vantages: Vec<_> = logs
            .iter()
            .map(|(run, log)| Vantage {
                run: *run,
                state: log.folded(),
            })
            .collect();
        judge_group(&vantages)
    });
    Page {
        id: group.id,
        columns,
        findings,
        announcer: Announcer::here(),
    }
}

fn shown(group: GroupView) -> AnyView {
    let Some(first) = group.runs.first().cloned() else {
        return unknown();
    };
    browser::title(&format!("{} · Linecheck", first.target.host));
    let drawn = group.runs.iter().any(|run| {
        let asked = &run.options.lasting;
        asked.heartbeat.is_some() || asked.replica_session.is_some() || asked.listener.is_some()
    });
    let page = page(&group);
    announce(page);
    let (title, from) = if own_targets(&group) {
        let ways: Vec<_> = group
            .runs
            .iter()
            .map(|run| view! { <span class="way">{direction(run)}</span> })
            .collect();
        let runs = rules::words::count(group.runs.len(), "run", "runs");
        (ways.collect_view().into_any(), format!("{runs} at once"))
    } else {
        let agents = rules::words::count(group.runs.len(), "agent", "agents");
        let login = rules::words::login(&first.login);
        (
            name(&first.target),
            format!("From {agents} at once, {login}"),
        )
    };
    view! {
        <main id="main" tabindex="-1">
            <div class="head wide">
                <div>
                    <h1>{title}</h1>
                    <p class="muted line">
                        <span>{from}</span>
                        <span aria-hidden="true">"·"</span>
                        <When at=first.created_at />
                        <span class="tag">{kind(&first.target)}</span>
                    </p>
                </div>
                <actions::Actions page />
            </div>
            <Connection page />
            <findings::Together page />
            <underway::Underway page />
            {drawn.then(|| view! { <Pictures of=Picture::Group(page) /> })}
            <table::SideBySide page />
        </main>
    }
    .into_any()
}

/// Says that the connection is lost, where it is.
#[component]
fn Connection(page: Page) -> impl IntoView {
    let link = page.columns().first().map(|column| column.live.link);
    let sentence = Memo::new(move |_| link.and_then(|link| link.get().sentence()));
    Effect::new(move |before: Option<bool>| {
        let lost = link.is_some_and(|link| matches!(link.get(), Link::Lost { .. }));
        if before == Some(true) && !lost {
            page.announcer.say("Connected to the portal again.");
        }
        lost
    });
    move || {
        sentence.get().map(|sentence| {
            view! {
                <p class="card wide banner note warn" role="status">
                    <span aria-hidden="true">"!"</span>
                    <span>{sentence}</span>
                </p>
            }
        })
    }
}

/// Tells the live region how each run ended, and what they say together.
fn announce(page: Page) {
    Effect::new(move |before: Option<usize>| {
        let (over, all) = page.over();
        match before {
            Some(before) if over == all && before < all => {
                let title = page.findings.with_untracked(|findings| {
                    findings.first().map(|finding| finding.title.clone())
                });
                let told = title.unwrap_or_else(|| "All runs are over.".into());
                page.announcer.say(told);
            }
            Some(before) if over > before => page
                .announcer
                .say(format!("{over} of {all} runs are over.")),
            _ => {}
        }
        over
    });
}
