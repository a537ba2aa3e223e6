//! A run from its first event to its last.
//!
//! Everything is one future: dropping it closes every socket at once. That is how a cancel and the deadline
//! end a run; what was still open is then finished with the reason.

use crate::beside::{self, Note, Notes};
use crate::context::{Context, Secrets, instance_plan};
use crate::course::Course;
use crate::files::Files;
use crate::host;
use crate::lasting;
use crate::login::attempts;
use crate::objects::{self, Objects};
use crate::query;
use crate::record::{Place, Recorder, Sink};
use crate::redirect;
use crate::signer::{Signer, Unsigned};
use crate::tcp::Series;
use crate::trace;
use futures::FutureExt;
use futures::future::join3;
use model::lasting::LONGEST_LASTING_MS;
use model::{FailureCode, Options, Plan, StepKind, Subject};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// What every part of a run needs.
pub(crate) struct Run<'a> {
    pub(crate) plan: &'a Plan,
    /// Who signs in; why nobody does, otherwise.
    pub(crate) signer: Result<Signer, Unsigned>,
    pub(crate) course: Course,
    pub(crate) context: &'a Context,
    pub(crate) recorder: &'a Recorder<'a>,
    pub(crate) limits: Limits,
    /// Tells what goes on beside the path what the path sees.
    pub(crate) notes: Notes,
    /// Application name in LOGIN7.
    pub(crate) application: String,
    /// What it made on servers.
    pub(crate) objects: Objects,
    /// What it writes beside its log.
    pub(crate) files: Files,
    /// As whom and where it signs in at the managed instance of its link.
    pub(crate) instance: Option<Box<Run<'a>>>,
}

impl<'a> Run<'a> {
    /// Nothing is done yet. `instance` is [`instance_plan`] of the plan.
    pub(crate) fn new(
        plan: &'a Plan,
        instance: Option<&'a Plan>,
        secrets: Secrets,
        context: &'a Context,
        recorder: &'a Recorder<'a>,
        notes: Notes,
    ) -> Self {
        let instance = instance.map(|plan| {
            let secrets = Secrets::from(secrets.instance);
            let run = Self::new(plan, None, secrets, context, recorder, notes.clone());
            Box::new(run)
        });
        Self {
            plan,
            instance,
            signer: Signer::of(&plan.login, secrets.own),
            course: Course::default(),
            context,
            recorder,
            limits: Limits::of(&plan.options),
            notes,
            application: format!("Linecheck/{}", plan.run),
            objects: Objects::default(),
            files: Files::new(context.keep.clone()),
        }
    }
}

/// The plan's limits as durations.
pub(crate) struct Limits {
    pub(crate) tcp: Series,
    pub(crate) dns: Duration,
    pub(crate) prelogin: Duration,
    pub(crate) tls: Duration,
    pub(crate) login: Duration,
    pub(crate) query: Duration,
}

/// Longest wait, and most attempts, whatever a plan says: the agent does not rely on others having checked it.
const LONGEST_MS: u64 = 3_600_000;
/// Longest that all of a run may take, what lasts included.
const LONGEST_RUN_MS: u64 = LONGEST_LASTING_MS + 2 * LONGEST_MS;
pub(crate) const MOST_ATTEMPTS: u32 = 100;

/// A wait of the plan's.
pub(crate) fn wait(ms: u64) -> Duration {
    Duration::from_millis(ms.min(LONGEST_MS))
}

impl Limits {
    pub(crate) fn of(options: &Options) -> Self {
        let ms = wait;
        Self {
            tcp: Series {
                attempts: options.tcp_attempts.clamp(1, MOST_ATTEMPTS),
                spacing: ms(options.tcp_spacing_ms),
                timeout: ms(options.tcp_timeout_ms),
            },
            dns: ms(options.dns_timeout_ms),
            prelogin: ms(options.prelogin_timeout_ms),
            tls: ms(options.tls_timeout_ms),
            login: ms(options.login_timeout_ms),
            query: ms(options.query_timeout_ms),
        }
    }
}

/// How the work ended.
enum End {
    Done,
    Cancelled,
    DeadlinePassed,
    /// Our own fault, contained.
    Panicked,
}

impl End {
    /// How long what was made on the server may take to go; what is left then is for the journal. Whoever cancels does
    /// not wait long.
    fn clean_up_within(&self) -> Duration {
        match self {
            Self::Cancelled => Duration::from_secs(1),
            Self::Done | Self::DeadlinePassed | Self::Panicked => Duration::from_secs(3),
        }
    }
}

/// Makes every step of the plan once and states what it saw. Returns when the last event is out: after the
/// work, within moments of a cancel, or at the plan's deadline.
///
/// Secrets are written into LOGIN7 only: inside verified TLS, or as far as the plan's explicit ticks go.
pub async fn run(
    plan: &Plan,
    secrets: impl Into<Secrets>,
    context: &Context,
    sink: &dyn Sink,
    cancel: CancellationToken,
) {
    let recorder = Recorder::new(sink);
    recorder.run_started();
    let instance = instance_plan(plan);
    let traced = trace::begin(&recorder, plan, context);
    let end = {
        let (notes, heard) = Notes::channel();
        let run = Run::new(
            plan,
            instance.as_ref(),
            secrets.into(),
            context,
            &recorder,
            notes,
        );
        let deadline = Duration::from_millis(plan.deadline_ms().min(LONGEST_RUN_MS));
        let work = timeout(
            deadline,
            AssertUnwindSafe(work(&run, heard).boxed()).catch_unwind(),
        );
        let end = tokio::select! {
            biased;
            () = cancel.cancelled() => End::Cancelled,
            result = work => match result {
                Ok(Ok(())) => End::Done,
                Ok(Err(_)) => End::Panicked,
                Err(_) => End::DeadlinePassed,
            },
        };
        objects::clean_up(&run, end.clean_up_within()).await;
        run.files.end().await;
        end
    };
    let (code, cancelled) = match end {
        End::Done => (FailureCode::Internal, false),
        End::Cancelled => (FailureCode::Cancelled, true),
        End::DeadlinePassed => (FailureCode::DeadlinePassed, false),
        End::Panicked => (FailureCode::Internal, false),
    };
    if let Some(traced) = traced {
        traced.end().await;
    }
    recorder.finish_open(&code);
    recorder.run_finished(cancelled);
}

async fn work(run: &Run<'_>, heard: beside::Heard) {
    let first = objects::first_hop(run);
    let path = async {
        redirect::walk(first.clone()).await;
        run.notes.tell(Note::Over);
    };
    let own_login = async {
        path.await;
        query::lookup::make(&first).await;
        attempts::make(&first).await;
        lasting::make(&first).await;
    };
    join3(host_facts(run), own_login, beside::watch(run, heard)).await;
}

async fn host_facts(run: &Run<'_>) {
    let step = run
        .recorder
        .start(StepKind::HostFacts, Place::default(), Subject::default());
    let (names, roots) = (run.context.names.clone(), run.context.trust.len());
    match tokio::task::spawn_blocking(move || host::facts(&names, roots)).await {
        Ok(facts) => {
            step.observe(None, facts);
            step.ok();
        }
        Err(error) => step.failed(FailureCode::Internal, Some(&error.to_string())),
    }
}
