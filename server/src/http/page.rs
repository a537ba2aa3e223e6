//! The page, out of the binary: `index.html` under each of its addresses, and its files under theirs.
//!
//! Files carry a hash of their content in their name, so browsers keep them for ever; `index.html` is asked
//! for anew each time. Each stands beside its brotli form, which is sent when the browser takes it.

use super::Read;
use super::problem::ApiError;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../frontend/dist"]
#[allow_missing = true]
struct Page;

const INDEX: &str = "index.html";
const NOT_BUILT: &str = "The page has not been built into this portal.\n\
     Build both with `cargo xtask run`, or only the page with `cargo xtask page`. The API works all the same.\n";

/// The page's addresses. Others are no pages.
const ADDRESSES: [&str; 12] = [
    "/",
    "/runs",
    "/runs/{id}",
    "/groups/{id}",
    "/agents",
    "/patterns",
    "/decode",
    "/replicas",
    "/link",
    "/open",
    "/login",
    "/s/{token}",
];

pub(super) fn routes() -> impl Iterator<Item = Read> {
    ADDRESSES.into_iter().map(|address| (address, get(index)))
}

async fn index(headers: HeaderMap) -> Response {
    serve(INDEX, &headers, "no-cache").unwrap_or_else(|| {
        let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
        (StatusCode::OK, kind, NOT_BUILT).into_response()
    })
}

/// One of the page's files; what is none does not exist.
pub(super) async fn file(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let name = uri.path().trim_start_matches('/');
    let reads = matches!(method, Method::GET | Method::HEAD);
    if !reads || name == INDEX || name.ends_with(".br") {
        return ApiError::not_found().into_response();
    }
    serve(name, &headers, "public, max-age=31536000, immutable")
        .or_else(|| nowhere(&uri, headers))
        .unwrap_or_else(|| ApiError::not_found().into_response())
}

/// An address that a person followed and that leads nowhere: the page says so, under the status that says so too.
fn nowhere(uri: &Uri, mut headers: HeaderMap) -> Option<Response> {
    let accepts = headers.get(header::ACCEPT)?.to_str().ok()?;
    if uri.path().starts_with("/api/") || !accepts.contains("text/html") {
        return None;
    }
    headers.remove(header::IF_NONE_MATCH);
    // Browsers put a page of their own in the place of a short answer with this status.
    headers.remove(header::ACCEPT_ENCODING);
    let mut response = serve(INDEX, &headers, "no-cache")?;
    *response.status_mut() = StatusCode::NOT_FOUND;
    Some(response)
}

fn serve(name: &str, asked: &HeaderMap, caching: &'static str) -> Option<Response> {
    let plain = Page::get(name)?;
    let packed = takes_brotli(asked)
        .then(|| Page::get(&format!("{name}.br")))
        .flatten();
    let encoded = packed.is_some();
    let tag = format!("\"{}\"", hex::encode(plain.metadata.sha256_hash()));
    let same = asked
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        answer(name, packed.unwrap_or(plain), encoded)
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Some(response)
}

fn answer(name: &str, file: EmbeddedFile, encoded: bool) -> Response {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let kind = if kind.type_() == mime_guess::mime::TEXT {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    };
    let mut response = ([(header::CONTENT_TYPE, kind)], file.data).into_response();
    if encoded {
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

fn takes_brotli(asked: &HeaderMap) -> bool {
    asked
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
            name.eq_ignore_ascii_case("br") && !refused
        })
}

#[cfg(test)]
mod tests {
    use super::takes_brotli;
    use axum::http::{HeaderMap, HeaderValue, header};

    #[test]
    fn brotli_only_when_it_is_taken() {
        for (value, expected) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=0.5", true),
            ("BR", true),
            ("gzip", false),
            ("br;q=0, gzip", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            assert_eq!(takes_brotli(&headers), expected, "{value}");
        }
    }
}
