//! A long list that draws only what is in view, moved through by keys.

use crate::state::window;
use leptos::html;
use leptos::prelude::*;
use std::ops::Range;

/// Height of a row in pixels; the style sheet's `.listing li` has the same.
const ROW: f64 = 32.0;

/// Rows `0..total`, each drawn by `row`.
#[component]
pub(crate) fn Listing(
    /// Id of the list; its rows are `ID-0` and so on.
    id: &'static str,
    /// Named for screen readers.
    label: &'static str,
    /// How many rows there are.
    #[prop(into)]
    total: Signal<usize>,
    /// The one that is selected.
    selected: RwSignal<Option<usize>>,
    /// Draws a row.
    row: Callback<usize, AnyView>,
) -> impl IntoView {
    let list = NodeRef::<html::Ul>::new();
    let scrolled = RwSignal::new(0.0);
    let height = RwSignal::new(480.0);
    let measure = move || {
        if let Some(list) = list.get_untracked() {
            scrolled.set(f64::from(list.scroll_top()));
            height.set(f64::from(list.client_height().max(64)));
        }
    };
    let drawn = Memo::new(move |_| window::rows(total.get(), ROW, scrolled.get(), height.get()));
    // Whoever selects a row from elsewhere finds it in view.
    Effect::new(move |_| {
        let (Some(index), Some(list)) = (selected.get(), list.get()) else {
            return;
        };
        let view = f64::from(list.client_height().max(64));
        if let Some(to) = window::scroll_to(index, ROW, f64::from(list.scroll_top()), view) {
            list.set_scroll_top(to as i32);
            measure();
        }
    });
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let page = (height.get_untracked() / ROW) as usize;
        let at = selected.get_untracked();
        let to = match at {
            Some(at) => window::moved(&event.key(), at, total.get_untracked(), page.max(1)),
            None => window::moved(&event.key(), 0, total.get_untracked(), page.max(1)).map(|_| 0),
        };
        if let Some(to) = to {
            event.prevent_default();
            selected.set(Some(to));
        }
    };
    let active = move || {
        let drawn = drawn.get();
        selected
            .get()
            .filter(|index| drawn.contains(index))
            .map(|index| format!("{id}-{index}"))
    };
    let keyed = move || {
        let Range { start, end } = drawn.get();
        (start..end).collect::<Vec<_>>()
    };
    view! {
        <ul
            class="listing"
            id=id
            node_ref=list
            role="listbox"
            aria-label=label
            tabindex="0"
            aria-activedescendant=active
            on:scroll=move |_| measure()
            on:keydown=on_key
            on:focus=move |_| measure()
        >
            <li
                class="room"
                role="presentation"
                style:height=move || format!("{}px", total.get() as f64 * ROW)
            ></li>
            <For each=keyed key=|index| *index let(index)>
                <li
                    role="option"
                    id=format!("{id}-{index}")
                    aria-selected=move || (selected.get() == Some(index)).to_string()
                    aria-posinset=(index + 1).to_string()
                    aria-setsize=move || total.get().to_string()
                    style:top=format!("{}px", index as f64 * ROW)
                    on:click=move |_| selected.set(Some(index))
                >
                    {row.run(index)}
                </li>
            </For>
        </ul>
    }
}
