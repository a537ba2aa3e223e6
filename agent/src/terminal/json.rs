//! The answer, for a program: one JSON document.

use agent::check::Written;
use model::RunView;
use serde::Serialize;
use std::borrow::Cow;

/// Version of the document's form; fields may be added under the same one.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    made_by: &'a str,
    /// What the program ends with.
    exit_code: u8,
    /// What was written; null when nothing was.
    files: Option<Files<'a>>,
    /// The run's own fields stand beside these, as `GET /api/runs/{id}` gives them.
    #[serde(flatten)]
    run: &'a RunView,
}

#[derive(Serialize)]
struct Files<'a> {
    folder: Cow<'a, str>,
    archive: Cow<'a, str>,
}

/// The run as a document. It is harmless in a terminal, too.
pub(crate) fn document(
    run: &RunView,
    exit_code: u8,
    files: Option<&Written>,
) -> serde_json::Result<String> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        made_by: concat!("linecheck-agent ", env!("CARGO_PKG_VERSION")),
        exit_code,
        files: files.map(|files| Files {
            folder: files.folder.to_string_lossy(),
            archive: files.archive.to_string_lossy(),
        }),
        run,
    };
    let text = serde_json::to_string_pretty(&document)?;
    Ok(bundle::escape::json(&text))
}
