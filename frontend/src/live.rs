//! Follows a run, or all runs of a group over one stream: events from the portal into their logs, a frame's
//! worth at a time.
//!
//! The stream only queues texts. Once per animation frame they are read and folded for a few milliseconds, and
//! the page is told once; so fifty thousand events at once keep the page usable. A broken stream is opened
//! again by the browser (`Last-Event-ID`), or by us (`?after=`) where the browser gives up.

use crate::browser;
use crate::door::Door;
use crate::state::link::Link;
use crate::state::log::{RunLog, Taken};
use leptos::prelude::*;
use model::api::GroupEvent;
use model::{RunEvent, RunId};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{EventSource, MessageEvent};

/// Reading and folding may take this much of a frame, in milliseconds.
const SHARE_OF_FRAME: f64 = 10.0;
/// While more waits, the page is told no more often than this, in milliseconds.
const TOLD_EVERY: f64 = 160.0;

/// What a page that follows a run can see.
#[derive(Clone, Copy)]
pub(crate) struct Following {
    /// Everything that has arrived.
    pub(crate) log: StoredValue<RunLog>,
    /// The highest `seq` that was told of; read it to be told.
    pub(crate) grown: RwSignal<u64>,
    /// How the connection stands.
    pub(crate) link: RwSignal<Link>,
}

impl Following {
    /// Reads the log, and reads it anew when it grew.
    pub(crate) fn with<T>(self, read: impl FnOnce(&RunLog) -> T) -> T {
        self.grown.track();
        self.log.with_value(read)
    }
}

impl Following {
    fn new(link: RwSignal<Link>) -> Self {
        Self {
            log: StoredValue::new(RunLog::default()),
            grown: RwSignal::new(0),
            link,
        }
    }

    /// A log that is complete: nothing is followed.
    pub(crate) fn of(log: RunLog) -> Self {
        let grown = RwSignal::new(log.last_seq());
        Self {
            log: StoredValue::new(log),
            grown,
            link: RwSignal::new(Link::Over),
        }
    }

    fn last_seq(self) -> u64 {
        self.log
            .try_with_value(RunLog::last_seq)
            .unwrap_or_default()
    }

    fn take(self, event: RunEvent) -> Taken {
        self.log
            .try_update_value(|log| log.take(event))
            .unwrap_or(Taken::Known)
    }
}

/// The stream's side, alive as long as the page.
struct Stream {
    /// Where its events are, without the query.
    path: String,
    /// By run id when it is a group's.
    logs: Vec<(RunId, Following)>,
    group: bool,
    link: RwSignal<Link>,
    /// Told each time that the stream breaks, or ends because a share link does: perhaps nothing may be seen any more.
    broken: Box<dyn Fn()>,
    source: RefCell<Option<Source>>,
    waiting: RefCell<VecDeque<String>>,
    framed: Cell<bool>,
    told_at: Cell<f64>,
    closed: Cell<bool>,
    complete: Cell<bool>,
}

impl Stream {
    /// How far each log is here: the stream's cursor.
    fn cursor(&self) -> String {
        let seqs: Vec<String> = self
            .logs
            .iter()
            .map(|(_, log)| log.last_seq().to_string())
            .collect();
        seqs.join(".")
    }
}

/// An open stream and what listens to it.
struct Source {
    stream: EventSource,
    _open: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _error: Closure<dyn FnMut()>,
    _end: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for Source {
    fn drop(&mut self) {
        self.stream.set_onopen(None);
        self.stream.set_onmessage(None);
        self.stream.set_onerror(None);
        self.stream.close();
    }
}

/// Follows a run until the page is left.
pub(crate) fn follow(run: RunId) -> Following {
    follow_at(run, format!("/api/runs/{run}/events"), ask_door())
}

/// Follows a run whose events are at `path`; `broken` is told when the stream breaks or is gone.
pub(crate) fn follow_at(run: RunId, path: String, broken: impl Fn() + 'static) -> Following {
    let link = RwSignal::new(Link::default());
    let log = Following::new(link);
    start(path, vec![(run, log)], false, link, Box::new(broken));
    log
}

/// Follows the runs of a group until the page is left. `runs` are by id, as the cursor counts them.
pub(crate) fn follow_group(path: String, runs: &[RunId]) -> Vec<Following> {
    let link = RwSignal::new(Link::default());
    let logs: Vec<_> = runs
        .iter()
        .map(|run| (*run, Following::new(link)))
        .collect();
    let out = logs.iter().map(|(_, log)| *log).collect();
    start(path, logs, true, link, Box::new(ask_door()));
    out
}

/// Asks whether the login still holds.
fn ask_door() -> impl Fn() {
    let door = Door::here();
    move || leptos::task::spawn_local(async move { door.ask().await })
}

fn start(
    path: String,
    logs: Vec<(RunId, Following)>,
    group: bool,
    link: RwSignal<Link>,
    broken: Box<dyn Fn()>,
) {
    let stream = Rc::new(Stream {
        path,
        logs,
        group,
        link,
        broken,
        source: RefCell::default(),
        waiting: RefCell::default(),
        framed: Cell::new(false),
        told_at: Cell::new(0.0),
        closed: Cell::new(false),
        complete: Cell::new(false),
    });
    open(&stream);
    let kept = StoredValue::new_local(stream);
    on_cleanup(move || {
        kept.with_value(|stream| {
            stream.closed.set(true);
            stream.source.take();
        });
    });
}

fn open(stream: &Rc<Stream>) {
    if stream.closed.get() {
        return;
    }
    // What waits to be read has arrived too.
    read_all(stream);
    let path = format!("{}?after={}", stream.path, stream.cursor());
    let Ok(source) = EventSource::new(&path) else {
        broke(stream, true);
        return;
    };
    let on_open = {
        let stream = Rc::clone(stream);
        Closure::new(move || stream.link.update(|link| *link = link.opened()))
    };
    let on_message = {
        let stream = Rc::clone(stream);
        Closure::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                stream.waiting.borrow_mut().push_back(text);
                frame(&stream);
            }
        })
    };
    let on_error = {
        let stream = Rc::clone(stream);
        Closure::new(move || {
            let gave_up = stream
                .source
                .borrow()
                .as_ref()
                .is_none_or(|source| source.stream.ready_state() == EventSource::CLOSED);
            broke(&stream, gave_up);
        })
    };
    let on_end = {
        let stream = Rc::clone(stream);
        Closure::new(move |event: MessageEvent| {
            let told = event.data().as_string().unwrap_or_default();
            if told.contains("\"gone\"") {
                (stream.broken)();
            }
            stream.complete.set(true);
            if let Some(source) = stream.source.borrow().as_ref() {
                source.stream.close();
            }
            frame(&stream);
        })
    };
    source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    let _ = source.add_event_listener_with_callback("end", on_end.as_ref().unchecked_ref());
    stream.source.replace(Some(Source {
        stream: source,
        _open: on_open,
        _message: on_message,
        _error: on_error,
        _end: on_end,
    }));
}

/// The stream broke; the browser tries again by itself unless it gave up.
fn broke(stream: &Rc<Stream>, gave_up: bool) {
    if stream.complete.get() || stream.closed.get() {
        return;
    }
    stream.link.update(|link| *link = link.broke());
    (stream.broken)();
    if gave_up {
        again_after(stream, stream.link.get_untracked().pause());
    }
}

fn again_after(stream: &Rc<Stream>, pause: Duration) {
    let stream = Rc::clone(stream);
    set_timeout(move || open(&stream), pause);
}

/// Asks for the next frame, once. A page that nobody sees gets no frames, so it asks for a moment instead.
fn frame(stream: &Rc<Stream>) {
    if stream.framed.replace(true) {
        return;
    }
    let this = Rc::clone(stream);
    let work = move || {
        this.framed.set(false);
        if this.closed.get() {
            return;
        }
        if work(&this) {
            frame(&this);
        }
    };
    if browser::hidden() {
        set_timeout(work, Duration::from_millis(100));
    } else {
        request_animation_frame(work);
    }
}

/// Reads for its share of the frame; answers whether more waits.
fn work(stream: &Rc<Stream>) -> bool {
    let began = browser::tick();
    let mut hole = false;
    while browser::tick() - began < SHARE_OF_FRAME {
        let Some(text) = stream.waiting.borrow_mut().pop_front() else {
            break;
        };
        hole |= read(stream, &text) == Taken::Hole;
    }
    let more = !stream.waiting.borrow().is_empty();
    if !more || began - stream.told_at.get() > TOLD_EVERY {
        stream.told_at.set(began);
        tell(stream);
    }
    if !more && stream.complete.get() {
        stream.source.take();
        stream.link.set(Link::Over);
    } else if hole {
        stream.waiting.borrow_mut().clear();
        stream.source.take();
        again_after(stream, Duration::from_millis(500));
        return false;
    }
    more
}

/// Tells whoever reads a log that grew.
fn tell(stream: &Rc<Stream>) {
    for (_, log) in &stream.logs {
        let last = log.last_seq();
        if log.grown.get_untracked() != last {
            log.grown.set(last);
        }
    }
}

fn read_all(stream: &Rc<Stream>) {
    loop {
        let Some(text) = stream.waiting.borrow_mut().pop_front() else {
            return;
        };
        read(stream, &text);
    }
}

fn read(stream: &Rc<Stream>, text: &str) -> Taken {
    let event = if stream.group {
        serde_json::from_str(text).map(|GroupEvent { run, event }| (Some(run), event))
    } else {
        serde_json::from_str(text).map(|event| (None, event))
    };
    // The portal sends nothing else; a text that is no event leaves a hole, which is asked for again.
    let Ok((run, event)) = event else {
        return Taken::Known;
    };
    let mut logs = stream.logs.iter();
    match logs.find(|(id, _)| run.is_none_or(|run| run == *id)) {
        Some((_, log)) => log.take(event),
        None => Taken::Known,
    }
}
