//! What a person takes away from a run: `AllFiles.zip` and the reports.
//!
//! They are written by the crate `bundle` on a thread of its own, which reads the log page by page and hands
//! on what it has written; a slow reader holds it back, and one that leaves, or takes nothing for a minute, ends it.

use super::Shared;
use super::extract::{Params, Run, bad_query};
use super::problem::ApiError;
use crate::runs;
use crate::shares::still_good;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bundle::redact::Redacted;
use model::{Artifact, Redaction, RunEvent, RunId, RunView};
use serde::Deserialize;
use std::error::Error;
use std::io;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

const PAGE: u32 = 1_000;
const CHUNK: usize = 64 * 1024;
/// A reader that takes no chunk for this long is given up.
const STALLED: Duration = Duration::from_secs(60);

/// What is masked.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RedactParams {
    /// `support` or `public`.
    redact: Option<String>,
}

impl RedactParams {
    pub(super) fn read(&self) -> Result<Option<Redaction>, ApiError> {
        match self.redact.as_deref() {
            None | Some("") => Ok(None),
            Some("support") => Ok(Some(Redaction::Support)),
            Some("public") => Ok(Some(Redaction::Public)),
            Some(_) => Err(bad_query("redact must be support or public.")),
        }
    }
}

/// A file that is made of a run.
#[derive(Clone, Copy, Debug)]
pub(super) enum File {
    AllFiles,
    Markdown,
    Html,
}

impl File {
    fn name(self) -> &'static str {
        match self {
            Self::AllFiles => "AllFiles.zip",
            Self::Markdown => "report.md",
            Self::Html => "report.html",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::AllFiles => "application/zip",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    fn write(self, out: Chunks, run: &RunView, log: &dyn bundle::Log) -> Result<(), bundle::Error> {
        match self {
            Self::AllFiles => bundle::write(out, run, log),
            Self::Markdown => bundle::report::write_markdown(&mut Text(out), run, log),
            Self::Html => bundle::report::write_html(&mut Text(out), run, log),
        }
    }
}

/// Everything about the run, as a zip.
#[utoipa::path(get, path = "/api/runs/{id}/AllFiles.zip", tag = "downloads",
    params(("id" = uuid::Uuid, Path), RedactParams),
    responses((status = 200, content_type = "application/zip", description = "The bundle, with manifest.json")))]
pub(super) async fn all_files(
    State(app): State<Shared>,
    Run(run): Run,
    Params(params): Params<RedactParams>,
) -> Result<Response, ApiError> {
    of_run(app, run, &params, File::AllFiles).await
}

/// The report in Markdown.
#[utoipa::path(get, path = "/api/runs/{id}/report.md", tag = "downloads",
    params(("id" = uuid::Uuid, Path), RedactParams),
    responses((status = 200, content_type = "text/markdown", body = String)))]
pub(super) async fn report_markdown(
    State(app): State<Shared>,
    Run(run): Run,
    Params(params): Params<RedactParams>,
) -> Result<Response, ApiError> {
    of_run(app, run, &params, File::Markdown).await
}

/// The report as one HTML file.
#[utoipa::path(get, path = "/api/runs/{id}/report.html", tag = "downloads",
    params(("id" = uuid::Uuid, Path), RedactParams),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(super) async fn report_html(
    State(app): State<Shared>,
    Run(run): Run,
    Params(params): Params<RedactParams>,
) -> Result<Response, ApiError> {
    of_run(app, run, &params, File::Html).await
}

async fn of_run(
    app: Shared,
    run: RunId,
    params: &RedactParams,
    file: File,
) -> Result<Response, ApiError> {
    let redact = params.read()?;
    let view = runs::view(&app, run).await?;
    Ok(download(app, view, redact, None, file))
}

/// The link that a download came by: it breaks off when the link is over.
pub(super) struct Link {
    token_hash: [u8; 32],
    _turn: OwnedSemaphorePermit,
}

impl Link {
    pub(super) fn new(token_hash: [u8; 32], turn: OwnedSemaphorePermit) -> Self {
        Self {
            token_hash,
            _turn: turn,
        }
    }
}

/// Writes a file of this run, redacted on the way.
pub(super) fn download(
    app: Shared,
    view: RunView,
    redact: Option<Redaction>,
    link: Option<Link>,
    file: File,
) -> Response {
    let run = view.id;
    let runtime = Handle::current();
    piped(run, file.kind(), file.name(), move |out| {
        let log = Pages {
            app,
            run,
            link,
            runtime,
        };
        match redact {
            None => file.write(out, &view, &log),
            Some(redact) => redacted(out, &view, Redacted::new(&log, redact), file),
        }
    })
}

/// Answers with what `write` writes, on a thread of its own.
pub(super) fn piped(
    run: RunId,
    kind: &str,
    name: &str,
    write: impl FnOnce(Chunks) -> Result<(), bundle::Error> + Send + 'static,
) -> Response {
    let (sender, receiver) = mpsc::channel(4);
    let span = tracing::Span::current();
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let _entered = span.enter();
        let out = Chunks {
            sender: sender.clone(),
            filled: Vec::with_capacity(CHUNK),
            runtime: runtime.clone(),
        };
        if let Err(error) = write(out) {
            // Ends the answer without its end, so that nobody takes a part for the whole.
            let broken = Err(io::Error::other("the download broke off"));
            drop(runtime.spawn(async move { sender.send(broken).await }));
            tracing::warn!(run.id = %run, error = %error, "a download broke off");
        }
    });
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    let body = Body::from_stream(ReceiverStream::new(receiver));
    (headers, body).into_response()
}

fn redacted(
    out: Chunks,
    view: &RunView,
    log: Redacted<&Pages>,
    file: File,
) -> Result<(), bundle::Error> {
    let view = log.redactor(view.last_seq)?.view(view);
    file.write(out, &view, &log)
}

/// Hands on what is written, in chunks. What is left is handed on when it is dropped.
pub(super) struct Chunks {
    sender: mpsc::Sender<io::Result<Bytes>>,
    filled: Vec<u8>,
    runtime: Handle,
}

impl Chunks {
    fn hand_on(&mut self) -> io::Result<()> {
        if self.filled.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.filled, Vec::with_capacity(CHUNK));
        let taken = self.sender.send_timeout(Ok(chunk.into()), STALLED);
        self.runtime.block_on(taken).map_err(|error| match error {
            SendTimeoutError::Timeout(_) => io::ErrorKind::TimedOut.into(),
            SendTimeoutError::Closed(_) => io::ErrorKind::BrokenPipe.into(),
        })
    }
}

impl io::Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.filled.extend_from_slice(bytes);
        if self.filled.len() >= CHUNK {
            self.hand_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()
    }
}

impl Drop for Chunks {
    fn drop(&mut self) {
        // Nobody is left to hear of it when the reader has gone.
        let _ = self.hand_on();
    }
}

/// The same for text.
struct Text(Chunks);

impl std::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        io::Write::write_all(&mut self.0, text.as_bytes()).map_err(|_| std::fmt::Error)
    }
}

/// A run's log, read from the store a page at a time.
struct Pages {
    app: Shared,
    run: RunId,
    link: Option<Link>,
    runtime: Handle,
}

impl Pages {
    async fn page(&self, after: u64) -> Result<Vec<RunEvent>, Box<dyn Error + Send + Sync>> {
        if let Some(link) = &self.link
            && !still_good(&self.app, &link.token_hash).await?
        {
            return Err("the link is over".into());
        }
        Ok(self.app.store.events(self.run, after, PAGE).await?)
    }
}

impl bundle::Log for Pages {
    fn each(
        &self,
        visit: &mut dyn FnMut(&RunEvent) -> Result<(), bundle::Error>,
    ) -> Result<(), bundle::Error> {
        let mut after = 0;
        loop {
            let page = self.runtime.block_on(self.page(after));
            let page = page.map_err(bundle::Error::Log)?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.seq;
            page.iter().try_for_each(&mut *visit)?;
        }
    }

    fn artifact(&self, artifact: &Artifact) -> Result<Box<dyn io::Read + '_>, bundle::Error> {
        let file = self.app.files.open(self.run, &artifact.sha256);
        Ok(file.map_err(|error| bundle::Error::Log(error.into()))?)
    }
}
