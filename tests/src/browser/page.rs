//! What a person does with a page, and what can be asked about it.

use super::{Browser, Theme};
use fantoccini::Locator;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// Longest wait for something to appear.
const PATIENCE: Duration = Duration::from_secs(30);

/// Pause between two looks at a page that is waited for.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Short words for use in scripts.
const PRELUDE: &str = r"
const all = (css, within = document) => [...within.querySelectorAll(css)];
const one = (css, within = document) => within.querySelector(css);
const shown = (element) => !!element && element.getClientRects().length > 0;
const words = (element) => (element?.innerText ?? '').replace(/\s+/g, ' ').trim();
";

/// A barrier to access that axe-core found.
#[derive(Debug)]
pub struct Violation {
    /// Rule, for example `color-contrast`.
    pub rule: String,
    /// `critical`, `serious`, `moderate`, `minor`.
    pub impact: String,
    /// What it is, and where.
    pub text: String,
}

/// A command of chromedriver that WebDriver itself does not have.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

impl Browser {
    /// Opens an address.
    ///
    /// # Panics
    /// When it cannot be loaded.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.expect("the page loads");
    }

    /// Loads the page again.
    ///
    /// # Panics
    /// When that fails.
    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page loads again");
    }

    /// The address that the browser shows.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn address(&self) -> String {
        self.client.current_url().await.expect("an address").into()
    }

    /// The value of a script's `return`; it may use `all`, `one`, `shown` and `words`.
    ///
    /// # Panics
    /// When the script throws.
    pub async fn script(&self, body: &str) -> Value {
        let script = format!("{PRELUDE}\n{body}");
        self.client
            .execute(&script, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("{error}\nin the script: {body}"))
    }

    /// Waits until an expression holds; answers its value.
    ///
    /// # Panics
    /// When it does not hold within 30 s; says what the page showed.
    pub async fn until(&self, expression: &str) -> Value {
        self.until_within(PATIENCE, expression).await
    }

    /// The same with a limit of the caller's.
    ///
    /// # Panics
    /// When it does not hold in time; says what the page showed.
    pub async fn until_within(&self, longest: Duration, expression: &str) -> Value {
        // Each look is a script of its own: one that waited inside the page would be lost with a
        // page that is being left, and the driver would not say so before its own time-out.
        let look = format!(
            "{PRELUDE}
            try {{ return ({expression}) || null; }} catch (error) {{ return null; }}"
        );
        let start = Instant::now();
        while start.elapsed() < longest {
            match self.client.execute(&look, Vec::new()).await {
                Ok(Value::Null) => tokio::time::sleep(BETWEEN_LOOKS).await,
                Ok(value) => return value,
                // The page was left in the middle of it: look at the new one.
                Err(error) if is_navigation(&error) => {}
                Err(error) => panic!("{error}\nwhile waiting for: {expression}"),
            }
        }
        let shows = self.script("return document.body.innerText;").await;
        let url = self.address().await;
        panic!("waited {longest:?} in vain for: {expression}\n{url} shows:\n{shows:#}");
    }

    /// The first element that a selector matches, once it is there.
    ///
    /// # Panics
    /// When it does not appear.
    pub async fn element(&self, css: &str) -> Element {
        let quoted = json!(css);
        self.until(&format!("shown(one({quoted}))")).await;
        self.client
            .find(Locator::Css(css))
            .await
            .unwrap_or_else(|error| panic!("{css}: {error}"))
    }

    /// Clicks on the first element that a selector matches.
    ///
    /// # Panics
    /// When it is not there or something covers it.
    pub async fn click(&self, css: &str) {
        let element = self.element(css).await;
        element
            .click()
            .await
            .unwrap_or_else(|error| panic!("{css} cannot be clicked: {error}"));
    }

    /// Clicks on the button or link whose words begin with these.
    ///
    /// # Panics
    /// When there is none or something covers it.
    pub async fn press(&self, name: &str) {
        let quoted = json!(name);
        let find = format!(
            "all('button, a, summary, [role=button]').find((e) => shown(e) && !e.disabled && \
             ((e.getAttribute('aria-label') ?? '').startsWith({quoted}) || words(e).startsWith({quoted})))"
        );
        self.until(&format!("!!({find})")).await;
        self.script(&format!(
            "all('[data-pressed]').forEach((e) => e.removeAttribute('data-pressed'));
             {find}.setAttribute('data-pressed', '');"
        ))
        .await;
        self.click("[data-pressed]").await;
    }

    /// Types into a field after emptying it.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn fill(&self, css: &str, text: &str) {
        let element = self.element(css).await;
        element.clear().await.expect("the field can be emptied");
        element.send_keys(text).await.expect("the field takes text");
    }

    /// Presses one key, wherever the focus is.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn key(&self, key: Key) {
        self.keys(&[char::from(key)]).await;
    }

    /// Presses keys one after another, wherever the focus is.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn keys(&self, keys: &[char]) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for key in keys {
            actions = actions
                .then(KeyAction::Down { value: *key })
                .then(KeyAction::Up { value: *key });
        }
        self.client
            .perform_actions(actions)
            .await
            .expect("keys are taken");
    }

    /// Sets light or dark.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn theme(&self, theme: Theme) {
        let value = match theme {
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({"features": [
                {"name": "prefers-color-scheme", "value": value},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ]}),
        )
        .await;
    }

    /// Sets the width of what is seen, in CSS pixels.
    ///
    /// # Panics
    /// When the browser is gone.
    pub async fn width(&self, width: u32) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}),
        )
        .await;
    }

    /// Saves a picture of the whole page.
    ///
    /// # Panics
    /// When it cannot be taken or written.
    pub async fn picture(&self, file: &Path) {
        use base64::Engine as _;
        let metrics = self.devtools("Page.getLayoutMetrics", json!({})).await;
        let size = &metrics["cssContentSize"];
        let clip = json!({
            "x": 0, "y": 0, "scale": 1, "width": size["width"], "height": size["height"],
        });
        let answer = self
            .devtools(
                "Page.captureScreenshot",
                json!({"format": "png", "captureBeyondViewport": true, "clip": clip}),
            )
            .await;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(answer["data"].as_str().unwrap_or_default())
            .expect("a picture");
        let folder = file.parent().expect("a folder");
        std::fs::create_dir_all(folder).expect("the folder of the pictures");
        std::fs::write(file, bytes).expect("the picture is written");
    }

    /// What axe-core finds on the page as it is, serious and critical only.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn barriers(&self, axe: &str) -> Vec<Violation> {
        self.client
            .execute(axe, Vec::new())
            .await
            .expect("axe-core loads");
        let report = self
            .client
            .execute_async(
                "const done = arguments[arguments.length - 1];
                 axe.run(document, {resultTypes: ['violations']})
                    .then((found) => done(found.violations), (error) => done(String(error)));",
                Vec::new(),
            )
            .await
            .expect("axe-core runs");
        let found = report
            .as_array()
            .unwrap_or_else(|| panic!("axe-core failed: {report}"));
        found
            .iter()
            .map(|one| Violation {
                rule: one["id"].as_str().unwrap_or_default().to_owned(),
                impact: one["impact"].as_str().unwrap_or_default().to_owned(),
                text: format!(
                    "{}: {}",
                    one["help"],
                    one["nodes"].as_array().map_or_else(String::new, |nodes| {
                        nodes
                            .iter()
                            .map(|node| {
                                format!("\n    {} {}", node["html"], node["failureSummary"])
                            })
                            .collect()
                    })
                ),
            })
            .filter(|one| matches!(one.impact.as_str(), "serious" | "critical"))
            .collect()
    }

    /// A command of the DevTools protocol.
    ///
    /// # Panics
    /// When the browser refuses it.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.own(
            "goog/cdp/execute",
            json!({"cmd": command, "params": parameters}),
        )
        .await
    }

    /// Entries of the console since the last call.
    pub(super) async fn console(&self) -> Vec<Value> {
        let log = self.own("se/log", json!({"type": "browser"})).await;
        log.as_array().cloned().unwrap_or_default()
    }

    async fn own(&self, path: &'static str, body: Value) -> Value {
        self.client
            .issue_cmd(Own { path, body })
            .await
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

/// Whether a script ended because the page was left.
fn is_navigation(error: &CmdError) -> bool {
    let text = error.to_string();
    [
        "document unloaded",
        "navigat",
        "no such execution context",
        "frame was detached",
    ]
    .iter()
    .any(|words| text.contains(words))
}
