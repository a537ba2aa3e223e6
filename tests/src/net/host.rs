//! One host of a network: programs and whole runtimes that live in its namespace, its link, its names.

use super::space::Space;
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use tokio::runtime::Runtime;

/// A host. What was started in it ends before it does, or with it.
pub struct Host {
    name: String,
    address: Ipv4Addr,
    address6: Ipv6Addr,
    runtime: OnceLock<Runtime>,
    space: Space,
}

impl Host {
    pub(super) fn new(name: &str, address: Ipv4Addr, address6: Ipv6Addr) -> Self {
        Self {
            name: name.to_owned(),
            address,
            address6,
            runtime: OnceLock::new(),
            space: Space::new(name),
        }
    }

    pub(super) fn space(&self) -> &Space {
        &self.space
    }

    /// What the test calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the others reach it.
    #[must_use]
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// The same by IPv6.
    #[must_use]
    pub fn address6(&self) -> Ipv6Addr {
        self.address6
    }

    /// A program that will run on it. Not started by a shell; a kill of the child kills the program.
    #[must_use]
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        self.space.command(program)
    }

    /// Gives it one more address, on its loopback.
    pub fn also(&self, address: IpAddr) {
        let width = if address.is_ipv4() { 32 } else { 128 };
        let text = format!("{address}/{width}");
        self.space.ip(&["addr", "add", &text, "dev", "lo"]);
    }

    /// Gives its programs a hosts file: `localhost`, and these.
    pub fn hosts(&self, names: &[(IpAddr, &str)]) {
        let mut text = "127.0.0.1 localhost\n::1 localhost\n".to_owned();
        for (address, name) in names {
            text.push_str(&format!("{address} {name}\n"));
        }
        self.space.file("hosts", &text);
    }

    /// Gives its programs a resolver.
    pub fn resolver(&self, address: Ipv4Addr) {
        let text = format!("nameserver {address}\noptions timeout:1 attempts:1\n");
        self.space.file("resolv.conf", &text);
    }

    /// Does something on a thread that stands in it. Threads, runtimes and programs begun there stay in it.
    ///
    /// # Panics
    /// When that panics, or the thread cannot enter.
    pub fn inside<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let work = scope.spawn(|| {
                let space = File::open(self.space.path()).expect("the namespace");
                rustix::thread::move_into_link_name_space(
                    space.as_fd(),
                    Some(rustix::thread::LinkNameSpaceType::Network),
                )
                .expect("the thread enters it");
                act()
            });
            work.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Runs a future whose sockets are this host's.
    ///
    /// # Panics
    /// When it panics.
    pub async fn run<F>(&self, work: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match self.runtime().spawn(work).await {
            Ok(output) => output,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// A runtime whose sockets are this host's: for what it spawns, not for what it blocks on.
    pub fn runtime(&self) -> &Runtime {
        self.runtime.get_or_init(|| self.new_runtime())
    }

    /// A runtime of its own, that can be ended without warning.
    ///
    /// # Panics
    /// When there is none to be had.
    pub fn new_runtime(&self) -> Runtime {
        self.inside(|| {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("a runtime")
        })
    }

    /// Applies nftables commands in it, all or none.
    ///
    /// # Panics
    /// When nft does not take them.
    pub fn rules(&self, commands: &str) {
        self.space.nft(commands);
    }

    /// `ip` about what is in it.
    ///
    /// # Panics
    /// When that fails.
    pub fn ip(&self, arguments: &[&str]) {
        self.space.ip(arguments);
    }

    /// One of its kernel's settings, as `net.ipv4.ip_forward`.
    ///
    /// # Panics
    /// When the kernel does not take it.
    pub fn set(&self, name: &str, value: &str) {
        self.space.set(name, value);
    }

    /// Cuts it off: what it sends and what is sent to it vanishes, as on a line where nobody says so.
    pub fn cut(&self) {
        self.space.nft(
            "table inet cut {
                chain in { type filter hook input priority -300;
                    iifname \"eth0\" drop
                }
                chain out { type filter hook output priority -300;
                    oifname \"eth0\" drop
                }
            }",
        );
    }

    /// Cuts it off from one other host, as [`Self::cut`] does from all.
    pub fn cut_from(&self, other: Ipv4Addr) {
        self.space.nft(&format!(
            "table inet cut {{
                chain in {{ type filter hook input priority -300;
                    ip saddr {other} drop
                }}
                chain out {{ type filter hook output priority -300;
                    ip daddr {other} drop
                }}
            }}"
        ));
    }

    /// Lets packets through again after [`Self::cut`].
    pub fn mend(&self) {
        self.space.nft("delete table inet cut");
    }

    /// Pulls the cable: its programs are told that there is no network.
    pub fn unplug(&self) {
        self.space.ip(&["link", "set", "eth0", "down"]);
    }

    /// Plugs it in again, with the routes that went with it.
    pub fn plug_in(&self) {
        let [a, b, c, _] = self.address.octets();
        self.space.ip(&["link", "set", "eth0", "up"]);
        let router = format!("{a}.{b}.{c}.1");
        self.space
            .ip(&["route", "replace", "default", "via", &router]);
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
