//! A portal with a password: the way in, the way back, the way out.

use crate::steps::{self, Stage};
use server::access::Password;
use tests::browser::Browser;

const PASSWORD: &str = "seven small boats at dawn";

pub(crate) async fn stage(name: &str) -> Option<Stage> {
    let mut stage = Stage::set_with(name, |config| {
        config.access.password_hash = Some(Password::hash(PASSWORD).expect("hashed"));
    })
    .await?;
    // What is refused for want of a login, or for another password, is an error to the console.
    stage.browser.expect_error("401 (Unauthorized)");
    Some(stage)
}

/// Gives the password on the login page.
pub(crate) async fn log_in(browser: &Browser) {
    browser.fill("#operator-password", PASSWORD).await;
    browser.press("Log in").await;
}

#[tokio::test]
async fn the_login_stands_before_every_page_and_leads_back() {
    let name = "login::the_login_stands_before_every_page_and_leads_back";
    let Some(stage) = stage(name).await else {
        return;
    };
    let browser = &stage.browser;
    let url = &stage.portal.url;
    browser.open(&format!("{url}/runs?agent=x")).await;
    browser
        .until("location.pathname === '/login' && shown(one('#operator-password'))")
        .await;
    // Nothing leads past it.
    assert_eq!(browser.script("return all('nav a').length;").await, 0);
    browser.fill("#operator-password", "another").await;
    browser.press("Log in").await;
    browser
        .until("words(one('#login-told')).includes('not the password')")
        .await;
    browser
        .until("document.activeElement.id === 'operator-password' && !document.activeElement.value")
        .await;
    log_in(browser).await;
    browser
        .until("location.pathname + location.search === '/runs?agent=x' && shown(one('h1'))")
        .await;
    browser.press("Log out").await;
    browser
        .until("location.pathname === '/login' && shown(one('#operator-password'))")
        .await;
    // Another host is no way back.
    browser
        .open(&format!("{url}/login?back=%2F%2Fevil.example%2F"))
        .await;
    log_in(browser).await;
    browser
        .until(&format!(
            "location.href === '{url}/' && shown(one('#server'))"
        ))
        .await;
    stage.close().await;
}

#[tokio::test]
async fn what_was_typed_is_there_after_the_login_but_the_password() {
    let name = "login::what_was_typed_is_there_after_the_login_but_the_password";
    let Some(stage) = stage(name).await else {
        return;
    };
    let browser = &stage.browser;
    browser.open(&stage.portal.url).await;
    log_in(browser).await;
    steps::ready(browser).await;
    browser.fill("#server", "db.example.test,1433").await;
    browser
        .script("const how = one('#sign-in'); how.value = 'sql'; how.dispatchEvent(new Event('change'));")
        .await;
    browser.fill("#user", "app").await;
    browser.fill("#password", "S3cr-tt").await;
    // The login ends elsewhere; this page finds out when it asks for something.
    browser
        .script(
            "return fetch('/api/logout', {method: 'POST', body: '{}', \
             headers: {'content-type': 'application/json'}}).then(() => true);",
        )
        .await;
    browser.press("Start run").await;
    browser
        .until("location.pathname === '/login' && shown(one('#operator-password'))")
        .await;
    log_in(browser).await;
    browser
        .until("one('#server').value === 'db.example.test,1433' && one('#user').value === 'app'")
        .await;
    assert_eq!(
        browser.script("return one('#password').value;").await,
        "",
        "the password is not kept"
    );
    stage.close().await;
}

#[tokio::test]
async fn too_many_tries_say_how_long_to_wait() {
    let name = "login::too_many_tries_say_how_long_to_wait";
    let Some(mut stage) = stage(name).await else {
        return;
    };
    stage.browser.expect_error("429 (Too Many Requests)");
    let browser = &stage.browser;
    browser.open(&stage.portal.url).await;
    for number in 0..12 {
        browser.fill("#operator-password", "another").await;
        browser
            .script("all('[data-tried]').forEach((e) => e.remove()); one('form').requestSubmit();")
            .await;
        browser
            .until("!one('#operator-password').value && words(one('#login-told'))")
            .await;
        let told = browser.script("return words(one('#login-told'));").await;
        if told
            .as_str()
            .unwrap_or_default()
            .contains("The next one in")
        {
            assert!(number > 0, "the first try is free");
            browser.until("one('form button').disabled").await;
            return stage.close().await;
        }
    }
    panic!("a dozen tries were let through");
}
