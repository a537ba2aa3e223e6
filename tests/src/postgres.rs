//! A PostgreSQL server to throw away: its data folder, its port and its password are its own.
//!
//! ```text
//!   guard (sh) ── waits for the end of its input, which is this process's end, however it comes ──▶ stops, removes
//!   server     ── started and stopped by pg_ctl, as the user postgres where we are root
//! ```
//!
//! It keeps nothing over a crash of the host, for speed; over its own it does.

use crate::tools;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Why there is none here.
pub const MISSING: &str = "PostgreSQL is missing";

/// A running server.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    password: String,
    made: AtomicU32,
    guard: Child,
}

/// The server that all tests of this process share; none where PostgreSQL is not installed.
pub fn shared() -> Option<&'static Server> {
    static SHARED: OnceLock<Option<Server>> = OnceLock::new();
    SHARED.get_or_init(Server::start).as_ref()
}

/// The URL of a new, empty database on the shared server; none where PostgreSQL is not installed, and then the
/// test that asked is skipped by its name.
pub fn database(test: &str) -> Option<String> {
    let server = shared();
    if server.is_none() {
        crate::skip(test, MISSING);
    }
    Some(server?.database())
}

impl Server {
    /// Starts one of the test's own; none where PostgreSQL is not installed.
    ///
    /// # Panics
    /// When it is installed and does not start.
    #[must_use]
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        let made = output(as_postgres("mktemp").args(["-d", "-t", "linecheck-postgres-XXXXXX"]));
        let folder = PathBuf::from(made.trim());
        let password = uuid::Uuid::new_v4().simple().to_string();
        let secret = folder.join("password");
        output(
            as_postgres("sh")
                .args([
                    "-c",
                    "umask 077; printf %s \"$1\" > \"$2\"",
                    "sh",
                    &password,
                ])
                .arg(&secret),
        );
        output(
            as_postgres(programs.join("initdb"))
                .args(["--username=postgres", "--auth=scram-sha-256"])
                .args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
                .arg("--pwfile")
                .arg(&secret)
                .arg(folder.join("data")),
        );
        let guard = guard(&programs, &folder);
        let mut server = Self {
            programs,
            folder,
            port: 0,
            password,
            made: AtomicU32::new(0),
            guard,
        };
        // Between finding a free port and taking it somebody else may take it.
        for _ in 0..5 {
            server.port = free_port();
            if server.try_start() {
                return Some(server);
            }
        }
        panic!("PostgreSQL does not start:\n{}", server.log());
    }

    /// Makes a new, empty database; answers its URL.
    ///
    /// # Panics
    /// When it is not made.
    #[must_use]
    pub fn database(&self) -> String {
        let name = format!("t{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.ask("postgres", &format!("CREATE DATABASE {name}"));
        let Self { password, port, .. } = self;
        format!("postgres://postgres:{password}@127.0.0.1:{port}/{name}")
    }

    /// Runs a statement in a database; answers what it prints, without headings.
    ///
    /// # Panics
    /// When it fails.
    pub fn ask(&self, database: &str, statement: &str) -> String {
        output(&mut self.client(database, statement))
    }

    /// A client with a statement to run, not yet started.
    #[must_use]
    pub fn client(&self, database: &str, statement: &str) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command
            .env("PGPASSWORD", &self.password)
            .args(["--host=127.0.0.1", "--username=postgres", "--no-psqlrc"])
            .args(["--quiet", "--tuples-only", "--no-align"])
            .arg(format!("--port={}", self.port))
            .args(["--dbname", database, "--command", statement])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    /// Its password: what no log may hold.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Ends it at once, as a crash would: nothing is written any more, clients are cut off.
    ///
    /// # Panics
    /// When it does not end.
    pub fn crash(&self) {
        output(&mut self.control(&["--mode=immediate", "stop"]));
    }

    /// Starts it again where it was; returns when it can be connected to.
    ///
    /// # Panics
    /// When it does not start.
    pub fn come_back(&self) {
        assert!(self.try_start(), "PostgreSQL is back:\n{}", self.log());
    }

    fn try_start(&self) -> bool {
        let settings = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
             -c max_connections=300 -c shared_buffers=64MB -c timezone=UTC",
            self.port
        );
        let mut start = self.control(&["--wait", "--options", &settings, "start"]);
        start.status().expect("pg_ctl starts").success()
    }

    fn control(&self, words: &[&str]) -> Command {
        let mut command = as_postgres(self.programs.join("pg_ctl"));
        command
            .args(["--silent", "--pgdata"])
            .arg(self.folder.join("data"))
            .arg("--log")
            .arg(self.folder.join("log"))
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn log(&self) -> String {
        output(as_postgres("cat").arg(self.folder.join("log")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// What ends the server when this process ends, whatever ended it. It has a process group of its own, so that
/// what is sent to ours does not reach it.
fn guard(programs: &Path, folder: &Path) -> Child {
    const WATCH: &str = "trap '' HUP INT TERM; cat > /dev/null; \
        \"$1/pg_ctl\" --silent --pgdata \"$2/data\" --mode=immediate stop; rm -rf \"$2\"";
    as_postgres("sh")
        .args(["-c", WATCH, "sh"])
        .arg(programs)
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("the guard starts")
}

/// A program as the user postgres, where we are root: PostgreSQL refuses to run as root.
fn as_postgres(program: impl AsRef<std::ffi::OsStr>) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg("--")
        .arg(program)
        .current_dir("/");
    command
}

fn is_root() -> bool {
    static ROOT: OnceLock<bool> = OnceLock::new();
    *ROOT.get_or_init(|| output(Command::new("id").arg("-u")).trim() == "0")
}

/// Where its programs stand: on the PATH, or where Debian puts them, the newest version first.
fn programs() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").ok();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    let on_path = tools::find("initdb").and_then(|file| Some(file.parent()?.to_path_buf()));
    versions
        .into_iter()
        .rev()
        .map(|(_, folder)| folder)
        .chain(on_path)
        .find(|folder| {
            ["initdb", "pg_ctl", "psql"]
                .iter()
                .all(|one| folder.join(one).is_file())
        })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// What a program prints.
fn output(command: &mut Command) -> String {
    let done = command
        .stdout(Stdio::piped())
        .output()
        .expect("the program starts");
    assert!(
        done.status.success(),
        "{:?} failed: {}",
        command.get_program(),
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8_lossy(&done.stdout).into_owned()
}
