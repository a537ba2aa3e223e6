//! The whole page: the chapters of `docs/API.md`, each call with what the description knows of it, and the types.

use super::operation::{components, details, named, title};
use super::schema::place;
use super::words::{anchor, markdown, text};
use serde_json::Value;
use std::fmt::Write as _;

const WORDS: &str = include_str!("../../../../docs/API.md");

/// A piece of the document: a chapter's beginning, or one call.
struct Piece<'a> {
    /// `## Runs` or "### `GET /api/runs`"; empty before the first.
    head: &'a str,
    body: String,
}

/// The page.
pub(super) fn render(description: &Value) -> String {
    let (mut contents, mut main) = (String::new(), String::new());
    for piece in pieces(WORDS) {
        let body = markdown(&piece.body);
        if let Some(route) = call(piece.head) {
            let (id, title) = (anchor(route), title(route));
            let _ = write!(contents, "<li><a href=\"#{id}\">{title}</a></li>");
            let _ = write!(
                main,
                "<section class=\"card\" id=\"{id}\"><h3>{title}</h3>{body}{}</section>",
                details(route, description)
            );
        } else if let Some(chapter) = piece.head.strip_prefix("## ") {
            let id = anchor(chapter);
            let _ = write!(
                contents,
                "<li class=\"chapter\"><a href=\"#{id}\">{}</a></li>",
                text(chapter)
            );
            let _ = write!(main, "<h2 id=\"{id}\">{}</h2>{body}", text(chapter));
        } else {
            main.push_str(&body);
        }
    }
    contents.push_str("<li class=\"chapter\"><a href=\"#types\">Types</a></li>");
    main.push_str("<h2 id=\"types\">Types</h2>");
    for (name, schema) in components(description).as_object().into_iter().flatten() {
        let _ = write!(
            contents,
            "<li><a href=\"#{}\">{}</a></li>",
            place(name),
            text(name)
        );
        main.push_str(&named(name, schema));
    }
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Linecheck: the API</title><link rel=\"stylesheet\" href=\"/api/docs.css\"></head>\
         <body><a class=\"skip\" href=\"#main\">Skip to the text</a>\
         <header><a class=\"name\" href=\"/\">Linecheck</a><a href=\"/api/openapi.json\">openapi.json</a></header>\
         <div class=\"columns\"><nav aria-label=\"Contents\"><details><summary>Contents</summary></details>\
         <ul>{contents}</ul></nav><main id=\"main\">{main}</main></div></body></html>\n"
    )
}

/// The call that a heading names.
fn call(head: &str) -> Option<&str> {
    head.strip_prefix("### `")?.strip_suffix('`')
}

/// The document, cut at its headings.
fn pieces(words: &str) -> Vec<Piece<'_>> {
    let mut pieces = vec![Piece {
        head: "",
        body: String::new(),
    }];
    for line in words.lines() {
        if line.starts_with("## ") || call(line).is_some() {
            pieces.push(Piece {
                head: line,
                body: String::new(),
            });
        } else if let Some(piece) = pieces.last_mut() {
            piece.body.push_str(line);
            piece.body.push('\n');
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn every_described_call_and_type_stands_in_the_page_and_every_link_leads_somewhere() {
        let description = serde_json::to_value(crate::openapi()).expect("JSON");
        let page = render(&description);
        let paths = description["paths"].as_object().expect("paths");
        for (path, methods) in paths {
            for method in methods.as_object().expect("methods").keys() {
                let id = super::anchor(&format!("{method} {path}"));
                assert!(page.contains(&format!("id=\"{id}\"")), "{method} {path}");
            }
        }
        for link in page.split("href=\"#").skip(1) {
            let id = link.split('"').next().expect("an end");
            assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
        }
        for word in ["<script", "style=", "http://", "src=", "$ref"] {
            assert!(!page.contains(word), "{word}");
        }
    }
}
