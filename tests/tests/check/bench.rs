//! The real program in a folder of its own, and a lab that it may reach.

use lab::{Lab, Scenario};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tempfile::TempDir;
use tests::{folder, pem, tools};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// A lab whose delays are a tenth of real time.
pub(crate) async fn lab(scenarios: &[Scenario]) -> Lab {
    let config = lab::Config {
        scale: 0.1,
        scenarios: scenarios.iter().map(|one| (*one, 0)).collect(),
        ..lab::Config::default()
    };
    Lab::start(config).await.expect("the lab starts")
}

/// A person's desk: a home, a folder to work in, the lab's root.
pub(crate) struct Desk {
    _dir: TempDir,
    pub(crate) home: PathBuf,
    pub(crate) work: PathBuf,
    roots: Option<PathBuf>,
}

impl Desk {
    pub(crate) fn new(lab: Option<&Lab>) -> Self {
        let dir = folder();
        let [home, work] = ["home", "work"].map(|name| dir.path().join(name));
        std::fs::create_dir(&home).expect("made");
        std::fs::create_dir(&work).expect("made");
        let roots = lab.map(|lab| {
            let file = dir.path().join("lab.pem");
            std::fs::write(&file, pem(&lab.ca())).expect("written");
            file
        });
        Self {
            _dir: dir,
            home,
            work,
            roots,
        }
    }

    /// The program with these arguments, and nothing of the caller's environment but what finds programs.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(tools::program("linecheck-agent"));
        command
            .args(arguments)
            .current_dir(&self.work)
            .env_clear()
            .env("HOME", &self.home)
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// `check` with leave to reach the lab.
    pub(crate) fn check(&self, server: &str, more: &[&str]) -> Command {
        let mut command = self.command(&["check", "--server", server]);
        command.args(["--allow", "127.0.0.1:1-65535", "--allow", "[::1]:1-65535"]);
        if let Some(roots) = &self.roots {
            command.arg("--trust").arg(roots);
        }
        command.args(more);
        command
    }
}

/// Runs it to its end.
pub(crate) async fn ended(mut command: Command) -> Output {
    command.output().await.expect("the program starts")
}

/// The same, with a line on its standard input.
pub(crate) async fn ended_with(mut command: Command, line: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("its standard input");
    // A program that refuses its arguments does not read.
    let _ = stdin.write_all(format!("{line}\n").as_bytes()).await;
    drop(stdin);
    child.wait_with_output().await.expect("it ends")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// The one document on standard output.
pub(crate) fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "{error}: {}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

/// Codes of the findings, the verdict first.
pub(crate) fn findings(document: &Value) -> Vec<String> {
    let findings = document["findings"].as_array().expect("a list");
    findings
        .iter()
        .map(|one| one["code"].as_str().expect("a code").to_owned())
        .collect()
}

/// Every file below a folder.
pub(crate) fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path));
        }
        found.push(path);
    }
    found
}

/// One scenario at its own pace.
pub(crate) async fn lab_in_real_time(scenario: Scenario) -> Lab {
    let config = lab::Config {
        scenarios: vec![(scenario, 0)],
        ..lab::Config::default()
    };
    Lab::start(config).await.expect("the lab starts")
}
