//! The fields of the managed instance, and of what is tried.

use super::Guide;
use crate::pages::new_run::{hint, understood};
use crate::state::agents::Choice;
use crate::state::guided::Fields;
use leptos::children::Children;
use leptos::prelude::*;
use model::lasting::LinkWay;
use zeroize::Zeroizing;

/// A line to type in.
struct Line {
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    get: fn(&Fields) -> &String,
    set: fn(&mut Fields, String),
}

fn line(guide: Guide, line: Line) -> AnyView {
    let fields = guide.fields;
    let told = Memo::new(move |_| guide.wrong(line.id));
    let hint_id = format!("{}-hint", line.id);
    view! {
        <div class="field">
            <label for=line.id>{line.label}</label>
            <input
                id=line.id
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                aria-describedby=hint_id.clone()
                aria-invalid=move || told.get().is_some().to_string()
                prop:value=move || fields.with(|fields| (line.get)(fields).clone())
                on:input:target=move |event| {
                    fields.update(|fields| (line.set)(fields, event.target().value()));
                    recheck(guide);
                }
            />
            <p class="hint" id=hint_id>
                {move || hint(told.get(), line.hint)}
            </p>
        </div>
    }
    .into_any()
}

/// Mistakes that were told are told anew, none is told before its time.
fn recheck(guide: Guide) {
    if guide.wrong.with_untracked(|wrong| !wrong.is_empty()) {
        let now = guide.fields.with_untracked(|fields| fields.asked(true));
        guide.wrong.set(now.err().unwrap_or_default());
    }
}

/// The managed instance and its sign-in.
#[component]
pub(super) fn Instance(guide: Guide) -> impl IntoView {
    let fields = guide.fields;
    let visible = RwSignal::new(false);
    let told = Memo::new(move |_| guide.wrong("instance-password"));
    let reading = move || {
        let typed = fields.with(|fields| !fields.instance.trim().is_empty());
        typed
            .then(|| fields.with(|fields| fields.parsed().ok()))
            .flatten()
    };
    view! {
        <fieldset class="card form" id="side-instance">
            <legend>"2 · The managed instance"</legend>
            {line(
                guide,
                Line {
                    id: "instance",
                    label: "Managed instance",
                    hint: "As clients name it: contoso-mi.1a2b3c.database.windows.net",
                    get: |fields| &fields.instance,
                    set: |fields, text| fields.instance = text,
                },
            )}
            {move || reading().map(|parsed| view! { <div class="understood is-ok">{understood(&parsed)}</div> })}
            <div class="pair">
                {line(
                    guide,
                    Line {
                        id: "instance-user",
                        label: "Login there",
                        hint: "A SQL login: sysadmin, or in SQLAgentOperatorRole of msdb.",
                        get: |fields| &fields.user,
                        set: |fields, text| fields.user = text,
                    },
                )}
                <div class="field">
                    <label for="instance-password">"Its password"</label>
                    <div class="with-button">
                        <input
                            id="instance-password"
                            type=move || if visible.get() { "text" } else { "password" }
                            autocomplete="off"
                            autocapitalize="off"
                            spellcheck="false"
                            aria-describedby="instance-password-hint"
                            aria-invalid=move || told.get().is_some().to_string()
                            prop:value=move || fields.with(|fields| fields.password.to_string())
                            on:input:target=move |event| {
                                fields.update(|fields| fields.password = Zeroizing::new(event.target().value()));
                            }
                        />
                        <button
                            type="button"
                            aria-pressed=move || visible.get().to_string()
                            aria-label="Show the instance's password"
                            on:click=move |_| visible.update(|visible| *visible = !*visible)
                        >
                            "Show"
                        </button>
                    </div>
                    <p class="hint" id="instance-password-hint">
                        {move || hint(told.get(), "Sealed by itself to the same agent, for this server and login alone. Not needed for the dry run.")}
                    </p>
                </div>
            </div>
        </fieldset>
    }
}

/// Where from, which directions, by whom, and to which address.
#[component]
pub(super) fn Tried(guide: Guide, children: Children) -> impl IntoView {
    let fields = guide.fields;
    let direction = |id: &'static str,
                     label: &'static str,
                     get: fn(&Fields) -> bool,
                     set: fn(&mut Fields, bool)| {
        view! {
            <label class="choice">
                <input
                    type="checkbox"
                    id=id
                    aria-describedby="direction-hint"
                    prop:checked=move || fields.with(get)
                    on:change:target=move |event| {
                        fields.update(|fields| set(fields, event.target().checked()));
                        recheck(guide);
                    }
                />
                <span>{label}</span>
            </label>
        }
    };
    let way = move |id: &'static str, way: LinkWay, label: &'static str, fits: &'static str| {
        view! {
            <label class="choice top-aligned">
                <input
                    type="radio"
                    name="way"
                    id=id
                    prop:checked=move || fields.with(|fields| fields.way == way)
                    on:change=move |_| fields.update(|fields| fields.way = way)
                />
                <span>
                    {label}
                    <small class="muted">{fits}</small>
                </span>
            </label>
        }
    };
    let from = move || fields.with(|fields| fields.from_instance);
    view! {
        <fieldset class="card form" id="tried">
            <legend>"3 · What is tried"</legend>
            <From guide />
            <fieldset>
                <legend>"Directions"</legend>
                {direction(
                    "to-instance",
                    "From the SQL Server to the instance",
                    |fields| fields.to_instance,
                    |fields, on| fields.to_instance = on,
                )}
                {direction(
                    "from-instance",
                    "From the instance to the SQL Server",
                    |fields| fields.from_instance,
                    |fields, on| fields.from_instance = on,
                )}
                <p class="hint small muted" id="direction-hint">
                    {move || hint(guide.wrong("to-instance"), "A link needs both.")}
                </p>
            </fieldset>
            <fieldset>
                <legend>"Who connects from the SQL Server"</legend>
                {way(
                    "way-job",
                    LinkWay::ServerJob,
                    "A job of SQL Server Agent",
                    "For SQL Server on Windows, with SQL Server Agent running. The SQL Server's own host connects, wherever the agent of Linecheck is.",
                )}
                {way(
                    "way-directly",
                    LinkWay::Directly,
                    "The agent chosen above, directly",
                    "Only where that agent runs on the SQL Server's own host. For Linux, and where SQL Server Agent is stopped; makes nothing for this direction.",
                )}
            </fieldset>
            <div class="pair">
                <Show when=from>
                    {line(
                        guide,
                        Line {
                            id: "address",
                            label: "The SQL Server's address, for the instance",
                            hint: "The name or address under which the instance is to reach it, through VPN or peering.",
                            get: |fields| &fields.address,
                            set: |fields, text| fields.address = text,
                        },
                    )}
                </Show>
                {line(
                    guide,
                    Line {
                        id: "subnet",
                        label: "The instance's subnet",
                        hint: "Like 10.1.0.0/24: what answers is to lie in it. Left empty, nothing is compared.",
                        get: |fields| &fields.subnet,
                        set: |fields, text| fields.subnet = text,
                    },
                )}
            </div>
            <details>
                <summary>"Ports and times"</summary>
                <div class="pair limits">
                    {line(
                        guide,
                        Line {
                            id: "server-port",
                            label: "Port of the SQL Server's endpoint",
                            hint: "Where it has one already, that one's port is used.",
                            get: |fields| &fields.server_port,
                            set: |fields, text| fields.server_port = text,
                        },
                    )}
                    {line(
                        guide,
                        Line {
                            id: "instance-port",
                            label: "Port of the instance's endpoint",
                            hint: "5022 at every instance.",
                            get: |fields| &fields.instance_port,
                            set: |fields, text| fields.instance_port = text,
                        },
                    )}
                    {line(
                        guide,
                        Line {
                            id: "limit",
                            label: "Longest that a job may run",
                            hint: "After that it is given up and taken away.",
                            get: |fields| &fields.limit,
                            set: |fields, text| fields.limit = text,
                        },
                    )}
                    {line(
                        guide,
                        Line {
                            id: "poll",
                            label: "Asked after every",
                            hint: "How often a job is asked whether it has ended.",
                            get: |fields| &fields.poll,
                            set: |fields, text| fields.poll = text,
                        },
                    )}
                </div>
            </details>
            {children()}
        </fieldset>
    }
}

/// Where it is run from: one agent, which both secrets are sealed to.
#[component]
fn From(guide: Guide) -> impl IntoView {
    let page = guide.page;
    let chosen = Memo::new(move |_| page.chosen().first().map(|agent| agent.id));
    let options = move || {
        page.agents.with(|agents| {
            let agents = agents.here().map(Vec::as_slice).unwrap_or_default();
            let option = |agent: &model::api::AgentView| {
                let (id, name) = (agent.id, agent.name.clone());
                view! {
                    <option value=id.to_string() selected=move || chosen.get() == Some(id)>
                        {name}
                    </option>
                }
            };
            agents.iter().map(option).collect_view()
        })
    };
    let told = move || page.mistakes.with(|mistakes| mistakes.agents.clone());
    view! {
        <div class="field">
            <label for="run-from">"Run from"</label>
            <select
                id="run-from"
                aria-describedby="run-from-hint"
                on:change:target=move |event| {
                    if let Ok(id) = event.target().value().parse() {
                        page.form.update(|form| form.agents = Choice::only(id));
                        page.recheck();
                    }
                }
            >
                {options}
            </select>
            <p class="hint" id="run-from-hint">
                {move || hint(told(), "It signs in at both servers, so it has to reach both. Both secrets are sealed to it alone.")}
            </p>
        </div>
    }
}
