//! Facts of the agent's host: what a person would ask for before anything else.
//!
//! Proxy variables by name only: their values may hold passwords.

use crate::local_ports;
use crate::names::NameSources;
use model::{Interface, Observation};
use std::collections::BTreeMap;

const PROXY_VARIABLES: [&str; 8] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
];

/// Reads them; blocks for some file reads of the kernel's.
pub(crate) fn facts(names: &NameSources, trusted_roots: usize) -> Observation {
    Observation::Host {
        hostname: hostname::get().map_or_else(
            |_| String::new(),
            |name| name.to_string_lossy().into_owned(),
        ),
        os: std::env::consts::OS.to_owned(),
        arch: std::env::consts::ARCH.to_owned(),
        interfaces: interfaces(),
        resolvers: names.resolvers.iter().map(ToString::to_string).collect(),
        proxy_variables: PROXY_VARIABLES
            .iter()
            .filter(|name| std::env::var_os(name).is_some())
            .map(|name| (*name).to_owned())
            .collect(),
        trusted_roots: u32::try_from(trusted_roots).unwrap_or(u32::MAX),
        ephemeral_ports: local_ports::range(),
        tls_versions: crate::tls::versions(),
        tls_suites: crate::tls::suites(),
    }
}

fn interfaces() -> Vec<Interface> {
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    match if_addrs::get_if_addrs() {
        Ok(found) => {
            for interface in found {
                let address = interface.ip().to_string();
                by_name.entry(interface.name).or_default().push(address);
            }
        }
        Err(error) => tracing::warn!(%error, "the interfaces could not be read"),
    }
    by_name
        .into_iter()
        .map(|(name, addresses)| Interface {
            mtu: mtu(&name),
            name,
            addresses,
        })
        .collect()
}

pub(crate) fn mtu(interface: &str) -> Option<u32> {
    let path = std::path::Path::new("/sys/class/net")
        .join(interface)
        .join("mtu");
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::facts;
    use crate::names::NameSources;
    use model::Observation;

    #[test]
    fn this_host_has_a_loopback_interface() {
        let Observation::Host {
            interfaces,
            trusted_roots,
            ..
        } = facts(&NameSources::of_this_host(), 7)
        else {
            panic!("another observation");
        };
        assert_eq!(trusted_roots, 7);
        assert!(interfaces.iter().any(|interface| {
            interface
                .addresses
                .iter()
                .any(|address| address == "127.0.0.1")
        }));
    }
}
