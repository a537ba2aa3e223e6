//! One hostile string through every output.

use crate::log::{archive, events, view};
use bundle::{Limits, open, report};

/// Markup, links, code, terminal sequences, line breaks, text that turns or hides.
const HOSTILE: &str = "</pre></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp; \
    ](javascript:alert(1)) ![x](https://evil.example/p) **b** `c` # h | cell\n\n# heading\r\n\u{1b}[2J\u{7}\0\
    \u{202e}gnp.exe\u{2066}\u{200b}\u{feff}\u{2028}$(id) ../../etc/passwd [a]: https://evil.example";

/// Elements that our HTML is made of.
const ELEMENTS: &[&str] = &[
    "!doctype", "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "section",
    "p", "span", "code", "ol", "li", "details", "summary", "pre", "a", "dl", "dt", "dd", "div",
    "table", "thead", "tbody", "tr", "th", "td",
];

fn hides(letter: char) -> bool {
    (letter.is_control() && letter != '\n')
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[test]
fn no_output_holds_a_control_or_a_hidden_character() {
    let events = events(HOSTILE);
    let run = view(&events);
    let read = open(&archive(&events), &Limits::default()).expect("taken");
    for (name, bytes) in &read.files {
        let text = std::str::from_utf8(bytes).expect("UTF-8");
        if name == "run.json" {
            // The only file that keeps everything as it came: its readers are programs.
            assert!(!text.contains('\u{1b}') && !text.contains('\0'));
            continue;
        }
        let hidden = text.chars().find(|letter| hides(*letter));
        assert_eq!(hidden, None, "{name}");
    }
    let case = report::case_text(&run, &events);
    assert_eq!(
        case.chars()
            .find(|letter| hides(*letter) || *letter == '\n'),
        None
    );
}

#[test]
fn html_holds_our_elements_only_and_loads_nothing() {
    let events = events(HOSTILE);
    let html = report::html(&view(&events), &events);
    for (at, _) in html.match_indices('<') {
        let rest = html[at + 1..].trim_start_matches('/');
        let name: String = rest
            .chars()
            .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '!')
            .collect();
        let shown: String = rest.chars().take(40).collect();
        assert!(ELEMENTS.contains(&name.as_str()), "<{shown}");
    }
    assert_eq!(html.matches("<style>").count(), 1);
    for loads in ["src=", "url(", "@import", "<link"] {
        let ours = html.replace("src=x onerror", "");
        assert!(!ours.contains(loads), "{loads}");
    }
    for link in html.split("href=\"").skip(1) {
        assert!(link.starts_with("https://"), "{}", &link[..40]);
    }
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn markdown_keeps_its_shape() {
    let events = events(HOSTILE);
    let run = view(&events);
    let markdown = report::markdown(&run, &events);
    for line in markdown.lines().filter(|line| !line.starts_with("    ")) {
        // `<` stands in the target of our own links only.
        let without_links = line.replace("](<https://", "");
        assert!(!without_links.contains('<'), "{line}");
        let unescaped = line.replace("\\]", "").replace("\\[", "");
        assert!(!unescaped.contains("](javascript"), "{line}");
        assert!(!unescaped.contains("!["), "{line}");
        assert!(!line.starts_with("# heading"), "{line}");
    }
    let ordinary = crate::log::events("contoso");
    let headings = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
    assert_eq!(
        headings(&markdown),
        headings(&report::markdown(&view(&ordinary), &ordinary)),
        "no heading came from the text"
    );
    for row in markdown.lines().filter(|line| line.starts_with("| +")) {
        let cells = row.replace("\\|", "").matches('|').count();
        assert_eq!(cells, 6, "{row}");
    }
}

#[test]
fn the_log_s_name_is_harmless() {
    let name = bundle::log_file_name(&view(&events(HOSTILE)));
    assert!(name.len() < 160, "{name}");
    let harmless = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    assert!(name.chars().all(harmless), "{name}");
    assert_eq!(name.matches('.').count(), 1, "{name}");
}
