//! A peer chooses its words; what they do to a terminal it does not choose.

use crate::bench::{Desk, document, ended, text};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

/// Clears the screen, sets the title, turns text, asks for an answer, begins a line.
const BANNER: &str = "220 \u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}evil\u{9b}31m\u{1b}[6n\r\nlinecheck-agent: all fine\r\n";

async fn banner() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(BANNER.as_bytes()).await;
        }
    });
    port
}

#[tokio::test]
async fn a_banner_full_of_escapes_comes_out_as_words() {
    let port = banner().await;
    let desk = Desk::new(None);
    let server = format!("tcp:127.0.0.1,{port}");
    let words = ended(desk.check(&server, &["--no-files"])).await;
    let json = ended(desk.check(&server, &["--no-files", "--json"])).await;
    assert_eq!(document(&json)["verdict"]["code"], "not_sql_server");
    for output in [&words, &json] {
        assert_eq!(output.status.code(), Some(1));
        for bytes in [&output.stdout, &output.stderr] {
            let said = text(bytes);
            let odd = said
                .chars()
                .find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
            assert_eq!(odd, None, "{said}");
            assert!(
                !said
                    .lines()
                    .any(|line| line.contains("linecheck-agent: all fine")
                        && line.trim_start().starts_with("linecheck-agent"))
            );
        }
    }
}
