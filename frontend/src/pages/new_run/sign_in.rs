//! Signing in: none, or a SQL login whose password is sealed to the agent before it leaves the page.

use super::Page;
use crate::state::form::SignIn;
use leptos::prelude::*;
use zeroize::Zeroizing;

/// The choice, and the fields of a SQL login.
#[component]
pub(super) fn SignInFields(page: Page) -> impl IntoView {
    let form = page.form;
    let chosen = Memo::new(move |_| form.with(|form| form.sign_in));
    let choice = move |value: SignIn, label: &'static str, what: &'static str| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="sign-in"
                    prop:checked=move || chosen.get() == value
                    on:change=move |_| {
                        form.update(|form| form.sign_in = value);
                        page.recheck();
                    }
                />
                <span>
                    {label}
                    <span class="muted small">{what}</span>
                </span>
            </label>
        }
    };
    view! {
        <fieldset>
            <legend>"Sign-in"</legend>
            {choice(SignIn::None, "None", " · goes as far as the login, and stops before it")}
            {choice(SignIn::Sql, "SQL login", " · also logs in, follows redirects, and sends a query")}
            <Show when=move || chosen.get() == SignIn::Sql>
                <Login page />
            </Show>
        </fieldset>
    }
}

#[component]
fn Login(page: Page) -> impl IntoView {
    let form = page.form;
    let visible = RwSignal::new(false);
    let mistakes = page.mistakes;
    let user_wrong = move || mistakes.with(|mistakes| mistakes.user.clone());
    let password_wrong = move || mistakes.with(|mistakes| mistakes.password.clone());
    view! {
        <div class="pair">
            <div class="field">
                <label for="user">"User"</label>
                <input
                    id="user"
                    name="user"
                    type="text"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    aria-describedby="user-hint"
                    aria-invalid=move || user_wrong().is_some().to_string()
                    prop:value=move || form.with(|form| form.user.clone())
                    on:input:target=move |event| {
                        form.update(|form| form.user = event.target().value());
                        page.recheck();
                    }
                />
                <p class="hint" id="user-hint">
                    {move || wrong(user_wrong(), "Shown in the run and in its report.")}
                </p>
            </div>
            <div class="field">
                <label for="password">"Password"</label>
                <div class="with-button">
                    <input
                        id="password"
                        name="password"
                        type=move || if visible.get() { "text" } else { "password" }
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        aria-describedby="password-hint seal"
                        aria-invalid=move || password_wrong().is_some().to_string()
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
                <p class="hint" id="password-hint">
                    {move || wrong(password_wrong(), "Sealed in this page, sent only over verified TLS, not kept.")}
                </p>
            </div>
        </div>
        <p class="small muted" id="seal">
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

fn wrong(sentence: Option<String>, usual: &'static str) -> AnyView {
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
