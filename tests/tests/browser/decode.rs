//! Decode: a pasted error is explained in the page alone, and leads to a run with its options set.

use crate::steps::Stage;

const TEXT: &str = "Microsoft.Data.SqlClient.SqlException (0x80131904): A transport-level error has occurred when receiving results from \
    the server. (provider: TCP Provider, error: 0 - An existing connection was forcibly closed by the remote host.)\n\
    Error Number:10054,State:0,Class:20\n\
    Server=tcp:contoso.database.windows.net,1433;Initial Catalog=orders;User ID=app;Password=hunter2-Canary;Encrypt=True\n\
    <img src=x onerror=window.broken=1>";

#[tokio::test]
async fn an_error_is_explained_and_its_run_is_begun() {
    let name = "decode::an_error_is_explained_and_its_run_is_begun";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let browser = &stage.browser;
    browser.open(&format!("{}/decode", stage.portal.url)).await;
    browser
        .until("shown(one('nav a[href=\"/decode\"][aria-current]')) && shown(one('#text')) && shown(one('#examples'))")
        .await;

    let asked = "return performance.getEntriesByType('resource').length;";
    let before = browser.script(asked).await;
    // Pasted, as by a person.
    browser
        .script(&format!(
            "const field = one('#text'); field.focus(); document.execCommand('insertText', false, {});
             field.dispatchEvent(new ClipboardEvent('paste', {{bubbles: true}}));",
            serde_json::to_string(TEXT).expect("JSON")
        ))
        .await;
    browser
        .until("words(one('#answer .code')) === 'pool_dead_connection'")
        .await;
    for (css, says) in [
        ("#answer", "Microsoft.Data.SqlClient"),
        ("#answer", "while a command was under way"),
        ("#answer", "Secrets in the text: 1"),
        (".causes", "failover"),
        (".numbers", "10054"),
        (".as-read", "Password=***;"),
    ] {
        browser
            .until(&format!("words(one('{css}')).includes('{says}')"))
            .await;
    }
    let inert = "!window.broken && !one('main img') && !words(one('main')).includes('Canary')";
    browser.until(inert).await;
    browser.until("all('.as-read mark').length > 0").await;
    assert_eq!(
        browser.script(asked).await,
        before,
        "nothing is sent or fetched"
    );

    browser.press("Start the run that tells them apart").await;
    browser
        .until("one('#server')?.value === 'tcp:contoso.database.windows.net,1433' && one('#database').value === 'orders'")
        .await;
    browser
        .until("words(one('#lasting')).includes('idle ladder')")
        .await;
    let kept = "return JSON.stringify([localStorage, sessionStorage, location.href]);";
    let kept = browser.script(kept).await.to_string();
    assert!(
        !kept.contains("Canary") && !kept.contains("transport"),
        "{kept}"
    );
    stage.close().await;
}

#[tokio::test]
async fn it_works_with_keys_alone_and_says_when_it_knows_nothing() {
    let name = "decode::it_works_with_keys_alone_and_says_when_it_knows_nothing";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let browser = &stage.browser;
    browser.open(&format!("{}/decode", stage.portal.url)).await;
    browser.until("shown(one('#text'))").await;
    browser.fill("#text", "Everything is fine").await;
    browser
        .script("one('#text').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true}));")
        .await;
    browser
        .until("words(one('#say')).includes('Nothing that is known')")
        .await;
    browser.press("Clear").await;
    browser
        .until("shown(one('#examples')) && document.activeElement.id === 'text'")
        .await;
    browser.press("A reset in a query (Python)").await;
    browser
        .until("words(one('#answer')).includes('ODBC driver, through pyodbc')")
        .await;
    // A long text neither hangs the page nor widens it.
    browser
        .script("const field = one('#text'); field.value = 'connection reset by peer '.repeat(20000); field.form.requestSubmit();")
        .await;
    browser
        .until("words(one('#answer')).includes('only its first 256 KiB') && document.activeElement.id === 'answer'")
        .await;
    let wide = "return document.documentElement.scrollWidth <= innerWidth;";
    assert_eq!(browser.script(wide).await, true);
    stage.close().await;
}
