//! Decode: what an application's error text means, read in this page alone, and the run that tells its causes apart.

mod answer;
mod causes;
mod run;

use crate::browser;
use crate::components::Announcer;
use crate::state::decode::EXAMPLES;
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use rules::decode::{Decoded, decode};
use std::sync::Arc;

/// The page under `/decode`.
#[component]
pub(crate) fn Decode() -> impl IntoView {
    browser::title("Decode an error · Linecheck");
    let announcer = Announcer::here();
    let field = NodeRef::<html::Textarea>::new();
    let shown = RwSignal::new(None::<Arc<Decoded>>);
    let read = move |text: &str| {
        if text.trim().is_empty() {
            shown.set(None);
            return;
        }
        let decoded = decode(text);
        announcer.say(match decoded.causes.first() {
            Some(ranked) => format!(
                "Decoded: {}. {}",
                rules::words::confidence(ranked.sure),
                ranked.cause.title
            ),
            None => "Nothing that is known stands in this text.".to_owned(),
        });
        shown.set(Some(Arc::new(decoded)));
    };
    let read_field = move || {
        if let Some(field) = field.get_untracked() {
            read(&field.value());
        }
    };
    let fill = move |text: &str| {
        if let Some(field) = field.get_untracked() {
            field.set_value(text);
            read(text);
        }
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        read_field();
        if shown.with_untracked(Option::is_some) {
            request_animation_frame(|| browser::focus("answer"));
        }
    };
    let clear = move |_| {
        fill("");
        browser::focus("text");
    };
    let keys = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            read_field();
        }
    };
    view! {
        <main id="main" tabindex="-1" class="decode">
            <div class="head wide">
                <div>
                    <h1>"What does this error mean?"</h1>
                    <p class="muted">
                        "Paste an exception, a stack trace or log lines. They are decoded in this page alone: nothing is sent or kept."
                    </p>
                </div>
            </div>
            <form class="card wide form" on:submit=submit autocomplete="off">
                <div class="field">
                    <label for="text">"The application's text"</label>
                    <textarea
                        id="text"
                        rows="8"
                        spellcheck="false"
                        autocapitalize="off"
                        aria-describedby="text-hint"
                        node_ref=field
                        on:keydown=keys
                        // What is pasted stands in the field a moment later.
                        on:paste=move |_| request_animation_frame(read_field)
                    ></textarea>
                    <p class="hint" id="text-hint">
                        "SqlClient, JDBC, ODBC, pyodbc, tedious, go-mssqldb, tiberius, a server's log. With inner exceptions and numbers, if you have them; secrets are taken out first."
                    </p>
                </div>
                <div class="submit">
                    <button class="primary" type="submit">
                        "Decode"
                    </button>
                    <span class="small muted keys-hint">"or " <kbd>"Ctrl"</kbd> " " <kbd>"Enter"</kbd></span>
                    <Show when=move || shown.with(Option::is_some)>
                        <button type="button" on:click=clear>
                            "Clear"
                        </button>
                    </Show>
                </div>
            </form>
            {move || match shown.get() {
                Some(decoded) => here(decoded),
                None => examples(fill),
            }}
        </main>
    }
}

/// Before there is anything: what it can be tried with.
fn examples(fill: impl Fn(&str) + Copy + 'static) -> AnyView {
    let one = move |(name, text): (&'static str, &'static str)| {
        view! {
            <li>
                <button class="quiet" on:click=move |_| fill(text)>
                    {name}
                </button>
            </li>
        }
    };
    view! {
        <section class="card wide" aria-labelledby="examples">
            <h2 id="examples">"Nothing decoded yet"</h2>
            <p class="muted">"Or look at an example:"</p>
            <ul class="plain-list">{EXAMPLES.into_iter().map(one).collect_view()}</ul>
        </section>
    }
    .into_any()
}

fn here(decoded: Arc<Decoded>) -> AnyView {
    view! {
        {answer::verdict(&decoded)}
        <div class="stack">
            {causes::causes(&decoded)}
            {answer::happened(&decoded)}
        </div>
        <aside class="stack">
            {run::run(&decoded)}
            {answer::numbers(&decoded)}
            {answer::times(&decoded)}
        </aside>
        {answer::text(&decoded)}
    }
    .into_any()
}
