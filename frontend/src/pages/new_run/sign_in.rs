//! Signing in: one choice, and only the fields that it has. A secret is sealed to the agent before it leaves
//! the page.

use super::Page;
use crate::state::form::{Form, Mistakes};
use crate::state::sign_in::{Has, SignIn};
use leptos::prelude::*;
use zeroize::Zeroizing;

/// The choice and its fields.
#[component]
pub(crate) fn SignInFields(page: Page) -> impl IntoView {
    let form = page.form;
    let chosen = Memo::new(move |_| form.with(|form| form.sign_in));
    let unsigned = move || {
        page.mistakes.with(|mistakes| {
            let lasts = mistakes.lasts.as_ref()?;
            (lasts.field == "sign-in").then(|| lasts.sentence.clone())
        })
    };
    view! {
        <div class="field">
            <label for=page.id("sign-in")>"Sign-in"</label>
            <select
                id=page.id("sign-in")
                aria-describedby=page.id("sign-in-hint")
                on:change:target=move |event| {
                    let sign_in = SignIn::of_key(&event.target().value());
                    form.update(|form| form.choose(sign_in));
                    page.recheck();
                }
            >
                {SignIn::ALL
                    .map(|one| {
                        view! {
                            <option value=one.key() selected=move || chosen.get() == one>
                                {one.label()}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
            <p class="hint" id=page.id("sign-in-hint")>
                {move || wrong(unsigned(), chosen.get().what())}
            </p>
        </div>
        {move || fields(page, chosen.get())}
    }
}

/// A field of one line.
struct Field {
    id: &'static str,
    label: &'static str,
    has: Has,
    hint: &'static str,
    get: fn(&Form) -> &String,
    set: fn(&mut Form, String),
    wrong: fn(&Mistakes) -> &Option<String>,
}

fn fields(page: Page, how: SignIn) -> AnyView {
    let plain = [
        Field {
            id: "user",
            label: "User",
            has: how.user(),
            hint: "Shown in the run and in its report.",
            get: |form| &form.user,
            set: |form, text| form.user = text,
            wrong: |mistakes| &mistakes.user,
        },
        Field {
            id: "tenant",
            label: "Tenant",
            has: how.tenant(),
            hint: "Its id, or a domain of it.",
            get: |form| &form.tenant,
            set: |form, text| form.tenant = text,
            wrong: |mistakes| &mistakes.tenant,
        },
        Field {
            id: "client-id",
            label: "Client id",
            has: how.client_id(),
            hint: if how == SignIn::EntraManagedIdentity {
                "Of a user-assigned identity; left empty, it is the host's own."
            } else {
                "Of the application, a GUID."
            },
            get: |form| &form.client_id,
            set: |form, text| form.client_id = text,
            wrong: |mistakes| &mistakes.client_id,
        },
    ];
    let plain: Vec<AnyView> = plain
        .into_iter()
        .filter(|field| field.has != Has::No)
        .map(|field| text(page, field))
        .collect();
    let secret = how.secret();
    if plain.is_empty() && secret.is_none() {
        return ().into_any();
    }
    view! {
        <div class="pair">{plain} {secret.map(|label| view! { <Secret page label /> })}</div>
        {secret.map(|_| view! { <Seal page /> })}
    }
    .into_any()
}

fn text(page: Page, field: Field) -> AnyView {
    let (form, mistakes) = (page.form, page.mistakes);
    let told = move || mistakes.with(|mistakes| (field.wrong)(mistakes).clone());
    let id = page.id(field.id);
    let hint = format!("{id}-hint");
    let optional = (field.has == Has::Optional)
        .then(|| view! { <span class="muted small">" optional"</span> });
    view! {
        <div class="field">
            <label for=id.clone()>{field.label} {optional}</label>
            <input
                id=id.clone()
                name=id
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                aria-describedby=hint.clone()
                aria-invalid=move || told().is_some().to_string()
                prop:value=move || form.with(|form| (field.get)(form).clone())
                on:input:target=move |event| {
                    form.update(|form| (field.set)(form, event.target().value()));
                    page.recheck();
                }
            />
            <p class="hint" id=hint>
                {move || wrong(told(), field.hint)}
            </p>
        </div>
    }
    .into_any()
}

/// The password, the token, or the application's secret.
#[component]
fn Secret(page: Page, label: &'static str) -> impl IntoView {
    let form = page.form;
    let visible = RwSignal::new(false);
    let told = move || page.mistakes.with(|mistakes| mistakes.password.clone());
    view! {
        <div class="field">
            <label for=page.id("password")>{label}</label>
            <div class="with-button">
                <input
                    id=page.id("password")
                    name=page.id("password")
                    type=move || if visible.get() { "text" } else { "password" }
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    aria-describedby=format!("{} {}", page.id("password-hint"), page.id("seal"))
                    aria-invalid=move || told().is_some().to_string()
                    prop:value=move || form.with(|form| form.password.to_string())
                    on:input:target=move |event| {
                        form.update(|form| form.password = Zeroizing::new(event.target().value()));
                        page.recheck();
                    }
                />
                <button
                    type="button"
                    aria-pressed=move || visible.get().to_string()
                    on:click=move |_| visible.update(|visible| *visible = !*visible)
                >
                    "Show"
                </button>
            </div>
            <p class="hint" id=page.id("password-hint")>
                {move || wrong(told(), "Sealed in this page, sent only over verified TLS, not kept.")}
            </p>
        </div>
    }
}

/// Whom the secret is sealed to.
#[component]
fn Seal(page: Page) -> impl IntoView {
    view! {
        <p class="small muted" id=page.id("seal")>
            {move || {
                let agents = page.chosen();
                if agents.is_empty() {
                    return "The agent's key is not here yet; without it nothing can be sealed.".into_any();
                }
                let several = agents.len() > 1;
                view! {
                    {if several { "Sealed to each agent by itself, and only that one can open it. " } else { "" }}
                    {agents
                        .into_iter()
                        .map(|agent| {
                            view! {
                                <span class="key-of">
                                    {if several { "" } else { "Only the agent " }}
                                    <b>{agent.name}</b>
                                    {if several { ", key " } else { " can open it. Its key: " }}
                                    <span class="mono">{agent.fingerprint}</span>
                                </span>
                            }
                        })
                        .collect_view()}
                }
                    .into_any()
            }}
        </p>
    }
}

/// What is wrong with a field, or what is usually said of it.
pub(crate) fn wrong(sentence: Option<String>, usual: &'static str) -> AnyView {
    match sentence {
        Some(sentence) => view! {
            <span class="note bad">
                <span aria-hidden="true">"✕"</span>
                <span>{sentence}</span>
            </span>
        }
        .into_any(),
        None => usual.into_any(),
    }
}
