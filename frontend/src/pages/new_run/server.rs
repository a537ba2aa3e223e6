//! Server and database, and what was understood of them.

use super::Page;
use crate::components::driver_advice;
use crate::state::form::{Form, Reading, driver_words};
use leptos::prelude::*;
use target::Parsed;

/// The server field: takes anything that names a server.
#[component]
pub(crate) fn ServerField(page: Page) -> impl IntoView {
    let Page { form, mistakes, .. } = page;
    let take_apart = move || {
        let taken = form.try_update(Form::take_apart).unwrap_or_default();
        if taken {
            page.say_moved();
        }
        page.recheck();
    };
    // A field of one line would lose the line ends of a pasted block, so the paste is read before.
    let on_paste = move |event: web_sys::ClipboardEvent| {
        let Some(text) = pasted_text(&event) else {
            return;
        };
        let taken = form
            .try_update(|form| form.paste(&text))
            .unwrap_or_default();
        if taken {
            event.prevent_default();
            page.say_moved();
            page.recheck();
        }
    };
    let wrong = move || mistakes.with(|mistakes| mistakes.server.clone());
    view! {
        <div class="field">
            <label for=page.id("server")>"Server"</label>
            <input
                id=page.id("server")
                name=page.id("server")
                type="text"
                required
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                placeholder="contoso.database.windows.net"
                aria-describedby=format!("{} {}", page.id("server-hint"), page.id("server-read"))
                aria-invalid=move || wrong().is_some().to_string()
                prop:value=move || form.with(|form| form.server.clone())
                on:input:target=move |event| {
                    form.update(|form| form.retype(event.target().value()));
                    page.recheck();
                }
                on:paste=on_paste
                on:change=move |_| take_apart()
            />
            <p class="hint" id=page.id("server-hint")>
                "A name, "
                <span class="mono">"tcp:host,port"</span>
                ", "
                <span class="mono">"host\\instance"</span>
                ", or a whole connection string: paste what you have."
            </p>
            <Understood page />
        </div>
    }
}

fn pasted_text(event: &web_sys::ClipboardEvent) -> Option<String> {
    event.clipboard_data()?.get_data("text").ok()
}

/// What the field was understood as, at once.
#[component]
fn Understood(page: Page) -> impl IntoView {
    let Page { form, mistakes, .. } = page;
    let reading = Memo::new(move |_| form.with(Form::reading));
    let told = move || mistakes.with(|mistakes| mistakes.server.is_some());
    let class = move || match reading.get() {
        Reading::Server(_) => "understood is-ok",
        Reading::Mistake(_) => "understood is-bad",
        Reading::Nothing if told() => "understood is-bad",
        Reading::Nothing | Reading::ConnectionString => "understood",
    };
    view! {
        <div id=page.id("server-read") class=class>
            {move || match reading.get() {
                Reading::Nothing if told() => note("bad", "✕", target::Error::Empty.to_string()),
                Reading::Nothing => note("", "", "What is understood of it shows here.".into()),
                Reading::ConnectionString => {
                    note("", "…", "A connection string: its parts go to their fields when you leave this one.".into())
                }
                Reading::Mistake(mistake) => note("bad", "✕", mistake.to_string()),
                Reading::Server(parsed) => server(&parsed),
            }}
            {move || from_string(page)}
        </div>
        {move || put_right(page)}
    }
}

/// The pasted string put right, and what its driver would do with it.
fn put_right(page: Page) -> Option<AnyView> {
    page.form.with(|form| {
        form.corrected.as_ref()?;
        let Reading::Server(parsed) = form.reading() else {
            return None;
        };
        let target = model::Target {
            server: parsed.server,
            host: parsed.host,
            port: parsed.port,
            instance: parsed.instance,
            database: form.database.clone(),
            kind: parsed.kind.as_str().to_owned(),
        };
        let mut advice = rules::driver_advice(&target, &form.login(), &form.driver)?;
        if let Some(corrected) = form.corrected.clone() {
            advice.corrected = corrected;
        }
        Some(driver_advice(advice))
    })
}

fn note(colour: &'static str, sign: &'static str, text: String) -> AnyView {
    view! {
        <p class=format!("note {colour}")>
            {(!sign.is_empty()).then(|| view! { <span aria-hidden="true">{sign}</span> })}
            <span>{text}</span>
        </p>
    }
    .into_any()
}

/// A server, as it was understood.
pub(crate) fn server(parsed: &Parsed) -> AnyView {
    let port = match parsed.port {
        Some(port) if parsed.port_given => format!("port {port}"),
        Some(port) => format!("port {port}, the usual one"),
        None => "port to be asked of SQL Browser".into(),
    };
    let instance = parsed
        .instance
        .as_ref()
        .map(|instance| format!(", instance {instance}"));
    view! {
        <p class="note">
            <span aria-hidden="true" class="ok-sign">"✓"</span>
            <span>
                <b>{parsed.kind.title()}</b>
                " · host "
                <span class="mono">{parsed.host.clone()}</span>
                {instance}
                " · "
                {port}
            </span>
        </p>
        {parsed.notes().into_iter().map(|it| note("warn", "!", it.text.into())).collect_view()}
    }
    .into_any()
}

/// What else a pasted connection string told.
fn from_string(page: Page) -> impl IntoView {
    page.form.with(|form| {
        let shown = match form.reading() {
            Reading::Server(parsed) => parsed.notes(),
            _ => Vec::new(),
        };
        let notes = form.notes.iter().filter(|it| !shown.contains(it));
        let settings = driver_words(&form.driver);
        let unknown = &form.unknown;
        view! {
            {(!form.moved.is_empty())
                .then(|| note("ok", "✓", format!("Filled in from what was pasted: {}.", form.moved.join(", "))))}
            {(!settings.is_empty())
                .then(|| note("", "", format!("Your driver's settings, kept for the report: {}.", settings.join(", "))))}
            {(!unknown.is_empty())
                .then(|| note("warn", "!", format!("Left out, not known: {}.", unknown.join(", "))))}
            {notes.map(|it| note("warn", "!", it.text.into())).collect_view()}
        }
    })
}

/// The database field.
#[component]
pub(super) fn DatabaseField(page: Page) -> impl IntoView {
    let Page { form, mistakes, .. } = page;
    let wrong = move || mistakes.with(|mistakes| mistakes.database.clone());
    view! {
        <div class="field">
            <label for="database">"Database"</label>
            <input
                id="database"
                name="database"
                type="text"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                placeholder="master"
                aria-describedby="database-hint"
                aria-invalid=move || wrong().is_some().to_string()
                prop:value=move || form.with(|form| form.database.clone())
                on:input:target=move |event| {
                    form.update(|form| form.name_database(event.target().value()));
                    page.recheck();
                }
            />
            <p class="hint" id="database-hint">
                {move || match wrong() {
                    Some(sentence) => note("bad", "✕", sentence),
                    None => "Left empty, it is master.".into_any(),
                }}
            </p>
        </div>
    }
}
