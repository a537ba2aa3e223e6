//! Sharing a run: what others will see, a link that ends, and the links there are.

use super::page::Page;
use super::preview::Preview;
use crate::api::{self, Failure};
use crate::browser;
use crate::components::{CopyButton, Dialog, Failed, Loaded, When};
use crate::door::Door;
use crate::state::share::{CHOICES, LIVES, name};
use crate::state::time;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Redaction;
use model::api::{NewShare, ShareCreated, ShareView, SharedRun};

/// What the parts of the dialog share.
#[derive(Clone, Copy)]
struct Sharing {
    page: Page,
    redact: RwSignal<Redaction>,
    life_s: RwSignal<u32>,
    preview: RwSignal<Loaded<SharedRun>>,
    links: RwSignal<Loaded<Vec<ShareView>>>,
    /// The link that was made last: shown once.
    made: RwSignal<Option<String>>,
    failure: RwSignal<Option<Failure>>,
    busy: RwSignal<bool>,
}

impl Sharing {
    fn ask_for_preview(self) {
        let redact = self.redact.get_untracked();
        let path = format!(
            "/api/runs/{}/shares/preview?redact={}",
            self.page.id(),
            redact.as_str()
        );
        spawn_local(async move {
            let answer = api::get::<SharedRun>(&path).await;
            // The choice may be another by now.
            if self.redact.try_get_untracked() == Some(redact) {
                self.preview.try_set(answer.into());
            }
        });
    }

    fn ask_for_links(self) {
        let path = format!("/api/runs/{}/shares", self.page.id());
        spawn_local(async move {
            let answer = api::get::<Vec<ShareView>>(&path).await;
            self.links.try_set(answer.into());
        });
    }

    fn create(self) {
        self.busy.set(true);
        self.failure.set(None);
        let wanted = NewShare {
            expires_in_s: self.life_s.get_untracked(),
            redact: self.redact.get_untracked(),
        };
        let path = format!("/api/runs/{}/shares", self.page.id());
        spawn_local(async move {
            match api::post::<ShareCreated>(&path, &wanted).await {
                Ok(created) => {
                    self.made.try_set(Some(created.url));
                    self.page.announcer.say("The link is made");
                    self.ask_for_links();
                    request_animation_frame(|| browser::focus("share-link"));
                }
                Err(refused) => {
                    self.failure.try_set(Some(refused));
                }
            }
            self.busy.try_set(false);
        });
    }

    fn revoke(self, link: ShareView) {
        self.failure.set(None);
        spawn_local(async move {
            match api::delete(&format!("/api/shares/{}", link.id)).await {
                Ok(()) => {
                    self.made.try_set(None);
                    self.page.announcer.say("The link has been revoked");
                }
                Err(refused) => {
                    self.failure.try_set(Some(refused));
                }
            }
            self.ask_for_links();
        });
    }
}

/// The button and its dialog.
#[component]
pub(super) fn Share(page: Page) -> impl IntoView {
    let open = RwSignal::new(false);
    let sharing = Sharing {
        page,
        redact: RwSignal::new(Redaction::default()),
        life_s: RwSignal::new(NewShare::default().expires_in_s),
        preview: RwSignal::new(Loaded::Waiting),
        links: RwSignal::new(Loaded::Waiting),
        made: RwSignal::new(None),
        failure: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    let begin = move |_| {
        sharing.preview.set(Loaded::Waiting);
        sharing.made.set(None);
        sharing.failure.set(None);
        sharing.ask_for_preview();
        sharing.ask_for_links();
        open.set(true);
    };
    view! {
        <button on:click=begin>"Share…"</button>
        <Dialog open id="share" title="Share this run" roomy=true>
            <div class="share">
                <Loopback sharing />
                <Wishes sharing />
                {move || sharing.failure.get().map(|failure| view! { <Failed failure /> })}
                <Made sharing />
                <Preview shared=sharing.preview retry=move |()| sharing.ask_for_preview() />
                <Links sharing />
            </div>
            <p class="close">
                <button on:click=move |_| open.set(false)>"Close"</button>
            </p>
        </Dialog>
    }
}

/// Where links lead nowhere for others: says so, and offers files instead.
#[component]
fn Loopback(sharing: Sharing) -> impl IntoView {
    let door = Door::here();
    let id = sharing.page.id();
    let file = move |name: &'static str| {
        let redact = sharing.redact;
        view! {
            <a
                class="button"
                href=move || format!("/api/runs/{id}/{name}?redact={}", redact.get().as_str())
                rel="external"
                download=""
            >
                {name}
            </a>
        }
    };
    move || {
        let session = door
            .session()
            .filter(|session| session.public_url_is_loopback)?;
        Some(view! {
            <div class="note warn" id="only-here">
                <span aria-hidden="true">"!"</span>
                <div class="stacked">
                    <p>
                        "Only this computer can open a link: the portal is at "
                        <span class="mono">{session.public_url}</span>
                        ". Send a file instead, masked as chosen below:"
                    </p>
                    <p class="actions">{file("AllFiles.zip")} {file("report.html")}</p>
                </div>
            </div>
        })
    }
}

/// What is masked, how long the link lives, and the button.
#[component]
fn Wishes(sharing: Sharing) -> impl IntoView {
    let choice = move |(redact, label, what): (Redaction, &'static str, &'static str)| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="redact"
                    value=redact.as_str()
                    prop:checked=move || sharing.redact.get() == redact
                    on:change=move |_| {
                        sharing.redact.set(redact);
                        sharing.ask_for_preview();
                    }
                />
                <span>
                    {label}
                    <span class="muted small">" · "{what}</span>
                </span>
            </label>
        }
    };
    view! {
        <fieldset>
            <legend>"Who is it for?"</legend>
            {CHOICES.map(choice).collect_view()}
        </fieldset>
        <div class="row wishes">
            <div class="field">
                <label for="share-life" class="small">"Ends after"</label>
                <select
                    id="share-life"
                    prop:value=move || sharing.life_s.get().to_string()
                    on:change:target=move |event| {
                        if let Ok(seconds) = event.target().value().parse() {
                            sharing.life_s.set(seconds);
                        }
                    }
                >
                    {LIVES
                        .map(|(seconds, words)| {
                            let usual = seconds == NewShare::default().expires_in_s;
                            view! { <option value=seconds.to_string() selected=usual>{words}</option> }
                        })
                        .collect_view()}
                </select>
            </div>
            <button class="primary" disabled=sharing.busy on:click=move |_| sharing.create()>
                "Create link"
            </button>
        </div>
    }
}

/// The link, once.
#[component]
fn Made(sharing: Sharing) -> impl IntoView {
    move || {
        let url = sharing.made.get()?;
        let copied = url.clone();
        Some(view! {
            <div class="made stacked">
                <p class="note ok">
                    <span aria-hidden="true">"✓"</span>
                    <span>"Made. The link is shown this once: whoever has it can read the run, without a login."</span>
                </p>
                <div class="with-button">
                    <input id="share-link" class="mono" type="text" readonly aria-label="The link" value=url />
                    <CopyButton label="Copy" text=move |()| copied.clone() />
                </div>
            </div>
        })
    }
}

/// The links there are.
#[component]
fn Links(sharing: Sharing) -> impl IntoView {
    view! {
        <section class="stacked" aria-labelledby="links-title">
            <h3 id="links-title">"Links that work now"</h3>
            {move || match sharing.links.get() {
                Loaded::Waiting => view! { <span class="bone" aria-hidden="true"></span> }.into_any(),
                Loaded::Failed(failure) => {
                    view! { <Failed failure retry=move |()| sharing.ask_for_links() /> }.into_any()
                }
                Loaded::Here(links) if links.is_empty() => {
                    view! { <p class="muted small">"None. Whoever is to see this run needs one."</p> }.into_any()
                }
                Loaded::Here(links) => {
                    let row = |link: ShareView| row(sharing, link);
                    view! { <ul class="plain-list links">{links.into_iter().map(row).collect_view()}</ul> }.into_any()
                }
            }}
        </section>
    }
}

fn row(sharing: Sharing, link: ShareView) -> AnyView {
    let views = usize::try_from(link.views).unwrap_or(usize::MAX);
    let shows = match link.last_seq {
        Some(_) => "",
        None => ", follows the run while it lasts",
    };
    let ends = time::stamp(link.expires_at, browser::now(), browser::offset);
    let label = format!("Revoke the link that ends {ends}");
    view! {
        <li class="row">
            <span class="small">
                "Made "
                <When at=link.created_at ago=true />
                ", "
                {name(link.redact)}
                {shows}
                <span class="muted">
                    " · ends "
                    <When at=link.expires_at />
                    " · opened "
                    {rules::words::count(views, "time", "times")}
                </span>
            </span>
            <button aria-label=label on:click=move |_| sharing.revoke(link.clone())>
                "Revoke"
            </button>
        </li>
    }
    .into_any()
}
