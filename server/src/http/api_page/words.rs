//! Text for the page: escaped, or rendered from Markdown of our own.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

/// Text that stands as it is; line breaks stay.
pub(super) fn text(words: &str) -> String {
    words
        .lines()
        .map(bundle::escape::html)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Markdown as HTML. Links to other documents become their words: those files are not served.
pub(super) fn markdown(words: &str) -> String {
    let mut dead = false;
    let events = Parser::new_ext(words, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Link { ref dest_url, .. }) if !leads_somewhere(dest_url) => {
            dead = true;
            None
        }
        Event::End(TagEnd::Link) if dead => {
            dead = false;
            None
        }
        // Nothing here is meant to be HTML.
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        other => Some(other),
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out.replace("<table>", "<div class=\"wide\"><table>")
        .replace("</table>", "</table></div>")
}

fn leads_somewhere(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with('/') || link.starts_with('#')
}

/// A name for an address within the page.
pub(super) fn anchor(words: &str) -> String {
    let lower = words.to_ascii_lowercase();
    let parts = lower.split(|letter: char| !letter.is_ascii_alphanumeric());
    parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::{anchor, markdown, text};

    #[test]
    fn nothing_that_is_written_becomes_markup_of_its_own() {
        assert_eq!(text("<b>\n&"), "&lt;b&gt;\n&amp;");
        assert!(!markdown("a <script>b</script>").contains("<script>"));
        assert_eq!(
            markdown("see [the list](OPERATIONS.md#metrics)"),
            "<p>see the list</p>\n"
        );
        assert_eq!(anchor("GET /api/runs/{id}"), "get-api-runs-id");
    }
}
