//! What a run makes on a server, from its announcement until it is read back as gone.
//!
//! ```text
//! announced (journal, then the log) ──made──▶ there ──drop, look──▶ gone (the log, then the journal)
//!      └──something of that name was there──▶ not ours: never dropped
//! ```
//! Whatever ends a run, what is still open then is taken away before its last event, as far as time allows. The rest
//! is for [`clean`], by the journal.

use crate::context::{Context, Secrets, instance_plan};
use crate::failure::Failure;
use crate::hop::Hop;
use crate::lasting::{HeldConnection, own_ground, signer};
use crate::policy::Purpose;
use crate::record::{Place, Recorder, Sink, StepLog};
use crate::redirect;
use crate::run::Run;
use model::{
    AgentEvent, FailureCode, ObjectFact, ObjectState, Observation, Plan, ServerObject, StepKind,
};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tds::rows::Value;
use tokio::time::{Instant, sleep};

/// What is open, by number.
#[derive(Debug, Default)]
pub(crate) struct Objects(Mutex<BTreeMap<u32, ServerObject>>);

impl Objects {
    fn open(&self) -> MutexGuard<'_, BTreeMap<u32, ServerObject>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.open().is_empty()
    }

    /// The youngest first.
    fn youngest_first(&self) -> Vec<ServerObject> {
        self.open().values().rev().cloned().collect()
    }

    fn close(&self, number: u32) {
        self.open().remove(&number);
    }
}

/// Writes down that an object is about to be made.
pub(crate) async fn announce(
    run: &Run<'_>,
    step: StepLog<'_>,
    object: &ServerObject,
) -> Result<(), Failure> {
    let (journal, noted) = (Arc::clone(&run.context.journal), object.clone());
    let written = tokio::task::spawn_blocking(move || journal.announce(&noted)).await;
    if let Err(error) = written.unwrap_or_else(|error| Err(io::Error::other(error))) {
        return Err(Failure::new(FailureCode::NotPermitted, error.to_string()));
    }
    run.objects.open().insert(object.number, object.clone());
    tell(step, object, ObjectState::Announced, None);
    Ok(())
}

/// The server says that it is made.
pub(crate) fn made(step: StepLog<'_>, object: &ServerObject) {
    tell(step, object, ObjectState::Made, None);
}

/// Something of its name was there.
pub(crate) async fn not_ours(run: &Run<'_>, step: StepLog<'_>, object: &ServerObject) {
    tell(step, object, ObjectState::NotOurs, None);
    forget(run, object.number).await;
}

async fn forget(run: &Run<'_>, number: u32) {
    run.objects.close(number);
    let journal = Arc::clone(&run.context.journal);
    // Should it fail, the object is looked for once more, and is gone.
    let _ = tokio::task::spawn_blocking(move || journal.gone(number)).await;
}

fn tell(step: StepLog<'_>, object: &ServerObject, state: ObjectState, why: Option<&str>) {
    let fact = ObjectFact {
        object: object.clone(),
        state,
        why: why.map(str::to_owned),
    };
    step.observe(None, Observation::ServerObject(fact));
}

/// Waits before the tries after the first.
const WAITS: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// Takes away all that is open, the youngest first, and reads back that it is gone, within `limit`.
pub(crate) async fn clean_up(run: &Run<'_>, limit: Duration) {
    if run.objects.is_empty() {
        return;
    }
    let first = first_hop(run);
    let place = Place::default();
    let step = run
        .recorder
        .start(StepKind::CleanUp, place, first.subject(None));
    let mut why = None;
    let cleaned = tokio::time::timeout(limit, all(&first, step, &mut why)).await;
    if cleaned.is_err() && why.is_none() {
        why = Some("there was no time left for it".to_owned());
    }
    let left = run.objects.youngest_first();
    for object in &left {
        tell(step, object, ObjectState::Left, why.as_deref());
    }
    if left.is_empty() {
        step.ok();
    } else {
        step.failed(FailureCode::ObjectsLeft, why.as_deref());
    }
}

/// Tries until nothing is open or the tries are used up; notes the last reason.
async fn all(first: &Hop<'_>, step: StepLog<'_>, why: &mut Option<String>) {
    let mut waits = WAITS.into_iter();
    loop {
        match once(first, step).await {
            Ok(()) => return,
            Err(reason) => *why = Some(reason),
        }
        let Some(wait) = waits.next() else { return };
        sleep(wait).await;
    }
}

/// One connection to each server that has some, and over it as many as it takes away.
async fn once(first: &Hop<'_>, step: StepLog<'_>) -> Result<(), String> {
    let run = first.run;
    let quiet = run.recorder.quiet(&Mute);
    let other = run.instance.as_deref().map(first_hop);
    let mut sessions = BTreeMap::new();
    let mut first_reason = None;
    for object in run.objects.youngest_first() {
        let there = |hop: &&Hop<'_>| hop.run.plan.target.server == object.server;
        let hop = other.as_ref().filter(there).unwrap_or(first);
        let session = match sessions.entry(object.server.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(open(hop, &quiet).await),
        };
        let dropped = match session {
            Ok(session) => drop_one(run, session, &object).await,
            Err(reason) => Err(reason.clone()),
        };
        match dropped {
            Ok(()) => {
                tell(step, &object, ObjectState::Gone, None);
                forget(run, object.number).await;
            }
            Err(reason) => {
                first_reason.get_or_insert(reason);
            }
        }
    }
    for session in sessions.into_values().flatten() {
        session.close().await;
    }
    first_reason.map_or(Ok(()), Err)
}

async fn open<'a>(hop: &Hop<'a>, quiet: &'a Recorder<'a>) -> Result<HeldConnection<'a>, String> {
    if signer(hop).is_none() {
        return Err("nobody signs in".to_owned());
    }
    let unseen = quiet.start(StepKind::CleanUp, Place::default(), hop.subject(None));
    let opened = HeldConnection::open(own_ground(hop), unseen, 1).await;
    opened.map_err(|not_there| words(&not_there.failure))
}

async fn drop_one(
    run: &Run<'_>,
    session: &mut HeldConnection<'_>,
    object: &ServerObject,
) -> Result<(), String> {
    let deadline = || Instant::now() + run.limits.query;
    let dropped = session.ask(&object.drop, deadline()).await;
    // Whatever was said of the drop, the catalog decides.
    let looked = session.ask(&object.look, deadline()).await?;
    let there = looked
        .rows()
        .next()
        .and_then(|row| row.first())
        .is_some_and(|value| *value != Value::Null);
    match (there, dropped) {
        (false, _) => Ok(()),
        (true, Err(reason)) => Err(reason),
        (true, Ok(_)) => Err("it is still in the catalog".to_owned()),
    }
}

fn words(failure: &Failure) -> String {
    match &failure.detail {
        Some(detail) => format!("{}: {detail}", failure.code),
        None => failure.code.to_string(),
    }
}

pub(crate) fn first_hop<'a>(run: &'a Run<'a>) -> Hop<'a> {
    let target = &run.plan.target;
    Hop {
        run,
        place: Place::default(),
        host: target.host.clone(),
        port: target.port,
        database: target.database.clone(),
        purpose: Purpose::Target,
        segment: None,
        at_once: false,
    }
}

/// Takes events, and forgets them.
pub(crate) struct Mute;

impl Sink for Mute {
    fn emit(&self, _event: AgentEvent) {}
}

/// What became of objects that an earlier run left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Numbers of those that were read back as gone; each was told to the journal, too.
    pub gone: Vec<u32>,
    /// Why the others are left.
    pub why: Option<String>,
}

/// Takes away what an earlier run of this plan left, as its journal says, and reads back that it is gone.
pub async fn clean(
    plan: &Plan,
    secrets: impl Into<Secrets>,
    context: &Context,
    objects: &[ServerObject],
) -> Cleaned {
    const LIMIT: Duration = Duration::from_secs(60);
    let recorder = Recorder::new(&Mute);
    let (notes, _heard) = crate::beside::Notes::channel();
    let instance = instance_plan(plan);
    let run = Run::new(
        plan,
        instance.as_ref(),
        secrets.into(),
        context,
        &recorder,
        notes,
    );
    run.objects
        .open()
        .extend(objects.iter().map(|one| (one.number, one.clone())));
    let first = first_hop(&run);
    let mut why = None;
    let work = async {
        if first.port.is_none() {
            // Only its own path finds the port of a named instance.
            redirect::walk(first.clone()).await;
        }
        let (place, subject) = (Place::default(), first.subject(None));
        let step = recorder.start(StepKind::CleanUp, place, subject);
        all(&first, step, &mut why).await;
    };
    if tokio::time::timeout(LIMIT, work).await.is_err() {
        why.get_or_insert("there was no time left for it".to_owned());
    }
    let left = run.objects.open();
    let gone = objects.iter().map(|object| object.number);
    Cleaned {
        gone: gone.filter(|number| !left.contains_key(number)).collect(),
        why: why.filter(|_| !left.is_empty()),
    }
}
