//! The browser harness itself: a page that breaks its policy, or has barriers, must not go unnoticed.

use tests::browser::{self, Browser, Theme};
use tests::tools;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const PAGE: &str = "<!doctype html><html lang=en><title>t</title><main><h1>Words</h1>\
    <img src=/x.png><button onclick='1'>Go</button></main></html>";

/// Serves one page with a strict policy; answers its address.
async fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its number");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\
                 content-security-policy: default-src 'self'; script-src 'self'\r\n\r\n",
                PAGE.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(PAGE.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    format!("http://{address}/")
}

#[tokio::test]
async fn a_broken_policy_fails_the_test() {
    if let Some(reason) = browser::missing() {
        return tests::skip("harness::a_broken_policy_fails_the_test", &reason);
    }
    let url = serve().await;
    let browser = Browser::start().await;
    browser.open(&url).await;
    browser.until("one('h1')").await;
    let closing = tokio::spawn(browser.close());
    let panic = closing.await.expect_err("closing it fails");
    let words = panic.into_panic().downcast::<String>().expect("a message");
    assert!(words.contains("Content Security Policy"), "{words}");
}

#[tokio::test]
async fn a_barrier_is_found_in_both_themes() {
    let name = "harness::a_barrier_is_found_in_both_themes";
    if let Some(reason) = browser::missing() {
        return tests::skip(name, &reason);
    }
    let Some(axe) = tools::axe() else {
        return tests::skip(name, "axe-core is missing (cargo xtask test --install)");
    };
    let url = serve().await;
    let mut browser = Browser::start().await;
    browser.expect_error("Content Security Policy");
    browser.open(&url).await;
    for (theme, dark) in [(Theme::Light, false), (Theme::Dark, true)] {
        browser.theme(theme).await;
        let matches = "return matchMedia('(prefers-color-scheme: dark)').matches;";
        assert_eq!(browser.script(matches).await, dark);
        let found = browser.barriers(&axe).await;
        assert!(found.iter().any(|one| one.rule == "image-alt"), "{found:?}");
    }
    browser.close().await;
}
