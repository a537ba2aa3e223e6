//! The real program `linecheck`, as a process that can be killed.

use crate::tools;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for a process to be ready or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `linecheck serve`. Its data directory belongs to the caller and outlives it.
pub struct Process {
    child: Child,
    /// Where it says that it listens: `http://127.0.0.1:PORT`.
    pub url: String,
    log: PathBuf,
}

impl Process {
    /// Starts it on a free port over `data_dir`, its structured log going to `log`; returns when it is ready.
    ///
    /// # Panics
    /// When it does not say that it listens.
    #[must_use]
    pub fn start(data_dir: &Path, log: &Path, more: &[&str]) -> Self {
        Self::start_on("127.0.0.1:0", data_dir, log, more)
    }

    /// The same on an address of the caller's choice, for a portal that comes back where it was.
    ///
    /// # Panics
    /// When it does not say that it listens.
    #[must_use]
    pub fn start_on(listen: &str, data_dir: &Path, log: &Path, more: &[&str]) -> Self {
        let mut command = Command::new(tools::program("linecheck"));
        command
            .args(["serve", "--listen", listen, "--data-dir"])
            .arg(data_dir)
            .args(more);
        Self::of(command, log)
    }

    /// The same of a command that the caller made.
    ///
    /// # Panics
    /// When it does not say that it listens.
    #[must_use]
    pub fn of(mut command: Command, log: &Path) -> Self {
        let file = File::options()
            .append(true)
            .create(true)
            .open(log)
            .expect("the log's file");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .expect("linecheck starts");
        let stdout = child.stdout.take().expect("its standard output");
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let url = lines.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
        // Whatever else it prints must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let Some(url) = url else {
            let _ = child.kill();
            let _ = child.wait();
            let words = std::fs::read_to_string(log).unwrap_or_default();
            panic!("linecheck did not say that it listens; its log:\n{words}");
        };
        Self {
            child,
            url: url.trim().trim_end_matches('/').to_owned(),
            log: log.to_path_buf(),
        }
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it without warning (SIGKILL).
    ///
    /// # Panics
    /// When that fails.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is gone");
    }

    /// Asks it to end (SIGTERM) and waits; answers how it ended and how long that took.
    ///
    /// # Panics
    /// When it does not end.
    pub fn terminate(mut self) -> (ExitStatus, Duration) {
        let start = Instant::now();
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .expect("kill starts");
        assert!(asked.success(), "the signal is sent");
        loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                return (status, start.elapsed());
            }
            assert!(start.elapsed() < PATIENCE, "it did not end on SIGTERM");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Resident memory in bytes, where the system tells.
    #[must_use]
    pub fn resident(&self) -> Option<u64> {
        resident(self.child.id())
    }
}

/// Resident memory of a process in bytes, where the system tells (Linux).
#[must_use]
pub fn resident(id: u32) -> Option<u64> {
    figure(&format!("/proc/{id}/status"), "VmRSS:")
}

/// Memory of a process in bytes, what it shares counted in part, where the system tells (Linux).
#[must_use]
pub fn proportional(id: u32) -> Option<u64> {
    figure(&format!("/proc/{id}/smaps_rollup"), "Pss:")
}

/// A line `Name:  123 kB`, in bytes.
fn figure(file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

impl Drop for Process {
    fn drop(&mut self) {
        let is_gone = matches!(self.child.try_wait(), Ok(Some(_)));
        if is_gone {
            return;
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        assert!(
            std::thread::panicking(),
            "a portal was left running; end it with kill or terminate (log: {})",
            self.log.display()
        );
    }
}
