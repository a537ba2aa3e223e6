//! A dialog over the page. The browser keeps the focus in it, gives it back, and closes it by Esc.

use leptos::html;
use leptos::prelude::*;

/// Shows `children` while `open`; they are drawn anew each time.
#[component]
pub(crate) fn Dialog(
    /// Whether it is shown.
    open: RwSignal<bool>,
    /// Its id; its title has `ID-title`.
    id: &'static str,
    /// What it is about.
    title: &'static str,
    /// Wider than a question.
    #[prop(optional)]
    roomy: bool,
    /// What it holds.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let children = StoredValue::new(children);
    Effect::new(move |_| {
        let (open, Some(dialog)) = (open.get(), dialog.get()) else {
            return;
        };
        if open && !dialog.open() {
            let _ = dialog.show_modal();
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog
            node_ref=dialog
            id=id
            class=if roomy { "roomy" } else { "" }
            aria-labelledby=format!("{id}-title")
            on:close=move |_| open.set(false)
        >
            <h2 id=format!("{id}-title")>{title}</h2>
            <Show when=move || open.get()>{children.with_value(|children| children())}</Show>
        </dialog>
    }
}
