//! Networks of network namespaces: hosts that a test makes, cuts off from each other, and counts the packets of.
//!
//! ```text
//!   portal 10.77.1.2 ──┐
//!   agent  10.77.2.2 ──┤
//!   lab    10.77.3.2 ──┴── router 10.77.N.1, fd77:N::1, and a name server
//! ```
//!
//! Nothing of it touches the host's own network: every link is between two namespaces, and the router knows no way
//! out. Names carry the process id, so test programs that run at once do not meet; what a killed one left behind is
//! removed by the next. Needs root, `ip` and `nft`; [`unable`] says when that is not so.

mod azure;
mod counters;
mod host;
mod names;
mod program;
mod site;
mod space;

pub use azure::{Azure, GATEWAYS, HOST, NODE, REGION, UNLISTED};
pub use counters::{Counters, Kind};
pub use host::Host;
pub use names::{Answer, NameServer};
pub use program::Program;
pub use site::{PASSWORD, PORTAL_NAME, Paper, Site, sealed_auth};

use crate::tools;
use space::Space;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Why this host cannot make networks, if it cannot.
///
/// # Panics
/// When the question itself is wrong: that must not pass for a host that cannot.
#[must_use]
pub fn unable() -> Option<String> {
    for program in ["ip", "nft"] {
        if tools::find(program).is_none() {
            return Some(format!("{program} is missing"));
        }
    }
    // Made and removed: the one question that tells of root, capabilities and kernel at once.
    let name = space::fresh_name("try");
    let made = Command::new("ip").args(["netns", "add", &name]).output();
    match made {
        Ok(output) if output.status.success() => {}
        Ok(output) => return Some(words(&output.stderr)),
        Err(error) => return Some(error.to_string()),
    }
    let space = Space::of(name);
    let rules = "table inet try {
        chain out { type filter hook output priority 0;
            counter drop
        }
    }
    delete table inet try";
    let refusal = space.try_nft(rules).err()?;
    assert!(!refusal.contains("syntax"), "{refusal}");
    Some(refusal)
}

/// Hosts that reach each other through one router.
pub struct Net {
    hosts: Vec<Arc<Host>>,
    // Last: links go with either end, and the name server in it answers to the end.
    router: Arc<Host>,
}

impl Net {
    /// Makes one host for each name, each in a network of its own.
    ///
    /// # Panics
    /// When that fails; ask [`unable`] before.
    #[must_use]
    pub fn of(names: &[&str]) -> Self {
        space::remove_leftovers();
        let router = Host::new("router", Ipv4Addr::UNSPECIFIED, Ipv6Addr::UNSPECIFIED);
        let hosts: Vec<_> = names
            .iter()
            .zip(1..)
            .map(|(name, number)| {
                let own = Ipv6Addr::new(0xfd77, number, 0, 0, 0, 0, 0, 2);
                let low = u8::try_from(number).expect("few hosts");
                Host::new(name, Ipv4Addr::new(10, 77, low, 2), own)
            })
            .collect();
        for (host, number) in hosts.iter().zip(1..) {
            connect(&router, host, number);
        }
        router.space().set("net.ipv4.ip_forward", "1");
        router.space().set("net.ipv6.conf.all.forwarding", "1");
        Self {
            hosts: hosts.into_iter().map(Arc::new).collect(),
            router: Arc::new(router),
        }
    }

    /// One of the hosts.
    ///
    /// # Panics
    /// When there is none of that name.
    #[must_use]
    pub fn host(&self, name: &str) -> Arc<Host> {
        let found = self.hosts.iter().find(|host| host.name() == name);
        Arc::clone(found.expect("a host of that name"))
    }

    /// What stands between them.
    #[must_use]
    pub fn router(&self) -> Arc<Host> {
        Arc::clone(&self.router)
    }

    /// The address under which a host finds the router, and its name server.
    #[must_use]
    pub fn router_of(&self, host: &Host) -> Ipv4Addr {
        let [a, b, c, _] = host.address().octets();
        Ipv4Addr::new(a, b, c, 1)
    }
}

/// A link between the router and a host, up at once: no address is looked for twice.
fn connect(router: &Host, host: &Host, number: u16) {
    let (near, far) = (router.space(), host.space());
    let link = format!("to{number}");
    near.ip(&[
        "link",
        "add",
        &link,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        far.name(),
    ]);
    near.ip(&["addr", "add", &format!("10.77.{number}.1/24"), "dev", &link]);
    near.ip(&[
        "addr",
        "add",
        &format!("fd77:{number:x}::1/64"),
        "dev",
        &link,
        "nodad",
    ]);
    far.ip(&[
        "addr",
        "add",
        &format!("{}/24", host.address()),
        "dev",
        "eth0",
    ]);
    far.ip(&[
        "addr",
        "add",
        &format!("{}/64", host.address6()),
        "dev",
        "eth0",
        "nodad",
    ]);
    near.ip(&["link", "set", &link, "up"]);
    far.ip(&["link", "set", "eth0", "up"]);
    far.ip(&[
        "route",
        "add",
        "default",
        "via",
        &format!("10.77.{number}.1"),
    ]);
    far.ip(&[
        "-6",
        "route",
        "add",
        "default",
        "via",
        &format!("fd77:{number:x}::1"),
    ]);
}

/// A short name that no other test of this process has.
fn serial() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().replace('\n', "; ")
}
