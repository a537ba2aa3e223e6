//! What a person takes away from a run: `AllFiles.zip` and the reports.
//!
//! They are written by the crate `bundle` on a thread of its own, which reads the log page by page and hands
//! on what it has written; a slow reader holds it back, and one that leaves ends it.

use super::Shared;
use super::extract::Run;
use super::problem::ApiError;
use crate::runs;
use crate::store::Store;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::{RunEvent, RunId, RunView};
use std::io;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

const PAGE: u32 = 1_000;
const CHUNK: usize = 64 * 1024;

/// Everything about the run, as a zip.
#[utoipa::path(get, path = "/api/runs/{id}/AllFiles.zip", tag = "downloads", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content_type = "application/zip", description = "The bundle, with manifest.json")))]
pub(super) async fn all_files(
    State(app): State<Shared>,
    Run(run): Run,
) -> Result<Response, ApiError> {
    let write = |out: Chunks, run: &RunView, log: &Pages| bundle::write(out, run, log);
    download(app, run, "application/zip", "AllFiles.zip", write).await
}

/// The report in Markdown.
#[utoipa::path(get, path = "/api/runs/{id}/report.md", tag = "downloads", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content_type = "text/markdown", body = String)))]
pub(super) async fn report_markdown(
    State(app): State<Shared>,
    Run(run): Run,
) -> Result<Response, ApiError> {
    let write = |out: Chunks, run: &RunView, log: &Pages| {
        bundle::report::write_markdown(&mut Text(out), run, log)
    };
    download(app, run, "text/markdown; charset=utf-8", "report.md", write).await
}

/// The report as one HTML file.
#[utoipa::path(get, path = "/api/runs/{id}/report.html", tag = "downloads", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(super) async fn report_html(
    State(app): State<Shared>,
    Run(run): Run,
) -> Result<Response, ApiError> {
    let write = |out: Chunks, run: &RunView, log: &Pages| {
        bundle::report::write_html(&mut Text(out), run, log)
    };
    download(app, run, "text/html; charset=utf-8", "report.html", write).await
}

async fn download(
    app: Shared,
    run: RunId,
    kind: &'static str,
    name: &'static str,
    write: impl FnOnce(Chunks, &RunView, &Pages) -> Result<(), bundle::Error> + Send + 'static,
) -> Result<Response, ApiError> {
    let view = runs::view(&app, run).await?;
    let (sender, receiver) = mpsc::channel(4);
    let log = Pages {
        store: Arc::clone(&app.store),
        run,
        runtime: Handle::current(),
    };
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || {
        let _entered = span.enter();
        let out = Chunks {
            sender: sender.clone(),
            filled: Vec::with_capacity(CHUNK),
        };
        if let Err(error) = write(out, &view, &log) {
            // Ends the answer without its end, so that nobody takes a part for the whole.
            let _ = sender.blocking_send(Err(io::Error::other("the download broke off")));
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
    Ok((headers, body).into_response())
}

/// Hands on what is written, in chunks. What is left is handed on when it is dropped.
struct Chunks {
    sender: mpsc::Sender<io::Result<Bytes>>,
    filled: Vec<u8>,
}

impl Chunks {
    fn hand_on(&mut self) -> io::Result<()> {
        if self.filled.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.filled, Vec::with_capacity(CHUNK));
        self.sender
            .blocking_send(Ok(chunk.into()))
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
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
    store: Arc<dyn Store>,
    run: RunId,
    runtime: Handle,
}

impl bundle::Log for Pages {
    fn each(
        &self,
        visit: &mut dyn FnMut(&RunEvent) -> Result<(), bundle::Error>,
    ) -> Result<(), bundle::Error> {
        let mut after = 0;
        loop {
            let page = self
                .runtime
                .block_on(self.store.events(self.run, after, PAGE))
                .map_err(|error| bundle::Error::Log(Box::new(error)))?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.seq;
            page.iter().try_for_each(&mut *visit)?;
        }
    }
}
