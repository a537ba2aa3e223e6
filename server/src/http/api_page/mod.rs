//! `/api/docs`: the API for people, out of the binary.
//!
//! `docs/API.md` gives the order and the words, the OpenAPI document the parameters, bodies and answers. It is made
//! once, of what was compiled in: no script, nothing from elsewhere, and a browser's own search finds all of it.

mod example;
mod operation;
mod page;
mod schema;
mod words;

use super::Read;
use axum::body::Bytes;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use std::sync::OnceLock;

const STYLE: &str = include_str!("api.css");

pub(super) fn routes() -> [Read; 2] {
    [("/api/docs", get(document)), ("/api/docs.css", get(style))]
}

async fn document() -> impl IntoResponse {
    static MADE: OnceLock<Bytes> = OnceLock::new();
    let page = MADE.get_or_init(|| {
        let description = serde_json::to_value(super::openapi()).unwrap_or_default();
        page::render(&description).into()
    });
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (kind, page.clone())
}

async fn style() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, STYLE)
}
