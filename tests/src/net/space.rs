//! One network namespace: made, given rules, and removed with all that still runs in it.

use super::{serial, words};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Begins the name of every namespace that tests make; the process id follows.
const PREFIX: &str = "linecheck-";
/// Where `ip` keeps the names.
const NAMES: &str = "/run/netns";

/// One namespace. Dropped, it is gone, and so is every process that it still holds.
pub(super) struct Space {
    name: String,
}

impl Space {
    /// Makes one.
    pub(super) fn new(label: &str) -> Self {
        let name = fresh_name(label);
        run(Command::new("ip").args(["netns", "add", &name]));
        let space = Self::of(name);
        // Addresses serve at once, without asking whether somebody has them already.
        space.set("net.ipv6.conf.all.accept_dad", "0");
        space.set("net.ipv6.conf.default.accept_dad", "0");
        space.set("net.ipv6.conf.default.router_solicitations", "0");
        space.ip(&["link", "set", "lo", "up"]);
        space
    }

    /// One that is there already.
    pub(super) fn of(name: String) -> Self {
        Self { name }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// A program that will run inside, with the hosts file and resolvers of this namespace.
    pub(super) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &self.name])
            .arg(program.as_ref());
        command
    }

    /// `ip` about what is inside.
    pub(super) fn ip(&self, arguments: &[&str]) {
        run(Command::new("ip")
            .args(["-netns", &self.name])
            .args(arguments));
    }

    /// One of the kernel's settings.
    pub(super) fn set(&self, name: &str, value: &str) {
        let file = format!("/proc/sys/{}", name.replace('.', "/"));
        let mut child = self
            .command("tee")
            .arg(file)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("tee starts");
        let mut stdin = child.stdin.take().expect("its input");
        stdin.write_all(value.as_bytes()).expect("written");
        drop(stdin);
        assert!(child.wait().expect("it ends").success(), "{name}");
    }

    /// Applies nftables commands, all or none.
    pub(super) fn nft(&self, commands: &str) {
        self.try_nft(commands).expect("nft takes the rules");
    }

    pub(super) fn try_nft(&self, commands: &str) -> Result<(), String> {
        let mut child = self
            .command("nft")
            .args(["--file", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut stdin = child.stdin.take().expect("its input");
        let written = stdin.write_all(commands.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        if written.is_err() || !output.status.success() {
            return Err(format!("nft: {}", words(&output.stderr)));
        }
        Ok(())
    }

    /// A table of rules with what they counted, as JSON.
    pub(super) fn nft_table(&self, table: &str) -> Vec<u8> {
        let arguments = ["--json", "list", "table", "inet", table];
        run(self.command("nft").args(arguments))
    }

    /// The file that programs inside see as `/etc/NAME`.
    pub(super) fn file(&self, name: &str, text: &str) {
        let folder = Path::new("/etc/netns").join(&self.name);
        // Whoever is the last to leave takes the folder of all away, maybe just now.
        let made = (0..10).any(|_| std::fs::create_dir_all(&folder).is_ok());
        assert!(made, "no folder {}", folder.display());
        std::fs::write(folder.join(name), text).expect("written");
    }

    /// Where a thread finds it.
    pub(super) fn path(&self) -> String {
        format!("{NAMES}/{}", self.name)
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        remove(&self.name);
    }
}

/// A name that nobody has.
pub(super) fn fresh_name(label: &str) -> String {
    format!("{PREFIX}{}-{}-{label}", std::process::id(), serial())
}

/// Ends what runs inside, forgets the name and its files. Never fails: it also runs while a test panics.
fn remove(name: &str) {
    if let Ok(output) = Command::new("ip").args(["netns", "pids", name]).output() {
        let own = std::process::id().to_string();
        for pid in words(&output.stdout).split("; ") {
            // Threads of this very process may still stand in it; they end with their runtimes.
            if !pid.is_empty() && pid != own {
                let _ = Command::new("kill").args(["-KILL", pid]).status();
            }
        }
    }
    let _ = Command::new("ip").args(["netns", "delete", name]).output();
    let _ = std::fs::remove_dir_all(Path::new("/etc/netns").join(name));
    // The folder goes when it was ours alone.
    let _ = std::fs::remove_dir("/etc/netns");
}

/// Removes the namespaces of processes that are gone.
pub(super) fn remove_leftovers() {
    for folder in [NAMES, "/etc/netns"] {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let pid = name
                .strip_prefix(PREFIX)
                .and_then(|rest| rest.split('-').next());
            if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
                remove(&name);
            }
        }
    }
}

/// Runs it to a good end; answers what it printed.
fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("ip starts");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        words(&output.stderr)
    );
    output.stdout
}
