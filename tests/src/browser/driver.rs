//! Starting and ending a browser, and what its console said.

use crate::tools;
use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

const FLAGS: [&str; 13] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-default-apps",
    "--disable-extensions",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
];

/// Light or dark, as the host's settings would say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// `prefers-color-scheme: light`.
    Light,
    /// `prefers-color-scheme: dark`.
    Dark,
}

/// A browser with one tab.
pub struct Browser {
    pub(super) client: Client,
    driver: Child,
    /// Its profile; also the mark by which its processes are known.
    profile: TempDir,
    /// Console errors that hold one of these are expected.
    expected: Vec<String>,
    /// Where files are downloaded to.
    downloads: TempDir,
    closed: bool,
}

impl Browser {
    /// Starts one, 1280 by 900.
    ///
    /// # Panics
    /// When it does not start; ask [`super::missing`] first.
    pub async fn start() -> Self {
        let profile = crate::folder();
        let downloads = crate::folder();
        let (driver, port) = start_driver();
        let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push("--window-size=1280,900".to_owned());
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "args": flags,
                "binary": tools::find("chromium"),
                "prefs": {
                    "download.default_directory": downloads.path(),
                    "download.prompt_for_download": false,
                },
            },
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"script": 60_000, "pageLoad": 60_000, "implicit": 0},
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("an object was written above");
        };
        let client = ClientBuilder::rustls()
            .expect("an HTTP client")
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("the browser starts");
        Self {
            client,
            driver,
            profile,
            expected: Vec::new(),
            downloads,
            closed: false,
        }
    }

    /// Console errors that hold `words` do not fail this test: it provokes them.
    pub fn expect_error(&mut self, words: &str) {
        self.expected.push(words.to_owned());
    }

    /// The folder that downloads go to.
    #[must_use]
    pub fn downloads(&self) -> &Path {
        self.downloads.path()
    }

    /// The folder of its profile: what it stored for pages stands below.
    #[must_use]
    pub fn profile(&self) -> &Path {
        self.profile.path()
    }

    /// Processes of this browser.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        processes_of(self.profile.path())
    }

    /// Memory of the tab's process that is its own or its share, in bytes, where the system tells (Linux).
    #[must_use]
    pub fn memory(&self) -> Option<u64> {
        self.processes()
            .into_iter()
            .filter(|id| {
                fs::read(format!("/proc/{id}/cmdline"))
                    .is_ok_and(|line| String::from_utf8_lossy(&line).contains("--type=renderer"))
            })
            .filter_map(crate::process::proportional)
            .max()
    }

    /// Ends it; fails the test when the page broke its policy or complained.
    ///
    /// # Panics
    /// With the console's entries.
    pub async fn close(mut self) {
        let complaints = self.complaints().await;
        self.closed = true;
        let _ = self.client.clone().close().await;
        drop(self);
        assert!(
            complaints.is_empty(),
            "the console says:\n{}",
            complaints.join("\n")
        );
    }

    /// Entries of the console that speak of a fault, since the last time this was asked.
    async fn complaints(&self) -> Vec<String> {
        let entries = self.console().await;
        entries
            .iter()
            .filter(|entry| entry["level"] == "SEVERE" || entry["source"] == "security")
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .filter(|message| !self.expected.iter().any(|words| message.contains(words)))
            .collect()
    }
}

/// Starts chromedriver on a port of its choice.
fn start_driver() -> (Child, u16) {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver starts");
    let stdout = driver.stdout.take().expect("its standard output");
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let port = lines
        .find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        })
        .expect("chromedriver says its port");
    std::thread::spawn(move || lines.for_each(drop));
    (driver, port)
}

/// Processes whose command line names the profile (Linux).
fn processes_of(profile: &Path) -> Vec<u32> {
    let mark = profile.as_os_str().as_encoded_bytes();
    let holds_mark = |id: u32| {
        fs::read(format!("/proc/{id}/cmdline"))
            .is_ok_and(|line| line.windows(mark.len()).any(|part| part == mark))
    };
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|id| holds_mark(*id))
        .collect()
}

impl Drop for Browser {
    fn drop(&mut self) {
        for id in self.processes() {
            let _ = Command::new("kill")
                .args(["-KILL", &id.to_string()])
                .stderr(Stdio::null())
                .status();
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        assert!(
            self.closed || std::thread::panicking(),
            "a browser was not closed: what its console said is lost"
        );
    }
}
